//! Filters of Pub/Sub subscriptions (Google Cloud, "Filter messages from a subscription").
//!
//! ```text
//! attributes:KEY   attributes.KEY = "VALUE"   attributes.KEY != "VALUE"   hasPrefix(attributes.KEY, "PREFIX")
//! NOT x   -x   x AND y   x OR y   (x)         AND and OR are combined with parentheses only
//! ```

use super::PatternError;

/// The longest filter in bytes.
const LONGEST: usize = 256;
/// How deep parentheses and negations may nest: more than a filter of the longest length needs.
const DEEPEST: usize = 100;

/// A filter by attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeFilter(Term);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    Has(String),
    Is(String, String),
    IsNot(String, String),
    HasPrefix(String, String),
    Not(Box<Term>),
    All(Vec<Term>),
    Any(Vec<Term>),
}

impl AttributeFilter {
    /// Reads a filter.
    ///
    /// # Errors
    /// When it does not follow the grammar, at the first character that does not.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.len() > LONGEST {
            let message = format!("a filter of {} bytes; the longest has {LONGEST}", text.len());
            return Err(PatternError::at(text.floor_char_boundary(LONGEST), message, "shorten it"));
        }
        let mut parser = Parser { text, at: 0, depth: 0 };
        let term = parser.expression()?;
        parser.space();
        if parser.at < text.len() {
            return Err(parser.error("nothing more was expected here", "join conditions with `AND` or `OR`"));
        }
        Ok(AttributeFilter(term))
    }

    /// Whether a message with these attributes is let through. A missing attribute is not equal to any value.
    pub fn matches(&self, attribute: &dyn Fn(&str) -> Option<String>) -> bool {
        self.0.holds(attribute)
    }
}

