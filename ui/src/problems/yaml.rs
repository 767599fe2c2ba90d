//! The document's text, to be read and mended by hand. What is typed is taken over when the field is left or a
//! command's keys are pressed, as one step that can be undone.

use leptos::{ev, html, prelude::*};
use thalweg_flow::Span;

use crate::{
    state::{OpenDocument, app},
    text,
};

/// The text of the document.
#[component]
pub(super) fn YamlText(
    /// A place to show and select.
    place: RwSignal<Option<Span>>,
) -> impl IntoView {
    let app = app();
    let written =
        Memo::new(move |_| app.document.with(|d| d.as_ref().map(|d| d.text().to_owned()).unwrap_or_default()));
    let apply = move |typed: String| {
        let typed = written.with_untracked(|before| with_line_ends_of(before, typed));
        if app.document.with_untracked(|d| d.as_ref().is_some_and(|d| d.text() != typed)) {
            app.document.update(|d| {
                if let Some(d) = d {
                    OpenDocument::set_text(d, text::STEP_TEXT.now(), typed);
                }
            });
            app.keep_selection();
        }
    };
    // A command (save, simulate, close, …) is about what is typed, not about what was there before.
    let on_key = move |event: ev::KeyboardEvent| {
        if crate::kit::is_command(&event) {
            apply(event_target_value(&event));
        }
    };
    let area = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        let (Some(area), Some(span)) = (area.get(), place.get()) else { return };
        place.set(None);
        // After the text is put in.
        request_animation_frame(move || show(&area, span));
    });
    view! {
        <textarea
            class="yaml"
            node_ref=area
            data-test="yaml"
            spellcheck="false"
            autocomplete="off"
            aria-label=text::YAML
            prop:value=move || written.get()
            on:keydown=on_key
            on:change=move |event| apply(event_target_value(&event))
        ></textarea>
    }
}

/// A browser's field knows only `\n`; what had `\r\n` keeps it.
fn with_line_ends_of(before: &str, typed: String) -> String {
    if before.contains("\r\n") { typed.replace("\r\n", "\n").replace('\n', "\r\n") } else { typed }
}

/// Selects a place and scrolls to its line.
fn show(area: &web_sys::HtmlTextAreaElement, span: Span) {
    let text = area.value();
    let (start, end) = (units(&text, span.start), units(&text, span.end));
    // A field that takes no selection still shows the text.
    drop(area.focus());
    drop(area.set_selection_range(start, end));
    let lines = text.lines().count().max(1) as f64;
    let line_height = f64::from(area.scroll_height()) / lines;
    area.set_scroll_top(((span.line as f64 - 3.0) * line_height).max(0.0) as i32);
}

/// How many of the browser's 16-bit units precede a byte offset.
fn units(text: &str, offset: usize) -> u32 {
    let whole = text.char_indices().take_while(|(at, _)| *at < offset).map(|(_, c)| c.len_utf16() as u32);
    whole.sum()
}

#[cfg(test)]
mod tests {
    use super::{units, with_line_ends_of};

    #[test]
    fn line_ends_stay_as_they_were() {
        assert_eq!(with_line_ends_of("a\r\nb", "a\nc\n".into()), "a\r\nc\r\n");
        assert_eq!(with_line_ends_of("a\nb", "a\nc".into()), "a\nc");
    }

    #[test]
    fn offsets_count_as_the_browser_counts() {
        assert_eq!(units("a → b", 2), 2);
        assert_eq!(units("a → b", 5), 3);
        assert_eq!(units("🦀b", 4), 2);
        assert_eq!(units("ab", 99), 2);
    }
}
