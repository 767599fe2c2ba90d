//! Words that exist in every language of the window, and which language is spoken.
//!
//! One process speaks one language: a word looks it up when it is shown. Whoever changes the language builds the window anew
//! from its state; nothing here is reactive.

use std::{
    fmt,
    ops::Deref,
    sync::atomic::{AtomicU8, Ordering},
};

use leptos::prelude::{IntoAttributeValue, IntoRender};

/// A language of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

static SPOKEN: AtomicU8 = AtomicU8::new(Language::English as u8);

impl Language {
    /// The one that is spoken now.
    pub(crate) fn now() -> Language {
        if SPOKEN.load(Ordering::Relaxed) == Language::German as u8 { Language::German } else { Language::English }
    }

    /// The one that a tag of BCP 47 asks for (`de-AT`); English for what is not spoken here.
    pub(crate) fn of_tag(tag: &str) -> Language {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("de") { Language::German } else { Language::English }
    }

    /// From now on this one is spoken; what is shown already stays as it is.
    pub(crate) fn speak(self) {
        SPOKEN.store(self as u8, Ordering::Relaxed);
    }
}

/// A word or sentence without parts that change; one with such parts is a function that chooses with [`say`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) en: &'static str,
    pub(crate) de: &'static str,
}

impl Word {
    /// In the language that is spoken now.
    pub(crate) fn now(self) -> &'static str {
        match Language::now() {
            Language::English => self.en,
            Language::German => self.de,
        }
    }
}

/// The sentence of the language that is spoken now.
pub(crate) fn say(en: impl FnOnce() -> String, de: impl FnOnce() -> String) -> String {
    match Language::now() {
        Language::English => en(),
        Language::German => de(),
    }
}

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        self.now()
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.now())
    }
}

impl From<Word> for String {
    fn from(word: Word) -> String {
        word.now().to_owned()
    }
}

impl IntoRender for Word {
    type Output = &'static str;

    fn into_render(self) -> &'static str {
        self.now()
    }
}

impl IntoAttributeValue for Word {
    type Output = &'static str;

    fn into_attribute_value(self) -> &'static str {
        self.now()
    }
}

/// Words as constants: `NAME: "English", "Deutsch";`.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $en:literal, $de:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: $crate::text::Word = $crate::text::Word { en: $en, de: $de };)*
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_languages() {
        for (tag, language) in [
            ("de", Language::German),
            ("de-AT", Language::German),
            ("DE_ch", Language::German),
            ("en-GB", Language::English),
            ("den", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
    }
}
