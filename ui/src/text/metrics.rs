//! Words of the page of metrics.

use thalweg_protocol::signals::{MetricKind, Temporality};

use super::{many, noun, say, words};

words! {
    LIST: "Metrics", "Metriken";
    LOADING: "Fetching metrics…", "Metriken werden geholt…";
    LOADING_ONE: "Fetching the metric…", "Die Metrik wird geholt…";
    SEARCH: "Find a metric", "Metrik finden";
    SEARCH_WHAT: "Name, unit, service, description", "Name, Einheit, Dienst, Beschreibung";
    NOTHING_FITS: "No metric fits.", "Keine Metrik passt.";
    CHOOSE: "Choose a metric to see how it went.", "Wählen Sie eine Metrik, um zu sehen, wie sie verlief.";
    CLEAR: "Remove all…", "Alle entfernen…";
    CLEAR_TITLE: "Remove all metrics?", "Alle Metriken entfernen?";
    CLEAR_QUESTION:
        "All metrics are removed from the data file, with all of their points. That cannot be taken back.",
        "Alle Metriken werden aus der Datendatei entfernt, mit allen ihren Punkten. Das lässt sich nicht zurücknehmen.";
    RANGE: "Time", "Zeit";
    ALL_TIME: "all that is kept", "alles Aufbewahrte";
    CHOSEN_PART: "chosen part", "gewählter Teil";
    TOTALS: "How the sum is shown", "Wie die Summe gezeigt wird";
    RATE: "Rate", "Rate";
    SUM: "Total", "Summe";
    FACES: "How the histogram is shown", "Wie das Histogramm gezeigt wird";
    HEAT: "Heat map", "Heatmap";
    HEAT_TABLE: "Values between the bounds of the heat map", "Werte zwischen den Grenzen der Heatmap";
    BETWEEN: "Between", "Zwischen";
    SHARE: "Share", "Anteil";
    UP_TO: "Up to here", "Bis hierher";
    SPLIT: "Split by", "Aufgeteilt nach";
    PLOT: "The metric over time", "Die Metrik über der Zeit";
    POINTER: "Moment of the plot", "Moment der Kurve";
    POINTER_HINT:
        "Move to read values, drag to see a part, double click for all of it; arrow keys step.",
        "Bewegen liest Werte, Ziehen zeigt einen Teil, Doppelklick alles; Pfeiltasten gehen schrittweise.";
    BACK: "Show all of it", "Alles zeigen";
    SERIES: "Series", "Reihen";
    DRAW: "Draw this series", "Diese Reihe zeichnen";
    POINTS: "Points", "Punkte";
    LAST: "Last", "Zuletzt";
    MEAN: "Mean", "Mittel";
    GREW: "Grew by", "Zuwachs";
    COUNT: "Values", "Werte";
    EVERYTHING: "everything together", "alles zusammen";
    NO_POINTS: "No points in this time.", "Keine Punkte in dieser Zeit.";
    RESTART: "restart", "Neustart";
    EXEMPLARS: "Single measurements; each leads to its trace", "Einzelne Messungen; jede führt zu ihrem Trace";
}

// Lanes and lines.
words! {
    VALUE: "Value", "Wert";
    PER_SECOND: "Growth per second", "Zuwachs je Sekunde";
    CHANGE: "Change per second", "Änderung je Sekunde";
    TOTAL: "Total", "Summe";
    PERCENTILES: "Percentiles", "Perzentile";
    QUANTILES: "Quantiles", "Quantile";
    VALUES: "Values per second", "Werte je Sekunde";
    MEANS: "Mean", "Mittel";
}

