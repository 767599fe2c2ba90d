//! The page about a run of the benchmarks.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};

use super::{ENGINES, FURTHER, MEMORY, MODELS, Samples, compiler, machine};

/// What every engine is, for people.
fn title(engine: &str) -> &'static str {
    match engine {
        "hand" => "event loop written by hand for these models (the limit)",
        "house" => "**Thalweg** (histograms, curves, audit on)",
        "desque" => "desque 0.4 (boxed events, binary heap)",
        "odem-rs" => "odem-rs 0.4 (async agents)",
        "nexosim" => "NeXosim 1.0, one thread",
        "simpy" => "SimPy 4.1",
        _ => "Ciw 3.2",
    }
}

/// Median of what was done per second, in all samples of a name.
fn rate(samples: &Samples, name: &str) -> Result<f64> {
    median(samples, name, |sample| sample.done / sample.cpu_s)
}

fn median(samples: &Samples, name: &str, of: impl Fn(&super::Sample) -> f64) -> Result<f64> {
    let list = samples.get(name).with_context(|| format!("nothing was measured for `{name}`"))?;
    let mut values: Vec<f64> = list.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().context("an empty list of samples")
}

/// The whole page.
pub(super) fn write(samples: &Samples, rounds: u32) -> Result<String> {
    let mut text = format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench --rounds {rounds}`; medians of {rounds} rounds in which all engines take turns.\n\
         {}; {}. Read the ratios: absolute figures belong to this machine.\n\n\
         ## Messages per CPU-second, one thread\n\n\
         M/M/1 at 80 % load, M/M/3 at 80 %, three M/M/1 in a row. Every engine's mean time in system is compared with the exact\n\
         one; an engine that is off by more than a fifth stops the run.\n\n\
         | | M/M/1 | M/M/3 | three in a row | Thalweg is faster by |\n|---|---:|---:|---:|---|\n",
        machine(),
        compiler(),
    );
    for (engine, _) in ENGINES {
        let mut ratios = Vec::new();
        let _ = write!(text, "| {} |", title(engine));
        for model in MODELS {
            let own = rate(samples, &format!("{engine} {model}"))?;
            ratios.push(rate(samples, &format!("house {model}"))? / own);
            let _ = write!(text, " {} |", millions(own));
        }
        let ratios: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2} ×")).collect();
        let _ = writeln!(text, " {} |", if *engine == "house" { "–".to_owned() } else { ratios.join(", ") });
    }
    text.push_str("\n## What else was asked\n\n| | measured |\n|---|---|\n");
    further(&mut text, samples)?;
    text.push_str("\nThe peers and their models are in `benches/`.\n");
    Ok(text)
}

fn further(text: &mut String, samples: &Samples) -> Result<()> {
    let of = |index: usize| FURTHER[index].join(" ");
    for (index, delays) in [(0, "constant"), (2, "random")] {
        let (house, radix) = (rate(samples, &of(index))?, rate(samples, &of(index + 1))?);
        let _ = writeln!(
            text,
            "| 100,000 pending timers of {delays} delays: one taken and set again | the calendar {} per second, a radix heap {}: {:.2} × |",
            millions(house),
            millions(radix),
            house / radix
        );
    }
    let in_flight = rate(samples, &of(4))?;
    let _ = writeln!(
        text,
        "| a message at an SQS queue with 100,000 in flight, each with its lease | {:.0} ns |",
        1e9 / in_flight
    );
    let ten = rate(samples, &of(5))?;
    for (index, nodes) in [(6, "1,000"), (7, "10,000")] {
        let many = rate(samples, &of(index))?;
        let _ = writeln!(
            text,
            "| cost of a message on {nodes} nodes instead of 10, same load in all | {:.2} × ({} instead of {} per second) |",
            ten / many,
            millions(many),
            millions(ten)
        );
    }
    let (one, two) = (rate(samples, &of(8))?, rate(samples, &of(9))?);
    let _ = writeln!(text, "| 8 replications on two threads instead of one | {:.2} × as fast |", two / one);
    let checkout = median(samples, &of(10), |sample| sample.cpu_s)?;
    let _ =
        writeln!(text, "| `examples/checkout.flow.yaml`, 20 minutes, 8 replications, all cores | {checkout:.2} s |");
    let memory = median(samples, &MEMORY.join(" "), |sample| sample.check)?;
    let _ = writeln!(text, "| greatest memory over 100 million messages of an M/M/1 | {memory:.0} MB |");
    Ok(())
}

fn millions(per_second: f64) -> String {
    if per_second >= 1e6 { format!("{:.1} M", per_second / 1e6) } else { format!("{:.0} k", per_second / 1e3) }
}
