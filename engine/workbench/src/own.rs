//! Thalweg's own telemetry: what it does, as spans, to whoever receives OTLP. Off unless somebody names an address.
//!
//! Recorded is what a person set off: files opened and written, runs, and requests to the receiver. What a window asks by
//! itself is not, and neither are requests with this telemetry in them ([`thalweg_telemetry::OWN_SERVICE`]): were the address
//! this process's own receiver, every span would else be followed by another one.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use thalweg_protocol::Command;
use thalweg_telemetry::{
    Attributes, Handled, OWN_SERVICE, OtlpAddress, Resource, Scope, Span, SpanId, SpanKind, SpanStatus, StatusCode,
    Trace, TraceId, Value, Watcher,
};
use tokio::sync::Notify;

/// Spans that wait to be sent; beyond them the oldest are let go of, and counted.
const WAITING: usize = 2_048;
/// What comes within this time is one request.
const PACE: Duration = Duration::from_secs(1);
/// What is still waiting at the end is given this long.
const FAREWELL: Duration = Duration::from_secs(2);

/// Records spans and sends them; cheap to copy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    wake: Notify,
    mixed: RandomState,
}

#[derive(Debug, Default)]
struct State {
    to: Option<OtlpAddress>,
    waiting: VecDeque<Trace>,
    /// Counts ids.
    last: u64,
    /// Spans that found no room, or nobody to take them.
    lost: u64,
    /// Why the last request failed; none since one did not.
    trouble: Option<String>,
}

/// Something under way that is told when it is done.
#[derive(Debug)]
pub(crate) struct Going {
    own: Own,
    name: String,
    began: SystemTime,
    since: Instant,
}

impl Own {
    /// Sends there from now on, or nowhere.
    pub(crate) fn send_to(&self, to: Option<OtlpAddress>) {
        let mut state = self.state();
        if to.is_none() {
            state.waiting.clear();
        }
        state.trouble = None;
        state.to = to;
    }

