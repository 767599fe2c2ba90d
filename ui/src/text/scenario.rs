//! Words of the scenario timeline.

use thalweg_flow::{
    Comparison, Expectation, FaultName, Metric, Subject, scenario_edit::HandleKind, text::expectation::OfferKind,
};

use super::{Word, words};
use crate::{format, scenario::Bar};

words! {
    TAB: "Scenario timeline", "Szenario-Zeitachse";
    SHOW: "Show the scenario timeline", "Szenario-Zeitachse zeigen";
    SCENARIOS: "Scenarios", "Szenarien";
    ADD: "New scenario", "Neues Szenario";
    MORE: "More about this scenario", "Mehr zu diesem Szenario";
    RENAME: "Rename the scenario", "Szenario umbenennen";
    COPY: "Duplicate the scenario", "Szenario duplizieren";
    REMOVE: "Delete the scenario", "Szenario löschen";
    DURATION: "Duration", "Dauer";
    WARM_UP: "Warm-up", "Einschwingen";
    NONE: "none", "keine";
    REQUIRED: "needed", "nötig";

    PALETTE: "Faults", "Störungen";
    NO_FAULTS: "No faults yet. Drag one from above onto this line of time or onto a node of the drawing.",
        "Noch keine Störungen. Ziehen Sie eine von oben auf die Zeitachse oder auf einen Knoten der Zeichnung.";
    DROP_HERE: "Drag a fault here, onto a lane, or onto a node of the drawing.",
        "Ziehen Sie eine Störung hierher, auf eine Bahn oder auf einen Knoten der Zeichnung.";
    SHOW_TARGET: "Show it in the drawing", "In der Zeichnung zeigen";
    NO_PRODUCER: "No producer: nothing has a load.", "Kein Erzeuger: Nichts hat eine Last.";
    NO_LOAD: "no load: choose a kind at the left", "keine Last: Links eine Art wählen";
    ONLY_A_RUN_TELLS: "its rate shows in a run", "die Rate zeigt sich im Lauf";
    LOAD_KIND: "Kind of load", "Art der Last";
    OWN: "here", "hier";
    SHARED: "all", "alle";
    OWN_LOAD: "This scenario has a load of its own; press to use the producer's.",
        "Dieses Szenario hat eine eigene Last; ein Druck nimmt die des Erzeugeren.";
    PRODUCERS_LOAD: "The producer's load, of all scenarios; press to give this scenario its own.",
        "Die Last des Erzeugeren, für alle Szenarien; ein Druck gibt diesem Szenario eine eigene.";

    FAULT: "Fault", "Störung";
    KIND: "Kind", "Art";
    TARGET: "Strikes", "Trifft";
    AT: "At", "Ab";
    FOR: "For", "Dauer";
    EVERY: "Again after", "Wieder nach";
    UNTIL_THE_END: "until the end", "bis zum Ende";
    ONCE: "once", "einmal";
    REMOVE_FAULT: "Delete", "Löschen";

    EXPECTATIONS: "Expectations", "Erwartungen";
    EXPECTATION: "Expectation", "Erwartung";
    EXPECT_WHAT: "What must hold? p99(…", "Was soll gelten? p99(…";
    STEP_REMOVE_EXPECTATION: "Remove the expectation", "Erwartung entfernen";
    OF_LAST_RUN: "of the last run; the flow has changed since", "vom letzten Lauf; der Fluss ist seitdem geändert";

    CRASH: "crash", "Absturz";
    SLOW: "slow", "langsam";
    ERRORS: "errors", "Fehler";
    OUTAGE: "outage", "Ausfall";
    CUT: "cut", "getrennt";
    LATENCY: "latency", "Latenz";
    DUPLICATE: "duplicates", "Duplikate";
    POISON: "poison", "Gift";
    SCHEMA_BREAK: "schema break", "Schemabruch";
    REBALANCE: "rebalance", "Rebalance";
    THROTTLE: "throttle", "Drossel";
    FULL: "full", "voll";
    DEPLOY: "deploy", "Deployment";
    REPLAY: "replay", "Replay";

    CRASH_SAYS: "Instances are gone; work in hand is delivered again.", "Instanzen sind weg; Angefangenes wird neu zugestellt.";
    SLOW_SAYS: "Work takes longer.", "Die Arbeit dauert länger.";
    ERRORS_SAYS: "Attempts or calls fail more often.", "Versuche oder Aufrufe scheitern öfter.";
    OUTAGE_SAYS: "Nothing gets through.", "Nichts kommt durch.";
    CUT_SAYS: "An edge carries nothing.", "Eine Kante trägt nichts.";
    LATENCY_SAYS: "Everything takes longer to get through.", "Alles braucht länger, um durchzukommen.";
    DUPLICATE_SAYS: "Acknowledged messages are delivered again.", "Bestätigte Nachrichten werden noch einmal zugestellt.";
    POISON_SAYS: "Messages that can never succeed.", "Nachrichten, die nie gelingen können.";
    SCHEMA_BREAK_SAYS: "An event type changes incompatibly.", "Ein Ereignistyp ändert sich unverträglich.";
    REBALANCE_SAYS: "A group's partitions are dealt anew.", "Die Partitionen einer Gruppe werden neu verteilt.";
    THROTTLE_SAYS: "A node lets through only so much.", "Ein Knoten lässt nur so viel durch.";
    FULL_SAYS: "A channel's or store's space is used up.", "Der Platz eines Kanals oder Speichers ist aufgebraucht.";
    DEPLOY_SAYS: "Instances are replaced one after the other.", "Instanzen werden nacheinander ersetzt.";
    REPLAY_SAYS: "A group reads again what it has handled.", "Eine Gruppe liest noch einmal, was sie verarbeitet hat.";

    INSTANCES: "Instances", "Instanzen";
    FACTOR: "Times", "Mal so lang";
    RATE: "Share failing", "Anteil";
    SHARE: "Share", "Anteil";
    ADDED: "Longer by", "Länger um";
    LIMIT: "Lets through", "Lässt durch";
    BACK: "Back by", "Zurück um";
    ALL: "all", "alle";

    CONSTANT: "constant", "gleichmäßig";
    POISSON: "Poisson", "Poisson";
    RAMP: "ramp", "Rampe";
    STEPS: "steps", "Stufen";
    SPIKE: "spike", "Spitze";
    SINE: "wave", "Welle";
    BURSTS: "bursts", "Schübe";
    BATCH: "batch", "Stapel";
    CLOSED: "closed", "geschlossen";
    FROM_FILE: "replay", "aus Datei";
    UNSET: "none", "keine";

    HANDLE_RATE: "rate", "Rate";
    HANDLE_FROM: "begins with", "beginnt mit";
    HANDLE_TO: "reaches", "erreicht";
    HANDLE_BASE: "base", "Grundlast";
    HANDLE_PEAK: "peak begins", "Spitze beginnt";
    HANDLE_END: "peak ends", "Spitze endet";
    HANDLE_STEP: "step", "Stufe";
    HANDLE_MEAN: "mean", "Mittel";
    HANDLE_CREST: "crest", "Scheitel";

    MEAN: "mean latency", "mittlere Latenz";
    P50: "median latency", "mediane Latenz";
    P90: "90% of latencies", "90 % der Latenzen";
    P95: "95% of latencies", "95 % der Latenzen";
    P99: "99% of latencies", "99 % der Latenzen";
    P999: "99.9% of latencies", "99,9 % der Latenzen";
    MAX: "greatest latency", "größte Latenz";
    THROUGHPUT: "completed messages", "erledigte Nachrichten";
    LAG: "messages not yet acknowledged", "noch nicht bestätigte Nachrichten";
    DEPTH: "messages waiting", "wartende Nachrichten";
    DEAD_LETTERS: "dead letters", "Dead Letters";
    RETRIES: "retries", "Wiederholungen";
    DUPLICATES: "effects that happened again", "doppelte Wirkungen";
    LOST: "lost messages", "verlorene Nachrichten";
    UTILIZATION: "share of servers busy", "Anteil beschäftigter Server";
    COST: "cost", "Kosten";
    RECOVERED: "time to recover after a fault", "Erholung nach einer Störung";

    END_TO_END: "from end to end", "von Anfang bis Ende";
    OFFER_NODE: "node", "Knoten";
    OFFER_GROUP: "group", "Gruppe";
    OFFER_COMPARISON: "comparison", "Vergleich";
    OFFER_VALUE: "value", "Wert";
    LESS: "less than", "unter";
    AT_MOST: "at most", "höchstens";
    MORE_THAN: "more than", "über";
    AT_LEAST: "at least", "mindestens";
    EXACTLY: "exactly", "genau";
    NOT: "not", "nicht";
    OF: "of", "von";
    STRIKES: "strikes", "trifft";
    CANNOT_STRIKE: "cannot strike", "trifft nicht";
    NOTHING_FITS: "This flow has nothing that it could strike.", "In diesem Fluss gibt es nichts, was sie treffen könnte.";
    UNREADABLE_ONE: "One fault cannot be read: mend it in the YAML.", "Eine Störung ist nicht lesbar: Bitte im YAML berichtigen.";
    UNREADABLE: "faults cannot be read: mend them in the YAML.", "Störungen sind nicht lesbar: Bitte im YAML berichtigen.";
    BY_CHANCE: "chance decides; shown is the mean", "der Zufall entscheidet; gezeigt ist das Mittel";
    UNTIL_END: "until the end", "bis zum Ende";
    AGAIN: "again", "wieder";
    STEP_ADD: "Add scenario", "Szenario hinzufügen";
    STEP_COPY: "Duplicate scenario", "Szenario duplizieren";
    STEP_RENAME: "Rename scenario", "Szenario umbenennen";
    STEP_REMOVE: "Delete scenario", "Szenario löschen";
    STEP_ADD_FAULT: "Add fault", "Störung hinzufügen";
    STEP_CHANGE_FAULT: "Change fault", "Störung ändern";
    STEP_REMOVE_FAULT: "Delete fault", "Störung löschen";
    STEP_EXPECT: "Expect", "Erwarten";
    STEP_LOAD: "Change the load of", "Last ändern:";
    STEP_SET: "Set", "Setzen:";
}

