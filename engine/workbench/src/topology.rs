//! What the stored traces show together: the map of the system, a first flow of it, a message's journey; and where the time of one
//! trace went.

mod filters;
mod links;
mod reading;
mod shown;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use thalweg_protocol::{ApiError, CriticalPath, ErrorCode, JourneyView, TopologyMap, topology::CriticalSection};
use thalweg_telemetry::{SpanId, Trace, TraceId, get_trace, linking, observed};
use thalweg_topology::{self as topology, Map, Topology, critical_path, draw, linked_traces, self_times};

pub use self::reading::{Reading, Unwatched};

use crate::{
    convert,
    layout::tidied,
    observe::{Observatory, no_trace, query_error, trace_id_from},
};

/// Most traces that a map is made of: some minutes of reading.
const MOST_TRACES: u64 = 200_000;
/// Most traces that are looked at for the other parts of a journey.
const MOST_LOOKED_AT: u64 = 20_000;
/// Most traces of one journey.
const MOST_OF_JOURNEY: usize = 1000;
/// The clocks of two machines may disagree, and an older trace may have waited in its channel: nanoseconds before the oldest trace
/// known to belong to a journey that are looked at too.
const BEFORE: u64 = 3600 * 1_000_000_000;

/// Which traces to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Only those that start at or after this moment, nanoseconds since 1970.
    pub since_unix_nano: Option<u64>,
    /// Only those that one of these services takes part in; all when none is named.
    pub services: Vec<String>,
    /// Only those with a span that this filter finds; all when it is empty.
    pub filter: String,
}

/// A flow document that was drawn from traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// Its text, tidied.
    pub text: String,
    /// How many nodes it has.
    pub nodes: usize,
    /// What it does not show, or shows otherwise, in sentences.
    pub notes: Vec<String>,
    /// How many traces it was made of.
    pub traces: u64,
    /// How many spans.
    pub spans: u64,
}

impl Observatory {
    /// The topology that the stored traces show.
    ///
    /// # Errors
    /// When the filter is none, the data file cannot be read, or `reading` stops it.
    pub async fn topology(&self, seen: &Seen, reading: &dyn Reading) -> Result<TopologyMap, ApiError> {
        let (map, cut) = self.fold(seen, reading).await?;
        Ok(shown::map(&map, cut))
    }

    /// The topology that one trace shows.
    ///
    /// # Errors
    /// As [`Observatory::trace`].
    pub async fn topology_of(&self, trace_id: &str) -> Result<TopologyMap, ApiError> {
        Ok(map_of(&self.whole_trace(trace_id).await?))
    }

    /// The same as a flow document to go on from.
    ///
    /// # Errors
    /// When the filter is none, the data file cannot be read, or the traces show no messages.
    pub async fn discover(&self, seen: &Seen, name: &str) -> Result<Discovered, ApiError> {
        let (map, cut) = self.fold(seen, &Unwatched).await?;
        let drawn = draw(&map, name).map_err(|error| {
            ApiError::new(ErrorCode::Internal, convert::sentence(&format!("the flow could not be written: {error}")))
        })?;
        if drawn.nodes == 0 {
            let message = format!("The {} traces looked at show no messages.", map.traces);
            return Err(ApiError::new(ErrorCode::Usage, message)
                .with_help("Spans of messages have attributes such as `messaging.destination.name`."));
        }
        let text = tidied(&drawn.text, &[])?.text;
        let mut notes = drawn.notes;
        if cut {
            notes.push(format!("Only the newest {MOST_TRACES} traces were looked at."));
        }
        notes.extend(self.damage().await);
        Ok(Discovered { text, nodes: drawn.nodes, notes, traces: map.traces, spans: map.spans })
    }

    async fn fold(&self, seen: &Seen, reading: &dyn Reading) -> Result<(Map, bool), ApiError> {
        let mut topology = Topology::new();
        let cut = self.each_trace(seen, MOST_TRACES, reading, |trace| topology.add(&observed(trace))).await?;
        Ok((topology.map(), cut))
    }

    async fn whole_trace(&self, trace_id: &str) -> Result<Trace, ApiError> {
        let id = trace_id_from(trace_id)?;
        get_trace(self.store()?, id).await.map_err(query_error)?.ok_or_else(|| no_trace(trace_id))
    }

