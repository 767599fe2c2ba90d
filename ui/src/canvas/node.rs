//! One box of the drawing: its name, its facts, and what a run lays over it.

use leptos::{ev, html, prelude::*};
use thalweg_flow::NodeId;
use thalweg_protocol::NodeOverlay;

use super::{
    NODE_HEIGHT_FIGURES,
    edges::refusal,
    figures::{FULL, Figures, figures, is_hurt, news},
    gestures::{self, Element},
    stage::{Found, Stage, translation},
};
use crate::{
    state::{Lens, Rect, app},
    text,
};

/// A box of the drawing. It renders again only what changed of it; while it is in the hand, the stage moves its element.
/// `connecting` is the box from which a line is in the hand.
#[component]
pub(super) fn NodeBox(id: NodeId, canvas: Element, stage: Stage, connecting: Memo<Option<NodeId>>) -> impl IntoView {
    let app = app();
    let element = NodeRef::<html::Div>::new();
    let mounted = id.clone();
    element.on_load(move |element| stage.add(app, mounted, element.into()));
    let gone = id.clone();
    on_cleanup(move || stage.remove(&gone));
    let id = StoredValue::new(id);
    let my_id = move || id.get_value();
    let node = Memo::new(move |_| app.scene.with(|scene| id.with_value(|id| scene.nodes.get(id).cloned())));
    let rect = Memo::new(move |_| {
        let rect = node.with(|node| node.as_ref().map(|node| node.rect).unwrap_or_default());
        Rect { height: if app.shows_figures() { NODE_HEIGHT_FIGURES } else { rect.height }, ..rect }
    });
    let selected = Memo::new(move |_| app.selected.with(|ids| id.with_value(|id| ids.contains(id))));
    let overlay = Memo::new(move |_| -> Option<NodeOverlay> {
        if !app.shows_figures() {
            return None;
        }
        let overlay = app.overlay.get()?;
        id.with_value(|id| overlay.nodes.get(id).cloned()).or_else(|| Some(NodeOverlay::default()))
    });
    // While a line is in hand: why it may not end here.
    let refused = Memo::new(move |_| {
        let from = connecting.get()?;
        id.with_value(|id| if from == *id { None } else { refusal(app, id) })
    });
    let title = move || node.with(|n| n.as_ref().map(|n| n.title.clone()).unwrap_or_default());
    let kind = move || node.with(|n| n.as_ref().map_or("", |n| n.kind));
    let facts = move || node.with(|n| n.as_ref().map(|n| n.facts.clone()).unwrap_or_default());
    let hue = move || node.with(|n| n.as_ref().map_or("", |n| n.hue.class()));
    let class = move || format!("node {}", hue());
    let marks = move || node.with(|n| n.as_ref().map_or((0, 0), |n| n.problems));
    let renaming = move || app.renaming.with(|r| id.with_value(|id| r.as_ref() == Some(id)));
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && !renaming() {
            app.select(vec![my_id()]);
        }
    };
    view! {
        <div
            node_ref=element
            class=class
            class:selected=move || selected.get()
            class:hurt=move || overlay.with(|o| o.as_ref().is_some_and(is_hurt))
            class:dim=move || refused.with(Option::is_some)
            data-test=format!("node-{}", my_id())
            data-x=move || format!("{}", rect.get().x)
            data-y=move || format!("{}", rect.get().y)
            aria-selected=move || selected.get().to_string()
            role="option"
            tabindex="0"
            style:transform=move || translation(rect.get())
            style:width=move || rect.with(|r| format!("{}px", r.width))
            style:height=move || rect.with(|r| format!("{}px", r.height))
            on:pointerdown=move |event| gestures::press_node(app, canvas, &my_id(), &event)
            on:dblclick=move |event| {
                event.stop_propagation();
                if app.lens.get_untracked() == Lens::Design {
                    app.renaming.set(Some(my_id()));
                }
            }
            on:keydown=on_key
            on:focus=move |_| app.hovered.set(Some((Found::Box(my_id()), right_top(rect.get_untracked()))))
            on:blur=move |_| app.hovered.set(None)
        >
            {move || mark(marks())}
            <div class="node-head">
                <Show when=renaming fallback=move || view! { <b>{title}</b> }><RenameField id=my_id() /></Show>
                <i>{kind}</i>
            </div>
            {move || match overlay.with(|o| o.as_ref().and_then(news)) {
                Some(news) => view! { <small class="news">{news}</small> },
                None => view! { <small class="">{facts()}</small> },
            }}
            {move || {
                let shown = overlay.with(|o| o.as_ref().map(|o| figures(kind(), hue(), o)))?;
                let Figures { left, right, bad } = shown;
                Some(view! { <div class="node-figures"><span class:bad=bad>{left}</span><span>{right}</span></div> })
            }}
            <Level overlay />
            <Show when=move || app.lens.get() == Lens::Design>
                <span
                    class="handle"
                    data-test=format!("handle-{}", my_id())
                    title=text::DRAG_TO_CONNECT
                    on:pointerdown=move |event| gestures::press_handle(app, canvas, &my_id(), false, &event)
                ></span>
                <Show when=move || kind() != "producer">
                    <span
                        class="handle in"
                        data-test=format!("handle-in-{}", my_id())
                        title=text::hands::DRAG_BACK
                        on:pointerdown=move |event| gestures::press_handle(app, canvas, &my_id(), true, &event)
                    ></span>
                </Show>
            </Show>
        </div>
    }
}

