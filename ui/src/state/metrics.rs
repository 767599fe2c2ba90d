//! Metrics: the list, the one that is shown, and how.

use std::collections::{HashMap, HashSet};

use thalweg_protocol::{
    MetricId, MetricLine, MetricLines, MetricView,
    signals::{MetricKind, Temporality},
};

use super::Shared;

/// What tells a metric of the list from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MetricKey {
    pub(crate) name: String,
    pub(crate) unit: String,
    /// Kind and temporality, in one number.
    shape: u8,
}

impl MetricKey {
    /// Of a line of the list.
    pub(crate) fn of(line: &MetricLine) -> Self {
        MetricKey::new(&line.name, &line.unit, line.kind, line.temporality)
    }

    /// Of what a series is of.
    pub(crate) fn new(name: &str, unit: &str, kind: MetricKind, temporality: Temporality) -> Self {
        MetricKey { name: name.to_owned(), unit: unit.to_owned(), shape: kind as u8 * 3 + temporality as u8 }
    }

    /// Its name on the page, whatever others called it: a hash (FNV-1a, 64 bit).
    pub(crate) fn mark(&self) -> String {
        let bytes = self.name.bytes().chain([0]).chain(self.unit.bytes()).chain([self.shape]);
        let hash =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("metric-{hash:x}")
    }
}

/// A line of the list, with what is looked for in it: made once, for lists are long and looked through often.
#[derive(Debug)]
pub(crate) struct ListedMetric {
    pub(crate) key: MetricKey,
    pub(crate) line: MetricLine,
    /// Name, description, unit and services in lower case, each in a line of its own.
    searched: String,
}

impl ListedMetric {
    fn new(line: MetricLine) -> Self {
        let mut searched = String::new();
        for text in [&line.name, &line.description, &line.unit].into_iter().chain(&line.services) {
            searched.push_str(&text.to_lowercase());
            searched.push('\n');
        }
        ListedMetric { key: MetricKey::of(&line), line, searched }
    }
}

/// A list as it was fetched; cheap to copy, and the same only while nothing was fetched anew.
pub(crate) type MetricList = Shared<Vec<Shared<ListedMetric>>>;

/// Those of a list whose name, description, unit or service holds what is searched for.
pub(crate) fn fitting(list: &[Shared<ListedMetric>], search: &str) -> Vec<Shared<ListedMetric>> {
    let wanted = search.trim().to_lowercase();
    list.iter().filter(|metric| metric.searched.contains(&wanted)).cloned().collect()
}

/// How far back one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// The last so many seconds.
    Last(u32),
    /// All that is kept of a metric.
    All,
    /// Between two moments, nanoseconds since 1970.
    Between(u64, u64),
}

impl Default for Range {
    fn default() -> Self {
        Range::Last(900)
    }
}

impl Range {
    /// From when to when, nanoseconds since 1970, for a metric whose points lie between `first_unix_nano` and `last_unix_nano`. What
    /// ended long ago is shown as it ended, not as nothing.
    pub(crate) fn ends(self, now_unix_nano: u64, first_unix_nano: u64, last_unix_nano: u64) -> (u64, u64) {
        match self {
            // With a little room, so that the outermost points are within the plot.
            Range::All => {
                let room = (last_unix_nano.saturating_sub(first_unix_nano) / 50).max(1_000_000_000);
                (first_unix_nano.saturating_sub(room), last_unix_nano.saturating_add(room))
            }
            Range::Last(seconds) => {
                let length = u64::from(seconds) * 1_000_000_000;
                let is_over = last_unix_nano < now_unix_nano.saturating_sub(length);
                let until = if is_over { last_unix_nano.saturating_add(length / 50) } else { now_unix_nano };
                (until.saturating_sub(length), until)
            }
            Range::Between(from, until) => (from, until.max(from.saturating_add(1))),
        }
    }
}

/// How what is added up is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Totals {
    /// How much it grows in a second.
    #[default]
    Rate,
    /// What it has come to.
    Sum,
}

/// A metric in small.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spark {
    /// The latest point that it knows.
    pub(crate) last_unix_nano: u64,
    /// From 0 to 1, from left to right; none is a gap.
    pub(crate) values: Vec<Option<f64>>,
    /// The least and the greatest of what is drawn; none when nothing is.
    pub(crate) ends: Option<[f64; 2]>,
    /// Whether that is per second, instead of in the metric's unit.
    pub(crate) is_rate: bool,
}

/// A metric as it was asked for.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) key: MetricKey,
    pub(crate) view: MetricView,
    pub(crate) from_unix_nano: u64,
    pub(crate) to_unix_nano: u64,
    /// In so many stretches of time.
    pub(crate) buckets: u32,
    /// Whether it has the cells of a heat map.
    pub(crate) cells: bool,
}

