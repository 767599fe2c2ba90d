//! Questions about stored metrics.
//!
//! [`list_metrics`] tells which there are, [`get_metric`] gives the series of one, each reduced to as many buckets of time as are to
//! be drawn ([`reduce`]), with the exemplars that lead to traces.

mod heat;
mod reduce;
mod spread;

use std::collections::{BTreeMap, BTreeSet};

use thalweg_store::{MetricName, Store, StoredMetrics, StoredPoint, StoredSeries};

pub use self::heat::{Cell, HeatMap, heat_map};
pub use self::reduce::Bucket;
use self::reduce::Stretch;
use crate::ids::{SpanId, TraceId};
use crate::model::{Attributes, Value};
use crate::otlp::{point_rows, rows};
use crate::query::QueryError;

/// Series that one answer looks at; those beyond are counted by no one and drawn by no one.
const SERIES_LISTED: u32 = 100_000;

/// Series that one answer reads to make few of them.
const SERIES_MERGED: usize = 2_000;

/// How the sender is named among what series are told apart by.
const SERVICE: &str = "service.name";

/// Points that one answer reads; of more the newest.
const POINTS_READ: usize = 1_000_000;

/// Exemplars of one series in one answer; of more the newest.
const EXEMPLARS: usize = 200;

/// What the points of a metric are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricKind {
    /// A value that was measured.
    Gauge,
    /// A value that was added up.
    Sum,
    /// Values in buckets with given bounds.
    Histogram,
    /// Values in buckets that grow by a factor.
    ExponentialHistogram,
    /// Quantiles that the sender worked out.
    Summary,
}

/// Since when a point counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Temporality {
    /// Nobody said, or it has no meaning for the kind.
    Unspecified,
    /// Since the point before.
    Delta,
    /// Since the start.
    Cumulative,
}

/// All that decides how the points of a metric are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricShape {
    /// What they are.
    pub kind: MetricKind,
    /// Since when they count.
    pub temporality: Temporality,
    /// Whether a sum never falls.
    pub monotonic: bool,
}

impl MetricShape {
    /// As the store keeps it.
    pub(crate) fn number(self) -> u8 {
        self.kind as u8 | (self.temporality as u8) << 3 | u8::from(self.monotonic) << 5
    }

    /// The inverse of [`MetricShape::number`]; nothing for what this version does not know.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        let kind = [
            MetricKind::Gauge,
            MetricKind::Sum,
            MetricKind::Histogram,
            MetricKind::ExponentialHistogram,
            MetricKind::Summary,
        ];
        let temporality = [Temporality::Unspecified, Temporality::Delta, Temporality::Cumulative];
        Some(Self {
            kind: *kind.get(usize::from(number & 7))?,
            temporality: *temporality.get(usize::from(number >> 3 & 3))?,
            monotonic: number >> 5 & 1 == 1,
        })
    }
}

/// One point as it was sent, without the attributes of its series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When, nanoseconds since 1970.
    pub time_unix_nano: u64,
    /// Since when it counts, nanoseconds since 1970; 0 when nobody said.
    pub start_unix_nano: u64,
    /// OTLP's flags.
    pub flags: u32,
    /// What it says.
    pub value: PointValue,
    /// Single measurements that it is made of.
    pub exemplars: Vec<Exemplar>,
}

/// What a point says.
#[derive(Debug, Clone, PartialEq)]
pub enum PointValue {
    /// That nothing was recorded.
    None,
    /// A number, whole or not.
    Number(Value),
    /// Values in buckets.
    Histogram(Histogram),
    /// Quantiles.
    Summary {
        /// How many values.
        count: u64,
        /// Their sum.
        sum: f64,
        /// Which quantile, and its value.
        quantiles: Vec<(f64, f64)>,
    },
}

/// Values in buckets.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// How many values.
    pub count: u64,
    /// Their sum, if it means anything.
    pub sum: Option<f64>,
    /// The smallest of them.
    pub min: Option<f64>,
    /// The greatest of them.
    pub max: Option<f64>,
    /// How they lie.
    pub side: Side,
}

