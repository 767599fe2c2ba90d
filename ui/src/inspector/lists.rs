//! The lists of a node (what it publishes, subscribes to, calls, …): an entry with its fields, adding one, taking one
//! away, and their order.

use leptos::prelude::*;
use serde_json::{Map, Value, json};
use thalweg_flow::{Edit, free_name};

use super::{
    group::FieldGroup,
    names,
    place::{Place, Subject},
    spec::{EntryList, LISTS, Names},
};
use crate::{
    state::{App, app},
    text::{self, field as t},
};

/// The lists of a node.
#[component]
pub(super) fn EntryLists(id: String, kind: &'static str) -> impl IntoView {
    let subject = StoredValue::new(Subject::nodes(&[id]));
    LISTS
        .iter()
        .filter(|list| list.kinds.contains(&kind))
        .map(|list| view! { <Entries subject list only=None /> })
        .collect_view()
}

/// A list, or those of its entries that name one thing.
#[component]
pub(super) fn Entries(
    subject: StoredValue<Subject>,
    list: &'static EntryList,
    /// The name whose entries are shown, without a way to add another one.
    only: Option<String>,
) -> impl IntoView {
    let app = app();
    let place = subject.with_value(|subject| Place::new(subject, list.key));
    // The names alone decide which entries there are.
    let entries = Memo::new(move |_| names_of(place.value(app).as_ref(), list));
    // Which are open, by position.
    let open = RwSignal::new(vec![true]);
    let shows_all = only.is_none();
    let is_shown = move |name: &str| only.as_deref().is_none_or(|only| only == name);
    view! {
        {shows_all.then(|| view! { <h3 class="heading">{list.heading}</h3> })}
        {move || {
            let entries = entries.get();
            let count = entries.len();
            entries
                .into_iter()
                .enumerate()
                .filter(|(_, name)| is_shown(name))
                .map(|(i, name)| view! { <Entry subject list name i count open=(open, !shows_all) /> })
                .collect_view()
        }}
        {shows_all.then(|| view! { <Add subject list place entries /> })}
    }
}

/// What each entry is called.
fn names_of(entries: Option<&Value>, list: &EntryList) -> Vec<String> {
    let name = |entry: &Value| {
        let name = if list.named_by.is_empty() { Some(entry) } else { entry.get(list.named_by) };
        name.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    entries.and_then(Value::as_array).into_iter().flatten().map(name).collect()
}

#[component]
fn Entry(
    subject: StoredValue<Subject>,
    list: &'static EntryList,
    name: String,
    i: usize,
    count: usize,
    /// Which are open, and whether this one always is.
    open: (RwSignal<Vec<bool>>, bool),
) -> impl IntoView {
    let app = app();
    let (open, always) = open;
    let path = format!("{}.{i}", list.key);
    let place = subject.with_value(|subject| Place::new(subject, path.as_str()));
    let is_open = always || open.with_untracked(|open| open.get(i).copied().unwrap_or(false));
    let toggle = move |now: bool| {
        open.update_untracked(|open| {
            open.resize(open.len().max(i + 1), false);
            open[i] = now;
        });
    };
    let swap = move |other: usize| subject.with_value(|subject| swap(app, subject, list.key, i, other));
    let label = StoredValue::new(name.clone());
    let button = move |test: &str, sign: &'static str, what: text::Word, off: bool, act: Callback<()>| {
        let label = format!("{what}: {}", label.get_value());
        view! {
            <button
                class="mini"
                disabled=off
                title=what
                aria-label=label
                data-test=format!("{test}-{path}")
                on:click=move |_| act.run(())
            >
                {sign}
            </button>
        }
    };
    let buttons = view! {
        <span class="entry-buttons">
            {button("up", "↑", t::UP, i == 0, Callback::new(move |()| swap(i - 1)))}
            {button("down", "↓", t::DOWN, i + 1 == count, Callback::new(move |()| swap(i + 1)))}
            {button("remove", "×", t::REMOVE, false, Callback::new(move |()| { place.write(app, None, ""); }))}
        </span>
    };
    if list.fields.is_empty() {
        return view! { <div class="entry plain" data-test=format!("entry-{}", place.field())><span>{name}</span>{buttons}</div> }
            .into_any();
    }
    view! {
        <div class="entry" data-test=format!("entry-{}", place.field())>
            <details open=is_open on:toggle=move |event| toggle(event_target::<web_sys::Element>(&event).has_attribute("open"))>
                <summary>{name}</summary>
                <FieldGroup place fields=list.fields.to_vec() />
            </details>
            {buttons}
        </div>
    }
    .into_any()
}

