//! Traces into files and out of them, onto the clipboard, and links to them.

use js_sys::{Array, Object, Reflect};
use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{ApiError, Command, ErrorCode, Exporting, ImportedFile, Offered, Reply};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::events::unexpected;
use crate::{
    bridge,
    state::{App, Lens},
    text::{carry as text, traces},
    traces::Face,
};

impl App {
    /// Takes in a file that the user chooses.
    pub(crate) fn import_traces(self) {
        self.import(Command::ImportTraces);
    }

    /// Takes in what was named from outside.
    pub(crate) fn take_offer(self, offered: Offered) {
        match offered {
            Offered::Telemetry => self.import(Command::ImportOffered),
            Offered::Trace { trace_id, span_id } => self.open_span(&trace_id, span_id.as_deref(), Face::Waterfall),
            Offered::NoLink(error) => self.fail(&error),
        }
    }

    fn import(self, command: Command) {
        if matches!(command, Command::ImportOffered) {
            self.tell(text::IMPORTING.now());
        }
        spawn_local(async move {
            match bridge::call(command).await {
                Ok(Reply::Imported(file)) => self.imported(&file),
                Ok(Reply::Dismissed) => {}
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    fn imported(self, file: &ImportedFile) {
        self.tell(text::imported(file));
        if let Some(error) = &file.stopped {
            self.fail(error);
        }
        if file.stopped.is_none() && !file.is_whole() {
            let (message, lines) = text::not_imported(file);
            self.fail(&ApiError::new(ErrorCode::File, message).with_help(lines));
        }
        if file.logs.stored > 0 {
            self.logs_imported();
        }
        if file.spans.stored > 0 || file.spans.known > 0 {
            self.lens.try_set(Lens::Traces);
        }
    }

    /// Writes the traces that are listed: all, or those that the filter finds.
    pub(crate) fn export_traces(self) {
        let filter = self.filtering.asked.with_untracked(|asked| asked.filter.clone());
        self.export(if filter.trim().is_empty() { Exporting::All } else { Exporting::Found(filter) });
    }

    /// Writes one trace.
    pub(crate) fn export_trace(self, trace_id: String) {
        self.export(Exporting::These(vec![trace_id]));
    }

    fn export(self, which: Exporting) {
        spawn_local(async move {
            match bridge::call(Command::ExportTraces(which)).await {
                Ok(Reply::Exported(exported)) => self.tell(text::exported(exported.traces, exported.spans)),
                Ok(Reply::Dismissed) => {}
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Copies a trace as OTLP JSON.
    pub(crate) fn copy_trace_json(self, trace_id: String) {
        // The clipboard gets a promise: it must be asked while the press lasts, and the text comes later.
        let text = future_to_promise(async move {
            match bridge::call(Command::TraceJson { trace_id }).await {
                Ok(Reply::TraceJson { text }) => blob(&text).ok_or(JsValue::NULL),
                Ok(other) => {
                    self.fail(&unexpected(&other));
                    Err(JsValue::NULL)
                }
                Err(error) => {
                    self.fail(&error);
                    Err(JsValue::NULL)
                }
            }
        });
        let written = clipboard().and_then(|clipboard| {
            let content = Object::new();
            Reflect::set(&content, &JsValue::from_str("text/plain"), &text).ok()?;
            let item = web_sys::ClipboardItem::new_with_record_from_str_to_blob_promise(&content).ok()?;
            Some(clipboard.write(&Array::of1(&item)))
        });
        self.follow_copy(written);
    }

    /// Copies a text.
    pub(crate) fn copy_text(self, value: &str) {
        self.follow_copy(clipboard().map(|clipboard| clipboard.write_text(value)));
    }

    /// Copies the link to a trace, or to a span of it.
    pub(crate) fn copy_trace_link(self, trace_id: &str, span_id: Option<&str>) {
        self.copy_text(&link(trace_id, span_id));
    }

    fn follow_copy(self, written: Option<js_sys::Promise>) {
        spawn_local(async move {
            let done = match written {
                Some(written) => JsFuture::from(written).await.is_ok(),
                None => false,
            };
            if done {
                self.tell(traces::COPIED);
            } else {
                self.fail(&ApiError::new(ErrorCode::Internal, traces::COPY_FAILED));
            }
        });
    }

    /// The trace that is shown.
    pub(crate) fn shown_trace(self) -> Option<String> {
        self.traces.with_untracked(|traces| traces.selected.clone())
    }
}

/// The link to a trace, or to a span of it.
fn link(trace_id: &str, span_id: Option<&str>) -> String {
    match span_id {
        Some(span_id) => format!("thalweg://trace/{trace_id}/span/{span_id}"),
        None => format!("thalweg://trace/{trace_id}"),
    }
}

fn blob(text: &str) -> Option<JsValue> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("text/plain");
    let parts = Array::of1(&JsValue::from_str(text));
    web_sys::Blob::new_with_str_sequence_and_options(&parts, &options).ok().map(JsValue::from)
}

/// Pages outside of a secure context have no clipboard.
fn clipboard() -> Option<web_sys::Clipboard> {
    let navigator = window().navigator();
    let found = Reflect::get(&navigator, &JsValue::from_str("clipboard")).is_ok_and(|found| found.is_truthy());
    found.then(|| navigator.clipboard())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_those_that_the_engine_reads() {
        assert_eq!(link("0af7", None), "thalweg://trace/0af7");
        assert_eq!(link("0af7", Some("b7ad")), "thalweg://trace/0af7/span/b7ad");
    }
}
