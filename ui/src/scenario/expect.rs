//! Expectations as sentences: completed while one writes, with what the last run measured.

use leptos::{ev, html, prelude::*};
use thalweg_flow::{
    Expectation, Flow,
    text::expectation::{Completion, complete},
};

use super::desk::Desk;
use crate::{
    format,
    kit::{Prose, is_command},
    state::{App, OpenDocument},
    text::{playback, scenario as text},
};

/// All expectations of the scenario, and a line for a new one.
#[component]
pub(super) fn Expectations(desk: Desk) -> impl IntoView {
    let count = Memo::new(move |_| desk.plan.with(|plan| plan.expectations.len()));
    view! {
        <section class="expectations" data-test="expectations">
            <h3 class="heading">{text::EXPECTATIONS}</h3>
            {move || (0..count.get()).map(|index| view! { <Sentence desk index=Some(index) /> }).collect_view()}
            <Sentence desk index=None />
        </section>
    }
}

/// What a run measured of a sentence.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    held: bool,
    worst: String,
    /// Where it stands in the report, and the moment at which it broke, when that is known.
    broke: Option<(usize, f64)>,
    /// Whether the document has changed since.
    stale: bool,
}

fn outcome(app: App, sentence: &str) -> Option<Outcome> {
    let scenario = app.scenario_name();
    let stale = app.stale.get();
    app.results.with(|run| {
        let report = &run.as_ref()?.report;
        let at =
            (report.scenario == scenario).then(|| report.expectations.iter().position(|e| e.text == sentence))??;
        let found = report.expectations.get(at)?;
        let broke = found.broke.as_ref().map(|broke| (at, broke.at_s));
        Some(Outcome { held: found.held, worst: found.worst_text.clone(), broke, stale })
    })
}

