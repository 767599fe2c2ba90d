//! Small pictures of a distribution and of a load, beside their fields.

use std::fmt::Write as _;

use leptos::prelude::*;
use serde_json::{Value, json};
use thalweg_flow::{Distribution, Load, NodeKind, read};

use super::{density::Density, spec::Choice};
use crate::{format, text::inspector as t};

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 44.0;
/// Room for the words above the curve.
const TOP: f64 = 13.0;
const POINTS: usize = 120;

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
struct Picture {
    /// Heights from 0 to 1, evenly spaced.
    heights: Vec<f64>,
    /// Marks: where (0 to 1), and what is said there.
    marks: Vec<(f64, String)>,
    /// What a listener hears of it.
    label: String,
}

/// The picture of a value.
#[component]
pub(super) fn Preview(choice: Choice, written: Memo<Option<Value>>) -> impl IntoView {
    let picture = Memo::new(move |_| written.with(|w| w.as_ref().and_then(|value| picture(choice, value))));
    move || {
        picture.get().map(|Picture { heights, marks, label }| {
            let (line, area) = paths(&heights);
            view! {
                <svg
                    class="preview"
                    viewBox=format!("0 0 {WIDTH} {}", HEIGHT + TOP)
                    role="img"
                    aria-label=label
                    data-test="preview"
                >
                    <path class="area" d=area />
                    <path class="line" d=line />
                    {marks.into_iter().map(|(at, text)| mark(at, text)).collect_view()}
                </svg>
            }
        })
    }
}

fn mark(at: f64, text: String) -> impl IntoView {
    let x = (at * WIDTH).clamp(0.0, WIDTH);
    let (anchor, shift) = if at > 0.6 { ("end", -4.0) } else { ("start", 4.0) };
    view! {
        <line class="mark" x1=x.to_string() x2=x.to_string() y1="2" y2=(HEIGHT + TOP).to_string() />
        <text x=(x + shift).to_string() y="9" text-anchor=anchor>{text}</text>
    }
}

/// The curve, and the area under it.
fn paths(heights: &[f64]) -> (String, String) {
    let step = WIDTH / heights.len().saturating_sub(1).max(1) as f64;
    let mut line = String::new();
    for (i, height) in heights.iter().enumerate() {
        let sign = if i == 0 { 'M' } else { 'L' };
        // Writing to a text does not fail.
        let _ = write!(line, "{sign}{:.1} {:.1}", i as f64 * step, TOP + (1.0 - height) * (HEIGHT - 2.0) + 1.0);
    }
    let floor = HEIGHT + TOP;
    let area = format!("{line}L{WIDTH} {floor}L0 {floor}Z");
    (line, area)
}

fn picture(choice: Choice, value: &Value) -> Option<Picture> {
    match choice {
        Choice::Distribution => of_distribution(&distribution(value)?),
        Choice::Load => of_load(&load(value)?),
        _ => None,
    }
}

/// The value as the document's reader reads it.
fn distribution(value: &Value) -> Option<Distribution> {
    match node(json!({ "kind": "service", "latency": value }))? {
        NodeKind::Service(service) => service.latency,
        _ => None,
    }
}

/// The value as the document's reader reads it.
fn load(value: &Value) -> Option<Load> {
    match node(json!({ "kind": "producer", "load": value }))? {
        NodeKind::Producer(producer) => producer.load,
        _ => None,
    }
}

fn node(node: Value) -> Option<NodeKind> {
    // JSON is YAML.
    let text = json!({ "thalweg": 1, "name": "T", "nodes": { "x": node } }).to_string();
    read(&text).flow.nodes.swap_remove("x").map(|node| node.kind)
}

fn of_distribution(distribution: &Distribution) -> Option<Picture> {
    let Density { mean, p99, heights, end } = Density::of(distribution, POINTS)?;
    let (mean_text, p99_text) = (t::mean(&format::millis(mean * 1e3)), t::p99(&format::millis(p99 * 1e3)));
    let label = format!("{mean_text}, {p99_text}");
    Some(Picture { heights, marks: vec![(mean / end, mean_text), (p99 / end, p99_text)], label })
}

/// A load whose rate changes, over the time in which it does.
fn of_load(load: &Load) -> Option<Picture> {
    let span = match load {
        Load::Ramp { over, .. } => over.as_secs_f64() * 1.3,
        Load::Steps(steps) => steps.last()?.at.as_secs_f64() * 1.4,
        Load::Spike { at, length, .. } => (at.as_secs_f64() + length.as_secs_f64()) * 1.3,
        Load::Sine { period, .. } => period.as_secs_f64() * 2.0,
        _ => return None,
    };
    if !(span.is_finite() && span > 0.0) {
        return None;
    }
    let rates: Vec<f64> = (0..POINTS).map(|i| load.rate_at(span * i as f64 / POINTS as f64).unwrap_or(0.0)).collect();
    let most = rates.iter().copied().fold(0.0, f64::max);
    let heights = rates.iter().map(|rate| if most > 0.0 { rate / most } else { 0.0 }).collect();
    let label = t::up_to(&format::rate(most));
    Some(Picture { heights, marks: vec![(0.0, label.clone()), (1.0, format::span(span))], label })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_marked_at_its_mean_and_percentile() {
        let value = json!({ "lognormal": { "mean": "18ms", "p99": "90ms" } });
        let picture = picture(Choice::Distribution, &value).unwrap();
        assert_eq!(picture.heights.len(), POINTS);
        assert!(picture.marks[0].0 < picture.marks[1].0 && picture.marks[1].0 < 1.0);
        assert!(picture.marks[0].1.contains("18"), "{:?}", picture.marks);
    }

    #[test]
    fn a_load_shows_its_change() {
        let value = json!({ "spike": { "base": "10/s", "peak": "100/s", "at": "1m", "for": "1m" } });
        let heights = picture(Choice::Load, &value).unwrap().heights;
        assert!((heights[0] - 0.1).abs() < 1e-9 && heights.contains(&1.0));
        assert!((heights[POINTS - 1] - 0.1).abs() < 1e-9);
        assert_eq!(picture(Choice::Load, &json!({ "poisson": "10/s" })), None);
        assert_eq!(picture(Choice::Load, &json!({ "ramp": "nonsense" })), None);
    }
}
