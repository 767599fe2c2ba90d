//! What can be done with a trace as a whole: a menu in its head, and the same at the pointer.

use leptos::{ev, prelude::*};

use super::sheet::Sheet;
use crate::{
    kit::{Menu, MenuState},
    state::App,
    text::carry as text,
};

/// What the menu at the pointer is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pointed {
    at: [i32; 2],
    trace_id: String,
    span_id: Option<String>,
}

/// The menu in the head of a trace.
#[component]
pub(super) fn Share(sheet: Sheet, trace_id: String) -> impl IntoView {
    let trace_id = StoredValue::new(trace_id);
    let label = move || {
        view! {
            <svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2 6h.01M6 6h.01M10 6h.01" /></svg>
        }
    };
    view! {
        <Menu label class="copy trace-share" test="trace-share" title=text::SHARE.now()>
            {move || {
                let menu = expect_context::<MenuState>();
                let span_id = sheet.chosen_span();
                entries(sheet.app, &trace_id.get_value(), span_id.as_deref(), move || menu.close())
            }}
        </Menu>
    }
}

/// Opens the menu at the pointer.
pub(super) fn point(sheet: Sheet, event: &ev::MouseEvent, trace_id: String, span_id: Option<String>) {
    event.prevent_default();
    sheet.pointed.set(Some(Pointed { at: [event.client_x(), event.client_y()], trace_id, span_id }));
}

/// The menu at the pointer, while it is open. A press anywhere else or Escape closes it.
#[component]
pub(super) fn PointedMenu(sheet: Sheet) -> impl IntoView {
    let pointed = sheet.pointed;
    let close = move || pointed.set(None);
    let on_key = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && pointed.try_get_untracked().flatten().is_some() {
            event.stop_propagation();
            pointed.try_set(None);
        }
    });
    on_cleanup(move || on_key.remove());
    move || {
        let Pointed { at: [x, y], trace_id, span_id } = pointed.get()?;
        Some(view! {
            <div
                class="trace-veil"
                on:pointerdown=move |_| close()
                on:contextmenu=move |event: ev::MouseEvent| {
                    event.prevent_default();
                    close();
                }
            ></div>
            <div
                class="menu trace-pointed"
                role="menu"
                data-test="trace-menu"
                style:left=format!("min({x}px, 100vw - 260px)")
                style:top=format!("min({y}px, 100vh - 170px)")
            >
                {entries(sheet.app, &trace_id, span_id.as_deref(), close)}
            </div>
        })
    }
}

fn entries(
    app: App,
    trace_id: &str,
    span_id: Option<&str>,
    close: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let id = trace_id.to_owned();
    let to_span = span_id.map(|span_id| {
        let (id, span_id) = (id.clone(), span_id.to_owned());
        entry("trace-copy-span-link", text::COPY_SPAN_LINK.now(), close, move || {
            app.copy_trace_link(&id, Some(&span_id));
        })
    });
    let [copied, linked, shared, written] = [(); 4].map(|()| id.clone());
    view! {
        {entry("trace-copy-json", text::COPY_JSON.now(), close, move || app.copy_trace_json(copied.clone()))}
        {entry("trace-copy-link", text::COPY_LINK.now(), close, move || app.copy_trace_link(&linked, None))}
        {to_span}
        {entry("trace-copy-id", text::COPY_ID.now(), close, move || app.copy_text(&shared))}
        <hr />
        {entry("trace-export", text::EXPORT_ONE.now(), close, move || app.export_trace(written.clone()))}
    }
    .into_any()
}

fn entry(
    test: &'static str,
    label: &'static str,
    close: impl Fn() + Copy + 'static,
    act: impl Fn() + 'static,
) -> impl IntoView {
    let choose = move |_| {
        close();
        act();
    };
    view! { <button role="menuitem" data-test=test on:click=choose>{label}</button> }
}
