//! What the hand does on the canvas right now, and what is open there.

use std::collections::HashSet;

use thalweg_flow::NodeId;

use super::{Rect, Shared};

/// What the pointer does between pressing and releasing. Points are canvas units unless said otherwise.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Gesture {
    /// Nothing.
    #[default]
    None,
    /// Moves the drawing.
    Pan {
        /// Where the pointer was last, in pixels.
        last: [f64; 2],
    },
    /// Spans a rectangle that selects.
    Marquee {
        /// Where it began.
        from: [f64; 2],
        /// Where the pointer is.
        to: [f64; 2],
        /// What was selected before and stays so.
        keep: Vec<NodeId>,
    },
    /// Moves boxes.
    Move {
        /// Where it began.
        from: [f64; 2],
        /// Whether the pointer moved far enough to mean it.
        moved: bool,
        /// The box under the pointer.
        pressed: NodeId,
    },
    /// Draws a line from a box.
    Connect {
        /// The box that it was drawn from.
        from: NodeId,
        /// It was drawn from the box's left side: the line ends there.
        incoming: bool,
        /// Where the pointer is.
        to: [f64; 2],
    },
    /// Brings a new box from the palette.
    Place {
        /// Its kind.
        kind: &'static str,
        /// Where it began, in pixels of the window.
        pressed: [f64; 2],
        /// Where the pointer is, in pixels of the window.
        at: [f64; 2],
    },
}

impl Gesture {
    /// The rectangle of a marquee.
    pub(crate) fn marquee(&self) -> Option<Rect> {
        match self {
            Gesture::Marquee { from, to, .. } => Some(Rect::between(*from, *to)),
            _ => None,
        }
    }
}

/// Boxes that are moved but not yet put down.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Offset {
    /// Which.
    pub(crate) nodes: Shared<HashSet<NodeId>>,
    /// How far, in canvas units.
    pub(crate) by: [f64; 2],
}

/// The list of node kinds to add.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AddList {
    /// Where the new box goes, in canvas units.
    pub(crate) at: [f64; 2],
    /// The box that the new one follows.
    pub(crate) from: Option<NodeId>,
    /// The new one comes before that box instead.
    pub(crate) before: bool,
}
