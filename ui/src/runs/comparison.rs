//! Two runs beside each other: the legend of their curves, and the table of differences.

use leptos::prelude::*;
use thalweg_protocol::{
    Comparison,
    kept::{Difference, DifferentLine, Measure, TurnedExpectation, Verdict},
};

use crate::{
    commands, format,
    state::{App, Shared, app},
    text::runs as text,
};

/// What the run that is looked at is called.
pub(crate) fn title_of_run(app: App) -> String {
    app.history.with(|history| {
        history
            .current()
            .and_then(|id| history.find(id))
            .or(history.shown().map(|shown| &shown.kept))
            .map_or_else(|| text::THIS_RUN.now().to_owned(), text::title)
    })
}

/// What the baseline is called; none when nothing is compared.
pub(crate) fn title_of_baseline(app: App) -> Option<String> {
    app.history.with(|history| {
        let baseline = history.baseline()?;
        // Its name may have changed since it was fetched.
        Some(text::title(history.find(baseline.id).unwrap_or(&baseline.kept)))
    })
}

/// Which lines are whose, with the ways to the table and to the end.
#[component]
pub(crate) fn Legend(
    /// Shows the table.
    table: Callback<()>,
) -> impl IntoView {
    let app = app();
    let run = Memo::new(move |_| title_of_run(app));
    move || {
        title_of_baseline(app).map(|baseline| {
            view! {
                <div class="compare-legend" data-test="compare-legend">
                    <i class="whole"></i>
                    <span class="title" title=move || run.get()>{move || run.get()}</span>
                    <i class="dashed"></i>
                    <span class="title" title=baseline.clone()>{baseline.clone()}</span>
                    <button class="small" data-test="comparison-open" title=text::TABLE on:click=move |_| table.run(())>
                        {text::DIFFERENCES}
                    </button>
                    <button
                        class="small"
                        data-test="legend-end"
                        title=text::END_COMPARISON
                        aria-label=text::END_COMPARISON
                        on:click=move |_| app.end_comparison()
                    >
                        "×"
                    </button>
                </div>
            }
        })
    }
}

