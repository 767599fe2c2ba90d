//! The top bar: what is open, the way to every command, the receiver, the scenario, and the run.

use leptos::prelude::*;
use thalweg_protocol::{FlowCard, ReceiverState};

use super::history::History;
use crate::{
    commands::{self, Command},
    format,
    kit::{Logo, Menu, MenuState},
    state::{Lens, OpenDocument, app},
    text,
};

/// The bar at the top.
#[component]
pub(super) fn TopBar() -> impl IntoView {
    let app = app();
    let title = move || {
        match app.lens.get() {
            Lens::Traces => return text::TRACES.now().to_owned(),
            Lens::Logs => return text::LOGS.now().to_owned(),
            Lens::Metrics => return text::METRICS.now().to_owned(),
            Lens::Answers => return text::answers::TITLE.now().to_owned(),
            Lens::Design | Lens::Simulate => {}
        }
        app.document.with(|d| d.as_ref().map_or_else(|| text::APP.to_owned(), OpenDocument::title))
    };
    let sub = move || {
        if app.lens.get() == Lens::Traces {
            return app.receiver.with(|r| r.as_ref().map(|r| text::traces_so_far(r.stored_spans))).unwrap_or_default();
        }
        if app.lens.get() == Lens::Logs {
            return app.receiver.with(|r| r.as_ref().map(|r| text::logs::so_far(r.stored_logs))).unwrap_or_default();
        }
        if app.lens.get() == Lens::Metrics {
            return app
                .receiver
                .with(|r| r.as_ref().map(|r| text::metrics::so_far(r.stored_points)))
                .unwrap_or_default();
        }
        if app.lens.get() == Lens::Answers {
            return app.start.with(|s| s.as_ref().map(|s| text::answers::of_build(&s.version))).unwrap_or_default();
        }
        app.document.with(|d| {
            d.as_ref().map_or_else(String::new, |d| {
                let state = match (d.path(), d.is_edited()) {
                    (_, true) => text::EDITED,
                    (None, false) => text::UNSAVED_FILE,
                    (Some(_), false) => text::SAVED,
                };
                format!("{} · {state}", d.path().unwrap_or(d.name()))
            })
        })
    };
    view! {
        <header class="topbar">
            <div class="side">
                <FileMenu />
                <span class="name" data-test="flow-name">{title}</span>
                <span class="sub" data-test="file-state">{sub}</span>
                <History />
            </div>
            <button class="search" data-test="search" on:click=move |_| app.palette.set(true)>
                {text::SEARCH}
                <Keys command=&commands::window::PALETTE />
            </button>
            <div class="side end">
                <ReceiverChip />
                <Show when=move || app.lens.get().is_of_flow() && app.document.with(Option::is_some)>
                    <ScenarioMenu />
                    <RunButton />
                </Show>
            </div>
        </header>
    }
}

/// The keys of a command.
#[component]
pub(super) fn Keys(command: &'static Command) -> impl IntoView {
    let keys = command.keys.first().map(|s| s.keys()).unwrap_or_default();
    view! { <span class="keys">{keys.into_iter().map(|key| view! { <kbd>{key}</kbd>" " }).collect_view()}</span> }
}

#[component]
fn FileMenu() -> impl IntoView {
    view! {
        <Menu label=|| view! { <Logo /> } class="logo-button" test="open-menu" title=text::FILE_MENU.now()>
            <FileEntries />
        </Menu>
    }
}

#[component]
fn FileEntries() -> impl IntoView {
    let app = app();
    let entry = |command, test| view! { <CommandEntry command test /> };
    let examples = move || app.start.with(|s| s.as_ref().map(|s| s.stories.clone()).unwrap_or_default());
    let menu = expect_context::<MenuState>();
    view! {
        {entry(&commands::file::NEW, "menu-new")}
        {entry(&commands::shell::NEW_WINDOW, "menu-new-window")}
        {entry(&commands::file::OPEN, "menu-open")}
        {entry(&commands::file::SAVE, "menu-save")}
        {entry(&commands::file::SAVE_AS, "menu-save-as")}
        {entry(&commands::file::CLOSE, "menu-close")}
        <hr />
        {move || {
            examples().into_iter().map(|FlowCard { name, .. }| {
                let (test, chosen) = (format!("menu-example-{name}"), name.clone());
                let open = move |_| {
                    menu.close();
                    app.leave(crate::state::Leave::OpenExample(chosen.clone()));
                };
                view! { <button role="menuitem" data-test=test on:click=open>{name}<small>{text::EXAMPLE}</small></button> }
            }).collect_view()
        }}
        <hr />
        {entry(&commands::view::ANSWERS, "menu-answers")}
        {entry(&commands::shell::TOUR, "menu-tour")}
        {entry(&commands::shell::PREFERENCES, "menu-preferences")}
        <hr />
        {entry(&commands::window::THEME_SYSTEM, "theme-system")}
        {entry(&commands::window::THEME_DARK, "theme-dark")}
        {entry(&commands::window::THEME_LIGHT, "theme-light")}
    }
}

