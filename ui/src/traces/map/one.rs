//! The map of the trace that is shown.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{Command, Reply, TopologyMap};

use super::{Chart, drawing::MapBody, head::manners};
use crate::{
    actions::events::unexpected,
    bridge,
    state::{App, Shared, Turns},
    text::topology as text,
    traces::{Face, sheet::Sheet},
};

/// The map of a trace that was fetched last.
#[derive(Debug, Clone, Default)]
struct Fetched {
    turns: Turns,
    map: Option<(String, Shared<TopologyMap>)>,
}

impl Fetched {
    /// Takes in a map, unless one that was asked for later is there; true when something changed. What is chosen stays chosen while
    /// nothing did.
    fn take(&mut self, number: u64, trace_id: String, map: TopologyMap) -> bool {
        let is_same = |(id, known): &(String, Shared<TopologyMap>)| *id == trace_id && **known == map;
        if !self.turns.take(number) || self.map.as_ref().is_some_and(is_same) {
            return false;
        }
        self.map = Some((trace_id, Shared::new(map)));
        true
    }
}

/// The map of the trace that a sheet shows, fetched while it is looked at, anew when the trace grew.
pub(in crate::traces) fn map_of_trace(sheet: Sheet) -> Signal<Option<Shared<TopologyMap>>> {
    let fetched = RwSignal::new(Fetched::default());
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
            let of_selected = fetched.map.as_ref().filter(|(id, _)| Some(id) == selected.as_ref());
            of_selected.map(|(_, map)| map.clone())
        })
    })
}

fn fetch(app: App, trace_id: String, into: RwSignal<Fetched>) {
    let Some(number) = into.try_maybe_update(|fetched| (false, fetched.turns.ask())) else { return };
    spawn_local(async move {
        let answer = bridge::call(Command::MapOfTrace { trace_id: trace_id.clone() }).await;
        let told = match answer {
            Ok(Reply::Map(map)) => {
                into.try_maybe_update(|fetched| {
                    let has_changed = fetched.take(number, trace_id, *map);
                    (has_changed, ())
                });
                return;
            }
            Ok(other) => unexpected(&other),
            Err(error) => error,
        };
        // Of a trace that nobody looks at any more nothing is to be told.
        if into.try_with_untracked(|fetched| fetched.turns.is_last(number)) == Some(true) {
            app.fail(&told);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traces::map::picture::tests::map;

    #[test]
    fn the_map_that_was_asked_for_last_stays() {
        let mut fetched = Fetched::default();
        let [a, b] = [fetched.turns.ask(), fetched.turns.ask()];
        assert!(fetched.take(b, "b".into(), map()));
        assert!(!fetched.take(a, "a".into(), map()), "the answer of the first came last");
        assert_eq!(fetched.map.as_ref().map(|(id, _)| id.as_str()), Some("b"));
        // The same once more changes nothing.
        let (again, before) = (fetched.turns.ask(), fetched.map.clone());
        assert!(!fetched.take(again, "b".into(), map()));
        assert!(fetched.map == before);
        let grown = fetched.turns.ask();
        assert!(fetched.take(grown, "b".into(), TopologyMap { traces: 3, ..map() }));
    }
}