/// What a new scenario is called in the document: user language of files, not of the window.
pub(crate) const NEW_NAME: &str = "scenario";

/// A kind of fault.
pub(crate) fn fault(kind: FaultName) -> Word {
    match kind {
        FaultName::Crash => CRASH,
        FaultName::Slow => SLOW,
        FaultName::Errors => ERRORS,
        FaultName::Outage => OUTAGE,
        FaultName::Cut => CUT,
        FaultName::Latency => LATENCY,
        FaultName::Duplicate => DUPLICATE,
        FaultName::Poison => POISON,
        FaultName::SchemaBreak => SCHEMA_BREAK,
        FaultName::Rebalance => REBALANCE,
        FaultName::Throttle => THROTTLE,
        FaultName::Full => FULL,
        FaultName::Deploy => DEPLOY,
        FaultName::Replay => REPLAY,
    }
}

/// What a kind of fault does.
pub(crate) fn fault_sentence(kind: FaultName) -> Word {
    match kind {
        FaultName::Crash => CRASH_SAYS,
        FaultName::Slow => SLOW_SAYS,
        FaultName::Errors => ERRORS_SAYS,
        FaultName::Outage => OUTAGE_SAYS,
        FaultName::Cut => CUT_SAYS,
        FaultName::Latency => LATENCY_SAYS,
        FaultName::Duplicate => DUPLICATE_SAYS,
        FaultName::Poison => POISON_SAYS,
        FaultName::SchemaBreak => SCHEMA_BREAK_SAYS,
        FaultName::Rebalance => REBALANCE_SAYS,
        FaultName::Throttle => THROTTLE_SAYS,
        FaultName::Full => FULL_SAYS,
        FaultName::Deploy => DEPLOY_SAYS,
        FaultName::Replay => REPLAY_SAYS,
    }
}

