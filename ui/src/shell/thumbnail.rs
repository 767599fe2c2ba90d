//! A flow drawn small, from the same scene as the canvas.

use leptos::{prelude::*, svg};
use thalweg_flow::{EdgeKind, layout};

use crate::{
    canvas::{Line, Scene},
    state::Rect,
};

/// Room around the drawing, in canvas units.
const MARGIN: f64 = 24.0;

/// The drawing of a flow's text. It is made after everything else on the page, so that a page of many stands at once.
#[component]
pub(super) fn Thumbnail(
    /// The document's text.
    text: String,
) -> impl IntoView {
    let drawn = RwSignal::new(None);
    set_timeout(
        move || {
            drawn.try_set(Some(Drawing::of(&text)));
        },
        std::time::Duration::ZERO,
    );
    view! {
        <svg
            class="thumbnail"
            aria-hidden="true"
            preserveAspectRatio="xMidYMid meet"
            viewBox=move || drawn.with(|d| d.as_ref().map(Drawing::view_box))
        >
            {move || drawn.with(|d| d.as_ref().map(Drawing::view))}
        </svg>
    }
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
struct Drawing {
    bounds: Rect,
    boxes: Vec<(Rect, &'static str)>,
    lines: Vec<(String, bool)>,
}

impl Drawing {
    fn of(text: &str) -> Drawing {
        let reading = thalweg_flow::read(text);
        let scene = Scene::new(&reading.flow, &layout::positions(&reading.flow), &[]);
        let boxes: Vec<_> = scene.nodes.values().map(|node| (node.rect, node.hue.class())).collect();
        let bounds = boxes.iter().map(|(rect, _)| *rect).reduce(Rect::union).unwrap_or_default();
        let line = |edge: &crate::canvas::EdgeKey| {
            let rect = |id| scene.nodes.get(id).map(|node| node.rect);
            let line = Line::between(rect(&edge.from)?, rect(&edge.to)?, 0.0, None);
            Some((line.path(), edge.kind == EdgeKind::DeadLetter))
        };
        Drawing { bounds, lines: scene.edges.iter().filter_map(line).collect(), boxes }
    }

    fn view_box(&self) -> String {
        let Rect { x, y, width, height } = self.bounds;
        let around = 2.0 * MARGIN;
        format!("{} {} {} {}", x - MARGIN, y - MARGIN, width + around, height + around)
    }

    fn view(&self) -> impl IntoView + use<> {
        let lines = self
            .lines
            .iter()
            .map(|(path, dead)| svg::path().class(if *dead { "line dead" } else { "line" }).attr("d", path.clone()));
        let boxes = self.boxes.iter().map(|(rect, hue)| {
            svg::rect()
                .class(*hue)
                .attr("x", rect.x.to_string())
                .attr("y", rect.y.to_string())
                .attr("width", rect.width.to_string())
                .attr("height", rect.height.to_string())
                .attr("rx", "10")
        });
        (lines.collect_view(), boxes.collect_view())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_box_and_line_of_a_flow_is_in_the_picture() {
        for (name, text) in thalweg_flow::examples().iter().chain(thalweg_flow::templates()) {
            let flow = thalweg_flow::read(text).flow;
            let drawing = Drawing::of(text);
            assert_eq!(drawing.boxes.len(), flow.nodes.len(), "{name}");
            assert!(drawing.lines.len() >= flow.nodes.len() - 1, "{name}");
            assert!(drawing.boxes.iter().all(|(rect, _)| drawing.bounds.union(*rect) == drawing.bounds), "{name}");
        }
    }

    #[test]
    fn a_text_that_is_no_flow_is_an_empty_picture() {
        assert_eq!(Drawing::of("- no flow").boxes.len(), 0);
    }
}
