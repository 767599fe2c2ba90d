//! Which data points are kept, and what of them.

use super::{admit_resource, admit_scope, cut_attributes, cut_list, cut_text, too_deep};
use crate::limits::{BUCKETS, VALUE_DEPTH};
use crate::otlp::common::KeyValue;
use crate::otlp::metrics::metric::Data;
use crate::otlp::metrics::{
    Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, SummaryDataPoint,
};
use crate::otlp::metrics_collector::ExportMetricsServiceRequest;
use crate::otlp::remarks::Remarks;

/// "No value was recorded": the only flag there is.
pub(crate) const NO_RECORDED_VALUE: u32 = 1;

/// Removes what cannot be kept and cuts what is too much.
pub(crate) fn admit(request: &mut ExportMetricsServiceRequest) -> Remarks {
    let mut remarks = Remarks::on("data point");
    for resource_metrics in &mut request.resource_metrics {
        let scopes = &mut resource_metrics.scope_metrics;
        let below = || scopes.iter().flat_map(|scope| &scope.metrics).map(points).sum();
        if !admit_resource(resource_metrics.resource.as_mut(), below, &mut remarks) {
            scopes.clear();
        }
        for scope_metrics in scopes {
            let below = || scope_metrics.metrics.iter().map(points).sum();
            if !admit_scope(scope_metrics.scope.as_mut(), below, &mut remarks) {
                scope_metrics.metrics.clear();
            }
            scope_metrics.metrics.retain_mut(|metric| admit_metric(metric, &mut remarks));
        }
    }
    remarks
}

/// How many data points a metric has.
pub(crate) fn points(metric: &Metric) -> u64 {
    let points = match &metric.data {
        None => 0,
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        Some(Data::ExponentialHistogram(histogram)) => histogram.data_points.len(),
        Some(Data::Summary(summary)) => summary.data_points.len(),
    };
    points as u64
}

fn admit_metric(metric: &mut Metric, remarks: &mut Remarks) -> bool {
    let count = points(metric);
    if metric.name.is_empty() {
        remarks.reject("metric without a name", count);
        return false;
    }
    if too_deep(&metric.metadata) {
        remarks.reject(format!("metadata nested deeper than {VALUE_DEPTH}"), count);
        return false;
    }
    cut_text(&mut metric.name, remarks);
    cut_text(&mut metric.unit, remarks);
    cut_text(&mut metric.description, remarks);
    cut_attributes(&mut metric.metadata, &mut 0, remarks);
    match &mut metric.data {
        None => {}
        Some(Data::Gauge(gauge)) => retain(&mut gauge.data_points, remarks),
        Some(Data::Sum(sum)) => retain(&mut sum.data_points, remarks),
        Some(Data::Histogram(histogram)) => retain(&mut histogram.data_points, remarks),
        Some(Data::ExponentialHistogram(histogram)) => retain(&mut histogram.data_points, remarks),
        Some(Data::Summary(summary)) => retain(&mut summary.data_points, remarks),
    }
    true
}

/// What the kinds of data points have in common.
trait Point {
    fn attributes(&mut self) -> &mut Vec<KeyValue>;
    fn exemplars(&mut self) -> Option<&mut Vec<Exemplar>>;
    /// What is wrong with its values.
    fn fault(&self) -> Option<String>;
}

fn retain<P: Point>(points: &mut Vec<P>, remarks: &mut Remarks) {
    points.retain_mut(|point| {
        let fault = point.fault().or_else(|| {
            let deep = too_deep(point.attributes())
                || point.exemplars().is_some_and(|all| all.iter().any(|one| too_deep(&one.filtered_attributes)));
            deep.then(|| format!("attribute nested deeper than {VALUE_DEPTH}"))
        });
        if let Some(reason) = fault {
            remarks.reject(reason, 1);
            return false;
        }
        cut_attributes(point.attributes(), &mut 0, remarks);
        if let Some(exemplars) = point.exemplars() {
            cut_list(exemplars, BUCKETS, &mut 0, remarks);
            for exemplar in exemplars {
                doubt_ids(exemplar, remarks);
                cut_attributes(&mut exemplar.filtered_attributes, &mut 0, remarks);
            }
        }
        true
    });
}

fn doubt_ids(exemplar: &Exemplar, remarks: &mut Remarks) {
    for (what, id, length) in [("trace id", &exemplar.trace_id, 16), ("span id", &exemplar.span_id, 8)] {
        if !id.is_empty() && id.len() != length {
            remarks.doubt(format!("{what} of {} bytes instead of {length} in an exemplar", id.len()));
        }
    }
}

impl Point for NumberDataPoint {
    fn attributes(&mut self) -> &mut Vec<KeyValue> {
        &mut self.attributes
    }

    fn exemplars(&mut self) -> Option<&mut Vec<Exemplar>> {
        Some(&mut self.exemplars)
    }

    fn fault(&self) -> Option<String> {
        let missing = self.value.is_none() && self.flags & NO_RECORDED_VALUE == 0;
        missing.then(|| "no value, and no flag that says so".to_owned())
    }
}

impl Point for HistogramDataPoint {
    fn attributes(&mut self) -> &mut Vec<KeyValue> {
        &mut self.attributes
    }

    fn exemplars(&mut self) -> Option<&mut Vec<Exemplar>> {
        Some(&mut self.exemplars)
    }

    fn fault(&self) -> Option<String> {
        let (counts, bounds) = (self.bucket_counts.len(), self.explicit_bounds.len());
        // Either no buckets at all, or one more than bounds.
        if counts > BUCKETS {
            Some(format!("more than {BUCKETS} buckets"))
        } else if counts != bounds + 1 && (counts, bounds) != (0, 0) {
            Some(format!("{counts} bucket counts for {bounds} bounds"))
        } else if self.explicit_bounds.is_sorted_by(|a, b| a < b) && !self.explicit_bounds.iter().any(|b| b.is_nan()) {
            None
        } else {
            Some("bounds that do not rise".to_owned())
        }
    }
}

impl Point for ExponentialHistogramDataPoint {
    fn attributes(&mut self) -> &mut Vec<KeyValue> {
        &mut self.attributes
    }

    fn exemplars(&mut self) -> Option<&mut Vec<Exemplar>> {
        Some(&mut self.exemplars)
    }

    fn fault(&self) -> Option<String> {
        let counts = [&self.positive, &self.negative].into_iter().flatten().map(|side| side.bucket_counts.len()).sum();
        let too_many = |counts: usize| counts > BUCKETS;
        too_many(counts).then(|| format!("more than {BUCKETS} buckets"))
    }
}

impl Point for SummaryDataPoint {
    fn attributes(&mut self) -> &mut Vec<KeyValue> {
        &mut self.attributes
    }

    fn exemplars(&mut self) -> Option<&mut Vec<Exemplar>> {
        None
    }

    fn fault(&self) -> Option<String> {
        (self.quantile_values.len() > BUCKETS).then(|| format!("more than {BUCKETS} quantiles"))
    }
}
