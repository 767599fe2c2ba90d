//! A drawing as the engine arranges it: boxes and lines without what they mean.

use serde::{Deserialize, Serialize};

/// Boxes, and the lines between them. Lengths are canvas units, y downwards.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Drawing {
    /// Boxes.
    pub boxes: Vec<DrawnBox>,
    /// Lines.
    pub lines: Vec<DrawnLine>,
}

/// A box.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DrawnBox {
    /// Left and top; none when it stands nowhere yet.
    pub at: Option<[f64; 2]>,
    /// Width and height.
    pub size: [f64; 2],
    /// Whether it must not move.
    pub pinned: bool,
    /// The frame it belongs into: the same number for all boxes of a frame.
    pub frame: Option<u32>,
}

/// A line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnLine {
    /// Index of the box where it begins.
    pub from: u32,
    /// Index of the box where it ends.
    pub to: u32,
    /// Whether it may run backwards without harm, as the way to a dead-letter channel may.
    pub weak: bool,
}

/// How a line runs: where it begins, then two control points and an end for each of its cubic curves.
pub type Route = Vec<[f64; 2]>;
