//! The frame of the window: top bar, rail, status line, start page, palette, dialogs, messages.

mod command_palette;
mod dialogs;
mod history;
mod keys;
mod menus;
mod rail;
mod recovered;
mod start_page;
mod status;
mod thumbnail;
mod toasts;
mod topbar;

use leptos::prelude::*;
use thalweg_protocol::{Command, Theme};

pub(crate) use menus::choose;

use crate::{
    answers::AnswersPage,
    canvas::Canvas,
    inspector::Inspector,
    logs::LogsPage,
    metrics::MetricsPage,
    preferences::PreferencesDialog,
    problems::Problems,
    runs::OlderRun,
    state::{App, Lens, app},
    text,
    timeline::Timeline,
    tour::Tour,
    traces::TracesPage,
};

/// The whole window.
#[component]
pub(crate) fn Window() -> impl IntoView {
    text::Language::of_tag(&window().navigator().language().unwrap_or_default()).speak();
    let app = App::new();
    provide_context(app);
    keys::listen(app);
    follow_theme(app);
    follow_title(app);
    menus::follow(app);
    app.follow_edits();
    app.keep_unsaved();
    app.keep_drawn();
    app.watch_file();
    app.follow_scenario();
    app.follow_comparison();
    app.start();
    #[cfg(feature = "probe")]
    crate::probe::start(app);
    // Everything that is seen: built anew, from the state, when another language is chosen.
    move || {
        app.building.track();
        view! { <Frame /> }
    }
}

/// What is seen of the window.
#[component]
fn Frame() -> impl IntoView {
    let app = app();
    let has_document = Memo::new(move |_| app.document.with(Option::is_some));
    let on_lens = move |lens| app.lens.get() == lens;
    view! {
        <div class="window">
            <topbar::TopBar />
            <rail::Rail />
            <main class="stage">
                <Show when=move || app.lens.get().is_of_flow() && has_document.get()>
                    <div class="lens">
                        <div class="canvas-area"><Canvas /><OlderRun /></div>
                        <aside class="side-area"><Inspector /></aside>
                        <Show
                            when=move || on_lens(Lens::Simulate)
                            fallback=|| view! { <section class="below problems-area"><Problems /></section> }
                        >
                            <section class="below timeline-area"><Timeline /></section>
                        </Show>
                    </div>
                </Show>
                <Show when=move || app.lens.get().is_of_flow() && !has_document.get()>
                    <start_page::StartPage />
                </Show>
                <Show when=move || on_lens(Lens::Traces)>
                    <TracesPage />
                </Show>
                <Show when=move || on_lens(Lens::Logs)>
                    <LogsPage />
                </Show>
                <Show when=move || on_lens(Lens::Metrics)>
                    <MetricsPage />
                </Show>
                <Show when=move || on_lens(Lens::Answers)>
                    <AnswersPage />
                </Show>
            </main>
            <status::StatusLine />
        </div>
        <command_palette::CommandPalette />
        <crate::find::ShortcutSheet />
        <dialogs::Dialogs />
        <PreferencesDialog />
        <Tour />
        <toasts::ToastList />
    }
}

/// Keeps the window's title at what is open in it, and says the language to those who read the page aloud.
fn follow_title(app: App) {
    let title = Memo::new(move |_| {
        let edited = if app.edited.get() { "• " } else { "" };
        app.document.with(|d| {
            d.as_ref().map_or_else(|| text::APP.to_owned(), |d| format!("{edited}{} – {}", d.title(), text::APP))
        })
    });
    Effect::new(move |_| app.send(Command::SetTitle { title: title.get() }));
    Effect::new(move |_| {
        app.building.track();
        if let Some(root) = document().document_element() {
            // Without it the page is read aloud as English, which it is by default.
            drop(root.set_attribute("lang", text::Language::now().tag()));
        }
    });
}

/// Keeps `data-theme` of the page at the user's choice, or at what the system prefers.
fn follow_theme(app: App) {
    let query = window().match_media("(prefers-color-scheme: light)").ok().flatten();
    let system_light = RwSignal::new(query.as_ref().is_some_and(web_sys::MediaQueryList::matches));
    if let Some(query) = query {
        let changed = wasm_bindgen::closure::Closure::<dyn FnMut()>::new({
            let query = query.clone();
            move || {
                system_light.try_set(query.matches());
            }
        });
        query.set_onchange(Some(wasm_bindgen::JsCast::unchecked_ref(changed.as_ref())));
        // The page lives as long as its window.
        changed.forget();
    }
    Effect::new(move |_| {
        let light = match app.preferences.with(|chosen| chosen.theme) {
            Some(theme) => theme == Theme::Light,
            None => system_light.get(),
        };
        if let Some(root) = document().document_element() {
            // Without the attribute the page is dark, which is readable too.
            drop(root.set_attribute("data-theme", if light { "light" } else { "dark" }));
        }
        // Behind the attribute: what is painted reads its colours then.
        app.light.set(light);
    });
}
