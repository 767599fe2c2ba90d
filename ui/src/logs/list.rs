//! The list of records, newest first. Only rows in sight are on the page; what one reads stays where it is while newer ones
//! wait above.

use leptos::{ev, html, prelude::*};
use thalweg_protocol::LogView;

use super::grave;
use crate::{
    kit::measure,
    state::{App, Shared, app},
    text::logs as text,
    traces::{colours, in_sight, scroll_to, when},
};

/// Height of a row in pixels; the styles say the same.
const ROW: f64 = 24.0;
/// So near to its end, in pixels, more is fetched.
const END: f64 = 30.0 * ROW;
/// Characters of a record that a row shows.
const SHOWN: usize = 400;

#[component]
pub(super) fn List() -> impl IntoView {
    let app = app();
    let element = NodeRef::<html::Div>::new();
    let size = measure(element);
    let scroll_top = RwSignal::new(0.0);
    let list = Memo::new(move |_| app.logs.with(|logs| logs.list.clone()));
    keep_place(list, scroll_top, element);
    // Who reads further down is not disturbed; back at the top, what waited comes.
    Effect::new(move |_| {
        let reading = scroll_top.get() >= ROW;
        if app.logs.with_untracked(|logs| logs.reading != reading) {
            app.logs.update(|logs| logs.reading = reading);
        }
        if app.logs.with_untracked(|logs| logs.newer && !logs.reading && !logs.paused) {
            app.fetch_newer_logs();
        }
    });
    Effect::new(move |_| {
        let height = list.with(Vec::len) as f64 * ROW;
        if size.get()[1] > 0.0 && height - scroll_top.get() - size.get()[1] < END {
            app.fetch_more_logs();
        }
    });
    let rows = move || {
        list.with(|list| {
            let (first, end) = in_sight(scroll_top.get(), size.get()[1], ROW, list.len());
            list[first..end].iter().enumerate().map(|(i, log)| (first + i, log.clone())).collect::<Vec<_>>()
        })
    };
    let go = move |to: usize| {
        let target = scroll_to(to, ROW, scroll_top.get_untracked(), size.get_untracked()[1]);
        if let (Some(element), Some(target)) = (element.get_untracked(), target) {
            element.set_scroll_top(target as i32);
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let page = (size.get_untracked()[1] / ROW) as usize;
        if let Some(to) = after_key(app, &event.key(), page.max(1)) {
            event.prevent_default();
            go(to);
        }
    };
    let chosen = move || app.logs.with(|logs| logs.chosen.as_ref().map(|log| format!("log-{}", log.place)));
    view! {
        <div class="log-side">
            <div class="log-head" aria-hidden="true">
                <span>{text::TIME}</span>
                <span>{text::SEVERITY}</span>
                <span>{text::SERVICE}</span>
                <span>{text::BODY}</span>
            </div>
            <div
                class="log-list"
                role="listbox"
                aria-label=text::LIST
                aria-activedescendant=chosen
                tabindex="0"
                data-test="log-list"
                node_ref=element
                on:scroll=move |_| {
                    if let Some(element) = element.get_untracked() {
                        scroll_top.set(f64::from(element.scroll_top()));
                    }
                }
                on:keydown=key
            >
                <Show when=move || app.logs.with(|logs| logs.list.is_empty() && logs.answered && !logs.working)>
                    <div class="nothing-found" data-test="logs-none" role="presentation">
                        <p>{text::NOTHING_FITS}</p>
                        <button class="button" on:click=move |_| app.show_all_logs()>{text::SHOW_EVERYTHING}</button>
                    </div>
                </Show>
                <div class="log-rows" role="presentation" style:height=move || format!("{}px", list.with(Vec::len) as f64 * ROW)>
                    <For each=rows key=|(place, log)| (*place, log.place.clone()) let:row>
                        {line(app, row.0, row.1)}
                    </For>
                </div>
            </div>
            <Show when=move || app.logs.with(|logs| logs.newer)>
                <button
                    class="button primary newer-logs"
                    data-test="logs-newer"
                    on:click=move |_| {
                        if let Some(element) = element.get_untracked() {
                            element.set_scroll_top(0);
                        }
                        scroll_top.set(0.0);
                        app.fetch_newer_logs();
                    }
                >
                    {text::NEWER}
                </button>
            </Show>
        </div>
    }
}

/// While the list is scrolled down, rows that come above move it by as much as they push it.
fn keep_place(list: Memo<Vec<Shared<LogView>>>, scroll_top: RwSignal<f64>, element: NodeRef<html::Div>) {
    Effect::new(move |before: Option<Vec<Shared<LogView>>>| {
        let now = list.get();
        let at = scroll_top.get_untracked();
        let first = (at / ROW) as usize;
        let looked_at = before.as_ref().and_then(|before| before.get(first));
        if let (Some(log), Some(element)) = (looked_at, element.get_untracked())
            && at >= ROW
            && let Some(place) = now.iter().position(|known| known.place == log.place)
            && place != first
        {
            let target = at + (place as f64 - first as f64) * ROW;
            element.set_scroll_top(target as i32);
            scroll_top.set(target);
        }
        now
    });
}

/// Chooses another record; gives the place that was reached.
fn after_key(app: App, key: &str, page: usize) -> Option<usize> {
    app.logs.try_update(|logs| {
        let last = logs.list.len().checked_sub(1)?;
        let at = logs.chosen.as_ref().and_then(|chosen| logs.list.iter().position(|log| log.place == chosen.place));
        let to = match key {
            "ArrowDown" => at.map_or(0, |at| at + 1),
            "ArrowUp" => at.map_or(0, |at| at.saturating_sub(1)),
            "PageDown" => at.map_or(0, |at| at + page),
            "PageUp" => at.map_or(0, |at| at.saturating_sub(page)),
            "Home" => 0,
            "End" => last,
            "Escape" => {
                logs.chosen = None;
                return None;
            }
            _ => return None,
        };
        let to = to.min(last);
        logs.chosen = logs.list.get(to).cloned();
        Some(to)
    })?
}

fn line(app: App, place: usize, log: Shared<LogView>) -> impl IntoView {
    let on = {
        let name = log.place.clone();
        Memo::new(move |_| app.logs.with(|logs| logs.chosen.as_ref().is_some_and(|chosen| chosen.place == name)))
    };
    let says = if log.text.is_empty() { log.event_name.as_str() } else { log.text.as_str() };
    let says = if says.is_empty() { text::NO_TEXT.now().to_owned() } else { grave::head(says, SHOWN) };
    let severity = grave::head(&log.severity_text, 12);
    let service = grave::head(&log.service, 60);
    let id = format!("log-{}", log.place);
    let traced = (!log.trace_id.is_empty()).then(|| view! { <i class="traced" title=text::OPEN_TRACE></i> });
    let time = when::fine(log.time_unix_nano);
    let class = format!("log-row {}", grave::class(log.severity));
    let hue = format!("service trace-{}", colours::wish(&log.service));
    view! {
        <div
            id=id
            class=class
            class:on=move || on.get()
            role="option"
            aria-selected=move || on.get().to_string()
            data-test="log-row"
            style:transform=format!("translateY({}px)", place as f64 * ROW)
            on:click=move |_| app.logs.update(|logs| logs.chosen = Some(log.clone()))
        >
            // Spaces between them, which nobody sees: its name is what it says, word by word.
            <code>{time}</code>
            " "
            <b>{if severity.is_empty() { text::NO_SEVERITY.now().to_owned() } else { severity }}</b>
            " "
            <span class=hue><i></i>{service}</span>
            " "
            <span class="says">{says}</span>
            " "
            {traced}
        </div>
    }
}
