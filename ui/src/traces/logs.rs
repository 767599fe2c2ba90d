//! The log records of the trace that is shown: a list of their own, marks on the rows of their spans, and beside a span's details.

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{Command, LogView, Reply};

use super::{
    sheet::{Face, Sheet},
    tree::Tree,
    when,
};
use crate::{
    actions::events::unexpected,
    bridge, format,
    logs::{body, grave, group},
    state::{App, Shared},
    text::{logs as text, traces as words},
    traces::Copy,
};

/// Marks on one row: more cannot be told apart.
const MARKS: usize = 40;
/// Records that are on the page at once, and beside a span's details.
const SHOWN: usize = 100;
const OF_SPAN: usize = 12;
/// Characters of a record that is not unfolded.
const HEAD: usize = 300;

/// A trace's records, by span.
type BySpan = HashMap<String, Vec<usize>>;

/// Signals of the records; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct TraceLogs {
    app: App,
    /// Oldest first; none before they came.
    loaded: RwSignal<Option<Shared<Loaded>>>,
    /// Counts questions: only the last one's answer is taken.
    asked: RwSignal<u32>,
    /// Whether an answer is under way.
    working: RwSignal<bool>,
}

/// What came so far.
#[derive(Debug, Default)]
struct Loaded {
    trace_id: String,
    logs: Vec<Shared<LogView>>,
    by_span: BySpan,
    total: u64,
    next: Option<String>,
}

impl Loaded {
    fn with(&self, page: thalweg_protocol::LogPage) -> Loaded {
        let logs: Vec<_> = self.logs.iter().cloned().chain(page.logs.into_iter().map(Shared::new)).collect();
        let mut by_span = BySpan::new();
        for (at, log) in logs.iter().enumerate() {
            by_span.entry(log.span_id.clone()).or_default().push(at);
        }
        Loaded {
            trace_id: self.trace_id.clone(),
            total: page.total.unwrap_or(logs.len() as u64),
            next: page.next,
            logs,
            by_span,
        }
    }
}

impl TraceLogs {
    pub(super) fn new(app: App) -> Self {
        let logs =
            TraceLogs { app, loaded: RwSignal::new(None), asked: RwSignal::new(0), working: RwSignal::new(false) };
        let selected = Memo::new(move |_| app.traces.with(|traces| traces.selected.clone()));
        Effect::new(move |_| {
            app.logs_changed.track();
            logs.fetch(selected.get());
        });
        logs
    }

    /// Fetches the first page; what is shown of the same trace stays until it came.
    fn fetch(self, trace_id: Option<String>) {
        let is_other =
            self.loaded.with_untracked(|loaded| loaded.as_ref().map(|loaded| loaded.trace_id.clone()) != trace_id);
        if is_other {
            self.loaded.set(None);
        }
        if let Some(trace_id) = trace_id {
            self.fetch_after(Shared::new(Loaded { trace_id, ..Loaded::default() }), None);
        }
    }

    /// Fetches the next page, if there is one and none is under way.
    fn fetch_more(self) {
        let Some(loaded) = self.loaded.get_untracked().filter(|_| !self.working.get_untracked()) else { return };
        if let Some(next) = loaded.next.clone() {
            self.fetch_after(loaded, Some(next));
        }
    }

    fn fetch_after(self, before: Shared<Loaded>, after: Option<String>) {
        self.asked.update(|asked| *asked = asked.wrapping_add(1));
        self.working.set(true);
        let number = self.asked.get_untracked();
        spawn_local(async move {
            let command = Command::LogsOfTrace { trace_id: before.trace_id.clone(), span_id: None, after };
            let answer = bridge::call(command).await;
            if self.asked.try_get_untracked() != Some(number) {
                return;
            }
            self.working.try_set(false);
            match answer {
                Ok(Reply::Logs(page)) => drop(self.loaded.try_set(Some(Shared::new(before.with(*page))))),
                Ok(other) => self.app.fail(&unexpected(&other)),
                Err(error) => self.app.fail(&error),
            }
        });
    }

    /// How many there are in all; none before that is known.
    pub(super) fn total(self) -> Option<u64> {
        self.loaded.with(|loaded| loaded.as_ref().map(|loaded| loaded.total))
    }
}

/// Marks on a row: when what was written in its span.
pub(super) fn marks(sheet: Sheet, tree: &Shared<Tree>, index: usize) -> Option<impl IntoView + use<>> {
    let row = tree.row(index)?;
    let span_id = row.span.as_ref()?.span_id.clone();
    // Records of the trace that name no span stand in its first row.
    let first = index == 0;
    let tree = tree.clone();
    Some(move || {
        let loaded = sheet.logs.loaded.get()?;
        let own = loaded.by_span.get(&span_id);
        let of_none = if first { loaded.by_span.get("") } else { None };
        let start = tree.view.summary.start_unix_nano;
        let marks = own.into_iter().chain(of_none).flatten().take(MARKS).filter_map(|at| {
            let log = loaded.logs.get(*at)?;
            let at = log.time_unix_nano.saturating_sub(start);
            // What was written before the trace began, or after its end, has no place in it.
            (log.time_unix_nano >= start && at <= tree.total_nano).then(|| {
                let left = format!("{:.3}%", at as f64 / tree.total_nano as f64 * 100.0);
                let title = format!("{} {}", log.severity_text, grave::head(&log.text, 120));
                view! { <i class=format!("log-mark {}", grave::class(log.severity)) data-test="log-mark" style:left=left title=title></i> }
            })
        });
        Some(marks.collect_view())
    })
}

