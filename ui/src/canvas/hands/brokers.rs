//! Frames of brokers as things that hands take: their label selects and moves all their channels, a channel that is dropped
//! inside becomes theirs, a double click renames. The dashed frame itself is drawn with the drawing.

use std::collections::HashSet;

use leptos::{ev, html, prelude::*};
use thalweg_flow::{Edit, Flow, NodeId, NodeKind, Section, free_name};

use crate::{
    canvas::{
        Scene,
        frames::frames,
        gestures::{self, Element},
    },
    state::{App, Lens, Rect, app},
    text::hands as text,
};

/// Size of the frame of a broker without channels, and its distance from the drawing, in canvas units.
const EMPTY: [f64; 2] = [150.0, 54.0];
const APART: f64 = 70.0;

/// A frame and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    /// What channels say under `broker:` to be in it.
    pub(crate) broker: String,
    /// What is written on it.
    label: String,
    /// It is declared under `brokers:`, so it can be renamed.
    declared: bool,
    /// Its channels.
    members: Vec<NodeId>,
    /// Where it is, in canvas units.
    pub(crate) rect: Rect,
}

/// The frames of a flow as it is drawn, without some boxes; of brokers without channels, too.
pub(crate) fn all(flow: &Flow, scene: &Scene, but: &HashSet<NodeId>) -> Vec<Frame> {
    let boxes: Vec<(&str, Rect)> =
        scene.nodes.values().filter(|n| !but.contains(&n.id)).map(|n| (n.id.as_str(), n.rect)).collect();
    let mut found = Vec::new();
    for (broker, kind, members) in &scene.brokers {
        let label = if broker == kind { broker.clone() } else { format!("{broker} · {kind}") };
        found.extend(frames(&boxes, members).into_iter().map(|rect| Frame {
            broker: broker.clone(),
            label: label.clone(),
            declared: flow.brokers.contains_key(broker),
            members: members.clone(),
            rect,
        }));
    }
    let bounds = scene.bounds().unwrap_or_default();
    let used: HashSet<&String> = scene.brokers.iter().map(|(name, ..)| name).collect();
    let empty = flow.brokers.iter().filter(|(name, _)| !used.contains(name)).enumerate();
    found.extend(empty.map(|(i, (name, broker))| Frame {
        broker: name.clone(),
        label: format!("{name} · {}", broker.kind.name()),
        declared: true,
        members: Vec::new(),
        rect: Rect {
            x: bounds.x + bounds.width + APART,
            y: bounds.y + i as f64 * (EMPTY[1] + 40.0),
            width: EMPTY[0],
            height: EMPTY[1],
        },
    }));
    found
}

/// The broker into whose frame channels would come that are put down in a place; none where they are already.
pub(crate) fn below(app: App, frames: &[Frame], rect: Rect) -> Option<String> {
    let middle = Rect { x: rect.x + rect.width / 2.0, y: rect.y + rect.height / 2.0, width: 0.0, height: 0.0 };
    let frame = frames.iter().find(|frame| frame.rect.touches(middle))?;
    let carried = app.selection.get_untracked();
    let fits = app.document.with_untracked(|d| {
        let flow = d.as_ref()?.flow();
        let mut kinds = carried.iter().map(|id| flow.nodes.get(id).map(|n| &n.kind));
        Some(kinds.all(|kind| kind.is_some_and(NodeKind::is_channel)))
    });
    let is_new = carried.iter().any(|id| !frame.members.contains(id));
    (fits == Some(true) && is_new).then(|| frame.broker.clone())
}

/// What makes channels belong to a broker.
pub(crate) fn joining(ids: &[NodeId], broker: &str) -> Vec<Edit> {
    let edit = |id: &NodeId| Edit::Set {
        path: format!("nodes.{}.broker", crate::actions::edit::quoted(id)),
        value: broker.into(),
    };
    ids.iter().map(edit).collect()
}

impl App {
    /// Declares a new broker; the selected channels become its own. Its name can be typed at once.
    pub(crate) fn add_broker(self) {
        let found = self.document.with_untracked(|d| {
            let flow = d.as_ref()?.flow();
            let name = free_name("broker", |name| flow.brokers.contains_key(name));
            let is_channel = |id: &NodeId| flow.nodes.get(id).is_some_and(|node| node.kind.is_channel());
            Some((name, self.selection.get_untracked().into_iter().filter(is_channel).collect::<Vec<_>>()))
        });
        let Some((name, channels)) = found else { return };
        let mut edits =
            vec![Edit::Set { path: format!("brokers.{name}"), value: serde_json::json!({ "kind": "generic" }) }];
        edits.extend(joining(&channels, &name));
        if self.edit(&text::step_add_broker(&name), &edits) {
            self.hands.broker_renamed.set(Some(name));
        }
    }

    /// Gives a broker another name, everywhere it is named.
    fn rename_broker(self, from: &str, to: &str) {
        let to = to.trim();
        if !to.is_empty() && to != from {
            let edit = Edit::RenameNamed { section: Section::Brokers, from: from.to_owned(), to: to.to_owned() };
            self.edit(&text::step_rename_broker(from, to), &[edit]);
        }
    }

    /// Removes a broker without channels.
    fn remove_broker(self, name: &str) {
        let edit = Edit::RemoveNamed { section: Section::Brokers, name: name.to_owned() };
        self.edit(&text::step_remove_broker(name), &[edit]);
    }
}

