//! Curves in a terminal: small bar plots above one time axis, with faults as marked stretches.

use thalweg_charts::{Unit, units};
use thalweg_protocol::{Series, report::FaultReport};
use unicode_width::UnicodeWidthStr;

use crate::{
    table::fit,
    terminal::{ACCENT, BAD, Look, QUIET, plain_line},
};

/// Rows of one plot.
const ROWS: usize = 3;
/// Columns left of the plots.
const GUTTER: usize = 26;
/// Most rows of fault names.
const FAULT_ROWS: usize = 3;

/// How the buckets of one column become one value.
#[derive(Clone, Copy)]
enum Fold {
    /// The mean of them, for rates.
    Mean,
    /// The greatest of them: a short spike must not vanish.
    Max,
}

/// One curve to plot.
struct Curve<'a> {
    name: &'a str,
    unit: Unit,
    fold: Fold,
    values: Vec<Option<f32>>,
}

/// Throughput, latency, lag and dead letters of the whole flow.
pub(crate) fn render(series: &Series, look: Look) -> String {
    if series.buckets == 0 || series.duration_s <= 0.0 {
        return String::new();
    }
    let columns = look.width.saturating_sub(GUTTER + 2).max(20);
    let flow = &series.flow;
    let some = |values: &[f32]| values.iter().copied().map(Some).collect();
    let curves = [
        Curve { name: "throughput", unit: Unit::PerSecond, fold: Fold::Mean, values: some(&flow.completed_per_s) },
        Curve { name: "latency p99", unit: Unit::Milliseconds, fold: Fold::Max, values: flow.p99_ms.clone() },
        Curve { name: "lag", unit: Unit::Count, fold: Fold::Max, values: some(&flow.lag) },
        Curve { name: "dead letters", unit: Unit::Count, fold: Fold::Max, values: some(&flow.dead_letters) },
    ];
    let axis = Axis { columns, duration_s: series.duration_s, faults: &series.faults };
    let mut text = axis.fault_rows(look);
    for curve in &curves {
        text.push_str(&curve.render(&axis, series.bucket_s, look));
    }
    text + &axis.ticks(look)
}

/// The time axis that all plots share.
struct Axis<'a> {
    columns: usize,
    duration_s: f64,
    faults: &'a [FaultReport],
}

impl Axis<'_> {
    fn column(&self, second: f64) -> usize {
        let share = (second / self.duration_s).clamp(0.0, 1.0);
        ((share * self.columns as f64) as usize).min(self.columns.saturating_sub(1))
    }

    fn seconds(&self, column: usize) -> (f64, f64) {
        let width = self.duration_s / self.columns as f64;
        (column as f64 * width, (column + 1) as f64 * width)
    }

    fn is_struck(&self, column: usize) -> bool {
        let (from, until) = self.seconds(column);
        self.faults.iter().any(|fault| fault.from_s < until && fault.until_s > from)
    }

    /// The faults by name, each where it struck; a name comes once and only where there is room.
    fn fault_rows(&self, look: Look) -> String {
        let mut rows: Vec<String> = Vec::new();
        let mut named: Vec<&str> = Vec::new();
        for fault in self.faults {
            if named.contains(&fault.text.as_str()) {
                continue;
            }
            let start = self.column(fault.from_s);
            let length = self.column(fault.until_s).saturating_sub(start) + 1;
            let label = fit(&plain_line(&look.say(&fault.text)), self.columns.saturating_sub(4), look);
            let bar = look.sign("━", "=");
            let text = if length >= label.width() + 4 {
                let rest = length - label.width() - 3;
                format!("{bar} {label} {}", bar.repeat(rest))
            } else {
                format!("{} {label}", bar.repeat(length))
            };
            // What would run over the edge begins earlier.
            let start = start.min(self.columns.saturating_sub(text.width()));
            let free = rows.iter().position(|row| row.width() == 0 || row.width() < start);
            let row = match free {
                Some(row) => row,
                None if rows.len() < FAULT_ROWS => {
                    rows.push(String::new());
                    rows.len() - 1
                }
                None => continue,
            };
            let blank = start.saturating_sub(rows[row].width());
            rows[row] += &format!("{}{text}", " ".repeat(blank));
            named.push(&fault.text);
        }
        rows.iter().map(|row| format!("{}{}\n", " ".repeat(GUTTER + 2), look.paint(BAD, row))).collect()
    }

    fn ticks(&self, look: Look) -> String {
        let count = (self.columns / 14).max(1);
        let mut line = String::new();
        for i in 0..=count {
            let moment = self.duration_s * i as f64 / count as f64;
            let said = if self.duration_s < 10.0 { units::seconds(moment) } else { units::clock(moment) };
            let column = self.column(moment).min(self.columns.saturating_sub(said.width()));
            let blank = column.saturating_sub(line.width());
            if line.is_empty() || blank > 0 {
                line += &format!("{}{said}", " ".repeat(blank));
            }
        }
        format!("{}{}\n", " ".repeat(GUTTER + 2), look.paint(QUIET, line))
    }
}

