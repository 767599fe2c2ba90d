//! Pictures and values of the plot for elsewhere: what is seen, as PNG, SVG or CSV, onto the clipboard or into a file.

use js_sys::{Array, Object, Reflect};
use leptos::{prelude::*, task::spawn_local};
use thalweg_charts::{Room, csv, draw_view};
use thalweg_protocol::{ApiError, Command, ErrorCode, command::ExportFormat};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlCanvasElement};

use super::Board;
use crate::{
    kit::{Menu, MenuState, ink},
    text::{Word, timeline as text},
};

/// Width of pictures in pixels.
const WIDTH: u32 = 1200;
/// Dots of a PNG for each of its pixels.
const FINENESS: f64 = 2.0;

/// The menu.
#[component]
pub(super) fn Export(board: Board) -> impl IntoView {
    view! {
        <Menu label=|| view! { {text::EXPORT} " ▾" } class="small" test="export" right=true>
            <Entries board />
        </Menu>
    }
}

#[component]
fn Entries(board: Board) -> impl IntoView {
    let menu = expect_context::<MenuState>();
    let entry = move |label: Word, test: &'static str, format: ExportFormat, copy: bool| {
        let run = move |_| {
            menu.close();
            if copy { board.copy(format) } else { board.save(format) }
        };
        view! { <button role="menuitem" data-test=test on:click=run>{label}</button> }
    };
    view! {
        {entry(text::COPY_PNG, "copy-png", ExportFormat::Png, true)}
        {entry(text::COPY_SVG, "copy-svg", ExportFormat::Svg, true)}
        {entry(text::COPY_CSV, "copy-csv", ExportFormat::Csv, true)}
        <hr />
        {entry(text::SAVE_PNG, "save-png", ExportFormat::Png, false)}
        {entry(text::SAVE_SVG, "save-svg", ExportFormat::Svg, false)}
        {entry(text::SAVE_CSV, "save-csv", ExportFormat::Csv, false)}
    }
}

impl Board {
    fn copy(self, format: ExportFormat) {
        let written = match format {
            ExportFormat::Png => self.canvas().and_then(|canvas| copy_picture(&canvas)),
            ExportFormat::Svg | ExportFormat::Csv => self.text(format).and_then(|text| copy_text(&text)),
        };
        spawn_local(async move {
            let done = match written {
                Some(written) => JsFuture::from(written).await.is_ok(),
                None => false,
            };
            if done {
                self.app.tell(text::COPIED.now());
            } else {
                self.app.fail(&ApiError::new(ErrorCode::Internal, text::COPY_FAILED.now()));
            }
        });
    }

    fn save(self, format: ExportFormat) {
        let content = match format {
            ExportFormat::Png => self.canvas().and_then(|canvas| canvas.to_data_url_with_type("image/png").ok()),
            ExportFormat::Svg | ExportFormat::Csv => self.text(format),
        };
        // A data URL is its head, a comma and the content in base64.
        let content = content.map(|content| match format {
            ExportFormat::Png => content.split_once(',').map_or(String::new(), |(_, body)| body.to_owned()),
            ExportFormat::Svg | ExportFormat::Csv => content,
        });
        let Some(content) = content.filter(|content| !content.is_empty()) else {
            self.app.fail(&ApiError::new(ErrorCode::Internal, text::DRAW_FAILED.now()));
            return;
        };
        self.app.send(Command::Export { name: self.name.get_untracked(), format, content });
    }

    /// What is seen, as SVG or CSV.
    fn text(self, format: ExportFormat) -> Option<String> {
        let (shown, view) = (self.shown.get_untracked()?, self.view.get_untracked());
        match format {
            ExportFormat::Csv => Some(csv(&shown, view.window)),
            ExportFormat::Svg => draw_view(&shown, view, &self.palette.get_untracked(), WIDTH).ok(),
            ExportFormat::Png => None,
        }
    }

    /// What is seen, drawn on a canvas that nobody sees.
    fn canvas(self) -> Option<HtmlCanvasElement> {
        let (shown, view) = (self.shown.get_untracked()?, self.view.get_untracked());
        let canvas = document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok()?;
        let room = Room::sheet(&shown, f64::from(WIDTH), view.window);
        ink::draw(&canvas, &shown, view, &self.palette.get_untracked(), room, FINENESS).then_some(canvas)
    }
}

fn clipboard() -> Option<web_sys::Clipboard> {
    let navigator = window().navigator();
    // Pages outside of a secure context have no clipboard.
    let found = Reflect::get(&navigator, &JsValue::from_str("clipboard")).is_ok_and(|found| found.is_truthy());
    found.then(|| navigator.clipboard())
}

fn copy_text(text: &str) -> Option<js_sys::Promise> {
    clipboard().map(|clipboard| clipboard.write_text(text))
}

/// The clipboard gets a promise of the picture: it must be asked while the press lasts, and the picture comes later.
fn copy_picture(canvas: &HtmlCanvasElement) -> Option<js_sys::Promise> {
    let clipboard = clipboard()?;
    let canvas = canvas.clone();
    let blob = js_sys::Promise::new(&mut |done, failed| {
        let drawn = Closure::once_into_js(move |blob: Option<Blob>| {
            // A promise that is settled already does not mind.
            drop(match blob {
                Some(blob) => done.call1(&JsValue::NULL, &blob),
                None => failed.call0(&JsValue::NULL),
            });
        });
        // Without a blob the promise stays open, and so does the clipboard's.
        drop(canvas.to_blob(drawn.unchecked_ref()));
    });
    let content = Object::new();
    Reflect::set(&content, &JsValue::from_str("image/png"), &blob).ok()?;
    let item = web_sys::ClipboardItem::new_with_record_from_str_to_blob_promise(&content).ok()?;
    Some(clipboard.write(&Array::of1(&item)))
}