/// The labels of all frames.
#[component]
pub(crate) fn FrameLabels(canvas: Element) -> impl IntoView {
    let app = app();
    let frames = Memo::new(move |_| {
        let scene = app.scene.get();
        let found = |d: &crate::state::OpenDocument| all(d.flow(), &scene, &HashSet::new());
        app.document.with(|d| d.as_ref().map(found)).unwrap_or_default()
    });
    // While boxes are carried the frames go along; their labels would stay behind.
    let shown = Memo::new(move |_| app.lens.get() == Lens::Design && app.offset.with(Option::is_none));
    move || {
        shown.get().then(|| frames.get().into_iter().map(|frame| view! { <FrameLabel frame canvas /> }).collect_view())
    }
}

#[component]
fn FrameLabel(frame: Frame, canvas: Element) -> impl IntoView {
    let app = app();
    let Frame { broker, label, declared, members, rect } = frame;
    let empty = members.is_empty();
    let place = move || {
        let view = app.viewport.get();
        let (x, y) = (rect.x * view.zoom + view.x, rect.y * view.zoom + view.y);
        format!("translate({x}px,{y}px) scale({})", view.zoom)
    };
    let name = StoredValue::new(broker.clone());
    let renamed =
        Memo::new(move |_| app.hands.broker_renamed.with(|r| name.with_value(|name| r.as_ref() == Some(name))));
    let press = {
        let members = members.clone();
        move |event: ev::PointerEvent| {
            if let (Some(first), 0) = (members.first(), event.button()) {
                app.select(members.clone());
                gestures::press_selected(app, canvas, first, &event);
            }
        }
    };
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if !members.is_empty() => app.select(members.clone()),
        "F2" if declared => {
            event.prevent_default();
            app.hands.broker_renamed.set(Some(name.get_value()));
        }
        "Delete" | "Backspace" if members.is_empty() => {
            event.prevent_default();
            app.remove_broker(&name.get_value());
        }
        _ => {}
    };
    view! {
        <div
            class="frame-grip"
            class:empty=empty
            style:transform=place
            style:width=format!("{}px", if empty { rect.width } else { 0.0 })
            style:height=format!("{}px", if empty { rect.height } else { 0.0 })
        >
            <Show
                when=move || renamed.get()
                fallback={
                    let label = label.clone();
                    let press = press.clone();
                    let on_key = on_key.clone();
                    move || view! {
                        <button
                            data-test=format!("frame-{}", name.get_value())
                            title=text::FRAME_HELP
                            on:pointerdown=press.clone()
                            on:keydown=on_key.clone()
                            on:dblclick=move |_| if declared { app.hands.broker_renamed.set(Some(name.get_value())) }
                        >
                            {label.clone()}
                        </button>
                    }
                }
            >
                <BrokerName name=name.get_value() />
            </Show>
        </div>
    }
}

/// The name of a broker, being changed in place.
#[component]
fn BrokerName(name: String) -> impl IntoView {
    let app = app();
    let input = NodeRef::<html::Input>::new();
    input.on_load(|input| {
        drop(input.focus());
        request_animation_frame(move || input.select());
    });
    let done = StoredValue::new(false);
    let old = StoredValue::new(name.clone());
    let finish = move |text: Option<String>| {
        // Enter takes the field away, which blurs it: once is enough.
        if done.try_update_value(|done| std::mem::replace(done, true)) == Some(false) {
            app.hands.broker_renamed.set(None);
            if let Some(text) = text {
                app.rename_broker(&old.get_value(), &text);
            }
        }
    };
    view! {
        <input
            class="rename"
            data-test="rename-broker"
            aria-label=text::BROKER_NAME
            node_ref=input
            prop:value=name
            on:keydown=move |event| {
                event.stop_propagation();
                match event.key().as_str() {
                    "Enter" => finish(Some(event_target_value(&event))),
                    "Escape" => finish(None),
                    _ => {}
                }
            }
            on:blur=move |event| finish(Some(event_target_value(&event)))
        />
    }
}

#[cfg(test)]
mod tests {
    use thalweg_flow::{layout, read};

    use super::*;

    #[test]
    fn every_declared_broker_has_a_frame() {
        let flow = read(
            "thalweg: 1\nname: T\nbrokers: { log: { kind: kafka }, later: { kind: rabbitmq } }\nnodes:\n  \
             a: { kind: topic, broker: log }\n  b: { kind: topic, broker: log }\n  q: { kind: queue, broker: sqs }\n\
             layout: { a: [0, 0], b: [0, 100], q: [300, 0] }\n",
        )
        .flow;
        let scene = Scene::new(&flow, &layout::positions(&flow), &[]);
        let told: Vec<_> = all(&flow, &scene, &HashSet::new())
            .into_iter()
            .map(|f| (f.label, f.declared, f.members.len(), f.rect.x > 450.0))
            .collect();
        assert_eq!(
            told,
            [
                ("log · kafka".to_owned(), true, 2, false),
                ("sqs".to_owned(), false, 1, false),
                ("later · rabbitmq".to_owned(), true, 0, true)
            ]
        );
        // What is carried does not stretch the frame that it leaves.
        let without = all(&flow, &scene, &HashSet::from(["b".to_owned()]));
        assert!(without[0].rect.height < 100.0);
    }
}