/// The key of a fault beside its target.
pub(crate) fn parameter(key: &str) -> Word {
    match key {
        "instances" => INSTANCES,
        "factor" => FACTOR,
        "rate" => RATE,
        "add" => ADDED,
        "limit" => LIMIT,
        "back" => BACK,
        _ => SHARE,
    }
}

/// What holds when that key is not written.
pub(crate) fn parameter_default(key: &str) -> Word {
    if matches!(key, "instances" | "back") { ALL } else { REQUIRED }
}

/// A kind of load.
pub(crate) fn load(word: &str) -> Word {
    match word {
        "constant" => CONSTANT,
        "poisson" => POISSON,
        "ramp" => RAMP,
        "steps" => STEPS,
        "spike" => SPIKE,
        "sine" => SINE,
        "bursts" => BURSTS,
        "batch" => BATCH,
        "closed" => CLOSED,
        "replay" => FROM_FILE,
        _ => UNSET,
    }
}

/// A point of a load's curve: what it is, when, how much.
pub(crate) fn handle(kind: HandleKind, at_s: f64, rate: f64) -> String {
    let what = match kind {
        HandleKind::Rate => HANDLE_RATE,
        HandleKind::From => HANDLE_FROM,
        HandleKind::To => HANDLE_TO,
        HandleKind::Base => HANDLE_BASE,
        HandleKind::Peak => HANDLE_PEAK,
        HandleKind::End => HANDLE_END,
        HandleKind::Step(_) => HANDLE_STEP,
        HandleKind::Mean => HANDLE_MEAN,
        HandleKind::Crest => HANDLE_CREST,
    };
    let rate = format::rate(rate);
    let what = what.now();
    if at_s > 0.0 { format!("{what} {rate} · {}", format::clock(at_s)) } else { format!("{what} {rate}") }
}

