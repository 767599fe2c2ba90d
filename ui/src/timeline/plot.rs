//! The drawing itself: warm-up, bands, curves, the time axis.

use leptos::prelude::*;
use thalweg_charts::{Lane, Timeline};

use super::{
    Board,
    axis::Window,
    curve, hue_class,
    layout::{self, Row},
};
use crate::text::timeline as text;

/// Everything below the scrubber.
#[component]
pub(super) fn Plot(board: Board) -> impl IntoView {
    let width = move || board.size.get()[0].to_string();
    let height = move || board.size.get()[1].to_string();
    view! {
        <svg class="curves" width=width height=height aria-hidden="true">
            {move || bands(board)}
            {move || board.lanes().into_iter().map(|lane| curves(board, lane)).collect_view()}
            {move || axis(board)}
        </svg>
    }
}

fn bands(board: Board) -> impl IntoView + use<> {
    let ([width, height], window) = (board.size.get(), board.window.get());
    board.model.with(|model| {
        let model = model.as_ref()?;
        let bottom = (height - layout::AXIS).max(0.0);
        Some(view! {
            {warm_up(model, window, [width, bottom])}
            {model
                .bands
                .iter()
                .filter_map(|band| {
                    let (x, length) = visible(band.from_s, band.until_s, window, width)?;
                    let class = format!("band {}", hue_class(band.hue));
                    Some(view! { <rect class=class x=x y="2" width=length height=(bottom - 2.0).max(0.0) /> })
                })
                .collect_view()}
            {layout::labels(model, window, width)
                .into_iter()
                .map(|label| {
                    let band = &model.bands[label.band];
                    let class = format!("band-name {}", hue_class(band.hue));
                    view! { <text class=class x=label.x y="13">{band.text.clone()}</text> }
                })
                .collect_view()}
        })
    })
}

fn warm_up(model: &Timeline, window: Window, [width, bottom]: [f64; 2]) -> impl IntoView + use<> {
    let (x, length) = visible(0.0, model.warmup_s, window, width).filter(|_| model.warmup_s > 0.0)?;
    let named =
        (length > 42.0).then(|| view! { <text class="warm-up-name" x=x + 2.0 y=bottom - 5.0>{text::WARM_UP}</text> });
    Some(view! {
        <rect class="warm-up" x=x y="2" width=length height=(bottom - 2.0).max(0.0) />
        {named}
    })
}

/// The part of a stretch that is seen: first pixel and length, at least one pixel. None when nothing of it is seen.
fn visible(from_s: f64, until_s: f64, window: Window, width: f64) -> Option<(f64, f64)> {
    let (from, until) = (window.x(from_s, width).max(0.0), window.x(until_s, width).min(width));
    (until >= 0.0 && from <= width && until >= from).then(|| (from, (until - from).max(1.0)))
}

fn curves(board: Board, (lane, row): (Lane, Row)) -> impl IntoView {
    let ([width, _], window, bucket_s) = (board.size.get(), board.window.get(), board.bucket_s());
    let top = curve::top(&lane);
    let lines = lane.lines.iter().map(|line| {
        let paths = curve::paths(line, bucket_s, window, [width, row.height], top);
        view! {
            <g class=hue_class(line.hue)>
                <path class="area" d=paths.area />
                <path class="line" d=paths.line />
            </g>
        }
    });
    let (end, bottom) = (curve::top_text(&lane), row.top + row.height);
    let nothing = end.is_none().then(|| {
        view! { <text class="nothing" x="6" y=bottom - 5.0>{text::NO_VALUES}</text> }
    });
    view! {
        <line class="ground" x1="0" x2=width y1=bottom y2=bottom />
        // A drawing of its own clips what is outside of the axis; half a line's width above stays visible.
        <svg x="0" y=row.top - 1.0 width=width height=row.height + 2.0>
            <g transform="translate(0 1)">{lines.collect_view()}</g>
        </svg>
        {nothing}
        <text class="end figure" x=width y=row.top - 3.0>{end}</text>
    }
}

fn axis(board: Board) -> impl IntoView + use<> {
    let [width, height] = board.size.get();
    let ticks = board.window.get().ticks(width);
    ticks
        .into_iter()
        .map(|(x, text)| {
            // The outermost labels stay inside.
            let anchor = if x < 16.0 {
                "start"
            } else if x > width - 16.0 {
                "end"
            } else {
                "middle"
            };
            view! { <text class="tick figure" x=x y=height - 5.0 text-anchor=anchor>{text}</text> }
        })
        .collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_seen_of_a_stretch_is_drawn_and_a_short_one_is_still_seen() {
        let window = Window { from_s: 10.0, until_s: 20.0 };
        assert_eq!(visible(0.0, 15.0, window, 100.0), Some((0.0, 50.0)));
        assert_eq!(visible(12.0, 12.0, window, 100.0), Some((20.0, 1.0)));
        assert_eq!(visible(0.0, 5.0, window, 100.0), None);
        assert_eq!(visible(25.0, 30.0, window, 100.0), None);
    }
}
