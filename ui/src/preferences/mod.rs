//! The dialog of the preferences. Each choice holds at once; there is nothing to confirm.

mod telemetry;

use std::num::{NonZeroU16, ParseIntError};

use leptos::{ev, html, prelude::*};
use thalweg_protocol::{Durations, Language, Preferences, Theme, Wheel};

use crate::{
    kit::hold_focus,
    state::app,
    text::{Word, shell as text},
};

/// The dialog, while it is open.
#[component]
pub(crate) fn PreferencesDialog() -> impl IntoView {
    let app = app();
    view! { <Show when=move || app.preferences_open.get()><Open /></Show> }
}

#[component]
fn Open() -> impl IntoView {
    let app = app();
    let close = move || app.preferences_open.set(false);
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close();
        }
    };
    let frame = NodeRef::<html::Div>::new();
    hold_focus(frame);
    view! {
        <div class="veil" on:keydown=on_key on:pointerdown=move |_| close()>
            <div
                class="dialog preferences"
                role="dialog"
                aria-modal="true"
                aria-labelledby="preferences-title"
                data-test="preferences"
                node_ref=frame
                on:pointerdown=|event| event.stop_propagation()
            >
                <h2 id="preferences-title">{text::PREFERENCES_TITLE}</h2>
                <section>
                    <h3 class="heading">{text::APPEARANCE}</h3>
                    <Choice
                        name="theme"
                        label=text::THEME
                        options=&[
                            (None, text::AS_THE_SYSTEM),
                            (Some(Theme::Dark), text::DARK),
                            (Some(Theme::Light), text::LIGHT),
                        ]
                        read=|chosen| chosen.theme
                        write=|chosen, theme| chosen.theme = theme
                    />
                    <Choice
                        name="language"
                        label=text::LANGUAGE
                        options=&[
                            (None, text::AS_THE_SYSTEM),
                            // A language is called by its own name in every language.
                            (Some(Language::English), Word { en: "English", de: "English" }),
                            (Some(Language::German), Word { en: "Deutsch", de: "Deutsch" }),
                        ]
                        read=|chosen| chosen.language
                        write=|chosen, language| chosen.language = language
                    />
                    <Choice
                        name="durations"
                        label=text::DURATIONS
                        options=&[
                            (Durations::Fitting, text::DURATIONS_FITTING),
                            (Durations::Milliseconds, text::DURATIONS_MS),
                            (Durations::Seconds, text::DURATIONS_S),
                        ]
                        read=|chosen| chosen.durations
                        write=|chosen, durations| chosen.durations = durations
                    />
                </section>
                <section>
                    <h3 class="heading">{text::CANVAS}</h3>
                    <Choice
                        name="wheel"
                        label=text::WHEEL
                        options=&[(Wheel::Pan, text::WHEEL_PANS), (Wheel::Zoom, text::WHEEL_ZOOMS)]
                        read=|chosen| chosen.wheel
                        write=|chosen, wheel| chosen.wheel = wheel
                    />
                </section>
                <section>
                    <h3 class="heading">{text::RECEIVING}</h3>
                    <Port
                        name="grpc-port"
                        label=text::GRPC_PORT
                        usual=4317
                        fixed=fixed(0)
                        read=|chosen| chosen.grpc_port
                        write=|chosen, port| chosen.grpc_port = port
                    />
                    <Port
                        name="http-port"
                        label=text::HTTP_PORT
                        usual=4318
                        fixed=fixed(1)
                        read=|chosen| chosen.http_port
                        write=|chosen, port| chosen.http_port = port
                    />
                    <p class="note">
                        {if fixed(0) || fixed(1) { text::PORT_FIXED } else { text::PORTS_LOOPBACK }}
                    </p>
                </section>
                <telemetry::Telemetry />
                <div class="buttons">
                    <button class="button primary" data-test="preferences-close" on:click=move |_| close()>
                        {text::CLOSE}
                    </button>
                </div>
            </div>
        </div>
    }
}

/// Whether the environment says where the first (gRPC) or second (HTTP) port is.
fn fixed(which: usize) -> bool {
    app().start.with_untracked(|start| start.as_ref().is_some_and(|start| start.ports_fixed[which]))
}

/// One of a few values.
#[component]
fn Choice<T: Copy + PartialEq + Send + Sync + 'static>(
    /// Its name for tests.
    name: &'static str,
    /// What it is called.
    label: Word,
    /// The values with their words.
    options: &'static [(T, Word)],
    /// Reads the value.
    read: fn(&Preferences) -> T,
    /// Writes the value.
    write: fn(&mut Preferences, T),
) -> impl IntoView {
    let app = app();
    let at = move || {
        let now = app.preferences.with(read);
        options.iter().position(|(value, _)| *value == now).unwrap_or(0)
    };
    let choose = move |event: ev::Event| {
        let chosen = event_target_value(&event).parse::<usize>().ok().and_then(|at| options.get(at));
        if let Some((value, _)) = chosen {
            app.prefer(|chosen| write(chosen, *value));
        }
    };
    view! {
        <label class="choice">
            <span>{label}</span>
            <select class="input" data-test=format!("preference-{name}") on:change=choose>
                {options.iter().enumerate().map(|(i, (_, word))| view! {
                    <option value=i.to_string() selected=move || at() == i>{word.now()}</option>
                }).collect_view()}
            </select>
        </label>
    }
}

/// A port of the loopback address; nothing is the usual one.
#[component]
fn Port(
    name: &'static str,
    label: Word,
    usual: u16,
    fixed: bool,
    read: fn(&Preferences) -> Option<u16>,
    write: fn(&mut Preferences, Option<u16>),
) -> impl IntoView {
    let app = app();
    let wrong = RwSignal::new(false);
    let shown = move || app.preferences.with(read).map(|port| port.to_string()).unwrap_or_default();
    let apply = move |event: ev::Event| {
        let port = parse_port(&event_target_value(&event));
        wrong.set(port.is_err());
        if let Ok(port) = port {
            app.prefer(|chosen| write(chosen, port));
        }
    };
    view! {
        <label class="choice">
            <span>{label}</span>
            <input
                class="input"
                class:invalid=move || wrong.get()
                inputmode="numeric"
                aria-invalid=move || wrong.get().to_string()
                data-test=format!("preference-{name}")
                placeholder=usual.to_string()
                prop:value=shown
                disabled=fixed
                on:change=apply
            />
        </label>
        <Show when=move || wrong.get()><p class="note bad" role="alert">{text::NO_PORT}</p></Show>
    }
}

/// A port as it was typed; nothing typed is the usual one.
fn parse_port(typed: &str) -> Result<Option<u16>, ParseIntError> {
    match typed.trim() {
        "" => Ok(None),
        typed => typed.parse().map(|port: NonZeroU16| Some(port.get())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_numbers_or_nothing() {
        assert_eq!(parse_port(" "), Ok(None));
        assert_eq!(parse_port(" 5317 "), Ok(Some(5317)));
        for typed in ["0", "65536", "-1", "http", "43 17"] {
            assert!(parse_port(typed).is_err(), "{typed}");
        }
    }
}
