//! What was seen in the traces at hand: what completion offers from and doubts are measured by.

use super::expr::Scope;

/// A value and how often it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenValue {
    /// As text, as a person would write it without quotes.
    pub text: String,
    /// How often.
    pub count: u64,
}

/// The key of an attribute and what its values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenKey {
    /// Whose; [`Scope::Any`] is taken as the span's.
    pub scope: Scope,
    /// The key.
    pub key: String,
    /// How often.
    pub count: u64,
    /// Whether some values were numbers.
    pub has_numbers: bool,
    /// Whether some values were texts.
    pub has_texts: bool,
    /// Frequent values, as far as they were counted.
    pub values: Vec<SeenValue>,
}

/// What was seen. Empty lists are "not known", not "none".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Services.
    pub services: Vec<SeenValue>,
    /// Names of spans.
    pub names: Vec<SeenValue>,
    /// Names of events.
    pub events: Vec<SeenValue>,
    /// Names of instrumentation scopes.
    pub scopes: Vec<SeenValue>,
    /// Attributes.
    pub keys: Vec<SeenKey>,
}

impl Seen {
    /// What is known of an attribute, from every scope that is meant.
    pub(crate) fn keys_of<'a>(&'a self, scope: Scope, key: &'a str) -> impl Iterator<Item = &'a SeenKey> {
        self.keys.iter().filter(move |seen| seen.key == key && covers(scope, seen.scope))
    }
}

/// Whether an attribute asked of `asked` can be one of `own`.
fn covers(asked: Scope, own: Scope) -> bool {
    match asked {
        Scope::Any => matches!(own, Scope::Any | Scope::Span | Scope::Resource),
        Scope::Span => matches!(own, Scope::Any | Scope::Span),
        other => other == own,
    }
}
