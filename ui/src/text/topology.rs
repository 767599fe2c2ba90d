//! Words of what traces show together: maps, journeys, links.

use thalweg_protocol::{
    TopologyMap,
    topology::{TopologyEdge, TopologyKind, TopologyNode},
};

use super::{many, noun, say, words};
use crate::format;

// Commands.
words! {
    SHOW_MAP: "Show the map of the traces", "Karte der Traces zeigen";
    SHOW_LIST: "Show the list of traces", "Liste der Traces zeigen";
    SHOW_WATERFALL: "Show this trace as a waterfall", "Diesen Trace als Wasserfall zeigen";
    SHOW_FLAME: "Show this trace as a flame graph", "Diesen Trace als Flammendiagramm zeigen";
    SHOW_FLOW: "Show this trace as a map", "Diesen Trace als Karte zeigen";
    SHOW_JOURNEY: "Follow this trace's messages", "Den Nachrichten dieses Traces folgen";
    SHOW_LOGS: "Show what was written during this trace", "Zeigen, was während dieses Traces geschrieben wurde";
    GO_BACK: "Go back to the trace before", "Zurück zum Trace davor";
}

// The map.
words! {
    MAP: "Map", "Karte";
    MAP_KEYS:
        "Map: Tab goes from one to the next, Enter chooses, arrow keys move, plus and minus magnify, F shows all",
        "Karte: Tab geht von einem zum nächsten, Enter wählt, Pfeiltasten verschieben, Plus und Minus vergrößern, F zeigt alles";
    READING: "Reading the traces…", "Die Traces werden gelesen…";
    ARRANGING: "Arranging the map…", "Die Karte wird angeordnet…";
    MAP_STOPPED: "The map was not made to its end.", "Die Karte wurde nicht zu Ende gemacht.";
    MAP_EMPTY: "No span of these traces sends, receives or calls.", "Kein Span dieser Traces sendet, empfängt oder ruft auf.";
    AGAIN: "Make it anew", "Neu machen";
    AGAIN_WHY: "With what arrived since", "Mit dem, was seither ankam";
    DRAW: "Draw as a flow", "Als Flow zeichnen";
    DRAWING: "Drawing", "Zeichnung";
    TABLE: "Table", "Tabelle";
    HOW_SHOWN: "How the map is shown", "Wie die Karte gezeigt wird";
    FIT: "Show all of it", "Alles zeigen";
    CHOOSE: "Choose a box or a line for what was measured.", "Wählen Sie einen Kasten oder eine Linie für das Gemessene.";
    LEGEND: "Legend", "Legende";
    WORTH_A_LOOK: "Worth a look", "Auffällig";
    CLOCKS: "clocks disagree", "Uhren uneins";
}

// The legend.
words! {
    LEGEND_WIDTH: "A wider line carries more messages or calls.", "Eine breitere Linie trägt mehr Nachrichten oder Aufrufe.";
    LEGEND_SOME: "some failed", "manche scheiterten";
    LEGEND_MANY: "5% or more failed", "5 % oder mehr scheiterten";
    LEGEND_DEAD: "given up", "aufgegeben";
    LEGEND_CALL: "call, waits for an answer", "Aufruf, wartet auf Antwort";
}

// Kinds of nodes.
words! {
    SERVICE: "service", "Dienst";
    CHANNEL: "channel", "Kanal";
    TOPIC: "topic", "Topic";
    QUEUE: "queue", "Queue";
    EXCHANGE: "exchange", "Exchange";
    GROUP: "group", "Gruppe";
    DATABASE: "database", "Datenbank";
    HTTP: "HTTP", "HTTP";
    RPC: "RPC", "RPC";
    PEER: "peer", "Gegenstelle";
}

// Kinds of connections.
words! {
    PUBLISH: "sends to", "sendet an";
    ROUTE: "hands on to", "reicht weiter an";
    DELIVER: "delivers to", "liefert an";
    HANDLES: "handles", "verarbeitet";
    HANDLE: "is handled by", "wird verarbeitet von";
    DEAD_LETTER: "gives up to", "gibt auf an";
    CALL: "calls", "ruft";
}

