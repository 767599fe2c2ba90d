//! Keys of commands.

use leptos::ev;

/// A key with its modifiers. `ctrl` is also ⌘.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Shortcut<K = &'static str> {
    pub(crate) ctrl: bool,
    pub(crate) shift: bool,
    pub(crate) alt: bool,
    /// `KeyboardEvent.key` in lower case.
    pub(crate) key: K,
}

pub(super) const fn key(key: &'static str) -> Shortcut {
    Shortcut { ctrl: false, shift: false, alt: false, key }
}

pub(super) const fn ctrl(key: &'static str) -> Shortcut {
    Shortcut { ctrl: true, shift: false, alt: false, key }
}

pub(super) const fn ctrl_shift(key: &'static str) -> Shortcut {
    Shortcut { ctrl: true, shift: true, alt: false, key }
}

impl Shortcut<String> {
    /// What was pressed. A sign that needs Shift on some keyboards (`+`, `?`) is pressed without it.
    pub(crate) fn of_event(event: &ev::KeyboardEvent) -> Self {
        let key = event.key().to_lowercase();
        let is_sign = matches!(key.chars().next(), Some(c) if key.len() == c.len_utf8() && !c.is_alphanumeric());
        Shortcut {
            ctrl: event.ctrl_key() || event.meta_key(),
            shift: event.shift_key() && !is_sign,
            alt: event.alt_key(),
            key,
        }
    }

    pub(crate) fn as_str(&self) -> Shortcut<&str> {
        Shortcut { ctrl: self.ctrl, shift: self.shift, alt: self.alt, key: &self.key }
    }
}

impl Shortcut {
    /// The keys as they are printed: `Ctrl`, `Shift`, `S`.
    pub(crate) fn keys(self) -> Vec<String> {
        let modifiers = [(self.ctrl, "Ctrl"), (self.alt, "Alt"), (self.shift, "Shift")];
        let mut keys: Vec<String> =
            modifiers.iter().filter(|(held, _)| *held).map(|(_, name)| (*name).to_owned()).collect();
        keys.push(match self.key {
            "enter" => "Enter".to_owned(),
            "delete" => "Del".to_owned(),
            "backspace" => "Backspace".to_owned(),
            "arrowleft" => "←".to_owned(),
            "arrowright" => "→".to_owned(),
            "arrowup" => "↑".to_owned(),
            "arrowdown" => "↓".to_owned(),
            other => other.to_uppercase(),
        });
        keys
    }
}
