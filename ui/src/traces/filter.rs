//! The line over the list: a filter in its language, completed and underlined while one writes, what stands first, and
//! filters that are kept under a name.

mod offers;
mod seen;
mod shown;
mod views;

use leptos::{ev, html, prelude::*, task::spawn_local};
use thalweg_protocol::{Command, Reply, TraceOrder};
use thalweg_spans::filter::{self, Fix, Offers, Problem, Seen, Severity};

use super::{contrast::ContrastMenu, live::LiveSwitch, sight::SightSwitch};
use crate::{
    bridge,
    kit::{Menu, MenuState, Prose, is_command},
    state::{App, Asked, Shared, app},
    text::filter as text,
};
use offers::{OfferList, byte_at, moved, taken};

/// What is offered, and which of it is chosen.
type Offered = Option<(Offers, Option<usize>)>;

/// Signals of the line; cheap to copy.
#[derive(Clone, Copy)]
struct Line {
    app: App,
    input: NodeRef<html::Input>,
    /// What is written; the search is what was asked last.
    typed: RwSignal<String>,
    offered: RwSignal<Offered>,
    /// What is in the traces at hand.
    seen: RwSignal<Shared<Seen>>,
    /// What is wrong, or hardly meant.
    problems: Memo<Vec<Problem>>,
}

/// The whole line.
#[component]
pub(super) fn FilterBar() -> impl IntoView {
    let app = app();
    app.fetch_saved_filters();
    let typed = RwSignal::new(app.filtering.asked.with_untracked(|asked| asked.filter.clone()));
    let seen = RwSignal::new(Shared::new(Seen::default()));
    let problems = Memo::new(move |_| typed.with(|typed| seen.with(|seen| problems_of(typed, seen))));
    let line = Line { app, input: NodeRef::new(), typed, offered: RwSignal::new(None), seen, problems };
    // A view that is chosen, or a filter that is cleared, is written here.
    Effect::new(move |_| {
        let asked = app.filtering.asked.with(|asked| asked.filter.clone());
        if typed.with_untracked(|typed| *typed != asked) {
            typed.set(asked);
        }
    });
    Effect::new(move |_| {
        if app.filtering.wanted.get()
            && let Some(field) = line.input.get()
        {
            app.filtering.wanted.set(false);
            // A field that cannot take the focus stays as it is.
            drop(field.focus());
            field.select();
        }
    });
    view! {
        <div class="trace-filter" data-test="trace-filter" role="search">
            <SightSwitch />
            <Field line />
            <ContrastMenu />
            <OrderMenu />
            <LiveSwitch />
            <views::Views line_is_empty=Signal::derive(move || typed.with(|typed| typed.trim().is_empty())) />
            <Told line />
        </div>
    }
}

/// Errors first; doubts only beside none.
fn problems_of(typed: &str, seen: &Seen) -> Vec<Problem> {
    let reading = filter::read(typed);
    if reading.problems.is_empty() { filter::doubts(&reading, seen) } else { reading.problems }
}

impl Line {
    /// Offers what may stand at the caret.
    fn offer(self) {
        let Some(field) = self.input.get_untracked() else { return };
        let typed = field.value();
        let caret = field.selection_start().ok().flatten().unwrap_or_default() as usize;
        let offers = self.seen.with_untracked(|seen| filter::complete(&typed, byte_at(&typed, caret), seen));
        self.offered.set((!offers.offers.is_empty()).then_some((offers, None)));
    }

    fn take(self, choice: usize) {
        let Some((offers, _)) = self.offered.get_untracked() else { return };
        let (Some(offer), Some(field)) = (offers.offers.get(choice), self.input.get_untracked()) else { return };
        let (typed, caret) = taken(&field.value(), &offers.span, offer);
        self.write(&field, typed, caret);
        self.offer();
    }

    fn mend(self, fix: &Fix) {
        let Some(field) = self.input.get_untracked() else { return };
        let mut typed = field.value();
        if typed.get(fix.span.clone()).is_none() {
            return;
        }
        typed.replace_range(fix.span.clone(), &fix.text);
        let caret = typed[..fix.span.start + fix.text.len()].encode_utf16().count() as u32;
        self.write(&field, typed, caret);
        drop(field.focus());
    }

    fn write(self, field: &web_sys::HtmlInputElement, typed: String, caret: u32) {
        field.set_value(&typed);
        // A field that takes no selection has its caret at the end.
        drop(field.set_selection_range(caret, caret));
        self.typed.set(typed);
    }

    /// Searches, unless what is written is no filter.
    fn commit(self) {
        self.offered.set(None);
        let is_wrong = |problem: &Problem| problem.severity == Severity::Error;
        if self.problems.with_untracked(|problems| problems.iter().any(is_wrong)) {
            return;
        }
        let filter = self.typed.get_untracked().trim().to_owned();
        let order = self.app.filtering.asked.with_untracked(|asked| asked.order);
        self.app.search_for(Asked { filter, order });
    }

    fn key(self, event: &ev::KeyboardEvent) {
        let open = self.offered.with_untracked(|o| o.as_ref().map(|(offers, choice)| (offers.offers.len(), *choice)));
        match (event.key().as_str(), open) {
            ("ArrowDown" | "ArrowUp", Some((count, choice))) => {
                event.prevent_default();
                let next = moved(choice, event.key() == "ArrowDown", count);
                self.offered.update(|offered| {
                    if let Some((_, choice)) = offered {
                        *choice = Some(next);
                    }
                });
            }
            ("ArrowDown", None) => {
                event.prevent_default();
                self.offer();
            }
            ("Enter" | "Tab", Some((_, Some(choice)))) => {
                event.prevent_default();
                self.take(choice);
            }
            ("Tab", Some((_, None))) if !event.shift_key() && !self.is_empty() => {
                event.prevent_default();
                self.take(0);
            }
            ("Enter", _) => self.commit(),
            ("Escape", Some(_)) => {
                event.stop_propagation();
                self.offered.set(None);
            }
            ("Escape", None) if !self.is_empty() => {
                event.stop_propagation();
                self.app.clear_filter();
                self.typed.set(String::new());
            }
            ("ArrowLeft" | "ArrowRight" | "Home" | "End", Some(_)) => self.offered.set(None),
            _ if is_command(event) => self.offered.set(None),
            _ => {}
        }
    }

