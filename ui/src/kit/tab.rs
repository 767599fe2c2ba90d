//! One tab of several.

use leptos::prelude::*;

/// A tab that shows `which` of what `shown` can be; `test` is its name for tests.
pub(crate) fn tab<T: Copy + PartialEq + Send + Sync + 'static>(
    shown: RwSignal<T>,
    which: T,
    test: &'static str,
    label: impl IntoRender<Output: IntoView>,
) -> impl IntoView {
    view! {
        <button
            role="tab"
            data-test=test
            aria-selected=move || (shown.get() == which).to_string()
            on:click=move |_| shown.set(which)
        >
            {label.into_render()}
        </button>
    }
}