/// How the values of a histogram lie.
#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    /// Between given bounds: one count more than bounds, or none of either.
    Bounds {
        /// Upper bounds, the last bucket having none.
        bounds: Vec<f64>,
        /// Values in each bucket.
        counts: Vec<u64>,
    },
    /// Between powers of 2^(2^-scale); the two sides as the first power's number and counts from there on.
    Exponential {
        /// How fine.
        scale: i32,
        /// Values that are as good as zero.
        zero: u64,
        /// How far from zero that is.
        zero_threshold: f64,
        /// Values above zero.
        positive: (i32, Vec<u64>),
        /// Values below zero, by their size.
        negative: (i32, Vec<u64>),
    },
}

/// A single measurement, with where it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// When, nanoseconds since 1970.
    pub time_unix_nano: u64,
    /// The value: whole, not whole or empty.
    pub value: Value,
    /// The trace in which it was made.
    pub trace_id: Option<TraceId>,
    /// The span in which it was made.
    pub span_id: Option<SpanId>,
    /// Attributes that its series does not have.
    pub attributes: Attributes,
}

/// A metric as a list shows it: all series of one name, unit and shape.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSummary {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What its sender says of it.
    pub description: String,
    /// How it is read.
    pub shape: MetricShape,
    /// How many series it has.
    pub series: u64,
    /// How many points they have.
    pub points: u64,
    /// Who sends it, sorted.
    pub services: Vec<String>,
    /// The time of its earliest point, nanoseconds since 1970; of one whose oldest points were removed about, if
    /// many others came late.
    pub first_unix_nano: u64,
    /// The time of its latest point, nanoseconds since 1970.
    pub last_unix_nano: u64,
    /// The latest point.
    pub last: Point,
}

/// One series, reduced.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its number in the data file; of several that became one the least.
    pub id: i64,
    /// How many became this one.
    pub members: u64,
    /// Who sends it.
    pub service: String,
    /// All attributes of its sender.
    pub resource: Attributes,
    /// The instrumentation scope, with its version.
    pub scope: String,
    /// Its unit.
    pub unit: String,
    /// How it is read.
    pub shape: MetricShape,
    /// What tells it from others.
    pub attributes: Attributes,
    /// Its points, reduced; buckets without points are left out.
    pub buckets: Vec<Bucket>,
    /// Single measurements in the range, oldest first.
    pub exemplars: Vec<Exemplar>,
}

/// One metric in a range of times.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// What its sender says of it.
    pub description: String,
    /// Its series, by service and attributes.
    pub series: Vec<Series>,
    /// What the series are told apart by, sorted: names of attributes, `service.name` when several services send it.
    pub keys: Vec<String>,
    /// Series that were left out because there are too many.
    pub series_left_out: u64,
    /// Whether there are more points in the range than were read: the newest were.
    pub points_left_out: bool,
}

/// Some of the metrics that there are.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricList {
    /// By name.
    pub metrics: Vec<MetricSummary>,
    /// How many more are what was asked for.
    pub left_out: u64,
}

/// Which metrics there are, by name: those whose name, unit, description or sender holds `search` in whatever case, at most `most` of
/// them. What is left out costs no more than its name.
pub async fn list_metrics(store: &Store, search: &str, most: usize) -> Result<MetricList, QueryError> {
    let wanted = search.trim().to_lowercase();
    let mut found: BTreeSet<(String, String, u8)> = BTreeSet::new();
    for row in store.metric_names().await? {
        if fits(&row, &wanted).map_err(|error| damaged(store, &error))? {
            found.insert((row.name, row.unit, row.kind));
        }
    }
    let left_out = found.len().saturating_sub(most) as u64;
    let listed: BTreeSet<(&str, &str, u8)> =
        found.iter().take(most).map(|(name, unit, kind)| (name.as_str(), unit.as_str(), *kind)).collect();
    let names: Vec<&str> = listed.iter().map(|(name, ..)| *name).collect();
    let stored = store.metric_series_of(&names, SERIES_LISTED).await?;
    let mut groups: BTreeMap<(&str, &str, u8), Vec<&StoredSeries>> = BTreeMap::new();
    for series in &stored.series {
        let key = (series.row.name.as_str(), series.row.unit.as_str(), series.row.kind);
        if listed.contains(&key) {
            groups.entry(key).or_default().push(series);
        }
    }
    let mut metrics = Vec::with_capacity(groups.len());
    for ((name, unit, kind), series) in groups {
        let (Some(shape), Some(latest)) =
            (MetricShape::from_number(kind), series.iter().max_by_key(|series| series.last_ns))
        else {
            continue;
        };
        let services: BTreeSet<&str> = series.iter().map(|series| service(&stored, series)).collect();
        metrics.push(MetricSummary {
            name: name.to_owned(),
            unit: unit.to_owned(),
            description: point_rows::description(&latest.row.about).map_err(|error| damaged(store, &error))?,
            shape,
            series: series.len() as u64,
            points: series.iter().map(|series| series.points).sum(),
            services: services.into_iter().map(str::to_owned).collect(),
            first_unix_nano: series.iter().map(|series| series.first_ns).min().unwrap_or(latest.last_ns),
            last_unix_nano: latest.last_ns,
            last: point_rows::point_from_body(shape.kind, latest.last_ns, &latest.last)
                .map_err(|error| damaged(store, &error))?,
        });
    }
    Ok(MetricList { metrics, left_out })
}

