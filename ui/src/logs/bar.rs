//! The line over the list: which records are listed, whether new ones appear.

use leptos::{ev, html, prelude::*};
use thalweg_spans::filter::{self, Problem, Severity};
use wasm_bindgen::JsCast as _;

use super::{
    grave,
    when::{of_field, to_field},
};
use crate::{
    actions::signals::now_unix_nano,
    kit::{Prose, is_command},
    state::{App, Condition, LogsAsked, Refused, Since, app},
    text::logs as text,
};

/// Ranges of time up to now, in seconds.
const RANGES: [u32; 6] = [300, 900, 3600, 21_600, 86_400, 604_800];
/// How long one stops typing before the list follows, in milliseconds.
const TYPING: u64 = 250;

#[component]
pub(super) fn Bar() -> impl IntoView {
    let app = app();
    let field = NodeRef::<html::Input>::new();
    view! {
        <div class="signal-bar" role="search">
            <Search field />
            {severity(app)}
            {service(app)}
            {range(app)}
            <Moments />
            <span class="grow"></span>
            <span class="count" role="status" data-test="log-count">
                {move || app.logs.with(|logs| text::listed(logs.list.len(), logs.has_more(), logs.working))}
            </span>
            <button
                class="small live"
                class:on=move || app.logs.with(|logs| !logs.paused)
                data-test="logs-live"
                aria-pressed=move || app.logs.with(|logs| !logs.paused).to_string()
                title=text::LIVE_WHAT
                on:click=move |_| {
                    app.logs.update(|logs| logs.paused = !logs.paused);
                    if app.logs.with_untracked(|logs| !logs.paused) {
                        app.fetch_newer_logs();
                    }
                }
            >
                <i aria-hidden="true"></i>
                {move || if app.logs.with(|logs| logs.paused) { text::PAUSED.now() } else { text::LIVE.now() }}
            </button>
            <button class="small" data-test="logs-clear" on:click=move |_| app.ask_to_clear_logs()>{text::CLEAR}</button>
            <Conditions field />
        </div>
    }
}

/// Conditions on single values, each of which can be taken away.
#[component]
fn Conditions(
    /// The line over the list: where the focus goes when the last one is taken away.
    field: NodeRef<html::Input>,
) -> impl IntoView {
    let app = app();
    let all = Memo::new(move |_| app.logs.with(|logs| logs.asked.conditions.clone()));
    let chip = move |condition: String| {
        let (shown, gone) = (grave::head(&condition, 120), condition.clone());
        let label = text::without_condition(&shown);
        view! {
            <li class="log-chip">
                <code title=grave::head(&condition, 1_000)>{shown}</code>
                <button
                    data-test="log-chip-remove"
                    title=label.clone()
                    aria-label=label
                    on:click=move |event| {
                        hand_on_focus(&event, field);
                        change(app, |asked| asked.conditions.retain(|known| *known != gone));
                    }
                >
                    "×"
                </button>
            </li>
        }
    };
    view! {
        <Show when=move || all.with(|all| !all.is_empty())>
            <ul class="log-chips" data-test="log-chips" aria-label=text::CONDITIONS>
                // By what they say: those that stay keep their place on the page, and with it the focus.
                <For each=move || all.get() key=Clone::clone let:condition>
                    {chip(condition)}
                </For>
            </ul>
        </Show>
    }
}

/// Gives the focus to the button of the chip behind that of an event, else of the one before it, else to the line: with the button that
/// has it the focus would be lost.
fn hand_on_focus(event: &ev::MouseEvent, field: NodeRef<html::Input>) {
    let button = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let chip = button.and_then(|button| button.closest("li").ok().flatten());
    let beside = chip.and_then(|chip| chip.next_element_sibling().or_else(|| chip.previous_element_sibling()));
    let next = beside.and_then(|chip| chip.query_selector("button").ok().flatten());
    if let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
        drop(next.focus());
    } else if let Some(field) = field.get_untracked() {
        drop(field.focus());
    }
}

/// Lists only records that fit one more condition. The record whose value it is stays before one.
pub(super) fn ask_for(app: App, condition: &Condition) {
    let (asked, chosen) = app.logs.with_untracked(|logs| (logs.asked.clone(), logs.chosen.clone()));
    let with = asked.clone().with(condition);
    if with != asked {
        app.ask_for_logs(with);
        app.logs.update(|logs| logs.chosen = chosen);
    }
}

fn change(app: App, change: impl FnOnce(&mut LogsAsked)) {
    let mut asked = app.logs.with_untracked(|logs| logs.asked.clone());
    change(&mut asked);
    if app.logs.with_untracked(|logs| logs.asked != asked) {
        app.ask_for_logs(asked);
    }
}

