//! Texts with `*`, and the short filter by event type that is made of them.

use super::PatternError;

/// A text in which `*` stands for any run of characters, also none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    /// What stands between the stars: at least one part.
    parts: Vec<String>,
}

impl Glob {
    pub(super) fn new(parts: Vec<String>) -> Self {
        Glob { parts }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
            return false;
        };
        // The leftmost place of each part leaves the most room for the others.
        middle.iter().all(|part| match rest.find(part.as_str()) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    }
}

/// Event types, separated by commas, with `*` for any run of characters: `order.placed, payment.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeFilter(Vec<Glob>);

impl TypeFilter {
    /// Reads a list of event types.
    ///
    /// # Errors
    /// When an entry is empty, or holds a space or a character that no event type has.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut at = 0;
        let mut list = Vec::new();
        for entry in text.split(',') {
            let from = at + (entry.len() - entry.trim_start().len());
            at += entry.len() + 1;
            let entry = entry.trim();
            let help = "write event types such as `order.placed`, `order.*` or `order.placed, order.paid`";
            if entry.is_empty() {
                return Err(PatternError::at(from, "an event type is missing here", help));
            }
            let bad = |c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\'' | '(' | ')' | '<' | '>' | '!');
            if let Some(place) = entry.find(bad) {
                let found = entry[place..].chars().next().unwrap_or(' ');
                let message = format!("no event type holds `{}`", found.escape_default());
                return Err(PatternError::at(from + place, message, help));
            }
            list.push(Glob::new(entry.split('*').map(str::to_owned).collect()));
        }
        Ok(TypeFilter(list))
    }

    /// Whether an event type is among them.
    pub fn matches(&self, event: &str) -> bool {
        self.0.iter().any(|glob| glob.matches(event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_types_and_their_families() {
        let filter = TypeFilter::parse("order.placed, payment.*").unwrap();
        for (event, matched) in [
            ("order.placed", true),
            ("order.placed.v2", false),
            ("payment.captured", true),
            ("payment.", true),
            ("payment", false),
            ("", false),
        ] {
            assert_eq!(filter.matches(event), matched, "{event}");
        }
        assert!(TypeFilter::parse("*").unwrap().matches(""));
        // Both ends want the same letter.
        assert!(!TypeFilter::parse("a*a").unwrap().matches("a"));
    }

    #[test]
    fn errors_point_at_the_character() {
        for (text, at) in [("", 0), ("a,,b", 2), ("a, b c", 4), ("a,", 2), ("type = \"x\"", 4), ("é(", 2)] {
            assert_eq!(TypeFilter::parse(text).unwrap_err().at, at, "{text}");
        }
    }
}
