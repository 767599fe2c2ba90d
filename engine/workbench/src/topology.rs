//! What the stored traces show together: the map of the system, a first flow of it, a message's journey; and where the time of one
//! trace went.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use thalweg_protocol::{
    ApiError, CriticalPath, ErrorCode, JourneyView, TopologyMap,
    topology::{
        CriticalSection, JourneyHop, MeasuredTimes, TopologyEdge, TopologyEvidence, TopologyKind, TopologyNode,
    },
};
use thalweg_telemetry::{SpanId, Trace, TraceId, TraceSummary, get_trace, linking, list_traces, observed};
use thalweg_topology::{self as topology, Map, NodeKey, Topology, critical_path, draw, linked_traces, self_times};

use crate::{
    convert,
    layout::tidied,
    observe::{Observatory, no_trace, query_error, trace_id_from},
};

/// Traces read from the data file at once.
const PAGE: u32 = 500;
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
    /// When the data file cannot be read.
    pub async fn topology(&self, seen: &Seen) -> Result<TopologyMap, ApiError> {
        let (map, cut) = self.fold(seen).await?;
        Ok(shown(&map, cut))
    }

    /// The same as a flow document to go on from.
    ///
    /// # Errors
    /// When the data file cannot be read, or the traces show no messages.
    pub async fn discover(&self, seen: &Seen, name: &str) -> Result<Discovered, ApiError> {
        let (map, cut) = self.fold(seen).await?;
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

    async fn fold(&self, seen: &Seen) -> Result<(Map, bool), ApiError> {
        let mut topology = Topology::new();
        let cut = self.each_trace(seen, MOST_TRACES, |trace| topology.add(&observed(trace))).await?;
        Ok((topology.map(), cut))
    }

    /// Calls for each trace, newest first; says whether there were more.
    async fn each_trace(&self, seen: &Seen, most: u64, mut each: impl FnMut(&Trace)) -> Result<bool, ApiError> {
        let store = self.store()?;
        let since = seen.since_unix_nano.unwrap_or(0);
        let (mut before, mut looked) = (None, 0);
        // New traces may arrive meanwhile, and old ones grow: each is read once.
        let mut read: BTreeSet<TraceId> = BTreeSet::new();
        loop {
            let page = list_traces(store, PAGE, before).await.map_err(query_error)?;
            for summary in &page.traces {
                if summary.start_unix_nano < since {
                    return Ok(false);
                }
                if !takes_part(summary, &seen.services) || !read.insert(summary.trace_id) {
                    continue;
                }
                if looked == most {
                    return Ok(true);
                }
                looked += 1;
                if let Some(trace) = get_trace(store, summary.trace_id).await.map_err(query_error)? {
                    each(&trace);
                }
            }
            before = page.next;
            if before.is_none() {
                return Ok(false);
            }
        }
    }

    /// The way of what a trace, or one span of it, sends or receives, over all traces that it left spans in.
    ///
    /// # Errors
    /// When an id is not one, there is no such trace or span, or the data file cannot be read.
    pub async fn journey(&self, trace_id: &str, span_id: Option<&str>) -> Result<JourneyView, ApiError> {
        let id = trace_id_from(trace_id)?;
        let span = span_id.map(span_id_from).transpose()?;
        let start = get_trace(self.store()?, id).await.map_err(query_error)?.ok_or_else(|| no_trace(trace_id))?;
        if let Some(span) = span.filter(|span| !start.spans.iter().any(|known| known.id == *span)) {
            return Err(ApiError::new(ErrorCode::Usage, format!("There is no span {span} in trace {trace_id}."))
                .with_help("`thalweg traces show TRACE_ID --format json` has the ids of its spans."));
        }
        let (traces, cut) = self.of_journey(start).await?;
        let lent: Vec<_> = traces.iter().map(observed).collect();
        let journey = topology::journey(&lent, id.0, span.map(|span| span.0));
        Ok(journey_view(&journey, cut))
    }

    /// The trace with those that belong to its messages: by links in both directions, and by messages that both name.
    async fn of_journey(&self, start: Trace) -> Result<(Vec<Trace>, bool), ApiError> {
        let store = self.store()?;
        let mut wanted: BTreeMap<TraceId, Option<Trace>> = BTreeMap::from([(start.id, Some(start))]);
        let mut cut = false;
        // Links lead both ways: those of a trace are in it, and the data file knows which spans link to it.
        let mut open: Vec<TraceId> = wanted.keys().copied().collect();
        while !open.is_empty() {
            let found = linking(store, &open).await.map_err(query_error)?;
            cut |= found.cut;
            let forwards: BTreeSet<TraceId> = found.links.iter().map(|link| link.trace_id).collect();
            let known = open.iter().filter_map(|id| wanted.get(id)?.as_ref());
            let backwards: BTreeSet<TraceId> =
                known.flat_map(|trace| linked_traces(&observed(trace)).0).map(TraceId).collect();
            open.clear();
            for id in forwards.union(&backwards) {
                if wanted.contains_key(id) {
                    continue;
                }
                if wanted.len() >= MOST_OF_JOURNEY {
                    cut = true;
                    break;
                }
                let trace = get_trace(store, *id).await.map_err(query_error)?;
                // A span that handles no message may link too; that is another story.
                let belongs = backwards.contains(id)
                    || trace.as_ref().is_some_and(|trace| {
                        linked_traces(&observed(trace)).0.iter().any(|to| wanted.contains_key(&TraceId(*to)))
                    });
                if belongs {
                    wanted.insert(*id, trace);
                    open.push(*id);
                }
            }
        }
        if wanted.values().flatten().all(|trace| linked_traces(&observed(trace)).1.is_empty()) {
            return Ok((wanted.into_values().flatten().collect(), cut));
        }
        // Which others name the same messages only they know: all from the oldest one on are looked at.
        let oldest = wanted.values().flatten().flat_map(|trace| &trace.spans).map(|span| span.start_unix_nano);
        let oldest = oldest.filter(|start| *start > 0).min().unwrap_or(0);
        let seen = Seen { since_unix_nano: Some(oldest.saturating_sub(BEFORE)), services: Vec::new() };
        let mut others: HashMap<TraceId, (BTreeSet<[u8; 16]>, BTreeSet<u64>)> = HashMap::new();
        cut |= self
            .each_trace(&seen, MOST_LOOKED_AT, |trace| {
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
        let id = trace_id_from(trace_id)?;
        let trace = get_trace(self.store()?, id).await.map_err(query_error)?.ok_or_else(|| no_trace(trace_id))?;
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
            trace_id: id.to_string(),
            start_unix_nano: start,
            duration_nano: end - start,
            sections: path.iter().filter_map(section).collect(),
        })
    }
}

