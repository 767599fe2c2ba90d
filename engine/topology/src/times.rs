//! Times as they are added up: percentiles by a histogram, moments exact, so that the order of adding does not matter.

use hdrhistogram::Histogram;

/// Two significant digits: a percentile is off by less than one in a hundred.
const DIGITS: u8 = 2;
/// Longer times than 12 days count as that long.
const LONGEST_US: u64 = 1 << 40;

/// Times of one kind, in microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Sketch {
    histogram: Option<Histogram<u32>>,
    count: u64,
    sum: u128,
    squares: u128,
    max: u64,
}

/// What is told of times, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Times {
    /// How many were seen.
    pub count: u64,
    /// Mean.
    pub mean_ms: f64,
    /// Standard deviation over mean; 0 when all are equal.
    pub cv: f64,
    /// Median.
    pub p50_ms: f64,
    /// 95th percentile.
    pub p95_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Sketch {
    pub(crate) fn new() -> Self {
        Self { histogram: None, count: 0, sum: 0, squares: 0, max: 0 }
    }

    /// One time, in nanoseconds.
    pub(crate) fn record(&mut self, nanos: u64) {
        let micros = (nanos / 1000).min(LONGEST_US);
        self.count += 1;
        self.sum += u128::from(micros);
        self.squares += u128::from(micros) * u128::from(micros);
        self.max = self.max.max(micros);
        if self.histogram.is_none() {
            // Only digits beyond five are refused.
            self.histogram = Histogram::new(DIGITS).ok();
        }
        if let Some(histogram) = &mut self.histogram {
            histogram.auto(true);
            // It grows; what it could not take is still in the moments.
            let _ = histogram.record(micros);
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
        self.max = self.max.max(other.max);
        match (&mut self.histogram, &other.histogram) {
            (Some(own), Some(other)) => {
                own.auto(true);
                let _ = own.add(other);
            }
            (own @ None, Some(other)) => *own = Some(other.clone()),
            (_, None) => {}
        }
    }

    /// Nothing when nothing was recorded.
    pub(crate) fn times(&self) -> Option<Times> {
        let histogram = self.histogram.as_ref()?;
        let count = self.count as f64;
        let mean = self.sum as f64 / count;
        // Exact in whole numbers, so that equal times have no spread.
        let variance =
            (u128::from(self.count) * self.squares).saturating_sub(self.sum * self.sum) as f64 / count / count;
        let cv = if mean > 0.0 { variance.sqrt() / mean } else { 0.0 };
        let percentile = |share: f64| (histogram.value_at_quantile(share).min(self.max)) as f64 / 1000.0;
        Some(Times {
            count: self.count,
            mean_ms: mean / 1000.0,
            cv,
            p50_ms: percentile(0.5),
            p95_ms: percentile(0.95),
            p99_ms: percentile(0.99),
            max_ms: self.max as f64 / 1000.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_exact_and_percentiles_near() {
        let mut sketch = Sketch::new();
        assert_eq!(sketch.times(), None);
        for ms in 1..=1000_u64 {
            sketch.record(ms * 1_000_000);
        }
        let times = sketch.times().unwrap();
        // Of 1..n the mean is (n + 1) / 2 and the variance (n² − 1) / 12.
        assert!((times.mean_ms - 500.5).abs() < 1e-9);
        assert!((times.cv - (999_999.0_f64 / 12.0).sqrt() / 500.5).abs() < 1e-9);
        assert!((times.p50_ms / 500.0 - 1.0).abs() < 0.01 && (times.p99_ms / 990.0 - 1.0).abs() < 0.01);
        assert!((times.max_ms - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn any_time_can_be_recorded() {
        let mut sketch = Sketch::new();
        for nanos in [0, 1, u64::MAX] {
            sketch.record(nanos);
        }
        let times = sketch.times().unwrap();
        assert!(times.max_ms > 1e9 && times.p50_ms < 1.0);
    }
}
