//! `cargo xtask bench window --traces`: how the real window takes a trace of a hundred thousand spans (until it is painted, what
//! scrolling costs), and how late its open list shows what is sent.
//!
//! As for the flow: a release build whose page measures itself, on a screen of its own. What is sent says when it was, by the same clock.

use anyhow::{Context as _, Result};

use super::telemetry::Flood;
use super::window::{self, Display, Measured, frames, quantile};
use crate::checkout::Checkout;

/// Spans of the trace that is opened.
const SPANS: u64 = 100_000;
/// Spans a second while the list is looked at, and for how many seconds.
const RATE: u64 = 1000;
const SECONDS: u64 = 10;
const SEEDS: [u64; 2] = [1, 1_000_000];

/// Builds everything, measures, and prints a table.
pub(super) fn run(dev: bool) -> Result<()> {
    let checkout = Checkout::find()?;
    let flood = Flood::build(&checkout)?;
    let program = window::build(&checkout, dev)?;
    let folder = window::fresh_folder(&checkout)?;
    let display = Display::start()?;
    let mut address = None;
    let measured = window::hear(&program, &folder, &display, None, |line, _| {
        if let Some(told) = line.strip_prefix("receives | ") {
            flood.one_trace(told.trim(), SPANS, SEEDS[0])?;
            address = Some(told.trim().to_owned());
        } else if line == "tail" {
            let address = address.as_deref().context("the window did not say where it receives")?;
            flood.steady(address, RATE, SECONDS, SEEDS[1])?;
        }
        Ok(false)
    })?;
    println!("\n{}", table(&measured));
    Ok(())
}

fn table(measured: &Measured) -> String {
    let mut lines = vec![
        format!("a trace of {SPANS} spans, then {RATE} spans/s; milliseconds: median, 99th percentile"),
        frames(measured),
        format!("\n{:<24}{:>10}{:>10}{:>10}{:>8}", "", "median", "99th", "longest", "of"),
    ];
    for (name, times) in &measured.times {
        let [median, most, longest] = [0.5, 0.99, 1.0].map(|share| quantile(times, share));
        lines.push(format!("{name:<24}{median:>10.0}{most:>10.0}{longest:>10.0}{:>8}", times.len()));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_come_in_portions_and_are_one_line() {
        let mut measured = Measured::default();
        for line in [
            "frames | scroll by the wheel | 16.00 17.00 | 4.00 5.50",
            "times | seen after it was sent | 80.00 120.00",
            "times | seen after it was sent | 100.00",
        ] {
            assert!(!measured.hear(line, Duration::ZERO));
        }
        let page = table(&measured);
        let line = page.lines().find(|line| line.starts_with("seen after it was sent")).unwrap();
        assert_eq!(line.split_whitespace().skip(5).collect::<Vec<_>>(), ["100", "120", "120", "3"]);
        assert!(page.contains("scroll by the wheel"), "{page}");
    }
}