    /// Why the last spans did not arrive, if they did not.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.state().trouble.clone()
    }

    /// Begins a span, if anybody wants to know.
    pub(crate) fn begin(&self, name: &str) -> Option<Going> {
        self.is_on().then(|| Going {
            own: self.clone(),
            name: name.to_owned(),
            began: SystemTime::now(),
            since: Instant::now(),
        })
    }

    /// Begins a span for what a person asked.
    pub(crate) fn begin_command(&self, command: &Command) -> Option<Going> {
        name_of(command).and_then(|name| self.begin(name))
    }

    /// Hears the receiver.
    pub(crate) fn watcher(&self) -> Watcher {
        let own = self.clone();
        Watcher::new(move |handled| own.handled(handled))
    }

    fn handled(&self, handled: Handled) {
        if !self.is_on() {
            return;
        }
        let count = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        let attributes = vec![
            ("thalweg.signal".to_owned(), Value::String(handled.signal.to_owned())),
            ("thalweg.items".to_owned(), count(handled.items)),
            ("thalweg.refused".to_owned(), count(handled.refused)),
        ];
        let name = format!("receive {}", handled.signal);
        self.record(&name, SpanKind::Server, handled.began, handled.took, attributes, handled.error);
    }

    fn record(
        &self,
        name: &str,
        kind: SpanKind,
        began: SystemTime,
        took: Duration,
        attributes: Attributes,
        error: Option<String>,
    ) {
        let mut state = self.state();
        state.last += 1;
        let [a, b, c] = [0, 1, 2_u64].map(|part| self.0.mixed.hash_one((state.last, part, began)));
        let id = TraceId((u128::from(a) << 64 | u128::from(b) | 1).to_be_bytes());
        let start = began.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
        let span = Span {
            id: SpanId((c | 1).to_be_bytes()),
            parent: None,
            name: name.to_owned(),
            kind,
            start_unix_nano: start,
            end_unix_nano: start.saturating_add(took.as_nanos() as u64),
            status: SpanStatus {
                code: if error.is_some() { StatusCode::Error } else { StatusCode::Unset },
                message: error.unwrap_or_default(),
            },
            attributes,
            events: Vec::new(),
            links: Vec::new(),
            resource: 0,
            scope: 0,
            trace_state: String::new(),
            flags: 0,
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
        };
        state.waiting.push_back(Trace { id, resources: vec![resource()], scopes: vec![scope()], spans: vec![span] });
        if state.waiting.len() > WAITING {
            state.waiting.pop_front();
            state.lost += 1;
        }
        drop(state);
        self.0.wake.notify_one();
    }

    /// Sends what was recorded, a little later and together; runs until it is dropped.
    pub(crate) async fn run(self) {
        loop {
            self.0.wake.notified().await;
            tokio::time::sleep(PACE).await;
            self.send().await;
        }
    }

    /// Sends what is waiting, if that goes quickly.
    pub(crate) async fn farewell(&self) {
        if tokio::time::timeout(FAREWELL, self.send()).await.is_err() {
            tracing::debug!("the last spans of our own were not sent in time");
        }
    }

    async fn send(&self) {
        let (to, traces) = {
            let mut state = self.state();
            let Some(to) = state.to.clone() else { return };
            (to, std::mem::take(&mut state.waiting))
        };
        if traces.is_empty() {
            return;
        }
        let outcome = thalweg_telemetry::send_traces(&to, &Vec::from(traces)).await;
        let mut state = self.state();
        let trouble = match outcome {
            Ok(sent) => {
                state.lost += sent.refused;
                (sent.refused > 0).then(|| sent.message.unwrap_or_else(|| format!("{to} refused spans")))
            }
            Err(error) => Some(error.to_string()),
        };
        // Once, not with every request.
        if let Some(trouble) = &trouble
            && state.trouble.is_none()
        {
            tracing::warn!("spans of our own were not taken: {trouble}");
        }
        state.trouble = trouble;
    }

    fn is_on(&self) -> bool {
        self.state().to.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Going {
    /// It is done, well or not.
    pub(crate) fn done(self, attributes: Attributes, error: Option<String>) {
        let took = self.since.elapsed();
        self.own.record(&self.name, SpanKind::Internal, self.began, took, attributes, error);
    }
}

fn resource() -> Resource {
    let text = |key: &str, text: String| (key.to_owned(), Value::String(text));
    Resource {
        service: OWN_SERVICE.to_owned(),
        attributes: vec![
            text("service.name", OWN_SERVICE.to_owned()),
            text("service.version", env!("CARGO_PKG_VERSION").to_owned()),
            ("process.pid".to_owned(), Value::Int(i64::from(std::process::id()))),
        ],
        dropped_attributes: 0,
        schema_url: String::new(),
    }
}

fn scope() -> Scope {
    Scope {
        name: "thalweg.workbench".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        attributes: Attributes::new(),
        dropped_attributes: 0,
        schema_url: String::new(),
    }
}

/// What a person sets off. All else a window asks by itself, of what arrives among it.
fn name_of(command: &Command) -> Option<&'static str> {
    Some(match command {
        Command::OpenDialog | Command::OpenRecent { .. } | Command::OpenOffered => "open",
        Command::OpenExample { .. } | Command::OpenTemplate { .. } | Command::New => "new",
        Command::Save { .. } | Command::SaveAs { .. } => "save",
        Command::Export { .. } => "export plot",
        Command::CompareRuns { .. } => "compare runs",
        Command::Discover { .. } => "discover",
        Command::ClearTraces | Command::ClearLogs | Command::ClearMetrics => "clear",
        Command::ImportTraces | Command::ImportOffered => "import",
        Command::ExportTraces(_) => "export traces",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_recorded_for_nobody() {
        let own = Own::default();
        assert!(own.begin("open").is_none());
        own.send_to(Some("http://127.0.0.1:1".parse().unwrap()));
        own.begin("open").unwrap().done(Vec::new(), None);
        assert_eq!(own.state().waiting.len(), 1);
        own.send_to(None);
        assert!(own.state().waiting.is_empty() && own.begin("open").is_none());
    }

    #[test]
    fn what_waits_has_an_end_and_ids_differ() {
        let own = Own::default();
        own.send_to(Some("http://127.0.0.1:1".parse().unwrap()));
        for _ in 0..WAITING + 3 {
            own.begin("x").unwrap().done(Vec::new(), Some("no".into()));
        }
        let state = own.state();
        assert_eq!((state.waiting.len(), state.lost), (WAITING, 3));
        let ids: std::collections::HashSet<_> = state.waiting.iter().map(|trace| trace.id).collect();
        assert_eq!(ids.len(), WAITING);
    }

    #[test]
    fn what_a_window_asks_by_itself_is_not_recorded() {
        for silent in [Command::Start, Command::SeenNames, Command::Traces { limit: 1 }, Command::Echo { value: 1 }] {
            assert_eq!(name_of(&silent), None);
        }
        assert_eq!(name_of(&Command::New), Some("new"));
    }

    #[tokio::test]
    async fn that_nobody_takes_them_is_told() {
        let own = Own::default();
        own.send_to(Some("http://127.0.0.1:1".parse().unwrap()));
        own.begin("x").unwrap().done(Vec::new(), None);
        own.send().await;
        assert!(own.trouble().unwrap().contains("127.0.0.1:1"), "{:?}", own.trouble());
    }
}