impl Curve<'_> {
    fn render(&self, axis: &Axis<'_>, bucket_s: f64, look: Look) -> String {
        let values: Vec<Option<f64>> =
            (0..axis.columns).map(|column| self.at(axis.seconds(column), bucket_s)).collect();
        let known = || values.iter().flatten().copied();
        let Some(max) = known().reduce(f64::max) else {
            return format!("{:>GUTTER$} {}\n", self.name, look.paint(QUIET, "no values"));
        };
        let min = known().fold(max, f64::min);
        let wall = look.paint(QUIET, look.sign("│", "|"));
        let mut text = String::new();
        for row in 0..ROWS {
            let label = match row {
                0 => gutter(self.name, &format!("max {}", look.say(&self.unit.say(max)))),
                _ if row == ROWS - 1 => gutter("", &format!("min {}", look.say(&self.unit.say(min)))),
                _ => gutter("", ""),
            };
            let cells = cells(&values, max, ROWS - 1 - row, axis, look);
            text += format!("{label} {wall}{cells}").trim_end();
            text.push('\n');
        }
        text
    }

    /// The value of a column: of the buckets whose middle lies in it, else of the bucket that it lies in.
    fn at(&self, (from, until): (f64, f64), bucket_s: f64) -> Option<f64> {
        if bucket_s <= 0.0 || self.values.is_empty() {
            return None;
        }
        let first = (from / bucket_s - 0.5).ceil().max(0.0) as usize;
        let behind = (until / bucket_s - 0.5).ceil().max(0.0) as usize;
        let inside = self.values.get(first..behind.min(self.values.len())).unwrap_or_default();
        if inside.is_empty() {
            let nearest = (f64::midpoint(from, until) / bucket_s) as usize;
            return self.values.get(nearest).copied().flatten().filter(|v| v.is_finite()).map(f64::from);
        }
        let known: Vec<f64> = inside.iter().flatten().filter(|v| v.is_finite()).map(|v| f64::from(*v)).collect();
        match self.fold {
            Fold::Mean if !known.is_empty() => Some(known.iter().sum::<f64>() / known.len() as f64),
            Fold::Mean => None,
            Fold::Max => known.into_iter().reduce(f64::max),
        }
    }
}

/// One row of cells, `level` rows above the ground, in stretches of one colour.
fn cells(values: &[Option<f64>], max: f64, level: usize, axis: &Axis<'_>, look: Look) -> String {
    let signs: &[&str] = if look.unicode {
        &[" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    } else {
        &[" ", ".", "o", "#"]
    };
    let steps = signs.len() - 1;
    let mut text = String::new();
    let mut stretch = String::new();
    let mut style = None;
    for (column, value) in values.iter().enumerate() {
        let share = value.map_or(0.0, |value| if max > 0.0 { value / max } else { 0.0 });
        let eighths = (share * (ROWS * steps) as f64).ceil() as usize;
        let filled = eighths.saturating_sub(level * steps).min(steps);
        let struck = axis.is_struck(column);
        let (sign, wanted) = match (filled, struck) {
            (0, true) => (look.sign("░", "~"), QUIET),
            (_, true) => (signs[filled], BAD),
            _ => (signs[filled], ACCENT),
        };
        if style != Some(wanted) {
            text += &style.map_or_else(String::new, |style| look.paint(style, &stretch));
            stretch.clear();
            style = Some(wanted);
        }
        stretch.push_str(sign);
    }
    if !look.colour {
        stretch.truncate(stretch.trim_end().len());
    }
    text + &style.map_or_else(String::new, |style| look.paint(style, &stretch))
}
fn gutter(name: &str, label: &str) -> String {
    let blank = GUTTER.saturating_sub(2 + name.width() + label.width());
    format!("  {name}{}{label}", " ".repeat(blank))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::fixture;

    const LOOK: Look = Look { colour: false, unicode: true, width: 80 };

    #[test]
    fn an_outage_can_be_seen() {
        insta::assert_snapshot!(render(&fixture::run().series, LOOK));
    }

    #[test]
    fn in_ascii_too() {
        insta::assert_snapshot!(render(&fixture::run().series, Look { unicode: false, ..LOOK }));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for width in 60..120 {
            let text = render(&fixture::run().series, Look { width, ..LOOK });
            assert!(text.lines().all(|line| line.width() <= width), "{width}:\n{text}");
        }
    }

    #[test]
    fn spikes_stay_and_rates_are_means() {
        let curve = |fold| Curve {
            name: "x",
            unit: Unit::Count,
            fold,
            values: vec![Some(1.0), Some(9.0), None, Some(2.0), None, None],
        };
        assert_eq!(curve(Fold::Max).at((0.0, 3.0), 1.0), Some(9.0));
        assert_eq!(curve(Fold::Mean).at((0.0, 3.0), 1.0), Some(5.0));
        assert_eq!(curve(Fold::Mean).at((4.0, 6.0), 1.0), None);
        assert_eq!(curve(Fold::Max).at((1.2, 1.4), 1.0), Some(9.0), "a column within one bucket");
    }

    #[test]
    fn nothing_to_plot_is_nothing() {
        assert_eq!(render(&Series::default(), LOOK), "");
    }
}