    /// The way of what a trace, or one span of it, sends or receives, over all traces that it left spans in.
    ///
    /// # Errors
    /// When an id is not one, there is no such trace or span, the data file cannot be read, or `reading` stops it.
    pub async fn journey(
        &self,
        trace_id: &str,
        span_id: Option<&str>,
        reading: &dyn Reading,
    ) -> Result<JourneyView, ApiError> {
        let span = span_id.map(span_id_from).transpose()?;
        let start = self.whole_trace(trace_id).await?;
        let id = start.id;
        check_span(&start, span)?;
        let (traces, cut) = self.of_journey(start, reading).await?;
        Ok(journey_of(&traces, id, span, cut))
    }

    /// The trace with those that belong to its messages: by links in both directions, and by messages that both name.
    async fn of_journey(&self, start: Trace, reading: &dyn Reading) -> Result<(Vec<Trace>, bool), ApiError> {
        let store = self.store()?;
        let mut wanted: BTreeMap<TraceId, Option<Trace>> = BTreeMap::from([(start.id, Some(start))]);
        let mut cut = false;
        // Links lead both ways: backwards the trace itself says where, forwards the data file knows who links here.
        let mut open: Vec<TraceId> = wanted.keys().copied().collect();
        while !open.is_empty() {
            let known = open.iter().filter_map(|id| wanted.get(id)?.as_ref());
            let backwards: BTreeSet<TraceId> =
                known.flat_map(|trace| linked_traces(&observed(trace)).0).map(TraceId).collect();
            let found = linking(store, &open).await.map_err(query_error)?;
            cut |= found.cut;
            let forwards: BTreeSet<TraceId> = found.links.iter().map(|link| link.trace_id).collect();
            open.clear();
            for id in backwards.union(&forwards).copied() {
                if wanted.contains_key(&id) {
                    continue;
                }
                if wanted.len() >= MOST_OF_JOURNEY {
                    cut = true;
                    break;
                }
                if reading.is_cancelled() {
                    return Err(reading::cancelled());
                }
                let trace = get_trace(store, id).await.map_err(query_error)?;
                // A span that handles no message may link too; that is another story.
                let belongs = backwards.contains(&id)
                    || trace.as_ref().is_some_and(|trace| {
                        linked_traces(&observed(trace)).0.iter().any(|to| wanted.contains_key(&TraceId(*to)))
                    });
                if belongs {
                    wanted.insert(id, trace);
                    reading.read(wanted.len() as u64);
                    open.push(id);
                }
            }
        }
        let names_messages = |trace: &Trace| !linked_traces(&observed(trace)).1.is_empty();
        if !wanted.values().flatten().any(names_messages) {
            return Ok((wanted.into_values().flatten().collect(), cut));
        }
        // By what they name messages only the traces themselves know each other: all from the oldest one on are looked at.
        let oldest = wanted.values().flatten().flat_map(|trace| &trace.spans).map(|span| span.start_unix_nano);
        let oldest = oldest.filter(|start| *start > 0).min().unwrap_or(0);
        let seen = Seen { since_unix_nano: Some(oldest.saturating_sub(BEFORE)), ..Seen::default() };
        let mut others: HashMap<TraceId, (BTreeSet<[u8; 16]>, BTreeSet<u64>)> = HashMap::new();
        cut |= self
            .each_trace(&seen, MOST_LOOKED_AT, reading, |trace| {
                let leads = linked_traces(&observed(trace));
                if !leads.0.is_empty() || !leads.1.is_empty() {
                    others.insert(trace.id, leads);
                }
            })
            .await?;
        for id in connected(&wanted.keys().copied().collect(), &others) {
            if wanted.len() >= MOST_OF_JOURNEY {
                cut = true;
                break;
            }
            if let std::collections::btree_map::Entry::Vacant(place) = wanted.entry(id) {
                place.insert(get_trace(store, id).await.map_err(query_error)?);
            }
        }
        Ok((wanted.into_values().flatten().collect(), cut))
    }