// What was measured.
words! {
    FROM: "From", "Von";
    HOW: "How", "Wie";
    TO: "To", "An";
    MESSAGES: "Messages", "Nachrichten";
    CALLS: "Calls", "Aufrufe";
    RATE: "Rate", "Rate";
    SPANS: "Spans", "Spans";
    FAILED: "Failed", "Gescheitert";
    TAKES: "Takes", "Dauert";
    WAITS: "Waits in the channel", "Wartet im Kanal";
    REDELIVERED: "Delivered again", "Erneut geliefert";
    FAN_OUT: "Receivers of a message", "Empfänger einer Nachricht";
    SKEWED: "Received before they were sent", "Vor dem Senden empfangen";
    SKEWED_SAYS:
        "The clocks of the two sides disagree: waiting is longer or shorter than it looks.",
        "Die Uhren der beiden Seiten sind uneins: Das Warten ist länger oder kürzer, als es aussieht.";
    EVIDENCE: "Evidence", "Beleg";
    EVIDENCE_SAYS: "By what both sides of messages were brought together.", "Wodurch beide Seiten von Nachrichten zusammenfanden.";
    LINKS: "Links", "Links";
    PARENTS: "Parents", "Elternspans";
    IDS: "Message ids", "Nachrichten-IDs";
    OFFSETS: "Offsets", "Offsets";
    NO_PAIRS: "One side each; none was brought together.", "Je eine Seite; keine fand zusammen.";
    SYSTEM: "System", "System";
    NAMESPACE: "Namespace", "Namensraum";
    BROKERS: "Brokers", "Broker";
    OF_CHANNEL: "Of", "Von";
    PARTITIONS: "Partitions", "Partitionen";
    NAMES: "Names it stands for", "Namen, für die er steht";
    INSTANCES: "Instances", "Instanzen";
    REQUESTS: "Requests from outside", "Anfragen von außen";
    COUNT: "Counted", "Gezählt";
    WINDOW: "Time observed", "Beobachtete Zeit";
    FINDS: "Finds its spans", "Findet seine Spans";
    LIST_THESE: "List these traces", "Diese Traces auflisten";
    OPEN_NEWEST: "Open the newest", "Den neuesten öffnen";
    FOLLOW_NEWEST: "Follow the newest message", "Der neuesten Nachricht folgen";
}

// Journeys.
words! {
    JOURNEY: "Journey", "Reise";
    FLOW: "Flow", "Fluss";
    FOLLOW_AGAIN: "Follow it anew", "Neu folgen";
    FOLLOWING: "Looking for the message's other traces…", "Die anderen Traces der Nachricht werden gesucht…";
    JOURNEY_STOPPED: "The message was not followed to its end.", "Der Nachricht wurde nicht bis zu ihrem Ende gefolgt.";
    JOURNEY_EMPTY: "No message is sent or received here.", "Hier wird keine Nachricht gesendet oder empfangen.";
    OF_TRACE: "All messages of the trace", "Alle Nachrichten des Traces";
    OF_SPAN: "The message of the chosen span", "Die Nachricht des gewählten Spans";
    JOURNEY_KEYS:
        "Journey: arrow keys go from hop to hop, Enter opens the span",
        "Reise: Pfeiltasten gehen von Station zu Station, Enter öffnet den Span";
    CUT:
        "There may be more: a journey of more than 10,000 hops or 1,000 traces is cut, and 20,000 traces are looked at.",
        "Es kann mehr geben: Eine Reise von mehr als 10.000 Stationen oder 1.000 Traces wird gekürzt, und 20.000 Traces werden angesehen.";
    ELSEWHERE: "in another trace", "in einem anderen Trace";
}

// Links.
words! {
    BACK: "Back", "Zurück";
    COMES_FROM: "comes from", "kommt von";
    LEADS_TO: "leads to", "führt zu";
    NOT_STORED: "not stored", "nicht gespeichert";
    MORE_LINKS: "There are more links than are shown.", "Es gibt mehr Links, als gezeigt werden.";
}

