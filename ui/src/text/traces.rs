//! Words of the traces lens.

use super::many;

pub(crate) const LOADING: &str = "Fetching traces…";
pub(crate) const LIST: &str = "Traces, newest first";
pub(crate) const WATERFALL: &str = "Waterfall";
pub(crate) const CHOOSE_TRACE: &str = "Choose a trace to see where its time went.";
pub(crate) const LOADING_TRACE: &str = "Fetching the trace…";
pub(crate) const NO_NAME: &str = "(no name)";

// Empty.
pub(crate) const EMPTY_TITLE: &str = "No traces yet";
pub(crate) const EMPTY_HOW: &str = "Start your services with these two environment variables. Any OpenTelemetry SDK or Collector \
                                    sends here, and what arrives is shown at once.";
pub(crate) const COPY: &str = "Copy";
pub(crate) const COPY_BOTH: &str = "Copy both for a shell";
pub(crate) const COPIED: &str = "Copied";
pub(crate) const COPY_FAILED: &str =
    "The system's clipboard could not be written; select the text and copy it by hand.";
pub(crate) const RECEIVER_FAILED: &str = "Nothing can arrive";
pub(crate) const RECEIVER_STARTING: &str = "The receiver starts…";

// Details.
pub(crate) const DETAILS: &str = "Details";
pub(crate) const TIME: &str = "Time";
pub(crate) const STARTED: &str = "Started";
pub(crate) const STARTS: &str = "Starts";
pub(crate) const DURATION: &str = "Duration";
pub(crate) const SELF_TIME: &str = "Self time";
pub(crate) const STATUS: &str = "Status";
pub(crate) const ERROR: &str = "error, without a message";
pub(crate) const MESSAGING: &str = "Messaging";
pub(crate) const ATTRIBUTES: &str = "Attributes";
pub(crate) const RESOURCE: &str = "Resource";
pub(crate) const EVENTS: &str = "Events";
pub(crate) const LINKS: &str = "Links";
pub(crate) const IDS: &str = "Identity";
pub(crate) const TRACE_ID: &str = "Trace";
pub(crate) const SPAN_ID: &str = "Span";
pub(crate) const PARENT_ID: &str = "Parent";
pub(crate) const SCOPE: &str = "Scope";
pub(crate) const SERVICES: &str = "Services";
pub(crate) const SPANS: &str = "Spans";
pub(crate) const ERRORS: &str = "Errors";
pub(crate) const INFERRED: &str = "Inferred";
pub(crate) const WAIT_SAYS: &str = "Time between publishing and handling: the message was in the channel. No span says so; \
                                    it follows from the spans around it.";
pub(crate) const RETRY_SAYS: &str = "Time between two attempts at the same message. No span says so; it follows from the \
                                     attempts around it.";
pub(crate) const CHOOSE_ROW: &str = "Choose a row for its attributes, events and links.";
pub(crate) const SAME_TRACE: &str = "this trace";
pub(crate) const EXPAND: &str = "Expand";
pub(crate) const COLLAPSE: &str = "Collapse";

// Kinds of rows.
pub(crate) const INTERNAL: &str = "internal";
pub(crate) const SERVER: &str = "server";
pub(crate) const CLIENT: &str = "client";
pub(crate) const PRODUCER: &str = "producer";
pub(crate) const CONSUMER: &str = "consumer";
pub(crate) const WAIT: &str = "waiting";
pub(crate) const RETRY: &str = "before the next attempt";

/// How many traces the list holds and how many of them have errors.
pub(crate) fn counts(traces: usize, full: bool, with_errors: usize) -> String {
    let traces = if full { format!("the {traces} newest traces") } else { many(traces, "trace") };
    match with_errors {
        0 => format!("{traces} · none with errors"),
        n => format!("{traces} · {n} with errors"),
    }
}

/// The small line of a trace in the list.
pub(crate) fn summary(time: &str, spans: usize, services: &str) -> String {
    format!("{time} · {} · {services}", many(spans, "span"))
}

/// What a list line is called: `shop: place order`.
pub(crate) fn title(service: &str, root: &str) -> String {
    let root = if root.is_empty() { NO_NAME } else { root };
    if service.is_empty() { root.to_owned() } else { format!("{service}: {root}") }
}

pub(crate) fn errors(count: usize) -> String {
    many(count, "error")
}

pub(crate) fn left_out(rows: u64) -> String {
    format!("{} not shown", many(usize::try_from(rows).unwrap_or(usize::MAX), "further row"))
}

/// `+ 642 ms`.
pub(crate) fn after(time: &str) -> String {
    format!("+ {time}")
}

/// `← 4bf92f35…`.
pub(crate) fn link(to: &str) -> String {
    format!("← {to}")
}

/// A row of the waterfall for those who hear it.
pub(crate) fn row_label(name: &str, service: &str, duration: &str, error: bool) -> String {
    let mut label = name.to_owned();
    if !service.is_empty() {
        label.push_str(", ");
        label.push_str(service);
    }
    label.push_str(", ");
    label.push_str(duration);
    if error {
        label.push_str(", error");
    }
    label
}
