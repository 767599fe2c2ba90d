//! One metric: its curves over the chosen time, split by what one wants to tell apart, with the measurements that lead to traces.

use leptos::{ev, prelude::*};
use thalweg_protocol::{MetricLine, signals::MetricKind};

use super::{
    curves::{self, Drawn},
    heat, table,
};
use crate::{
    logs::grave::head,
    state::{App, Metrics, Range, Shared, Totals, app, is_spread},
    text::{self as words, metrics as text},
    timeline::Panel,
    traces::{Face, when},
};

/// Ranges of time up to now, in seconds.
const RANGES: [u32; 8] = [60, 300, 900, 3600, 21_600, 86_400, 604_800, 2_592_000];
/// How the choice of a range calls all that is kept.
const ALL: &str = "all";
/// Marks on one plot: more cannot be told apart.
const MARKS: usize = 150;
/// Shortest part that dragging chooses, in seconds.
const SHORTEST: f64 = 0.1;

#[component]
pub(super) fn One() -> impl IntoView {
    let app = app();
    let line = Memo::new(move |_| app.metrics.with(|metrics| metrics.line().cloned()));
    let chosen = RwSignal::new(None::<Vec<String>>);
    let key = Memo::new(move |_| app.metrics.with(|metrics| (metrics.selected.clone(), metrics.split.clone())));
    // Other series, another choice. A memo that nobody reads follows nothing: to track it alone would never tell of a change.
    Effect::new(move |_| {
        key.with(|_| ());
        chosen.set(None);
    });
    let source = Memo::new(move |_| app.metrics.with(|metrics| (metrics.shown.clone(), metrics.totals)));
    let drawn = Memo::new(move |_| {
        let (shown, totals) = source.get();
        let offset = -js_sys::Date::new_0().get_timezone_offset() * 60.0;
        shown.map(|shown| Shared::new(curves::drawn(&shown, totals, chosen.get().as_deref(), offset)))
    });
    let has_line = Memo::new(move |_| line.with(Option::is_some));
    let has_drawn = Memo::new(move |_| drawn.with(Option::is_some));
    view! {
        <section class="metric-one" data-test="metric-one">
            <Show when=move || has_line.get() fallback=|| view! { <div class="empty">{text::CHOOSE}</div> }>
                {move || line.get().map(|line| about(&line))}
                <Show when=move || has_drawn.get() fallback=|| view! { <div class="empty">{text::LOADING_ONE}</div> }>
                    <Curves drawn />
                    {move || drawn.get().map(|drawn| notes(app, &drawn))}
                    <heat::Table drawn />
                    <table::Table drawn chosen />
                </Show>
            </Show>
        </section>
    }
}

fn about(line: &MetricLine) -> impl IntoView + use<> {
    let kind = match text::temporality(line.temporality) {
        Some(temporality) => format!("{}, {temporality}", text::kind(line.kind)),
        None => text::kind(line.kind).to_owned(),
    };
    let services = head(&line.services.join(", "), 200);
    let says = text::about(&kind, &head(&line.unit, 40), &services);
    view! {
        <header class="metric-about">
            <h2 class="selectable" data-test="metric-name">{head(&line.name, 400)}</h2>
            <p class="sub" data-test="metric-about">{says}" · "{text::size(line.series, line.points)}</p>
            {(!line.description.is_empty()).then(|| view! { <p class="says selectable">{head(&line.description, 600)}</p> })}
        </header>
    }
}