/// Exchanges two entries of a list.
fn swap(app: App, subject: &Subject, list: &str, one: usize, other: usize) {
    let Some(root) = subject.roots.first() else { return };
    let path = |index: usize| format!("{root}.{list}.{index}");
    let value = |index| app.document.with_untracked(|d| d.as_ref().and_then(|d| d.value(&path(index))));
    if let (Some(first), Some(second)) = (value(one), value(other)) {
        let edits = [Edit::Set { path: path(one), value: second }, Edit::Set { path: path(other), value: first }];
        app.edit(&text::inspector::step_reorder(list, &subject.name), &edits);
    }
}

/// Adds an entry for a name that is chosen.
#[component]
fn Add(
    subject: StoredValue<Subject>,
    list: &'static EntryList,
    place: Place,
    entries: Memo<Vec<String>>,
) -> impl IntoView {
    let app = app();
    let add = move |name: String| {
        if name.is_empty() {
            return;
        }
        let taken = if list.named_by == "name" { entries.get_untracked() } else { Vec::new() };
        let entry = new_entry(list, &name, &taken);
        // A list that is missing comes with its first entry.
        let count = entries.with_untracked(Vec::len);
        if count == 0 {
            place.write(app, Some(json!([entry])), "");
        } else {
            subject.with_value(|s| Place::new(s, format!("{}.{count}", list.key))).write(app, Some(entry), "");
        }
    };
    let offered = move || {
        let names = names::offered(app, list.names, place);
        // A node does not go on to itself.
        let own = subject.with_value(|subject| subject.name.clone());
        names.into_iter().filter(|name| list.names == Names::Steps || *name != own).collect::<Vec<_>>()
    };
    view! {
        <select
            class="input add-entry"
            data-test=format!("add-{}", list.key)
            aria-label=format!("{}: {}", list.heading, t::ADD)
            prop:value=""
            on:change=move |event| {
                add(event_target_value(&event));
                event_target::<web_sys::HtmlSelectElement>(&event).set_value("");
            }
        >
            <option value="">{t::ADD}</option>
            {move || offered().into_iter().map(|name| view! { <option value=name.clone()>{name.clone()}</option> }).collect_view()}
        </select>
    }
}

/// An entry for a name; steps are named by what they call, apart from others.
fn new_entry(list: &EntryList, name: &str, taken: &[String]) -> Value {
    if list.named_by.is_empty() {
        return json!(name);
    }
    let own = free_name(name, |name| taken.iter().any(|other| other == name));
    let mut entry = Map::from_iter([(list.named_by.to_owned(), json!(own))]);
    for (key, value) in list.with {
        entry.insert((*key).to_owned(), json!(if value.is_empty() { name } else { value }));
    }
    Value::Object(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(key: &str) -> &'static EntryList {
        LISTS.iter().find(|list| list.key == key).unwrap()
    }

    #[test]
    fn entries_are_called_by_what_they_name() {
        let entries = json!([{ "from": "a" }, { "group": "g" }]);
        assert_eq!(names_of(Some(&entries), list("subscribes")), ["a", ""]);
        assert_eq!(names_of(Some(&json!(["x", "y"])), list("projects_to")), ["x", "y"]);
        assert!(names_of(None, list("calls")).is_empty());
    }

    #[test]
    fn new_entries_hold_what_they_need() {
        assert_eq!(new_entry(list("subscribes"), "a", &[]), json!({ "from": "a" }));
        assert_eq!(new_entry(list("steps"), "pay", &["pay".into()]), json!({ "name": "pay-2", "service": "pay" }));
        assert_eq!(new_entry(list("timers"), "pay", &[]), json!({ "before": "pay", "wait": "1m" }));
        assert_eq!(new_entry(list("projects_to"), "s", &[]), json!("s"));
    }
}
