//! Notes on the drawing.

use schemars::JsonSchema;

use super::NodeId;

/// A note that stands on the drawing. It changes nothing of what the flow does.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Comment {
    /// What it says; lines are kept.
    pub text: String,
    /// Where it stands on the canvas, in canvas units (left, top).
    pub at: [f64; 2],
    /// Width and height in canvas units; without it, as much as the text needs.
    pub size: Option<[f64; 2]>,
    /// The node that it is about.
    pub about: Option<NodeId>,
}