#[component]
fn CommandEntry(command: &'static Command, test: &'static str) -> impl IntoView {
    let app = app();
    let menu = expect_context::<MenuState>();
    let run = move |_| {
        menu.close();
        command.run(app);
    };
    view! {
        <button role="menuitem" data-test=test disabled=move || !command.is_enabled(app) on:click=run>
            {command.label}
            <Keys command />
        </button>
    }
}

#[component]
fn ReceiverChip() -> impl IntoView {
    let app = app();
    let shown =
        move || app.receiver.with(|r| r.as_ref().map_or_else(|| text::RECEIVER_STARTING.now().to_owned(), words));
    let bad = move || app.receiver.with(|r| r.as_ref().is_some_and(|r| r.error.is_some()));
    let title = move || app.receiver.with(|r| r.as_ref().map(full).unwrap_or_default());
    view! {
        <span class="chip" class:bad=bad data-test="receiver" title=title role="status">
            <span class="dot"></span>
            <span class="words">{shown}</span>
        </span>
    }
}

/// The receiver in a few words; the port is what senders need.
fn words(receiver: &ReceiverState) -> String {
    let address = receiver.grpc.as_ref().or(receiver.http.as_ref());
    match (address, &receiver.error) {
        (Some(address), _) => {
            let port = address.rsplit(':').next().unwrap_or(address);
            text::receiver(port, &format::count(receiver.spans_per_s))
        }
        (None, Some(error)) => error.message.clone(),
        (None, None) => text::RECEIVER_OFF.now().to_owned(),
    }
}

/// Everything about the receiver.
fn full(receiver: &ReceiverState) -> String {
    let mut lines = Vec::new();
    lines.extend(receiver.grpc.as_ref().map(|address| format!("gRPC {address}")));
    lines.extend(receiver.http.as_ref().map(|address| format!("HTTP {address}")));
    lines.extend(receiver.error.as_ref().map(ToString::to_string));
    lines.push(text::spans(receiver.stored_spans, receiver.refused_spans));
    lines.join("\n")
}

#[component]
fn ScenarioMenu() -> impl IntoView {
    let app = app();
    let label = move || text::scenario(&app.scenario.get().unwrap_or_else(|| text::DEFAULT_SCENARIO.to_owned()));
    view! {
        <Menu label=move || view! { {label} } class="button" test="scenario" right=true>
            <ScenarioEntries />
        </Menu>
    }
}

#[component]
fn ScenarioEntries() -> impl IntoView {
    let app = app();
    let menu = expect_context::<MenuState>();
    let names = move || app.document.with(|d| d.as_ref().map(OpenDocument::scenarios).unwrap_or_default());
    move || {
        names()
            .into_iter()
            .map(|(name, summary)| {
                let (chosen, compared, test) = (name.clone(), name.clone(), format!("scenario-{name}"));
                let on = move || app.scenario.with(|s| s.as_deref().unwrap_or(text::DEFAULT_SCENARIO) == compared);
                let choose = move |_| {
                    menu.close();
                    app.choose_scenario(&chosen);
                };
                view! {
                    <button role="menuitemradio" class:on=on data-test=test title=summary.clone() on:click=choose>
                        {name}
                    </button>
                }
            })
            .collect_view()
    }
}

/// ▶ Simulate; while a run is under way its progress and the way to cancel it.
#[component]
fn RunButton() -> impl IntoView {
    let app = app();
    let share = move || app.running.with(|r| r.map_or(0.0, |r| r.share));
    view! {
        <Show
            when=move || app.running.with(Option::is_some)
            fallback=move || view! {
                <button class="button primary" data-test="simulate" title="Ctrl+Enter" on:click=move |_| app.simulate()>
                    {text::RUN}
                </button>
            }
        >
            <div class="run-progress" data-test="run-progress" role="progressbar" aria-valuemin="0" aria-valuemax="100"
                aria-valuenow=move || format!("{:.0}", share() * 100.0)>
                <span class="bar" style:transform=move || format!("scaleX({:.3})", share())></span>
                {move || format::share(share().mul_add(100.0, 0.0).floor() / 100.0)}
            </div>
            <button class="button" data-test="cancel" on:click=move |_| app.cancel_run()>{text::CANCEL}</button>
        </Show>
    }
}
