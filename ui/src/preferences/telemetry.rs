//! Who may send to the receiver, and where Thalweg's own spans go.

use js_sys::{Function, Reflect, Uint8Array};
use leptos::{ev, prelude::*, task::spawn_local};
use thalweg_protocol::{Command, Reply, TelemetrySettings};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::{
    actions::events::unexpected,
    bridge,
    state::{App, app},
    text::carry as text,
};

/// Bytes of a token that is made here: as many as nobody tries out.
const TOKEN_BYTES: u32 = 24;

/// The settings as the engine has them.
#[derive(Debug, Clone, Default, PartialEq)]
struct Known {
    settings: TelemetrySettings,
    send_to_fixed: bool,
    trouble: Option<String>,
}

/// The part of the dialog.
#[component]
pub(super) fn Telemetry() -> impl IntoView {
    let app = app();
    let known = RwSignal::new(None::<Known>);
    ask(app, known, Command::TelemetrySettings);
    let change = move |change: &dyn Fn(&mut TelemetrySettings)| {
        let Some(Known { mut settings, .. }) = known.get_untracked() else { return };
        change(&mut settings);
        // At once, so that the next change, which may come before the answer, is one of these.
        known.update(|known| {
            if let Some(known) = known {
                known.settings = settings.clone();
            }
        });
        ask(app, known, Command::SetTelemetrySettings(settings));
    };
    let shown = move |what: fn(&TelemetrySettings) -> String| {
        move || known.with(|known| known.as_ref().map(|known| what(&known.settings)).unwrap_or_default())
    };
    let fixed = move || known.with(|known| known.as_ref().is_some_and(|known| known.send_to_fixed));
    let trouble = move || {
        let trouble = known.with(|known| known.as_ref().and_then(|known| known.trouble.clone()));
        trouble.map(|trouble| view! { <p class="note bad selectable" role="alert">{trouble}</p> })
    };
    let typed = |event: &ev::Event| event_target_value(event).trim().to_owned();
    view! {
        <section>
            <h3 class="heading">{text::SENDERS}</h3>
            <Token known change />
            <label class="choice">
                <span>{text::ORIGINS}</span>
                <input
                    class="input"
                    spellcheck="false"
                    data-test="preference-origins"
                    prop:value=shown(|settings| settings.origins.join(" "))
                    on:change=move |event| {
                        let origins: Vec<String> = typed(&event).split_whitespace().map(str::to_owned).collect();
                        change(&|settings| settings.origins.clone_from(&origins));
                    }
                />
            </label>
            <p class="note">{text::ORIGINS_SAY}</p>
        </section>
        <section>
            <h3 class="heading">{text::OWN_SPANS}</h3>
            <label class="choice">
                <span>{text::SEND_TO}</span>
                <input
                    class="input"
                    spellcheck="false"
                    data-test="preference-send-to"
                    placeholder=text::SEND_NOWHERE.now()
                    prop:value=shown(|settings| settings.send_to.clone().unwrap_or_default())
                    disabled=fixed
                    on:change=move |event| {
                        let to = Some(typed(&event)).filter(|to| !to.is_empty());
                        change(&|settings| settings.send_to.clone_from(&to));
                    }
                />
            </label>
            <p class="note">{move || if fixed() { text::SEND_TO_FIXED.now() } else { text::SEND_TO_SAYS.now() }}</p>
            {trouble}
        </section>
    }
}

/// The token: whether one is asked for, and which.
#[component]
fn Token(
    known: RwSignal<Option<Known>>,
    change: impl Fn(&dyn Fn(&mut TelemetrySettings)) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let app = app();
    let token = Memo::new(move |_| known.with(|known| known.as_ref().and_then(|known| known.settings.token.clone())));
    let make = move |_| {
        if let Some(token) = new_token() {
            change(&|settings| settings.token = Some(token.clone()));
        }
    };
    let drop_it = move |_| change(&|settings| settings.token = None);
    let copy = move |_| {
        if let Some(token) = token.get_untracked() {
            app.copy_text(&token);
        }
    };
    view! {
        <div class="choice token">
            <span>{text::TOKEN}</span>
            <Show
                when=move || token.with(Option::is_some)
                fallback=move || view! {
                    <span class="token-value">
                        <em>{text::TOKEN_NONE}</em>
                        <button class="button" data-test="preference-token-make" on:click=make>{text::TOKEN_MAKE}</button>
                    </span>
                }
            >
                <span class="token-value">
                    <code class="selectable" data-test="preference-token">{move || token.get()}</code>
                    <button class="button" data-test="preference-token-copy" on:click=copy>
                        {crate::text::traces::COPY}
                    </button>
                    <button class="button" data-test="preference-token-drop" on:click=drop_it>{text::TOKEN_DROP}</button>
                </span>
            </Show>
        </div>
        <Show when=move || token.with(Option::is_some)><p class="note selectable">{text::TOKEN_SAYS}</p></Show>
    }
}

/// Asks the engine, and shows what it answers; what it refuses is shown as it was.
fn ask(app: App, known: RwSignal<Option<Known>>, command: Command) {
    spawn_local(async move {
        match bridge::call(command).await {
            Ok(Reply::TelemetrySettings { settings, send_to_fixed, trouble }) => {
                known.try_set(Some(Known { settings, send_to_fixed, trouble }));
            }
            Ok(other) => app.fail(&unexpected(&other)),
            Err(error) => {
                app.fail(&error);
                // The fields hold what was typed until they are written again.
                known.try_update(|known| *known = known.clone());
            }
        }
    });
}

/// A token that nobody guesses, of the page's own source of chance; none where it has none.
fn new_token() -> Option<String> {
    let crypto = Reflect::get(&window(), &JsValue::from_str("crypto")).ok()?;
    let fill: Function = Reflect::get(&crypto, &JsValue::from_str("getRandomValues")).ok()?.dyn_into().ok()?;
    let bytes = Uint8Array::new_with_length(TOKEN_BYTES);
    fill.call1(&crypto, &bytes).ok()?;
    let digits = bytes.to_vec().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Some(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect())
}
