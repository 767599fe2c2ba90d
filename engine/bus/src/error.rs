//! What can go wrong with a broker, each as a sentence that says what, where and what to do.

use crate::event::EventError;

/// Why a broker did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BusError {
    /// There is no such topic.
    #[error("there is no topic `{topic}`{}", known(names))]
    UnknownTopic {
        /// What was asked for.
        topic: String,
        /// Those that there are.
        names: Vec<String>,
    },
    /// Not a name for a topic or group.
    #[error("`{name}` is no name for a {what}: use 1 to 200 letters, digits and `. _ - : /`")]
    BadName {
        /// `topic` or `group`.
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// Not an event that can be taken.
    #[error("event {place}: {error}")]
    BadEvent {
        /// Which of those that were published, from 0.
        place: usize,
        /// What is wrong with it.
        error: EventError,
    },
    /// A plan that cannot be carried out.
    #[error("{detail}")]
    BadPlan {
        /// What, where and why not.
        detail: String,
    },
    /// More than can be taken at once.
    #[error("{detail}")]
    TooMuch {
        /// How much of what, and how much is allowed.
        detail: String,
    },
    /// This broker has no such thing.
    #[error("{broker} cannot {what}")]
    Unable {
        /// The broker's name.
        broker: &'static str,
        /// What it was asked for.
        what: &'static str,
    },
    /// It is full: nothing is taken until there is room.
    #[error("{detail}")]
    Full {
        /// What is full, and how room is made.
        detail: String,
    },
    /// What keeps the events failed.
    #[error(transparent)]
    Store(#[from] thalweg_store::StoreError),
    /// A broker elsewhere failed or cannot be reached.
    #[error("{broker}: {detail}")]
    Remote {
        /// The broker's name.
        broker: &'static str,
        /// Its words.
        detail: String,
    },
    /// It was closed.
    #[error("the broker was closed")]
    Closed,
}

impl BusError {
    /// True when the same call may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Store(error) => error.is_passing(),
            Self::Full { .. } | Self::Remote { .. } | Self::Closed => true,
            _ => false,
        }
    }
}

fn known(names: &[String]) -> String {
    match names {
        [] => "; there are none".to_owned(),
        names => {
            let shown: Vec<String> = names.iter().take(10).map(|name| format!("`{name}`")).collect();
            let more = if names.len() > 10 { " and others" } else { "" };
            format!("; there are {}{more}", shown.join(", "))
        }
    }
}
