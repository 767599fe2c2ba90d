//! Sentences of the engine, which set names and values in backticks.

use leptos::prelude::*;

/// A sentence with what stands in backticks set as code; always text, never markup.
#[component]
pub(crate) fn Prose(#[prop(into)] text: String) -> impl IntoView {
    parts(&text)
        .into_iter()
        .map(|(code, part)| if code { view! { <code class="word">{part}</code> }.into_any() } else { part.into_any() })
        .collect_view()
}

/// The text cut at its backticks, with whether a part stands between two of them.
fn parts(text: &str) -> Vec<(bool, String)> {
    let pieces: Vec<&str> = text.split('`').collect();
    // A single backtick at the end of nothing is only a backtick.
    if pieces.len().is_multiple_of(2) {
        return vec![(false, text.to_owned())];
    }
    let parts = pieces.iter().enumerate().map(|(i, piece)| (i % 2 == 1, (*piece).to_owned()));
    parts.filter(|(_, piece)| !piece.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_backticks_is_code() {
        let part = |code: bool, text: &str| (code, text.to_owned());
        assert_eq!(parts("`a` is no `b`"), [part(true, "a"), part(false, " is no "), part(true, "b")]);
        assert_eq!(parts("one ` alone"), [part(false, "one ` alone")]);
        assert_eq!(parts("none"), [part(false, "none")]);
    }
}
