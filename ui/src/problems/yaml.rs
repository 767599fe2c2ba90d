//! The document's text beside its drawing: what is typed is taken over after a moment, as one step for as long as one
//! types; what changes elsewhere appears here. What is wrong is underlined, what is selected stands out.
//!
//! The text itself is a plain text field; lines with their numbers, colours and underlines lie below it, and only those in
//! sight exist.

use std::time::Duration;

use leptos::{ev, html, prelude::*};
use thalweg_flow::{Severity, Span};

use super::lines::{Mark, marks, pieces};
use crate::{
    actions::edit::quoted,
    kit::{Prose, measure},
    state::{App, OpenDocument, app},
    text::{self, inspector as t},
};

/// Height of a line in pixels, as in the style sheet.
const LINE: f64 = 18.0;
/// Space above the first line.
const PADDING: f64 = 8.0;
/// What is typed is taken over when nothing more was typed for so long.
const PAUSE: Duration = Duration::from_millis(300);

/// What of the text is in sight.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Sight {
    top: f64,
    left: f64,
    height: f64,
}

impl Sight {
    fn of(area: &web_sys::HtmlTextAreaElement) -> Sight {
        let pixels = f64::from;
        Sight { top: pixels(area.scroll_top()), left: pixels(area.scroll_left()), height: pixels(area.client_height()) }
    }

    /// The lines that are at least partly to be seen, of so many.
    fn lines(self, count: usize) -> std::ops::Range<usize> {
        let first = ((self.top - PADDING) / LINE).floor().max(0.0) as usize;
        let seen = (self.height / LINE).ceil() as usize + 2;
        first.min(count)..(first + seen).min(count)
    }
}

/// The text of the document.
#[component]
pub(crate) fn YamlText(
    /// A place to show and select.
    place: RwSignal<Option<Span>>,
    /// Its name for tests.
    test: &'static str,
) -> impl IntoView {
    let app = app();
    let written =
        Memo::new(move |_| app.document.with(|d| d.as_ref().map(|d| d.text().to_owned()).unwrap_or_default()));
    let draft = RwSignal::new(None::<String>);
    let shown = Memo::new(move |_| draft.get().unwrap_or_else(|| written.get()));
    // What was taken over last from here: as long as nobody else changes the text, typing goes on as one step.
    let taken = StoredValue::new(None::<String>);
    let apply = move || {
        if let Some(typed) = draft.try_get_untracked().flatten() {
            take(app, typed, taken);
            draft.try_set(None);
        }
    };
    // Counts what is typed, so that only the last pause counts.
    let typed = StoredValue::new(0_u32);
    let on_input = move |now: String| {
        draft.set(Some(now));
        typed.update_value(|n| *n = n.wrapping_add(1));
        let now = typed.get_value();
        set_timeout(
            move || {
                if typed.try_get_value() == Some(now) {
                    apply();
                }
            },
            PAUSE,
        );
    };
    let area = NodeRef::<html::Textarea>::new();
    let sight = RwSignal::new(Sight::default());
    let look = move || {
        if let Some(area) = area.get_untracked() {
            sight.set(Sight::of(&area));
        }
    };
    let body = NodeRef::<html::Div>::new();
    let size = measure(body);
    Effect::new(move |_| {
        size.track();
        shown.track();
        look();
    });
    // The line that the caret is in, counted from 0.
    let caret = RwSignal::new(0_usize);
    let follow_caret = move || {
        if let Some(area) = area.get_untracked()
            && let Ok(Some(at)) = area.selection_start()
        {
            caret.set(line_of(&area.value(), at));
        }
    };
    // A command (save, simulate, close, …) is about what is typed, not about what was there before.
    let on_key = move |event: ev::KeyboardEvent| {
        if crate::kit::is_command(&event) {
            apply();
        }
    };
    Effect::new(move |_| {
        let (Some(area), Some(span)) = (area.get(), place.get()) else { return };
        place.set(None);
        // After the text is put in.
        request_animation_frame(move || {
            select(&area, span);
            follow_caret();
        });
    });
    let here = Memo::new(move |_| lines_of_selection(app));
    follow_selection(area, here);
    let found = Memo::new(move |_| {
        app.document.with(|d| d.as_ref().map(|d| marks(d.text(), d.problems())).unwrap_or_default())
    });
    view! {
        <div class="text-view">
            <div class="text-body" node_ref=body>
                <Lines shown found here sight />
                <textarea
                    class="yaml"
                    node_ref=area
                    data-test=test
                    spellcheck="false"
                    autocomplete="off"
                    wrap="off"
                    aria-label=text::YAML
                    prop:value=move || shown.get()
                    on:keydown=on_key
                    on:input=move |event| on_input(event_target_value(&event))
                    on:scroll=move |_| look()
                    on:keyup=move |_| follow_caret()
                    on:click=move |_| follow_caret()
                    on:blur=move |_| {
                        apply();
                        taken.set_value(None);
                    }
                ></textarea>
            </div>
            <Note caret found test />
        </div>
    }
}

/// What is wrong in the line of the caret.
#[component]
fn Note(caret: RwSignal<usize>, found: Memo<Vec<Mark>>, test: &'static str) -> impl IntoView {
    let note = move || {
        let line = caret.get();
        found
            .with(|found| found.iter().find(|mark| mark.line == line).map(|mark| (mark.severity, mark.message.clone())))
    };
    view! {
        <p class="text-note" data-test=format!("{test}-note")>
            <b>{move || t::line(caret.get() + 1)}</b>
            {move || note().map(|(severity, message)| view! {
                <span class:bad=severity == Severity::Error><Prose text=message /></span>
            })}
        </p>
    }
}

