//! Boxes painted on the canvas: those too far away to be read, and those that are not elements of the page yet.
//!
//! From afar a box is a block of its colour; nearer it has its title, in letters that stay legible; near enough it looks
//! as the element does that takes its place.

use std::collections::{HashMap, HashSet};

use thalweg_flow::NodeId;
use thalweg_protocol::Overlay;
use web_sys::{CanvasRenderingContext2d as Context, HtmlElement};

use super::{drawing::Drawing, ink::Ink};
use crate::{
    canvas::{
        figures::{FULL, figures, is_hurt, news},
        scene::{Hue, SceneNode},
    },
    state::Rect,
};

/// From so many pixels for a unit boxes have titles, and all that is written on them.
const TITLES_FROM: f64 = 0.22;
pub(in crate::canvas) const WHOLE_FROM: f64 = 0.5;
/// Height of a title from afar, in pixels, and the mean width of one of its letters.
const TITLE: f64 = 10.5;
const LETTER: f64 = 5.9;
/// Round corners of a box.
const CORNER: f64 = 8.0;

/// What decides how boxes look.
pub(super) struct Looks<'a> {
    /// Boxes that are elements of the page; nothing is painted for them.
    pub(super) elements: &'a HashMap<NodeId, HtmlElement>,
    pub(super) selected: &'a HashSet<NodeId>,
    /// What a run lays over them.
    pub(super) overlay: Option<&'a Overlay>,
}

impl Looks<'_> {
    /// Paints the boxes that are seen, in their order; the context counts in canvas units.
    pub(super) fn paint(&self, on: &Context, drawing: &Drawing, ink: &Ink, zoom: f64, seen: Rect) {
        let all = drawing.scene.nodes.values().zip(&drawing.rects);
        let seen: Vec<(&SceneNode, Rect)> = all
            .filter(|(node, rect)| rect.touches(seen) && !self.elements.contains_key(&node.id))
            .map(|(node, rect)| (node, *rect))
            .collect();
        if zoom < TITLES_FROM {
            blocks(on, ink, &seen);
        } else {
            cards(on, ink, &seen, zoom);
            if zoom < WHOLE_FROM {
                titles(on, ink, &seen, zoom);
            } else {
                self.words(on, ink, &seen);
            }
        }
        self.signs(on, ink, &seen, zoom);
    }

    /// All that is written on boxes, as their elements have it: letters of one font after the other, since a font is read anew each time.
    fn words(&self, on: &Context, ink: &Ink, seen: &[(&SceneNode, Rect)]) {
        let of = |node: &SceneNode| self.overlay.and_then(|overlay| overlay.nodes.get(&node.id));
        on.set_fill_style_str(&ink.text_3);
        on.set_font(&format!("10px {}", ink.font));
        on.set_text_align("right");
        for (node, rect) in seen {
            write(on, node.kind, right(*rect), row(*rect, 0.0));
        }
        on.set_text_align("left");
        on.set_fill_style_str(&ink.text);
        on.set_font(&format!("600 13px {}", ink.font));
        for (node, rect) in seen {
            let room = rect.width - 33.0 - node.kind.chars().count() as f64 * 5.6;
            write(on, &cut(&node.title, room / 7.4), left(*rect), row(*rect, 0.0));
        }
        on.set_font(&format!("10.5px {}", ink.font));
        for (node, rect) in seen {
            let told = of(node).and_then(news);
            on.set_fill_style_str(if told.is_some() { &ink.bad } else { &ink.text_3 });
            let facts = told.as_ref().unwrap_or(&node.facts);
            write(on, &cut(facts, (rect.width - 25.0) / 5.4), left(*rect), row(*rect, 1.0));
        }
        on.set_font(&format!("500 10.5px {}", ink.mono));
        for (node, rect, overlay) in seen.iter().filter_map(|(node, rect)| Some((node, *rect, of(node)?))) {
            let shown = figures(node.kind, node.hue.class(), overlay);
            on.set_fill_style_str(if shown.bad { &ink.bad } else { &ink.text_2 });
            write(on, &shown.left, left(rect), row(rect, 2.1));
            on.set_text_align("right");
            on.set_fill_style_str(&ink.text_2);
            write(on, &shown.right, right(rect), row(rect, 2.1));
            on.set_text_align("left");
            if let Some(fill) = overlay.fill {
                let [y, width] = [rect.y + rect.height - 7.0, rect.width - 25.0];
                on.set_fill_style_str(&ink.node_line);
                on.fill_rect(left(rect), y, width, 3.0);
                on.set_fill_style_str(if fill > FULL { &ink.warn } else { ink.hue(node.hue) });
                on.fill_rect(left(rect), y, width * f64::from(fill), 3.0);
            }
        }
    }

    /// What must be seen from everywhere: what suffers, what is wrong, what is selected.
    fn signs(&self, on: &Context, ink: &Ink, seen: &[(&SceneNode, Rect)], zoom: f64) {
        on.begin_path();
        for (node, rect) in seen {
            if self.overlay.and_then(|overlay| overlay.nodes.get(&node.id)).is_some_and(is_hurt) {
                on.rect(rect.x, rect.y, rect.width, rect.height);
            }
        }
        on.set_line_width((1.5 / zoom).max(1.0));
        on.set_stroke_style_str(&ink.dead);
        on.stroke();
        on.begin_path();
        for (_, rect) in seen.iter().filter(|(node, _)| self.selected.contains(&node.id)) {
            let around = rect.grown(2.0 + 1.0 / zoom);
            corners(on, around, CORNER + 2.0);
        }
        on.set_line_width(2.0 / zoom.min(1.0));
        on.set_stroke_style_str(&ink.accent);
        on.stroke();
        // The element's marks carry numbers; from afar a dot of the same place and size.
        let size = 8.5_f64.max(3.0 / zoom);
        for (colour, with_errors) in [(&ink.warn, false), (&ink.bad, true)] {
            on.begin_path();
            for (node, rect) in seen {
                let (errors, warnings) = node.problems;
                let marked = if with_errors { errors > 0 } else { errors == 0 && warnings > 0 };
                if marked {
                    let [x, y] = [rect.x + rect.width - 1.5, rect.y + 1.5];
                    on.move_to(x + size, y);
                    drop(on.arc(x, y, size, 0.0, std::f64::consts::TAU));
                }
            }
            on.set_fill_style_str(colour);
            on.fill();
        }
        if zoom < WHOLE_FROM {
            return;
        }
        on.set_fill_style_str(&ink.mark);
        on.set_font(&format!("700 10.5px {}", ink.font));
        on.set_text_align("center");
        for (node, rect) in seen {
            let number = match node.problems {
                (0, 0) => continue,
                (0, warnings) => warnings,
                (errors, _) => errors,
            };
            write(on, &number.to_string(), rect.x + rect.width - 1.5, rect.y + 5.3);
        }
        on.set_text_align("left");
    }
}

