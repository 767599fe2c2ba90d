//! What is laid over the drawing: one shape, whoever fills it (a simulation, the live engine, traces).

use indexmap::IndexMap;

use crate::report::{NodeSeries, Series};

/// Values for the boxes and lines of one drawing at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overlay {
    /// By node.
    pub nodes: IndexMap<String, NodeOverlay>,
    /// Messages per second by edge (from, to).
    pub edges: IndexMap<(String, String), f32>,
}

/// Values of one box; what is not known is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeOverlay {
    /// Arriving per second.
    pub in_per_s: Option<f32>,
    /// Leaving per second.
    pub out_per_s: Option<f32>,
    /// Messages not yet acknowledged or given up.
    pub lag: Option<f32>,
    /// Messages waiting in a queue, calls waiting at a service.
    pub depth: Option<f32>,
    /// Change of lag per second over the last buckets.
    pub lag_per_s: Option<f32>,
    /// Median latency, milliseconds.
    pub p50_ms: Option<f32>,
    /// 99th percentile of latency, milliseconds.
    pub p99_ms: Option<f32>,
    /// Share of servers busy.
    pub utilization: Option<f32>,
    /// Failed attempts per second.
    pub failed_per_s: Option<f32>,
    /// Retries per second.
    pub retries_per_s: Option<f32>,
    /// Dead letters so far.
    pub dead_letters: Option<f32>,
    /// A circuit breaker is open.
    pub breaker_open: bool,
    /// Instances up.
    pub instances: Option<f32>,
    /// What strikes it now, such as `outage`, with the seconds it still lasts.
    pub fault: Option<(String, f64)>,
}

impl Series {
    /// The bucket that holds a moment; the last one for moments behind the end, none for an empty series.
    pub fn bucket_at(&self, second: f64) -> Option<usize> {
        if self.buckets == 0 || self.bucket_s <= 0.0 {
            return None;
        }
        Some(((second.max(0.0) / self.bucket_s) as usize).min(self.buckets - 1))
    }

    /// The drawing's values at a moment of the run, in seconds from its start.
    pub fn overlay_at(&self, second: f64) -> Overlay {
        let Some(bucket) = self.bucket_at(second) else { return Overlay::default() };
        let mut overlay = Overlay::default();
        for (id, series) in &self.nodes {
            let mut node = series.overlay(bucket, self.bucket_s);
            node.fault = self
                .faults
                .iter()
                .find(|f| f.target == *id && f.from_s <= second && second < f.until_s)
                .map(|f| (f.kind.clone(), f.until_s - second));
            overlay.nodes.insert(id.clone(), node);
        }
        for edge in &self.edges {
            if let Some(rate) = edge.per_s.get(bucket) {
                overlay.edges.insert((edge.from.clone(), edge.to.clone()), *rate);
            }
        }
        overlay
    }
}

impl NodeSeries {
    fn overlay(&self, bucket: usize, bucket_s: f64) -> NodeOverlay {
        let at = |curve: &[f32]| curve.get(bucket).copied();
        // Percentiles of a bucket in which nothing ended say nothing; the last known ones are older than they look.
        let quantile = |curve: &[Option<f32>]| curve.get(bucket).copied().flatten();
        let before = bucket.saturating_sub(3);
        let slope = (bucket > before)
            .then(|| Some((at(&self.lag)? - self.lag.get(before)?) / ((bucket - before) as f64 * bucket_s) as f32))
            .flatten();
        NodeOverlay {
            in_per_s: at(&self.in_per_s),
            out_per_s: at(&self.out_per_s),
            lag: at(&self.lag),
            depth: at(&self.depth),
            lag_per_s: slope,
            p50_ms: quantile(&self.p50_ms),
            p99_ms: quantile(&self.p99_ms),
            utilization: at(&self.utilization),
            failed_per_s: at(&self.failed_per_s),
            retries_per_s: at(&self.retries_per_s),
            dead_letters: at(&self.dead_letters),
            breaker_open: at(&self.breaker_open).is_some_and(|share| share > 0.5),
            instances: at(&self.instances),
            fault: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::FaultReport;

    fn series() -> Series {
        let node = NodeSeries {
            lag: vec![0.0, 10.0, 20.0, 30.0],
            p99_ms: vec![Some(1.0), None, None, Some(4.0)],
            ..NodeSeries::default()
        };
        Series {
            bucket_s: 2.0,
            buckets: 4,
            duration_s: 8.0,
            nodes: [("payment".to_owned(), node)].into_iter().collect(),
            faults: vec![FaultReport {
                kind: "crash".into(),
                target: "payment".into(),
                text: "crash payment".into(),
                from_s: 2.0,
                until_s: 5.0,
                touched: 3,
            }],
            ..Series::default()
        }
    }

    #[test]
    fn values_are_those_of_the_bucket() {
        let overlay = series().overlay_at(7.9);
        let node = &overlay.nodes["payment"];
        assert_eq!((node.lag, node.p99_ms, node.lag_per_s), (Some(30.0), Some(4.0), Some(5.0)));
        assert_eq!(node.fault, None);
        assert_eq!(series().overlay_at(1e9), series().overlay_at(7.0));
    }

    #[test]
    fn a_fault_shows_only_while_it_lasts() {
        assert_eq!(series().overlay_at(4.0).nodes["payment"].fault, Some(("crash".to_owned(), 1.0)));
        assert_eq!(series().overlay_at(5.0).nodes["payment"].fault, None);
    }

    #[test]
    fn an_empty_series_lays_nothing_over() {
        assert_eq!(Series::default().overlay_at(3.0), Overlay::default());
    }
}
