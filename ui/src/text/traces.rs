//! Words of the traces lens.

use super::{many, noun, say, words};

words! {
    LOADING: "Fetching traces…", "Traces werden geholt…";
    LIST: "Traces, newest first", "Traces, neueste zuerst";
    WATERFALL: "Waterfall", "Wasserfall";
    CHOOSE_TRACE:
        "Choose a trace to see where its time went.",
        "Wählen Sie einen Trace, um zu sehen, wo seine Zeit blieb.";
    LOADING_TRACE: "Fetching the trace…", "Der Trace wird geholt…";
    LOADING_SPAN: "Fetching what is known of the span…", "Was vom Span bekannt ist, wird geholt…";
    NO_SPAN:
        "More is not known of this span: it could not be read, or is no longer stored. To try again, choose another row and \
         come back.",
        "Mehr ist von diesem Span nicht bekannt: Er ließ sich nicht lesen oder ist nicht mehr gespeichert. Um es noch einmal zu \
         versuchen, wählen Sie eine andere Zeile und kommen zurück.";
    NO_NAME: "(no name)", "(kein Name)";
}

// The head of the page.
words! {}

// The flame graph.
words! {
    VIEWS: "Views of the trace", "Ansichten des Traces";
    FLAME: "Flame graph", "Flammendiagramm";
    FLAME_HOW:
        "Double click shows a span's time only, Escape all of it again. Ctrl+wheel magnifies, the wheel moves.",
        "Doppelklick zeigt nur die Zeit eines Spans, Escape wieder alles. Strg+Rad vergrößert, das Rad verschiebt.";
    FLAME_KEYS:
        "Flame graph: arrow keys go from span to span, Enter shows the chosen one's time only, Escape all, plus and \
         minus magnify, A and D move through time",
        "Flammendiagramm: Pfeiltasten gehen von Span zu Span, Enter zeigt nur die Zeit des gewählten, Escape alles, \
         Plus und Minus vergrößern, A und D gehen durch die Zeit";
}

/// A bar of the flame graph in words.
pub(crate) fn flame_row(name: &str, service: &str, duration: &str, share: &str, own: Option<&str>) -> String {
    let name = if name.is_empty() { NO_NAME.now() } else { name };
    let service = if service.is_empty() { String::new() } else { format!(" · {service}") };
    let own = own.map(|own| say(|| format!(", {own} of it its own"), || format!(", davon {own} eigene")));
    let own = own.unwrap_or_default();
    say(
        || format!("{name}{service} · {duration}, {share} of the trace{own}"),
        || format!("{name}{service} · {duration}, {share} des Traces{own}"),
    )
}

// Empty.
words! {
    EMPTY_TITLE: "No traces yet", "Noch keine Traces";
    EMPTY_HOW:
        "Start your services with these two environment variables. Any OpenTelemetry SDK or Collector sends here, \
         and what arrives is shown at once.",
        "Starten Sie Ihre Dienste mit diesen beiden Umgebungsvariablen. Jedes OpenTelemetry-SDK und jeder Collector \
         sendet hierher, und was ankommt, wird sofort gezeigt.";
    COPY: "Copy", "Kopieren";
    COPY_BOTH: "Copy both for a shell", "Beide für eine Shell kopieren";
    COPIED: "Copied", "Kopiert";
    COPY_FAILED:
        "The system's clipboard could not be written; select the text and copy it by hand.",
        "Die Zwischenablage des Systems ließ sich nicht beschreiben; wählen Sie den Text aus und kopieren Sie ihn \
         von Hand.";
    RECEIVER_FAILED: "Nothing can arrive", "Nichts kann ankommen";
    RECEIVER_STARTING: "The receiver starts…", "Der Empfänger startet…";
}

