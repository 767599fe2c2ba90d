//! What the traces lens looks at beside its list: which sight, the map of many traces, a journey, and the way back.

use std::collections::HashSet;

use leptos::prelude::*;
use thalweg_protocol::{CrossLinks, JourneyView, TopologyMap};

use super::{Lens, Shared, Turns};
use crate::traces::{Face, Sight};

/// Places one can go back to: more than anybody remembers.
const TRAIL: usize = 100;

/// Signals of the traces lens; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Observing {
    /// What the lens shows.
    pub(crate) sight: RwSignal<Sight>,
    /// How the trace is shown.
    pub(crate) face: RwSignal<Face>,
    /// The key of the chosen row of the trace.
    pub(crate) chosen: RwSignal<Option<String>>,
    /// Its spans whose rows below are hidden.
    pub(crate) collapsed: RwSignal<HashSet<String>>,
    /// Where one was before links were followed.
    pub(crate) trail: RwSignal<Vec<Place>>,
    /// Traces that are being opened from elsewhere.
    pub(crate) openings: RwSignal<Openings>,
    /// The map of many traces, asked for by a filter.
    pub(crate) map: RwSignal<Made<String, TopologyMap>>,
    /// What was asked for last by choosing something on that map.
    pub(crate) clicked: RwSignal<Option<String>>,
    /// The journey of a message.
    pub(crate) journey: RwSignal<Made<JourneyOf, JourneyView>>,
    /// How the spans of a trace are linked with those of others, and of which trace, with so many rows.
    pub(crate) links: RwSignal<Option<(LinksOf, Shared<CrossLinks>)>>,
    /// Of which trace they were asked for last.
    pub(crate) links_asked: RwSignal<Option<LinksOf>>,
}

/// Of which trace links are known, as far as it was there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LinksOf {
    pub(crate) trace_id: String,
    pub(crate) rows: usize,
}

impl LinksOf {
    /// An answer about these came: it is not waited for any more, unless more of a trace was asked for since. True when it is to be
    /// shown. An answer that nobody looks at any more is let go, and asked for again by who comes back.
    pub(crate) fn answered(&self, asked: &mut Option<LinksOf>, selected: Option<&str>) -> bool {
        if asked.as_ref().is_some_and(|asked| asked != self) {
            return false;
        }
        *asked = None;
        selected == Some(self.trace_id.as_str())
    }
}

/// A place in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// From log records and metrics too one comes to a trace.
    pub(crate) lens: Lens,
    pub(crate) sight: Sight,
    pub(crate) face: Face,
    pub(crate) trace: Option<String>,
    pub(crate) chosen: Option<String>,
}

impl Place {
    /// Whether one is still there: looking at another row, or in another way, one has not gone elsewhere.
    fn is_near(&self, other: &Place) -> bool {
        (self.lens, self.sight, &self.trace) == (other.lens, other.sight, &other.trace)
    }
}

/// Traces that are being opened from elsewhere: of several the last one counts, and none while one has gone elsewhere meanwhile.
#[derive(Debug, Clone, Default)]
pub(crate) struct Openings {
    turns: Turns,
    /// Where one was when the last was asked for.
    from: Option<Place>,
}

impl Openings {
    /// Begins to open a trace in place of any other; gives its number.
    pub(crate) fn begin(&mut self, from: Place) -> u64 {
        self.from = Some(from);
        self.turns.ask()
    }

    /// The trace is there: where one was before it, if it is to be shown to one who is `here` now.
    pub(crate) fn take(&mut self, number: u64, here: &Place) -> Option<Place> {
        if !self.turns.is_last(number) {
            return None;
        }
        self.from.take().filter(|from| from.is_near(here))
    }

    /// Whether somebody waits for it: no other was asked for since.
    pub(crate) fn is_last(&self, number: u64) -> bool {
        self.turns.is_last(number)
    }
}

/// Whose journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JourneyOf {
    pub(crate) trace_id: String,
    /// None is all that the trace sends and receives.
    pub(crate) span_id: Option<String>,
}

impl Observing {
    pub(crate) fn new() -> Self {
        Observing {
            sight: RwSignal::new(Sight::List),
            face: RwSignal::new(Face::Waterfall),
            chosen: RwSignal::new(None),
            collapsed: RwSignal::new(HashSet::new()),
            trail: RwSignal::new(Vec::new()),
            openings: RwSignal::new(Openings::default()),
            map: RwSignal::new(Made::default()),
            clicked: RwSignal::new(None),
            journey: RwSignal::new(Made::default()),
            links: RwSignal::new(None),
            links_asked: RwSignal::new(None),
        }
    }

    /// Forgets what was read of traces that are no more.
    pub(crate) fn forget(self) {
        self.chosen.try_set(None);
        self.trail.try_set(Vec::new());
        self.map.try_set(Made::default());
        self.journey.try_set(Made::default());
        self.links.try_set(None);
        self.links_asked.try_set(None);
    }

    /// What links to a trace may have changed: it is asked for anew when it is next looked at.
    pub(crate) fn doubt_links(self) {
        self.links.try_update_untracked(|links| {
            if let Some((of, _)) = links {
                of.rows = usize::MAX;
            }
        });
        self.links_asked.try_update_untracked(|asked| *asked = None);
    }