/// What a node is.
pub(crate) fn kind(node: &TopologyNode) -> &'static str {
    match (node.kind, node.form.as_deref()) {
        (TopologyKind::Service, _) => SERVICE,
        (TopologyKind::Channel, Some("topic")) => TOPIC,
        (TopologyKind::Channel, Some("queue")) => QUEUE,
        (TopologyKind::Channel, Some("exchange")) => EXCHANGE,
        (TopologyKind::Channel, _) => CHANNEL,
        (TopologyKind::Group, _) => GROUP,
        (TopologyKind::Database, _) => DATABASE,
        (TopologyKind::Http, _) => HTTP,
        (TopologyKind::Rpc, _) => RPC,
        (TopologyKind::Other, _) => PEER,
    }
    .now()
}

/// What a connection does.
pub(crate) fn does(edge: &TopologyEdge) -> &'static str {
    match edge.kind.as_str() {
        "publish" => PUBLISH,
        "route" => ROUTE,
        "deliver" => DELIVER,
        "handle" => HANDLE,
        "dead-letter" => DEAD_LETTER,
        _ => CALL,
    }
    .now()
}

/// The small line of a node.
pub(crate) fn facts(node: &TopologyNode) -> String {
    let mut parts = Vec::new();
    match node.kind {
        TopologyKind::Channel | TopologyKind::Database if !node.of.is_empty() => parts.push(node.of.clone()),
        TopologyKind::Group => parts.extend(node.channel.as_ref().map(|channel| of_channel(channel))),
        _ => {}
    }
    if node.partitions > 1 {
        parts.push(many(number(node.partitions), noun::PARTITION));
    }
    if node.spans > 0 {
        parts.push(many(number(node.spans), noun::SPAN));
    }
    if node.errors > 0 {
        parts.push(failed(node.errors));
    }
    parts.join(" · ")
}

