//! The side panel: all that is known of the chosen record.

use leptos::prelude::*;
use thalweg_protocol::LogView;

use super::{bar::ask_for, grave};
use crate::{
    state::{App, Condition, Shared, app},
    text::{logs as text, traces as words},
    traces::{Copy, Face, copy, when},
};

/// Attributes that are shown at once; the others when they are asked for.
const SHOWN: usize = 60;
/// Longest value that the list can be narrowed by, in bytes.
const ASKED: usize = 1_000;

#[component]
pub(super) fn Details() -> impl IntoView {
    let app = app();
    let chosen = Memo::new(move |_| app.logs.with(|logs| logs.chosen.clone()));
    view! {
        <aside class="trace-detail log-detail" data-test="log-detail" aria-label=text::DETAILS>
            {move || match chosen.get() {
                Some(log) => of_record(app, log).into_any(),
                None => view! { <p class="sub">{text::CHOOSE}</p> }.into_any(),
            }}
        </aside>
    }
}

fn of_record(app: App, log: Shared<LogView>) -> impl IntoView {
    let severity = if log.severity == 0 && log.severity_text.is_empty() {
        text::NO_SEVERITY.now().to_owned()
    } else {
        format!("{} ({})", grave::plain(&log.severity_text), log.severity)
    };
    let seen = (log.observed_unix_nano > 0).then(|| pair(text::SEEN.now(), when::fine_exact(log.observed_unix_nano)));
    let event = (!log.event_name.is_empty()).then(|| pair(text::EVENT.now(), log.event_name.clone()));
    let body = (!log.text.is_empty()).then(|| body(&log.text));
    let attributes = askable(words::ATTRIBUTES.now(), log.attributes.clone(), false);
    let resource = askable(words::RESOURCE.now(), log.resource.clone(), true);
    let scope = (!log.scope.is_empty()).then(|| pair(words::SCOPE.now(), log.scope.clone()));
    let ids = (!log.trace_id.is_empty()).then(|| {
        let (trace_id, span_id) = (log.trace_id.clone(), log.span_id.clone());
        let span = (!span_id.is_empty()).then(|| pair(words::SPAN_ID.now(), span_id.clone()));
        view! {
            <h3 class="heading">{words::IDS}</h3>
            {pair(words::TRACE_ID.now(), trace_id.clone())}
            {span}
            <button
                class="button open-trace"
                data-test="log-open-trace"
                on:click=move |_| app.open_span(&trace_id, Some(span_id.as_str()).filter(|id| !id.is_empty()), Face::Waterfall)
            >
                {text::OPEN_TRACE}
            </button>
        }
    });
    let whole = log.clone();
    view! {
        <div class=format!("log-title {}", grave::class(log.severity))>
            <b>{severity}</b>
            <span class="grow"></span>
            <button
                class="small"
                data-test="log-copy"
                on:click=move |_| copy(app, &serde_json::to_string_pretty(&*whole).unwrap_or_default())
            >
                {text::COPY_RECORD}
            </button>
        </div>
        {body}
        <h3 class="heading">{text::TIME}</h3>
        {pair(text::HAPPENED.now(), when::fine_exact(log.time_unix_nano))}
        {seen}
        {pair(text::SERVICE.now(), log.service.clone())}
        {event}
        {attributes}
        {ids}
        {resource}
        {scope}
    }
}

/// What a record says, with its line ends.
pub(crate) fn body(text: &str) -> impl IntoView + use<> {
    view! {
        <div class="log-body" tabindex="0" role="group" aria-label=text::BODY>
            <pre class="selectable" data-test="log-text">{grave::plain(text)}</pre>
            <Copy value=text.to_owned() />
        </div>
    }
}

/// Pairs under a heading; of very many the first, and the way to the others.
pub(crate) fn group(title: &'static str, pairs: Vec<(String, String)>) -> Option<impl IntoView + use<>> {
    grouped(title, pairs, |name, value| pair(name, value.to_owned()).into_any())
}

/// The same of a record's attributes or its sender's, each of which the list can be narrowed by.
fn askable(title: &'static str, pairs: Vec<(String, String)>, of_resource: bool) -> Option<impl IntoView + use<>> {
    grouped(title, pairs, move |name, value| asking(of_resource, name, value).into_any())
}

fn grouped<F>(title: &'static str, pairs: Vec<(String, String)>, pair: F) -> Option<impl IntoView + use<F>>
where
    F: Fn(&str, &str) -> AnyView + Send + Sync + 'static,
{
    if pairs.is_empty() {
        return None;
    }
    let all = RwSignal::new(pairs.len() <= SHOWN);
    let pairs = StoredValue::new(pairs);
    let shown = move || {
        let most = if all.get() { usize::MAX } else { SHOWN };
        pairs.with_value(|pairs| pairs.iter().take(most).map(|(name, value)| pair(name, value)).collect_view())
    };
    Some(view! {
        <h3 class="heading">{title}</h3>
        {shown}
        <Show when=move || !all.get()>
            <button class="small" on:click=move |_| all.set(true)>{text::MORE_ATTRIBUTES}</button>
        </Show>
    })
}

/// A name and its value, with buttons that list only records that have it, or have it not. What is shown of a list, or cut, is not what
/// was sent: nothing equals it.
fn asking(of_resource: bool, name: &str, value: &str) -> impl IntoView + use<> {
    let app = app();
    let is_whole = value.len() <= ASKED && !value.starts_with(['[', '{']);
    let button = |is_wanted: bool, sign: &'static str, label: &'static str, test: &'static str| {
        let condition = Condition { of_resource, key: name.to_owned(), value: value.to_owned(), is_wanted };
        view! {
            <button class="log-ask-button" data-test=test title=label aria-label=label on:click=move |_| ask_for(app, &condition)>
                {sign}
            </button>
        }
    };
    let buttons = is_whole.then(|| {
        view! {
            {button(true, "=", text::ONLY_WITH.now(), "log-only")}
            {button(false, "≠", text::ONLY_WITHOUT.now(), "log-without")}
        }
    });
    view! {
        <div class="log-pair" data-name=name.to_owned()>
            {pair(name, value.to_owned())}
            <span class="log-ask">{buttons}</span>
        </div>
    }
}

/// A name and its value.
pub(crate) fn pair(name: &str, value: String) -> impl IntoView + use<> {
    let (name, shown) = (grave::head(name, 200), grave::plain(&value));
    view! {
        <div class="pair">
            <span title=name.clone()>{name.clone()}</span>
            <code class="selectable" title=grave::head(&shown, 1_000)>{shown.clone()}</code>
            <Copy value />
        </div>
    }
}