/// What is known about metrics.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "none of them follows from the others")]
pub(crate) struct Metrics {
    /// By name.
    pub(crate) list: MetricList,
    /// Whether the list was fetched once.
    pub(crate) loaded: bool,
    /// What is searched for.
    pub(crate) search: String,
    /// What the list was asked for, and how many more there are of it.
    asked: String,
    pub(crate) left_out: u64,
    pub(crate) selected: Option<MetricKey>,
    /// The line of the one that is selected, also while a search does not find it or it is beyond the end of the list.
    line: Option<MetricLine>,
    pub(crate) range: Range,
    /// What was looked at before a part was chosen.
    around: Range,
    pub(crate) totals: Totals,
    /// Whether histograms are shown as heat maps instead of percentiles.
    pub(crate) heat: bool,
    /// By which attributes series are told apart; none leaves it to what the metric is.
    pub(crate) split: Option<Vec<String>>,
    /// The one that is selected, once it was fetched.
    pub(crate) shown: Option<Shared<Shown>>,
    pub(crate) sparks: HashMap<MetricKey, Spark>,
    /// Whether what was fetched is not what there is any more.
    pub(crate) stale: bool,
    /// Whether the list or the metric is being fetched, and whether points came meanwhile.
    working: bool,
    again: bool,
    number: u32,
}

impl Metrics {
    /// The line of the one that is selected.
    pub(crate) fn line(&self) -> Option<&MetricLine> {
        self.line.as_ref()
    }

    /// Whether there is no metric at all, as far as is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.asked.is_empty()
    }

    /// Looks at another range. What was shown in small in the one before goes, unless only a part of it is looked at.
    pub(crate) fn look_at(&mut self, range: Range) {
        if matches!(range, Range::Between(..)) {
            if !matches!(self.range, Range::Between(..)) {
                self.around = self.range;
            }
        } else {
            self.sparks.clear();
        }
        self.range = range;
    }

    /// The range of which a part is shown; none while it is whole.
    pub(crate) fn around(&self) -> Option<Range> {
        matches!(self.range, Range::Between(..)).then_some(self.around)
    }

    /// Begins to fetch the list, and gives what is searched for and the metric that is looked at, which goes on whether or not the list
    /// has it; none while it is under way, which then begins again by itself.
    pub(crate) fn begin_list(&mut self) -> Option<(String, Option<MetricId>)> {
        self.stale = false;
        self.again |= self.working;
        if std::mem::replace(&mut self.working, true) {
            return None;
        }
        let also = self.line.as_ref().map(|line| MetricId {
            name: line.name.clone(),
            unit: line.unit.clone(),
            kind: line.kind,
            temporality: line.temporality,
        });
        Some((self.search.trim().to_owned(), also))
    }

    /// The list of what was asked for came, or did not; true when points came meanwhile, or another search.
    pub(crate) fn take_list(&mut self, asked: String, list: Option<MetricLines>) -> bool {
        self.working = false;
        if let Some(MetricLines { metrics, left_out, also }) = list {
            self.loaded = true;
            let is_whole = asked.is_empty() && left_out == 0;
            let list: Vec<_> = metrics.into_iter().map(|line| Shared::new(ListedMetric::new(line))).collect();
            if is_whole {
                let keys: HashSet<_> = list.iter().map(|metric| &metric.key).collect();
                self.sparks.retain(|key, _| keys.contains(key));
            }
            let chosen = list.iter().find(|metric| self.selected.as_ref() == Some(&metric.key));
            // Another one may be selected since it was asked for.
            let also = also.filter(|line| self.selected.as_ref() == Some(&MetricKey::of(line)));
            let chosen = chosen.map(|metric| metric.line.clone()).or(also);
            // A search that does not find it leaves it where it is; where everything is listed it is gone.
            if chosen.is_some() || is_whole {
                self.line = chosen;
            }
            (self.asked, self.left_out, self.list) = (asked, left_out, Shared::new(list));
        }
        std::mem::take(&mut self.again)
    }

    /// Selects another metric; what was drawn goes at once.
    pub(crate) fn select(&mut self, key: Option<MetricKey>) {
        if self.selected != key {
            let line = self.list.iter().find(|metric| key.as_ref() == Some(&metric.key));
            self.line = line.map(|metric| metric.line.clone());
            (self.selected, self.shown, self.split) = (key, None, None);
        }
    }

    /// The number of a question about the one that is selected; answers to those before are not taken.
    pub(crate) fn begin_metric(&mut self) -> u32 {
        self.number = self.number.wrapping_add(1);
        self.number
    }

    /// Takes in the answer to the last question.
    pub(crate) fn show(&mut self, number: u32, shown: Shown) {
        if number == self.number && self.selected.as_ref() == Some(&shown.key) {
            self.shown = Some(Shared::new(shown));
        }
    }

    /// Takes in a metric in small, unless another range is looked at by now.
    pub(crate) fn take_spark(&mut self, range: Range, key: MetricKey, spark: Spark) {
        if range == self.range {
            self.sparks.insert(key, spark);
        }
    }

    /// By which attributes series are told apart: as was chosen, else all of them for what is a line each. Percentiles are of
    /// everything until one asks for more.
    pub(crate) fn split(&self) -> Option<Vec<String>> {
        let line = self.line()?;
        self.split.clone().or_else(|| is_spread(line.kind).then(Vec::new))
    }

    /// Whether the one that is selected is shown as a heat map: only histograms have one.
    pub(crate) fn shows_heat(&self) -> bool {
        self.heat && self.line().is_some_and(|line| is_spread(line.kind))
    }

    /// Forgets all metrics.
    pub(crate) fn clear(&mut self) {
        let (range, around) = (self.range, self.around);
        let kept = Metrics { range, around, totals: self.totals, heat: self.heat, ..Metrics::default() };
        *self = Metrics { loaded: true, number: self.number.wrapping_add(1), working: self.working, ..kept };
    }
}

