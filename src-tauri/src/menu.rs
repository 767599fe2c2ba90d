//! The menu bar. What stands in it comes from the page, which has every word and every command; what is chosen goes back
//! as the command's name.
//!
//! On macOS there is one bar for all windows, and what belongs to the system (quit, copy, paste) stands in it too.

use std::collections::BTreeMap;

use tauri::{
    AppHandle, Manager, WebviewWindow, Wry,
    menu::{self, IsMenuItem, MenuItem, PredefinedMenuItem, Submenu},
};
use thalweg_protocol::{Event, Menu, MenuEntry};

use crate::windows::Windows;

/// Stands between a window's label and a command's name in an entry's id.
const OF: char = '/';

/// What a window's bar shows.
#[derive(Default)]
pub(crate) struct Bar {
    menus: Vec<Menu>,
    items: BTreeMap<String, MenuItem<Wry>>,
}

impl Bar {
    /// Shows these menus. A bar that differs only in what can be chosen is not built anew, which one would see.
    pub(crate) fn show(&mut self, window: &WebviewWindow, menus: Vec<Menu>) -> tauri::Result<()> {
        if same_but_enabled(&self.menus, &menus) {
            for entry in entries(&menus) {
                if let Some(item) = self.items.get(&entry.id) {
                    item.set_enabled(entry.enabled)?;
                }
            }
        } else {
            self.build(window, &menus)?;
        }
        self.menus = menus;
        Ok(())
    }

    fn build(&mut self, window: &WebviewWindow, menus: &[Menu]) -> tauri::Result<()> {
        self.items.clear();
        let bar = menu::Menu::new(window)?;
        if cfg!(target_os = "macos") {
            bar.append(&system_menu(window)?)?;
        }
        for menu in menus {
            let submenu = Submenu::new(window, &menu.label, true)?;
            for (index, group) in menu.groups.iter().enumerate() {
                if index > 0 {
                    submenu.append(&PredefinedMenuItem::separator(window)?)?;
                }
                for entry in group {
                    let id = format!("{}{OF}{}", window.label(), entry.id);
                    let item = |keys| MenuItem::with_id(window, id.as_str(), &entry.label, entry.enabled, keys);
                    // Keys that the system has no name for still work in the page.
                    let item = item(entry.keys.as_deref()).or_else(|_| item(None))?;
                    submenu.append(&item)?;
                    self.items.insert(entry.id.clone(), item);
                }
            }
            bar.append(&submenu)?;
        }
        if cfg!(target_os = "macos") {
            window.app_handle().set_menu(bar)?;
        } else {
            window.set_menu(bar)?;
        }
        Ok(())
    }
}

/// Tells the page of a window that one of its entries was chosen.
pub(crate) fn chosen(app: &AppHandle, id: &str) {
    let Some((label, command)) = id.split_once(OF) else { return };
    let front = || app.webview_windows().into_values().find(|window| window.is_focused().unwrap_or(false));
    // One bar for all windows means the window in front.
    let label = if cfg!(target_os = "macos") {
        front().map_or_else(|| label.to_owned(), |window| window.label().to_owned())
    } else {
        label.to_owned()
    };
    if let Some(pane) = app.state::<Windows>().pane(&label) {
        pane.outlet.send(&Event::MenuChosen { id: command.to_owned() });
    }
}

/// What every macOS program has first: itself, and the text commands that the system routes to the page.
fn system_menu(window: &WebviewWindow) -> tauri::Result<Submenu<Wry>> {
    let items: [PredefinedMenuItem<Wry>; 8] = [
        PredefinedMenuItem::about(window, None, None)?,
        PredefinedMenuItem::separator(window)?,
        PredefinedMenuItem::cut(window, None)?,
        PredefinedMenuItem::copy(window, None)?,
        PredefinedMenuItem::paste(window, None)?,
        PredefinedMenuItem::separator(window)?,
        PredefinedMenuItem::hide(window, None)?,
        PredefinedMenuItem::quit(window, None)?,
    ];
    let items: Vec<&dyn IsMenuItem<Wry>> = items.iter().map(|item| item as &dyn IsMenuItem<Wry>).collect();
    Submenu::with_items(window, "Thalweg", true, &items)
}

fn entries(menus: &[Menu]) -> impl Iterator<Item = &MenuEntry> {
    menus.iter().flat_map(|menu| menu.groups.iter().flatten())
}

fn same_but_enabled(one: &[Menu], other: &[Menu]) -> bool {
    let enabled = |menus: &[Menu]| {
        let mut menus = menus.to_vec();
        menus.iter_mut().flat_map(|menu| menu.groups.iter_mut().flatten()).for_each(|entry| entry.enabled = true);
        menus
    };
    enabled(one) == enabled(other)
}
