//! What the topology's room found, as the types that cross to the faces: ids and words as text, times in milliseconds.

use thalweg_protocol::{
    JourneyView, SpanPlace, TopologyMap,
    topology::{JourneyHop, MeasuredTimes, TopologyEdge, TopologyEvidence, TopologyKind, TopologyNode},
};
use thalweg_telemetry::{SpanId, TraceId};
use thalweg_topology::{self as topology, Map, NodeKey};

use super::filters;

pub(super) fn map(found: &Map, cut: bool) -> TopologyMap {
    TopologyMap {
        traces: found.traces,
        spans: found.spans,
        from_unix_nano: found.from,
        until_unix_nano: found.until,
        cut,
        forgotten: found.forgotten,
        left_out: found.left_out,
        nodes: found.nodes.iter().map(|node| shown_node(found, node)).collect(),
        edges: found.edges.iter().map(|edge| shown_edge(found, edge)).collect(),
    }
}

fn shown_node(map: &Map, node: &topology::Node) -> TopologyNode {
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
        filter: filters::of_node(map, node),
    }
}

fn shown_edge(map: &Map, edge: &topology::Edge) -> TopologyEdge {
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
        filter: filters::of_edge(map, edge),
        newest: edge.newest.map(|(trace, span)| place(TraceId(trace), SpanId(span))),
    }
}

/// A span by its ids in words.
pub(super) fn place(trace: TraceId, span: SpanId) -> SpanPlace {
    SpanPlace { trace_id: trace.to_string(), span_id: span.to_string() }
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

pub(super) fn journey_view(journey: &topology::Journey, cut: bool) -> JourneyView {
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