/// `04:00 · 1m`.
pub(crate) fn span(at_s: f64, length_s: Option<f64>) -> String {
    let at = format::clock(at_s);
    length_s.map_or_else(|| at.clone(), |length| format!("{at} · {}", format::span(length)))
}

/// `outage card-network`.
pub(crate) fn fault_on(kind: FaultName, target: &str) -> String {
    format!("{} {target}", fault(kind).now())
}

/// Everything about a fault in one sentence.
pub(crate) fn fault_in_words(bar: &Bar) -> String {
    let kind = bar.kind();
    let mut parts = vec![fault_on(kind, &bar.target), format::clock(bar.at_s)];
    match bar.length_s {
        _ if thalweg_flow::scenario_edit::is_moment(kind) => {}
        Some(length) => parts.push(format::span(length)),
        None => parts.push(UNTIL_END.now().to_owned()),
    }
    if let Some(every) = &bar.fault.every {
        parts.push(format!("{} {every}", AGAIN.now()));
    }
    if bar.at_by_chance || bar.length_by_chance {
        parts.push(BY_CHANCE.now().to_owned());
    }
    parts.join(" · ")
}

pub(crate) fn nothing_to_strike(kind: FaultName) -> String {
    format!("{}: {}", fault(kind).now(), NOTHING_FITS.now())
}

pub(crate) fn strikes(target: &str) -> String {
    format!("{} {target}", STRIKES.now())
}

pub(crate) fn cannot_strike(target: &str) -> String {
    format!("{} {target}", CANNOT_STRIKE.now())
}

pub(crate) fn unreadable(count: usize) -> String {
    if count == 1 { UNREADABLE_ONE.now().to_owned() } else { format!("{count} {}", UNREADABLE.now()) }
}

