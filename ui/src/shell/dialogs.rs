//! Questions before something is lost.

use leptos::{ev, html, prelude::*};

use crate::{
    state::{Dialog, OpenDocument, app},
    text,
};

/// The question that is asked, if there is one.
#[component]
pub(super) fn Dialogs() -> impl IntoView {
    let app = app();
    let cancel = move || app.dialog.set(None);
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            cancel();
        }
    };
    move || {
        app.dialog.get().map(|dialog| {
            view! {
                <div class="veil" on:keydown=on_key>
                    <div class="dialog" role="alertdialog" aria-modal="true" data-test="dialog">
                        {match dialog {
                            Dialog::Unsaved { then } => {
                                let (save, discard) = (then.clone(), then);
                                let name = app.document.with_untracked(|d| {
                                    d.as_ref().map(OpenDocument::title).unwrap_or_default()
                                });
                                view! {
                                    <h2>{text::UNSAVED_TITLE}</h2>
                                    <p>{text::unsaved_question(&name)}</p>
                                    <div class="buttons">
                                        <button class="button" data-test="dialog-cancel" on:click=move |_| cancel()>
                                            {text::CANCEL}
                                        </button>
                                        <button
                                            class="button danger"
                                            data-test="dialog-discard"
                                            on:click=move |_| app.go(discard.clone())
                                        >
                                            {text::DISCARD}
                                        </button>
                                        <FirstButton
                                            test="dialog-save"
                                            label=text::SAVE.now()
                                            press=move || app.save(false, Some(save.clone()))
                                        />
                                    </div>
                                }
                                    .into_any()
                            }
                            Dialog::Conflict { message, then } => {
                                let (elsewhere, over) = (then.clone(), then);
                                view! {
                                    <h2>{text::CONFLICT_TITLE}</h2>
                                    <p class="selectable">{message}</p>
                                    <div class="buttons">
                                        <button class="button" data-test="dialog-cancel" on:click=move |_| cancel()>
                                            {text::CANCEL}
                                        </button>
                                        <button
                                            class="button danger"
                                            data-test="dialog-overwrite"
                                            on:click=move |_| app.save(true, over.clone())
                                        >
                                            {text::OVERWRITE}
                                        </button>
                                        <FirstButton
                                            test="dialog-save-as"
                                            label=text::SAVE_AS.now()
                                            press=move || app.save_as(elsewhere.clone())
                                        />
                                    </div>
                                }
                                    .into_any()
                            }
                        }}
                    </div>
                </div>
            }
        })
    }
}

/// The button that is meant; it has the focus.
#[component]
fn FirstButton(test: &'static str, label: &'static str, press: impl Fn() + Send + Sync + 'static) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    button.on_load(|button| drop(button.focus()));
    view! {
        <button class="button primary" node_ref=button data-test=test on:click=move |_| press()>{label}</button>
    }
}
