//! The way of a message through topics, groups, attempts and dead letters, over all the traces that it left spans in, on one time
//! line. Waiting is dashed, as in the waterfall. Only rows in sight are on the page.

use leptos::{ev, prelude::*};
use thalweg_protocol::{JourneyView, topology::JourneyHop};

use super::{
    colours::ServiceColours,
    frame::{Frame, ROW, RowFrame},
    ruler::marks,
    sheet::Sheet,
    tree::indent,
    when,
};
use crate::{
    format,
    state::{App, JourneyOf, Made, Shared},
    text::{self as words, topology as text},
};

/// A journey with what follows from it.
struct Told {
    view: Shared<JourneyView>,
    colours: ServiceColours,
    /// From the first sending to the last end, at least 1.
    total_nano: u64,
}

impl Told {
    fn new(view: Shared<JourneyView>) -> Self {
        let mut services: Vec<String> = Vec::new();
        for hop in &view.hops {
            if !services.contains(&hop.service) {
                services.push(hop.service.clone());
            }
        }
        let ends = view.hops.iter().map(|hop| hop.start_nano.saturating_add(hop.duration_nano));
        Told { colours: ServiceColours::new(&services), total_nano: ends.max().unwrap_or(0).max(1), view }
    }
}

/// The middle of the lens while a trace's messages are followed.
#[component]
pub(super) fn Journey(sheet: Sheet) -> impl IntoView {
    let app = sheet.app;
    let wanted = follow(sheet);
    let made = app.observing.journey;
    let told = Memo::new(move |_| {
        let view = made.with(|made| {
            let (of, view) = made.shown()?;
            // What was followed before is not shown under another trace's name.
            wanted.with(|wanted| wanted.as_ref() == Some(of)).then(|| view.clone())
        })?;
        Some(Shared::new(Told::new(view)))
    });
    let was_stopped = Memo::new(move |_| made.with(Made::was_stopped));
    let waits = move || if was_stopped.get() { text::JOURNEY_STOPPED.now() } else { text::FOLLOWING.now() };
    view! {
        <div class="journey" data-test="journey">
            <Head app wanted told />
            {move || match told.get() {
                None => view! { <div class="empty">{waits}</div> }.into_any(),
                Some(told) if told.view.hops.is_empty() => view! { <div class="empty">{text::JOURNEY_EMPTY}</div> }.into_any(),
                Some(told) => view! { <Hops sheet told /> }.into_any(),
            }}
        </div>
    }
}

/// Follows what is chosen, else all that the trace sends and receives; what is followed is what stands in the signal.
fn follow(sheet: Sheet) -> Memo<Option<JourneyOf>> {
    let app = sheet.app;
    let wanted = Memo::new(move |_| {
        let trace_id = app.traces.with(|traces| traces.selected.clone())?;
        let index = sheet.chosen_index.get();
        let span_id = sheet.tree.with(|tree| {
            let span = tree.as_ref()?.1.row(index?)?.span.as_ref()?;
            Some(span.span_id.clone())
        });
        Some(JourneyOf { trace_id, span_id })
    });
    Effect::new(move |_| {
        // Before the trace is there, what is chosen in it is not known.
        let is_there = sheet.tree.with(Option::is_some);
        if let Some(of) = wanted.get().filter(|_| is_there)
            && !app.observing.journey.with_untracked(|made| made.knows(&of))
        {
            app.follow_message(of);
        }
    });
    wanted
}

#[component]
fn Head(app: App, wanted: Memo<Option<JourneyOf>>, told: Memo<Option<Shared<Told>>>) -> impl IntoView {
    let read = Memo::new(move |_| app.observing.journey.with(|made| made.running().map(|(_, _, read)| *read)));
    let is_of_span = Memo::new(move |_| wanted.with(|of| of.as_ref().is_some_and(|of| of.span_id.is_some())));
    let of = move || if is_of_span.get() { text::OF_SPAN.now() } else { text::OF_TRACE.now() };
    let sum = move || {
        told.with(|told| {
            let view = &told.as_ref()?.view;
            let started = when::exact(view.start_unix_nano);
            Some(text::journey_of(view.hops.len(), view.traces, &started, &format::millis(view.duration_ms)))
        })
    };
    let cut = move || told.with(|told| told.as_ref().is_some_and(|told| told.view.cut));
    view! {
        <div class="journey-head">
            <b>{of}</b>
            <span data-test="journey-sum" role="status">{sum}</span>
            <Show when=move || read.get().is_some()>
                <span class="topo-read">{move || text::read(read.get().unwrap_or_default())}</span>
                <button class="button" data-test="journey-cancel" on:click=move |_| app.cancel_journey()>
                    {words::CANCEL}
                </button>
            </Show>
            <Show when=move || read.get().is_none()>
                <button class="link" data-test="journey-again" title=text::AGAIN_WHY on:click=move |_| again(app, wanted)>
                    {text::FOLLOW_AGAIN}
                </button>
            </Show>
            <Show when=move || is_of_span.get()>
                <button class="link" data-test="journey-all" on:click=move |_| app.observing.chosen.set(None)>
                    {text::OF_TRACE}
                </button>
            </Show>
            <Show when=cut><p class="journey-cut" data-test="journey-cut">{text::CUT}</p></Show>
        </div>
    }
}

