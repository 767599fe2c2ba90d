//! The map of the trace that is shown.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{Command, Reply, TopologyMap};

use super::{Chart, drawing::MapBody, head::manners};
use crate::{
    actions::events::unexpected,
    bridge,
    state::{App, Shared},
    text::topology as text,
    traces::{Face, sheet::Sheet},
};

/// The map of the trace that a sheet shows, fetched while it is looked at, anew when the trace grew.
pub(in crate::traces) fn map_of_trace(sheet: Sheet) -> Signal<Option<Shared<TopologyMap>>> {
    let fetched = RwSignal::new(None::<(String, Shared<TopologyMap>)>);
    let app = sheet.app;
    Effect::new(move |_| {
        let shown = sheet.tree.with(|tree| tree.as_ref().map(|(_, tree)| tree.view.summary.trace_id.clone()));
        if let (Some(trace_id), Face::Flow) = (shown, sheet.face.get()) {
            fetch(app, trace_id, fetched);
        }
    });
    Signal::derive(move || {
        let selected = app.traces.with(|traces| traces.selected.clone());
        fetched.with(|fetched| {
            fetched.as_ref().filter(|(id, _)| Some(id) == selected.as_ref()).map(|(_, map)| map.clone())
        })
    })
}

fn fetch(app: App, trace_id: String, into: RwSignal<Option<(String, Shared<TopologyMap>)>>) {
    spawn_local(async move {
        match bridge::call(Command::MapOfTrace { trace_id: trace_id.clone() }).await {
            Ok(Reply::Map(map)) => {
                // What is chosen stays chosen while nothing changed.
                let is_same = |known: &Option<(String, Shared<TopologyMap>)>| {
                    known.as_ref().is_some_and(|(id, known)| *id == trace_id && **known == *map)
                };
                if into.try_with_untracked(is_same) == Some(false) {
                    into.try_set(Some((trace_id, Shared::new(*map))));
                }
            }
            Ok(other) => app.fail(&unexpected(&other)),
            Err(error) => app.fail(&error),
        }
    });
}

/// The middle of the lens while a trace is shown as a map.
#[component]
pub(in crate::traces) fn MapOfOne(chart: Chart) -> impl IntoView {
    view! {
        <div class="topo-one" data-test="map-of-trace">
            <Show
                when=move || chart.map.with(Option::is_some)
                fallback=|| view! { <div class="empty">{text::ARRANGING}</div> }
            >
                <div class="topo-manners">{manners(chart)}</div>
                <MapBody chart />
            </Show>
        </div>
    }
}
