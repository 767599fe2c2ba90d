//! The list of metrics: name, kind, last value and course in small. Only rows in sight are on the page, and only those ask for
//! their small picture.

use std::fmt::Write as _;

use leptos::{ev, html, prelude::*};
use thalweg_protocol::MetricLine;

use super::curves;
use crate::{
    format,
    kit::{is_command, measure},
    logs::grave::head,
    state::{App, ListedMetric, MetricKey, MetricList, Shared, Spark, app, fitting},
    text::metrics as text,
    traces::{in_sight, scroll_to},
};

/// Height of a row in pixels; the styles say the same.
const ROW: f64 = 52.0;
/// Width and height of a small picture, in its own units.
const SPARK: [f64; 2] = [88.0, 20.0];
/// How long one stops typing before the engine is asked, in milliseconds.
const TYPING: u64 = 250;
/// A small picture is drawn anew when its latest point is so much older, in nanoseconds.
const FRESH: u64 = 4_000_000_000;

#[component]
pub(super) fn List() -> impl IntoView {
    let app = app();
    let element = NodeRef::<html::Div>::new();
    let size = measure(element);
    let scroll_top = RwSignal::new(0.0);
    // Metrics change with every small picture that comes; the list is looked through only when it or the search is another.
    let all = Memo::new(move |_| app.metrics.with(|metrics| metrics.list.clone()));
    let search = Memo::new(move |_| app.metrics.with(|metrics| metrics.search.clone()));
    let listed: Memo<Vec<Shared<ListedMetric>>> =
        Memo::new(move |_| all.with(|all: &MetricList| search.with(|search| fitting(all, search))));
    let left_out = Memo::new(move |_| app.metrics.with(|metrics| metrics.left_out));
    // What is at hand is looked through at once, everything else when one stops typing.
    let typed = RwSignal::new(0_u32);
    let later = move |()| {
        typed.update(|typed| *typed = typed.wrapping_add(1));
        let now = typed.get_untracked();
        set_timeout(
            move || {
                if typed.try_get_untracked() == Some(now) {
                    app.fetch_metrics();
                }
            },
            std::time::Duration::from_millis(TYPING),
        );
    };
    let rows = move || {
        listed.with(|listed| {
            let (first, last) = in_sight(scroll_top.get(), size.get()[1], ROW, listed.len());
            let rows = listed[first..last].iter().enumerate();
            rows.map(|(i, metric)| (first + i, metric.key.clone())).collect::<Vec<_>>()
        })
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let at = app.metrics.with_untracked(|metrics| metrics.selected.clone());
        let at = at.and_then(|at| listed.with_untracked(|listed| listed.iter().position(|metric| metric.key == at)));
        let Some(last) = listed.with_untracked(Vec::len).checked_sub(1) else { return };
        let to = match event.key().as_str() {
            "ArrowDown" => at.map_or(0, |at| (at + 1).min(last)),
            "ArrowUp" => at.map_or(0, |at| at.saturating_sub(1)),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        app.select_metric(listed.with_untracked(|listed| listed.get(to).map(|metric| metric.key.clone())));
        let target = scroll_to(to, ROW, scroll_top.get_untracked(), size.get_untracked()[1]);
        if let (Some(element), Some(target)) = (element.get_untracked(), target) {
            element.set_scroll_top(target as i32);
        }
    };
    let selected = move || app.metrics.with(|metrics| metrics.selected.as_ref().map(MetricKey::mark));
    view! {
        <section class="metric-side" aria-label=text::LIST>
            <div class="signal-bar" role="search">
                <input
                    class="input search-text"
                    type="search"
                    data-test="metrics-search"
                    aria-label=text::SEARCH
                    placeholder=text::SEARCH_WHAT
                    prop:value=move || app.metrics.with(|metrics| metrics.search.clone())
                    on:input=move |event| {
                        app.metrics.update(|metrics| metrics.search = event_target_value(&event));
                        later(());
                    }
                    on:keydown=move |event| {
                        if !is_command(&event) {
                            event.stop_propagation();
                        }
                    }
                />
            </div>
            <div class="metric-count">
                <span role="status" data-test="metric-count">{move || text::listed(listed.with(Vec::len), left_out.get())}</span>
                <span class="grow"></span>
                <button class="small" data-test="metrics-clear" on:click=move |_| app.ask_to_clear_metrics()>{text::CLEAR}</button>
            </div>
            <div
                class="metric-list"
                role="listbox"
                aria-label=text::LIST
                aria-activedescendant=selected
                tabindex="0"
                node_ref=element
                on:scroll=move |_| {
                    if let Some(element) = element.get_untracked() {
                        scroll_top.set(f64::from(element.scroll_top()));
                    }
                }
                on:keydown=key
            >
                <Show when=move || listed.with(Vec::is_empty)>
                    <p class="nothing-found" role="presentation">{text::NOTHING_FITS}</p>
                </Show>
                <div class="metric-rows" role="presentation" style:height=move || format!("{}px", listed.with(Vec::len) as f64 * ROW)>
                    <For each=rows key=Clone::clone let:row>{line(app, listed, row.0, row.1)}</For>
                </div>
            </div>
        </section>
    }
}

fn line(app: App, listed: Memo<Vec<Shared<ListedMetric>>>, place: usize, key: MetricKey) -> impl IntoView {
    let known = {
        let key = key.clone();
        // A row is at its place for as long as it is on the page.
        Memo::new(move |_| {
            listed.with(|listed| listed.get(place).filter(|metric| metric.key == key).map(|metric| metric.line.clone()))
        })
    };
    let on = {
        let key = key.clone();
        Memo::new(move |_| app.metrics.with(|metrics| metrics.selected.as_ref() == Some(&key)))
    };
    let spark = {
        let key = key.clone();
        Memo::new(move |_| app.metrics.with(|metrics| metrics.sparks.get(&key).cloned()))
    };
    {
        let key = key.clone();
        let due = Memo::new(move |_| {
            let [first, last] =
                known.with(|known| known.as_ref().map(|line| [line.first_unix_nano, line.last_unix_nano]))?;
            let (drawn, range) =
                app.metrics.with(|metrics| (metrics.sparks.get(&key).map(|spark| spark.last_unix_nano), metrics.range));
            let is_due = drawn.is_none_or(|drawn| last.saturating_sub(drawn) >= FRESH);
            // With the range: what is under way for another one is not taken.
            is_due.then(|| (key.clone(), range, [first, last]))
        });
        Effect::new(move |_| {
            if let Some((key, range, ends)) = due.get() {
                app.fetch_spark(key, range, ends);
            }
        });
    }
    let (mark, choose) = (key.mark(), key.clone());
    view! {
        <div
            id=mark.clone()
            class="metric-row"
            class:on=move || on.get()
            role="option"
            aria-selected=move || on.get().to_string()
            data-test=format!("metric-{}", key.name)
            style:transform=format!("translateY({}px)", place as f64 * ROW)
            on:click=move |_| app.select_metric(Some(choose.clone()))
        >
            {move || known.with(|known| known.as_ref().map(content))}
            {move || {
                let unit = known.with(|known| known.as_ref().map(|line| line.unit.clone())).unwrap_or_default();
                spark.with(|spark| spark.as_ref().map(|spark| picture(spark, &unit)))
            }}
        </div>
    }
}

fn content(line: &MetricLine) -> impl IntoView + use<> {
    let last = line.last.map_or_else(|| format::UNKNOWN.to_owned(), |last| curves::in_words(last, &line.unit));
    let about = text::about(text::kind(line.kind), &head(&line.unit, 20), &head(&line.services.join(", "), 120));
    let name = head(&line.name, 160);
    view! {
        <b title=name.clone()>{name.clone()}</b>
        <small title=about.clone()>{about.clone()}</small>
        <code title=last.clone() data-test="metric-last">{last.clone()}</code>
    }
}

/// A line, broken where nothing came; who does not see it hears between what it moves.
fn picture(spark: &Spark, unit: &str) -> impl IntoView + use<> {
    let said = curves::ends_in_words(spark, unit).map(|[least, greatest]| text::between(&least, &greatest));
    let [width, height] = SPARK;
    let step = width / spark.values.len().max(1) as f64;
    let mut path = String::new();
    let mut is_drawing = false;
    for (i, value) in spark.values.iter().enumerate() {
        if let Some(value) = value {
            let (x, y) = ((i as f64 + 0.5) * step, 2.0 + (1.0 - value) * (height - 4.0));
            // Writing into a string cannot fail.
            let _ = write!(path, "{}{x:.1} {y:.1}", if is_drawing { "L" } else { "M" });
            if !is_drawing {
                // A point alone is seen too.
                let _ = write!(path, "h0.01");
            }
        }
        is_drawing = value.is_some();
    }
    view! {
        <svg
            class="metric-spark"
            viewBox="0 0 88 20"
            preserveAspectRatio="none"
            role="img"
            aria-label=said.unwrap_or_else(|| text::NO_POINTS.now().to_owned())
            data-test="metric-spark"
        >
            <path d=path />
        </svg>
    }
}
