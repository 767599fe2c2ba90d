//! Fields together: those that are written or usual, and behind "More" those that are rare.

use leptos::prelude::*;

use super::{
    field::spec_field,
    place::{Held, Place},
    spec::{Field, Section},
};
use crate::{state::app, text::field as t};

/// The fields of a place.
#[component]
pub(super) fn FieldGroup(place: Place, fields: Vec<Field>) -> impl IntoView {
    let app = app();
    let broker = place.broker(app);
    let is_written = |field: &Field| untrack(|| place.below(field.path).held(app)) != Held::Nothing;
    let (rare, usual): (Vec<Field>, Vec<Field>) =
        fields.into_iter().partition(|field| field.is_rare(broker) && !is_written(field));
    let count = rare.len();
    view! {
        {usual.into_iter().map(|field| spec_field(place, field)).collect_view()}
        {(count > 0).then(|| view! {
            <details class="more" data-test=format!("more-{}", place.field())>
                <summary>{t::more(count)}</summary>
                {rare.into_iter().map(|field| spec_field(place, field)).collect_view()}
            </details>
        })}
    }
}

/// Sections with their headings.
#[component]
pub(super) fn Sections(place: Place, sections: &'static [Section]) -> impl IntoView {
    sections
        .iter()
        .map(|section| {
            view! {
                <h3 class="heading">{section.heading}</h3>
                <FieldGroup place fields=section.fields.to_vec() />
            }
        })
        .collect_view()
}
