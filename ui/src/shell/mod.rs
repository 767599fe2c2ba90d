//! The frame of the window: top bar, rail, status line, start page, palette, dialogs, messages.

mod command_palette;
mod dialogs;
mod keys;
mod rail;
mod start_page;
mod status;
mod toasts;
mod topbar;

use leptos::prelude::*;
use thalweg_protocol::Theme;

use crate::{
    answers::AnswersPage,
    canvas::Canvas,
    inspector::Inspector,
    problems::Problems,
    state::{App, Lens},
    text,
    timeline::Timeline,
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
    app.follow_edits();
    app.follow_scenario();
    app.start();
    #[cfg(feature = "probe")]
    crate::probe::start(app);
    let has_document = Memo::new(move |_| app.document.with(Option::is_some));
    let on_lens = move |lens| app.lens.get() == lens;
    view! {
        <div class="window">
            <topbar::TopBar />
            <rail::Rail />
            <main class="stage">
                <Show when=move || app.lens.get().is_of_flow() && has_document.get()>
                    <div class="lens">
                        <div class="canvas-area"><Canvas /></div>
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
                <Show when=move || on_lens(Lens::Answers)>
                    <AnswersPage />
                </Show>
            </main>
            <status::StatusLine />
        </div>
        <command_palette::CommandPalette />
        <crate::find::ShortcutSheet />
        <dialogs::Dialogs />
        <toasts::ToastList />
    }
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
        let light = match app.theme.get() {
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
