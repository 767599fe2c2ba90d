//! What the operations of services take: a table, its most costly rows first, with rate and duration over time. A click lists the
//! traces of an operation. Only rows in sight are on the page.

use std::cmp::Ordering;
use std::fmt::Write as _;

use leptos::{html, prelude::*};
use thalweg_protocol::survey::{OperationLine, OperationTable};
use thalweg_spans::filter::{Expr, Field, Op, Value};

use super::{colours, ruler::in_sight};
use crate::{
    format,
    kit::measure,
    state::{Shared, app},
    text::{Word, surveys as text},
};

/// Height of a row in pixels; the styles say the same.
const ROW: f64 = 32.0;
/// Width and height of a small curve.
const SPARK: [f64; 2] = [96.0, 20.0];

/// What rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Operation,
    Rate,
    Errors,
    P50,
    P95,
    P99,
    Share,
}

const COLUMNS: [(Column, Word, &str); 7] = [
    (Column::Operation, text::OPERATION, "sort-operation"),
    (Column::Rate, text::RATE, "sort-rate"),
    (Column::Errors, text::ERRORS, "sort-errors"),
    (Column::P50, text::P50, "sort-p50"),
    (Column::P95, text::P95, "sort-p95"),
    (Column::P99, text::P99, "sort-p99"),
    (Column::Share, text::SHARE, "sort-share"),
];

/// By which column, and whether upwards.
type Sorting = (Column, bool);

fn compared(column: Column, a: &OperationLine, b: &OperationLine) -> Ordering {
    let failing = |line: &OperationLine| line.errors as f64 / line.spans.max(1) as f64;
    match column {
        Column::Operation => (&a.service, &a.name).cmp(&(&b.service, &b.name)),
        Column::Rate => a.per_s.total_cmp(&b.per_s),
        Column::Errors => failing(a).total_cmp(&failing(b)),
        Column::P50 => a.p50_ms.total_cmp(&b.p50_ms),
        Column::P95 => a.p95_ms.total_cmp(&b.p95_ms),
        Column::P99 => a.p99_ms.total_cmp(&b.p99_ms),
        Column::Share => a.share.total_cmp(&b.share),
    }
}

/// The rows in their order.
fn sorted(lines: &[OperationLine], (column, up): Sorting) -> Vec<usize> {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| {
        let found = compared(column, &lines[*a], &lines[*b]);
        if up { found } else { found.reverse() }
    });
    order
}

#[component]
pub(super) fn OperationsView() -> impl IntoView {
    let app = app();
    let element = NodeRef::<html::Div>::new();
    let size = measure(element);
    let scroll_top = RwSignal::new(0.0);
    let sorting = RwSignal::new((Column::Share, false));
    let found = Memo::new(move |_| app.surveys.operations.with(|operations| operations.found.clone()));
    Effect::new(move |_| {
        app.filtering.asked.track();
        app.ask_operations();
    });
    let order = Memo::new(move |_| {
        let sorting = sorting.get();
        found.with(|found| found.as_ref().map(|found| sorted(&found.operations, sorting)).unwrap_or_default())
    });
    let count = move || order.with(Vec::len);
    let rows = move || {
        let found = found.get()?;
        let (first, last) = in_sight(scroll_top.get(), size.get()[1], ROW, count());
        let shown = order.with(|order| order.get(first..last).map(<[usize]>::to_vec).unwrap_or_default());
        let lines = shown.into_iter().enumerate().filter_map(|(at, line)| {
            let operation = found.operations.get(line)?;
            Some(row(&found, operation, first + at))
        });
        Some(lines.collect_view())
    };
    view! {
        <section class="operations" data-test="operations" aria-label=text::OPERATIONS>
            <p class="operations-said" data-test="operations-said" role="status">
                {move || found.with(|found| said(found.as_deref(), app.surveys.operations.with(|o| o.share)))}
            </p>
            <div class="operations-table" role="table" aria-rowcount=move || (count() + 1).to_string()>
                <div class="operations-head" role="row">
                    {COLUMNS.into_iter().map(|column| head(sorting, column)).collect_view()}
                    <span role="columnheader">{text::RATE_OVER_TIME}</span>
                    <span role="columnheader">{text::P95_OVER_TIME}</span>
                </div>
                <div
                    class="operations-rows"
                    node_ref=element
                    on:scroll=move |_| {
                        if let Some(element) = element.get_untracked() {
                            scroll_top.set(f64::from(element.scroll_top()));
                        }
                    }
                >
                    <div class="operations-all" style:height=move || format!("{}px", count() as f64 * ROW)>{rows}</div>
                </div>
            </div>
        </section>
    }
}

fn said(found: Option<&OperationTable>, share: f64) -> String {
    let Some(found) = found else { return text::OPERATIONS_WAIT.now().to_owned() };
    let under_way = (share < 1.0 && share > 0.0).then(|| format::share(share));
    text::operations_all(
        found.operations.len(),
        [found.spans, found.left_out, found.undecided],
        found.cut,
        &format::share(found.percentile_error),
        under_way.as_deref(),
    )
}

