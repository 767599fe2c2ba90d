//! Fetching log records and metrics, and opening the traces that they lead to.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{Command, MetricAsked, Reply, limits::LOGS_PER_PAGE};

use super::events::unexpected;
use crate::{
    bridge,
    state::{App, Dialog, Lens, Logs, LogsAsked, MetricKey, Metrics, NewerLogs, Range, Shown},
};

/// Records of one page: more than a screen shows.
const PAGE: u32 = 200;
/// Stretches of time that a plot is asked for.
const BUCKETS: u32 = 360;
/// Stretches of time of a heat map: cells that can be told apart.
const HEAT_BUCKETS: u32 = 120;
/// Stretches of time of a metric in small.
const SPARK_BUCKETS: u32 = 48;

/// Now, in nanoseconds since 1970.
pub(crate) fn now_unix_nano() -> u64 {
    (js_sys::Date::now() * 1e6) as u64
}

impl App {
    /// Lists log records that fit another question.
    pub(crate) fn ask_for_logs(self, asked: LogsAsked) {
        self.logs.update(|logs| logs.ask(asked));
        self.fetch_more_logs();
    }

    /// Lists all log records, whatever stands in the line over them.
    pub(crate) fn show_all_logs(self) {
        self.logs.update(Logs::ask_for_everything);
        self.fetch_more_logs();
    }

    /// Fetches the next page of log records, if there is one and none is under way.
    pub(crate) fn fetch_more_logs(self) {
        // Who shows the list asks whenever it changes: where there is nothing to fetch, nothing must change.
        if self.logs.try_with_untracked(Logs::can_page) != Some(true) {
            return;
        }
        let Some((number, before)) = self.logs.try_update(Logs::begin_page).flatten() else { return };
        let filter = self.logs.with_untracked(|logs| logs.asked.filter(now_unix_nano()));
        spawn_local(async move {
            let mut before = before;
            if before.is_none() {
                self.note_latest_log(number).await;
            }
            loop {
                let command = Command::Logs { filter: filter.clone(), limit: PAGE, before };
                match bridge::call(command).await {
                    Ok(Reply::Logs(page)) => {
                        // One answer looks at so many records, a rare text may stand far behind them; and what it holds may have come
                        // meanwhile as newer ones.
                        let go_on = self.logs.try_update(|logs| logs.take(number, *page)).unwrap_or_default();
                        let next = if go_on { self.logs.try_update(Logs::begin_page).flatten() } else { None };
                        let Some((_, next)) = next else { return };
                        before = next;
                    }
                    other => {
                        self.logs.try_update(|logs| logs.fail(number));
                        match other {
                            Ok(other) => self.fail(&unexpected(&other)),
                            Err(error) => self.fail(&error),
                        }
                        return;
                    }
                }
            }
        });
    }

    /// Fetches what is newer than what is listed, and goes on as long as more came meanwhile.
    pub(crate) fn fetch_newer_logs(self) {
        let now = now_unix_nano();
        let begun = self.logs.try_update(|logs| logs.begin_catching_up(now)).flatten();
        let Some((number, from)) = begun else { return };
        let mut filter = self.logs.with_untracked(|logs| logs.asked.filter(now));
        filter.from_unix_nano = filter.from_unix_nano.max(from);
        spawn_local(async move {
            self.note_latest_log(number).await;
            let mut before = None;
            loop {
                let command = Command::Logs { filter: filter.clone(), limit: LOGS_PER_PAGE, before };
                let page = match bridge::call(command).await {
                    Ok(Reply::Logs(page)) => Some(*page),
                    Ok(other) => {
                        self.fail(&unexpected(&other));
                        None
                    }
                    Err(error) => {
                        self.fail(&error);
                        None
                    }
                };
                match self.logs.try_update(|logs| logs.caught_up(number, page)) {
                    Some(NewerLogs::Further(next)) => before = Some(next),
                    Some(NewerLogs::Again) => {
                        self.fetch_newer_logs();
                        return;
                    }
                    Some(NewerLogs::Done) | None => return,
                }
            }
        });
    }

    /// Notes, before a question whose answer takes looking at many records, up to where that looks. Without it, more is looked at
    /// the next time.
    async fn note_latest_log(self, number: u32) {
        let now = now_unix_nano();
        let filter = self.logs.try_with_untracked(|logs| logs.asked.looked_at(now)).flatten();
        let latest = match filter {
            Some(filter) => match bridge::call(Command::Logs { filter, limit: 1, before: None }).await {
                Ok(Reply::Logs(page)) => match page.logs.first() {
                    Some(log) => Some(log.time_unix_nano),
                    // Where there is none yet, everything is newer; unless it has looked at as much as one answer may.
                    None => page.next.is_none().then_some(0),
                },
                _ => None,
            },
            None => None,
        };
        // Nobody sees anything of it.
        self.logs.try_maybe_update(|logs| (false, logs.look_to(number, latest)));
    }

