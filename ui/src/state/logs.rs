//! Log records: what was asked for, what is listed, what is looked at.

mod asked;

use std::cmp::{Ordering, Reverse};

use thalweg_protocol::{LogPage, LogView, limits::LOGS_PER_PAGE};
use thalweg_spans::filter::Problem;

pub(crate) use self::asked::{Condition, LogsAsked, Since};
use super::Shared;

/// Records that stay listed when newer ones come; scrolling on fetches what was let go.
const LISTED: usize = 5_000;
/// Records may come this late and are still put in their place, in nanoseconds.
const LATE: u64 = 60_000_000_000;

/// What follows on an answer about newer records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NewerLogs {
    /// Nothing: all of them are listed, or nobody waits for them any more.
    Done,
    /// More came meanwhile, and are to be fetched.
    Again,
    /// One answer looks at so many records: the next goes on here.
    Further(String),
}

/// A line that is no filter though it means to be one; the list stays as it is until it is mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) line: String,
    pub(crate) problem: Problem,
}

/// What is known about log records.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "none of them follows from the others")]
pub(crate) struct Logs {
    pub(crate) asked: LogsAsked,
    /// What stands in the line instead of what is asked for.
    pub(crate) refused: Option<Refused>,
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
    /// Those that were fetched so far.
    caught: Vec<LogView>,
    /// Up to which record's time everything was looked at, listed or not: what is rare need not be looked for twice. And what that
    /// becomes once the answer is there.
    looked_to: Option<u64>,
    looking_to: Option<u64>,
}

impl Logs {
    /// Another question; what was listed goes.
    pub(crate) fn ask(&mut self, asked: LogsAsked) {
        let (services, paused) = (std::mem::take(&mut self.services), self.paused);
        // Who chooses something else beside the line goes on with it where it is.
        let refused = self.refused.take();
        *self = Logs { asked, refused, services, paused, number: self.number.wrapping_add(1), ..Logs::default() };
    }

    /// All there is; with the question goes what was written in its line and not taken.
    pub(crate) fn ask_for_everything(&mut self) {
        self.refused = None;
        self.ask(LogsAsked::default());
    }