fn takes_part(summary: &TraceSummary, services: &[String]) -> bool {
    services.is_empty() || summary.services.iter().any(|service| services.contains(service))
}

fn span_id_from(text: &str) -> Result<SpanId, ApiError> {
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

fn shown(map: &Map, cut: bool) -> TopologyMap {
    TopologyMap {
        traces: map.traces,
        spans: map.spans,
        from_unix_nano: map.from,
        until_unix_nano: map.until,
        cut,
        forgotten: map.forgotten,
        left_out: map.left_out,
        nodes: map.nodes.iter().map(node).collect(),
        edges: map.edges.iter().map(edge).collect(),
    }
}

fn node(node: &topology::Node) -> TopologyNode {
    let (kind, of, channel) = match &node.key {
        NodeKey::Service { namespace, .. } => (TopologyKind::Service, namespace, None),
        NodeKey::Channel { system, .. } => (TopologyKind::Channel, system, None),
        NodeKey::Group { system, channel, .. } => (TopologyKind::Group, system, Some(channel.clone())),
        NodeKey::Peer { kind, system, .. } => {
            let kind = match kind {
                topology::PeerKind::Database => TopologyKind::Database,
                topology::PeerKind::Http => TopologyKind::Http,
                topology::PeerKind::Rpc => TopologyKind::Rpc,
                topology::PeerKind::Other => TopologyKind::Other,
            };
            (kind, system, None)
        }
    };
    TopologyNode {
        kind,
        name: node.key.name().to_owned(),
        of: of.clone(),
        brokers: node.brokers.clone(),
        channel,
        form: node.form.map(|form| form.as_str().to_owned()),
        spans: node.spans,
        errors: node.errors,
        partitions: node.partitions,
        collapsed: node.collapsed,
        instances: node.instances,
        requests: node.requests,
        orphan: node.orphan,
        ghost: node.ghost,
        dead_letters: node.dead_letters,
    }
}

fn edge(edge: &topology::Edge) -> TopologyEdge {
    let topology::Evidence { links, parents, ids, offsets } = edge.evidence;
    TopologyEdge {
        from: edge.from,
        to: edge.to,
        kind: edge.kind.as_str().to_owned(),
        messages: edge.messages,
        spans: edge.spans,
        errors: edge.errors,
        per_s: edge.per_s,
        latency_ms: edge.latency.map(times),
        wait_ms: edge.wait.map(times),
        skewed: edge.skewed,
        evidence: TopologyEvidence { links, parents, ids, offsets },
        redelivered: edge.redelivered,
        fan_out: edge.fan_out,
    }
}

fn times(times: topology::Times) -> MeasuredTimes {
    MeasuredTimes {
        count: times.count,
        mean: times.mean_ms,
        cv: times.cv,
        p50: times.p50_ms,
        p95: times.p95_ms,
        p99: times.p99_ms,
        max: times.max_ms,
    }
}

fn journey_view(journey: &topology::Journey, cut: bool) -> JourneyView {
    let start = journey.hops.iter().map(|hop| hop.start).min().unwrap_or(0);
    let hop = |hop: &topology::Hop| JourneyHop {
        kind: hop.kind.as_str().to_owned(),
        depth: hop.depth,
        trace_id: TraceId(hop.trace).to_string(),
        span_id: SpanId(hop.span).to_string(),
        service: hop.service.clone(),
        name: hop.name.clone(),
        channel: hop.channel.clone(),
        system: hop.system.clone(),
        group: hop.group.clone(),
        start_nano: hop.start - start,
        duration_nano: hop.end - hop.start,
        attempt: hop.attempt,
        error: hop.error,
        skewed: hop.skewed,
        by: hop.by.map(str::to_owned),
    };
    JourneyView {
        start_unix_nano: start,
        duration_ms: journey.duration as f64 / 1e6,
        traces: journey.traces,
        cut: cut || journey.cut,
        hops: journey.hops.iter().map(hop).collect(),
    }
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
