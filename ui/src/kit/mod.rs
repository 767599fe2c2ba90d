//! The small kit of controls that every view uses.

mod icons;
mod menu;
mod prose;
mod size;

pub(crate) use icons::{Icon, Logo};
pub(crate) use menu::{Menu, MenuState};
pub(crate) use prose::Prose;
pub(crate) use size::measure;
