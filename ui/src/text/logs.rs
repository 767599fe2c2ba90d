//! Words of the page of log records.

use super::{many, noun, say, words};

words! {
    LIST: "Log records, newest first", "Log-Einträge, neueste zuerst";
    LOADING: "Fetching log records…", "Log-Einträge werden geholt…";
    NOTHING_FITS: "No record fits.", "Kein Eintrag passt.";
    SHOW_EVERYTHING: "Show all records", "Alle Einträge zeigen";
    SEARCH: "Text in the records", "Text in den Einträgen";
    SEARCH_WHAT: "Text, name of an event, or card.brand = visa", "Text, Name eines Ereignisses oder card.brand = visa";
    SEVERITY: "Severity", "Schwere";
    SERVICE: "Service", "Dienst";
    EVERY_SEVERITY: "all severities", "alle Schweregrade";
    EVERY_SERVICE: "all services", "alle Dienste";
    FROM: "From", "Von";
    UNTIL: "Until", "Bis";
    RANGE: "Time", "Zeit";
    EVER: "any time", "jederzeit";
    BETWEEN: "between…", "zwischen…";
    LIVE: "live", "live";
    PAUSED: "paused", "angehalten";
    LIVE_WHAT: "New records appear as they come", "Neue Einträge erscheinen, wenn sie kommen";
    NEWER: "↑ Newer records", "↑ Neuere Einträge";
    CLEAR: "Remove all…", "Alle entfernen…";
    REMOVE: "Remove", "Entfernen";
    CLEAR_TITLE: "Remove all log records?", "Alle Log-Einträge entfernen?";
    CLEAR_QUESTION:
        "All log records are removed from the data file, also those that are not listed. That cannot be taken back.",
        "Alle Log-Einträge werden aus der Datendatei entfernt, auch die, die nicht aufgelistet sind. Das lässt sich nicht \
         zurücknehmen.";
    NO_TEXT: "(no text)", "(kein Text)";
    NO_SEVERITY: "–", "–";
    DETAILS: "The chosen record", "Der gewählte Eintrag";
    CHOOSE: "Choose a record for all of its fields.", "Wählen Sie einen Eintrag für alle seine Felder.";
    BODY: "Body", "Text";
    COPY_RECORD: "Copy as JSON", "Als JSON kopieren";
    OPEN_TRACE: "Open its trace", "Trace öffnen";
    TIME: "Time", "Zeit";
    HAPPENED: "Happened", "Geschehen";
    SEEN: "Seen", "Gesehen";
    EVENT: "Event", "Ereignis";
    ONLY_WITH: "Show only records with this value", "Nur Einträge mit diesem Wert zeigen";
    ONLY_WITHOUT: "Show only records without this value", "Nur Einträge ohne diesen Wert zeigen";
    CONDITIONS: "Conditions", "Bedingungen";
    QUOTE_TO_SEARCH:
        "To look for the text as it stands, put it in quotes.",
        "Um den Text selbst zu suchen, setzen Sie ihn in Anführungszeichen.";
    MORE_ATTRIBUTES: "Show all attributes", "Alle Attribute zeigen";
}

// Empty.
words! {
    EMPTY_TITLE: "No logs yet", "Noch keine Logs";
    EMPTY_HOW:
        "Start your services with these two environment variables. What their OpenTelemetry SDK or a Collector sends as \
         log records is shown at once. Most SDKs hand on what their language's own logging writes once its bridge or \
         appender is set up.",
        "Starten Sie Ihre Dienste mit diesen beiden Umgebungsvariablen. Was ihr OpenTelemetry-SDK oder ein Collector als \
         Log-Einträge sendet, wird sofort gezeigt. Die meisten SDKs geben weiter, was das Logging ihrer Sprache schreibt, \
         sobald dessen Bridge oder Appender eingerichtet ist.";
}

// Of a trace.
words! {
    OF_TRACE: "Logs", "Logs";
    OF_SPAN: "Logs", "Logs";
    NONE_OF_TRACE:
        "No log record belongs to this trace. Records that are written within a span carry its ids.",
        "Kein Log-Eintrag gehört zu diesem Trace. Einträge, die innerhalb eines Spans geschrieben werden, tragen dessen \
         Kennungen.";
    LOADING_OF_TRACE: "Fetching the log records…", "Die Log-Einträge werden geholt…";
    UNFOLD: "Show all of it", "Alles zeigen";
    FOLD: "Show its beginning", "Nur den Anfang zeigen";
    TO_SPAN: "Show its span", "Zum Span";
    MORE: "Show more", "Mehr zeigen";
}

/// The tab of a trace's records: `Logs 12`.
pub(crate) fn of_trace(total: Option<u64>) -> String {
    match total {
        None | Some(0) => OF_TRACE.now().to_owned(),
        Some(total) => format!("{} {total}", &*OF_TRACE),
    }
}

/// Takes a condition away.
pub(crate) fn without_condition(condition: &str) -> String {
    say(|| format!("Take away {condition}"), || format!("{condition} wegnehmen"))
}

/// How many records are listed.
pub(crate) fn listed(count: usize, more: bool, working: bool) -> String {
    let records = many(count, noun::LOG_RECORD);
    if working {
        say(|| format!("{records} · searching…"), || format!("{records} · sucht…"))
    } else if more {
        say(|| format!("{records}, older ones below"), || format!("{records}, ältere unten"))
    } else {
        records
    }
}

/// `and 12 more in the tab Logs`.
pub(crate) fn further(count: u64) -> String {
    say(|| format!("and {count} more in the tab Logs"), || format!("und {count} weitere im Reiter Logs"))
}

/// The severities that the list can begin at.
pub(crate) fn at_least(word: &str) -> String {
    say(|| format!("{word} and worse"), || format!("{word} und schlimmer"))
}

/// `the last 15 min`.
pub(crate) fn last(seconds: u32) -> String {
    let (count, unit) = match seconds {
        s if s % 86_400 == 0 => (s / 86_400, "d"),
        s if s % 3600 == 0 => (s / 3600, "h"),
        s => (s / 60, "min"),
    };
    say(|| format!("last {count} {unit}"), || format!("letzte {count} {unit}"))
}

pub(crate) fn so_far(records: u64) -> String {
    let records = many(usize::try_from(records).unwrap_or(usize::MAX), noun::LOG_RECORD);
    say(|| format!("{records} received since the start"), || format!("{records} seit dem Start empfangen"))
}

pub(crate) fn stored(stored: u64, refused: u64) -> String {
    say(
        || format!("{stored} log records stored · {refused} refused"),
        || format!("{stored} Log-Einträge gespeichert · {refused} abgewiesen"),
    )
}
