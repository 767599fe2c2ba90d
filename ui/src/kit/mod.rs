//! The small kit of controls that every view uses.

mod icons;
mod menu;
mod size;

pub(crate) use icons::{Icon, Logo};
pub(crate) use menu::{Menu, MenuState};
pub(crate) use size::measure;
