//! The list of traces, newest first. Only rows in sight are on the page; what one looks at stays where it is while newer
//! ones arrive above.

use leptos::{ev, html, prelude::*};
use thalweg_protocol::{TraceSummary, limits::TRACES_PER_PAGE};

use super::{
    colours, live,
    ruler::{in_sight, scroll_to},
    share,
    sheet::Sheet,
    when,
};
use crate::{
    format,
    kit::measure,
    state::App,
    text::{filter, surveys, traces as text},
};

/// Height of a row in pixels; the styles say the same.
const ROW: f64 = 54.0;
/// So near to its end, in pixels, more is fetched.
const END: f64 = 10.0 * ROW;

#[component]
pub(super) fn List(sheet: Sheet) -> impl IntoView {
    let app = sheet.app;
    let element = NodeRef::<html::Div>::new();
    let size = measure(element);
    let scroll_top = RwSignal::new(0.0);
    let ids = Memo::new(move |_| {
        app.traces.with(|traces| traces.listed().iter().map(|trace| trace.trace_id.clone()).collect::<Vec<_>>())
    });
    let longest = Memo::new(move |_| {
        app.traces.with(|traces| traces.listed().iter().map(|trace| trace.duration_ms).fold(0.0, f64::max))
    });
    keep_place(ids, scroll_top, element);
    let hovered = RwSignal::new(false);
    live::hold_back(app, Memo::new(move |_| scroll_top.get() > 0.0), hovered);
    let to_top = Callback::new(move |()| {
        scroll_top.set(0.0);
        if let Some(element) = element.get_untracked() {
            element.set_scroll_top(0);
        }
    });
    fetch_at_end(app, ids, scroll_top, size);
    let rows = move || {
        ids.with(|ids| {
            let (first, last) = in_sight(scroll_top.get(), size.get()[1], ROW, ids.len());
            ids[first..last].to_vec()
        })
    };
    let key = move |event: ev::KeyboardEvent| {
        let at = ids.with_untracked(|ids| {
            let selected = app.traces.with_untracked(|traces| traces.selected.clone())?;
            ids.iter().position(|id| *id == selected)
        });
        let last = ids.with_untracked(Vec::len).saturating_sub(1);
        let to = match event.key().as_str() {
            "ArrowDown" => at.map_or(0, |at| (at + 1).min(last)),
            "ArrowUp" => at.map_or(0, |at| at.saturating_sub(1)),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        if let Some(id) = ids.with_untracked(|ids| ids.get(to).cloned()) {
            sheet.open(&id);
        }
        let target = scroll_to(to, ROW, scroll_top.get_untracked(), size.get_untracked()[1]);
        if let (Some(element), Some(target)) = (element.get_untracked(), target) {
            element.set_scroll_top(target as i32);
        }
    };
    view! {
        <section class="trace-side">
            <div class="trace-counts">
                <live::Waiting to_top />
                <p data-test="trace-counts" role="status">{move || counts(app)}</p>
            </div>
            <div
                class="trace-list"
                role="listbox"
                aria-label=text::LIST
                tabindex="0"
                node_ref=element
                on:scroll=move |_| {
                    if let Some(element) = element.get_untracked() {
                        scroll_top.set(f64::from(element.scroll_top()));
                    }
                }
                on:keydown=key
                on:pointerenter=move |_| hovered.set(true)
                on:pointerleave=move |_| hovered.set(false)
            >
                <Show when=move || found_nothing(app)>
                    <p class="nothing-found" data-test="nothing-found">{filter::NOTHING_FOUND}</p>
                </Show>
                <div class="trace-rows" style:height=move || format!("{}px", ids.with(Vec::len) as f64 * ROW)>
                    <For each=rows key=Clone::clone let:id>
                        <Line sheet id longest />
                    </For>
                </div>
            </div>
        </section>
    }
}

/// Whether a search came to its end without a trace.
fn found_nothing(app: App) -> bool {
    app.traces.with(|traces| {
        traces.search.as_ref().is_some_and(|search| search.found.is_empty() && !search.working && !search.has_more())
    })
}

/// How many traces there are and how many of them have errors.
fn counts(app: App) -> String {
    app.traces.with(|traces| {
        if let Some(search) = &traces.search {
            return filter::found(search.found.len(), search.has_more(), search.working);
        }
        let count = traces.list.len();
        let with_errors = traces.list.iter().filter(|trace| trace.errors > 0).count();
        text::counts(count, count >= TRACES_PER_PAGE as usize, with_errors)
    })
}

/// Near the end of what was found, the next page is fetched.
fn fetch_at_end(app: App, ids: Memo<Vec<String>>, scroll_top: RwSignal<f64>, size: RwSignal<[f64; 2]>) {
    Effect::new(move |_| {
        let rows = ids.with(Vec::len) as f64 * ROW;
        let seen_until = scroll_top.get() + size.get()[1];
        if rows > 0.0 && rows - seen_until < END {
            app.fetch_more_found();
        }
    });
}

/// While the list is scrolled down, arriving traces move it by as much as they push its rows down.
fn keep_place(ids: Memo<Vec<String>>, scroll_top: RwSignal<f64>, element: NodeRef<html::Div>) {
    Effect::new(move |before: Option<Vec<String>>| {
        let now = ids.get();
        let at = scroll_top.get_untracked();
        let first = (at / ROW) as usize;
        let looked_at = before.as_ref().and_then(|before| before.get(first));
        if let (Some(id), Some(element)) = (looked_at, element.get_untracked())
            && at > 0.0
            && let Some(place) = now.iter().position(|known| known == id)
            && place != first
        {
            let target = at + (place as f64 - first as f64) * ROW;
            element.set_scroll_top(target as i32);
            scroll_top.set(target);
        }
        now
    });
}

#[component]
fn Line(sheet: Sheet, id: String, longest: Memo<f64>) -> impl IntoView {
    let app = sheet.app;
    let known = {
        let id = id.clone();
        Memo::new(move |_| {
            app.traces.with(|traces| {
                let place = traces.listed().iter().position(|trace| trace.trace_id == id)?;
                Some((place, traces.listed()[place].clone()))
            })
        })
    };
    let selected = {
        let id = id.clone();
        Memo::new(move |_| app.traces.with(|traces| traces.selected.as_ref() == Some(&id)))
    };
    let marked = {
        let id = id.clone();
        Memo::new(move |_| app.surveys.marked.with(|marked| marked.as_ref() == Some(&id)))
    };
    let place = move || known.with(|known| known.as_ref().map_or(0, |(place, _)| *place));
    let (test, open, pointed) = (format!("trace-row-{id}"), id.clone(), id);
    view! {
        <div
            class="trace-row"
            class:on=move || selected.get()
            role="option"
            aria-selected=move || selected.get().to_string()
            data-test=test
            style:transform=move || format!("translateY({}px)", place() as f64 * ROW)
            on:click=move |_| sheet.open(&open)
            on:contextmenu=move |event: ev::MouseEvent| share::point(sheet, &event, pointed.clone(), None)
        >
            {move || known.with(|known| known.as_ref().map(|(_, trace)| content(trace, longest.get(), marked.get())))}
        </div>
    }
}

fn content(trace: &TraceSummary, longest_ms: f64, marked: bool) -> impl IntoView + use<> {
    let share = if longest_ms > 0.0 { (trace.duration_ms / longest_ms).clamp(0.0, 1.0) } else { 0.0 };
    let services = if trace.services.is_empty() { trace.service.clone() } else { trace.services.join(" ") };
    let summary = text::summary(&when::local(trace.start_unix_nano), trace.spans as usize, &services);
    let errors = (trace.errors > 0).then(|| view! { <small class="bad">{text::errors(trace.errors as usize)}</small> });
    view! {
        <b>
            {marked.then(|| view! { <span class="marked" title=surveys::MARKED>"A"</span> })}
            {text::title(&trace.service, &trace.root)}
        </b>
        <code>{format::millis(trace.duration_ms)}</code>
        <small title=services>{summary}</small>
        {errors}
        <div class="share">
            <div
                class=format!("trace-{}", colours::wish(&trace.service))
                style:width=format!("{:.2}%", share * 100.0)
            ></div>
        </div>
    }
}