    /// What stands in the line.
    pub(crate) fn line(&self) -> &str {
        self.refused.as_ref().map_or(&self.asked.text, |refused| &refused.line)
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
        if !self.answered {
            self.looked_to = self.looking_to.take();
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

    /// The time of the latest record of all there were before a question, which is then asked: with its answer everything up to there
    /// was looked at. None when that is not known.
    pub(crate) fn look_to(&mut self, number: u32, latest: Option<u64>) {
        if number == self.number {
            self.looking_to = latest;
        }
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
        Some((self.number, self.known_to().map(|time| time.saturating_sub(LATE))))
    }

    /// Up to when nothing is newer: what is listed, or what was looked at in vain.
    fn known_to(&self) -> Option<u64> {
        self.reached.max(self.looked_to)
    }

    /// Takes in what is newer, and says what follows.
    pub(crate) fn caught_up(&mut self, number: u32, page: Option<LogPage>) -> NewerLogs {
        if number != self.number {
            return NewerLogs::Done;
        }
        if let Some(page) = page {
            self.services = page.services;
            let reached = self.reached.unwrap_or(u64::MAX);
            let known =
                |log: &LogView| log.time_unix_nano <= reached && self.list.iter().any(|known| known.place == log.place);
            let is_joined = page.logs.iter().any(known);
            self.caught.extend(page.logs);
            if let Some(next) = page.next.filter(|_| !is_joined) {
                // It has looked at as much as one answer may. That ends where everything is known; without such an end nobody goes
                // on through all there is.
                if self.caught.len() < LOGS_PER_PAGE as usize && self.known_to().is_some() {
                    return NewerLogs::Further(next);
                }
                // More came than one page holds: between it and what is listed there is a gap, which scrolling fills. What holds
                // nothing tells of no gap.
                if !self.caught.is_empty() {
                    self.list.clear();
                    self.next = Some(next);
                    // A page that is under way goes on from what is no longer listed.
                    (self.working, self.number) = (false, self.number.wrapping_add(1));
                }
            }
            let caught = std::mem::take(&mut self.caught);
            self.merge(caught);
            self.looked_to = self.looked_to.max(self.looking_to);
            if self.list.len() > LISTED && !self.working {
                self.list.truncate(LISTED);
                self.next = self.list.last().map(|log| log.place.clone());
            }
        }
        // What a question brought that then failed is asked for again.
        self.caught.clear();
        (self.catching_up, self.looking_to) = (false, None);
        if std::mem::take(&mut self.again) { NewerLogs::Again } else { NewerLogs::Done }
    }

    /// Forgets all records.
    pub(crate) fn clear(&mut self) {
        *self = Logs {
            asked: self.asked.clone(),
            refused: self.refused.take(),
            paused: self.paused,
            answered: true,
            // There was nothing to look at.
            looked_to: Some(0),
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
    use thalweg_spans::filter;

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

    /// As many as one page holds, the newest of this time.
    fn burst(newest: u64) -> Vec<(u64, u64)> {
        (0..u64::from(LOGS_PER_PAGE)).map(|i| (newest - i, newest - i)).collect()
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
        let follows = logs.caught_up(number, Some(page(&[(9_000, 5), (9_000, 3), (8_500, 4)], None)));
        assert_eq!(follows, NewerLogs::Again, "more came meanwhile");
        assert_eq!(listed(&logs), [(9_000, 5), (9_000, 3), (8_500, 4), (8_000, 2)]);
    }

    #[test]
    fn a_burst_beyond_a_page_leaves_no_gap() {
        let mut logs = first_page(&[(1, 1)], None);
        let (number, _) = logs.begin_catching_up(NOW).unwrap();
        assert_eq!(logs.caught_up(number, Some(page(&burst(1_000), Some("501-501")))), NewerLogs::Done);
        assert_eq!(listed(&logs), burst(1_000));
        let next = logs.begin_page().unwrap().1;
        assert_eq!(next.as_deref(), Some("501-501"), "what is between is fetched by scrolling");
    }

    #[test]
    fn what_is_rare_is_found_behind_more_than_one_answer_looks_at() {
        let mut logs = first_page(&[(3, 3), (2, 2)], None);
        let (number, _) = logs.begin_catching_up(NOW).unwrap();
        let further = |place: &str| NewerLogs::Further(place.into());
        // Nothing, then one, then one and what is listed: in the end no record is missing, and none went.
        assert_eq!(logs.caught_up(number, Some(page(&[], Some("90-90")))), further("90-90"));
        assert_eq!(logs.caught_up(number, Some(page(&[(80, 80)], Some("70-70")))), further("70-70"));
        assert!(logs.begin_catching_up(NOW).is_none(), "it is still under way");
        assert_eq!(listed(&logs), [(3, 3), (2, 2)]);
        assert_eq!(logs.caught_up(number, Some(page(&[(60, 60), (3, 3)], Some("2-2")))), NewerLogs::Again);
        assert_eq!(listed(&logs), [(80, 80), (60, 60), (3, 3), (2, 2)]);
        // What came before a failure is not listed: it would hide what is missing below it.
        let (number, _) = logs.begin_catching_up(NOW).unwrap();
        assert_eq!(logs.caught_up(number, Some(page(&[(99, 99)], Some("95-95")))), further("95-95"));
        assert_eq!(logs.caught_up(number, None), NewerLogs::Done);
        assert_eq!(listed(&logs).first(), Some(&(80, 80)));
        let (number, _) = logs.begin_catching_up(NOW).unwrap();
        assert_eq!(logs.caught_up(number, Some(page(&[(99, 99)], None))), NewerLogs::Done);
        assert_eq!(listed(&logs).first(), Some(&(99, 99)));
    }

    #[test]
    fn what_was_looked_at_in_vain_is_not_looked_at_again() {
        let mut logs = Logs::default();
        let (number, _) = logs.begin_page().unwrap();
        logs.look_to(number, Some(5 * LATE));
        logs.take(number, page(&[(2 * LATE, 2)], None));
        let now = 20 * LATE;
        let (number, from) = logs.begin_catching_up(now).unwrap();
        assert_eq!(from, Some(4 * LATE), "not from the last that was listed");
        logs.look_to(number, Some(9 * LATE));
        assert_eq!(logs.caught_up(number, Some(page(&[], None))), NewerLogs::Done);
        let (number, from) = logs.begin_catching_up(now).unwrap();
        assert_eq!(from, Some(8 * LATE));
        // What failed, or was not told, was not looked at.
        logs.look_to(number, Some(15 * LATE));
        logs.caught_up(number, None);
        let (number, from) = logs.begin_catching_up(now).unwrap();
        assert_eq!(from, Some(8 * LATE));
        logs.look_to(number, None);
        logs.caught_up(number, Some(page(&[], None)));
        assert_eq!(logs.begin_catching_up(now).unwrap().1, Some(8 * LATE));
        logs.ask(LogsAsked::default());
        logs.look_to(number, Some(19 * LATE));
        assert_eq!((logs.looked_to, logs.looking_to), (None, None), "of another question");
    }

    #[test]
    fn a_page_that_found_nothing_leaves_the_list() {
        let mut logs = first_page(&[(9, 3)], Some("9-3"));
        let (number, _) = logs.begin_catching_up(NOW).unwrap();
        assert_eq!(logs.caught_up(number, Some(page(&[], Some("5-1")))), NewerLogs::Further("5-1".into()));
        assert_eq!(logs.caught_up(number, Some(page(&[], None))), NewerLogs::Done);
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
        let ahead: Vec<_> = std::iter::once((90 * LATE, 3)).chain(burst(10 * LATE)).collect();
        logs.caught_up(number, Some(page(&ahead, Some("x"))));
        assert_eq!(listed(&logs), ahead);
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
        logs.caught_up(number, Some(page(&burst(1_000), Some("501-501"))));
        assert!(!logs.take(page_number, page(&[(1, 1)], None)));
        assert_eq!((listed(&logs), logs.begin_page().unwrap().1.as_deref()), (burst(1_000), Some("501-501")));
    }

    #[test]
    fn answers_to_other_questions_are_not_taken() {
        let mut logs = Logs::default();
        let (number, _) = logs.begin_page().unwrap();
        logs.ask(LogsAsked { text: "x".into(), ..LogsAsked::default() });
        assert!(!logs.take(number, page(&[(1, 1)], Some("1-1"))) && logs.list.is_empty());
        assert_eq!(logs.caught_up(number, Some(page(&[(1, 1)], None))), NewerLogs::Done);
        assert!(logs.list.is_empty());
        assert!(logs.begin_page().is_some(), "the new one is asked");
    }

    #[test]
    fn a_complaint_goes_with_the_line_that_it_is_about() {
        let mut logs = Logs::default();
        let line = "duration > 2s";
        let problem = filter::read_of_records(line).problems.remove(0);
        logs.refused = Some(Refused { line: line.into(), problem });
        logs.ask(LogsAsked { severity: Some(13), ..LogsAsked::default() });
        assert_eq!((logs.line(), logs.refused.is_some()), (line, true), "one goes on writing it");
        logs.ask_for_everything();
        assert_eq!((logs.line(), logs.refused.is_none(), logs.asked.is_everything()), ("", true, true));
        logs.ask(LogsAsked { text: "card".into(), ..LogsAsked::default() });
        assert_eq!(logs.line(), "card");
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
