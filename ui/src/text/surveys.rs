//! Words of what many traces show together, and of two traces beside each other.

use thalweg_protocol::survey::TraceContrast;

use super::{many, noun, say, words};
use crate::format;

words! {
    SIGHTS: "What is shown of the traces", "Was von den Traces gezeigt wird";
    LIST: "List", "Liste";
    OPERATIONS: "Operations", "Operationen";
    MAP: "Map", "Karte";
    NO_NAME: "(no name)", "(kein Name)";
}

// Commands.
words! {
    SEE_OPERATIONS: "Operations of all traces", "Operationen aller Traces";
    TOGGLE_LIVE: "Follow arriving traces, or hold them back", "Eintreffenden Traces folgen oder sie zurückhalten";
    COMPARE_TRACE: "Compare the trace with another", "Den Trace mit einem anderen vergleichen";
    COMPARE_ERRORS: "Compare traces with errors with the others", "Traces mit Fehlern mit den anderen vergleichen";
    COMPARE_SLOWEST: "Compare the slowest traces with the others", "Die langsamsten Traces mit den anderen vergleichen";
    COMPARE_SELECTION:
        "Compare the traces selected in the plot with the others",
        "Die im Bild ausgewählten Traces mit den anderen vergleichen";
    COMPARE_SIMULATED: "Compare simulated traces with observed ones", "Simulierte Traces mit beobachteten vergleichen";
    COMPARE_WITH_SIMULATED:
        "Compare the trace with its simulated or observed like",
        "Den Trace mit einem simulierten oder beobachteten seinesgleichen vergleichen";
    COMPARE_NO_MORE: "End the comparison of traces", "Den Vergleich der Traces beenden";
}

// Density.
words! {
    DENSITY: "Traces by start and duration", "Traces nach Beginn und Dauer";
    DENSITY_KEYS:
        "Traces by start and duration: arrow keys move the cursor, with Shift they extend it, Enter filters by what it is over, \
         Escape takes that away again; or drag over a part",
        "Traces nach Beginn und Dauer: Pfeiltasten bewegen den Cursor, mit Umschalt erweitern sie ihn, Enter filtert nach dem, \
         was er bedeckt, Escape nimmt das zurück; oder über einen Teil ziehen";
    DENSITY_WAIT: "Counting the traces…", "Die Traces werden gezählt…";
    CLEAR_REGION: "Take the selection away", "Auswahl zurücknehmen";
    ANY_DURATION: "any duration", "jede Dauer";
}

/// All of the plot in words: traces, with errors, outside of it, undecided.
pub(crate) fn density_all(
    [traces, errors, outside, undecided]: [u64; 4],
    cut: bool,
    under_way: Option<&str>,
) -> String {
    let number = |count: u64| format::grouped(count as f64);
    let all = many(usize::try_from(traces).unwrap_or(usize::MAX), noun::TRACE);
    let mut said =
        say(|| format!("{all} · {} with errors", number(errors)), || format!("{all} · {} mit Fehlern", number(errors)));
    if outside > 0 {
        let outside = number(outside);
        said += &say(|| format!(" · {outside} not in the plot"), || format!(" · {outside} nicht im Bild"));
    }
    if undecided > 0 {
        said += &undecided_traces(undecided);
    }
    if cut {
        said += &say(|| " · the oldest left out".into(), || " · die ältesten weggelassen".into());
    }
    if let Some(share) = under_way {
        said += &say(|| format!(" · {share} counted"), || format!(" · {share} gezählt"));
    }
    said
}

fn undecided_traces(count: u64) -> String {
    let count = format::grouped(count as f64);
    say(|| format!(" · {count} only told by reading them"), || format!(" · {count} nur durch Lesen zu entscheiden"))
}

/// A part of the plot in words.
pub(crate) fn density_part(moments: &str, lengths: &str, [traces, errors]: [u64; 2]) -> String {
    let traces = many(usize::try_from(traces).unwrap_or(usize::MAX), noun::TRACE);
    say(
        || format!("{moments}, {lengths}: {traces}, {errors} with errors. Enter filters by it."),
        || format!("{moments}, {lengths}: {traces}, {errors} mit Fehlern. Enter filtert danach."),
    )
}

