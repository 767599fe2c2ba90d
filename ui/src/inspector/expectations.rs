//! What was expected, with what was measured; a broken expectation leads to where it broke.

use leptos::prelude::*;
use thalweg_protocol::report::ExpectationReport;

use crate::{
    format,
    state::app,
    text::{self, playback as t},
};

/// The expectations of the last run.
#[component]
pub(super) fn Expectations() -> impl IntoView {
    let app = app();
    let all =
        move || app.results.with(|run| run.as_ref().map(|run| run.report.expectations.clone()).unwrap_or_default());
    move || {
        let all = all();
        (!all.is_empty()).then(|| {
            view! {
                <h3 class="heading">{text::EXPECTATIONS}</h3>
                {all.into_iter().enumerate().map(|(index, e)| view! { <Sentence index e /> }).collect_view()}
            }
        })
    }
}

#[component]
fn Sentence(index: usize, e: ExpectationReport) -> impl IntoView {
    let app = app();
    let (test, held) = (format!("expectation-{index}"), e.held.to_string());
    let share = text::held_in(&format::share(e.share));
    let said = format!("{} {}", if e.held { "✓" } else { "✕" }, e.text);
    let where_it_broke = where_broke(&e);
    match e.broke {
        Some(broke) => {
            let leads = format!("{share} · {}", t::go_to(&e.text, &format::clock(broke.at_s)));
            view! {
                <button
                    class="expectation bad leads"
                    class:on=move || app.playback.broken.get() == Some(index)
                    data-test=test
                    data-held=held
                    data-at=format!("{:.3}", broke.at_s)
                    title=leads
                    on:click=move |_| app.go_to_broken(index)
                >
                    <span>{said}</span>
                    <span>{e.worst_text}</span>
                    <small>{where_it_broke}</small>
                </button>
            }
            .into_any()
        }
        None => view! {
            <div class="expectation" class:bad=!e.held data-test=test data-held=held title=share>
                <span class="selectable">{said}</span>
                <span class="selectable">{e.worst_text}</span>
                {where_it_broke.map(|why| view! { <small>{why}</small> })}
            </div>
        }
        .into_any(),
    }
}

/// When and where an expectation broke, or why that cannot be told.
fn where_broke(e: &ExpectationReport) -> Option<String> {
    if let Some(broke) = &e.broke {
        return Some(t::broke(&broke.by, &format::clock(broke.at_s), broke.node.as_deref()));
    }
    let why = match e.untold.as_deref()? {
        "nothing-measured" => t::NOTHING_MEASURED,
        "not-reached" => t::NOT_REACHED,
        "no-curve" => t::NO_CURVE,
        _ => t::NOT_IN_CURVES,
    };
    Some(why.now().to_owned())
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::report::Broke;

    use super::*;

    fn report(broke: Option<Broke>, untold: Option<&str>) -> ExpectationReport {
        ExpectationReport {
            text: "lost == 0".into(),
            held: false,
            share: 0.0,
            worst: Some(3.0),
            worst_text: "3".into(),
            broke,
            untold: untold.map(Into::into),
        }
    }

    #[test]
    fn moment_node_and_reason_are_told() {
        let broke = |node: Option<&str>, by: &str| Broke { at_s: 362.0, node: node.map(Into::into), by: by.into() };
        let told = |broke| where_broke(&report(Some(broke), None)).unwrap();
        assert_eq!(told(broke(Some("payment"), "total")), "06:02 · at payment: the running total passed the limit");
        assert_eq!(told(broke(None, "curve")), "06:02: it passed the limit");
        assert_eq!(where_broke(&report(None, Some("no-curve"))), Some(t::NO_CURVE.now().to_owned()));
        assert_eq!(where_broke(&report(None, None)), None);
    }
}
