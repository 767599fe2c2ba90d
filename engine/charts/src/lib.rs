//! What is plotted and how it looks: a run's curves on one time axis, with its faults as bands.
//!
//! The input is plain ([`Timeline`]: named lines, lanes, bands), so that a simulation, the live engine and stored traces
//! can all be drawn by the same code; the output is a text of SVG ([`draw`], [`draw_for_both`]). [`units`] says numbers as people do, for
//! everything that shows them.
//!
//! Pure, natively and in wasm: no fonts are read (the viewer lays out the text), no files, no clock. Not here: what a
//! number means (`thalweg-sim`), reports and pages (`thalweg`).

mod draw;
mod marks;
mod palette;
pub mod scale;
mod timeline;
pub mod units;

pub use draw::{ChartError, draw, draw_for_both};
pub use palette::{Colour, Hue, Palette};
pub use timeline::{Band, Lane, Line, Timeline};
pub use units::Unit;
