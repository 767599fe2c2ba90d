//! The details of the chosen row; of the whole trace while none is chosen.

use leptos::prelude::*;
use thalweg_protocol::{
    TraceRow, TraceView,
    trace::{RowKind, SpanDetail, SpanEvent},
};

use super::{contrast::ContrastPart, copy, facts, links, logs, sheet::Sheet, spans::Told, tree::Tree, when};
use crate::{format, state::Shared, text::traces as text};

/// The right part of the lens.
#[component]
pub(super) fn Details(sheet: Sheet) -> impl IntoView {
    let shown = move || {
        let (_, tree) = sheet.tree.get()?;
        Some(match sheet.chosen_index.get().and_then(|index| of_row(sheet, &tree, index)) {
            Some(row) => row.into_any(),
            None => of_trace(&tree.view).into_any(),
        })
    };
    view! {
        <aside class="trace-detail" data-test="trace-detail" aria-label=text::DETAILS>
            {shown}
            <ContrastPart />
        </aside>
    }
}

fn of_trace(view: &TraceView) -> impl IntoView + use<> {
    let summary = &view.summary;
    view! {
        <h2>{text::title(&summary.service, &summary.root)}</h2>
        <p class="sub">{text::CHOOSE_ROW}</p>
        <h3 class="heading">{text::TIME}</h3>
        {pair(text::STARTED.now(), when::exact(summary.start_unix_nano))}
        {pair(text::DURATION.now(), format::millis(summary.duration_ms))}
        <h3 class="heading">{text::SPANS}</h3>
        {pair(text::SPANS.now(), format::count(summary.spans as f64))}
        {pair(text::ERRORS.now(), format::count(summary.errors as f64))}
        {pair(text::SERVICES.now(), summary.services.join(", "))}
        {pair(text::TRACE_ID.now(), summary.trace_id.clone())}
    }
}

fn of_row(sheet: Sheet, tree: &Shared<Tree>, index: usize) -> Option<impl IntoView + use<>> {
    let row = tree.row(index)?;
    let service = (!row.service.is_empty()).then(|| format!("{} · ", row.service));
    let wait = tree.wait_before(index).map(|wait| pair(&wait.name, format::nanos(wait.duration_nano)));
    let own = row.span.is_some().then(|| pair(text::SELF_TIME.now(), format::nanos(row.self_nano)));
    let critical = row.critical_nano;
    let critical = (critical > 0).then(|| pair(text::CRITICAL.now(), format::nanos(critical)));
    let name = if row.name.is_empty() { text::NO_NAME.now().to_owned() } else { row.name.clone() };
    let more = row.span.as_deref().map(|span| {
        if tree.view.is_detailed() {
            of_span(sheet, tree, row, span).into_any()
        } else {
            asked_for(sheet, tree.clone(), index, span.span_id.clone()).into_any()
        }
    });
    Some(view! {
        <div data-test="span-details">
            <h2 class="selectable">{name}</h2>
            <p class="sub">{service}{facts::kind(row.kind)}</p>
            <h3 class="heading">{text::TIME}</h3>
            {pair(text::STARTS.now(), text::after(&format::nanos(row.start_nano)))}
            {pair(text::DURATION.now(), format::nanos(row.duration_nano))}
            {own}
            {critical}
            {wait}
            {inferred(row)}
            {more}
        </div>
    })
}

/// What is known of a span of a large trace, once it came; that it did not, where it failed.
fn asked_for(sheet: Sheet, tree: Shared<Tree>, index: usize, span_id: String) -> impl IntoView {
    move || {
        Some(match (sheet.spans.of(&span_id), tree.row(index)?) {
            (Told::Known(span), row) => of_span(sheet, &tree, row, &span).into_any(),
            (Told::Asked, _) => view! { <p class="says" data-test="span-asked">{text::LOADING_SPAN}</p> }.into_any(),
            (Told::Failed, _) => view! { <p class="says" data-test="span-failed">{text::NO_SPAN}</p> }.into_any(),
        })
    }
}

fn inferred(row: &TraceRow) -> Option<impl IntoView + use<>> {
    let says = match row.kind {
        RowKind::Wait => text::WAIT_SAYS,
        RowKind::Retry => text::RETRY_SAYS,
        _ => return None,
    };
    Some(view! { <h3 class="heading">{text::INFERRED}</h3><p class="says">{says}</p> })
}

fn of_span(sheet: Sheet, tree: &Tree, row: &TraceRow, span: &SpanDetail) -> impl IntoView + use<> {
    let message =
        if span.status_message.is_empty() { text::ERROR.now().to_owned() } else { span.status_message.clone() };
    let status = (row.error || !span.status_message.is_empty()).then(|| {
        view! {
            <h3 class="heading">{text::STATUS}</h3>
            <p class="says selectable" class:bad=row.error>{message}</p>
        }
    });
    let groups = facts::groups(span).into_iter().map(|group| {
        view! { <h3 class="heading">{group.title}</h3>{pairs(group.pairs)} }
    });
    let events = (!span.events.is_empty()).then(|| {
        view! { <h3 class="heading">{text::EVENTS}</h3>{span.events.iter().map(event).collect_view()} }
    });
    let links = links::links(sheet, tree, span);
    let parent = (!span.parent_span_id.is_empty()).then(|| pair(text::PARENT_ID.now(), span.parent_span_id.clone()));
    let scope = (!span.scope.is_empty()).then(|| pair(text::SCOPE.now(), span.scope.clone()));
    view! {
        {status}
        {logs::of_span(sheet, &span.span_id)}
        {groups.collect_view()}
        {events}
        {links}
        <h3 class="heading">{text::IDS}</h3>
        {pair(text::TRACE_ID.now(), tree.view.summary.trace_id.clone())}
        {pair(text::SPAN_ID.now(), span.span_id.clone())}
        {parent}
        {scope}
    }
}

fn event(event: &SpanEvent) -> impl IntoView + use<> {
    view! {
        <div class="event">
            <span class="what selectable">{event.name.clone()}</span>
            <code>{text::after(&format::nanos(event.at_nano))}</code>
        </div>
        <div class="nested">{pairs(event.attributes.clone())}</div>
    }
}

pub(super) fn pairs(pairs: Vec<(String, String)>) -> impl IntoView {
    pairs.into_iter().map(|(name, value)| pair(&name, value)).collect_view()
}

pub(super) fn pair(name: &str, value: String) -> impl IntoView + use<> {
    view! {
        <div class="pair">
            <span title=name.to_owned()>{name.to_owned()}</span>
            <code class="selectable" title=value.clone()>{value.clone()}</code>
            <copy::Copy value />
        </div>
    }
}