    /// Notes a place to go back to.
    pub(crate) fn note(self, place: Place) {
        self.trail.try_update(|trail| {
            if trail.last() != Some(&place) {
                trail.push(place);
            }
            let many = trail.len().saturating_sub(TRAIL);
            trail.drain(..many);
        });
    }
}

/// Something that takes reading many traces: what is asked for, and what was made last.
#[derive(Debug, Clone)]
pub(crate) struct Made<A, T> {
    /// The reading under way: its number, for what, and how many traces were read.
    running: Option<(u64, A, u64)>,
    shown: Option<(A, Shared<T>)>,
    /// What was asked for last and stopped or failed.
    stopped: Option<A>,
}

impl<A, T> Default for Made<A, T> {
    fn default() -> Self {
        Made { running: None, shown: None, stopped: None }
    }
}

impl<A: Clone + PartialEq, T> Made<A, T> {
    /// Begins; what another reading still tells is ignored from now on.
    pub(crate) fn begin(&mut self, run: u64, asked: A) {
        self.running = Some((run, asked, 0));
        self.stopped = None;
    }

    /// Takes in how many traces were read.
    pub(crate) fn read(&mut self, run: u64, traces: u64) {
        if let Some((known, _, read)) = &mut self.running
            && *known == run
        {
            *read = traces;
        }
    }

    /// Takes in what was made.
    pub(crate) fn finish(&mut self, run: u64, made: T) {
        if let Some((_, asked, _)) = self.running.take_if(|(known, ..)| *known == run) {
            self.shown = Some((asked, Shared::new(made)));
        }
    }

    /// Ends a reading before its end; false when nobody waits for it any more.
    pub(crate) fn fail(&mut self, run: u64) -> bool {
        self.stopped = self.running.take_if(|(known, ..)| *known == run).map(|(_, asked, _)| asked);
        self.stopped.is_some()
    }

    /// The reading under way: its number, for what, and how many traces were read.
    pub(crate) fn running(&self) -> Option<&(u64, A, u64)> {
        self.running.as_ref()
    }

    /// What was made last, and for what.
    pub(crate) fn shown(&self) -> Option<&(A, Shared<T>)> {
        self.shown.as_ref()
    }

    /// Whether the last reading was stopped or failed.
    pub(crate) fn was_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Whether this is asked for, there, or was given up.
    pub(crate) fn knows(&self, asked: &A) -> bool {
        let last = self.running.as_ref().map(|(_, asked, _)| asked).or(self.stopped.as_ref());
        last.or(self.shown.as_ref().map(|(asked, _)| asked)) == Some(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(trace: &str) -> Place {
        Place {
            lens: Lens::Traces,
            sight: Sight::List,
            face: Face::Waterfall,
            trace: Some(trace.to_owned()),
            chosen: None,
        }
    }

    #[test]
    fn of_two_openings_the_later_is_shown_whichever_comes_last() {
        let mut openings = Openings::default();
        let [a, b] = [openings.begin(at("here")), openings.begin(at("here"))];
        assert!(openings.is_last(b) && !openings.is_last(a));
        assert_eq!(openings.take(b, &at("here")), Some(at("here")));
        assert_eq!(openings.take(a, &at("b")), None, "the answer of the first came last");
        // An answer is taken once.
        assert_eq!(openings.take(b, &at("here")), None);
    }

    #[test]
    fn an_opening_is_for_who_waits_for_it() {
        let elsewhere =
            [at("other"), Place { lens: Lens::Design, ..at("here") }, Place { sight: Sight::Operations, ..at("here") }];
        for place in elsewhere {
            let mut openings = Openings::default();
            let number = openings.begin(at("here"));
            assert_eq!(openings.take(number, &place), None, "{place:?}");
        }
        let mut openings = Openings::default();
        let number = openings.begin(at("here"));
        let near = Place { chosen: Some("row".into()), face: Face::Flame, ..at("here") };
        assert_eq!(openings.take(number, &near), Some(at("here")));
    }

    #[test]
    fn links_are_asked_for_again_when_their_answer_was_let_go() {
        let of = |trace: &str, rows| LinksOf { trace_id: trace.into(), rows };
        let mut asked = Some(of("a", 1));
        assert!(!of("a", 1).answered(&mut asked, Some("b")), "another trace is looked at");
        assert_eq!(asked, None, "who comes back asks again");
        // What was asked for since is still waited for.
        let mut asked = Some(of("a", 2));
        assert!(!of("a", 1).answered(&mut asked, Some("a")));
        assert_eq!(asked, Some(of("a", 2)));
        assert!(of("a", 2).answered(&mut asked, Some("a")) && asked.is_none());
    }

    #[test]
    fn only_the_last_reading_counts() {
        let mut made: Made<&str, u32> = Made::default();
        made.begin(1, "a");
        made.begin(2, "b");
        made.read(1, 7);
        made.finish(1, 10);
        assert!(made.shown().is_none() && made.knows(&"b") && !made.knows(&"a"));
        made.read(2, 9);
        assert_eq!(made.running().map(|(_, _, read)| *read), Some(9));
        made.finish(2, 20);
        assert!(made.running().is_none() && made.knows(&"b"));
        made.begin(3, "c");
        assert!(!made.fail(2) && made.fail(3) && made.was_stopped());
        // What was stopped is not begun again by itself, and what was there stays.
        assert!(made.knows(&"c") && made.shown().is_some_and(|(asked, map)| *asked == "b" && **map == 20));
    }
}
