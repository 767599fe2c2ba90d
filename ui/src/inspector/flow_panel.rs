//! The flow itself, while nothing is selected: its name and sentence, and its brokers, event types and scenarios.

use leptos::prelude::*;
use thalweg_flow::Scenario;

use super::{
    group::FieldGroup,
    place::{Place, Subject},
    spec::FLOW,
};
use crate::{
    state::{App, OpenDocument, Part, app},
    text::{self, Word, inspector as t},
};

/// The panel of the flow.
#[component]
pub(super) fn FlowPanel() -> impl IntoView {
    let app = app();
    let title = move || app.document_drawn(|d| d.map(OpenDocument::title).unwrap_or_default());
    let scenarios = Memo::new(move |_| {
        app.document_drawn(|d| {
            d.map(|d| d.flow().scenarios.clone().into_iter().collect::<Vec<_>>()).unwrap_or_default()
        })
    });
    let brokers = Memo::new(move |_| {
        app.document_drawn(|d| {
            let brokers = d.map(|d| d.flow().brokers.iter());
            brokers.into_iter().flatten().map(|(id, b)| (id.clone(), b.kind.name().to_owned())).collect::<Vec<_>>()
        })
    });
    let events = Memo::new(move |_| {
        app.document_drawn(|d| {
            let events = d.map(|d| d.flow().events.iter());
            let fact = |version: &Option<String>| version.clone().unwrap_or_default();
            events.into_iter().flatten().map(|(id, e)| (id.clone(), fact(&e.version))).collect::<Vec<_>>()
        })
    });
    view! {
        <header class="panel-head"><b>{title}</b><span class="sub">{text::FLOW}</span></header>
        <p class="note">{text::SELECT_SOMETHING}</p>
        <h3 class="heading">{text::ABOUT}</h3>
        <FieldGroup place=Place::new(&Subject::flow(), "") fields=FLOW.to_vec() />
        <Parts heading=t::BROKERS add=t::ADD_BROKER parts=brokers part=Part::Broker new="broker" />
        <Parts heading=t::EVENTS add=t::ADD_EVENT parts=events part=Part::Event new="event.happened" />
        <h3 class="heading">{text::SCENARIOS}</h3>
        {move || {
            let scenarios = scenarios.get();
            if scenarios.is_empty() {
                return view! { <p class="note">{text::NO_SCENARIOS}</p> }.into_any();
            }
            scenarios.into_iter().map(|(name, scenario)| view! { <ScenarioCard name scenario /> }).collect_view().into_any()
        }}
    }
}

/// Parts of one sort: each leads to its panel.
#[component]
fn Parts(
    heading: Word,
    add: Word,
    parts: Memo<Vec<(String, String)>>,
    part: fn(String) -> Part,
    /// What a new one is called at first.
    new: &'static str,
) -> impl IntoView {
    let app = app();
    let section = part(String::new()).section();
    view! {
        <h3 class="heading">{heading}</h3>
        <div class="part-list">
            {move || parts.get().into_iter().map(|(name, fact)| {
                let (shown, test) = (name.clone(), format!("part-{section}-{name}"));
                view! {
                    <button
                        class="part"
                        data-test=test
                        on:click=move |_| app.inspect(part(shown.clone()))
                    >
                        <span>{name}</span>
                        <small>{fact}</small>
                    </button>
                }
            }).collect_view()}
            <button class="mini add-row" data-test=format!("add-{section}") on:click=move |_| app.declare(part(new.to_owned()))>
                {add}
            </button>
        </div>
    }
}

/// A scenario in a few words; a click chooses it and leads to its timeline, where it is edited.
#[component]
fn ScenarioCard(name: String, scenario: Scenario) -> impl IntoView {
    let app = app();
    let (chosen, compared, shown) = (name.clone(), name.clone(), name.clone());
    let on = move || is_chosen(app, &compared);
    let test = format!("scenario-card-{name}");
    let settings = format!("part-scenarios-{name}");
    let mut facts = Vec::new();
    facts.extend(scenario.duration.map(|d| d.to_string()));
    facts.push(text::many(scenario.faults.len(), text::noun::FAULT));
    facts.push(text::many(scenario.expect.len(), text::noun::EXPECTATION));
    view! {
        <div class="scenario-row">
            <button
                class="scenario-card"
                class:on=on
                data-test=test
                title=t::OPEN_TIMELINE
                on:click=move |_| {
                    app.choose_scenario(&chosen);
                    app.scenario_wanted.set(true);
                }
            >
                <b>{name}</b>
                <small>{facts.join(" · ")}</small>
                {scenario.summary.map(|summary| view! { <span>{summary}</span> })}
            </button>
            <button
                class="mini"
                title=text::SETTINGS
                aria-label=text::SETTINGS
                data-test=settings
                on:click=move |_| app.inspect(Part::Scenario(shown.clone()))
            >
                "⋯"
            </button>
        </div>
    }
}

fn is_chosen(app: App, name: &str) -> bool {
    app.scenario.with(|s| s.as_deref().unwrap_or(text::DEFAULT_SCENARIO) == name)
}
