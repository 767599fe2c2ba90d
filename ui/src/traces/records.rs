//! What came of the log records of a trace, and when there is something to ask.

use std::collections::HashMap;

use thalweg_protocol::{LogPage, LogView};

use crate::state::Shared;

/// What came so far, from the first record on.
#[derive(Debug, Clone, Default)]
pub(super) struct Loaded {
    /// Oldest first.
    pub(super) logs: Vec<Shared<LogView>>,
    /// Where in the list those of a span are.
    pub(super) by_span: HashMap<String, Vec<usize>>,
    /// How many there are in all.
    pub(super) total: u64,
    /// Whether there are more behind the last one.
    goes_on: bool,
}

/// What a page makes of what is loaded.
#[derive(Debug)]
pub(super) enum Taken {
    /// Nothing is new.
    Same,
    /// This is loaded now.
    Changed(Loaded),
    /// There are not as many as are loaded and follow: some came in between, or went. Only asking from the first on tells which.
    Doubted,
}

impl Loaded {
    /// Behind which record to go on; none begins with the first.
    pub(super) fn last(&self) -> Option<String> {
        self.logs.last().map(|log| log.place.clone())
    }

    /// Takes in the page that follows what is loaded. Where more is there than was asked for, what changed is their number.
    pub(super) fn take(&self, page: LogPage, wish: Wish) -> Taken {
        let adds = wish == Wish::More || !self.goes_on;
        let count = (self.logs.len() + if adds { page.logs.len() } else { 0 }) as u64;
        let goes_on = if adds { page.next.is_some() } else { self.goes_on };
        let total = page.total.unwrap_or(count);
        let agrees = if goes_on { count < total } else { count == total };
        if !agrees {
            Taken::Doubted
        } else if (count, goes_on, total) == (self.logs.len() as u64, self.goes_on, self.total) {
            Taken::Same
        } else {
            let mut now = Loaded { total, ..self.clone() };
            if adds {
                now.append(page);
            }
            Taken::Changed(now)
        }
    }

    /// Puts a page behind what is loaded.
    pub(super) fn append(&mut self, page: LogPage) {
        for log in page.logs {
            self.by_span.entry(log.span_id.clone()).or_default().push(self.logs.len());
            self.logs.push(Shared::new(log));
        }
        self.total = page.total.unwrap_or(self.logs.len() as u64);
        self.goes_on = page.next.is_some();
    }
}

/// Why one asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// More of the records are to be seen.
    More,
    /// There may be others than there were.
    Changes,
}

/// When to ask: one question at a time, and with a rest behind each that was about changes.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "none of them follows from the others")]
pub(super) struct Pace {
    more: bool,
    changed: bool,
    working: bool,
    resting: bool,
}

impl Pace {
    /// Notes what is to be asked.
    pub(super) fn wish(&mut self, wish: Wish) {
        match wish {
            Wish::More => self.more = true,
            Wish::Changes => self.changed = true,
        }
    }

    /// Begins what is to be asked now, if anything is.
    pub(super) fn begin(&mut self) -> Option<Wish> {
        if self.working {
            return None;
        }
        let wish = if self.more {
            self.more = false;
            Wish::More
        } else if self.changed && !self.resting {
            self.changed = false;
            Wish::Changes
        } else {
            return None;
        };
        self.working = true;
        Some(wish)
    }

    /// The answer came, or none will.
    pub(super) fn end(&mut self, wish: Wish) {
        self.working = false;
        self.resting |= wish == Wish::Changes;
    }

    /// The rest is over.
    pub(super) fn rested(&mut self) {
        self.resting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(places: &[&str], total: u64, goes_on: bool) -> LogPage {
        let log = |place: &&str| LogView {
            place: (*place).into(),
            time_unix_nano: 1,
            observed_unix_nano: 0,
            severity: 9,
            severity_text: "INFO".into(),
            service: "shop".into(),
            text: String::new(),
            event_name: String::new(),
            trace_id: String::new(),
            span_id: "s".into(),
            attributes: vec![],
            resource: vec![],
            scope: String::new(),
        };
        LogPage {
            logs: places.iter().map(log).collect(),
            total: Some(total),
            next: goes_on.then(|| places.last().map(|place| (*place).to_owned())).flatten(),
            services: vec![],
        }
    }

    fn loaded(places: &[&str], total: u64, goes_on: bool) -> Loaded {
        let mut loaded = Loaded::default();
        loaded.append(page(places, total, goes_on));
        loaded
    }

    fn changed(taken: Taken) -> (Vec<String>, u64) {
        let loaded = match taken {
            Taken::Changed(loaded) => loaded,
            other => panic!("{other:?}"),
        };
        assert_eq!(loaded.by_span["s"], (0..loaded.logs.len()).collect::<Vec<_>>());
        (loaded.logs.iter().map(|log| log.place.clone()).collect(), loaded.total)
    }

    #[test]
    fn what_is_written_later_is_put_behind_what_is_loaded() {
        let all = loaded(&["a", "b"], 2, false);
        assert_eq!(all.last().as_deref(), Some("b"));
        assert!(matches!(all.take(page(&[], 2, false), Wish::Changes), Taken::Same));
        let (places, total) = changed(all.take(page(&["c"], 3, false), Wish::Changes));
        assert_eq!((places.join(" ").as_str(), total), ("a b c", 3));
    }

    #[test]
    fn of_a_long_list_only_the_number_follows_until_one_asks_for_more() {
        let first = loaded(&["a", "b"], 3, true);
        assert!(matches!(first.take(page(&["c"], 3, false), Wish::Changes), Taken::Same));
        let (places, total) = changed(first.take(page(&["c", "d"], 4, false), Wish::Changes));
        assert_eq!((places.join(" ").as_str(), total), ("a b", 4));
        let (places, total) = changed(first.take(page(&["c", "d"], 4, false), Wish::More));
        assert_eq!((places.join(" ").as_str(), total), ("a b c d", 4));
    }

    #[test]
    fn what_came_in_between_or_went_is_noticed() {
        let all = loaded(&["a", "c"], 2, false);
        assert!(matches!(all.take(page(&[], 3, false), Wish::Changes), Taken::Doubted), "one in between");
        assert!(matches!(all.take(page(&[], 0, false), Wish::Changes), Taken::Doubted), "all removed");
        assert!(matches!(all.take(page(&["d"], 2, false), Wish::Changes), Taken::Doubted), "one for another");
        let first = loaded(&["a", "c"], 3, true);
        assert!(matches!(first.take(page(&[], 2, false), Wish::Changes), Taken::Doubted), "fewer than there were");
        assert!(matches!(first.take(page(&["d"], 4, false), Wish::More), Taken::Doubted), "one in between");
    }

    #[test]
    fn one_question_at_a_time_and_a_rest_behind_it() {
        let mut pace = Pace::default();
        assert_eq!(pace.begin(), None);
        pace.wish(Wish::Changes);
        assert_eq!(pace.begin(), Some(Wish::Changes));
        pace.wish(Wish::Changes);
        assert_eq!(pace.begin(), None, "an answer is under way");
        pace.end(Wish::Changes);
        assert_eq!(pace.begin(), None, "not so soon again");
        pace.wish(Wish::More);
        assert_eq!(pace.begin(), Some(Wish::More), "who waits for it waits for nothing else");
        pace.rested();
        assert_eq!(pace.begin(), None);
        pace.end(Wish::More);
        assert_eq!(pace.begin(), Some(Wish::Changes), "what changed meanwhile is asked once more");
        pace.end(Wish::Changes);
        pace.rested();
        assert_eq!(pace.begin(), None);
    }
}
