//! What is no node: a declared broker, an event type, the plain fields of a scenario.

use leptos::prelude::*;
use thalweg_flow::{Edit, free_name};

use super::{
    group::{FieldGroup, Sections},
    node_panel::NameHead,
    place::{Place, Subject},
    spec::{BROKER, EVENT, SCENARIO},
};
use crate::{
    actions::edit::quoted,
    problems::PanelProblems,
    state::{App, Part, app},
    text::{self, inspector as t},
};

/// The panel of a part of the flow.
#[component]
pub(super) fn PartPanel(part: Part) -> impl IntoView {
    let app = app();
    let subject = Subject::one(part.section(), part.name());
    let place = Place::new(&subject, "");
    let root = format!("{}.", subject.roots[0]);
    let whole = subject.roots[0].clone();
    let is_there = {
        let path = whole.clone();
        move || app.document_drawn(|d| d.is_some_and(|d| d.value(&path).is_some()))
    };
    let (renamed, removed) = (part.clone(), part.clone());
    let sub = match part {
        Part::Broker(_) => t::BROKER,
        Part::Event(_) => t::EVENT,
        Part::Scenario(_) => t::SCENARIO,
    };
    let used = match &part {
        Part::Broker(_) | Part::Event(_) => Some(view! { <Users part=part.clone() /> }),
        Part::Scenario(_) => None,
    };
    // Taken back or removed: there is nothing to show any more. Renamed: the panel of the new name takes over.
    let own = part.clone();
    Effect::new(move |_| {
        if !is_there() && app.inspected.with_untracked(|shown| shown.as_ref() == Some(&own)) {
            app.inspected.set(None);
        }
    });
    view! {
        <button class="back" data-test="inspect-flow" on:click=move |_| app.inspected.set(None)>{t::BACK}</button>
        <NameHead
            name=part.name().to_owned()
            test="rename-part"
            sub=sub.to_string()
            rename=Callback::new(move |to: String| app.rename_part(&renamed, &to))
        />
        <PanelProblems is_mine=Callback::new(move |path: String| path == whole || path.starts_with(&root)) />
        {match part {
            Part::Broker(_) => view! { <Sections place sections=BROKER /> }.into_any(),
            Part::Event(_) => view! { <Sections place sections=EVENT /> }.into_any(),
            Part::Scenario(name) => view! {
                <h3 class="heading">{text::field::RUN}</h3>
                <FieldGroup place fields=SCENARIO.to_vec() />
                <p class="note">{t::TIMELINE_HAS}</p>
                <button class="button" data-test="choose-scenario" on:click=move |_| app.choose_scenario(&name)>
                    {t::CHOOSE}
                </button>
            }
            .into_any(),
        }}
        {used}
        <div class="panel-buttons">
            <button class="button danger" data-test="remove-part" on:click=move |_| app.remove_part(&removed)>
                {t::REMOVE}
            </button>
        </div>
    }
}

/// The nodes that name a broker or an event type; each leads to it.
#[component]
fn Users(part: Part) -> impl IntoView {
    let app = app();
    let users = Memo::new(move |_| users(app, &part));
    view! {
        <h3 class="heading">{t::USED_BY}</h3>
        <div class="chips">
            {move || {
                let users = users.get();
                if users.is_empty() {
                    return view! { <span class="note">{t::NO_ENTRIES}</span> }.into_any();
                }
                users.into_iter().map(|id| {
                    let chosen = id.clone();
                    view! { <button class="chip" on:click=move |_| app.select(vec![chosen.clone()])>{id}</button> }
                }).collect_view().into_any()
            }}
        </div>
    }
}

fn users(app: App, part: &Part) -> Vec<String> {
    app.document_drawn(|d| {
        let Some(d) = d else { return Vec::new() };
        let ids = d.flow().nodes.iter().filter(|(id, node)| match part {
            Part::Broker(name) => {
                let broker = d.value(&format!("nodes.{}.broker", quoted(id)));
                broker.as_ref().and_then(serde_json::Value::as_str) == Some(name.as_str())
            }
            Part::Event(name) => node.kind.publishes().iter().any(|p| p.event.as_ref() == Some(name)),
            Part::Scenario(_) => false,
        });
        ids.map(|(id, _)| id.clone()).collect()
    })
}

impl App {
    /// Shows a part of the flow in the inspector.
    pub(crate) fn inspect(self, part: Part) {
        self.select(Vec::new());
        self.inspected.set(Some(part));
    }

    /// Declares a part under a name that is free, and shows it.
    pub(crate) fn declare(self, part: Part) {
        let path = |name: &str| format!("{}.{}", part.section(), quoted(name));
        let taken =
            |name: &str| self.document.with_untracked(|d| d.as_ref().is_some_and(|d| d.value(&path(name)).is_some()));
        let name = free_name(part.name(), taken);
        let edit = Edit::Set { path: path(&name), value: part.beginning() };
        if self.edit(&t::step_declare(&name), &[edit]) {
            self.inspect(part.named(name));
        }
    }

    /// Takes a part out of the flow.
    fn remove_part(self, part: &Part) {
        if self.edit(&text::step_delete(part.name()), &[part.removal()]) {
            self.inspected.set(None);
        }
    }

    /// Gives a part another name, and names it so wherever it is named.
    fn rename_part(self, part: &Part, to: &str) -> bool {
        let to = to.trim();
        if to == part.name() {
            return true;
        }
        let done = self.edit(&text::step_rename(part.name(), to), &[part.renaming(to)]);
        if done {
            self.inspected.set(Some(part.named(to.to_owned())));
        }
        done
    }
}
