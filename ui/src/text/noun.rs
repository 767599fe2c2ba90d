//! What is counted in sentences.

use super::Word;

/// A thing, as it is called when there is one and when there are more or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noun {
    pub(super) one: Word,
    pub(super) more: Word,
}

macro_rules! nouns {
    ($($name:ident: $en:literal $ens:literal, $de:literal $des:literal;)*) => {
        $(pub(crate) const $name: Noun =
            Noun { one: Word { en: $en, de: $de }, more: Word { en: $ens, de: $des } };)*
    };
}

nouns! {
    NODE: "node" "nodes", "Knoten" "Knoten";
    EDGE: "edge" "edges", "Kante" "Kanten";
    CONTRACT: "contract" "contracts", "Vertrag" "Verträge";
    PROBLEM: "problem" "problems", "Problem" "Probleme";
    WARNING: "warning" "warnings", "Warnung" "Warnungen";
    REPLICATION: "replication" "replications", "Replikation" "Replikationen";
    FAULT: "fault" "faults", "Störung" "Störungen";
    EXPECTATION: "expectation" "expectations", "Erwartung" "Erwartungen";
    PARTITION: "partition" "partitions", "Partition" "Partitionen";
    DELIVERY_ATTEMPT: "delivery attempt" "delivery attempts", "Zustellversuch" "Zustellversuche";
    RULE: "rule" "rules", "Regel" "Regeln";
    STEP: "step" "steps", "Schritt" "Schritte";
    TASK: "task" "tasks", "Task" "Tasks";
    USER: "user" "users", "Nutzer" "Nutzer";
    PHASE: "phase" "phases", "Phase" "Phasen";
    ROUTE: "route" "routes", "Route" "Routen";
    LINE: "line" "lines", "Zeile" "Zeilen";
    SPAN: "span" "spans", "Span" "Spans";
    TRACE: "trace" "traces", "Trace" "Traces";
    LOG_RECORD: "log record" "log records", "Log-Eintrag" "Log-Einträge";
    DATA_POINT: "data point" "data points", "Messpunkt" "Messpunkte";
    ERROR: "error" "errors", "Fehler" "Fehler";
    SERIES: "series" "series", "Zeitreihe" "Zeitreihen";
    METRIC: "metric" "metrics", "Metrik" "Metriken";
    MESSAGE: "message" "messages", "Nachricht" "Nachrichten";
    HOP: "hop" "hops", "Station" "Stationen";
    VALUE: "value" "values", "Wert" "Werte";
    ROW: "further row" "further rows", "weitere Zeile" "weitere Zeilen";
}