// Details.
words! {
    DETAILS: "Details", "Einzelheiten";
    TIME: "Time", "Zeit";
    STARTED: "Started", "Begonnen";
    STARTS: "Starts", "Beginnt";
    DURATION: "Duration", "Dauer";
    SELF_TIME: "Self time", "Eigenzeit";
    CRITICAL: "On the critical path", "Auf dem kritischen Pfad";
    STATUS: "Status", "Status";
    IS_ERROR: "error", "Fehler";
    ERROR_BELOW: "error below", "Fehler darunter";
    ERROR: "error, without a message", "Fehler, ohne Meldung";
    MESSAGING: "Messaging", "Messaging";
    ATTRIBUTES: "Attributes", "Attribute";
    RESOURCE: "Resource", "Ressource";
    EVENTS: "Events", "Ereignisse";
    LINKS: "Links", "Links";
    IDS: "Identity", "Kennungen";
    TRACE_ID: "Trace", "Trace";
    SPAN_ID: "Span", "Span";
    PARENT_ID: "Parent", "Elternspan";
    SCOPE: "Scope", "Scope";
    SERVICES: "Services", "Dienste";
    SPANS: "Spans", "Spans";
    ERRORS: "Errors", "Fehler";
    INFERRED: "Inferred", "Erschlossen";
    WAIT_SAYS:
        "Time between publishing and handling: the message was in the channel. No span says so; it follows from the \
         spans around it.",
        "Zeit zwischen Veröffentlichen und Verarbeiten: die Nachricht lag im Kanal. Kein Span sagt das; es folgt \
         aus den Spans ringsum.";
    RETRY_SAYS:
        "Time between two attempts at the same message. No span says so; it follows from the attempts around it.",
        "Zeit zwischen zwei Versuchen an derselben Nachricht. Kein Span sagt das; es folgt aus den Versuchen ringsum.";
    CHOOSE_ROW:
        "Choose a row for its attributes, events and links.",
        "Wählen Sie eine Zeile für ihre Attribute, Ereignisse und Links.";
    SAME_TRACE: "this trace", "dieser Trace";
    EXPAND: "Expand", "Aufklappen";
    COLLAPSE: "Collapse", "Zuklappen";
}

// Kinds of rows.
words! {
    INTERNAL: "internal", "intern";
    SERVER: "server", "Server";
    CLIENT: "client", "Client";
    PRODUCER: "producer", "Producer";
    CONSUMER: "consumer", "Consumer";
    WAIT: "waiting", "wartet";
    RETRY: "before the next attempt", "vor dem nächsten Versuch";
}

/// How many traces the list holds and how many of them have errors.
pub(crate) fn counts(traces: usize, full: bool, with_errors: usize) -> String {
    let traces = if full {
        say(|| format!("the {traces} newest traces"), || format!("die {traces} neuesten Traces"))
    } else {
        many(traces, noun::TRACE)
    };
    match with_errors {
        0 => say(|| format!("{traces} · none with errors"), || format!("{traces} · keiner mit Fehlern")),
        n => say(|| format!("{traces} · {n} with errors"), || format!("{traces} · {n} mit Fehlern")),
    }
}

/// The small line of a trace in the list.
pub(crate) fn summary(time: &str, spans: usize, services: &str) -> String {
    format!("{time} · {} · {services}", many(spans, noun::SPAN))
}

/// What a list line is called: `shop: place order`.
pub(crate) fn title(service: &str, root: &str) -> String {
    let root = if root.is_empty() { NO_NAME.now() } else { root };
    if service.is_empty() { root.to_owned() } else { format!("{service}: {root}") }
}

words! {
    DISCOVERING: "Reading the traces…", "Die Traces werden gelesen…";
}

/// What was drawn from traces.
pub(crate) fn discovered(traces: usize) -> String {
    let traces = many(traces, noun::TRACE);
    say(
        || format!("Drawn from {traces}, with the rates and times that were measured."),
        || format!("Aus {traces} gezeichnet, mit den gemessenen Raten und Zeiten."),
    )
}

pub(crate) fn errors(count: usize) -> String {
    many(count, noun::ERROR)
}

pub(crate) fn left_out(rows: u64) -> String {
    let rows = many(usize::try_from(rows).unwrap_or(usize::MAX), noun::ROW);
    say(|| format!("{rows} not shown"), || format!("{rows} nicht gezeigt"))
}

/// `+ 642 ms`.
pub(crate) fn after(time: &str) -> String {
    format!("+ {time}")
}

/// A row that hides an error, for those who hear it.
pub(crate) fn with_error_below(label: &str) -> String {
    format!("{label}, {}", &*ERROR_BELOW)
}

/// A row of the waterfall for those who hear it.
pub(crate) fn row_label(name: &str, service: &str, duration: &str, error: bool) -> String {
    // As it is shown, then what is not.
    let mut label = format!("{name} {duration}");
    if !service.is_empty() {
        label.push_str(", ");
        label.push_str(service);
    }
    if error {
        label.push_str(", ");
        label.push_str(&IS_ERROR);
    }
    label
}
