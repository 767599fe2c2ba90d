//! Several nodes at once: the settings that all of them have. What is written here is written for all, as one step.

use leptos::prelude::*;

use super::{
    group::FieldGroup,
    place::{Place, Subject},
    spec::{COMMON, Field, sections},
};
use crate::{
    state::app,
    text::{self, Word, inspector as t},
};

/// The panel of several nodes.
#[component]
pub(super) fn ManyPanel(ids: Vec<String>) -> impl IntoView {
    let app = app();
    let count = ids.len();
    let place = Place::new(&Subject::nodes(&ids), "");
    // Other kinds under the same names would have other fields.
    let kinds = Memo::new(move |_| {
        app.drawn.track();
        app.scene.with_untracked(|scene| {
            let mut kinds: Vec<&'static str> =
                ids.iter().filter_map(|id| scene.nodes.get(id)).map(|n| n.kind).collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds
        })
    });
    view! {
        <header class="panel-head" data-test="many">
            <b>{t::many_title(count)}</b>
            <span class="sub">{move || kinds.get().join(", ")}</span>
        </header>
        <p class="note">{text::many_selected(count)}</p>
        {move || shared(&kinds.get()).into_iter().map(|(heading, fields)| view! {
            <h3 class="heading">{heading}</h3>
            <FieldGroup place fields />
        }).collect_view()}
        <h3 class="heading">{text::ABOUT}</h3>
        <FieldGroup place fields=COMMON.to_vec() />
    }
}

/// The fields that nodes of all these kinds have, under the headings of the first.
fn shared(kinds: &[&str]) -> Vec<(Word, Vec<Field>)> {
    let Some((first, others)) = kinds.split_first() else { return Vec::new() };
    let has = |kind: &str, field: &Field| sections(kind).iter().any(|s| s.fields.iter().any(|f| f.is_like(field)));
    sections(first)
        .iter()
        .map(|section| {
            let fields = section.fields.iter().filter(|field| others.iter().all(|kind| has(kind, field)));
            (section.heading, fields.copied().collect::<Vec<_>>())
        })
        .filter(|(_, fields)| !fields.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(kinds: &[&str]) -> Vec<&'static str> {
        shared(kinds).into_iter().flat_map(|(_, fields)| fields).map(|field| field.path).collect()
    }

    #[test]
    fn kinds_share_what_means_the_same() {
        assert_eq!(paths(&["service", "store"]), ["concurrency"]);
        assert!(paths(&["consumer", "service"]).contains(&"failure.rate"));
        // Both have a type, but not of the same words.
        assert_eq!(paths(&["exchange", "queue"]), ["broker"]);
        assert_eq!(paths(&["queue"]).len(), paths(&["queue", "queue"]).len());
        assert!(paths(&["producer", "workflow"]).is_empty());
    }
}
