//! The middle of the lens: the trace that is shown, as a waterfall (one row per span and per time between spans, only those in
//! sight are on the page) or as a flame graph.

use leptos::{ev, prelude::*};
use thalweg_protocol::{TraceRow, trace::RowKind};

use super::{
    copy, facts,
    flame::FlameGraph,
    frame::{Frame, ROW, RowFrame},
    journey::Journey,
    logs,
    map::{Chart, MapOfOne},
    pair::PairView,
    ruler::marks,
    share::{self, Share},
    sheet::{Face, Sheet},
    tree::{Bar, Tree, indent, kind_mark},
};
use crate::{
    format,
    kit::tab,
    state::Shared,
    text::{logs as words, surveys, topology, traces as text},
};

/// A bar narrower than this share of the whole has its mark beside it.
const NARROW: f64 = 0.05;

/// The middle of the lens.
#[component]
pub(super) fn Waterfall(sheet: Sheet, one: Chart) -> impl IntoView {
    let app = sheet.app;
    let shown = Memo::new(move |_| sheet.tree.with(Option::is_some));
    let selected = move || app.traces.with(|traces| traces.selected.is_some());
    let is_pair = move || app.surveys.difference.with(Option::is_some);
    let say = move || if selected() { text::LOADING_TRACE.now() } else { text::CHOOSE_TRACE.now() };
    view! {
        <section class="waterfall" data-test="waterfall" aria-label=text::WATERFALL>
            <Show when=is_pair fallback=|| ()>
                <PairView />
            </Show>
            <Show when=move || !is_pair() && shown.get() fallback=move || nothing(is_pair(), say)>
                <Head sheet />
                {move || match sheet.face.get() {
                    Face::Waterfall => view! { <Rows sheet /> }.into_any(),
                    Face::Flame => view! { <FlameGraph sheet /> }.into_any(),
                    Face::Flow => view! { <MapOfOne chart=one /> }.into_any(),
                    Face::Journey => view! { <Journey sheet /> }.into_any(),
                    Face::Logs => view! { <logs::LogRows sheet /> }.into_any(),
                }}
            </Show>
        </section>
    }
}

fn nothing(is_pair: bool, say: impl Fn() -> &'static str + Send + 'static) -> Option<impl IntoView> {
    (!is_pair).then(|| view! { <div class="empty">{say}</div> })
}

/// Marks the trace as the one that another is compared with, or compares it with that.
#[component]
fn MarkButton(sheet: Sheet) -> impl IntoView {
    let app = sheet.app;
    let label = move || match app.surveys.marked.get() {
        None => surveys::MARK.now(),
        Some(marked) if app.traces.with(|traces| traces.selected.as_ref() == Some(&marked)) => surveys::MARKED.now(),
        Some(_) => surveys::WITH_MARKED.now(),
    };
    view! {
        <button class="small mark-trace" data-test="mark-trace" title=surveys::MARK_SAYS on:click=move |_| app.compare_trace()>
            {label}
        </button>
    }
}

#[component]
fn Head(sheet: Sheet) -> impl IntoView {
    move || {
        let (_, tree) = sheet.tree.get()?;
        let summary = &tree.view.summary;
        let services = tree.colours.all().iter().map(|(service, colour)| {
            view! { <span class=format!("service trace-{colour}") title=service.clone()><i></i>{service.clone()}</span> }
        });
        Some(view! {
            <div class="waterfall-head">
                {back(sheet)}
                <b title=summary.root.clone()>{text::title(&summary.service, &summary.root)}</b>
                <code title=summary.trace_id.clone()>{facts::short_id(&summary.trace_id)}</code>
                <copy::Copy value=summary.trace_id.clone() />
                <MarkButton sheet />
                <Share sheet trace_id=summary.trace_id.clone() />
                <div class="services">{services.collect_view()}</div>
                <div class="tabs trace-faces" role="tablist" aria-label=text::VIEWS>
                    {tab(sheet.face, Face::Waterfall, "trace-waterfall", text::WATERFALL)}
                    {tab(sheet.face, Face::Flame, "trace-flame", text::FLAME)}
                    {tab(sheet.face, Face::Flow, "trace-flow", topology::FLOW)}
                    {tab(sheet.face, Face::Journey, "trace-journey", topology::JOURNEY)}
                    {tab(sheet.face, Face::Logs, "trace-logs", move || words::of_trace(sheet.logs.total()))}
                </div>
            </div>
        })
    }
}

