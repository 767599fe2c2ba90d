//! Log records: what was asked for, what is listed, what is looked at.

use std::cmp::{Ordering, Reverse};

use thalweg_protocol::{LogFilter, LogPage, LogView};
use thalweg_spans::filter::{self, Expr, Field, Op, Scope, Value};

use super::Shared;

/// Records that stay listed when newer ones come; scrolling on fetches what was let go.
const LISTED: usize = 5_000;
/// Records may come this late and are still put in their place, in nanoseconds.
const LATE: u64 = 60_000_000_000;

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

/// What is known about log records.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "none of them follows from the others")]
pub(crate) struct Logs {
    pub(crate) asked: LogsAsked,
    /// Newest first.
    pub(crate) list: Vec<Shared<LogView>>,
    /// Services that sent any.
    pub(crate) services: Vec<String>,
    /// Whether an answer to what is asked for came.
    pub(crate) answered: bool,
    /// Whether an answer is under way.
    pub(crate) working: bool,
    /// Whether newer ones are listed as they come.
    pub(crate) paused: bool,
    /// Whether one reads further down, so that newer ones wait.
    pub(crate) reading: bool,
    /// Whether there are newer ones than those that are listed.
    pub(crate) newer: bool,
    /// The record that is looked at.
    pub(crate) chosen: Option<Shared<LogView>>,
    next: Option<String>,
    /// Tells answers to this question from those to others.
    number: u32,
    /// Whether newer ones are being fetched, and whether more came meanwhile.
    catching_up: bool,
    again: bool,
    /// Newer ones than of this time are being fetched; none when there was none to go by.
    reached: Option<u64>,
}

impl Logs {
    /// Another question; what was listed goes.
    pub(crate) fn ask(&mut self, asked: LogsAsked) {
        let (services, paused) = (std::mem::take(&mut self.services), self.paused);
        *self = Logs { asked, services, paused, number: self.number.wrapping_add(1), ..Logs::default() };
    }

    /// Whether there is a next page to fetch, and none is under way.
    pub(crate) fn can_page(&self) -> bool {
        !self.working && self.has_more()
    }

    /// Begins the next page, with the number of the question; none while one is under way or when there is none.
    pub(crate) fn begin_page(&mut self) -> Option<(u32, Option<String>)> {
        if !self.can_page() {
            return None;
        }
        self.working = true;
        Some((self.number, self.next.clone()))
    }

    /// Takes in a page; true when it held nothing that was not listed and there may be more further on: scrolling asks when the
    /// list changes, and it did not.
    pub(crate) fn take(&mut self, number: u32, page: LogPage) -> bool {
        if number != self.number {
            return false;
        }
        (self.working, self.answered) = (false, true);
        self.next = page.next;
        self.services = page.services;
        let before = self.list.len();
        self.merge(page.logs);
        self.list.len() == before && self.next.is_some()
    }

    /// A page did not come: scrolling must not ask again and again.
    pub(crate) fn fail(&mut self, number: u32) {
        if number == self.number {
            (self.working, self.answered, self.next) = (false, true, None);
        }
    }

    /// Whether there may be older ones.
    pub(crate) fn has_more(&self) -> bool {
        self.next.is_some() || !self.answered
    }

    /// Begins to fetch newer ones: the number of the question and from when on. None while that is under way, which then goes on
    /// by itself, and for a question whose answer is under way anyhow. A record from a clock that is ahead of ours says nothing of
    /// how far the list reaches.
    pub(crate) fn begin_catching_up(&mut self, now_unix_nano: u64) -> Option<(u32, Option<u64>)> {
        if !self.answered || !self.asked.goes_on() {
            return None;
        }
        if self.catching_up {
            self.again = true;
            return None;
        }
        self.catching_up = true;
        self.newer = false;
        self.reached = self.list.iter().map(|log| log.time_unix_nano).find(|time| *time <= now_unix_nano);
        Some((self.number, self.reached.map(|time| time.saturating_sub(LATE))))
    }

