//! Which log records are asked for.

use thalweg_protocol::LogFilter;
use thalweg_spans::filter::{self, Expr, Field, Op, Scope, Value};

/// From when on records are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Since {
    /// All there are.
    #[default]
    Ever,
    /// Of the last so many seconds.
    Last(u32),
    /// Between two moments, nanoseconds since 1970; the end is not in it.
    Between(Option<u64>, Option<u64>),
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LogsAsked {
    /// At least as grave, by OTLP's number.
    pub(crate) severity: Option<u8>,
    /// Of this service.
    pub(crate) service: Option<String>,
    /// The line over the list: a text in what they say, or a filter.
    pub(crate) text: String,
    /// Conditions on single values, each a filter.
    pub(crate) conditions: Vec<String>,
    /// From when to when.
    pub(crate) since: Since,
}

impl LogsAsked {
    /// Whether it is all there is.
    pub(crate) fn is_everything(&self) -> bool {
        *self == LogsAsked::default()
    }

    /// Whether records that arrive now may belong to it.
    pub(crate) fn goes_on(&self) -> bool {
        !matches!(self.since, Since::Between(_, Some(_)))
    }

    /// As the engine is asked.
    pub(crate) fn filter(&self, now_unix_nano: u64) -> LogFilter {
        let (from, until) = match self.since {
            Since::Ever => (None, None),
            Since::Last(seconds) => (Some(now_unix_nano.saturating_sub(u64::from(seconds) * 1_000_000_000)), None),
            Since::Between(from, until) => (from, until),
        };
        LogFilter {
            from_unix_nano: from,
            until_unix_nano: until,
            severity: self.severity,
            service: self.service.clone(),
            text: self.plain().map(str::to_owned),
            filter: self.record_filter(),
        }
    }

    /// For the latest record of all that may be looked at for an answer; none where the latest answer tells it, for what is asked for
    /// needs no looking.
    pub(crate) fn looked_at(&self, now_unix_nano: u64) -> Option<LogFilter> {
        let LogFilter { severity, service, text, filter, .. } = self.filter(now_unix_nano);
        let needs_looking = text.is_some() || !filter.is_empty();
        // A record from a clock that is ahead of ours says nothing of how far we looked.
        let until_unix_nano = Some(now_unix_nano.saturating_add(1));
        (needs_looking && self.goes_on()).then(|| LogFilter {
            until_unix_nano,
            severity,
            service,
            ..LogFilter::default()
        })
    }

    /// What is looked for as it stands; none where the line is a filter.
    fn plain(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty() && !filter::is_of_fields(text))
    }

    /// All conditions and the line, where it is one, as one filter.
    fn record_filter(&self) -> String {
        let line = Some(self.text.trim()).filter(|text| filter::is_of_fields(text));
        let all = self.conditions.iter().map(String::as_str).chain(line);
        Expr::all(all.filter_map(|text| filter::read_of_records(text).expr)).to_string()
    }

    /// The same with one more condition; one that turns it around goes.
    pub(crate) fn with(mut self, condition: &Condition) -> Self {
        let (wanted, other) =
            (condition.text(), Condition { is_wanted: !condition.is_wanted, ..condition.clone() }.text());
        self.conditions.retain(|known| *known != other);
        if !self.conditions.contains(&wanted) {
            self.conditions.push(wanted);
        }
        self
    }
}

/// That an attribute of a record has a value, or has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    /// Of the record's sender instead of the record.
    pub(crate) of_resource: bool,
    pub(crate) key: String,
    pub(crate) value: String,
    /// Whether records with the value are wanted; else those without it.
    pub(crate) is_wanted: bool,
}

impl Condition {
    /// In the language of filters.
    fn text(&self) -> String {
        let field = match (self.of_resource, self.key.as_str()) {
            (true, "service.name") => Field::Service,
            (true, key) => Field::Attribute(Scope::Resource, key.to_owned()),
            (false, key) => Field::Attribute(Scope::Any, key.to_owned()),
        };
        let equal = Expr::Compare(field, Op::Equal, Value::Text(self.value.clone()));
        if self.is_wanted { equal } else { Expr::Not(Box::new(equal)) }.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_to_the_engine() {
        let asked =
            LogsAsked { severity: Some(13), text: "  a ".into(), since: Since::Last(2), ..LogsAsked::default() };
        let filter = asked.filter(5_000_000_000);
        assert_eq!((filter.from_unix_nano, filter.until_unix_nano), (Some(3_000_000_000), None));
        assert_eq!((filter.severity, filter.text.as_deref()), (Some(13), Some("a")));
        assert!(asked.goes_on() && !LogsAsked { since: Since::Between(None, Some(1)), ..asked }.goes_on());
    }

    #[test]
    fn a_line_is_a_text_or_a_filter_and_conditions_join_it() {
        let asked = |text: &str| LogsAsked { text: text.into(), ..LogsAsked::default() };
        let told = |asked: &LogsAsked| {
            let filter = asked.filter(0);
            (filter.text, filter.filter)
        };
        assert_eq!(told(&asked(" card declined ")), (Some("card declined".into()), String::new()));
        assert_eq!(told(&asked("retries >= 3 \"for good\"")), (None, "retries >= 3 and \"for good\"".into()));
        let brand = Condition { of_resource: false, key: "card.brand".into(), value: "visa".into(), is_wanted: true };
        let host = Condition { of_resource: true, key: "host.name".into(), value: "db 1".into(), is_wanted: false };
        let both = asked("timeout").with(&brand).with(&host).with(&brand);
        assert_eq!(both.conditions, ["card.brand = \"visa\"", "not resource.host.name = \"db 1\""]);
        let filter = "card.brand = \"visa\" and not resource.host.name = \"db 1\"";
        assert_eq!(told(&both), (Some("timeout".into()), filter.into()));
        // A filter in the line holds as a whole.
        let line = LogsAsked { text: "a = 1 or b = 2".into(), ..both.clone() };
        assert_eq!(told(&line), (None, format!("{filter} and (a = 1 or b = 2)")));
        // What is turned around is asked once.
        let turned = both.with(&Condition { is_wanted: false, ..brand });
        assert_eq!(turned.conditions, ["not resource.host.name = \"db 1\"", "not card.brand = \"visa\""]);
        // Keys and values of others stay keys and values.
        for (key, value) in
            [("status", "x = y"), ("a key", "7"), ("service.name", "true"), ("", "\u{202e}"), ("not", "")]
        {
            for of_resource in [false, true] {
                let odd = Condition { of_resource, key: key.into(), value: value.into(), is_wanted: true };
                let read = filter::read_of_records(&odd.text());
                assert!(read.expr.is_some(), "{}: {:?}", odd.text(), read.problems);
            }
        }
    }

    #[test]
    fn only_what_needs_looking_asks_how_far_one_looks() {
        let asked = |text: &str, since| LogsAsked {
            text: text.into(),
            service: Some("shop".into()),
            since,
            ..LogsAsked::default()
        };
        assert_eq!(asked("", Since::Ever).looked_at(7), None, "the list tells it");
        assert_eq!(asked("x", Since::Between(None, Some(9))).looked_at(7), None, "nothing newer belongs to it");
        for text in ["x", "a = 1"] {
            let of = asked(text, Since::Last(1)).looked_at(7).unwrap();
            let all = LogFilter { until_unix_nano: Some(8), service: Some("shop".into()), ..LogFilter::default() };
            assert_eq!(of, all, "{text}");
        }
    }
}