/// The records of one span, beside its details.
pub(super) fn of_span(sheet: Sheet, span_id: &str) -> impl IntoView + use<> {
    let span_id = span_id.to_owned();
    move || {
        let loaded = sheet.logs.loaded.get()?;
        let own = loaded.by_span.get(&span_id)?;
        let further = own.len().saturating_sub(OF_SPAN) as u64;
        let shown = own.iter().take(OF_SPAN).filter_map(|at| loaded.logs.get(*at)).map(|log| {
            view! {
                <div class=format!("event log-of-span {}", grave::class(log.severity))>
                    <span class="what selectable"><b>{grave::head(&log.severity_text, 12)}</b>" "{grave::head(says(log), HEAD)}</span>
                    <code>{when::fine(log.time_unix_nano)}</code>
                </div>
            }
        });
        Some(view! {
            <h3 class="heading">{text::OF_SPAN}" "{own.len()}</h3>
            <div data-test="span-logs">{shown.collect_view()}</div>
            {(further > 0).then(|| view! {
                <button class="link" on:click=move |_| sheet.face.set(Face::Logs)>{text::further(further)}</button>
            })}
        })
    }
}

fn says(log: &LogView) -> &str {
    if log.text.is_empty() { &log.event_name } else { &log.text }
}

/// The list of the trace's records, oldest first.
#[component]
pub(super) fn LogRows(sheet: Sheet) -> impl IntoView {
    let most = RwSignal::new(SHOWN);
    let shown = move || {
        let Some(loaded) = sheet.logs.loaded.get() else {
            return view! { <div class="empty">{text::LOADING_OF_TRACE}</div> }.into_any();
        };
        if loaded.logs.is_empty() {
            return view! { <div class="empty" data-test="trace-logs-none">{text::NONE_OF_TRACE}</div> }.into_any();
        }
        let start = sheet.tree.with(|tree| tree.as_ref().map_or(0, |(_, tree)| tree.view.summary.start_unix_nano));
        let rows = loaded.logs.iter().take(most.get()).map(|log| row(sheet, log.clone(), start)).collect_view();
        let has_more = loaded.total > most.get() as u64;
        let more = move |_| {
            most.update(|most| *most += SHOWN);
            sheet.logs.fetch_more();
        };
        view! {
            <ul class="trace-log-rows" aria-label=text::OF_TRACE>{rows}</ul>
            {has_more.then(|| view! { <button class="button more-logs" data-test="trace-logs-more" on:click=more>{text::MORE}</button> })}
        }
        .into_any()
    };
    view! { <div class="trace-logs" data-test="trace-log-list">{shown}</div> }
}

fn row(sheet: Sheet, log: Shared<LogView>, start: u64) -> impl IntoView {
    let open = RwSignal::new(false);
    let at = if log.time_unix_nano >= start && start > 0 {
        words::after(&format::nanos(log.time_unix_nano - start))
    } else {
        when::fine(log.time_unix_nano)
    };
    let on = {
        let span_id = log.span_id.clone();
        Memo::new(move |_| !span_id.is_empty() && sheet.chosen.with(|chosen| chosen.as_ref() == Some(&span_id)))
    };
    let to_span = (!log.span_id.is_empty()).then(|| {
        let span_id = log.span_id.clone();
        view! {
            <button class="link" data-test="log-to-span" on:click=move |_| sheet.choose(&span_id)>{text::TO_SPAN}</button>
        }
    });
    let shown = grave::head(says(&log), HEAD);
    let shown = if shown.is_empty() { text::NO_TEXT.now().to_owned() } else { shown };
    let whole = log.clone();
    let fold = move || if open.get() { text::FOLD.now() } else { text::UNFOLD.now() };
    view! {
        <li class=format!("trace-log {}", grave::class(log.severity)) class:on=move || on.get() data-test="trace-log">
            <button
                class="twist"
                class:closed=move || !open.get()
                aria-label=fold
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <svg viewBox="0 0 8 8" aria-hidden="true"><path d="M1 2.5 4 5.5 7 2.5" /></svg>
            </button>
            <code>{at}</code>
            <b>{grave::head(&log.severity_text, 12)}</b>
            <span class="says selectable">{shown}</span>
            {to_span}
            <Copy value=log.text.clone() />
            <Show when=move || open.get()>{unfolded(&whole)}</Show>
        </li>
    }
}

fn unfolded(log: &LogView) -> impl IntoView + use<> {
    view! {
        <div class="unfolded">
            {(!log.text.is_empty()).then(|| body(&log.text))}
            {group(words::ATTRIBUTES.now(), log.attributes.clone())}
            {group(words::RESOURCE.now(), log.resource.clone())}
        </div>
    }
}