/// The lines in sight.
#[component]
fn Lines(
    shown: Memo<String>,
    found: Memo<Vec<Mark>>,
    here: Memo<Option<(usize, usize)>>,
    sight: RwSignal<Sight>,
) -> impl IntoView {
    let line = move |index: usize, text: &str, found: &[Mark], here: Option<(usize, usize)>| {
        let marks: Vec<&Mark> = found.iter().filter(|mark| mark.line == index).collect();
        let worst = marks.iter().map(|mark| mark.severity).max();
        let told = marks.iter().map(|mark| mark.message.as_str()).collect::<Vec<_>>().join("\n");
        let is_here = here.is_some_and(|(first, last)| (first..=last).contains(&index));
        let pieces = pieces(text, &marks);
        view! {
            <div class="text-line" class:here=is_here>
                <span class="no" class:wrong=worst.is_some() class:bad=worst == Some(Severity::Error) title=told>
                    {index + 1}
                </span>
                <span class="code" style:transform=move || format!("translateX({}px)", -sight.get().left)>
                    {pieces.into_iter().map(|piece| view! { <span class=piece.class>{piece.text}</span> }).collect_view()}
                </span>
            </div>
        }
    };
    // Which lines are in sight changes seldom, where exactly they are with every pixel.
    let range = Memo::new(move |_| shown.with(|text| sight.get().lines(text.split('\n').count())));
    let top = move || PADDING + range.get().start as f64 * LINE - sight.get().top;
    view! {
        <div class="text-lines" aria-hidden="true">
            <div style:transform=move || format!("translateY({}px)", top())>
                {move || {
                    let (range, here) = (range.get(), here.get());
                    let lines = shown.with(|text| {
                        found.with(|found| {
                            text.split('\n')
                                .enumerate()
                                .skip(range.start)
                                .take(range.len())
                                .map(|(index, text)| line(index, text.trim_end_matches('\r'), found, here))
                                .collect::<Vec<_>>()
                        })
                    });
                    lines.collect_view()
                }}
            </div>
        </div>
    }
}

/// What is selected on the drawing comes into sight, unless somebody types here.
fn follow_selection(area: NodeRef<html::Textarea>, here: Memo<Option<(usize, usize)>>) {
    Effect::new(move |_| {
        let (Some(area), Some((first, _))) = (area.get(), here.get()) else { return };
        let has_focus = document().active_element().is_some_and(|e| e.is_same_node(Some(area.as_ref())));
        if !has_focus {
            request_animation_frame(move || area.set_scroll_top(((first as f64 - 1.0) * LINE).max(0.0) as i32));
        }
    });
}

/// Takes over what was typed.
fn take(app: App, typed: String, taken: StoredValue<Option<String>>) {
    let now = app.document.with_untracked(|d| d.as_ref().map(|d| d.text().to_owned()));
    let Some(now) = now else { return };
    let typed = with_line_ends_of(&now, typed);
    if typed == now {
        return;
    }
    let goes_on = taken.try_with_value(|taken| taken.as_ref() == Some(&now)).unwrap_or(false);
    app.document.update(|d| {
        if let Some(d) = d {
            OpenDocument::retype(d, &text::STEP_TEXT, typed.clone(), goes_on);
        }
    });
    taken.try_set_value(Some(typed));
    app.keep_selection();
}

/// The lines of what is selected, counted from 0.
fn lines_of_selection(app: App) -> Option<(usize, usize)> {
    let path = match (app.selection.get().as_slice(), app.inspected.get()) {
        ([id], _) => format!("nodes.{}", quoted(id)),
        ([], Some(part)) => format!("{}.{}", part.section(), quoted(part.name())),
        _ => return None,
    };
    app.document.with(|d| d.as_ref()?.lines(&path))
}

/// A browser's field knows only `\n`; what had `\r\n` keeps it.
fn with_line_ends_of(before: &str, typed: String) -> String {
    if before.contains("\r\n") { typed.replace("\r\n", "\n").replace('\n', "\r\n") } else { typed }
}

/// Selects a place and scrolls to its line.
fn select(area: &web_sys::HtmlTextAreaElement, span: Span) {
    let text = area.value();
    let (start, end) = (units(&text, span.start), units(&text, span.end));
    // A field that takes no selection still shows the text.
    drop(area.focus());
    drop(area.set_selection_range(start, end));
    area.set_scroll_top(((span.line as f64 - 3.0) * LINE).max(0.0) as i32);
}

/// How many of the browser's 16-bit units precede a byte offset.
fn units(text: &str, offset: usize) -> u32 {
    let whole = text.char_indices().take_while(|(at, _)| *at < offset).map(|(_, c)| c.len_utf16() as u32);
    whole.sum()
}

/// The line that so many 16-bit units lead to, counted from 0.
fn line_of(text: &str, units: u32) -> usize {
    let mut passed = 0;
    let before = text.chars().take_while(|c| {
        passed += c.len_utf16();
        passed <= units as usize
    });
    before.filter(|c| *c == '\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!([0, 3, 4, 99].map(|at| line_of("🦀b\nc", at)), [0, 0, 1, 1]);
    }

    #[test]
    fn only_lines_in_sight_are_drawn() {
        let sight = |top: f64| Sight { top, left: 0.0, height: 180.0 };
        assert_eq!(sight(0.0).lines(1000), 0..12);
        assert_eq!(sight(PADDING + 18.0 * 100.0).lines(1000), 100..112);
        assert_eq!(sight(1e9).lines(5), 5..5);
    }
}