// Live.
words! {
    LIVE: "Live", "Live";
    LIVE_SAYS:
        "Traces are listed as they arrive; while one scrolls or points at the list, new ones wait",
        "Traces erscheinen, wie sie eintreffen; beim Scrollen oder Zeigen auf die Liste warten neue";
    LIVE_NEWEST: "Only a list of the newest can be live", "Nur eine Liste der neuesten kann live sein";
}

pub(crate) fn new_traces(count: usize) -> String {
    say(|| format!("{count} new"), || format!("{count} neue"))
}

// Operations.
words! {
    OPERATION: "Operation", "Operation";
    RATE: "Rate", "Rate";
    ERRORS: "Errors", "Fehler";
    P50: "p50", "p50";
    P95: "p95", "p95";
    P99: "p99", "p99";
    SHARE: "Of all time", "Zeitanteil";
    RATE_OVER_TIME: "Rate over time", "Rate im Verlauf";
    P95_OVER_TIME: "p95 over time", "p95 im Verlauf";
    OPERATIONS_WAIT: "Counting the spans…", "Die Spans werden gezählt…";
}

/// The table in words: spans that are counted, left out, undecided; whether the oldest traces are missing.
pub(crate) fn operations_all(
    operations: usize,
    [spans, left_out, undecided]: [u64; 3],
    cut: bool,
    error: &str,
    under_way: Option<&str>,
) -> String {
    let number = |count: u64| format::grouped(count as f64);
    let mut said = say(
        || format!("{operations} operations of {} spans · percentiles within {error}", number(spans)),
        || format!("{operations} Operationen aus {} Spans · Perzentile auf {error} genau", number(spans)),
    );
    if left_out > 0 {
        let spans = number(left_out);
        said += &say(|| format!(" · {spans} spans of others"), || format!(" · {spans} Spans anderer"));
    }
    if undecided > 0 {
        let spans = number(undecided);
        said += &say(
            || format!(" · {spans} spans only told by whole traces"),
            || format!(" · {spans} Spans nur mit ganzen Traces zu entscheiden"),
        );
    }
    if cut {
        said += &say(
            || " · without the oldest traces, there are too many".into(),
            || " · ohne die ältesten Traces, es sind zu viele".into(),
        );
    }
    if let Some(share) = under_way {
        said += &say(|| format!(" · {share} counted"), || format!(" · {share} gezählt"));
    }
    said
}

pub(crate) fn spans(count: u64) -> String {
    many(usize::try_from(count).unwrap_or(usize::MAX), noun::SPAN)
}

pub(crate) fn list_of(service: &str, name: &str) -> String {
    say(|| format!("List the traces with {service}: {name}"), || format!("Traces mit {service}: {name} auflisten"))
}

/// What a small curve reaches.
pub(crate) fn at_most(peak: &str, slot_s: f64) -> String {
    let slot = format::span(slot_s);
    say(|| format!("at most {peak}, in parts of {slot}"), || format!("höchstens {peak}, in Teilen von {slot}"))
}

// Two sets.
words! {
    COMPARE: "Compare", "Vergleichen";
    WITH_ERRORS: "With errors", "Mit Fehlern";
    SLOWEST: "The slowest", "Die langsamsten";
    SELECTED: "Selected in the plot", "Im Bild ausgewählt";
    SIMULATED: "Simulated", "Simuliert";
    WITH_SIMULATED: "This trace with a simulated one", "Dieser Trace mit einem simulierten";
    WITH_OBSERVED: "This trace with an observed one", "Dieser Trace mit einem beobachteten";
    NONE_SIMULATED:
        "No simulated trace has a service of this one: simulate a flow with nodes of its services' names, or send one here with \
         thalweg simulate --otlp.",
        "Kein simulierter Trace hat einen Dienst von diesem: Simulieren Sie einen Flow mit Knoten, die wie seine Dienste heißen, \
         oder senden Sie einen mit thalweg simulate --otlp hierher.";
    NONE_OBSERVED:
        "No observed trace has a service of this one.",
        "Kein beobachteter Trace hat einen Dienst von diesem.";
    COMPARE_END: "End the comparison", "Vergleich beenden";
    COMPARE_WAIT: "Comparing…", "Wird verglichen…";
    FEWER: "Fewer", "Weniger";
}

