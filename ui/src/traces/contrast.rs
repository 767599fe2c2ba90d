//! In which attributes a set of traces differs from the others, below the details; a click asks for the traces that have a value.

use leptos::prelude::*;
use thalweg_protocol::survey::{ContrastLine, TraceContrast};

use crate::{
    commands, format,
    kit::{Menu, MenuState},
    state::{App, Shared, app, likeness},
    text::surveys as text,
    traces::{Region, slow_from},
};

/// Differences that are shown before one asks for more.
const SHOWN: usize = 12;

/// What can be compared.
#[component]
pub(super) fn ContrastMenu() -> impl IntoView {
    let label = || format!("{} ▾", &*text::COMPARE);
    view! {
        <Menu label=move || view! { {label} } class="button" test="trace-compare" right=true>
            <Entries />
        </Menu>
    }
}

#[component]
fn Entries() -> impl IntoView {
    let app = app();
    let menu = expect_context::<MenuState>();
    let entry = move |test: &'static str, label: String, can: Signal<bool>, run: fn(App)| {
        view! {
            <button
                role="menuitem"
                data-test=test
                disabled=move || !can.get()
                on:click=move |_| {
                    menu.close();
                    run(app);
                }
            >
                {label}
            </button>
        }
    };
    let slow = app.surveys.density.with_untracked(|density| density.found.as_ref().and_then(|found| slow_from(found)));
    let slowest = slow.map_or_else(|| text::SLOWEST.into(), text::slower_than);
    let always = Signal::derive(|| true);
    let has_region = Signal::derive(move || app.filtering.asked.with(|asked| Region::apart(&asked.filter).1.is_some()));
    let is_shown = Signal::derive(move || app.surveys.contrasted.with(Option::is_some));
    let has_trace = Signal::derive(move || commands::traces::COMPARE_WITH_SIMULATED.is_enabled(app));
    let shown = app.traces.with_untracked(|traces| traces.view.clone());
    let is_simulated = shown.is_some_and(|shown| likeness::is_simulated(&shown));
    let with_other = if is_simulated { text::WITH_OBSERVED } else { text::WITH_SIMULATED }.into();
    view! {
        {entry("compare-errors", text::WITH_ERRORS.into(), always, App::compare_errors)}
        {entry("compare-slowest", slowest, Signal::derive(move || slow.is_some()), App::compare_slowest)}
        {entry("compare-selection", text::SELECTED.into(), has_region, App::compare_selection)}
        {entry("compare-simulated", text::SIMULATED.into(), always, App::compare_simulated)}
        <hr />
        {entry("compare-with-simulated", with_other, has_trace, App::compare_with_simulated)}
        <hr />
        {entry("compare-end", text::COMPARE_END.into(), is_shown, App::end_contrast)}
    }
}

/// The comparison, if one was asked for.
#[component]
pub(super) fn ContrastPart() -> impl IntoView {
    let app = app();
    let all = RwSignal::new(false);
    let shown = move || {
        let contrasted = app.surveys.contrasted.get()?;
        let (found, share) = app.surveys.contrast.with(|contrast| (contrast.found.clone(), contrast.share));
        Some(view! {
            <section class="contrast" data-test="contrast" aria-label=text::COMPARE>
                <div class="contrast-head">
                    <h3 class="heading">{heading(found.as_deref())}</h3>
                    <button
                        class="contrast-end"
                        data-test="contrast-end"
                        title=text::COMPARE_END
                        aria-label=text::COMPARE_END
                        on:click=move |_| app.end_contrast()
                    >
                        "×"
                    </button>
                </div>
                <p class="contrast-says" role="status" data-test="contrast-said">
                    {said(&contrasted.name, found.as_deref(), share)}
                </p>
                {found.map(|found| lines(app, &found, all))}
            </section>
        })
    };
    view! { {shown} }
}

fn heading(found: Option<&TraceContrast>) -> String {
    found.map_or_else(|| text::COMPARE.into(), |found| text::compared_with(found.others))
}

fn said(name: &str, found: Option<&TraceContrast>, share: f64) -> String {
    let Some(found) = found else { return text::COMPARE_WAIT.now().to_owned() };
    let under_way = (share < 1.0).then(|| format::share(share));
    text::contrast_all(name, found, under_way.as_deref())
}

fn lines(app: App, found: &Shared<TraceContrast>, all: RwSignal<bool>) -> impl IntoView + use<> {
    let count = found.differences.len();
    let shown = if all.get() { count } else { count.min(SHOWN) };
    let more = (count > SHOWN).then(|| {
        let label = move || if all.get() { text::FEWER.now().to_owned() } else { text::more(count - SHOWN) };
        view! {
            <button class="small" data-test="contrast-more" on:click=move |_| all.update(|all| *all = !*all)>{label}</button>
        }
    });
    let too_many = (!found.too_many_values.is_empty())
        .then(|| view! { <p class="contrast-says">{text::too_many_values(&found.too_many_values.join(", "))}</p> });
    view! {
        {found.differences.iter().take(shown).map(|line| difference(app, line)).collect_view()}
        {more}
        {too_many}
    }
}

fn difference(app: App, line: &ContrastLine) -> impl IntoView + use<> {
    let condition = line.condition.clone();
    let chance = if line.p < 0.001 { format!("{:.0e}", line.p) } else { format::digits(line.p) };
    let false_share = if line.q < 0.001 { format!("{:.0e}", line.q) } else { format::digits(line.q) };
    let title = text::difference_title([line.these, line.others], &chance, &false_share);
    view! {
        <div class="contrast-line">
            <button title=line.condition.clone() data-test="contrast-line" on:click=move |_| app.narrow(&condition)>
                {line.label.clone()}
            </button>
            <code title=title>
                <b>{format::share(line.these_share)}</b>
                " · "
                {format::share(line.others_share)}
            </code>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_told() {
        let whole = TraceContrast { these: 1_000_000, others: 234_000, ..TraceContrast::default() };
        let of_all = said("Slow", Some(&whole), 1.0);
        assert_eq!(of_all, "Slow: 1000000 traces; nothing stands out");
        let cut = TraceContrast { cut: true, undecided: 7, ..whole };
        let missing = "only the newest 1,234,000 traces were looked at, there are too many";
        assert_eq!(said("Slow", Some(&cut), 1.0), format!("{of_all} · 7 only told by reading them · {missing}"));
        // While it is under way too.
        assert!(said("Slow", Some(&cut), 0.5).contains(missing));
        assert_eq!(said("Slow", None, 0.0), "Comparing…");
    }
}