/// Follows the same once more: it may have gone on.
fn again(app: App, wanted: Memo<Option<JourneyOf>>) {
    if let Some(of) = wanted.get_untracked() {
        app.follow_message(of);
    }
}

#[component]
fn Hops(sheet: Sheet, told: Shared<Told>) -> impl IntoView {
    let frame = Frame::new();
    let at = RwSignal::new(None::<usize>);
    let count = told.view.hops.len();
    let ends = marks(told.total_nano);
    let rows = {
        let told = told.clone();
        move || {
            let (first, last) = frame.in_sight(count);
            (first..last).map(|place| line(sheet, &told, place, at)).collect_view()
        }
    };
    let key = Callback::new(move |event: ev::KeyboardEvent| {
        let now = at.get_untracked();
        let last = count.saturating_sub(1);
        let to = match event.key().as_str() {
            "ArrowDown" => now.map_or(0, |now| (now + 1).min(last)),
            "ArrowUp" => now.map_or(0, |now| now.saturating_sub(1)),
            "Home" => 0,
            "End" => last,
            "Enter" => {
                if let Some(hop) = now.and_then(|now| told.view.hops.get(now)) {
                    event.prevent_default();
                    sheet.follow(&hop.trace_id, &hop.span_id);
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        at.set(Some(to));
        frame.show(to);
    });
    let active = Signal::derive(move || at.get().map(|at| format!("hop-{at}")));
    let (marks, count) = (Signal::derive(move || ends.clone()), Signal::derive(move || count));
    view! {
        <RowFrame frame role="listbox" label=text::JOURNEY_KEYS active marks count key below=().into_any()>
            {rows}
        </RowFrame>
    }
}

/// Whether a hop is time between spans.
fn is_waiting(hop: &JourneyHop) -> bool {
    matches!(hop.kind.as_str(), "waited" | "backoff")
}

fn line(sheet: Sheet, told: &Shared<Told>, place: usize, at: RwSignal<Option<usize>>) -> Option<impl IntoView + use<>> {
    let hop = told.view.hops.get(place)?;
    let says = text::hop(&hop.kind, &hop.service, &hop.channel, hop.attempt);
    let kind = if is_waiting(hop) { "wait" } else { "span" };
    let shown = sheet.app.traces.with_untracked(|traces| traces.selected.clone());
    let elsewhere = shown.as_deref() != Some(hop.trace_id.as_str());
    let skewed = hop.skewed.then(|| view! { <span class="warn" aria-hidden="true">"⚠"</span> });
    let away = elsewhere.then(|| view! { <span class="away" aria-hidden="true">"↗"</span> });
    let mut label = format!("{says} {}", format::nanos(hop.duration_nano));
    if let Some(group) = hop.group.as_deref().filter(|group| *group != hop.service) {
        label.push_str(", ");
        label.push_str(&text::of_group(group));
    }
    for (is, words) in [(hop.error, words::traces::IS_ERROR), (hop.skewed, text::CLOCKS), (elsewhere, text::ELSEWHERE)]
    {
        if is {
            label.push_str(", ");
            label.push_str(&words);
        }
    }
    let (trace_id, span_id) = (hop.trace_id.clone(), hop.span_id.clone());
    let title = format!("{label}\n{}", hop.name);
    Some(view! {
        <div
            id=format!("hop-{place}")
            class=format!("waterfall-row hop {kind}")
            class:on=move || at.get() == Some(place)
            role="option"
            aria-selected=move || (at.get() == Some(place)).to_string()
            aria-label=label
            title=title
            data-test="hop"
            data-kind=hop.kind.clone()
            style:transform=format!("translateY({}px)", place as f64 * ROW)
            on:click=move |_| {
                at.set(Some(place));
                sheet.follow(&trace_id, &span_id);
            }
        >
            <div class="label">
                <span class="guides" style:width=format!("{}px", indent(hop.depth))></span>
                <span class="name">{says}</span>
                {skewed}
                {away}
            </div>
            {track(told, hop)}
        </div>
    })
}

fn track(told: &Told, hop: &JourneyHop) -> impl IntoView + use<> {
    let share = |nano: u64| nano as f64 / told.total_nano as f64;
    let left = share(hop.start_nano.min(told.total_nano));
    let width = share(hop.duration_nano).min(1.0 - left);
    let colour = match hop.kind.as_str() {
        "waited" => "trace-wait".to_owned(),
        _ => told.colours.of(&hop.service).map_or_else(|| "trace-wait".to_owned(), |colour| format!("trace-{colour}")),
    };
    let percent = |share: f64| format!("{:.3}%", share * 100.0);
    // Beside the bar where there is room, else before it.
    let end = left + width;
    let is_after = end < 0.84;
    let error = hop.error.then(|| view! { <i class="error beside" aria-hidden="true">"!"</i> });
    view! {
        <div class="track">
            <div class=format!("bar {colour}") style:left=percent(left) style:width=percent(width)>{error}</div>
            <span
                class="length figure"
                aria-hidden="true"
                class:after-mark=hop.error && is_after
                style:left=is_after.then(|| percent(end))
                style:right=(!is_after).then(|| percent(1.0 - left))
            >
                {format!(" {}", format::nanos(hop.duration_nano))}
            </span>
        </div>
    }
}