#[component]
fn Search(field: NodeRef<html::Input>) -> impl IntoView {
    let app = app();
    let typed = RwSignal::new(0_u32);
    // Lists change all the time: what one is writing must not be written over by what is known already.
    let line = Memo::new(move |_| app.logs.with(|logs| logs.line().to_owned()));
    // What is wrong with a filter; the list stays as it is until it is mended.
    let wrong = Memo::new(move |_| app.logs.with(|logs| logs.refused.as_ref().map(|refused| refused.problem.clone())));
    let ask = move || {
        if let Some(field) = field.try_get_untracked().flatten() {
            let line = field.value();
            let refused = wrong_with(&line).map(|problem| Refused { line: line.clone(), problem });
            let is_right = refused.is_none();
            if app.logs.with_untracked(|logs| logs.refused != refused) {
                app.logs.update(|logs| logs.refused = refused);
            }
            if is_right {
                change(app, |asked| asked.text = line);
            }
        }
    };
    let later = move |_| {
        typed.update(|typed| *typed = typed.wrapping_add(1));
        let now = typed.get_untracked();
        set_timeout(
            move || {
                if typed.try_get_untracked() == Some(now) {
                    ask();
                }
            },
            std::time::Duration::from_millis(TYPING),
        );
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" {
            ask();
        }
        if !is_command(&event) {
            event.stop_propagation();
        }
    };
    view! {
        <input
            class="input search-text"
            type="search"
            data-test="logs-search"
            aria-label=text::SEARCH
            placeholder=text::SEARCH_WHAT
            spellcheck="false"
            aria-invalid=move || wrong.with(Option::is_some).to_string()
            aria-describedby="logs-told"
            prop:value=move || line.get()
            node_ref=field
            on:input=later
            on:change=move |_| ask()
            on:keydown=key
        />
        <p class="log-told" id="logs-told" data-test="logs-told" role="status">
            {move || wrong.get().map(|problem| {
                let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
                view! { <Prose text=format!("{}{help}. {}", problem.message, text::QUOTE_TO_SEARCH.now()) /> }
            })}
        </p>
    }
}

/// What is wrong with the line, where it is a filter.
fn wrong_with(line: &str) -> Option<Problem> {
    if !filter::is_of_fields(line) {
        return None;
    }
    filter::read_of_records(line).problems.into_iter().find(|problem| problem.severity == Severity::Error)
}

fn severity(app: App) -> impl IntoView {
    let chosen = move || app.logs.with(|logs| logs.asked.severity.map(|least| least.to_string()).unwrap_or_default());
    let choose = move |event: ev::Event| {
        let value = event_target_value(&event);
        change(app, |asked| asked.severity = value.parse().ok());
    };
    view! {
        <select class="choice" data-test="logs-severity" aria-label=text::SEVERITY prop:value=chosen on:change=choose>
            <option value="">{text::EVERY_SEVERITY}</option>
            {grave::STEPS
                .map(|(least, word)| view! { <option value=least.to_string()>{text::at_least(word)}</option> })
                .collect_view()}
        </select>
    }
}

fn service(app: App) -> impl IntoView {
    let services = Memo::new(move |_| app.logs.with(|logs| logs.services.clone()));
    let chosen = Memo::new(move |_| app.logs.with(|logs| logs.asked.service.clone()));
    let choose = move |event: ev::Event| {
        let value = event_target_value(&event);
        let service = value.strip_prefix('=').map(str::to_owned);
        change(app, |asked| asked.service = service);
    };
    view! {
        <select class="choice" data-test="logs-service" aria-label=text::SERVICE on:change=choose>
            <option value="" selected=move || chosen.with(Option::is_none)>{text::EVERY_SERVICE}</option>
            {move || {
                services
                    .get()
                    .into_iter()
                    .map(|service| {
                        let is_chosen = chosen.with(|chosen| chosen.as_ref() == Some(&service));
                        // With a sign before it, a service without a name is another choice than none.
                        view! { <option value=format!("={service}") selected=is_chosen>{grave::head(&service, 60)}</option> }
                    })
                    .collect_view()
            }}
        </select>
    }
}

fn range(app: App) -> impl IntoView {
    let chosen = move || {
        app.logs.with(|logs| match logs.asked.since {
            Since::Ever => String::new(),
            Since::Last(seconds) => seconds.to_string(),
            Since::Between(..) => "between".to_owned(),
        })
    };
    let choose = move |event: ev::Event| {
        let value = event_target_value(&event);
        let since = match value.as_str() {
            "between" => Since::Between(Some(now_unix_nano().saturating_sub(3_600_000_000_000)), None),
            seconds => seconds.parse().map_or(Since::Ever, Since::Last),
        };
        change(app, |asked| asked.since = since);
    };
    view! {
        <select class="choice" data-test="logs-range" aria-label=text::RANGE prop:value=chosen on:change=choose>
            <option value="">{text::EVER}</option>
            {RANGES.map(|seconds| view! { <option value=seconds.to_string()>{text::last(seconds)}</option> }).collect_view()}
            <option value="between">{text::BETWEEN}</option>
        </select>
    }
}

/// The two moments between which records are listed.
#[component]
fn Moments() -> impl IntoView {
    let app = app();
    let between = Memo::new(move |_| {
        app.logs.with(|logs| match logs.asked.since {
            Since::Between(from, until) => Some((from, until)),
            _ => None,
        })
    });
    let field = move |test: &'static str, label: crate::text::Word, is_end: bool| {
        let shown = move || {
            let (from, until) = between.get().unwrap_or_default();
            if is_end { until } else { from }.map(to_field).unwrap_or_default()
        };
        let choose = move |event: ev::Event| {
            let at = of_field(&event_target_value(&event));
            let (from, until) = between.get_untracked().unwrap_or_default();
            let since = if is_end { Since::Between(from, at) } else { Since::Between(at, until) };
            change(app, |asked| asked.since = since);
        };
        let key = move |event: ev::KeyboardEvent| {
            if !is_command(&event) {
                event.stop_propagation();
            }
        };
        view! {
            <input
                class="input moment-field"
                type="datetime-local"
                step="1"
                data-test=test
                aria-label=label
                prop:value=shown
                on:change=choose
                on:keydown=key
            />
        }
    };
    view! {
        <Show when=move || between.with(Option::is_some)>
            {field("logs-from", text::FROM, false)}
            {field("logs-until", text::UNTIL, true)}
        </Show>
    }
}