    /// Where the time of one trace went.
    ///
    /// # Errors
    /// As [`Observatory::trace`].
    pub async fn critical_path(&self, trace_id: &str) -> Result<CriticalPath, ApiError> {
        let trace = self.whole_trace(trace_id).await?;
        let lent = observed(&trace);
        let (path, own) = (critical_path(&lent), self_times(&lent));
        let start = path.first().map_or(0, |section| section.start);
        let end = path.last().map_or(start, |section| section.end);
        let section = |section: &topology::Section| {
            let span = trace.spans.get(section.span)?;
            Some(CriticalSection {
                span_id: span.id.to_string(),
                service: trace.service(span).to_owned(),
                name: span.name.clone(),
                start_nano: section.start - start,
                duration_nano: section.end - section.start,
                self_nano: own.get(section.span).copied().unwrap_or(0),
            })
        };
        Ok(CriticalPath {
            trace_id: trace.id.to_string(),
            start_unix_nano: start,
            duration_nano: end - start,
            sections: path.iter().filter_map(section).collect(),
        })
    }
}

/// The topology that one trace shows.
pub(crate) fn map_of(trace: &Trace) -> TopologyMap {
    let mut topology = Topology::new();
    topology.add(&observed(trace));
    shown::map(&topology.map(), false)
}

/// The way of what a trace, or one span of it, sends or receives, over these traces.
pub(crate) fn journey_of(traces: &[Trace], id: TraceId, span: Option<SpanId>, cut: bool) -> JourneyView {
    let lent: Vec<_> = traces.iter().map(observed).collect();
    shown::journey_view(&topology::journey(&lent, id.0, span.map(|span| span.0)), cut)
}

/// Refuses a span that is none of the trace's.
fn check_span(trace: &Trace, span: Option<SpanId>) -> Result<(), ApiError> {
    match span.filter(|span| !trace.spans.iter().any(|known| known.id == *span)) {
        Some(span) => Err(ApiError::new(ErrorCode::Usage, format!("There is no span {span} in trace {}.", trace.id))
            .with_help("`thalweg traces show TRACE_ID --format json` has the ids of its spans.")),
        None => Ok(()),
    }
}

pub(crate) fn span_id_from(text: &str) -> Result<SpanId, ApiError> {
    text.parse().map_err(|_| {
        ApiError::new(ErrorCode::Usage, format!("{text:?} is no span id."))
            .with_help("A span id is 16 hexadecimal digits; `thalweg traces show TRACE_ID --format json` has them.")
    })
}

/// All traces that hang together with these, by links in either direction or by messages that both name.
fn connected(
    from: &BTreeSet<TraceId>,
    others: &HashMap<TraceId, (BTreeSet<[u8; 16]>, BTreeSet<u64>)>,
) -> BTreeSet<TraceId> {
    let mut linked_from: BTreeMap<TraceId, Vec<TraceId>> = BTreeMap::new();
    let mut named_by: BTreeMap<u64, Vec<TraceId>> = BTreeMap::new();
    let mut ids: Vec<&TraceId> = others.keys().collect();
    ids.sort_unstable();
    for id in ids {
        let (links, names) = &others[id];
        for linked in links {
            linked_from.entry(TraceId(*linked)).or_default().push(*id);
        }
        for name in names {
            named_by.entry(*name).or_default().push(*id);
        }
    }
    let mut found = from.clone();
    let mut open: Vec<TraceId> = from.iter().copied().collect();
    while let Some(id) = open.pop() {
        let mut next: Vec<TraceId> = linked_from.get(&id).cloned().unwrap_or_default();
        if let Some((links, names)) = others.get(&id) {
            next.extend(links.iter().copied().map(TraceId));
            // All that name it are reached by the first.
            next.extend(names.iter().filter_map(|name| named_by.remove(name)).flatten());
        }
        open.extend(next.into_iter().filter(|id| found.insert(*id)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_hang_together_both_ways() {
        let id = |number: u8| TraceId([number; 16]);
        let leads = |links: &[u8], names: &[u64]| {
            (links.iter().map(|link| [*link; 16]).collect(), names.iter().copied().collect())
        };
        let others = HashMap::from([
            (id(2), leads(&[1], &[])),
            (id(3), leads(&[2], &[7])),
            (id(4), leads(&[], &[7])),
            (id(5), leads(&[6], &[8])),
        ]);
        let found = connected(&BTreeSet::from([id(3)]), &others);
        assert_eq!(found, BTreeSet::from([id(1), id(2), id(3), id(4)]));
    }
}
