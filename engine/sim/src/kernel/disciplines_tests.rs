//! The second moment of the wait tells the disciplines apart (M/M/1, ρ = 0.8; times in units of the service time): 40 first come
//! first served, 40·2/(2 − ρ) in random order (Kingman 1962), 40/(1 − ρ) last come first served.

use thalweg_flow::{Overrides, resolve};

use super::{Curves, Kernel, Watch};
use crate::error::SimError;
use crate::plan::{Files, Plan};
use crate::sample::Ziggurat;
use crate::stats::interval;

struct Nobody;

impl Watch for Nobody {
    fn look(&mut self, _: u64, _: u64, _: &Curves) -> Result<(), SimError> {
        Ok(())
    }
}

/// E[Wq²] and half of its 99 % interval.
fn second_moment(discipline: &str) -> (f64, f64) {
    let text = format!(
        "thalweg: 1
name: Order
nodes:
  source: {{ kind: producer, load: {{ poisson: 80/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, discipline: {discipline} }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: {{ exponential: 10ms }} }}
scenarios:
  default: {{ duration: 5000s, warmup: 100s, seed: 62, replications: 30 }}
"
    );
    let resolved = resolve(&text, None, &Overrides::default()).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let plan = Plan::compile(&resolved, &Files::new()).unwrap_or_else(|refusals| panic!("{refusals:#?}"));
    let ziggurat = Ziggurat::new();
    let moments: Vec<f64> = (0..30)
        .map(|replication| {
            let outcome = Kernel::new(&plan, &ziggurat, replication).run(u64::MAX, false, &mut Nobody);
            let outcome = outcome.unwrap_or_else(|error| panic!("{error}"));
            // End to end, then the wait of the only consumer.
            let waits = &outcome.histograms[1];
            let square = |value: u64| (value as f64 / 1e7).powi(2);
            let sum: f64 = waits
                .iter_recorded()
                .map(|v| square(waits.median_equivalent(v.value_iterated_to())) * v.count_at_value() as f64)
                .sum();
            sum / waits.len() as f64
        })
        .collect();
    let (mean, ci) = interval(&moments).unwrap_or_else(|| panic!("no interval"));
    let [low, high] = ci.unwrap_or_else(|| panic!("no interval"));
    // From 95 % to 99 %: Student's t with 29 degrees of freedom.
    (mean, (high - low) / 2.0 * 2.756_386 / 2.045_230)
}

#[test]
fn second_moments_are_those_of_theory() {
    for (discipline, exact, width) in [("fifo", 40.0, 0.1), ("random", 200.0 / 3.0, 0.12), ("lifo", 200.0, 0.18)] {
        let (mean, half) = second_moment(discipline);
        assert!((mean - exact).abs() <= half + 0.002 * exact, "{discipline}: {mean} ± {half}, exact {exact}");
        assert!(half <= width * exact, "{discipline}: {mean} ± {half} is vague");
    }
}