    fn is_empty(self) -> bool {
        self.typed.with_untracked(|typed| typed.trim().is_empty())
    }

    /// Fetches what filters are completed with: what arrived since is completed too.
    fn fetch_seen(self) {
        spawn_local(async move {
            // Completion without values is completion all the same, and the list tells what is wrong.
            if let Ok(Reply::Seen(names)) = bridge::call(Command::SeenNames).await {
                self.seen.try_set(Shared::new(seen::seen(*names)));
            }
        });
    }
}

#[component]
fn Field(line: Line) -> impl IntoView {
    let ink = NodeRef::<html::Div>::new();
    let has_errors = move || line.problems.with(|all| all.iter().any(|p| p.severity == Severity::Error));
    let pieces = move || line.typed.with(|typed| line.problems.with(|problems| shown::pieces(typed, problems)));
    // The colours stand in a line of their own behind the field's, and move with it.
    let follow = move || {
        if let (Some(field), Some(ink)) = (line.input.get_untracked(), ink.get_untracked()) {
            ink.set_scroll_left(field.scroll_left());
        }
    };
    let choice = move || line.offered.with(|offered| offered.as_ref().and_then(|(_, choice)| *choice));
    view! {
        <div class="field" class:invalid=has_errors>
            <div class="ink" aria-hidden="true" node_ref=ink>
                {move || {
                    let drawn = pieces();
                    request_animation_frame(follow);
                    drawn.into_iter().map(|piece| view! { <span class=piece.class>{piece.text}</span> }).collect_view()
                }}
            </div>
            <input
                node_ref=line.input
                data-test="filter-input"
                spellcheck="false"
                autocomplete="off"
                role="combobox"
                aria-label=text::FILTER
                aria-autocomplete="list"
                aria-controls="filter-offers"
                aria-expanded=move || line.offered.with(Option::is_some).to_string()
                aria-activedescendant=move || choice().map(|at| format!("filter-offer-{at}"))
                aria-invalid=move || has_errors().to_string()
                aria-describedby="filter-told"
                placeholder=text::FILTER_WHAT
                prop:value=move || line.typed.get()
                on:input=move |event| {
                    line.typed.set(event_target_value(&event));
                    line.offer();
                }
                on:focus=move |_| line.fetch_seen()
                on:blur=move |_| drop(line.offered.try_set(None))
                on:scroll=move |_| follow()
                on:keydown=move |event| line.key(&event)
            />
            <Show when=move || line.typed.with(|typed| !typed.is_empty())>
                <button
                    class="clear"
                    data-test="filter-clear"
                    title=text::CLEAR
                    aria-label=text::CLEAR
                    on:click=move |_| {
                        line.typed.set(String::new());
                        line.app.clear_filter();
                    }
                >
                    "×"
                </button>
            </Show>
            <OfferList offered=line.offered take=Callback::new(move |choice| line.take(choice)) />
        </div>
    }
}

/// What is wrong with what is written, in a sentence.
#[component]
fn Told(line: Line) -> impl IntoView {
    // While something is offered, what is missing is still being written.
    let is_writing = move || line.offered.with(Option::is_some);
    let first = move || (!is_writing()).then(|| line.problems.with(|problems| problems.first().cloned())).flatten();
    view! {
        <div class="told" id="filter-told" data-test="filter-told" role="status">
            {move || first().map(|problem| {
                let help = problem.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
                let said = format!("{}{help}", problem.message);
                let mend = problem.fix.clone().map(|fix| view! {
                    <button class="small" data-test="filter-mend" on:click=move |_| line.mend(&fix)>{text::MEND}</button>
                });
                view! {
                    <p class:bad=problem.severity == Severity::Error><Prose text=said /></p>
                    {mend}
                }
            })}
        </div>
    }
}

#[component]
fn OrderMenu() -> impl IntoView {
    let app = app();
    let order = move || app.filtering.asked.with(|asked| asked.order);
    let label = move || format!("{} ▾", text::order(order()));
    view! {
        <Menu label=move || view! { {label} } class="button" test="trace-order" title=text::ORDER.now() right=true>
            <OrderEntries />
        </Menu>
    }
}

#[component]
fn OrderEntries() -> impl IntoView {
    let app = app();
    let menu = expect_context::<MenuState>();
    [TraceOrder::Newest, TraceOrder::Slowest, TraceOrder::Errors]
        .into_iter()
        .map(|order| {
            let test = match order {
                TraceOrder::Newest => "order-newest",
                TraceOrder::Slowest => "order-slowest",
                TraceOrder::Errors => "order-errors",
            };
            let choose = move |_| {
                menu.close();
                let filter = app.filtering.asked.with_untracked(|asked| asked.filter.clone());
                app.search_for(Asked { filter, order });
            };
            let on = move || app.filtering.asked.with(|asked| asked.order == order);
            view! {
                <button role="menuitemradio" class:on=on data-test=test on:click=choose>{text::order(order)}</button>
            }
        })
        .collect_view()
}