/// How many problems a box has: the errors, else the warnings.
fn mark(problems: (usize, usize)) -> Option<impl IntoView> {
    match problems {
        (0, 0) => None,
        (0, warnings) => Some(view! { <span class="mark warn">{warnings}</span> }),
        (errors, _) => Some(view! { <span class="mark bad">{errors}</span> }),
    }
}

fn right_top(rect: Rect) -> [f64; 2] {
    [rect.x + rect.width, rect.y]
}

/// How full the box is. In whole percent: what cannot be seen changes no element.
#[component]
fn Level(overlay: Memo<Option<NodeOverlay>>) -> impl IntoView {
    let fill = Memo::new(move |_| overlay.with(|o| o.as_ref()?.fill).map(|fill| (fill * 100.0).round() as u8));
    let is_full = move || fill.get().is_some_and(|percent| f32::from(percent) > FULL * 100.0);
    view! {
        <Show when=move || fill.with(Option::is_some)>
            <div class="level" class:full=is_full aria-hidden="true">
                <i style:width=move || format!("{}%", fill.get().unwrap_or_default())></i>
            </div>
        </Show>
    }
}

/// The name of a box, being changed in place.
#[component]
fn RenameField(id: NodeId) -> impl IntoView {
    let app = app();
    let input = NodeRef::<html::Input>::new();
    input.on_load(|input| {
        drop(input.focus());
        // The value is put in after the field is mounted.
        request_animation_frame(move || input.select());
    });
    let done = StoredValue::new(false);
    let value = id.clone();
    let apply = {
        let id = id.clone();
        move |text: String| {
            // Enter takes the field away, which blurs it: once is enough.
            if done.try_update_value(|done| std::mem::replace(done, true)) == Some(false) {
                app.renaming.set(None);
                app.rename_node(&id, &text);
            }
        }
    };
    let applied = apply.clone();
    view! {
        <input
            class="rename"
            data-test="rename"
            node_ref=input
            prop:value=value
            on:pointerdown=|event| event.stop_propagation()
            on:dblclick=|event| event.stop_propagation()
            on:keydown=move |event| {
                event.stop_propagation();
                match event.key().as_str() {
                    "Enter" => apply(event_target_value(&event)),
                    "Escape" => {
                        done.set_value(true);
                        app.renaming.set(None);
                    }
                    _ => {}
                }
            }
            on:blur=move |event| applied(event_target_value(&event))
        />
    }
}