    /// Log records came: those that are looked at follow, unless one reads further down.
    pub(crate) fn logs_arrived(self) {
        self.logs_changed.try_update(|changed| *changed = changed.wrapping_add(1));
        let follows =
            self.lens.get_untracked() == Lens::Logs && self.logs.with_untracked(|logs| !logs.paused && !logs.reading);
        if follows {
            self.fetch_newer_logs();
        } else {
            self.logs.try_update(|logs| logs.newer = logs.answered && logs.asked.goes_on());
        }
    }

    /// Log records were imported here. They may be older than what is listed, which is therefore asked for anew.
    pub(crate) fn logs_imported(self) {
        self.logs.try_update(|logs| logs.ask(logs.asked.clone()));
        if self.lens.get_untracked() == Lens::Logs {
            self.fetch_more_logs();
        }
    }

    /// Log records were removed.
    pub(crate) fn logs_cleared(self) {
        self.logs_changed.try_update(|changed| *changed = changed.wrapping_add(1));
        self.logs.try_update(Logs::clear);
    }

    /// Asks whether all log records are to be removed.
    pub(crate) fn ask_to_clear_logs(self) {
        self.dialog.set(Some(Dialog::ClearLogs));
    }

    /// Asks whether all metrics are to be removed.
    pub(crate) fn ask_to_clear_metrics(self) {
        self.dialog.set(Some(Dialog::ClearMetrics));
    }

    /// Removes all log records from the data file.
    pub(crate) fn clear_logs(self) {
        self.dialog.set(None);
        spawn_local(async move {
            match bridge::call(Command::ClearLogs).await {
                Ok(_) => self.logs_cleared(),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Removes all metrics from the data file.
    pub(crate) fn clear_metrics(self) {
        self.dialog.set(None);
        spawn_local(async move {
            match bridge::call(Command::ClearMetrics).await {
                Ok(_) => drop(self.metrics.try_update(Metrics::clear)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Fetches the list of metrics, and behind it the one that is shown.
    pub(crate) fn fetch_metrics(self) {
        let Some((search, also)) = self.metrics.try_update(Metrics::begin_list).flatten() else { return };
        spawn_local(async move {
            let list = match bridge::call(Command::Metrics { search: search.clone(), also }).await {
                Ok(Reply::Metrics(list)) => Some(*list),
                Ok(other) => {
                    self.fail(&unexpected(&other));
                    None
                }
                Err(error) => {
                    self.fail(&error);
                    None
                }
            };
            let again = self.metrics.try_update(|metrics| metrics.take_list(search, list)).unwrap_or_default();
            self.fetch_metric();
            if again {
                self.fetch_metrics();
            }
        });
    }

    /// Points came: what is looked at follows.
    pub(crate) fn metrics_arrived(self) {
        if self.lens.get_untracked() == Lens::Metrics {
            self.fetch_metrics();
        } else {
            self.metrics.try_update(|metrics| metrics.stale = true);
        }
    }

    /// Selects a metric and fetches it.
    pub(crate) fn select_metric(self, key: Option<MetricKey>) {
        self.metrics.update(|metrics| metrics.select(key));
        self.fetch_metric();
    }

    /// Fetches the metric that is selected, as it is to be shown.
    pub(crate) fn fetch_metric(self) {
        let asked = self.metrics.try_update(|metrics| {
            let line = metrics.line()?;
            let (from, to) = metrics.range.ends(now_unix_nano(), line.first_unix_nano, line.last_unix_nano);
            let cells = metrics.shows_heat();
            let asked = MetricAsked {
                name: line.name.clone(),
                from_unix_nano: from,
                to_unix_nano: to,
                buckets: if cells { HEAT_BUCKETS } else { BUCKETS },
                by: metrics.split(),
                cells,
            };
            let key = MetricKey::of(line);
            Some((metrics.begin_metric(), key, asked))
        });
        let Some((number, key, asked)) = asked.flatten() else { return };
        let (from_unix_nano, to_unix_nano) = (asked.from_unix_nano, asked.to_unix_nano);
        let (buckets, cells) = (asked.buckets, asked.cells);
        spawn_local(async move {
            match bridge::call(Command::Metric(asked)).await {
                Ok(Reply::Metric(view)) => {
                    let shown = Shown { key, view: *view, from_unix_nano, to_unix_nano, buckets, cells };
                    self.metrics.try_update(|metrics| metrics.show(number, shown));
                }
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Fetches a metric in small: everything of it together, in a range, up to its latest point.
    pub(crate) fn fetch_spark(self, key: MetricKey, range: Range, [first_unix_nano, last_unix_nano]: [u64; 2]) {
        let (from, to) = range.ends(now_unix_nano(), first_unix_nano, last_unix_nano);
        let asked = MetricAsked {
            name: key.name.clone(),
            from_unix_nano: from,
            to_unix_nano: to,
            buckets: SPARK_BUCKETS,
            by: Some(Vec::new()),
            cells: false,
        };
        spawn_local(async move {
            // A list without one of its small pictures is a list all the same.
            if let Ok(Reply::Metric(view)) = bridge::call(Command::Metric(asked)).await {
                let spark = crate::metrics::spark(&view, &key, [from, to], SPARK_BUCKETS, last_unix_nano);
                self.metrics.try_update(|metrics| metrics.take_spark(range, key, spark));
            }
        });
    }
}