fn head(sorting: RwSignal<Sorting>, (column, label, test): (Column, Word, &'static str)) -> impl IntoView {
    let is_this = move || sorting.with(|(by, _)| *by == column);
    let up = move || sorting.with(|(_, up)| *up);
    let sort = move || match (is_this(), up()) {
        (false, _) => "none",
        (true, true) => "ascending",
        (true, false) => "descending",
    };
    let sign = move || match (is_this(), up()) {
        (false, _) => "",
        (true, true) => " ↑",
        (true, false) => " ↓",
    };
    // Names from A on, figures from the greatest on.
    let choose = move |_| {
        sorting.update(|(by, up)| {
            *up = if *by == column { !*up } else { column == Column::Operation };
            *by = column;
        });
    };
    view! {
        <span role="columnheader" aria-sort=sort>
            <button data-test=test on:click=choose>{label}{sign}</button>
        </span>
    }
}

fn row(table: &Shared<OperationTable>, line: &OperationLine, place: usize) -> impl IntoView + use<> {
    let app = app();
    let condition = condition(&line.service, &line.name);
    let failing = line.errors as f64 / line.spans.max(1) as f64;
    let name = if line.name.is_empty() { text::NO_NAME.now().to_owned() } else { line.name.clone() };
    let title = text::list_of(&line.service, &name);
    let times = [line.p50_ms, line.p95_ms, line.p99_ms].into_iter().map(|ms| {
        view! { <code role="cell">{format::millis(ms)}</code> }
    });
    let times = times.collect_view();
    let rates: Vec<Option<f64>> = line.rates.iter().map(|rate| Some(*rate)).collect();
    let peak = line.rates.iter().copied().fold(0.0, f64::max);
    let slowest = line.p95s_ms.iter().flatten().copied().fold(0.0, f64::max);
    view! {
        <div
            class="operations-row"
            role="row"
            aria-rowindex=(place + 2).to_string()
            style:transform=format!("translateY({}px)", place as f64 * ROW)
        >
            <span role="cell" class="operation">
                <i class=format!("trace-{}", colours::wish(&line.service)) aria-hidden="true"></i>
                <button
                    data-test=format!("operation-{}-{}", line.service, line.name)
                    title=title
                    on:click=move |_| app.narrow(&condition)
                >
                    <small>{line.service.clone()}</small>
                    {name}
                </button>
            </span>
            <code role="cell" title=text::spans(line.spans)>{format::rate(line.per_s)}</code>
            <code role="cell" class:bad=move || { failing > 0.0 }>
                {if line.errors == 0 { "–".to_owned() } else { format::share(failing) }}
            </code>
            {times}
            <code role="cell" class="operation-share">
                <i style:width=format!("{:.1}%", line.share * 100.0) aria-hidden="true"></i>
                {format::share(line.share)}
            </code>
            <span role="cell" class="spark" title=text::at_most(&format::rate(peak), table.slot_s)>
                {spark(&rates)}
            </span>
            <span role="cell" class="spark slow" title=text::at_most(&format::millis(slowest), table.slot_s)>
                {spark(&line.p95s_ms)}
            </span>
        </div>
    }
}

/// The condition that finds an operation's spans.
fn condition(service: &str, name: &str) -> String {
    let equal = |field, text: &str| Expr::Compare(field, Op::Equal, Value::Text(text.to_owned()));
    Expr::all([equal(Field::Service, service), equal(Field::Name, name)]).to_string()
}

/// A small curve; where there is no value it has a gap.
fn spark(values: &[Option<f64>]) -> impl IntoView + use<> {
    let [width, height] = SPARK;
    view! {
        <svg viewBox=format!("0 0 {width} {height}") aria-hidden="true">
            <path d=path(values) />
        </svg>
    }
}

fn path(values: &[Option<f64>]) -> String {
    let [width, height] = SPARK;
    let most = values.iter().flatten().copied().fold(0.0, f64::max);
    let step = width / values.len().saturating_sub(1).max(1) as f64;
    let mut path = String::new();
    let mut goes_on = false;
    for (at, value) in values.iter().enumerate() {
        if let Some(value) = value {
            let (x, y) =
                (at as f64 * step, height - 1.0 - if most > 0.0 { value / most } else { 0.0 } * (height - 2.0));
            // A value between gaps is a dot: a line of no length with a round end.
            let sign = if goes_on { 'L' } else { 'M' };
            // Writing to a text cannot fail.
            let _ = write!(path, "{sign}{x:.1} {y:.1}");
            if !goes_on {
                let _ = write!(path, "L{x:.1} {y:.1}");
            }
        }
        goes_on = value.is_some();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, per_s: f64, share: f64) -> OperationLine {
        OperationLine {
            service: "shop".into(),
            name: name.into(),
            spans: 10,
            per_s,
            errors: 0,
            p50_ms: 1.0,
            p95_ms: 2.0,
            p99_ms: 3.0,
            max_ms: 4.0,
            total_ms: 10.0,
            share,
            rates: vec![],
            p95s_ms: vec![],
        }
    }

    #[test]
    fn rows_are_sorted_both_ways() {
        let lines = [line("b", 1.0, 0.1), line("a", 3.0, 0.2), line("c", 2.0, 0.7)];
        assert_eq!(sorted(&lines, (Column::Share, false)), [2, 1, 0]);
        assert_eq!(sorted(&lines, (Column::Rate, true)), [0, 2, 1]);
        assert_eq!(sorted(&lines, (Column::Operation, true)), [1, 0, 2]);
    }

    #[test]
    fn curves_have_gaps() {
        assert_eq!(path(&[Some(2.0), Some(1.0), None, Some(0.0)]), "M0.0 1.0L0.0 1.0L32.0 10.0M96.0 19.0L96.0 19.0");
        assert_eq!(path(&[]), "");
    }

    #[test]
    fn an_operation_is_a_condition() {
        assert_eq!(condition("shop", "POST /orders"), "service = \"shop\" and name = \"POST /orders\"");
    }
}
