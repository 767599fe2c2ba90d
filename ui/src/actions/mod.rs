//! What the user can do, as functions on [`App`]: each changes state and asks the engine.

pub(crate) mod align;
pub(crate) mod answers;
pub(crate) mod carry;
pub(crate) mod clipboard;
mod drawn;
pub(crate) mod edit;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod glide;
pub(crate) mod hands;
pub(crate) mod history;
pub(crate) mod observing;
pub(crate) mod playback;
pub(crate) mod preferences;
pub(crate) mod recovery;
pub(crate) mod scenario;
pub(crate) mod search;
pub(crate) mod signals;
pub(crate) mod simulate;
pub(crate) mod surveys;
pub(crate) mod tidy;
pub(crate) mod traces;

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{ApiError, Command};

use crate::{bridge, state::App};

/// How long a good message stays.
const TOAST: std::time::Duration = std::time::Duration::from_secs(5);
/// How long a message stays that can be answered.
const REGRET: std::time::Duration = std::time::Duration::from_secs(12);

impl App {
    /// Tells of something good, for a while.
    pub(crate) fn tell(self, message: impl Into<String>) {
        if let Some(id) = self.toasts.try_update(|toasts| toasts.tell(message)) {
            let dismiss = move || {
                self.toasts.try_update(|toasts| toasts.dismiss(id));
            };
            set_timeout(dismiss, TOAST);
        }
    }

    /// Tells that a kept run was deleted, for longer: it can be brought back.
    pub(crate) fn tell_undoable(self, message: impl Into<String>, run: u64) {
        if let Some(id) = self.toasts.try_update(|toasts| toasts.tell_deleted(message, run)) {
            let dismiss = move || {
                self.toasts.try_update(|toasts| toasts.dismiss(id));
            };
            set_timeout(dismiss, REGRET);
        }
    }

    /// Tells of an error; it stays until it is dismissed.
    pub(crate) fn fail(self, error: &ApiError) {
        self.toasts.try_update(|toasts| toasts.fail(error));
    }

    /// Asks the engine for something whose answer says nothing but whether it worked.
    pub(crate) fn send(self, command: Command) {
        spawn_local(async move {
            if let Err(error) = bridge::call(command).await {
                self.fail(&error);
            }
        });
    }
}
