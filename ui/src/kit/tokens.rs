//! The style sheets' tokens, for what is painted and not styled: they stay the only place of colours and fonts.

use leptos::prelude::*;

/// Reads tokens such as `--accent` as they are now; empty for one that there is not.
pub(crate) fn tokens() -> impl Fn(&str) -> String {
    let style = document().document_element().and_then(|root| window().get_computed_style(&root).ok().flatten());
    move |token| {
        let value = style.as_ref().map(|style| style.get_property_value(token));
        value.and_then(Result::ok).unwrap_or_default().trim().to_owned()
    }
}