pub(crate) fn slower_than(nanos: u64) -> String {
    let time = format::nanos(nanos);
    say(|| format!("From {time} on"), || format!("Ab {time}"))
}

pub(crate) fn compared_with(others: u32) -> String {
    let others = format::grouped(others.into());
    say(|| format!("Compared with {others} others"), || format!("Verglichen mit {others} anderen"))
}

/// A comparison in words: how many traces of both sets, what was left out, and whether there is nothing to tell.
pub(crate) fn contrast_all(name: &str, found: &TraceContrast, under_way: Option<&str>) -> String {
    let (these, others) = (found.these, found.others);
    let of = [these.max(found.these_of), others.max(found.others_of)];
    let these_many = many(these as usize, noun::TRACE);
    let mut said = format!("{name}: {these_many}");
    if under_way.is_some() {
        // What is there so far may still be one of both alone.
    } else if these == 0 || others == 0 {
        said += &say(|| "; there is nothing to compare".into(), || "; es gibt nichts zu vergleichen".into());
    } else if found.differences.is_empty() {
        said += &say(|| "; nothing stands out".into(), || "; nichts sticht heraus".into());
    }
    if under_way.is_none() && [these, others] != of {
        let [these, of_set, others, of_others] =
            [these, of[0], others, of[1]].map(|count| format::grouped(count.into()));
        said += &say(
            || format!(" · an even part compared: {these} of {of_set}, {others} of {of_others} others"),
            || format!(" · ein gleichmäßiger Teil verglichen: {these} von {of_set}, {others} von {of_others} anderen"),
        );
    }
    if found.undecided > 0 {
        said += &undecided_traces(found.undecided);
    }
    if found.cut {
        let looked_at = format::grouped(f64::from(of[0]) + f64::from(of[1]));
        said += &say(
            || format!(" · only the newest {looked_at} traces were looked at, there are too many"),
            || format!(" · nur die neuesten {looked_at} Traces wurden angesehen, es sind zu viele"),
        );
    }
    if let Some(share) = under_way {
        said += &say(|| format!(" · {share} counted"), || format!(" · {share} gezählt"));
    }
    said
}

pub(crate) fn more(count: usize) -> String {
    say(|| format!("{count} more"), || format!("{count} weitere"))
}

pub(crate) fn too_many_values(keys: &str) -> String {
    say(
        || format!("Not compared, because they have too many values: {keys}"),
        || format!("Nicht verglichen, weil sie zu viele Werte haben: {keys}"),
    )
}

/// What lies behind the two shares.
pub(crate) fn difference_title([these, others]: [u32; 2], chance: &str, false_share: &str) -> String {
    say(
        || {
            format!(
                "{these} of these, {others} of the others; by chance with p = {chance} (Fisher's exact test), false \
                 discoveries q = {false_share} (Benjamini–Hochberg)"
            )
        },
        || {
            format!(
                "{these} von diesen, {others} von den anderen; durch Zufall mit p = {chance} (exakter Test nach Fisher), \
                 falsche Entdeckungen q = {false_share} (Benjamini–Hochberg)"
            )
        },
    )
}

// Two traces.
words! {
    PAIR: "Two traces beside each other", "Zwei Traces nebeneinander";
    PAIR_END: "Back to the trace", "Zurück zum Trace";
    MARK: "Compare…", "Vergleichen…";
    MARK_SAYS:
        "Marks this trace as A; choose another one and press again",
        "Merkt diesen Trace als A; wählen Sie einen anderen und drücken Sie noch einmal";
    MARKED: "Marked as A", "Als A gemerkt";
    WITH_MARKED: "Compare with A", "Mit A vergleichen";
}

/// A comparison of two traces in words.
pub(crate) fn pair_all(lines: usize, [first, second]: [usize; 2], left_out: u64) -> String {
    let mut said = say(
        || format!("{} · {first} only in A · {second} only in B", many(lines, noun::LINE)),
        || format!("{} · {first} nur in A · {second} nur in B", many(lines, noun::LINE)),
    );
    if left_out > 0 {
        said += &say(|| format!(" · {left_out} not shown"), || format!(" · {left_out} nicht gezeigt"));
    }
    said
}

pub(crate) fn only_in(sign: &str) -> String {
    say(|| format!("only in {sign}"), || format!("nur in {sign}"))
}
