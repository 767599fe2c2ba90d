//! The small kit of controls that every view uses.

mod icons;
mod menu;

pub(crate) use icons::{Icon, Logo};
pub(crate) use menu::{Menu, MenuState};