impl Term {
    fn holds(&self, attribute: &dyn Fn(&str) -> Option<String>) -> bool {
        match self {
            Term::Has(key) => attribute(key).is_some(),
            Term::Is(key, value) => attribute(key).as_ref() == Some(value),
            Term::IsNot(key, value) => attribute(key).as_ref() != Some(value),
            Term::HasPrefix(key, prefix) => attribute(key).is_some_and(|value| value.starts_with(prefix)),
            Term::Not(term) => !term.holds(attribute),
            Term::All(terms) => terms.iter().all(|term| term.holds(attribute)),
            Term::Any(terms) => terms.iter().any(|term| term.holds(attribute)),
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn error(&self, message: impl Into<String>, help: impl Into<String>) -> PatternError {
        PatternError::at(self.at, message, help)
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Goes past a sign or word if it comes next.
    fn take(&mut self, what: &str) -> bool {
        self.space();
        let Some(rest) = self.rest().strip_prefix(what) else { return false };
        let is_word = what.ends_with(|c: char| c.is_ascii_alphabetic());
        if is_word && rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return false;
        }
        self.at += what.len();
        true
    }

    fn need(&mut self, what: &str) -> Result<(), PatternError> {
        if self.take(what) {
            return Ok(());
        }
        Err(self.error(format!("expected `{what}` here"), "write conditions such as `attributes.region = \"eu\"`"))
    }

    fn expression(&mut self) -> Result<Term, PatternError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("too many parentheses and negations", "write a simpler filter"));
        }
        let first = self.negation()?;
        let (word, other) = if self.take("AND") {
            ("AND", "OR")
        } else if self.take("OR") {
            ("OR", "AND")
        } else {
            self.depth -= 1;
            return Ok(first);
        };
        let mut terms = vec![first, self.negation()?];
        while self.take(word) {
            terms.push(self.negation()?);
        }
        let here = self.at;
        if self.take(other) {
            self.at = here;
            self.space();
            let help = "put one of the two into parentheses";
            return Err(self.error("`AND` and `OR` are not combined without parentheses", help));
        }
        self.depth -= 1;
        Ok(if word == "AND" { Term::All(terms) } else { Term::Any(terms) })
    }

    fn negation(&mut self) -> Result<Term, PatternError> {
        if self.take("NOT") || self.take("-") {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(self.error("too many parentheses and negations", "write a simpler filter"));
            }
            let term = self.negation()?;
            self.depth -= 1;
            return Ok(Term::Not(Box::new(term)));
        }
        if self.take("(") {
            let term = self.expression()?;
            self.need(")")?;
            return Ok(term);
        }
        self.condition()
    }

    fn condition(&mut self) -> Result<Term, PatternError> {
        if self.take("hasPrefix") {
            self.need("(")?;
            self.need("attributes")?;
            self.need(".")?;
            let key = self.key()?;
            self.need(",")?;
            let prefix = self.quoted()?;
            self.need(")")?;
            return Ok(Term::HasPrefix(key, prefix));
        }
        if !self.take("attributes") {
            self.space();
            let help = "write `attributes:key`, `attributes.key = \"value\"` or `hasPrefix(attributes.key, \"a\")`";
            return Err(self.error("expected a condition on `attributes` here", help));
        }
        if self.take(":") {
            return Ok(Term::Has(self.key()?));
        }
        self.need(".")?;
        let key = self.key()?;
        if self.take("!=") {
            return Ok(Term::IsNot(key, self.quoted()?));
        }
        if self.take("=") {
            return Ok(Term::Is(key, self.quoted()?));
        }
        self.space();
        Err(self.error("expected `=` or `!=` here", "write `attributes:key` to ask whether an attribute is there"))
    }

    /// A key: a plain word, or anything in quotes.
    fn key(&mut self) -> Result<String, PatternError> {
        self.space();
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let end = self.rest().find(|c| !is_inner(c)).unwrap_or(self.rest().len());
        let key = &self.rest()[..end];
        if !key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            let help = "write a key such as `region`; quote one with other characters: `attributes.\"my key\"`";
            return Err(self.error("expected the key of an attribute here", help));
        }
        self.at += end;
        Ok(key.to_owned())
    }

    fn quoted(&mut self) -> Result<String, PatternError> {
        self.space();
        let start = self.at;
        let help = "write a text in double quotes, such as `\"eu\"`";
        if !self.rest().starts_with('"') {
            return Err(self.error("expected a text in double quotes here", help));
        }
        let mut value = String::new();
        let mut escaped = false;
        for (at, c) in self.rest().char_indices().skip(1) {
            match c {
                '"' if !escaped => {
                    self.at += at + 1;
                    return Ok(value);
                }
                '\\' if !escaped => escaped = true,
                c => {
                    value.push(c);
                    escaped = false;
                }
            }
        }
        Err(PatternError::at(start, "this text has no closing quote", help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples and rules of Google's page on filters.
    #[test]
    fn conditions_hold_as_documented() {
        let attribute = |name: &str| match name {
            "domain" => Some("com".to_owned()),
            "iana.org/language_tag" => Some("en-GB".to_owned()),
            "name_with_quote\"" => Some(String::new()),
            _ => None,
        };
        for (filter, matched) in [
            ("attributes:domain", true),
            ("NOT attributes:domain", false),
            ("-attributes:region", true),
            ("attributes.domain = \"com\"", true),
            ("attributes.domain=\"org\"", false),
            ("attributes.region != \"eu\"", true),
            ("attributes.domain != \"com\"", false),
            ("hasPrefix(attributes.\"iana.org/language_tag\", \"en\")", true),
            ("hasPrefix(attributes.region, \"\")", false),
            ("attributes:\"name_with_quote\\\"\"", true),
            ("attributes:domain AND attributes:region", false),
            ("attributes:domain OR attributes:region", true),
            ("attributes:domain AND (attributes:region OR NOT attributes:region)", true),
            ("NOT (attributes:domain AND attributes.domain = \"com\")", false),
        ] {
            assert_eq!(AttributeFilter::parse(filter).unwrap().matches(&attribute), matched, "{filter}");
        }
    }

    #[test]
    fn errors_point_at_the_character() {
        for (filter, at) in [
            ("", 0),
            ("region = \"eu\"", 0),
            ("attributes.region", 17),
            ("attributes.region = eu", 20),
            ("attributes.region = \"eu", 20),
            ("attributes:a attributes:b", 13),
            ("attributes:a AND attributes:b OR attributes:c", 30),
            ("attributes:a and attributes:b", 13),
            ("(attributes:a", 13),
            ("attributes:9", 11),
            ("hasPrefix(attributes.a \"x\")", 23),
        ] {
            assert_eq!(AttributeFilter::parse(filter).unwrap_err().at, at, "{filter}");
        }
        assert!(AttributeFilter::parse(&"(".repeat(256)).is_err());
        assert!(AttributeFilter::parse(&"NOT ".repeat(64)).is_err());
        assert_eq!(AttributeFilter::parse(&"-".repeat(300)).unwrap_err().at, 256);
    }
}