/// `20m`, the length of the run beside the axis.
pub(crate) fn of_run(length: &str) -> String {
    format!("{} {length}", DURATION.now())
}

/// What a metric measures.
pub(crate) fn metric(metric: Metric) -> Word {
    match metric {
        Metric::Mean => MEAN,
        Metric::P50 => P50,
        Metric::P90 => P90,
        Metric::P95 => P95,
        Metric::P99 => P99,
        Metric::P999 => P999,
        Metric::Max => MAX,
        Metric::Throughput => THROUGHPUT,
        Metric::Lag => LAG,
        Metric::Depth => DEPTH,
        Metric::DeadLetters => DEAD_LETTERS,
        Metric::Retries => RETRIES,
        Metric::Duplicates => DUPLICATES,
        Metric::Lost => LOST,
        Metric::Utilization => UTILIZATION,
        Metric::Cost => COST,
        Metric::Recovered => RECOVERED,
    }
}

/// What an offer of the completion is.
pub(crate) fn offer(kind: OfferKind) -> Word {
    match kind {
        OfferKind::Metric(which) => metric(which),
        OfferKind::EndToEnd => END_TO_END,
        OfferKind::Node => OFFER_NODE,
        OfferKind::Group => OFFER_GROUP,
        OfferKind::Comparison => OFFER_COMPARISON,
        OfferKind::Value => OFFER_VALUE,
    }
}

/// An expectation as a sentence: `99% of latencies from end to end: less than 2s`.
pub(crate) fn expectation_in_words(expectation: &Expectation) -> String {
    let comparison = match expectation.comparison {
        Comparison::Less => LESS,
        Comparison::LessOrEqual => AT_MOST,
        Comparison::Greater => MORE_THAN,
        Comparison::GreaterOrEqual => AT_LEAST,
        Comparison::Equal => EXACTLY,
        Comparison::NotEqual => NOT,
    };
    let subject = match &expectation.subject {
        Subject::Flow => String::new(),
        Subject::EndToEnd => format!(" {}", END_TO_END.now()),
        Subject::Node(node) => format!(" {} {node}", OF.now()),
        Subject::Group { channel, group } => format!(" {} {channel}/{group}", OF.now()),
    };
    let value = expectation.metric.format(expectation.value);
    format!("{}{subject}: {} {value}", metric(expectation.metric).now(), comparison.now())
}

// Names of steps, as undo tells them.

pub(crate) fn step_add(name: &str) -> String {
    format!("{} {name}", STEP_ADD.now())
}

pub(crate) fn step_copy(name: &str) -> String {
    format!("{} {name}", STEP_COPY.now())
}

pub(crate) fn step_rename(from: &str, to: &str) -> String {
    format!("{} {from} → {to}", STEP_RENAME.now())
}

pub(crate) fn step_remove(name: &str) -> String {
    format!("{} {name}", STEP_REMOVE.now())
}

pub(crate) fn step_add_fault(kind: FaultName, target: &str) -> String {
    format!("{} {}", STEP_ADD_FAULT.now(), fault_on(kind, target))
}

pub(crate) fn step_change_fault(kind: FaultName, target: &str) -> String {
    format!("{} {}", STEP_CHANGE_FAULT.now(), fault_on(kind, target))
}

pub(crate) fn step_turn_fault(from: FaultName, into: FaultName) -> String {
    format!("{} {} → {}", STEP_CHANGE_FAULT.now(), fault(from).now(), fault(into).now())
}

pub(crate) fn step_remove_fault(what: &str) -> String {
    format!("{} {what}", STEP_REMOVE_FAULT.now())
}

pub(crate) fn step_expect(sentence: &str) -> String {
    format!("{} {sentence}", STEP_EXPECT.now())
}

pub(crate) fn step_load(producer: &str) -> String {
    format!("{} {producer}", STEP_LOAD.now())
}

pub(crate) fn step_set(label: Word) -> String {
    format!("{} {}", STEP_SET.now(), label.now())
}
