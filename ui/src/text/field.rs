//! Labels of the inspector's fields, and what holds when nothing is written.

use super::{say, words};

words! {
    NOTHING: "", "";

    TITLE: "Title", "Titel";
    SUMMARY: "Summary", "Beschreibung";
    OWNER: "Owner", "Zuständig";
    NAME: "Name", "Name";
    KIND: "Kind", "Art";

    LOAD: "Load", "Last";
    OUTBOX: "Outbox", "Outbox";
    OUTBOX_EVERY: "Relay every", "Weitergabe alle";
    OUTBOX_BATCH: "Relay batch", "Weitergabe zu";
    CARRYING: "Carrying", "Tragen";
    WHEN_FULL: "When it is full", "Wenn voll";
    GIVING_OUT: "Giving out", "Ausgabe";
    ROUTING: "Routing", "Verteilen";
    HANDLING: "Handling", "Verarbeiten";
    ANSWERING: "Answering", "Antworten";
    SCALING: "Scaling", "Skalieren";
    STATE: "State", "Zustand";
    WHEN_IT_FAILS: "When it fails", "Bei Fehlern";
    SUBSCRIBES: "Subscribes", "Abonniert";
    PUBLISHES: "Publishes", "Veröffentlicht";
    CALLS: "Calls", "Ruft auf";
    ROUTES: "Routes", "Routen";
    STEPS: "Steps", "Schritte";
    TIMERS: "Timers", "Wartezeiten";
    PROJECTS_TO: "Projects to", "Projiziert nach";
    LATENCIES: "Latencies", "Latenzen";
    CONTRACT: "Contract", "Vertrag";
    RUN: "Run", "Lauf";

    BROKER: "Broker", "Broker";
    PARTITIONS: "Partitions", "Partitionen";
    RETENTION: "Retention", "Aufbewahrung";
    MAX_BYTES: "Max size", "Max. Größe";
    ORDERING: "Ordering", "Reihenfolge";
    MAX_LENGTH: "Max length", "Max. Länge";
    DISCARD: "Discards", "Verwirft";
    RETENTION_POLICY: "Retention policy", "Aufbewahrung bis";
    OVERFLOW: "Overflow", "Überlauf";
    MESSAGE_TTL: "Message TTL", "Lebensdauer";
    DELIVERY_LIMIT: "Delivery limit", "Max. Zustellungen";
    VISIBILITY_TIMEOUT: "Visibility timeout", "Unsichtbar für";
    DEDUPLICATION: "Deduplicates for", "Erkennt Doppelte";
    CONSUMER_TIMEOUT: "Consumer timeout", "Consumer-Frist";
    DEAD_LETTER: "Dead letter", "Dead Letter";
    TYPE: "Type", "Typ";
    PRIORITIES: "Highest priority", "Höchste Priorität";
    DISCIPLINE: "Next is", "Als Nächstes";
    THROTTLE: "Throttle", "Drosselung";
    PATTERN: "Pattern", "Muster";
    TO: "To", "Ziel";
    FROM: "From", "Quelle";

    INSTANCES: "Instances", "Instanzen";
    CONCURRENCY: "Concurrency", "Gleichzeitig";
    SERVICE_TIME: "Service time", "Bearbeitungszeit";
    TIMEOUT: "Timeout", "Zeitlimit";
    ORDER: "Order", "Reihenfolge";
    START_TIME: "Start time", "Startzeit";
    FAILURE_RATE: "Failure rate", "Fehlerrate";
    POISON: "Poison", "Unverarbeitbar";
    ATTEMPTS: "Attempts", "Versuche";
    BACKOFF: "Backoff", "Wartezeit";
    REQUEUE: "Requeue", "Reiht ein";
    BUDGET: "Retry budget", "Retry-Budget";
    IDEMPOTENT: "Idempotent by", "Idempotent über";
    IDEMPOTENT_WINDOW: "Remembered for", "Gemerkt für";
    IDEMPOTENT_LOOKUP: "Lookup time", "Nachschlagezeit";
    BATCH_SIZE: "Batch size", "Stapelgröße";
    BATCH_WAIT: "Batch wait", "Stapel wartet";
    SCALE_MIN: "Fewest", "Mindestens";
    SCALE_MAX: "Most", "Höchstens";
    TARGET_LAG: "Target lag", "Ziel-Rückstand";
    SCALE_EVERY: "Decides every", "Entscheidet alle";
    COOLDOWN: "Cooldown", "Abkühlzeit";
    SCALE_START: "Start of one", "Start einer";
    LATENCY: "Latency", "Latenz";
    RATE_LIMIT: "Rate limit", "Ratenlimit";
    WRITE_TIME: "Write time", "Schreibzeit";
    READ_TIME: "Read time", "Lesezeit";
    PARALLELISM: "Parallelism", "Parallelität";
    WINDOW: "Window", "Fenster";
    WATERMARK: "Watermark delay", "Watermark-Abstand";
    RESTART_TIME: "Restart time", "Neustartzeit";
    CHECKPOINT_EVERY: "Checkpoint every", "Checkpoint alle";
    CHECKPOINT_DURATION: "Checkpoint takes", "Checkpoint dauert";
    SERVICE: "Service", "Dienst";
    OPERATION: "Operation", "Vorgang";
    MAX_CONCURRENT: "Bulkhead", "Bulkhead";
    COMPENSATION: "Undone by", "Rückgängig durch";
    BEFORE: "Before step", "Vor Schritt";
    WAIT: "Waits", "Wartet";

    GROUP: "Group", "Gruppe";
    PREFETCH: "Prefetch", "Prefetch";
    ACK_DEADLINE: "Ack deadline", "Ack-Frist";
    ACK_BACKOFF: "Ack deadlines", "Ack-Fristen";
    MAX_LEASE: "Lease extended to", "Verlängert bis";
    MAX_ACK_PENDING: "Max unacknowledged", "Max. unbestätigt";
    MAX_DELIVERIES: "Max deliveries", "Max. Zustellungen";
    FILTER: "Filter", "Filter";
    SESSION_TIMEOUT: "Session timeout", "Session-Timeout";
    ASSIGNMENT: "Assignment", "Zuteilung";
    REBALANCE_TIME: "Rebalance time", "Rebalance-Zeit";
    STATIC_MEMBERSHIP: "Static member", "Festes Mitglied";
    COMMIT: "Commit", "Commit";
    COMMIT_INTERVAL: "Commit interval", "Commit-Abstand";
    MAX_POLL_RECORDS: "Max poll records", "Max. je Poll";
    MAX_POLL_INTERVAL: "Max poll interval", "Max. Poll-Abstand";

    EVENT: "Event type", "Ereignistyp";
    PROBABILITY: "Probability", "Wahrscheinlichkeit";
    COUNT: "Count", "Anzahl";
    KEY: "Key", "Schlüssel";
    DELAY: "Delay", "Verzögerung";
    PRIORITY: "Priority", "Priorität";
    SIZE: "Size", "Größe";
    ROUTING_KEY: "Routing key", "Routing-Schlüssel";
    MESSAGE_ID: "Message id", "Nachrichten-Id";
    ATTRIBUTES: "Attributes", "Attribute";
    BREAKER_FAILURES: "Breaker failures", "Breaker: Fehler";
    BREAKER_WITHIN: "Breaker within", "Breaker: innerhalb";
    BREAKER_OPEN: "Breaker open for", "Breaker: offen für";

    PUBLISH_LATENCY: "Publish latency", "Sende-Latenz";
    DELIVERY_LATENCY: "Delivery latency", "Zustell-Latenz";
    MEMORY_LIMIT: "Memory limit", "Speicherlimit";
    VERSION: "Version", "Version";
    SCHEMA: "Schema", "Schema";
    COMPATIBILITY: "Compatibility", "Kompatibilität";
    PERSONAL_DATA: "Personal data", "Personenbezogen";
    DURATION: "Duration", "Dauer";
    WARMUP: "Warm-up", "Aufwärmzeit";
    SEED: "Seed", "Startwert";
    REPLICATIONS: "Replications", "Wiederholungen";

    NO_LOAD: "none", "keine";
    NO_OUTBOX: "no outbox", "keine Outbox";
    GENERIC: "generic", "generic";
    FOREVER: "forever", "für immer";
    NO_LIMIT: "no limit", "ohne Grenze";
    BROKERS: "the broker's", "wie der Broker";
    LOST: "none, lost", "keiner, verloren";
    NO_TIME: "none", "keine";
    NO_TIMEOUT: "none", "keines";
    NO_DELAY: "none", "keine";
    NO_BREAKER: "no breaker", "kein Breaker";
    NO_SCALING: "no autoscaling", "keine Skalierung";
    NO_BATCH: "one at a time", "einzeln";
    NO_RETRY: "not repeated", "nicht wiederholt";
    NO_CHECKPOINT: "no checkpoints", "keine Checkpoints";
    NO_PATTERN: "everything", "alles";
    NOT_RECOGNISED: "not recognised", "nicht erkannt";
    NO_PRIORITIES: "none", "keine";
    NOT_COUNTED: "not counted", "nicht gezählt";
    NOT_EXTENDED: "not extended", "nicht verlängert";
    AT_ONCE: "at once", "sofort";
    NOT_SET: "not set", "nicht gesetzt";
    NOBODY: "nobody", "niemand";
    OWN_NAME: "the node's name", "Name des Knotens";
    KEY_DEFAULT: "in turn, or the cause's", "reihum, oder des Auslösers";
    OF_ITS_EVENT: "the event type's", "des Ereignistyps";
    OWN_ID: "one of its own", "eine eigene";
    ITS_EVENT: "the event type", "der Ereignistyp";
    OF_CONSUMER: "the consumer's", "die des Consumers";

    PER_ATTEMPT: "per attempt", "je Versuch";
    OF_MESSAGES: "of messages", "der Nachrichten";
    PER_INSTANCE: "per instance", "je Instanz";
    FIRST_INCLUDED: "first included", "mit dem ersten";
    MESSAGES: "messages", "Nachrichten";
    AT_ONCE_CALLS: "calls at once", "Aufrufe zugleich";
    TASKS: "tasks", "Aufgaben";
    PER_GROUP: "per group", "je Gruppe";
    ON_LAG: "messages behind", "Nachrichten zurück";

    // Values of a form.
    MEAN: "mean", "Mittelwert";
    SD: "standard deviation", "Standardabw.";
    P99: "p99", "p99";
    CV: "or spread (cv)", "oder Streuung (cv)";
    STAGES: "stages", "Stufen";
    SHAPE: "shape", "Form";
    LEAST: "least", "kleinster";
    GREATEST: "greatest", "größter";
    SHARE: "share", "Anteil";
    OBSERVED: "values or CSV file", "Werte oder CSV";
    RATE: "rate", "Rate";
    RATE_FROM: "from", "von";
    RATE_TO: "to", "bis";
    OVER: "over", "über";
    AT: "at", "ab";
    BASE: "base", "sonst";
    PEAK: "peak", "Spitze";
    LASTS: "for", "für";
    AMPLITUDE: "amplitude", "Amplitude";
    PERIOD: "period", "Periode";
    ON: "on", "an";
    OFF: "off", "aus";
    EVERY: "every", "alle";
    USERS: "users", "Nutzer";
    THINK_TIME: "think time", "Bedenkzeit";
    FILE: "CSV file", "CSV-Datei";
    FIRST: "first", "erste";
    FACTOR: "factor", "Faktor";
    MOST: "at most", "höchstens";
    JITTER: "jitter", "Jitter";
    DELAYS: "delays", "Wartezeiten";
    LENGTH: "length", "Länge";
    KEYS: "keys", "Schlüssel";
    EXPONENT: "exponent", "Exponent";
    BURST: "burst", "Vorrat";
    PATH_OR_SCHEMA: "file or schema", "Datei oder Schema";

    // What may be typed.
    A_TIME: "A time: 250us, 18ms, 2s, 1m30s, 24h, 7d", "Eine Zeit: 250us, 18ms, 2s, 1m30s, 24h, 7d";
    A_RATE: "A rate: 120/s, 30/min, 2/h, 5/d", "Eine Rate: 120/s, 30/min, 2/h, 5/d";
    A_SIZE: "A size: 400B, 1.2KiB, 3MB, 2GiB", "Eine Größe: 400B, 1.2KiB, 3MB, 2GiB";
    A_SHARE: "A share: 0.5%, or a number from 0 to 1", "Ein Anteil: 0.5%, oder eine Zahl von 0 bis 1";
    A_NUMBER: "A number", "Eine Zahl";
    SOME_TIMES: "Times, with commas between them: 1s, 10s, 1m", "Zeiten mit Kommas dazwischen: 1s, 10s, 1m";
    SOME_WORDS: "Several, with commas between them", "Mehrere, mit Kommas dazwischen";
    A_PATTERN: "A text such as order.*, or fields in braces: { type: [order.placed] }",
        "Ein Text wie order.*, oder Felder in Klammern: { type: [order.placed] }";
    A_MAP: "Names and values in braces: { region: eu }", "Namen und Werte in Klammern: { region: eu }";

    IN_YAML: "edit in YAML", "in YAML ändern";
    DEFAULT: "default", "Standard";
    SEVERAL: "several values", "mehrere Werte";
    YES: "yes", "ja";
    NO: "no", "nein";
    ADD: "+ add …", "+ hinzufügen …";
    ADD_ROW: "+ add", "+ hinzufügen";
    REMOVE: "Remove", "Entfernen";
    UP: "Move up", "Nach oben";
    DOWN: "Move down", "Nach unten";
    NO_ENTRY: "none", "keine";
}

/// A section that holds the less usual fields.
pub(crate) fn more(count: usize) -> String {
    say(|| format!("More ({count})"), || format!("Mehr ({count})"))
}

/// Where a default comes from: a broker's.
pub(crate) fn supplied(broker: &str, value: &str, source: &str) -> String {
    say(
        || format!("Default of {broker}: {value}. Source: {source}"),
        || format!("Standard von {broker}: {value}. Quelle: {source}"),
    )
}

/// What is usual at a broker but not taken unless written.
pub(crate) fn usual(broker: &str, value: &str, source: &str) -> String {
    say(
        || format!("Taken as shown unless written. Usual at {broker}: {value}. Source: {source}"),
        || format!("Gilt wie gezeigt, solange nichts geschrieben ist. Üblich bei {broker}: {value}. Quelle: {source}"),
    )
}

/// A default of the document format.
pub(crate) fn of_format(value: &str) -> String {
    say(|| format!("Default of the flow format: {value}"), || format!("Standard des Flow-Formats: {value}"))
}