/// Everything that two runs differ in.
#[component]
pub(crate) fn ComparisonTable() -> impl IntoView {
    let app = app();
    let comparison = Memo::new(move |_| app.history.with(crate::state::History::comparison));
    let tool = move |command: &'static commands::Command, test: &'static str, label: crate::text::Word| {
        view! {
            <button class="small" data-test=test disabled=move || !command.is_enabled(app) on:click=move |_| command.run(app)>
                {label}
            </button>
        }
    };
    view! {
        <div class="comparison-head">
            <span class="names">
                <i class="dashed"></i>
                <b>{move || title_of_baseline(app)}</b>
                <span class="arrow" aria-hidden="true">"→"</span>
                <i class="whole"></i>
                <b>{move || title_of_run(app)}</b>
            </span>
            {tool(&commands::history::SWAP, "comparison-swap", text::SWAP_SHORT)}
            {tool(&commands::history::END, "comparison-end", text::END)}
        </div>
        <div class="comparison" data-test="comparison" tabindex="0" role="region" aria-label=text::TABLE>
            {move || match comparison.get() {
                Some(comparison) => view! { <Told comparison /> }.into_any(),
                None => view! { <p class="note">{text::COMPARING}</p> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Told(comparison: Shared<Comparison>) -> impl IntoView {
    let rows = |of_nodes: bool| {
        let chosen = comparison.differences.iter().filter(|difference| difference.node.is_some() == of_nodes);
        chosen.map(row).collect_view()
    };
    let has_nodes = comparison.differences.iter().any(|difference| difference.node.is_some());
    let why = comparison.no_intervals.map(|why| {
        view! { <p class="note why" data-test="no-intervals">{text::no_intervals(why)} " " {text::MORE}</p> }
    });
    view! {
        {why}
        <table class="differences" data-test="differences">
            <thead>
                <tr>
                    <th scope="col">{text::WHAT}</th>
                    <th scope="col" class="right">{text::BASELINE_RUN}</th>
                    <th scope="col" class="right">{text::THIS_RUN}</th>
                    <th scope="col" class="right">{text::DIFFERENCE}</th>
                    <th scope="col" class="right">{text::PERCENT}</th>
                    <th scope="col" class="right" title=text::INTERVAL_HINT>{text::INTERVAL}</th>
                    <th scope="col">{text::VERDICT}</th>
                </tr>
            </thead>
            <tbody>
                <tr class="section"><th colspan="7" scope="rowgroup">{text::FLOW}</th></tr>
                {rows(false)}
                {has_nodes.then(|| view! { <tr class="section"><th colspan="7" scope="rowgroup">{text::NODES}</th></tr> })}
                {rows(true)}
            </tbody>
        </table>
        <div class="further">
            {turned(&comparison)}
            {settings(&comparison)}
            {document(&comparison)}
        </div>
    }
}

fn row(difference: &Difference) -> impl IntoView + use<> {
    let measure = difference.measure;
    let value = |value: Option<f64>| value.map_or_else(|| format::UNKNOWN.to_owned(), |value| say(measure, value));
    let what = match (&difference.node, &difference.group) {
        (Some(node), Some(group)) => format!("{node} / {group} · {}", &*text::measure(measure)),
        (Some(node), None) => format!("{node} · {}", &*text::measure(measure)),
        (None, _) => text::measure(measure).now().to_owned(),
    };
    let change = difference.difference.map(|change| signed(measure, change));
    let share = difference.share.map(|share| with_sign(share, format::share(share.abs())));
    let interval = difference.ci95.map(|[low, high]| format!("{} … {}", signed(measure, low), signed(measure, high)));
    let (words, hint) = match difference.verdict {
        Verdict::Higher => (text::HIGHER.now(), None),
        Verdict::Lower => (text::LOWER.now(), None),
        Verdict::CannotTell => (text::CANNOT_TELL.now(), Some(text::CANNOT_TELL_HINT.now())),
        Verdict::Same => (text::SAME.now(), None),
        Verdict::NoInterval => (format::UNKNOWN, None),
    };
    let better = difference.is_better();
    let tone = match better {
        Some(true) => "figure right better",
        Some(false) => "figure right worse",
        None => "figure right",
    };
    let verdict = match better {
        Some(true) => "verdict better",
        Some(false) => "verdict worse",
        None => "verdict",
    };
    let place = difference.node.as_deref().unwrap_or("flow");
    view! {
        <tr data-test=format!("difference-{place}-{measure:?}") data-verdict=format!("{:?}", difference.verdict)>
            <th scope="row" class="selectable">{what}</th>
            <td class="figure right selectable">{value(difference.before)}</td>
            <td class="figure right selectable">{value(difference.after)}</td>
            <td class=format!("{tone} selectable")>{change}</td>
            <td class=format!("{tone} selectable")>{share}</td>
            <td class="figure right selectable">{interval}</td>
            <td class=verdict title=hint>{words}</td>
        </tr>
    }
}

fn say(measure: Measure, value: f64) -> String {
    match measure {
        Measure::ThroughputPerS => format::rate(value),
        Measure::MeanMs | Measure::P50Ms | Measure::P95Ms | Measure::P99Ms => format::millis(value),
        Measure::DeadLetters | Measure::Retries | Measure::Lag | Measure::Depth => format::count(value),
        Measure::Utilization => format::share(value),
    }
}

fn signed(measure: Measure, value: f64) -> String {
    with_sign(value, say(measure, value.abs()))
}

fn with_sign(value: f64, shown: String) -> String {
    match value {
        v if v > 0.0 => format!("+{shown}"),
        v if v < 0.0 => format!("−{shown}"),
        _ => shown,
    }
}

fn turned(comparison: &Comparison) -> impl IntoView + use<> {
    let cell = |held: Option<bool>, measured: Option<&String>| {
        let (sign, word, class) = match held {
            Some(true) => ("✓", text::HELD, "ok"),
            Some(false) => ("✕", text::BROKEN, "bad"),
            None => ("–", text::ABSENT, "quiet"),
        };
        view! { <td class=class>{sign} " " {word} " " <code class="selectable">{measured.cloned()}</code></td> }
    };
    let rows = comparison.turned.iter().map(|turned: &TurnedExpectation| {
        view! {
            <tr>
                <th scope="row"><code class="selectable">{turned.text.clone()}</code></th>
                {cell(turned.before, turned.before_text.as_ref())}
                {cell(turned.after, turned.after_text.as_ref())}
            </tr>
        }
    });
    (!comparison.turned.is_empty()).then(|| {
        view! {
            <section data-test="turned">
                <h3 class="heading">{text::TURNED}</h3>
                <table><tbody>{rows.collect_view()}</tbody></table>
            </section>
        }
    })
}

fn settings(comparison: &Comparison) -> impl IntoView + use<> {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| format::UNKNOWN.to_owned());
    let rows = comparison.settings.iter().map(|different| {
        view! {
            <tr>
                <th scope="row">{text::setting(&different.setting)}</th>
                <td><code class="selectable">{value(&different.before)}</code></td>
                <td><code class="selectable">{value(&different.after)}</code></td>
            </tr>
        }
    });
    (!comparison.settings.is_empty()).then(|| {
        view! {
            <section data-test="different-settings">
                <h3 class="heading">{text::SETTINGS}</h3>
                <table><tbody>{rows.collect_view()}</tbody></table>
            </section>
        }
    })
}

fn document(comparison: &Comparison) -> impl IntoView + use<> {
    let difference = comparison.text.clone()?;
    let line = |line: &DifferentLine| {
        let (class, sign, word) =
            if line.added { ("line added", "+", text::ADDED) } else { ("line removed", "−", text::REMOVED) };
        view! {
            <div class=class>
                <span class="number">{line.number}</span>
                <span class="sign" role="img" aria-label=word>{sign}</span>
                <code class="selectable">{line.text.clone()}</code>
            </div>
        }
    };
    let body = if difference.lines.is_empty() {
        view! { <p class="note">{text::SAME_TEXT}</p> }.into_any()
    } else {
        let more = (difference.left_out > 0).then(|| text::left_out(difference.left_out));
        view! {
            <div class="lines">{difference.lines.iter().map(line).collect_view()}</div>
            {more.map(|more| view! { <p class="note">{more}</p> })}
        }
        .into_any()
    };
    Some(view! {
        <section data-test="different-text">
            <h3 class="heading">{text::TEXT}</h3>
            {body}
        </section>
    })
}
