//! Line icons on a 20 × 20 grid, and the logo.

use leptos::prelude::*;

/// Which icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Design,
    Simulate,
    Traces,
    Logs,
    Metrics,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Icon::Design => "M2 7h5v6H2zM13 2h5v6h-5zM13 12h5v6h-5zM7 10h3V5h3M10 10v5h3",
            Icon::Simulate => "M2 16c3 0 4-11 8-11s4 8 8 8",
            Icon::Traces => "M2 4h9M5 8h10M8 12h6M11 16h7",
            Icon::Logs => "M3 4h1M7 4h10M3 8h1M7 8h7M3 12h1M7 12h10M3 16h1M7 16h5",
            Icon::Metrics => "M3 3v14h14M6 13l3-4 3 2 4-6",
        }
    }
}

/// Draws an icon in the colour of the text around it.
#[component]
pub(crate) fn Icon(icon: Icon) -> impl IntoView {
    view! { <svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d=icon.path() /></svg> }
}

/// Thalweg's sign: a channel with its tributaries.
#[component]
pub(crate) fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 26 26" aria-hidden="true">
            <path d="M3 6c6 0 5 7 10 7s4 7 10 7" />
            <path class="faint" d="M3 13c3 0 4 3 6 5" />
            <path class="faint" d="M14 7c2 2 4 3 9 3" />
        </svg>
    }
}