/// Whether a metric is what is searched for, in lower case.
fn fits(row: &MetricName, wanted: &str) -> Result<bool, prost::DecodeError> {
    let holds = |text: &str| text.to_lowercase().contains(wanted);
    let is_found = wanted.is_empty() || holds(&row.name) || holds(&row.unit) || holds(&row.service);
    Ok(is_found || holds(&point_rows::description(&row.about)?))
}

/// How a metric's points are to be reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reduction {
    /// From here on, nanoseconds since 1970.
    pub from_unix_nano: u64,
    /// To here, nanoseconds since 1970.
    pub to_unix_nano: u64,
    /// Into so many buckets of equal length.
    pub buckets: u32,
    /// Of at most so many series.
    pub series: u32,
}

/// The series of one metric in a range of times, or nothing when there is no such metric.
pub async fn get_metric(store: &Store, name: &str, reduction: Reduction) -> Result<Option<Metric>, QueryError> {
    get_metric_by(store, name, reduction, None).await
}

/// The same, those series being one that agree in unit, shape and the attributes of these names; `service.name` stands for the
/// sender.
pub async fn get_metric_by(
    store: &Store,
    name: &str,
    reduction: Reduction,
    by: Option<&[String]>,
) -> Result<Option<Metric>, QueryError> {
    let stored = store.metric_series(Some(name), SERIES_LISTED).await?;
    let Some(first) = stored.series.first() else { return Ok(None) };
    let description = point_rows::description(&first.row.about).map_err(|error| damaged(store, &error))?;
    let most = if by.is_some() { SERIES_MERGED } else { reduction.series as usize };
    let shown = &stored.series[..stored.series.len().min(most)];
    let ids: Vec<i64> = shown.iter().map(|series| series.id).collect();
    // One point more to the left would tell what a sum had grown to; its own start does too.
    let points = store.metric_points(&ids, reduction.from_unix_nano, reduction.to_unix_nano, POINTS_READ).await?;
    let points_left_out = points.len() >= POINTS_READ;
    let mut by_series: BTreeMap<i64, &[StoredPoint]> = BTreeMap::new();
    for run in points.chunk_by(|a, b| a.series == b.series) {
        by_series.extend(run.first().map(|first| (first.series, run)));
    }
    let mut read = Vec::with_capacity(shown.len());
    for one in shown {
        let points = by_series.get(&one.id).copied().unwrap_or_default();
        read.extend(read_series(&stored, one, points, reduction).map_err(|error| damaged(store, &error))?);
    }
    let keys = keys(&read);
    let mut series: Vec<Series> = match by {
        Some(by) => grouped(read, by),
        None => read.into_iter().map(Read::alone).collect(),
    };
    series.sort_by(|a, b| (&a.service, a.id).cmp(&(&b.service, b.id)));
    let mut left_out = (stored.series.len() - shown.len()) as u64;
    for one in series.drain((reduction.series as usize).min(series.len())..) {
        left_out += one.members;
    }
    Ok(Some(Metric { name: name.to_owned(), description, series, keys, series_left_out: left_out, points_left_out }))
}

/// A series before its stretches are final.
struct Read {
    series: Series,
    stretches: Vec<Stretch>,
}

impl Read {
    fn alone(self) -> Series {
        Series { buckets: self.stretches.into_iter().map(Stretch::told).collect(), ..self.series }
    }

