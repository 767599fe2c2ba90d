//! What became of the planned faults: a drill that did not happen proves nothing.

use leptos::prelude::*;
use thalweg_protocol::report::FaultSummary;

use super::figures::{Row, Rows};
use crate::{format, state::app, text};

/// The faults of the run that strike a node, or all.
#[component]
pub(super) fn Faults(node: Option<String>) -> impl IntoView {
    let app = app();
    let rows = Memo::new(move |_| {
        app.results.with(|run| {
            let faults = run.as_ref().map(|run| run.report.fault_totals.as_slice()).unwrap_or_default();
            faults
                .iter()
                .filter(|fault| node.as_deref().is_none_or(|node| strikes(fault, node)))
                .map(row)
                .collect::<Vec<_>>()
        })
    });
    view! {
        <Show when=move || rows.with(|rows| !rows.is_empty())>
            <h3 class="heading" data-test="fault-totals">{text::FAULTS_OF_RUN}</h3>
            <Rows rows=Signal::from(rows) />
        </Show>
    }
}

/// Whether a fault strikes a node or a line that begins or ends at it.
fn strikes(fault: &FaultSummary, node: &str) -> bool {
    fault.target.split(" -> ").any(|end| end == node)
}

fn row(fault: &FaultSummary) -> Row {
    let touched = format::grouped(fault.touched as f64);
    let value = if fault.fired == 0 {
        text::NEVER_STRUCK.now().to_owned()
    } else {
        text::struck(&format::grouped(fault.fired as f64), &touched)
    };
    (fault.text.clone(), value, fault.fired == 0 || fault.touched == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(target: &str, fired: u64, touched: u64) -> FaultSummary {
        FaultSummary { kind: "cut".into(), target: target.into(), text: format!("cut {target}"), fired, touched }
    }

    #[test]
    fn a_fault_without_effect_stands_out() {
        assert_eq!(row(&fault("a", 8, 1482)), ("cut a".to_owned(), "8 × · touched 1,482".to_owned(), false));
        assert!(row(&fault("a", 8, 0)).2);
        assert_eq!(row(&fault("a", 0, 0)).1, text::NEVER_STRUCK.now());
    }

    #[test]
    fn a_line_belongs_to_both_its_ends() {
        assert!(strikes(&fault("a -> b", 1, 1), "a") && strikes(&fault("a -> b", 1, 1), "b"));
        assert!(!strikes(&fault("a -> b", 1, 1), "c") && strikes(&fault("a", 1, 1), "a"));
    }
}
