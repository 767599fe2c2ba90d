//! Questions before something is lost, and about what is found.

use leptos::{ev, html, prelude::*};

use super::recovered::RecoveredList;
use crate::{
    kit::hold_focus,
    state::{App, Dialog, Leave, OpenDocument, app},
    text,
};

/// The question that is asked, if there is one.
#[component]
pub(super) fn Dialogs() -> impl IntoView {
    let app = app();
    move || {
        app.dialog.get().map(|dialog| match dialog {
            Dialog::Unsaved { then } => view! { <Unsaved then /> }.into_any(),
            Dialog::Conflict { message, then } => view! { <Conflict message then /> }.into_any(),
            Dialog::Changed => view! { <Changed /> }.into_any(),
            Dialog::Recovered => view! { <Recovered /> }.into_any(),
            Dialog::ClearLogs => {
                let (title, about) = (text::logs::CLEAR_TITLE.to_string(), text::logs::CLEAR_QUESTION.to_string());
                view! { <Clear title about press=move || app.clear_logs() /> }.into_any()
            }
            Dialog::ClearMetrics => {
                let (title, about) =
                    (text::metrics::CLEAR_TITLE.to_string(), text::metrics::CLEAR_QUESTION.to_string());
                view! { <Clear title about press=move || app.clear_metrics() /> }.into_any()
            }
        })
    }
}

#[component]
fn Unsaved(then: Leave) -> impl IntoView {
    let app = app();
    let (save, discard) = (then.clone(), then);
    view! {
        <Question title=text::UNSAVED_TITLE.to_string() about=text::unsaved_question(&title(app))>
            <Cancel />
            <button class="button danger" data-test="dialog-discard" on:click=move |_| app.go(discard.clone())>
                {text::DISCARD}
            </button>
            <FirstButton
                test="dialog-save"
                label=text::SAVE.to_string()
                press={
                    let save = save.clone();
                    move || app.save(false, Some(save.clone()))
                }
            />
        </Question>
    }
}

#[component]
fn Conflict(message: String, then: Option<Leave>) -> impl IntoView {
    let app = app();
    let (elsewhere, over) = (then.clone(), then);
    view! {
        <Question title=text::CONFLICT_TITLE.to_string() about=message>
            <Cancel />
            <button class="button danger" data-test="dialog-overwrite" on:click={
                let over = over.clone();
                move |_| app.save(true, over.clone())
            }>
                {text::OVERWRITE}
            </button>
            <FirstButton
                test="dialog-save-as"
                label=text::SAVE_AS.to_string()
                press={
                    let elsewhere = elsewhere.clone();
                    move || app.save_as(elsewhere.clone())
                }
            />
        </Question>
    }
}

#[component]
fn Changed() -> impl IntoView {
    let app = app();
    view! {
        <Question
            title=text::shell::CHANGED_TITLE.to_string()
            about=text::shell::changed_question(&title(app))
        >
            <button class="button" data-test="dialog-take-theirs" on:click=move |_| app.reload_document()>
                {text::shell::TAKE_THEIRS}
            </button>
            <FirstButton
                test="dialog-keep-mine"
                label=text::shell::KEEP_MINE.to_string()
                press=move || app.dialog.set(None)
            />
        </Question>
    }
}

#[component]
fn Recovered() -> impl IntoView {
    let app = app();
    view! {
        <Question title=text::shell::RECOVERED_TITLE.to_string() about=text::shell::RECOVERED_LEAD.to_string() wide=true>
            <div class="dialog-list"><RecoveredList /></div>
            <button class="button" data-test="dialog-later" on:click=move |_| app.dialog.set(None)>
                {text::shell::LATER}
            </button>
        </Question>
    }
}

/// Before everything of a signal is removed.
#[component]
fn Clear(title: String, about: String, press: impl Fn() + Send + Sync + 'static) -> impl IntoView {
    view! {
        <Question title about>
            <Cancel />
            <FirstButton test="dialog-clear" label=text::logs::REMOVE.to_string() press />
        </Question>
    }
}

fn title(app: App) -> String {
    app.document.with_untracked(|d| d.as_ref().map(OpenDocument::title).unwrap_or_default())
}

/// The frame of every question: a title, what it is about, and the answers. Escape is no answer: it leaves things as
/// they are.
#[component]
fn Question(title: String, about: String, #[prop(optional)] wide: bool, children: Children) -> impl IntoView {
    let app = app();
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            app.dialog.set(None);
        }
    };
    let frame = NodeRef::<html::Div>::new();
    hold_focus(frame);
    view! {
        <div class="veil" on:keydown=on_key>
            <div
                class="dialog"
                class:wide=wide
                role="alertdialog"
                aria-modal="true"
                aria-labelledby="dialog-title"
                aria-describedby="dialog-about"
                data-test="dialog"
                node_ref=frame
            >
                <h2 id="dialog-title">{title}</h2>
                <p id="dialog-about" class="selectable">{about}</p>
                <div class="buttons">{children()}</div>
            </div>
        </div>
    }
}

#[component]
fn Cancel() -> impl IntoView {
    let app = app();
    view! {
        <button class="button" data-test="dialog-cancel" on:click=move |_| app.dialog.set(None)>{text::CANCEL}</button>
    }
}

/// The button that is meant; it has the focus.
#[component]
fn FirstButton(test: &'static str, label: String, press: impl Fn() + Send + Sync + 'static) -> impl IntoView {
    let button = NodeRef::<html::Button>::new();
    button.on_load(|button| drop(button.focus()));
    view! {
        <button class="button primary" node_ref=button data-test=test on:click=move |_| press()>{label}</button>
    }
}