    /// Takes in what is newer, and says whether more came meanwhile.
    pub(crate) fn caught_up(&mut self, number: u32, page: Option<LogPage>) -> bool {
        if number != self.number {
            return false;
        }
        self.catching_up = false;
        if let Some(page) = page {
            self.services = page.services;
            let reached = self.reached.unwrap_or(u64::MAX);
            let known =
                |log: &LogView| log.time_unix_nano <= reached && self.list.iter().any(|known| known.place == log.place);
            // More came than one page holds: between it and what is listed there is a gap, which scrolling fills. A page that holds
            // nothing has looked at as much as one answer may, and tells of no gap.
            if page.next.is_some() && !page.logs.is_empty() && !page.logs.iter().any(known) {
                self.list.clear();
                self.next = page.next;
                // A page that is under way goes on from what is no longer listed.
                (self.working, self.number) = (false, self.number.wrapping_add(1));
            }
            self.merge(page.logs);
            if self.list.len() > LISTED && !self.working {
                self.list.truncate(LISTED);
                self.next = self.list.last().map(|log| log.place.clone());
            }
        }
        std::mem::take(&mut self.again)
    }

    /// Forgets all records.
    pub(crate) fn clear(&mut self) {
        *self = Logs {
            asked: self.asked.clone(),
            paused: self.paused,
            answered: true,
            number: self.number.wrapping_add(1),
            ..Logs::default()
        };
    }

    fn merge(&mut self, logs: Vec<LogView>) {
        for log in logs {
            let at = self.list.binary_search_by(|known| order(known, &log));
            match at {
                Ok(_) => {}
                Err(at) => self.list.insert(at, Shared::new(log)),
            }
        }
    }
}

/// Newest first; of one time the one that came later.
fn order(a: &LogView, b: &LogView) -> Ordering {
    Reverse((a.time_unix_nano, arrival(a))).cmp(&Reverse((b.time_unix_nano, arrival(b))))
}