// From what percentiles are.
words! {
    FROM_BUCKETS:
        "Percentiles are estimated from the histogram's buckets, as if the values of a bucket lay evenly in it.",
        "Perzentile sind aus den Klassen des Histogramms geschätzt, als lägen die Werte einer Klasse gleichmäßig in ihr.";
    FROM_EXPONENTIAL:
        "Percentiles are estimated from the exponential histogram's buckets, as if the values of a bucket lay evenly in \
         it; histograms of different scales are brought to the coarser one.",
        "Perzentile sind aus den Klassen des exponentiellen Histogramms geschätzt, als lägen die Werte einer Klasse \
         gleichmäßig in ihr; Histogramme verschiedener Feinheit werden auf die gröbere gebracht.";
    CELLS:
        "The fuller a cell, the stronger its colour: how many values fell between its bounds from one point to the next.",
        "Je voller eine Zelle, desto kräftiger ihre Farbe: wie viele Werte von einem Punkt zum nächsten zwischen ihre \
         Grenzen fielen.";
    NO_CELLS:
        "There is nothing to draw: either no values came in this time, or their sender counts them without buckets.",
        "Es gibt nichts zu zeichnen: Entweder kamen in dieser Zeit keine Werte, oder ihr Sender zählt sie ohne Klassen.";
    ROWS_JOINED:
        "There are more buckets than rows; neighbouring ones are put together.",
        "Es gibt mehr Klassen als Zeilen; benachbarte sind zusammengefasst.";
    FROM_SENDER:
        "Quantiles are those that the sender worked out; those of several series cannot be put together.",
        "Quantile sind die, die der Sender berechnet hat; die mehrerer Reihen lassen sich nicht zusammenfassen.";
    MEAN_OF_SERIES:
        "Where series are put together, the mean of their values is shown.",
        "Wo Reihen zusammengefasst sind, wird das Mittel ihrer Werte gezeigt.";
    NEWEST_POINTS:
        "There are more points in this time than are read at once; only the newest were.",
        "In dieser Zeit liegen mehr Punkte, als auf einmal gelesen werden; nur die neuesten wurden es.";
}

// Empty.
words! {
    EMPTY_TITLE: "No metrics yet", "Noch keine Metriken";
    EMPTY_HOW:
        "Start your services with these two environment variables. OpenTelemetry SDKs send their metrics once a minute; \
         OTEL_METRIC_EXPORT_INTERVAL=5000 makes it every five seconds.",
        "Starten Sie Ihre Dienste mit diesen beiden Umgebungsvariablen. OpenTelemetry-SDKs senden ihre Metriken einmal in \
         der Minute; OTEL_METRIC_EXPORT_INTERVAL=5000 macht daraus alle fünf Sekunden.";
}

pub(crate) fn kind(kind: MetricKind) -> &'static str {
    words! {
        GAUGE: "gauge", "Messwert";
        COUNTER: "counter", "Zähler";
        UP_DOWN: "up-down counter", "Auf-ab-Zähler";
        HISTOGRAM: "histogram", "Histogramm";
        EXPONENTIAL: "exponential histogram", "exponentielles Histogramm";
        SUMMARY: "summary", "Summary";
    }
    match kind {
        MetricKind::Gauge => GAUGE.now(),
        MetricKind::Counter => COUNTER.now(),
        MetricKind::UpDownCounter => UP_DOWN.now(),
        MetricKind::Histogram => HISTOGRAM.now(),
        MetricKind::ExponentialHistogram => EXPONENTIAL.now(),
        MetricKind::Summary => SUMMARY.now(),
    }
}

pub(crate) fn temporality(temporality: Temporality) -> Option<&'static str> {
    words! {
        DELTA: "delta", "Differenzen";
        CUMULATIVE: "cumulative", "aufsummiert";
    }
    match temporality {
        Temporality::Unspecified => None,
        Temporality::Delta => Some(DELTA.now()),
        Temporality::Cumulative => Some(CUMULATIVE.now()),
    }
}

