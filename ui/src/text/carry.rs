//! Words of files of traces, of links to them, and of who may send.

use thalweg_protocol::ImportedFile;

use super::{many, noun, say, words};
use crate::format;

words! {
    // Commands.
    IMPORT: "Import traces…", "Traces importieren…";
    EXPORT: "Export traces…", "Traces exportieren…";
    EXPORT_ONE: "Export this trace…", "Diesen Trace exportieren…";
    COPY_JSON: "Copy as OTLP JSON", "Als OTLP-JSON kopieren";
    COPY_LINK: "Copy link to the trace", "Link zum Trace kopieren";
    COPY_SPAN_LINK: "Copy link to the span", "Link zum Span kopieren";
    COPY_ID: "Copy trace id", "Trace-Kennung kopieren";
    SHARE: "Copy or export this trace", "Diesen Trace kopieren oder exportieren";

    IMPORTING: "Reading the file…", "Die Datei wird gelesen…";
    NOTHING_NEW: "nothing new", "nichts Neues";

    // Preferences.
    SENDERS: "Who may send", "Wer senden darf";
    TOKEN: "Token", "Token";
    TOKEN_NONE: "none asked for", "keiner verlangt";
    TOKEN_MAKE: "Make one", "Erzeugen";
    TOKEN_DROP: "Ask for none", "Keinen verlangen";
    TOKEN_SAYS:
        "Senders show it with OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer%20TOKEN\". It is kept in the data file.",
        "Sender zeigen es mit OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer%20TOKEN\". Es liegt in der Datendatei.";
    ORIGINS: "Web pages that may send", "Webseiten, die senden dürfen";
    ORIGINS_SAY:
        "Separated by blanks, as the browser writes them: http://localhost:3000",
        "Durch Leerzeichen getrennt, wie der Browser sie schreibt: http://localhost:3000";
    OWN_SPANS: "Thalweg's own spans", "Thalwegs eigene Spans";
    SEND_TO: "Sent to", "Gesendet an";
    SEND_NOWHERE: "nowhere", "nirgendwohin";
    SEND_TO_SAYS:
        "What you open, save and simulate here, and requests to the receiver; http:// or grpc://. Never sent anywhere else.",
        "Was Sie hier öffnen, sichern und simulieren, und Anfragen an den Empfänger; http:// oder grpc://. Sonst wird \
         nichts gesendet.";
    SEND_TO_FIXED: "Set by the environment (THALWEG_OTLP).", "Durch die Umgebung festgelegt (THALWEG_OTLP).";
}

/// What became of a file.
pub(crate) fn imported(file: &ImportedFile) -> String {
    let stored =
        [(file.spans.stored, noun::SPAN), (file.logs.stored, noun::LOG_RECORD), (file.points.stored, noun::DATA_POINT)];
    let mut parts: Vec<String> =
        stored.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, *noun)).collect();
    if parts.is_empty() {
        parts.push(NOTHING_NEW.now().to_owned());
    }
    let known: u64 = [file.spans, file.logs, file.points].iter().map(|counts| counts.known).sum();
    if known > 0 {
        let known = format::count(known as f64);
        parts.push(say(|| format!("{known} known already"), || format!("{known} schon bekannt")));
    }
    format!("{}: {}", file.name, parts.join(" · "))
}

/// What of it was not stored, by line; as much as a message holds.
pub(crate) fn not_imported(file: &ImportedFile) -> (String, String) {
    const LINES: usize = 5;
    let refused: u64 = [file.spans, file.logs, file.points].iter().map(|counts| counts.refused).sum();
    let (unread, name) = (file.unread, &file.name);
    let message = say(
        || format!("Not all of {name} was stored: {unread} lines could not be read, {refused} items were refused."),
        || format!("Nicht alles aus {name} wurde gespeichert: {unread} Zeilen unlesbar, {refused} Einträge abgelehnt."),
    );
    let line = |line: u64, reason: &str| say(|| format!("Line {line}: {reason}"), || format!("Zeile {line}: {reason}"));
    let mut lines: Vec<String> =
        file.remarks.iter().take(LINES).map(|remark| line(remark.line, &remark.reason)).collect();
    let more = file.remarks.len().saturating_sub(LINES) as u64 + file.more_remarks;
    if more > 0 {
        lines.push(say(|| format!("And {more} more."), || format!("Und {more} weitere.")));
    }
    (message, lines.join(" "))
}

/// What was written.
pub(crate) fn exported(traces: u64, spans: u64) -> String {
    let (traces, spans) = (counted(traces, noun::TRACE), counted(spans, noun::SPAN));
    say(|| format!("Exported {traces} with {spans}."), || format!("{traces} mit {spans} exportiert."))
}

fn counted(count: u64, noun: noun::Noun) -> String {
    many(usize::try_from(count).unwrap_or(usize::MAX), noun)
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::{ImportCounts, ImportRemark};

    use super::*;

    #[test]
    fn what_became_of_a_file_is_said_in_a_line() {
        let counts = |stored, known, refused| ImportCounts { stored, known, refused };
        let mut file = ImportedFile { name: "a.jsonl".into(), spans: counts(2, 1, 1), ..ImportedFile::default() };
        assert_eq!(imported(&file), "a.jsonl: 2 spans · 1 known already");
        file.remarks = (1..8).map(|line| ImportRemark { line, unread: true, reason: "No.".into() }).collect();
        let (_, lines) = not_imported(&file);
        assert!(lines.starts_with("Line 1: No.") && lines.ends_with("And 2 more."), "{lines}");
    }
}
