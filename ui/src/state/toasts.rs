//! Short messages at the window's edge.

use thalweg_protocol::ApiError;

/// Messages that are shown, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Toasts {
    last_id: u64,
    shown: Vec<Toast>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Toast {
    /// Its number.
    pub(crate) id: u64,
    /// Whether something went wrong.
    pub(crate) bad: bool,
    /// What happened.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// The kept run that can be brought back.
    pub(crate) deleted_run: Option<u64>,
}

/// More would cover the window.
const MOST: usize = 4;

impl Toasts {
    /// Tells of something good; gives the message's number.
    pub(crate) fn tell(&mut self, message: impl Into<String>) -> u64 {
        self.push(false, message.into(), None)
    }

    /// Tells that a kept run was deleted, with the way to bring it back; gives the message's number.
    pub(crate) fn tell_deleted(&mut self, message: impl Into<String>, run: u64) -> u64 {
        let id = self.tell(message);
        if let Some(toast) = self.shown.last_mut() {
            toast.deleted_run = Some(run);
        }
        id
    }

    /// Tells of an error; gives the message's number.
    pub(crate) fn fail(&mut self, error: &ApiError) -> u64 {
        self.push(true, error.message.clone(), error.help.clone())
    }

    /// Takes a message away.
    pub(crate) fn dismiss(&mut self, id: u64) {
        self.shown.retain(|toast| toast.id != id);
    }

    /// What is shown.
    pub(crate) fn shown(&self) -> &[Toast] {
        &self.shown
    }

    fn push(&mut self, bad: bool, message: String, help: Option<String>) -> u64 {
        self.last_id += 1;
        // The same sentence twice says no more than once.
        self.shown.retain(|toast| toast.message != message);
        self.shown.push(Toast { id: self.last_id, bad, message, help, deleted_run: None });
        let excess = self.shown.len().saturating_sub(MOST);
        self.shown.drain(..excess);
        self.last_id
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::ErrorCode;

    use super::*;

    #[test]
    fn the_same_error_shows_once_and_few_show_at_all() {
        let mut toasts = Toasts::default();
        let error = ApiError::new(ErrorCode::File, "cannot write x").with_help("make room");
        let first = toasts.fail(&error);
        let second = toasts.fail(&error);
        assert_eq!(toasts.shown().len(), 1);
        assert_ne!(first, second);
        for i in 0..9 {
            toasts.tell(format!("message {i}"));
        }
        assert_eq!(toasts.shown().len(), MOST);
        toasts.dismiss(toasts.shown()[0].id);
        assert_eq!(toasts.shown().len(), MOST - 1);
    }
}
