//! Curves over the time of day: the same drawing, names, values and exports as those of a run, without its faults and its
//! scrubber.

use leptos::{html, prelude::*};
use thalweg_charts::{Hue, Room, Scale, Timeline, View, Window};

use super::{Board, export::Export, log_scale::LogScale, plot::Plot, pointer::Pointer, rows};
use crate::{
    kit::{ink, measure},
    state::{Shared, app},
    text,
};

/// Draws what lies above the curves.
pub(crate) type Above = Callback<(Board,), AnyView>;

/// Curves, with what one does to them. Dragging chooses a part of the time; who owns the curves fetches it.
#[component]
pub(crate) fn Panel(
    /// What is drawn.
    model: Memo<Option<Shared<Timeline>>>,
    /// What it is about, for files that it is written to.
    name: Signal<String>,
    /// What is done with a part that was chosen: two moments in seconds of the axis; none is all of it.
    zoom: Callback<(Option<(f64, f64)>,)>,
    /// Whether a part is shown.
    zoomed: Signal<bool>,
    /// What is shown and how, once any of it is there, and whether the values are such that powers of ten show them better.
    #[prop(into)]
    suited: Signal<Option<(String, bool)>>,
    /// What lies above the curves.
    above: Above,
    /// What stands beside the buttons.
    children: Children,
) -> impl IntoView {
    let plot = NodeRef::<html::Div>::new();
    let hidden = RwSignal::new(Vec::new());
    let log = RwSignal::new(false);
    Effect::new(move |before: Option<String>| {
        let (shown, scale) = suits(before.unwrap_or_default(), suited.get());
        if let Some(scale) = scale {
            log.set(scale);
        }
        shown
    });
    let size = measure(plot);
    let hover = RwSignal::new(None);
    let duration = Memo::new(move |_| model.with(|model| model.as_ref().map_or(0.0, |model| model.duration_s)));
    let window = Memo::new(move |_| Window::whole(duration.get()));
    let latest = Memo::new(move |_| model.with(|model| model.as_ref().map_or(0.0, |model| latest(model))));
    let board = Board {
        app: app(),
        name,
        moment: Signal::derive(move || hover.get().unwrap_or_else(|| latest.get())),
        model,
        hidden,
        shown: Memo::new(move |_| {
            hidden.with(|hidden| match model.get() {
                Some(model) if !hidden.is_empty() => Some(Shared::new(model.without(hidden))),
                all => all,
            })
        }),
        zoom: RwSignal::new(None),
        window,
        view: Memo::new(move |_| View {
            window: window.get(),
            scale: if log.get() { Scale::Log } else { Scale::Linear },
            words: super::words(),
        }),
        palette: ink::follow_palette(),
        size,
        room: Memo::new(move |_| Room::panel(size.get(), model.with(|m| m.as_ref().map_or(0, |m| m.lanes.len())))),
        hover,
        pointed: RwSignal::new(None),
    };
    view! {
        <div class="panel-tools">
            {children()}
            <span class="grow"></span>
            <LogScale log />
            <Export board />
        </div>
        <section class="timeline metric-curves" aria-label=text::metrics::PLOT>
            <rows::RowNames board />
            <div class="plot" node_ref=plot>
                <Plot board />
                <rows::Readings board />
                <Pointer board zoom zoomed />
                {move || above.run((board,))}
            </div>
        </section>
    }
}

/// What is shown from now on, and the scale that suits it where it is something else than before. Other values of the same change
/// nothing: who chose otherwise keeps to it.
fn suits(before: String, now: Option<(String, bool)>) -> (String, Option<bool>) {
    match now {
        Some((shown, log)) if before != shown => (shown, Some(log)),
        _ => (before, None),
    }
}

/// The middle of the last bucket in which any line or heat map has a value.
fn latest(model: &Timeline) -> f64 {
    let lines = model.lanes.iter().flat_map(|lane| &lane.lines);
    let last = lines.filter_map(|line| line.values.iter().rposition(|value| value.is_some_and(f64::is_finite))).max();
    let of_lines = last.map(|last| (last as f64 + 0.5) * model.bucket_s);
    let of_heats = model.heats().flat_map(|heat| &heat.cells).map(|cell| cell.until_s - model.bucket_s / 2.0);
    of_heats.chain(of_lines).reduce(f64::max).unwrap_or(0.0)
}

impl Board {
    /// Where a moment and a value of the first lane are, in pixels; none outside of what is seen. Without a value it is the
    /// lane's ground.
    pub(crate) fn place(self, second: f64, value: Option<f64>) -> Option<[f64; 2]> {
        let (room, view) = (self.room.get(), self.view.get());
        let x = view.window.x(second, room.width);
        let row = room.row(0);
        let share = self.shown.with(|shown| {
            let lane = shown.as_ref()?.lanes.first()?;
            Some(value.map_or(0.0, |value| match &lane.heat {
                Some(heat) => heat.axis(view.scale).share(value),
                None => lane.axis(view.scale).share(value),
            }))
        })?;
        (0.0..=room.width).contains(&x).then_some([x, row.top + row.height * (1.0 - share)])
    }
}

/// The class that gives a line its colour.
pub(crate) fn hue_class(hue: Hue) -> &'static str {
    match hue {
        Hue::Accent => "hue-accent",
        Hue::Producer => "hue-producer",
        Hue::Channel => "hue-channel",
        Hue::Consumer => "hue-consumer",
        Hue::Service => "hue-service",
        Hue::Dead => "hue-dead",
    }
}

#[cfg(test)]
mod tests {
    use thalweg_charts::{Lane, Line, Unit};

    use super::*;

    #[test]
    fn the_scale_follows_what_is_shown_and_not_its_values() {
        let (shown, scale) = suits(String::new(), None);
        assert_eq!((shown.as_str(), scale), ("", None));
        let (shown, scale) = suits(shown, Some(("a heat".into(), true)));
        assert_eq!(scale, Some(true));
        // The reader may have chosen otherwise by now.
        let (shown, scale) = suits(shown, Some(("a heat".into(), false)));
        assert_eq!(scale, None);
        let (shown, scale) = suits(shown, None);
        assert_eq!(scale, None, "for a moment nothing is in sight");
        let (shown, scale) = suits(shown, Some(("a heat".into(), true)));
        assert_eq!(scale, None);
        assert_eq!(suits(shown, Some(("a lines".into(), false))).1, Some(false));
    }

    #[test]
    fn the_latest_value_is_that_of_any_line() {
        let lane = |values: &[Option<f32>]| Lane {
            name: String::new(),
            unit: Unit::Count,
            lines: vec![Line::gapped("a", Hue::Accent, values)],
            heat: None,
        };
        let of = |lanes| Timeline { bucket_s: 2.0, lanes, ..Timeline::default() };
        assert_eq!(latest(&of(vec![lane(&[Some(1.0), None, None]), lane(&[None, Some(1.0), Some(f32::NAN)])])), 3.0);
        assert_eq!(latest(&of(vec![])), 0.0);
    }
}
