//! What the traces lens looks at beside its list: which sight, the map of many traces, a journey, and the way back.

use std::collections::HashSet;

use leptos::prelude::*;
use thalweg_protocol::{CrossLinks, JourneyView, TopologyMap};

use super::{Lens, Shared};
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
    /// The map of many traces, asked for by a filter.
    pub(crate) map: RwSignal<Made<String, TopologyMap>>,
    /// What was asked for last by choosing something on that map.
    pub(crate) clicked: RwSignal<Option<String>>,
    /// The journey of a message.
    pub(crate) journey: RwSignal<Made<JourneyOf, JourneyView>>,
    /// How the spans of a trace are linked with those of others, and of which trace, with so many rows.
    pub(crate) links: RwSignal<Option<(LinksOf, Shared<CrossLinks>)>>,
}

/// Of which trace links are known, as far as it was there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LinksOf {
    pub(crate) trace_id: String,
    pub(crate) rows: usize,
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
            map: RwSignal::new(Made::default()),
            clicked: RwSignal::new(None),
            journey: RwSignal::new(Made::default()),
            links: RwSignal::new(None),
        }
    }

    /// Forgets what was read of traces that are no more.
    pub(crate) fn forget(self) {
        self.chosen.try_set(None);
        self.trail.try_set(Vec::new());
        self.map.try_set(Made::default());
        self.journey.try_set(Made::default());
        self.links.try_set(None);
    }

    /// What links to a trace may have changed: it is asked for anew when it is next looked at.
    pub(crate) fn doubt_links(self) {
        self.links.try_update_untracked(|links| {
            if let Some((of, _)) = links {
                of.rows = usize::MAX;
            }
        });
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
