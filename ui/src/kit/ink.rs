//! Charts on a canvas of the page: plotters' drawing on `CanvasRenderingContext2d`.
//!
//! A backend of our own, 120 lines, instead of `plotters-canvas` 0.3.1: that one is made for whole pixels (it shifts every
//! upright and level line by half a unit) and takes font sizes as they are, where `plotters-svg` divides them, so that the
//! same drawing would differ between the window and a report. Here units are [`FINE`] to the pixel and texts have the
//! size that the report gives them.

use leptos::prelude::*;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    text_anchor::{HPos, VPos},
};
use thalweg_charts::{Colour, FINE, FONT_DIVISOR, Palette, Room, Timeline, View, paint};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, MutationObserver, MutationObserverInit};

/// Draws a timeline over a canvas; `scale` is how many of its dots a pixel has. False when the page gives no context.
pub(crate) fn draw(
    canvas: &HtmlCanvasElement,
    timeline: &Timeline,
    view: View,
    palette: &Palette,
    room: Room,
    scale: f64,
) -> bool {
    canvas.set_width((room.width * scale).round().max(1.0) as u32);
    canvas.set_height((room.height * scale).round().max(1.0) as u32);
    let context = canvas.get_context("2d").ok().flatten().and_then(|c| c.dyn_into::<CanvasRenderingContext2d>().ok());
    let Some(context) = context else { return false };
    context.set_line_join("round");
    // A context that cannot be scaled still shows the drawing.
    drop(context.scale(scale / FINE, scale / FINE));
    let ink = Ink { context, size: [room.width * FINE, room.height * FINE] };
    paint(ink, timeline, view, palette, room).is_ok()
}

/// The colours of the theme that is on; they follow the page.
pub(crate) fn follow_palette() -> RwSignal<Palette> {
    let palette = RwSignal::new(palette());
    let changed = Closure::<dyn FnMut()>::new(move || {
        palette.try_set(self::palette());
    });
    let options = MutationObserverInit::new();
    options.set_attributes(true);
    options.set_attribute_filter(&js_sys::Array::of1(&"data-theme".into()));
    let observer = MutationObserver::new(changed.as_ref().unchecked_ref()).ok();
    if let (Some(observer), Some(root)) = (&observer, document().document_element()) {
        // Without it the drawing keeps its colours until it is made anew.
        drop(observer.observe_with_options(&root, &options));
    }
    let kept = StoredValue::new_local(Some((observer, changed)));
    on_cleanup(move || {
        if let Some(Some((Some(observer), _))) = kept.try_update_value(Option::take) {
            observer.disconnect();
        }
    });
    palette
}

fn palette() -> Palette {
    let root = document().document_element();
    let is_light = root.is_some_and(|root| root.get_attribute("data-theme").as_deref() == Some("light"));
    if is_light { Palette::LIGHT } else { Palette::DARK }
}

struct Ink {
    context: CanvasRenderingContext2d,
    /// In units of drawing.
    size: [f64; 2],
}

/// What cannot happen on a canvas.
#[derive(Debug, Clone, Copy)]
struct Never;

impl std::fmt::Display for Never {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the canvas failed")
    }
}

impl std::error::Error for Never {}

type Drawn = Result<(), DrawingErrorKind<Never>>;

impl Ink {
    fn colour(&self, colour: BackendColor) -> String {
        let (red, green, blue) = colour.rgb;
        self.context.set_global_alpha(colour.alpha);
        Colour(red, green, blue).css()
    }

    fn path(&self, points: impl IntoIterator<Item = BackendCoord>) {
        self.context.begin_path();
        for (i, (x, y)) in points.into_iter().enumerate() {
            let (x, y) = (f64::from(x), f64::from(y));
            if i == 0 { self.context.move_to(x, y) } else { self.context.line_to(x, y) }
        }
    }

    fn stroke(&self, style: &impl BackendStyle) {
        let colour = self.colour(style.color());
        self.context.set_stroke_style_str(&colour);
        self.context.set_line_width(f64::from(style.stroke_width()));
        self.context.stroke();
    }

    fn fill(&self, style: &impl BackendStyle) {
        let colour = self.colour(style.color());
        self.context.set_fill_style_str(&colour);
        self.context.fill();
    }
}

impl DrawingBackend for Ink {
    type ErrorType = Never;

    fn get_size(&self) -> (u32, u32) {
        (self.size[0] as u32, self.size[1] as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Drawn {
        let colour = self.colour(colour);
        self.context.set_fill_style_str(&colour);
        self.context.fill_rect(f64::from(x), f64::from(y), 1.0, 1.0);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        self.context.begin_path();
        self.context.rect(f64::from(from.0), f64::from(from.1), f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        if fill {
            self.fill(style);
        } else {
            self.stroke(style);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.path(path);
        self.stroke(style);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, (x, y): BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        self.context.begin_path();
        // A circle of a radius below 0 is the only one that is refused.
        drop(self.context.arc(f64::from(x), f64::from(y), f64::from(radius), 0.0, std::f64::consts::TAU));
        if fill {
            self.fill(style);
        } else {
            self.stroke(style);
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, corners: I, style: &S) -> Drawn {
        self.path(corners);
        self.context.close_path();
        self.fill(style);
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        let colour = self.colour(style.color());
        self.context.set_fill_style_str(&colour);
        self.context.set_font(&format!("{:.1}px {}", style.size() / FONT_DIVISOR, style.family().as_str()));
        let anchor = style.anchor();
        self.context.set_text_align(match anchor.h_pos {
            HPos::Left => "left",
            HPos::Center => "center",
            HPos::Right => "right",
        });
        self.context.set_text_baseline(match anchor.v_pos {
            VPos::Top => "top",
            VPos::Center => "middle",
            VPos::Bottom => "bottom",
        });
        // A text that cannot be shaped is left out.
        drop(self.context.fill_text(text, f64::from(x), f64::from(y)));
        Ok(())
    }
}
