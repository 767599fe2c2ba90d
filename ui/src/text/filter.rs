//! Words of the line over the list of traces.

use thalweg_protocol::TraceOrder;
use thalweg_spans::filter::OfferKind;

use super::{many, noun, say, words};
use crate::format;

words! {
    FILTER: "Filter", "Filter";
    FILTER_WHAT:
        "Find traces, such as  service = payment and duration > 200ms and status = error",
        "Traces finden, etwa  service = payment and duration > 200ms and status = error";
    FILTER_TRACES: "Filter traces", "Traces filtern";
    ALL_TRACES: "Show all traces", "Alle Traces zeigen";
    CLEAR: "Clear the filter", "Filter leeren";
    NOTHING_FOUND: "No trace fits.", "Kein Trace passt.";
    SEARCHING: "Searching…", "Sucht…";
    ORDER: "Order", "Reihenfolge";
    NEWEST: "Newest", "Neueste";
    SLOWEST: "Slowest", "Langsamste";
    MOST_ERRORS: "Most errors", "Meiste Fehler";
    MEND: "Mend it", "Beheben";
    VIEWS: "Views", "Ansichten";
    NO_VIEWS: "No filter is kept yet.", "Noch kein Filter ist gemerkt.";
    KEEP_AS: "Keep this filter as…", "Diesen Filter merken als…";
    KEEP: "Keep", "Merken";
}

// What is offered.
words! {
    FIELD: "field", "Feld";
    ATTRIBUTE: "attribute", "Attribut";
    OPERATOR: "operator", "Operator";
    VALUE: "value", "Wert";
    WORD: "word", "Wort";
    RELATION: "relation of spans", "Beziehung von Spans";
    BRACKET: "bracket", "Klammer";
}

pub(crate) fn order(order: TraceOrder) -> &'static str {
    match order {
        TraceOrder::Newest => NEWEST.now(),
        TraceOrder::Slowest => SLOWEST.now(),
        TraceOrder::Errors => MOST_ERRORS.now(),
    }
}

/// What an offer is; how often it was seen, where that was counted.
pub(crate) fn offer(kind: OfferKind, count: Option<u64>) -> String {
    let what = match kind {
        OfferKind::Field => FIELD,
        OfferKind::Attribute => ATTRIBUTE,
        OfferKind::Operator => OPERATOR,
        OfferKind::Value => VALUE,
        OfferKind::Word => WORD,
        OfferKind::Relation => RELATION,
        OfferKind::Bracket => BRACKET,
    }
    .now();
    match count {
        Some(count) => format!("{what} · {}×", format::count(count as f64)),
        None => what.to_owned(),
    }
}

/// How many traces were found, and whether the search goes on.
pub(crate) fn found(found: usize, more: bool, working: bool) -> String {
    let traces = many(found, noun::TRACE);
    let counted = say(|| format!("{traces} found"), || format!("{traces} gefunden"));
    if working {
        format!("{counted} · {}", &*SEARCHING)
    } else if more {
        say(|| format!("{counted}, more below"), || format!("{counted}, weitere unten"))
    } else {
        counted
    }
}

pub(crate) fn remove_view(name: &str) -> String {
    say(|| format!("Remove {name}"), || format!("{name} entfernen"))
}
