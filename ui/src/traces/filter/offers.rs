//! The list of what may stand at the caret, and taking one of it.

use std::ops::Range;

use leptos::prelude::*;
use thalweg_spans::filter::{Offer, OfferKind};

use super::Offered;
use crate::text::filter as text;

#[component]
pub(super) fn OfferList(offered: RwSignal<Offered>, take: Callback<usize>) -> impl IntoView {
    view! {
        {move || offered.get().map(|(offers, choice)| view! {
            <ul class="offers below" role="listbox" id="filter-offers" data-test="filter-offers">
                {offers.offers.into_iter().enumerate().map(|(i, offer)| view! {
                    <li
                        role="option"
                        id=format!("filter-offer-{i}")
                        aria-selected=(choice == Some(i)).to_string()
                        // Pressed, not clicked: a click comes after the field has lost the focus.
                        on:pointerdown=move |event| {
                            event.prevent_default();
                            take.run(i);
                        }
                    >
                        <code>{offer.text}</code>
                        <span>{text::offer(offer.kind, offer.count)}</span>
                    </li>
                }).collect_view()}
            </ul>
        })}
    }
}

/// The byte of a caret given in the browser's 16-bit units.
pub(super) fn byte_at(typed: &str, caret: usize) -> usize {
    let mut seen = 0;
    let found = typed.char_indices().find(|(_, c)| {
        let here = seen >= caret;
        seen += c.len_utf16();
        here
    });
    found.map_or(typed.len(), |(at, _)| at)
}

/// The text with an offer taken, and the caret behind it in the browser's 16-bit units.
pub(super) fn taken(typed: &str, span: &Range<usize>, offer: &Offer) -> (String, u32) {
    let (head, tail) = (&typed[..span.start], &typed[span.end..]);
    let is_joined = head.chars().next_back().is_none_or(|last| last.is_whitespace() || matches!(last, '(' | '{' | '!'));
    // A value may stand at its operator, and a comma or a closing bracket at what is before it.
    let stands_apart = !matches!(offer.kind, OfferKind::Value | OfferKind::Bracket) && offer.text != ",";
    let blank_before = if stands_apart && span.is_empty() && !is_joined { " " } else { "" };
    // What is whole is followed by a blank, so that what comes next is offered; a value may still be written on.
    let goes_on = match offer.kind {
        OfferKind::Value => false,
        OfferKind::Bracket => matches!(offer.text.as_str(), "{" | "}"),
        _ => true,
    };
    let (blank, tail) = match tail.strip_prefix(' ') {
        Some(rest) if goes_on => (" ", rest),
        _ if goes_on => (" ", tail),
        _ => ("", tail),
    };
    let before = format!("{head}{blank_before}{}{blank}", offer.text);
    (format!("{before}{tail}"), before.encode_utf16().count() as u32)
}

pub(super) fn moved(choice: Option<usize>, down: bool, count: usize) -> usize {
    match (choice, down) {
        (None, true) => 0,
        (None, false) => count.saturating_sub(1),
        (Some(at), true) => (at + 1) % count.max(1),
        (Some(at), false) => (at + count.saturating_sub(1)) % count.max(1),
    }
}

#[cfg(test)]
mod tests {
    use thalweg_spans::filter::{Seen, SeenValue, complete, read};

    use super::*;

    /// Takes the first offer at the end.
    fn grown(typed: &str) -> String {
        let value = |text: &str, count| SeenValue { text: text.into(), count };
        let seen = Seen { services: vec![value("payment", 3), value("the shop", 1)], ..Seen::default() };
        let offers = complete(typed, typed.len(), &seen);
        offers.offers.first().map_or_else(String::new, |offer| taken(typed, &offers.span, offer).0)
    }

    #[test]
    fn a_filter_is_written_by_tab_alone() {
        assert_eq!(grown("ser"), "service ");
        assert_eq!(grown("service "), "service = ");
        assert_eq!(grown("service = "), "service = payment");
        assert_eq!(grown("service = payment "), "service = payment and ");
        assert_eq!(grown("service=pay"), "service=payment");
        assert_eq!(grown("service = \"the"), "service = \"the shop\"");
        assert_eq!(grown("(service = payment)"), "(service = payment) and ");
        assert_eq!(grown("{ } >"), "{ } >> ");
        assert_eq!(grown("{ } >> "), "{ } >> { ");
        assert!(read(&grown("(status = error)")).problems.len() == 1, "only what is missing behind it");
    }

    #[test]
    fn blanks_are_not_doubled_and_carets_count_as_the_browser_does() {
        let offer = Offer { text: "service".into(), kind: OfferKind::Field, count: None };
        assert_eq!(taken("😀 se = x", &(5..7), &offer), ("😀 service = x".into(), 11));
        assert_eq!(byte_at("😀é", 2), 4);
        assert_eq!(byte_at("😀é", 9), 6);
    }

    #[test]
    fn the_choice_goes_round() {
        assert_eq!(
            (moved(None, true, 3), moved(None, false, 3), moved(Some(2), true, 3), moved(Some(0), false, 3)),
            (0, 2, 0, 2)
        );
    }
}