/// Blocks in the colours of their meaning.
fn blocks(on: &Context, ink: &Ink, seen: &[(&SceneNode, Rect)]) {
    for hue in Hue::ALL {
        on.begin_path();
        for (_, rect) in seen.iter().filter(|(node, _)| node.hue == hue) {
            on.rect(rect.x, rect.y, rect.width, rect.height);
        }
        on.set_global_alpha(0.75);
        on.set_fill_style_str(ink.hue(hue));
        on.fill();
    }
    on.set_global_alpha(1.0);
}

/// Empty boxes with their colour at the left; from afar, where there are hundreds, without round corners, which take as long again.
fn cards(on: &Context, ink: &Ink, seen: &[(&SceneNode, Rect)], zoom: f64) {
    if zoom < WHOLE_FROM {
        for (colour, inset) in [(&ink.node_line, 0.0), (&ink.node, 1.0)] {
            on.set_fill_style_str(colour);
            for (_, rect) in seen {
                let Rect { x, y, width, height } = rect.grown(-inset);
                on.fill_rect(x, y, width, height);
            }
        }
    } else {
        on.begin_path();
        for (_, rect) in seen {
            corners(on, rect.grown(-0.5), CORNER);
        }
        on.set_fill_style_str(&ink.node);
        on.fill();
        on.set_line_width(1.0);
        on.set_stroke_style_str(&ink.node_line);
        on.stroke();
    }
    for hue in Hue::ALL {
        on.begin_path();
        for (_, rect) in seen.iter().filter(|(node, _)| node.hue == hue) {
            on.rect(rect.x + 1.0, rect.y + 9.0, 3.0, rect.height - 18.0);
        }
        on.set_fill_style_str(ink.hue(hue));
        on.fill();
    }
}

/// Titles in letters of the same size on the screen, whatever the distance.
fn titles(on: &Context, ink: &Ink, seen: &[(&SceneNode, Rect)], zoom: f64) {
    on.set_fill_style_str(&ink.text_2);
    on.set_font(&format!("500 {}px {}", TITLE / zoom, ink.font));
    for (node, rect) in seen {
        let letters = (rect.width * zoom - 8.0) / LETTER;
        write(on, &cut(&node.title, letters), rect.x + 6.0 / zoom, rect.y + rect.height / 2.0 + TITLE * 0.36 / zoom);
    }
}

/// Where what is written on a box begins and ends, and the line of its nth row.
fn left(rect: Rect) -> f64 {
    rect.x + 14.0
}

fn right(rect: Rect) -> f64 {
    rect.x + rect.width - 11.0
}

fn row(rect: Rect, n: f64) -> f64 {
    rect.y + 22.0 + n * 17.0
}

fn corners(on: &Context, rect: Rect, radius: f64) {
    // Fails for a radius below zero, which none is.
    drop(on.round_rect_with_f64(rect.x, rect.y, rect.width, rect.height, radius));
}

fn write(on: &Context, text: &str, x: f64, y: f64) {
    // Fails for no text at all.
    drop(on.fill_text(text, x, y));
}

/// As much of a text as has room, with a sign that it goes on.
fn cut(text: &str, letters: f64) -> String {
    let room = letters.max(1.0) as usize;
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_to_its_room() {
        assert_eq!(cut("payment", 7.0), "payment");
        assert_eq!(cut("payment", 6.9), "payme…");
        assert_eq!(cut("card network", 6.0), "card…");
        assert_eq!(cut("payment", -3.0), "…");
    }
}
