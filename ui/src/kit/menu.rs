//! A button with a list below it.

use leptos::{context::Provider, ev, prelude::*};
use wasm_bindgen::JsCast as _;

/// Whether a menu is open; its entries close it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MenuState(RwSignal<bool>);

impl MenuState {
    /// Closes the menu.
    pub(crate) fn close(self) {
        self.0.set(false);
    }
}

/// A button that opens a list; a press anywhere else or Escape closes it. Arrow keys move between entries.
#[component]
pub(crate) fn Menu(
    /// What the button shows.
    #[prop(into)]
    label: ViewFn,
    /// Class of the button.
    class: &'static str,
    /// Name for tests.
    test: &'static str,
    /// Name for those who do not see the button's picture.
    #[prop(optional)]
    title: &'static str,
    /// Whether the list hangs from the button's right edge.
    #[prop(optional)]
    right: bool,
    /// Whether it is open, for who opens it in another way; it then takes the focus.
    #[prop(optional)]
    open: Option<RwSignal<bool>>,
    /// The entries.
    children: ChildrenFn,
) -> impl IntoView {
    let from_elsewhere = open.is_some();
    let open = open.unwrap_or_else(|| RwSignal::new(false));
    let anchor = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if open.get() && from_elsewhere {
            // The list is on the page in the next frame; its first entry is behind the button.
            request_animation_frame(move || focus_nth(anchor, 1));
        }
    });
    let outside = window_event_listener(ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        let inside = anchor.try_get_untracked().flatten().is_some_and(|anchor| anchor.contains(target.as_ref()));
        if !inside {
            open.try_set(false);
        }
    });
    on_cleanup(move || outside.remove());
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" if open.get_untracked() => {
            event.stop_propagation();
            open.set(false);
        }
        "ArrowDown" | "ArrowUp" if open.get_untracked() => {
            event.prevent_default();
            move_focus(anchor, event.key() == "ArrowDown");
        }
        _ => {}
    };
    let children = StoredValue::new(children);
    view! {
        <div class="menu-anchor" node_ref=anchor on:keydown=on_key>
            <button
                class=class
                data-test=test
                title=title
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {label.run()}
            </button>
            <Show when=move || open.get()>
                <div class=if right { "menu right" } else { "menu left" } role="menu">
                    // Of its own: menus beside each other have one owner, and the last one's state would be everyone's.
                    <Provider value=MenuState(open)>{children.with_value(|children| children())}</Provider>
                </div>
            </Show>
        </div>
    }
}

/// Moves the focus to the next or previous button of the menu.
fn move_focus(anchor: NodeRef<leptos::html::Div>, down: bool) {
    let Some(buttons) =
        anchor.get_untracked().and_then(|anchor| anchor.query_selector_all("button:not(:disabled)").ok())
    else {
        return;
    };
    let count = buttons.length();
    let focused = document().active_element();
    let at = (0..count).find(|i| buttons.item(*i).as_ref() == focused.as_ref().map(AsRef::as_ref)).unwrap_or(0);
    focus_nth(anchor, if down { (at + 1) % count.max(1) } else { (at + count - 1) % count.max(1) });
}

fn focus_nth(anchor: NodeRef<leptos::html::Div>, number: u32) {
    let anchor = anchor.try_get_untracked().flatten();
    let buttons = anchor.and_then(|anchor| anchor.query_selector_all("button:not(:disabled)").ok());
    let button = buttons.and_then(|buttons| buttons.item(number));
    if let Some(button) = button.and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok()) {
        // A button that cannot take the focus stays as it is.
        drop(button.focus());
    }
}
