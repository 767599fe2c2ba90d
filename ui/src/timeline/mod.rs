//! The timeline of a run: curves on one time axis, faults as bands, and the scrubber that moves the whole drawing to a
//! moment.
//!
//! What is shown is a [`thalweg_charts::Timeline`], drawn by the code that draws reports ([`thalweg_charts::paint`], on a
//! canvas); above it lies what answers the pointer. Pure parts ([`lanes`], [`moment`]) are tested natively.

mod broken;
mod export;
mod heat;
mod lanes;
mod log_scale;
pub(crate) mod moment;
mod overview;
mod panel;
mod plot;
mod pointer;
mod rows;
mod scrubber;
pub(crate) mod splitter;
mod transport;

pub(crate) use heat::between;
use leptos::prelude::*;
use log_scale::LogScale;
pub(crate) use panel::{Panel, hue_class};
use thalweg_charts::{Line, Palette, Room, Scale, Unit, View, Window, Words};

use crate::{
    commands, format,
    kit::{ink, measure, tab},
    runs::{ComparisonTable, Legend, RunList, title_of_baseline, title_of_run},
    scenario::{ScenarioTimeline, Strip},
    state::{App, OpenDocument, Shared, app},
    text,
};

/// What the parts of the timeline share; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Board {
    app: App,
    /// What it is about, for files that it is written to.
    name: Signal<String>,
    /// The moment whose values stand beside the names.
    moment: Signal<f64>,
    /// All curves; none before the first ones.
    model: Memo<Option<Shared<thalweg_charts::Timeline>>>,
    /// Curves that are switched off: lane and line.
    hidden: RwSignal<Vec<(String, String)>>,
    /// What is drawn.
    shown: Memo<Option<Shared<thalweg_charts::Timeline>>>,
    /// The part chosen by zooming; none is the whole run.
    zoom: RwSignal<Option<Window>>,
    /// The part that is seen.
    window: Memo<Window>,
    /// How it is drawn.
    view: Memo<View>,
    /// The colours of the theme that is on.
    palette: RwSignal<Palette>,
    /// Width and height of the plot in pixels.
    size: RwSignal<[f64; 2]>,
    /// Where everything stands in the plot.
    room: Memo<Room>,
    /// The moment under the pointer.
    hover: RwSignal<Option<f64>>,
    /// How far below the plot's upper edge the pointer is, in pixels.
    pointed: RwSignal<Option<f64>>,
}

/// The panel below the canvas in the simulate lens: what was measured, or what is planned.
#[component]
pub(crate) fn Timeline() -> impl IntoView {
    let app = app();
    on_cleanup(move || app.playback.stop());
    let shown = RwSignal::new(Tab::Measured);
    Effect::new(move |_| {
        if app.scenario_wanted.get() {
            app.scenario_wanted.set(false);
            shown.set(Tab::Planned);
        }
    });
    // Who runs it wants to see what comes of it; who asks for the kept runs finds them beside the curves.
    Effect::new(move |_| {
        if app.running.with(Option::is_some) || app.runs_wanted.get() || app.naming_run.with(Option::is_some) {
            shown.set(Tab::Measured);
        }
    });
    let compares = Memo::new(move |_| app.history.with(|history| history.baseline().is_some()));
    Effect::new(move |_| {
        if !compares.get() && shown.get_untracked() == Tab::Compared {
            shown.set(Tab::Measured);
        }
    });
    let table = Callback::new(move |()| shown.set(Tab::Compared));
    view! {
        <div class="tabs" role="tablist">
            {tab(shown, Tab::Measured, "tab-curves", text::timeline::CURVES)}
            {tab(shown, Tab::Planned, "tab-planned", text::scenario::TAB)}
            <Show when=move || compares.get()>
                {move || tab(shown, Tab::Compared, "tab-comparison", text::runs::COMPARISON)}
            </Show>
        </div>
        {move || match shown.get() {
            Tab::Measured => view! { <Measured table /> }.into_any(),
            Tab::Planned => view! { <ScenarioTimeline /> }.into_any(),
            Tab::Compared => view! { <Compared /> }.into_any(),
        }}
    }
}

/// What the panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    /// The curves of a run.
    Measured,
    /// What the scenario plans.
    Planned,
    /// What two runs differ in.
    Compared,
}

/// The table of differences, as high as the curves are.
#[component]
fn Compared() -> impl IntoView {
    let height = splitter::height();
    view! {
        <section class="timeline compared" aria-label=text::runs::COMPARISON style:height=move || format!("{}px", height.get())>
            <splitter::Splitter height />
            <ComparisonTable />
        </section>
    }
}

#[component]
fn Measured(
    /// Shows the table of differences.
    table: Callback<()>,
) -> impl IntoView {
    let app = app();
    let has_curves = Memo::new(move |_| app.series.with(Option::is_some));
    let height = splitter::height();
    view! {
        <section class="timeline" data-test="timeline" aria-label=text::timeline::TIMELINE style:height=move || format!("{}px", height.get())>
            <splitter::Splitter height />
            <Show when=move || has_curves.get() fallback=|| view! { <Empty /> }>
                <Curves table />
            </Show>
            <button
                class="small runs-toggle"
                class:on=move || app.shows_runs()
                data-test="runs-toggle"
                aria-pressed=move || app.shows_runs().to_string()
                title=text::runs::TOGGLE
                on:click=move |_| {
                    let shown = untrack(move || app.shows_runs());
                    app.runs_open.set(Some(!shown));
                }
            >
                {text::runs::RUNS}
            </button>
            <Show when=move || app.shows_runs()>
                <RunList />
            </Show>
        </section>
    }
}

