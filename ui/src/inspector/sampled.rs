//! Messages of the run that were followed one by one: each opens its waterfall in the traces lens.

use leptos::prelude::*;
use thalweg_protocol::{SampledFor, SampledTrace};

use crate::{format, state::app, text};

/// The sampled messages that came by a node, or all of them.
#[component]
pub(super) fn Sampled(node: Option<String>) -> impl IntoView {
    let app = app();
    let lines = move || {
        app.sampled.with(|sampled| {
            let all = sampled.iter().flat_map(|sampled| sampled.iter());
            all.filter(|line| came_by(line, node.as_deref())).cloned().collect::<Vec<_>>()
        })
    };
    move || {
        let lines = lines();
        (!lines.is_empty()).then(|| {
            view! {
                <h3 class="heading">{text::SAMPLED}</h3>
                {lines.into_iter().map(|line| view! { <Line line /> }).collect_view()}
            }
        })
    }
}

#[component]
fn Line(line: SampledTrace) -> impl IntoView {
    let app = app();
    let facts = text::sampled_facts(
        &format::clock(line.produced_s),
        &format::millis(line.summary.duration_ms),
        line.summary.spans as usize,
    );
    let summary = line.summary.clone();
    view! {
        <button
            class="scenario-card"
            data-test=format!("sampled-{}", line.summary.trace_id)
            on:click=move |_| app.show_sampled(summary.clone())
        >
            <b>{why(line.sampled_for)}</b>
            <small>{facts}</small>
        </button>
    }
}

/// A service of a simulated trace is a node of the flow.
fn came_by(line: &SampledTrace, node: Option<&str>) -> bool {
    node.is_none_or(|node| line.summary.services.iter().any(|service| service == node))
}

fn why(sampled_for: SampledFor) -> &'static str {
    match sampled_for {
        SampledFor::GivenUp => text::SAMPLED_GIVEN_UP.now(),
        SampledFor::Retried => text::SAMPLED_RETRIED.now(),
        SampledFor::Slowest => text::SAMPLED_SLOWEST.now(),
        SampledFor::Evenness => text::SAMPLED_EVENLY.now(),
    }
}
