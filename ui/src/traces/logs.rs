//! The log records of the trace that is shown: a list of their own, marks on the rows of their spans, and beside a span's details.

use std::time::Duration;

use leptos::{ev, prelude::*, task::spawn_local};
use thalweg_protocol::{ApiError, Command, LogPage, LogView, Reply};

use super::{
    records::{Loaded, Pace, Taken, Wish},
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

/// Rest between two questions about what changed.
const PACE: Duration = Duration::from_secs(2);

/// Signals of the records; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct TraceLogs {
    app: App,
    /// Of which trace.
    trace_id: Memo<Option<String>>,
    /// None before they came.
    loaded: RwSignal<Option<Shared<Loaded>>>,
    /// Counts the traces that were shown: answers about another one are not taken.
    opened: RwSignal<u32>,
    pace: RwSignal<Pace>,
}

impl TraceLogs {
    pub(super) fn new(app: App) -> Self {
        let trace_id = Memo::new(move |_| app.traces.with(|traces| traces.selected.clone()));
        let (loaded, opened) = (RwSignal::new(None), RwSignal::new(0));
        let logs = TraceLogs { app, trace_id, loaded, opened, pace: RwSignal::new(Pace::default()) };
        Effect::new(move |_| {
            trace_id.with(|_| ());
            logs.open();
        });
        Effect::new(move |before: Option<u32>| {
            let now = app.logs_changed.get();
            if before.is_some_and(|before| before != now) {
                logs.ask(Wish::Changes);
            }
            now
        });
        logs
    }

    /// Begins with another trace.
    fn open(self) {
        self.opened.update(|opened| *opened = opened.wrapping_add(1));
        self.pace.set(Pace::default());
        self.loaded.set(None);
        self.ask(Wish::Changes);
    }

    fn ask(self, wish: Wish) {
        self.pace.try_update(|pace| pace.wish(wish));
        self.go_on();
    }

    /// Asks what is to be asked now. What is shown stays until the answer came, and is kept but for what changed.
    fn go_on(self) {
        let Some(trace_id) = self.trace_id.try_get_untracked().flatten() else { return };
        let Some(wish) = self.pace.try_update(Pace::begin).flatten() else { return };
        let (number, before) = (self.opened.get_untracked(), self.loaded.get_untracked());
        spawn_local(async move {
            let answer = answer(&trace_id, before, wish).await;
            if self.opened.try_get_untracked() != Some(number) {
                return;
            }
            match answer {
                Ok(Some(loaded)) => drop(self.loaded.try_set(Some(Shared::new(loaded)))),
                Ok(None) => {}
                Err(error) => self.app.fail(&error),
            }
            self.pace.try_update(|pace| pace.end(wish));
            if wish == Wish::Changes {
                set_timeout(move || self.rested(number), PACE);
            }
            self.go_on();
        });
    }

    fn rested(self, number: u32) {
        if self.opened.try_get_untracked() == Some(number) {
            self.pace.try_update(Pace::rested);
            self.go_on();
        }
    }

    /// How many there are in all; none before that is known.
    pub(super) fn total(self) -> Option<u64> {
        self.loaded.with(|loaded| loaded.as_ref().map(|loaded| loaded.total))
    }
}

/// What is loaded after a question; none when it is what it was.
async fn answer(trace_id: &str, before: Option<Shared<Loaded>>, wish: Wish) -> Result<Option<Loaded>, ApiError> {
    let mut least = 0;
    if let Some(before) = before {
        match before.take(page(trace_id, before.last()).await?, wish) {
            Taken::Same => return Ok(None),
            Taken::Changed(loaded) => return Ok(Some(loaded)),
            Taken::Doubted => least = before.logs.len() + usize::from(wish == Wish::More),
        }
    }
    let mut anew = Loaded::default();
    loop {
        let page = page(trace_id, anew.last()).await?;
        let is_last = page.next.is_none() || page.logs.is_empty();
        anew.append(page);
        if is_last || anew.logs.len() >= least {
            return Ok(Some(anew));
        }
    }
}

async fn page(trace_id: &str, after: Option<String>) -> Result<LogPage, ApiError> {
    match bridge::call(Command::LogsOfTrace { trace_id: trace_id.to_owned(), span_id: None, after }).await? {
        Reply::Logs(page) => Ok(*page),
        other => Err(unexpected(&other)),
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
    let loaded = sheet.logs.loaded;
    // None before they came. Rows that are there stay, unfolded as they are, while others come.
    let has_rows = Memo::new(move |_| loaded.with(|loaded| loaded.as_ref().map(|loaded| !loaded.logs.is_empty())));
    let has_more =
        Memo::new(move |_| loaded.with(|loaded| loaded.as_ref().is_some_and(|l| l.total > most.get() as u64)));
    let start = Memo::new(move |_| {
        sheet.tree.with(|tree| tree.as_ref().map_or(0, |(_, tree)| tree.view.summary.start_unix_nano))
    });
    let rows = move || {
        let most = most.get();
        loaded.with(|loaded| loaded.iter().flat_map(|l| l.logs.iter().take(most).cloned()).collect::<Vec<_>>())
    };
    let more = move |_: ev::MouseEvent| {
        most.update(|most| *most += SHOWN);
        let most = most.get_untracked();
        if loaded.with_untracked(|loaded| loaded.as_ref().is_some_and(|l| l.logs.len() < most)) {
            sheet.logs.ask(Wish::More);
        }
    };
    let shown = move || match has_rows.get() {
        None => view! { <div class="empty">{text::LOADING_OF_TRACE}</div> }.into_any(),
        Some(false) => view! { <div class="empty" data-test="trace-logs-none">{text::NONE_OF_TRACE}</div> }.into_any(),
        Some(true) => view! {
            <ul class="trace-log-rows" aria-label=text::OF_TRACE>
                <For each=rows key=|log| log.place.clone() let:log>{row(sheet, log, start)}</For>
            </ul>
            <Show when=move || has_more.get()>
                <button class="button more-logs" data-test="trace-logs-more" on:click=more>{text::MORE}</button>
            </Show>
        }
        .into_any(),
    };
    view! { <div class="trace-logs" data-test="trace-log-list">{shown}</div> }
}

fn row(sheet: Sheet, log: Shared<LogView>, start: Memo<u64>) -> impl IntoView {
    let open = RwSignal::new(false);
    let time = log.time_unix_nano;
    let at = move || {
        let start = start.get();
        if time >= start && start > 0 { words::after(&format::nanos(time - start)) } else { when::fine(time) }
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
