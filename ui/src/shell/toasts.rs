//! Short messages at the window's edge: what happened and what to do.

use leptos::prelude::*;

use crate::{kit::Prose, state::app, text};

/// The messages that are shown.
#[component]
pub(super) fn ToastList() -> impl IntoView {
    let app = app();
    view! {
        <div class="toasts" role="log" aria-live="polite">
            <For each=move || app.toasts.with(|t| t.shown().to_vec()) key=|toast| toast.id let:toast>
                <div class="toast" class:bad=toast.bad data-test=if toast.bad { "toast-error" } else { "toast" }>
                    <b class="selectable"><Prose text=toast.message /></b>
                    {toast.help.map(|help| view! { <p class="selectable"><Prose text=help /></p> })}
                    {toast.deleted_run.map(|_| view! {
                        <button
                            class="button undo"
                            data-test="toast-undo"
                            on:click=move |_| {
                                app.toasts.update(|toasts| toasts.dismiss(toast.id));
                                app.restore_run();
                            }
                        >
                            {text::runs::UNDO}
                        </button>
                    })}
                    <button
                        title=text::DISMISS
                        aria-label=text::DISMISS
                        on:click=move |_| app.toasts.update(|toasts| toasts.dismiss(toast.id))
                    >
                        "×"
                    </button>
                </div>
            </For>
        </div>
    }
}