/// Places are names, but the number behind their last dash is by arrival.
fn arrival(log: &LogView) -> u64 {
    log.place.rsplit('-').next().and_then(|number| u64::from_str_radix(number, 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    fn log(time: u64, id: u64) -> LogView {
        LogView {
            place: format!("{time:x}-{id:x}"),
            time_unix_nano: time,
            observed_unix_nano: 0,
            severity: 9,
            severity_text: "INFO".into(),
            service: "shop".into(),
            text: String::new(),
            event_name: String::new(),
            trace_id: String::new(),
            span_id: String::new(),
            attributes: vec![],
            resource: vec![],
            scope: String::new(),
        }
    }

    fn page(logs: &[(u64, u64)], next: Option<&str>) -> LogPage {
        LogPage {
            logs: logs.iter().map(|(time, id)| log(*time, *id)).collect(),
            total: None,
            next: next.map(str::to_owned),
            services: vec!["shop".into()],
        }
    }

    fn listed(logs: &Logs) -> Vec<(u64, u64)> {
        logs.list.iter().map(|log| (log.time_unix_nano, arrival(log))).collect()
    }

    fn first_page(logs: &[(u64, u64)], next: Option<&str>) -> Logs {
        let mut all = Logs::default();
        let (number, before) = all.begin_page().unwrap();
        assert_eq!((before, all.begin_page()), (None, None), "one at a time");
        all.take(number, page(logs, next));
        all
    }

    #[test]
    fn pages_follow_each_other_until_there_is_none() {
        let mut logs = first_page(&[(9, 3), (8, 2)], Some("8-2"));
        let (number, before) = logs.begin_page().unwrap();
        assert_eq!(before.as_deref(), Some("8-2"));
        assert!(!logs.take(number, page(&[(7, 1)], None)));
        assert_eq!(listed(&logs), [(9, 3), (8, 2), (7, 1)]);
        assert!(logs.begin_page().is_none() && !logs.has_more());
    }

    #[test]
    fn what_arrives_is_put_in_its_place_once() {
        let mut logs = first_page(&[(9_000, 3), (8_000, 2)], None);
        let (number, from) = logs.begin_catching_up(NOW).unwrap();
        assert_eq!(from, Some(0), "also what comes late");
        assert!(logs.begin_catching_up(NOW).is_none());
        // One late, one of a time that is known, and one that is known.
        assert!(logs.caught_up(number, Some(page(&[(9_000, 5), (9_000, 3), (8_500, 4)], None))), "more came meanwhile");
        assert_eq!(listed(&logs), [(9_000, 5), (9_000, 3), (8_500, 4), (8_000, 2)]);
    }

    #[test]
    fn a_burst_beyond_a_page_leaves_no_gap() {
        let mut logs = first_page(&[(1, 1)], None);
        let (number, _) = logs.begin_catching_up(NOW).unwrap();
        logs.caught_up(number, Some(page(&[(9, 9), (8, 8)], Some("8-8"))));
        assert_eq!(listed(&logs), [(9, 9), (8, 8)]);
        assert_eq!(logs.begin_page().unwrap().1.as_deref(), Some("8-8"), "what is between is fetched by scrolling");
    }

    #[test]
    fn a_page_that_found_nothing_leaves_the_list() {
        let mut logs = first_page(&[(9, 3)], Some("9-3"));
        let (number, _) = logs.begin_catching_up(NOW).unwrap();
        assert!(!logs.caught_up(number, Some(page(&[], Some("5-1")))));
        assert_eq!(listed(&logs), [(9, 3)]);
        let (same, before) = logs.begin_page().unwrap();
        assert_eq!((same, before.as_deref()), (number, Some("9-3")));
    }

    #[test]
    fn a_record_from_a_clock_ahead_does_not_stop_the_list() {
        let now = 10 * LATE;
        let mut logs = first_page(&[(90 * LATE, 3), (9 * LATE, 2)], None);
        let (number, from) = logs.begin_catching_up(now).unwrap();
        assert_eq!(from, Some(8 * LATE));
        // The one ahead is in every page: it does not tell that nothing lies between the page and the list.
        logs.caught_up(number, Some(page(&[(90 * LATE, 3), (10 * LATE, 4)], Some("x"))));
        assert_eq!(listed(&logs), [(90 * LATE, 3), (10 * LATE, 4)]);
        assert_eq!(logs.begin_page().unwrap().1.as_deref(), Some("x"));
        let mut logs = first_page(&[(90 * LATE, 3)], None);
        assert_eq!(logs.begin_catching_up(now).unwrap().1, None, "nothing to go by");
    }

    #[test]
    fn a_page_of_what_is_listed_already_is_followed_by_the_next() {
        let mut logs = first_page(&[(9, 3)], Some("9-3"));
        let (number, _) = logs.begin_catching_up(NOW).unwrap();
        logs.caught_up(number, Some(page(&[(9, 3), (8, 2)], Some("8-2"))));
        let (number, before) = logs.begin_page().unwrap();
        assert_eq!(before.as_deref(), Some("9-3"));
        assert!(logs.take(number, page(&[(8, 2)], Some("8-2"))), "nobody scrolls for a list that stays as it was");
        let (number, _) = logs.begin_page().unwrap();
        assert!(!logs.take(number, page(&[(7, 1)], Some("7-1"))));
    }

    #[test]
    fn a_page_from_before_a_burst_is_not_taken() {
        let mut logs = first_page(&[(2, 2)], Some("2-2"));
        let (page_number, _) = logs.begin_page().unwrap();
        let (number, _) = logs.begin_catching_up(NOW).unwrap();
        logs.caught_up(number, Some(page(&[(9, 9)], Some("9-9"))));
        assert!(!logs.take(page_number, page(&[(1, 1)], None)));
        assert_eq!((listed(&logs), logs.begin_page().unwrap().1.as_deref()), (vec![(9, 9)], Some("9-9")));
    }

    #[test]
    fn answers_to_other_questions_are_not_taken() {
        let mut logs = Logs::default();
        let (number, _) = logs.begin_page().unwrap();
        logs.ask(LogsAsked { text: "x".into(), ..LogsAsked::default() });
        assert!(!logs.take(number, page(&[(1, 1)], Some("1-1"))) && logs.list.is_empty());
        assert!(!logs.caught_up(number, Some(page(&[(1, 1)], None))) && logs.list.is_empty());
        assert!(logs.begin_page().is_some(), "the new one is asked");
    }

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
    fn the_list_never_grows_without_end_and_scrolling_goes_on() {
        let mut logs = first_page(&[], None);
        for round in 0..12_u64 {
            let (number, _) = logs.begin_catching_up(NOW).unwrap();
            let many: Vec<_> = (0..500).map(|i| (round * 500 + i, round * 500 + i)).collect();
            logs.caught_up(number, Some(page(&many, None)));
        }
        assert_eq!(logs.list.len(), LISTED);
        let (number, before) = logs.begin_page().unwrap();
        assert_eq!(before, logs.list.last().map(|log| log.place.clone()));
        // What one scrolls to is listed, however much that is.
        assert!(!logs.take(number, page(&[(0, 0)], None)));
        assert_eq!((logs.list.len(), listed(&logs).pop()), (LISTED + 1, Some((0, 0))));
    }
}
