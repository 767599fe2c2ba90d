//! The button that has curves drawn by their powers of ten.

use leptos::prelude::*;

use crate::text::timeline as text;

#[component]
pub(super) fn LogScale(log: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            class="small"
            class:on=move || log.get()
            data-test="log-scale"
            aria-pressed=move || log.get().to_string()
            title=text::LOG_HINT
            on:click=move |_| log.update(|log| *log = !*log)
        >
            {text::LOG}
        </button>
    }
}
