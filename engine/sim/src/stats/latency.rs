//! Latencies: a histogram of the measured window, exact sums over the whole run, a sketch of the current bucket.

use hdrhistogram::Histogram;

use super::Sketch;

/// Quantiles whose spread is told.
pub(crate) const SPREAD_OF: [f64; 3] = [0.5, 0.95, 0.99];

/// Records one kind of latency, in nanoseconds.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    histogram: Histogram<u64>,
    /// What it held when the last batch ended.
    before: Option<Histogram<u64>>,
    /// Over the whole run.
    pub(crate) count: u64,
    pub(crate) sum: u128,
    pub(crate) sketch: Option<Sketch>,
}

impl Recorder {
    /// With so many significant digits (1 to 5); with or without quantiles per bucket.
    pub(crate) fn new(digits: u8, curves: bool) -> Self {
        Recorder { histogram: histogram(digits), before: None, count: 0, sum: 0, sketch: curves.then(Sketch::new) }
    }

    #[inline]
    pub(crate) fn record(&mut self, nanos: u64) {
        self.count += 1;
        self.sum += u128::from(nanos);
        // It grows with the values, so that this fails for none.
        self.histogram.record(nanos).unwrap_or(());
        if let Some(sketch) = &mut self.sketch {
            sketch.record(nanos);
        }
    }

    /// The measured window begins.
    pub(crate) fn begin_window(&mut self) {
        self.histogram.reset();
    }

    /// A part of the window ends: [`SPREAD_OF`] of it in nanoseconds, NaN if it holds nothing.
    pub(crate) fn end_batch(&mut self) -> [f64; 3] {
        let mut batch = self.histogram.clone();
        if let Some(before) = &self.before {
            // What was there before is a part of what is there now, so that this fails for none.
            batch.subtract(before).unwrap_or(());
        }
        self.before = Some(self.histogram.clone());
        SPREAD_OF.map(|q| if batch.is_empty() { f64::NAN } else { batch.value_at_quantile(q) as f64 })
    }

    pub(crate) fn into_histogram(self) -> Histogram<u64> {
        self.histogram
    }

    pub(crate) fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }
}

fn histogram(digits: u8) -> Histogram<u64> {
    let mut histogram = match Histogram::new(digits) {
        Ok(histogram) => histogram,
        // Digits outside 1 to 5 are the only thing that can be wrong here, and none are asked for.
        Err(error) => unreachable!("a histogram of {digits} digits: {error:?}"),
    };
    histogram.auto(true);
    histogram
}
