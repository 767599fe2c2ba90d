//! Whether the list shows what arrives as it comes, and what waits while it does not.

use leptos::prelude::*;

use crate::{
    state::{App, Asked, Traces, app},
    text::surveys as text,
};

/// The switch.
#[component]
pub(super) fn LiveSwitch() -> impl IntoView {
    let app = app();
    let can_follow = Memo::new(move |_| app.filtering.asked.with(Asked::can_be_live));
    let on = move || can_follow.get() && app.surveys.live.get();
    let title = move || if can_follow.get() { text::LIVE_SAYS.now() } else { text::LIVE_NEWEST.now() };
    view! {
        <button
            class="button trace-live"
            class:on=on
            data-test="trace-live"
            aria-pressed=move || on().to_string()
            title=title
            disabled=move || !can_follow.get()
            on:click=move |_| app.toggle_live()
        >
            <i aria-hidden="true"></i>
            {text::LIVE}
        </button>
    }
}

/// How many new traces wait; a click lists them.
#[component]
pub(super) fn Waiting(
    /// Brings the list to its top.
    to_top: Callback<()>,
) -> impl IntoView {
    let app = app();
    let held = Memo::new(move |_| app.traces.with(Traces::held_back));
    view! {
        <Show when=move || { held.get() > 0 }>
            <button
                class="small trace-new"
                data-test="trace-new"
                on:click=move |_| {
                    app.traces.update(Traces::catch_up);
                    to_top.run(());
                }
            >
                {move || text::new_traces(held.get())}
            </button>
        </Show>
    }
}

/// Holds new traces back while the list is not live, scrolled, or under the pointer.
pub(super) fn hold_back(app: App, scrolled: Memo<bool>, hovered: RwSignal<bool>) {
    Effect::new(move |_| {
        let holding = !app.surveys.live.get() || scrolled.get() || hovered.get();
        app.traces.update(|traces| traces.hold_back(holding));
    });
    on_cleanup(move || {
        let holding = app.surveys.live.try_get_untracked() == Some(false);
        app.traces.try_update(|traces| traces.hold_back(holding));
    });
}
