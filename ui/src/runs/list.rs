//! The list of kept runs with what can be done with the chosen one.

use leptos::{ev, html, prelude::*};
use thalweg_protocol::KeptRun;

use crate::{
    commands::{self, Command},
    format,
    kit::recent,
    state::{App, app},
    text::{Word, runs as text},
};

/// The panel at the right of the curves.
#[component]
pub(crate) fn RunList() -> impl IntoView {
    let app = app();
    let list = NodeRef::<html::Div>::new();
    // Who asked for the list wants to be in it.
    Effect::new(move |_| {
        if app.runs_wanted.get()
            && let Some(list) = list.get()
        {
            app.runs_wanted.set(false);
            // In the next frame: the palette that was asked gives the focus back to what had it before.
            request_animation_frame(move || drop(list.focus()));
        }
    });
    let runs = move || app.history.with(|history| history.runs().to_vec());
    let active = move || app.history.with(|history| history.chosen().map(|run| option_id(run.id)));
    view! {
        <aside class="runs" data-test="runs" aria-label=text::RUNS>
            <Tools />
            <Show
                when=move || app.history.with(|history| !history.runs().is_empty())
                fallback=|| view! { <p class="note">{text::NONE_YET}</p> }
            >
                <div
                    class="run-list"
                    data-test="run-list"
                    role="listbox"
                    tabindex="0"
                    aria-label=text::LIST
                    aria-activedescendant=active
                    node_ref=list
                    on:keydown=move |event| on_key(app, &event)
                >
                    <For each=runs key=|run| format!("{run:?}") let:run><Entry run /></For>
                </div>
            </Show>
        </aside>
    }
}

fn option_id(id: u64) -> String {
    format!("run-{id}")
}

