//! The rail: which lens is on.

use leptos::prelude::*;

use crate::{
    kit::Icon,
    state::{Lens, app},
    text,
};

/// The column of lenses at the left.
#[component]
pub(super) fn Rail() -> impl IntoView {
    let entries = [
        (Lens::Design, Icon::Design, text::DESIGN, "rail-design"),
        (Lens::Simulate, Icon::Simulate, text::SIMULATE, "rail-simulate"),
        (Lens::Traces, Icon::Traces, text::TRACES, "rail-traces"),
        (Lens::Logs, Icon::Logs, text::LOGS, "rail-logs"),
        (Lens::Metrics, Icon::Metrics, text::METRICS, "rail-metrics"),
    ];
    let app = app();
    view! {
        <nav class="rail">
            {entries.map(|(lens, icon, label, test)| view! {
                <button
                    data-test=test
                    aria-current=move || (app.lens.get() == lens).then_some("page")
                    on:click=move |_| app.lens.set(lens)
                >
                    <Icon icon />
                    {label}
                </button>
            })}
        </nav>
    }
}