    /// What it has under a name.
    fn value(&self, key: &str) -> Option<String> {
        if key == SERVICE {
            return Some(self.series.service.clone());
        }
        // A number is another value than the text of its digits.
        crate::model::attribute(&self.series.attributes, key).map(|value| format!("{value:?}"))
    }
}

fn keys(read: &[Read]) -> Vec<String> {
    let names = read.iter().flat_map(|one| one.series.attributes.iter().map(|(name, _)| name.as_str()));
    let mut keys: BTreeSet<&str> = names.collect();
    if read.iter().any(|one| one.series.service != read[0].series.service) {
        keys.insert(SERVICE);
    }
    keys.into_iter().map(str::to_owned).collect()
}

/// What series agree in that are one: unit, shape, and the values of the attributes that tell them apart.
type Alike = (String, u8, Vec<Option<String>>);

/// One series for those that agree.
fn grouped(read: Vec<Read>, by: &[String]) -> Vec<Series> {
    let mut groups: BTreeMap<Alike, Vec<Read>> = BTreeMap::new();
    for one in read {
        let values = by.iter().map(|key| one.value(key)).collect();
        groups.entry((one.series.unit.clone(), one.series.shape.number(), values)).or_default().push(one);
    }
    groups.into_values().filter_map(|members| one_of(members, by)).collect()
}

fn one_of(mut members: Vec<Read>, by: &[String]) -> Option<Series> {
    let stretches: Vec<Vec<Stretch>> = members.iter_mut().map(|member| std::mem::take(&mut member.stretches)).collect();
    let count = members.len() as u64;
    let mut rest = members.into_iter();
    let mut one = rest.next()?.series;
    one.buckets = reduce::merged(one.shape, &stretches).into_iter().map(Stretch::told).collect();
    for member in rest {
        one.exemplars.extend(member.series.exemplars);
        if one.scope != member.series.scope {
            one.scope.clear();
        }
        if one.service != member.series.service {
            one.service.clear();
            one.resource = Attributes::default();
        }
    }
    one.exemplars.sort_by_key(|exemplar| exemplar.time_unix_nano);
    one.exemplars.drain(..one.exemplars.len().saturating_sub(EXEMPLARS));
    one.attributes.retain(|(name, _)| by.contains(name));
    one.members = count;
    Some(one)
}

fn read_series(
    stored: &StoredMetrics,
    one: &StoredSeries,
    points: &[StoredPoint],
    reduction: Reduction,
) -> Result<Option<Read>, prost::DecodeError> {
    let Some(shape) = MetricShape::from_number(one.row.kind) else { return Ok(None) };
    let points = points.iter().map(|row| point_rows::point_from_row(shape.kind, row)).collect::<Result<Vec<_>, _>>()?;
    let resource = stored.resources.get(one.row.resource);
    let resource = resource.map(|row| rows::resource_from_body(&row.service, &row.body)).transpose()?;
    let scope = stored.scopes.get(one.row.scope).map(|body| rows::scope_from_body(body)).transpose()?;
    let mut exemplars: Vec<Exemplar> = points.iter().flat_map(|point| &point.exemplars).cloned().collect();
    exemplars.sort_by_key(|exemplar| exemplar.time_unix_nano);
    exemplars.drain(..exemplars.len().saturating_sub(EXEMPLARS));
    let series = Series {
        id: one.id,
        members: 1,
        service: service(stored, one).to_owned(),
        resource: resource.map(|resource| resource.attributes).unwrap_or_default(),
        scope: scope.map(|scope| format!("{} {}", scope.name, scope.version).trim().to_owned()).unwrap_or_default(),
        unit: one.row.unit.clone(),
        shape,
        attributes: point_rows::series_attributes(&one.row.attributes)?,
        buckets: Vec::new(),
        exemplars,
    };
    Ok(Some(Read { series, stretches: reduce::stretches(shape, &points, reduction) }))
}

fn service<'a>(stored: &'a StoredMetrics, series: &StoredSeries) -> &'a str {
    stored.resources.get(series.row.resource).map(|resource| resource.service.as_str()).unwrap_or_default()
}

fn damaged(store: &Store, error: &dyn std::error::Error) -> QueryError {
    QueryError::DamagedSignal { what: "metric", path: store.path().display().to_string(), detail: error.to_string() }
}