fn number(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn of_channel(channel: &str) -> String {
    say(|| format!("of {channel}"), || format!("von {channel}"))
}

pub(crate) fn failed(errors: u64) -> String {
    say(|| format!("{errors} failed"), || format!("{errors} gescheitert"))
}

/// The lines written on a connection: how much, and how long messages wait.
pub(crate) fn on_line(edge: &TopologyEdge, of_one: bool) -> Vec<String> {
    let much = match edge.per_s {
        Some(per_s) if !of_one => format::rate(per_s),
        _ => format!("{}×", format::count(edge.messages as f64)),
    };
    let mut first = vec![much];
    if edge.errors > 0 && edge.spans > 0 {
        let share = format::share(edge.errors as f64 / edge.spans as f64);
        first.push(say(|| format!("{share} failed"), || format!("{share} gescheitert")));
    }
    let mut lines = vec![first.join(" · ")];
    if let Some(wait) = &edge.wait_ms {
        let (p50, p95) = (format::millis(wait.p50), format::millis(wait.p95));
        lines.push(if wait.count == 1 {
            say(|| format!("waits {p50}"), || format!("wartet {p50}"))
        } else {
            say(|| format!("waits {p50}, p95 {p95}"), || format!("wartet {p50}, p95 {p95}"))
        });
    }
    if edge.skewed > 0 {
        lines.push(format!("⚠ {}", &*CLOCKS));
    }
    lines
}

/// A connection in a sentence, for those who hear it.
pub(crate) fn edge_label(map: &TopologyMap, edge: &TopologyEdge, of_one: bool) -> String {
    let name = |at: usize| map.nodes.get(at).map(|node| node.name.as_str()).unwrap_or_default();
    format!("{} {} {}: {}", name(edge.from), does(edge), name(edge.to), on_line(edge, of_one).join(" "))
}

/// A node in words, where its box is too small for them.
pub(crate) fn node_label(node: &TopologyNode) -> String {
    format!("{} {}, {}", node.name, kind(node), facts(node))
}

/// The group of a hop.
pub(crate) fn of_group(group: &str) -> String {
    say(|| format!("group {group}"), || format!("Gruppe {group}"))
}

/// How many traces were read.
pub(crate) fn read(traces: u64) -> String {
    let traces = many(number(traces), noun::TRACE);
    say(|| format!("{traces} read"), || format!("{traces} gelesen"))
}

/// Of what a map is.
pub(crate) fn of_what(map: &TopologyMap, filter: &str) -> String {
    let traces = many(number(map.traces), noun::TRACE);
    let spans = many(number(map.spans), noun::SPAN);
    let what = if filter.trim().is_empty() { String::new() } else { format!(" · {filter}") };
    format!("{traces} · {spans}{what}")
}

/// What is worth a look, in sentences. What is missing in one trace may be in others.
pub(crate) fn findings(map: &TopologyMap, of_one: bool) -> Vec<String> {
    let mut found = if of_one { Vec::new() } else { missing(map) };
    for edge in map.edges.iter().filter(|edge| edge.skewed > 0) {
        let to = map.nodes.get(edge.to).map(|node| node.name.as_str()).unwrap_or_default();
        let skewed = many(number(edge.skewed), noun::MESSAGE);
        found.push(say(
            || format!("{skewed} reached {to} before being sent: the clocks disagree."),
            || format!("Vor dem Senden in {to} angekommen: {skewed}. Die Uhren sind uneins."),
        ));
    }
    found.extend(limits(map));
    found
}

/// Sides of channels that nobody was seen on.
fn missing(map: &TopologyMap) -> Vec<String> {
    let mut found = Vec::new();
    for node in &map.nodes {
        let name = &node.name;
        if node.orphan && node.dead_letters {
            found.push(say(
                || format!("Nobody was seen to look after the dead letters in {name}."),
                || format!("Niemand war zu sehen, der sich um die aufgegebenen Nachrichten in {name} kümmert."),
            ));
        } else if node.orphan {
            found.push(say(
                || format!("Nobody was seen to receive from {name}."),
                || format!("Niemand war zu sehen, der aus {name} empfängt."),
            ));
        }
        if node.ghost {
            found.push(say(
                || format!("Nobody was seen to send to {name}."),
                || format!("Niemand war zu sehen, der an {name} sendet."),
            ));
        }
        if node.brokers.len() > 1 {
            let brokers = node.brokers.join(", ");
            found.push(say(
                || format!("{name} is known by several addresses: {brokers}."),
                || format!("{name} ist unter mehreren Adressen bekannt: {brokers}."),
            ));
        }
    }
    found
}

/// What a map does not have because there was no room or time for it.
fn limits(map: &TopologyMap) -> Vec<String> {
    let mut found = Vec::new();
    if map.cut {
        found.push(say(
            || "There are more traces than were read; a filter narrows them.".to_owned(),
            || "Es gibt mehr Traces, als gelesen wurden; ein Filter grenzt sie ein.".to_owned(),
        ));
    }
    if map.forgotten > 0 {
        let forgotten = map.forgotten;
        found.push(say(
            || format!("{forgotten} messages were let go before all of their spans were read: waiting may lack them."),
            || {
                format!(
                    "{forgotten} Nachrichten wurden losgelassen, bevor alle ihre Spans gelesen waren: Beim Warten können \
                     sie fehlen."
                )
            },
        ));
    }
    if map.left_out > 0 {
        let times = map.left_out;
        found.push(say(
            || format!("{times} times a connection found no place: the map is not whole."),
            || format!("{times}-mal fand eine Verbindung keinen Platz: Die Karte ist nicht vollständig."),
        ));
    }
    found
}

/// What a hop of a journey is.
pub(crate) fn hop(kind: &str, who: &str, channel: &str, attempt: u64) -> String {
    let again = if attempt > 1 {
        say(|| format!(", attempt {attempt}"), || format!(", Versuch {attempt}"))
    } else {
        String::new()
    };
    match kind {
        "sent" => say(|| format!("{who}: send to {channel}"), || format!("{who}: sendet an {channel}")),
        "waited" => say(|| format!("wait in {channel}"), || format!("wartet in {channel}")),
        "fetched" => say(|| format!("{who}: fetch from {channel}"), || format!("{who}: holt aus {channel}")),
        "handled" => {
            say(|| format!("{who}: handle {channel}{again}"), || format!("{who}: verarbeitet {channel}{again}"))
        }
        "backoff" => say(|| "before the next attempt".to_owned(), || "vor dem nächsten Versuch".to_owned()),
        _ => say(|| format!("{who}: give up to {channel}"), || format!("{who}: gibt auf an {channel}")),
    }
}

/// Of what a journey is.
pub(crate) fn journey_of(hops: usize, traces: u64, started: &str, duration: &str) -> String {
    let traces = many(number(traces), noun::TRACE);
    let hops = many(hops, noun::HOP);
    format!("{started} · {duration} · {hops} · {traces}")
}