#[component]
fn Curves(
    /// Shows the table of differences.
    table: Callback<()>,
) -> impl IntoView {
    let app = app();
    let model = Memo::new(move |_| model(app));
    let zoom = RwSignal::new(None::<Window>);
    let duration = Memo::new(move |_| model.with(|m| m.as_ref().map_or(0.0, |m| m.duration_s)));
    // Another run, another axis.
    Effect::new(move |before: Option<f64>| {
        let duration = duration.get();
        if before.is_some_and(|before| (before - duration).abs() > f64::EPSILON) {
            zoom.set(None);
        }
        duration
    });
    let plot = NodeRef::<leptos::html::Div>::new();
    let hidden = RwSignal::new(Vec::new());
    let log = RwSignal::new(false);
    let size = measure(plot);
    let window = Memo::new(move |_| zoom.get().unwrap_or_else(|| Window::whole(duration.get())));
    let name = move || app.document.with(|d| d.as_ref().map(OpenDocument::title).unwrap_or_default());
    let board = Board {
        app,
        name: Signal::derive(name),
        moment: app.scrubber.into(),
        model,
        hidden,
        shown: Memo::new(move |_| {
            hidden.with(|hidden| match model.get() {
                Some(model) if !hidden.is_empty() => Some(Shared::new(model.without(hidden))),
                all => all,
            })
        }),
        zoom,
        window,
        view: Memo::new(move |_| View {
            window: window.get(),
            scale: if log.get() { Scale::Log } else { Scale::Linear },
            words: words(),
        }),
        palette: ink::follow_palette(),
        size,
        room: Memo::new(move |_| Room::panel(size.get(), model.with(|m| m.as_ref().map_or(0, |m| m.lanes.len())))),
        hover: RwSignal::new(None),
        pointed: RwSignal::new(None),
    };
    view! {
        <div class="timeline-tools">
            <Legend table />
            <overview::Overview board />
            <LogScale log />
            <export::Export board />
        </div>
        <transport::Transport board />
        <rows::RowNames board />
        <div class="plot" node_ref=plot>
            <plot::Plot board />
            <rows::Readings board />
            <scrubber::Scrubber board />
            <broken::Broken board />
            <Strip window=board.window.into() />
        </div>
    }
}

/// The curves of the run that is looked at, above those of what it is compared with.
fn model(app: App) -> Option<Shared<thalweg_charts::Timeline>> {
    let selection = app.selection.get();
    let own = app.series.with(|series| series.as_ref().map(|series| lanes::timeline(series, &selection)))?;
    let baseline = app.history.with(|history| history.baseline().map(|baseline| baseline.series.clone()));
    let both = match (baseline, title_of_baseline(app)) {
        (Some(series), Some(baseline)) => {
            let names = thalweg_charts::Compared { run: title_of_run(app), baseline };
            own.beside(&lanes::timeline(&series, &selection), names)
        }
        _ => own,
    };
    Some(Shared::new(both))
}

/// What the drawing itself says.
fn words() -> Words {
    Words {
        warm_up: text::timeline::WARM_UP.now(),
        no_values: text::timeline::NO_VALUES.now(),
        values: text::timeline::IN_A_CELL.now(),
    }
}

#[component]
fn Empty() -> impl IntoView {
    let app = app();
    let running = move || app.running.with(Option::is_some);
    let keys = || {
        let shortcut = commands::run::RUN.keys.first();
        let keys = shortcut.map(|shortcut| shortcut.keys()).unwrap_or_default();
        keys.into_iter().map(|key| view! { <kbd>{key}</kbd> }).collect_view()
    };
    view! {
        <div class="empty">
            <Show
                when=running
                fallback=move || view! {
                    <p>{text::timeline::EMPTY}</p>
                    <p class="try">
                        <button class="button primary" on:click=move |_| commands::run::RUN.run(app)>{text::RUN}</button>
                        <span>{text::timeline::OR_PRESS}</span>
                        {keys()}
                    </p>
                }
            >
                <p>{text::timeline::FIRST_CURVES}</p>
            </Show>
        </div>
    }
}

impl Board {
    /// Length of the whole run, in seconds.
    fn duration_s(self) -> f64 {
        self.model.with_untracked(|model| model.as_ref().map_or(0.0, |model| model.duration_s))
    }

    /// A moment in words: of the run, or of the day.
    fn say_moment(self, second: f64) -> String {
        let epoch = self.model.with_untracked(|model| model.as_ref().and_then(|model| model.epoch));
        epoch.map_or_else(|| format::clock(second), |epoch| epoch.say(second, self.bucket_s().min(1.0)))
    }

    /// Length of a bucket, in seconds.
    fn bucket_s(self) -> f64 {
        self.model.with_untracked(|model| model.as_ref().map_or(0.0, |model| model.bucket_s))
    }
}

/// A line's value in words.
fn reading(unit: Unit, line: &Line, bucket_s: f64, second: f64) -> String {
    line.at(bucket_s, second).map_or_else(|| format::UNKNOWN.to_owned(), |value| say(unit, value))
}

/// A value as the window says values of this unit.
fn say(unit: Unit, value: f64) -> String {
    match unit {
        Unit::PerSecond => format::rate(value),
        Unit::Milliseconds => format::millis(value),
        Unit::Count => format::count(if value < 100.0 { (value * 10.0).round() / 10.0 } else { value }),
        Unit::Share => format::share(value),
    }
}
