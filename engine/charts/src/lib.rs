//! What is plotted and how it looks: a run's curves on one time axis, with its faults as bands.
//!
//! The input is plain ([`Timeline`]: named lines, lanes, bands), so that a simulation, the live engine and stored traces
//! can all be drawn by the same code: as a text of SVG ([`draw`], [`draw_for_both`]), or on any backend of plotters
//! ([`paint`]), such as the window's canvas. [`csv()`] gives the values themselves. [`units`] says numbers as people do, for
//! everything that shows them.
//!
//! Pure, natively and in wasm: no fonts are read (the viewer lays out the text), no files, no clock. Not here: what a
//! number means (`thalweg-sim`), reports and pages (`thalweg`).

#![cfg_attr(test, allow(clippy::float_cmp, reason = "tests compare what was put in with what came out"))]

mod csv;
mod draw;
mod epoch;
mod heat;
mod marks;
mod palette;
mod room;
pub mod scale;
mod timeline;
pub mod units;
mod window;

pub use csv::csv;
pub use draw::{ChartError, View, Words, draw, draw_for_both, draw_view, paint};
pub use epoch::Epoch;
pub use heat::{Cell, Heat, HeatAxis, legend, strength};
pub use marks::{FINE, FONT_DIVISOR};
pub use palette::{Colour, Hue, Palette};
pub use room::{Room, Row};
pub use scale::Scale;
pub use timeline::{Band, Compared, Lane, Line, Timeline};
pub use units::Unit;
pub use window::Window;
