//! What hands on the canvas hold and see: the clipboard, what a drag snaps to, its guides, where a line may end.

use std::collections::HashMap;

use leptos::prelude::*;
use thalweg_flow::{Connections, EdgeKind, NodeId};

use super::{Gesture, OpenDocument, Rect, Shared};
use crate::canvas::{
    EdgeKey,
    hands::{
        brokers::Frame,
        snap::{Guide, Snap},
    },
};

/// Where a line in hand may end, and what it would mean; or why it may not.
pub(crate) type Targets = HashMap<NodeId, Result<EdgeKind, String>>;

/// What a drag of boxes began with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    /// The rectangle around the boxes before the drag, in canvas units.
    pub(crate) bounds: Rect,
    /// What they snap to.
    pub(crate) snap: Snap,
    /// Frames that they may be put into.
    pub(crate) frames: Vec<Frame>,
    /// Where the pointer is, in pixels of the canvas, while a loop moves the view at the canvas' edge.
    pub(crate) at_edge: Option<[f64; 2]>,
}

/// Signals of the hands.
#[derive(Clone, Copy)]
pub(crate) struct Hands {
    /// What was copied here last.
    pub(crate) clipboard: RwSignal<Option<String>>,
    /// Whether dragging the ground moves the view.
    pub(crate) tool: RwSignal<bool>,
    /// Lines that show where a dragged box comes to rest.
    pub(crate) guides: RwSignal<Vec<Guide>>,
    /// The line between whose ends the box in hand would come.
    pub(crate) splice: RwSignal<Option<EdgeKey>>,
    /// The broker into whose frame the channels in hand would come.
    pub(crate) frame: RwSignal<Option<String>>,
    /// The broker whose name is being changed in place.
    pub(crate) broker_renamed: RwSignal<Option<String>>,
    /// The comment that is being written.
    pub(crate) comment_edited: RwSignal<Option<String>>,
    /// Whether the field for finding is open.
    pub(crate) find: RwSignal<bool>,
    /// Whether the sheet of shortcuts is open.
    pub(crate) sheet: RwSignal<bool>,
    /// What the drag under way began with.
    pub(crate) held: StoredValue<Held>,
    /// Where the line in hand may end; looked up once, when it is taken up.
    pub(crate) targets: Memo<Option<Shared<Targets>>>,
}

impl Hands {
    /// For a window that has just opened.
    pub(crate) fn new(gesture: RwSignal<Gesture>, document: RwSignal<Option<OpenDocument>>) -> Self {
        let begun = Memo::new(move |_| {
            gesture.with(|gesture| match gesture {
                Gesture::Connect { from, incoming, .. } => Some((from.clone(), *incoming)),
                _ => None,
            })
        });
        let targets = Memo::new(move |_| {
            let (end, incoming) = begun.get()?;
            document.with_untracked(|d| {
                let flow = d.as_ref()?.flow();
                let connections = Connections::of(flow);
                let can = |other: &NodeId| {
                    if incoming { connections.can(other, &end) } else { connections.can(&end, other) }
                };
                Some(Shared::new(flow.nodes.keys().map(|id| (id.clone(), can(id))).collect()))
            })
        });
        Hands {
            clipboard: RwSignal::new(None),
            tool: RwSignal::new(false),
            guides: RwSignal::new(Vec::new()),
            splice: RwSignal::new(None),
            frame: RwSignal::new(None),
            broker_renamed: RwSignal::new(None),
            comment_edited: RwSignal::new(None),
            find: RwSignal::new(false),
            sheet: RwSignal::new(false),
            held: StoredValue::new(Held::default()),
            targets,
        }
    }
}