/// The way back to where one was before a link was followed.
fn back(sheet: Sheet) -> impl IntoView {
    let app = sheet.app;
    let is_away = Memo::new(move |_| app.observing.trail.with(|trail| !trail.is_empty()));
    view! {
        <Show when=move || is_away.get()>
            <button
                class="button trace-back"
                data-test="trace-back"
                title=topology::GO_BACK
                aria-label=topology::GO_BACK
                on:click=move |_| app.go_back()
            >
                "← " {topology::BACK}
            </button>
        </Show>
    }
}

#[component]
fn Rows(sheet: Sheet) -> impl IntoView {
    let frame = Frame::new();
    bring_into_sight(sheet, move |place| frame.show(place));
    let rows = move || {
        let number = sheet.tree.with(|tree| tree.as_ref().map(|(number, _)| *number));
        sheet.visible.with(|seen| {
            let (first, last) = frame.in_sight(seen.len());
            seen[first..last].iter().enumerate().map(|(i, index)| (number, first + i, *index)).collect::<Vec<_>>()
        })
    };
    let marks =
        Signal::derive(move || marks(sheet.tree.with(|tree| tree.as_ref().map_or(1, |(_, tree)| tree.total_nano))));
    let left_out = move || {
        let rows = sheet.tree.with(|tree| tree.as_ref().map_or(0, |(_, tree)| tree.view.rows_left_out));
        (rows > 0).then(|| view! { <p class="left-out">{text::left_out(rows)}</p> })
    };
    let key = Callback::new(move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if let Some(place) = sheet.key(&event.key(), frame.page()) {
            event.prevent_default();
            frame.show(place);
        }
    });
    let active = Signal::derive(move || sheet.chosen_index.get().map(|index| format!("row-{index}")));
    let count = Signal::derive(move || sheet.visible.with(|seen| seen.len()));
    view! {
        <RowFrame frame role="tree" label=text::WATERFALL active marks count key below=left_out.into_any()>
            <For each=rows key=Clone::clone let:row>{line(sheet, row.1, row.2 as usize)}</For>
        </RowFrame>
    }
}

/// Another trace begins at its top; a row chosen from elsewhere is brought into sight.
fn bring_into_sight(sheet: Sheet, show: impl Fn(usize) + 'static) {
    let selected = Memo::new(move |_| sheet.app.traces.with(|traces| traces.selected.clone()));
    Effect::new(move |before: Option<Option<String>>| {
        let now = selected.get();
        sheet.chosen.track();
        match sheet.chosen_place() {
            Some(place) => show(place),
            None if before.as_ref().is_some_and(|before| *before != now) => show(0),
            None => {}
        }
        now
    });
}

fn line(sheet: Sheet, place: usize, index: usize) -> Option<impl IntoView> {
    let (_, tree) = sheet.tree.get_untracked()?;
    let row = tree.row(index)?;
    let key = tree.key(index)?;
    let chosen = Memo::new(move |_| sheet.chosen_index.get() == Some(index));
    let closed = {
        let key = key.clone();
        Memo::new(move |_| sheet.collapsed.with(|collapsed| collapsed.contains(&key)))
    };
    let kind = kind_mark(row.kind);
    let below = tree.descendants(index);
    let expanded = move || (below > 0).then(|| (!closed.get()).to_string());
    let (own, hides) = (row.error, tree.has_error_below(index));
    let says = text::row_label(&row.name, &row.service, &format::nanos(row.duration_nano), own);
    let label = move || if hides && !own && closed.get() { text::with_error_below(&says) } else { says.clone() };
    let choose = move |_| sheet.chosen.set(Some(key.clone()));
    let trace_id = tree.view.summary.trace_id.clone();
    Some(view! {
        <div
            id=format!("row-{index}")
            class=format!("waterfall-row {kind}")
            class:on=move || chosen.get()
            role="treeitem"
            attr:aria-level=row.depth.saturating_add(1).to_string()
            aria-selected=move || chosen.get().to_string()
            aria-expanded=expanded
            aria-label=label
            data-test="waterfall-row"
            data-kind=kind
            data-name=row.name.clone()
            style:transform=format!("translateY({}px)", place as f64 * ROW)
            on:click=choose
            on:dblclick=move |_| sheet.toggle(index)
            on:contextmenu=move |event: ev::MouseEvent| {
                share::point(sheet, &event, trace_id.clone(), sheet.span_of(index));
            }
        >
            {name(sheet, row, index, below, closed)}
            " "
            {track(sheet, &tree, index, closed)}
        </div>
    })
}