/// One sentence; without an index the one that is not written yet.
#[component]
fn Sentence(desk: Desk, index: Option<usize>) -> impl IntoView {
    let app = desk.app;
    let written = Memo::new(move |_| {
        let known = |index: usize| desk.plan.with(|plan| plan.expectations.get(index).cloned());
        index.and_then(known).unwrap_or_default()
    });
    let input = NodeRef::<html::Input>::new();
    let draft = RwSignal::new(None::<String>);
    let offers = RwSignal::new(None::<(Completion, Option<usize>)>);
    let shown = move || draft.get().unwrap_or_else(|| written.get());
    let outcome = Memo::new(move |_| {
        let sentence = written.get();
        if draft.with(Option::is_some) { None } else { outcome(app, &sentence) }
    });
    // What is wrong with what is typed; nothing while it is being begun.
    let fault = Memo::new(move |_| {
        let sentence = shown();
        if sentence.trim().is_empty() { None } else { sentence.parse::<Expectation>().err() }
    });
    let words = move || shown().parse::<Expectation>().ok().map(|e| text::expectation_in_words(&e));
    let offer = move || {
        let Some(field) = input.get_untracked() else { return };
        let (typed, cursor) = (field.value(), field.selection_start().ok().flatten().unwrap_or_default());
        let completion = app
            .document
            .with_untracked(|d| d.as_ref().map(|d: &OpenDocument| completion(&typed, cursor as usize, d.flow())));
        offers.set(completion.filter(|c| !c.offers.is_empty()).map(|c| (c, None)));
    };
    let take = move |choice: usize| {
        let Some((completion, _)) = offers.get_untracked() else { return };
        let (Some(offer_taken), Some(field)) = (completion.offers.get(choice), input.get_untracked()) else { return };
        let (typed, cursor) = taken(&field.value(), &completion, &offer_taken.text);
        field.set_value(&typed);
        // A field that takes no selection has its cursor at the end.
        drop(field.set_selection_range(cursor, cursor));
        draft.set(Some(typed));
        offer();
    };
    let commit = move || {
        offers.try_set(None);
        let Some(typed) = draft.try_get_untracked().flatten() else { return };
        let is_new = typed.trim() != written.get_untracked();
        // What cannot be read is kept as a draft: the sentence below says what is wrong with it.
        if is_new && !typed.trim().is_empty() && fault.get_untracked().is_some() {
            return;
        }
        draft.set(None);
        if is_new {
            app.write_expectation(index, &typed);
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let open = offers.with_untracked(|o| o.as_ref().map(|(completion, choice)| (completion.offers.len(), *choice)));
        match (event.key().as_str(), open) {
            ("ArrowDown" | "ArrowUp", Some((count, choice))) => {
                event.prevent_default();
                let next = moved(choice, event.key() == "ArrowDown", count);
                offers.update(|offers| {
                    if let Some((_, choice)) = offers {
                        *choice = Some(next);
                    }
                });
            }
            ("ArrowDown", None) => offer(),
            ("Enter" | "Tab", Some((_, Some(choice)))) => {
                event.prevent_default();
                take(choice);
            }
            ("Tab", Some((_, None))) if !event.shift_key() && draft.with_untracked(Option::is_some) => {
                event.prevent_default();
                take(0);
            }
            ("Enter", _) => commit(),
            ("Escape", Some(_)) => {
                event.stop_propagation();
                offers.set(None);
            }
            ("Escape", None) => draft.set(None),
            _ if is_command(&event) => commit(),
            _ => {}
        }
    };
    let test = index.map_or_else(|| "expect-new".to_owned(), |index| format!("expect-{index}"));
    let list_id = format!("{test}-offers");
    let status = move || outcome.with(|o| o.as_ref().map_or("", |o| if o.held { "held" } else { "broken" }));
    view! {
        <div class="sentence" class:stale=move || outcome.with(|o| o.as_ref().is_some_and(|o| o.stale))>
            <span class=move || format!("sign {}", status()) aria-hidden="true">
                {move || match status() { "held" => "✓", "broken" => "✕", _ if index.is_none() => "+", _ => "·" }}
            </span>
            <input
                class="input"
                class:invalid=move || fault.with(Option::is_some) && draft.with(Option::is_none)
                node_ref=input
                data-test=test.clone()
                data-held=status
                spellcheck="false"
                autocomplete="off"
                role="combobox"
                aria-expanded=move || offers.with(Option::is_some).to_string()
                aria-controls=list_id.clone()
                aria-autocomplete="list"
                aria-label=text::EXPECTATION
                placeholder=move || if index.is_none() { text::EXPECT_WHAT.now() } else { "" }
                prop:value=shown
                on:input=move |event| {
                    draft.set(Some(event_target_value(&event)));
                    offer();
                }
                on:focus=move |_| if index.is_none() { offer() }
                on:keydown=key
                on:blur=move |_| commit()
            />
            {index.map(|index| view! {
                <button
                    class="small remove"
                    data-test=format!("expect-remove-{index}")
                    title=text::STEP_REMOVE_EXPECTATION
                    aria-label=text::STEP_REMOVE_EXPECTATION
                    on:click=move |_| {
                        app.write_expectation(Some(index), "");
                    }
                >
                    "×"
                </button>
            })}
            {move || outcome.get().map(|o| measured(app, index, &written.get(), o))}
            {move || match fault.get() {
                Some(error) => {
                    let help = error.help.map(|help| format!("; {help}")).unwrap_or_default();
                    let quiet = draft.with(Option::is_some);
                    let said = format!("{}{help}", error.message);
                    Some(view! { <em class:quiet=quiet role="alert"><Prose text=said /></em> }.into_any())
                }
                None => words().map(|words| view! { <small>{words}</small> }.into_any()),
            }}
            {move || offers.get().map(|(completion, choice)| view! {
                <ul class="offers" role="listbox" id=list_id.clone() data-test="offers">
                    {completion.offers.into_iter().enumerate().map(|(i, offer)| view! {
                        <li
                            role="option"
                            aria-selected=(choice == Some(i)).to_string()
                            // Pressed, not clicked: a click comes after the field has lost the focus.
                            on:pointerdown=move |event| {
                                event.prevent_default();
                                take(i);
                            }
                        >
                            <code>{offer.text.trim().trim_end_matches(['(', ')']).to_owned()}</code>
                            <span>{text::offer(offer.what)}</span>
                        </li>
                    }).collect_view()}
                </ul>
            })}
        </div>
    }
}

/// What the last run measured; of a broken one the way to where it broke.
fn measured(app: App, index: Option<usize>, sentence: &str, outcome: Outcome) -> AnyView {
    let of_last = if outcome.stale { text::OF_LAST_RUN.now() } else { "" };
    match outcome.broke {
        Some((at, second)) => {
            let title = playback::go_to(sentence, &format::clock(second));
            let label = format!("{}: {title}", outcome.worst);
            view! {
                <button
                    class="measured figure leads"
                    data-test=format!("expect-go-{}", index.unwrap_or_default())
                    title=title
                    aria-label=label
                    on:click=move |_| app.go_to_broken(at)
                >
                    {outcome.worst}
                </button>
            }
            .into_any()
        }
        None => view! { <span class="measured figure" title=of_last>{outcome.worst}</span> }.into_any(),
    }
}

/// Completes at a cursor given in the browser's 16-bit units.
fn completion(typed: &str, cursor: usize, flow: &Flow) -> Completion {
    let mut seen = 0;
    let byte = typed.char_indices().find(|(_, c)| {
        let here = seen >= cursor;
        seen += c.len_utf16();
        here
    });
    complete(typed, byte.map_or(typed.len(), |(at, _)| at), flow)
}

/// The text with an offer taken, and the cursor behind it in the browser's 16-bit units.
fn taken(typed: &str, completion: &Completion, offer: &str) -> (String, u32) {
    let (head, tail) = (&typed[..completion.range.start], &typed[completion.range.end..]);
    // A blank that stands there already is not written twice.
    let offer = if head.is_empty() || head.ends_with(' ') { offer.trim_start() } else { offer };
    let tail = if offer.ends_with(' ') { tail.trim_start() } else { tail };
    let before = format!("{head}{offer}");
    (format!("{before}{tail}"), before.encode_utf16().count() as u32)
}

fn moved(choice: Option<usize>, down: bool, count: usize) -> usize {
    match (choice, down) {
        (None, true) => 0,
        (None, false) => count.saturating_sub(1),
        (Some(at), true) => (at + 1) % count.max(1),
        (Some(at), false) => (at + count.saturating_sub(1)) % count.max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(typed: &str) -> String {
        let flow = Flow::default();
        let completion = completion(typed, typed.encode_utf16().count(), &flow);
        completion.offers.first().map_or_else(String::new, |offer| taken(typed, &completion, &offer.text).0)
    }

    #[test]
    fn offers_never_double_blanks() {
        assert_eq!(grown("dead"), "dead_letters ");
        assert_eq!(grown("dead_letters "), "dead_letters < ");
        assert_eq!(grown("dead_letters < "), "dead_letters < 0");
        assert_eq!(grown("p99("), "p99(end_to_end) ");
        assert_eq!(grown("p99(end_to_end)"), "p99(end_to_end) < ");
    }

    #[test]
    fn the_choice_goes_round() {
        assert_eq!(
            (moved(None, true, 3), moved(None, false, 3), moved(Some(2), true, 3), moved(Some(0), false, 3)),
            (0, 2, 0, 2)
        );
    }
}