/// The small line of a metric in the list, and below its name.
pub(crate) fn about(kind: &str, unit: &str, services: &str) -> String {
    [kind, unit, services].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

pub(crate) fn size(series: u64, points: u64) -> String {
    let whole = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    format!("{} · {}", many(whole(series), noun::SERIES), many(whole(points), noun::DATA_POINT))
}

/// How many are listed, and how many more there are.
pub(crate) fn listed(count: usize, left_out: u64) -> String {
    let metrics = many(count, noun::METRIC);
    if left_out == 0 {
        return metrics;
    }
    say(
        || format!("{metrics}, {left_out} more: search narrows"),
        || format!("{metrics}, {left_out} weitere: Suchen engt ein"),
    )
}

/// Name of a lane with the unit of its values.
pub(crate) fn lane(name: &str, unit: &str) -> String {
    if unit.is_empty() { name.to_owned() } else { format!("{name} ({unit})") }
}

/// `p99`.
pub(crate) fn percentile(share: f64) -> String {
    let percent = format!("{:.4}", share * 100.0);
    format!("p{}", percent.trim_end_matches('0').trim_end_matches('.'))
}

/// `p99 by series`.
pub(crate) fn lane_of(percentile: &str, unit: &str) -> String {
    lane(percentile, unit)
}

pub(crate) fn not_drawn(count: usize) -> String {
    let series = many(count, noun::SERIES);
    say(
        || format!("{series} not drawn; choose below which are."),
        || format!("{series} nicht gezeichnet; wählen Sie unten, welche es werden."),
    )
}

/// Values that are counted but lie in no cell.
pub(crate) fn without_place(count: u64) -> String {
    let values = many(usize::try_from(count).unwrap_or(usize::MAX), noun::VALUE);
    say(
        || format!("{values} not drawn: the buckets changed from one point to the next."),
        || format!("{values} nicht gezeichnet: Die Klassen änderten sich von einem Punkt zum nächsten."),
    )
}

pub(crate) fn left_out(count: u64) -> String {
    let series = many(usize::try_from(count).unwrap_or(usize::MAX), noun::SERIES);
    say(
        || format!("{series} beyond those that are shown; split by less to have all of them."),
        || format!("{series} mehr als gezeigt werden; teilen Sie nach weniger auf, um alle zu haben."),
    )
}

pub(crate) fn gaps(count: usize) -> String {
    say(
        || {
            if count == 1 {
                "1 gap: no points came for a while.".to_owned()
            } else {
                format!("{count} gaps: no points came for a while.")
            }
        },
        || {
            if count == 1 {
                "1 Lücke: eine Weile kamen keine Punkte.".to_owned()
            } else {
                format!("{count} Lücken: eine Weile kamen keine Punkte.")
            }
        },
    )
}

pub(crate) fn restarts(count: u64) -> String {
    say(
        || {
            if count == 1 {
                "1 restart: counting began anew.".to_owned()
            } else {
                format!("{count} restarts: counting began anew.")
            }
        },
        || {
            if count == 1 {
                "1 Neustart: das Zählen begann von vorn.".to_owned()
            } else {
                format!("{count} Neustarts: das Zählen begann von vorn.")
            }
        },
    )
}

/// Between what a small picture moves.
pub(crate) fn between(least: &str, greatest: &str) -> String {
    say(|| format!("from {least} to {greatest}"), || format!("von {least} bis {greatest}"))
}

pub(crate) fn exemplar(value: &str, time: &str, trace: &str) -> String {
    say(|| format!("{value} at {time}, trace {trace}"), || format!("{value} um {time}, Trace {trace}"))
}

pub(crate) fn so_far(points: u64) -> String {
    let points = many(usize::try_from(points).unwrap_or(usize::MAX), noun::DATA_POINT);
    say(|| format!("{points} received since the start"), || format!("{points} seit dem Start empfangen"))
}

pub(crate) fn stored(stored: u64, refused: u64) -> String {
    say(
        || format!("{stored} data points stored · {refused} refused"),
        || format!("{stored} Datenpunkte gespeichert · {refused} abgewiesen"),
    )
}