#[component]
fn Curves(drawn: Memo<Option<Shared<Drawn>>>) -> impl IntoView {
    let app = app();
    let model = Memo::new(move |_| drawn.get().map(|drawn| Shared::new(drawn.timeline.clone())));
    let shown = Memo::new(move |_| {
        app.metrics.with(|metrics| metrics.shown.as_ref().map(|shown| format!("{} {}", shown.key.mark(), shown.cells)))
    });
    // A heat map without cells does not tell yet what suits it.
    let suited = Memo::new(move |_| {
        let is_wide = drawn.with(|drawn| drawn.as_ref().and_then(|drawn| heat::suits_powers(&drawn.timeline)))?;
        Some((shown.get()?, is_wide))
    });
    let name = Signal::derive(move || {
        app.metrics.with(|metrics| metrics.line().map(|line| line.name.clone()).unwrap_or_default())
    });
    let zoomed = Signal::derive(move || app.metrics.with(|metrics| matches!(metrics.range, Range::Between(..))));
    let zoom = Callback::new(move |(part,): (Option<(f64, f64)>,)| match part {
        Some((from, to)) if to - from >= SHORTEST => {
            let Some(begin) =
                app.metrics.with_untracked(|metrics| metrics.shown.as_ref().map(|shown| shown.from_unix_nano))
            else {
                return;
            };
            let at = |second: f64| begin.saturating_add((second.max(0.0) * 1e9) as u64);
            show_range(app, Range::Between(at(from), at(to)));
        }
        None => {
            if let Some(range) = app.metrics.with_untracked(Metrics::around) {
                show_range(app, range);
            }
        }
        Some(_) => {}
    });
    let above = Callback::new(move |(board,): (crate::timeline::Board,)| {
        let marks = drawn.get().map(|drawn| drawn.marks.clone()).unwrap_or_default();
        let skipped = marks.len().saturating_sub(MARKS);
        let marks = marks.into_iter().skip(skipped).filter_map(|mark| {
            let [x, y] = board.place(mark.second, mark.value)?;
            let label = text::exemplar(&mark.said, &when::fine(mark.unix_nano), &mark.trace_id);
            let (trace_id, span_id) = (mark.trace_id.clone(), mark.span_id.clone());
            Some(view! {
                <button
                    class="exemplar"
                    data-test="exemplar"
                    title=label.clone()
                    aria-label=label
                    style:left=format!("{x:.1}px")
                    style:top=format!("{y:.1}px")
                    on:click=move |_| app.open_span(&trace_id, Some(span_id.as_str()).filter(|id| !id.is_empty()), Face::Waterfall)
                ></button>
            })
        });
        view! { <div class="exemplars" role="group" aria-label=text::EXEMPLARS>{marks.collect_view()}</div> }.into_any()
    });
    view! {
        <Panel model name zoom zoomed suited above>
            {range(app)}
            {totals(app)}
            {faces(app)}
            {split(app)}
        </Panel>
    }
}

fn show_range(app: App, range: Range) {
    app.metrics.update(|metrics| metrics.look_at(range));
    app.fetch_metric();
}

fn range(app: App) -> impl IntoView {
    let chosen = move || {
        app.metrics.with(|metrics| match metrics.range {
            Range::Last(seconds) => seconds.to_string(),
            Range::All => ALL.to_owned(),
            Range::Between(..) => String::new(),
        })
    };
    let is_part = Memo::new(move |_| app.metrics.with(|metrics| matches!(metrics.range, Range::Between(..))));
    let choose = move |event: ev::Event| {
        let value = event_target_value(&event);
        if value == ALL {
            show_range(app, Range::All);
        } else if let Ok(seconds) = value.parse() {
            show_range(app, Range::Last(seconds));
        }
    };
    view! {
        <select class="choice" data-test="metric-range" aria-label=text::RANGE prop:value=chosen on:change=choose>
            {move || is_part.get().then(|| view! { <option value="" selected=true>{text::CHOSEN_PART}</option> })}
            {RANGES
                .map(|seconds| {
                    let is_chosen = move || chosen() == seconds.to_string();
                    view! { <option value=seconds.to_string() selected=is_chosen>{words::logs::last(seconds)}</option> }
                })
                .collect_view()}
            <option value=ALL selected=move || chosen() == ALL>{text::ALL_TIME}</option>
        </select>
    }
}

/// Of what is added up: how fast it grows, or what it has come to.
fn totals(app: App) -> impl IntoView {
    let is_sum = Memo::new(move |_| {
        app.metrics.with(|metrics| metrics.line().is_some_and(|line| line.kind == MetricKind::Counter))
    });
    let button = move |which: Totals, label: words::Word, test: &'static str| {
        let on = Memo::new(move |_| app.metrics.with(|metrics| metrics.totals == which));
        view! {
            <button
                class="small"
                class:on=move || on.get()
                data-test=test
                aria-pressed=move || on.get().to_string()
                on:click=move |_| app.metrics.update(|metrics| metrics.totals = which)
            >
                {label}
            </button>
        }
    };
    view! {
        <Show when=move || is_sum.get()>
            <div class="choices" role="group" aria-label=text::TOTALS>
                {button(Totals::Rate, text::RATE, "metric-rate")}
                {button(Totals::Sum, text::SUM, "metric-total")}
            </div>
        </Show>
    }
}

