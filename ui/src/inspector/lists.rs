//! What a node publishes, subscribes to and calls: a heading for each entry, with its fields.

use leptos::prelude::*;
use serde_json::Value;

use super::{
    field::SpecField,
    spec::{EntryList, LISTS},
};
use crate::{
    actions::edit::quoted,
    state::{App, app},
};

/// The lists of a node.
#[component]
pub(super) fn EntryLists(id: String) -> impl IntoView {
    LISTS.iter().map(|list| view! { <Entries id=id.clone() list /> }).collect_view()
}

#[component]
fn Entries(id: String, list: &'static EntryList) -> impl IntoView {
    let app = app();
    let node = id.clone();
    // The names alone decide which entries there are.
    let names = Memo::new(move |_| names(app, &node, list));
    move || {
        let names = names.get();
        (!names.is_empty()).then(|| {
            view! {
                <h3 class="heading">{list.heading}</h3>
                {names.into_iter().enumerate().map(|(i, name)| view! {
                    <details class="entry" open=i == 0>
                        <summary>{name}</summary>
                        {list.fields.iter().map(|field| view! {
                            <SpecField node=id.clone() field=*field within_entry=format!("{}.{i}.", list.key) />
                        }).collect_view()}
                    </details>
                }).collect_view()}
            }
        })
    }
}

/// What each entry is called.
fn names(app: App, id: &str, list: &EntryList) -> Vec<String> {
    let path = format!("nodes.{}.{}", quoted(id), list.key);
    let entries = app.document.with(|d| d.as_ref().and_then(|d| d.value(&path)));
    let Some(Value::Array(entries)) = entries else { return Vec::new() };
    let name = |entry: &Value| entry.get(list.named_by).and_then(Value::as_str).unwrap_or_default().to_owned();
    entries.iter().map(name).collect()
}
