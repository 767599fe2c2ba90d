//! What is laid over the drawing: one shape, whoever fills it (a simulation, the live engine, traces).

use indexmap::IndexMap;

use crate::{
    report::{NodeSeries, Series},
    traffic::EdgeOverlay,
};

/// Values for the boxes and lines of one drawing at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overlay {
    /// By node.
    pub nodes: IndexMap<String, NodeOverlay>,
    /// By edge, in the order of [`Series::edges`].
    pub edges: Vec<EdgeOverlay>,
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
    /// How full it is, from 0 to 1: servers busy; of a channel its lag or depth against the greatest of the run.
    pub fill: Option<f32>,
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

    /// The greatest level of each node, in their order: finding it anew for each moment would be slow.
    pub fn peaks(&self) -> Vec<f32> {
        self.nodes.values().map(NodeSeries::most).collect()
    }

    /// The drawing's values at a moment of the run, in seconds from its start; `peaks` are those of [`Series::peaks`].
    pub fn overlay_at(&self, second: f64, peaks: &[f32]) -> Overlay {
        let Some(bucket) = self.bucket_at(second) else { return Overlay::default() };
        let mut overlay = Overlay::default();
        for ((id, series), most) in self.nodes.iter().zip(peaks) {
            let mut node = series.overlay(bucket, self.bucket_s, *most);
            node.fault = self
                .faults
                .iter()
                .find(|f| f.target == *id && f.from_s <= second && second < f.until_s)
                .map(|f| (f.kind.clone(), f.until_s - second));
            overlay.nodes.insert(id.clone(), node);
        }
        overlay.edges = self.edges.iter().map(|edge| self.edge_in(edge, bucket)).collect();
        overlay
    }
}

impl NodeSeries {
    /// How full it is in a bucket, and what that is a part of: 1 of servers, else the greatest level of the run.
    fn fill(&self, bucket: usize, most: f32) -> Option<f32> {
        let now = self.level().get(bucket)?;
        // A level of less than one message is nothing to be seen.
        Some(if most >= 1.0 { (now / most).clamp(0.0, 1.0) } else { 0.0 })
    }

    /// The curve that says how full it is; empty where nothing is.
    fn level(&self) -> &[f32] {
        if !self.utilization.is_empty() {
            &self.utilization
        } else if self.depth.iter().any(|depth| *depth > 0.0) {
            &self.depth
        } else {
            &self.lag
        }
    }

    /// The greatest of [`NodeSeries::level`]; of servers all of them.
    fn most(&self) -> f32 {
        let most = self.level().iter().copied().fold(0.0, f32::max);
        if self.utilization.is_empty() { most } else { most.max(1.0) }
    }

    fn overlay(&self, bucket: usize, bucket_s: f64, most: f32) -> NodeOverlay {
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
            fill: self.fill(bucket, most),
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

    fn at(second: f64) -> Overlay {
        series().overlay_at(second, &series().peaks())
    }

    #[test]
    fn values_are_those_of_the_bucket() {
        let overlay = at(7.9);
        let node = &overlay.nodes["payment"];
        assert_eq!((node.lag, node.p99_ms, node.lag_per_s), (Some(30.0), Some(4.0), Some(5.0)));
        assert_eq!(node.fault, None);
        assert_eq!(at(1e9), at(7.0));
    }

    #[test]
    fn a_fault_shows_only_while_it_lasts() {
        assert_eq!(at(4.0).nodes["payment"].fault, Some(("crash".to_owned(), 1.0)));
        assert_eq!(at(5.0).nodes["payment"].fault, None);
    }

    #[test]
    fn levels_are_shares_of_what_there_is_at_most() {
        let fills = [0.0, 2.0, 6.0].map(|second| at(second).nodes["payment"].fill);
        assert_eq!(fills, [Some(0.0), Some(10.0 / 30.0), Some(1.0)]);
        let busy = NodeSeries { utilization: vec![0.4], lag: vec![9.0], ..NodeSeries::default() };
        assert_eq!(busy.fill(0, busy.most()), Some(0.4));
        // A service without a limit: the calls worked on at once.
        let calls = NodeSeries { utilization: vec![3.0, 6.0], ..NodeSeries::default() };
        assert_eq!(calls.fill(0, calls.most()), Some(0.5));
        assert_eq!(NodeSeries::default().fill(0, 0.0), None);
    }

    #[test]
    fn an_empty_series_lays_nothing_over() {
        assert_eq!(Series::default().overlay_at(3.0, &[]), Overlay::default());
    }
}