/// Keys of the list; those of the window keep their meaning.
fn on_key(app: App, event: &ev::KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let step = |by: isize| app.history.update(|history| history.step(by));
    match event.key().as_str() {
        "ArrowDown" => step(1),
        "ArrowUp" => step(-1),
        "Home" => step(isize::MIN),
        "End" => step(isize::MAX),
        "Enter" | " " => app.show_chosen_run(),
        "c" | "C" => app.compare_with_chosen_run(),
        "p" | "P" => app.pin_chosen_run(),
        "F2" => app.rename_chosen_run(),
        "Delete" | "Backspace" => app.delete_chosen_run(),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// What can be done with the chosen run, or the field for its name.
#[component]
fn Tools() -> impl IntoView {
    let app = app();
    let pinned = move || app.history.with(|history| history.chosen().is_some_and(|run| run.pinned));
    let tool = move |command: &'static Command, test: &'static str, label: Word, hint: Word| {
        view! {
            <button
                class="small"
                data-test=test
                title=hint
                disabled=move || !command.is_enabled(app)
                on:click=move |_| command.run(app)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="run-tools" role="group" aria-label=text::RUNS>
            {move || match app.naming_run.get() {
                Some(run) => view! { <NameField run /> }.into_any(),
                None => view! {
                    {tool(&commands::history::SHOW, "run-show", text::SHOW, text::SHOW_HINT)}
                    {tool(&commands::history::COMPARE, "run-compare", text::COMPARE, text::COMPARE_HINT)}
                    {move || {
                        let label = if pinned() { text::UNPIN } else { text::PIN };
                        tool(&commands::history::PIN, "run-pin", label, text::PIN_HINT)
                    }}
                    {tool(&commands::history::NAME, "run-rename", text::NAME, text::NAME_HINT)}
                    {tool(&commands::history::AGAIN, "run-again", text::AGAIN, text::AGAIN_HINT)}
                    {tool(&commands::history::DELETE, "run-delete", text::DELETE, text::DELETE_HINT)}
                }
                .into_any(),
            }}
        </div>
    }
}

#[component]
fn NameField(run: u64) -> impl IntoView {
    let app = app();
    let field = NodeRef::<html::Input>::new();
    field.on_load(|field| {
        // Without the focus it still can be clicked.
        drop(field.focus());
        field.select();
    });
    let before =
        app.history.with_untracked(|history| history.find(run).map(|run| run.name.clone()).unwrap_or_default());
    let taken = StoredValue::new(before.clone());
    let end = move |name: Option<String>| {
        if app.naming_run.try_get_untracked().flatten() != Some(run) {
            return;
        }
        app.naming_run.set(None);
        if let Some(name) = name.filter(|name| taken.with_value(|before| before != name)) {
            app.name_run(run, &name);
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        event.stop_propagation();
        match event.key().as_str() {
            "Enter" => end(Some(event_target_value(&event))),
            "Escape" => end(None),
            _ => return,
        }
        // Who types goes on with the keys of the list.
        app.runs_wanted.set(true);
    };
    view! {
        <input
            class="run-name"
            data-test="run-name"
            aria-label=text::NAME_FIELD
            maxlength=thalweg_protocol::limits::RUN_NAME.to_string()
            prop:value=before
            node_ref=field
            on:keydown=key
            on:blur=move |event| end(Some(event_target_value(&event)))
        />
    }
}

#[component]
fn Entry(run: KeptRun) -> impl IntoView {
    let app = app();
    let id = run.id;
    let chosen = move || app.history.with(|history| history.chosen().is_some_and(|run| run.id == id));
    let shown = move || app.history.with(|history| history.current() == Some(id));
    let baseline = move || app.history.with(|history| history.baseline().is_some_and(|run| run.id == id));
    let figures = &run.figures;
    let ms = |value: Option<f64>| value.map_or_else(|| format::UNKNOWN.to_owned(), format::millis);
    let throughput = figures.throughput_per_s.map_or_else(|| format::UNKNOWN.to_owned(), format::rate);
    let line = text::figures(&throughput, &ms(figures.p50_ms), &ms(figures.p99_ms));
    let dead = (figures.dead_letters > 0).then(|| text::dead(&format::count(figures.dead_letters as f64)));
    let (kept, broken) = (figures.kept, figures.broken);
    let element = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if chosen()
            && let Some(element) = element.get()
        {
            into_sight(&element);
        }
    });
    view! {
        <div
            class="run"
            class:chosen=chosen
            class:shown=shown
            id=option_id(id)
            role="option"
            data-test=format!("run-{id}")
            data-name=text::name(&run)
            data-pinned=run.pinned.to_string()
            aria-selected=move || chosen().to_string()
            node_ref=element
            on:click=move |_| app.history.update(|history| history.choose(id))
            on:dblclick=move |_| app.show_run(id)
        >
            <span class="first">
                {run.pinned.then(|| view! { <span class="pinned" role="img" aria-label=text::PINNED title=text::PINNED>"◆"</span> })}
                <b>{text::name(&run)}</b>
                {move || shown().then(|| view! { <em class="tag" data-test="run-shown">{text::SHOWN}</em> })}
                {move || baseline().then(|| view! { <em class="tag dashed" data-test="run-baseline">{text::BASELINE}</em> })}
                <span class="when">{recent(run.started_unix_ms)}</span>
            </span>
            <span class="second figure">
                <span>{line}</span>
                {dead.map(|dead| view! { <span class="bad">{dead}</span> })}
                {(kept + broken > 0).then(|| view! {
                    <span class="expected" role="img" aria-label=text::expectations(kept, broken) title=text::expectations(kept, broken)>
                        {(kept > 0).then(|| view! { <span class="ok">{format!("✓{kept}")}</span> })}
                        {(broken > 0).then(|| view! { <span class="bad">{format!("✕{broken}")}</span> })}
                    </span>
                })}
            </span>
        </div>
    }
}

/// Scrolls the list, and nothing else, so far that an entry is seen.
fn into_sight(entry: &web_sys::HtmlElement) {
    let Some(list) = entry.parent_element() else { return };
    let (top, bottom) = (entry.offset_top(), entry.offset_top() + entry.offset_height());
    if top < list.scroll_top() {
        list.set_scroll_top(top);
    } else if bottom > list.scroll_top() + list.client_height() {
        list.set_scroll_top(bottom - list.client_height());
    }
}