/// A histogram: what its values were, or how many lay where.
fn faces(app: App) -> impl IntoView {
    let has_faces =
        Memo::new(move |_| app.metrics.with(|metrics| metrics.line().is_some_and(|line| is_spread(line.kind))));
    let button = move |heat: bool, label: words::Word, test: &'static str| {
        let on = Memo::new(move |_| app.metrics.with(|metrics| metrics.heat == heat));
        let show = move |_| {
            app.metrics.update(|metrics| metrics.heat = heat);
            app.fetch_metric();
        };
        view! {
            <button
                class="small"
                class:on=move || on.get()
                data-test=test
                aria-pressed=move || on.get().to_string()
                on:click=show
            >
                {label}
            </button>
        }
    };
    view! {
        <Show when=move || has_faces.get()>
            <div class="choices" role="group" aria-label=text::FACES>
                {button(false, text::PERCENTILES, "metric-percentiles")}
                {button(true, text::HEAT, "metric-heat")}
            </div>
        </Show>
    }
}

/// By which attributes lines are told apart.
fn split(app: App) -> impl IntoView {
    let keys = Memo::new(move |_| {
        app.metrics.with(|metrics| metrics.shown.as_ref().map(|shown| shown.view.keys.clone()).unwrap_or_default())
    });
    let toggle = move |key: &str| {
        app.metrics.update(|metrics| {
            let all = metrics.shown.as_ref().map(|shown| shown.view.keys.clone()).unwrap_or_default();
            let mut by = metrics.split().unwrap_or(all);
            match by.iter().position(|known| known == key) {
                Some(at) => drop(by.remove(at)),
                None => by.push(key.to_owned()),
            }
            metrics.split = Some(by);
        });
        app.fetch_metric();
    };
    view! {
        <Show when=move || keys.with(|keys| !keys.is_empty())>
            <div class="choices" role="group" aria-label=text::SPLIT data-test="metric-split">
                <span class="sub" aria-hidden="true">{text::SPLIT}</span>
                {move || {
                    keys.get()
                        .into_iter()
                        .map(|key| {
                            let (name, shown) = (key.clone(), head(&key, 40));
                            let on = {
                                let key = key.clone();
                                Memo::new(move |_| app.metrics.with(|m| m.split().is_none_or(|by| by.contains(&key))))
                            };
                            view! {
                                <button
                                    class="small"
                                    class:on=move || on.get()
                                    data-test=format!("split-{key}")
                                    aria-pressed=move || on.get().to_string()
                                    on:click=move |_| toggle(&name)
                                >
                                    {shown}
                                </button>
                            }
                        })
                        .collect_view()
                }}
            </div>
        </Show>
    }
}

/// What one must know to read the curves.
fn notes(app: App, drawn: &Drawn) -> impl IntoView + use<> {
    let (left_out, points_left_out) = app.metrics.with_untracked(|metrics| {
        metrics.shown.as_ref().map_or((0, false), |shown| (shown.view.series_left_out, shown.view.points_left_out))
    });
    let has_points = drawn.groups.iter().any(|group| group.points > 0);
    let has_buckets = drawn.timeline.lanes.first().is_some_and(|lane| !lane.lines.is_empty());
    let hidden = drawn.groups.iter().filter(|group| group.hue.is_none()).count();
    let is_heat = drawn.timeline.heats().next().is_some();
    let has_cells = drawn.timeline.most() > 0;
    let from = match drawn.kind {
        _ if is_heat => Some(if has_cells { text::CELLS } else { text::NO_CELLS }),
        MetricKind::Histogram if has_buckets => Some(text::FROM_BUCKETS),
        MetricKind::ExponentialHistogram if has_buckets => Some(text::FROM_EXPONENTIAL),
        MetricKind::Summary => Some(text::FROM_SENDER),
        MetricKind::Gauge if drawn.is_merged => Some(text::MEAN_OF_SERIES),
        _ => None,
    };
    let notes = [
        (!has_points).then(|| text::NO_POINTS.now().to_owned()),
        from.filter(|_| has_points).map(String::from),
        (drawn.resets > 0).then(|| text::restarts(drawn.resets)),
        (drawn.gaps > 0).then(|| text::gaps(drawn.gaps)),
        (drawn.without_place > 0 && has_cells).then(|| text::without_place(drawn.without_place)),
        drawn.rows_joined.then(|| text::ROWS_JOINED.now().to_owned()),
        (hidden > 0).then(|| text::not_drawn(hidden)),
        (left_out > 0).then(|| text::left_out(left_out)),
        points_left_out.then(|| text::NEWEST_POINTS.now().to_owned()),
    ];
    let notes = notes.into_iter().flatten().map(|note| view! { <li>{note}</li> });
    view! { <ul class="metric-notes" data-test="metric-notes">{notes.collect_view()}</ul> }
}