/// The left part of a row: guides, the way to collapse, the name.
fn name(sheet: Sheet, row: &TraceRow, index: usize, below: usize, closed: Memo<bool>) -> impl IntoView + use<> {
    let twist = (below > 0).then(|| {
        let toggle = move |event: ev::MouseEvent| {
            event.stop_propagation();
            sheet.toggle(index);
        };
        let label = move || if closed.get() { text::EXPAND.now() } else { text::COLLAPSE.now() };
        view! {
            <button class="twist" class:closed=move || closed.get() tabindex="-1" aria-label=label on:click=toggle>
                <svg viewBox="0 0 8 8" aria-hidden="true"><path d="M1 2.5 4 5.5 7 2.5" /></svg>
            </button>
        }
    });
    let hidden = move || closed.get().then(|| view! { <span class="hidden figure">{below}</span> });
    let shown = if row.name.is_empty() { text::NO_NAME.now().to_owned() } else { row.name.clone() };
    let title = shown.clone();
    view! {
        <div class="label">
            <span class="guides" style:width=format!("{}px", indent(row.depth))></span>
            <span class="twist-place">{twist}</span>
            <span class="name" title=title>{shown}</span>
            {hidden}
        </div>
    }
}

/// The right part of a row: the bar, its mark, its length in words.
fn track(sheet: Sheet, tree: &Shared<Tree>, index: usize, closed: Memo<bool>) -> Option<impl IntoView + use<>> {
    let row = tree.row(index)?;
    let bar = tree.bar(row);
    let own = row.error;
    let colour = tree.colour(index).map_or_else(|| "trace-wait".to_owned(), |colour| format!("trace-{colour}"));
    let narrow = bar.width < NARROW;
    let whole = tree.clone();
    // What a closed row hides is no error of its own: its mark is hollow.
    let hides = Memo::new(move |_| !own && closed.get() && whole.has_error_below(index));
    let marked = move || own || hides.get();
    let error = move || {
        marked().then(|| {
            view! { <i class="error" class:below=hides.get() class:beside=narrow aria-hidden="true">"!"</i> }
        })
    };
    let percent = |share: f64| format!("{:.3}%", share * 100.0);
    let (side, at) = length_place(bar);
    let critical = tree.critical(index).into_iter().map(|Bar { left, width }| {
        view! { <div class="critical" style:left=percent(left) style:width=percent(width)></div> }
    });
    let critical = critical.collect_view();
    let length = if matches!(row.kind, RowKind::Retry) { String::new() } else { format::nanos(row.duration_nano) };
    Some(view! {
        <div class="track">
            <div class=format!("bar {colour}") style:left=percent(bar.left) style:width=percent(bar.width)>{error}</div>
            {critical}
            {logs::marks(sheet, tree, index)}
            <span
                class="length figure"
                aria-hidden="true"
                class:inside=side == Side::Inside
                class:after-mark=move || narrow && marked()
                style:left=(side != Side::Before).then(|| percent(at))
                style:right=(side == Side::Before).then(|| percent(at))
            >
                // Apart from the name for those who hear it.
                {format!(" {length}")}
            </span>
        </div>
    })
}

/// Where a bar's length is written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    After,
    Before,
    Inside,
}

/// Beside the bar where there is room, else in it; with the distance from the left (before the bar: from the right) edge.
fn length_place(bar: Bar) -> (Side, f64) {
    /// The share that the words may need.
    const ROOM: f64 = 0.16;
    let end = bar.left + bar.width;
    if end + ROOM <= 1.0 {
        (Side::After, end)
    } else if bar.left >= ROOM {
        (Side::Before, 1.0 - bar.left)
    } else {
        (Side::Inside, bar.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_stand_where_there_is_room() {
        assert_eq!(length_place(Bar { left: 0.0, width: 0.25 }), (Side::After, 0.25));
        assert_eq!(length_place(Bar { left: 0.75, width: 0.25 }), (Side::Before, 0.25));
        assert_eq!(length_place(Bar { left: 0.0, width: 1.0 }), (Side::Inside, 0.0));
    }
}