/// Whether points of this kind tell how values lie.
pub(crate) fn is_spread(kind: MetricKind) -> bool {
    matches!(kind, MetricKind::Histogram | MetricKind::ExponentialHistogram)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, kind: MetricKind) -> MetricLine {
        MetricLine {
            name: name.into(),
            unit: "s".into(),
            description: "How long".into(),
            kind,
            temporality: Temporality::Cumulative,
            series: 1,
            points: 1,
            services: vec!["shop".into()],
            first_unix_nano: 1,
            last_unix_nano: 5,
            last: None,
        }
    }

    fn of(list: Vec<MetricLine>) -> Metrics {
        let mut metrics = Metrics::default();
        metrics.take_list(String::new(), Some(MetricLines { metrics: list, ..MetricLines::default() }));
        metrics
    }

    #[test]
    fn what_is_over_is_shown_as_it_ended() {
        const S: u64 = 1_000_000_000;
        let range = Range::Last(100);
        assert_eq!(range.ends(1_000 * S, 0, 950 * S), (900 * S, 1_000 * S));
        assert_eq!(range.ends(1_000 * S, 0, 500 * S), (402 * S, 502 * S));
        assert_eq!(Range::Between(7, 7).ends(0, 0, 0), (7, 8));
        assert_eq!(Range::All.ends(1_000 * S, 100 * S, 600 * S), (90 * S, 610 * S));
        assert_eq!(Range::All.ends(0, 5 * S, 5 * S), (4 * S, 6 * S), "one point is in the middle");
    }

    #[test]
    fn a_part_leads_back_to_the_range_it_was_chosen_in() {
        let mut metrics = Metrics::default();
        assert_eq!(metrics.around(), None);
        metrics.look_at(Range::All);
        metrics.look_at(Range::Between(1, 9));
        metrics.look_at(Range::Between(3, 5));
        assert_eq!(metrics.around(), Some(Range::All));
        metrics.clear();
        assert_eq!((metrics.range, metrics.around()), (Range::Between(3, 5), Some(Range::All)), "kept with the page");
        metrics.look_at(Range::Last(60));
        assert_eq!(metrics.around(), None);
    }

    #[test]
    fn one_metric_is_told_from_another_of_its_name() {
        let (gauge, sum) = (line("a", MetricKind::Gauge), line("a", MetricKind::Counter));
        assert_ne!(MetricKey::of(&gauge), MetricKey::of(&sum));
        let mut metrics = of(vec![gauge, sum.clone()]);
        metrics.select(Some(MetricKey::of(&sum)));
        assert_eq!(metrics.line(), Some(&sum));
    }

    #[test]
    fn lists_hold_what_is_searched_for_by_name_service_and_words() {
        let list = vec![line("http.server.duration", MetricKind::Histogram), line("queue", MetricKind::Gauge)];
        let metrics = of(list);
        let listed = |search: &str| fitting(&metrics.list, search).len();
        assert_eq!((listed(""), listed("HTTP"), listed("how long"), listed("shop"), listed("x")), (2, 1, 2, 2, 0));
    }

    #[test]
    fn small_pictures_are_those_of_what_is_listed_and_of_the_range_that_is_chosen() {
        let mut metrics = of(vec![line("a", MetricKind::Gauge), line("b", MetricKind::Gauge)]);
        let keys: Vec<_> = metrics.list.iter().map(|metric| metric.key.clone()).collect();
        let spark = || Spark { last_unix_nano: 5, values: vec![], ends: None, is_rate: false };
        metrics.range = Range::Last(60);
        metrics.take_spark(Range::Last(900), keys[0].clone(), spark());
        assert!(metrics.sparks.is_empty(), "asked before another range was chosen");
        for key in &keys {
            metrics.take_spark(Range::Last(60), key.clone(), spark());
        }
        let list = MetricLines { metrics: vec![line("b", MetricKind::Gauge)], ..MetricLines::default() };
        metrics.take_list(String::new(), Some(list));
        assert_eq!(metrics.sparks.keys().collect::<Vec<_>>(), [&keys[1]]);
    }

    #[test]
    fn late_answers_are_not_shown() {
        let mut metrics = of(vec![line("a", MetricKind::Gauge)]);
        let key = metrics.list[0].key.clone();
        metrics.select(Some(key.clone()));
        let (first, second) = (metrics.begin_metric(), metrics.begin_metric());
        let view = || MetricView {
            name: "a".into(),
            description: String::new(),
            series: vec![],
            keys: vec![],
            series_left_out: 0,
            points_left_out: false,
        };
        let shown = |from| Shown {
            key: key.clone(),
            view: view(),
            from_unix_nano: from,
            to_unix_nano: 9,
            buckets: 1,
            cells: false,
        };
        metrics.show(second, shown(2));
        metrics.show(first, shown(1));
        assert_eq!(metrics.shown.as_ref().map(|shown| shown.from_unix_nano), Some(2));
        assert!(metrics.begin_list().is_some() && metrics.begin_list().is_none());
        assert!(metrics.take_list(String::new(), None), "asked again meanwhile");
    }

    #[test]
    fn a_search_leaves_what_is_looked_at() {
        let lines = |names: &[&str], left_out| MetricLines {
            metrics: names.iter().map(|name| line(name, MetricKind::Gauge)).collect(),
            left_out,
            also: None,
        };
        let mut metrics = Metrics::default();
        assert!(metrics.is_empty());
        metrics.take_list(String::new(), Some(lines(&["a", "b"], 0)));
        metrics.select(Some(metrics.list[0].key.clone()));
        " B ".clone_into(&mut metrics.search);
        let (asked, also) = metrics.begin_list().unwrap();
        assert_eq!((asked.as_str(), also.map(|id| id.name).as_deref()), ("B", Some("a")));
        metrics.take_list(asked, Some(lines(&["b"], 0)));
        assert_eq!(metrics.line().map(|line| line.name.as_str()), Some("a"));
        metrics.take_list("x".into(), Some(lines(&[], 0)));
        assert!(!metrics.is_empty(), "a search that finds nothing is no empty file");
        // Of more than are listed one may be behind the end; where all are listed it is gone.
        metrics.take_list(String::new(), Some(lines(&["b"], 3)));
        assert_eq!((metrics.line().is_some(), metrics.left_out), (true, 3));
        metrics.take_list(String::new(), Some(lines(&["b"], 0)));
        assert_eq!(metrics.line(), None);
    }

    #[test]
    fn what_is_looked_at_goes_on_while_the_list_does_not_have_it() {
        let mut metrics = of(vec![line("a", MetricKind::Gauge), line("b", MetricKind::Gauge)]);
        assert_eq!(metrics.begin_list().unwrap().1, None, "none is looked at");
        metrics.take_list(String::new(), None);
        metrics.select(Some(metrics.list[0].key.clone()));
        let (_, also) = metrics.begin_list().unwrap();
        let newer = MetricLine { last_unix_nano: 9, ..line("a", MetricKind::Gauge) };
        assert!(also.is_some_and(|id| id.is_of(&newer)));
        let list = |also| MetricLines { metrics: vec![line("b", MetricKind::Gauge)], left_out: 3, also };
        metrics.take_list("b".into(), Some(list(Some(newer.clone()))));
        assert_eq!(metrics.line(), Some(&newer));
        assert_eq!(metrics.list.len(), 1, "it is not put among those that were found");
        // Of another one that was selected before, nothing is taken.
        metrics.select(Some(metrics.list[0].key.clone()));
        metrics.take_list("b".into(), Some(list(Some(newer))));
        assert_eq!(metrics.line().map(|line| line.name.as_str()), Some("b"));
    }
}
