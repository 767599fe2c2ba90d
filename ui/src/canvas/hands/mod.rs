//! What hands do on the canvas. Most of it are rules without a canvas: where boxes snap, how they align, where keys lead;
//! the rest carries boxes and moves the view at the canvas' edge.

pub(crate) mod align;
pub(crate) mod brokers;
pub(super) mod carry;
pub(super) mod edge;
pub(super) mod lines;
pub(crate) mod navigate;
pub(super) mod overlays;
pub(crate) mod snap;
