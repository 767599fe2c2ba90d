//! Runs that are kept: every simulation of a window that ended well, with its document as it was run.
//!
//! Keeping happens behind the answer: a window has its results before anything is compressed or written, and a data file
//! that cannot be written costs it the history, not the results. A run belongs to its document's file; that of a document
//! without a file to a name of that document, until it is saved.

use std::{
    io::{self, Read as _, Write as _},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use thalweg_protocol::{
    ApiError, Comparison, ErrorCode, Event, KeptRun, OpenedRun, Run, RunFigures, RunSettings, decode, encode,
    kept::Setting, limits,
};
use thalweg_store::{KeptRunBody, KeptRunRow, NewRun, Retention, Store};
use tokio::{
    runtime::Handle,
    sync::{OwnedRwLockReadGuard, RwLock},
};

use crate::{
    compare::{compare, different, text_difference},
    convert,
    documents::{Documents, NEVER_SAVED},
    engine::Engine,
    session::{EventSink, lock},
};

/// How long a deleted run can be brought back.
const REGRET: Duration = Duration::from_hours(1);
/// How long runs of a document that was never saved are kept: its text may come back after a crash, once.
const NEVER_SAVED_FOR: Duration = Duration::from_hours(30 * 24);
/// Longest result that is kept and read, uncompressed: far more than the curves of the largest flow take. A data file may
/// come from a stranger, and a few bytes can be made to unpack into any number.
const UNPACKED: u64 = 512 << 20;

/// What windows share about keeping runs.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Held for reading by whoever is about to keep a run, so that closing can wait for them.
    pending: Arc<RwLock<()>>,
    /// One at a time: a run that is kept and a document that is saved must not miss each other.
    turn: tokio::sync::Mutex<()>,
    /// Whether a run could not be kept and that was told.
    told: AtomicBool,
}

impl History {
    /// Waits until everything that is about to be kept is.
    pub(crate) async fn settle(&self) {
        drop(self.pending.write().await);
    }

    /// None when the program is about to end.
    fn begin(&self) -> Option<OwnedRwLockReadGuard<()>> {
        Arc::clone(&self.pending).try_read_owned().ok()
    }
}

/// Keeps one run of a window, once it ended well.
pub(crate) struct Keeper {
    pub(crate) engine: Arc<Engine>,
    pub(crate) events: EventSink,
    pub(crate) documents: Arc<Mutex<Documents>>,
    pub(crate) runtime: Handle,
    pub(crate) run: u64,
    pub(crate) document: u64,
    pub(crate) text: String,
    pub(crate) settings: RunSettings,
    pub(crate) started_unix_ms: i64,
}

impl Keeper {
    /// Begins to keep the results and returns at once.
    pub(crate) fn keep(&self, result: &Run) {
        let Some(pending) = self.engine.history().begin() else { return };
        let new = NewRun {
            document: String::new(),
            started_unix_ms: self.started_unix_ms,
            took_ms: (result.report.wall_s * 1e3) as i64,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: result.report.scenario.clone(),
            seed: result.report.seed,
            replications: result.report.replications,
            settings: json(&self.settings),
            figures: json(&RunFigures::of(&result.report)),
            flow: Vec::new(),
            result: Vec::new(),
        };
        let (engine, events, documents) =
            (Arc::clone(&self.engine), Arc::clone(&self.events), Arc::clone(&self.documents));
        let (run, document, text, result) = (self.run, self.document, self.text.clone(), result.clone());
        self.runtime.spawn(async move {
            let kept = match packed(new, text, result).await {
                Ok(new) => write(&engine, &documents, document, new).await,
                Err(error) => Err(error),
            };
            let told = engine.history().told.swap(kept.is_err(), Ordering::Relaxed);
            match &kept {
                Err(error) if told => tracing::warn!("a run was not kept: {error}"),
                _ => events(Event::RunKept { run, kept: kept.map_err(not_kept) }),
            }
            drop(pending);
        });
    }
}

/// Compresses what is large, on a thread for such work.
async fn packed(new: NewRun, text: String, result: Run) -> Result<NewRun, ApiError> {
    let work = move || -> io::Result<NewRun> {
        let result = encode(&result);
        if result.len() as u64 > UNPACKED {
            let most = UNPACKED >> 20;
            return Err(io::Error::other(format!("its curves take more than {most} MiB")));
        }
        Ok(NewRun { flow: pack(text.as_bytes())?, result: pack(&result)?, ..new })
    };
    let done = tokio::task::spawn_blocking(work).await;
    let error = |text: String| ApiError::new(ErrorCode::Store, convert::sentence(&text));
    done.map_err(|broken| error(broken.to_string()))?.map_err(|broken| error(broken.to_string()))
}

async fn write(engine: &Engine, documents: &Mutex<Documents>, document: u64, mut new: NewRun) -> Result<u64, ApiError> {
    let store = engine.store().await?;
    let turn = engine.history().turn.lock().await;
    // Only now: it may have been saved while it ran.
    new.document = lock(documents).owner(document).unwrap_or_default();
    let retention = Retention { runs: limits::KEPT_RUNS, bytes: limits::KEPT_BYTES.cast_signed() };
    let id = store.keep_run(&new, &retention).await.map_err(convert::store_error)?;
    drop(turn);
    engine.tell_runs(&new.document).await;
    Ok(id.unsigned_abs())
}

fn not_kept(error: ApiError) -> ApiError {
    ApiError { message: format!("The run is shown but not kept. {}", error.message), ..error }
}

impl Engine {
    pub(crate) async fn store(&self) -> Result<&Store, ApiError> {
        self.observatory().await.store()
    }

    /// Throws away what was deleted long ago, and what belongs to documents that nobody saved.
    pub(crate) async fn clear_runs_away(&self) {
        let Ok(store) = self.store().await else { return };
        let before = |age: Duration| now().saturating_sub(age.as_millis() as i64);
        if let Err(error) = store.clear_runs_away(before(REGRET), NEVER_SAVED, before(NEVER_SAVED_FOR)).await {
            tracing::warn!("old runs were not thrown away: {error}");
        }
    }

    /// The kept runs of a document.
    pub(crate) async fn runs(&self, owner: &str) -> Result<Vec<KeptRun>, ApiError> {
        let rows = self.store().await?.list_runs(owner).await.map_err(convert::store_error)?;
        Ok(rows.into_iter().map(kept).collect())
    }

    /// Tells every window that shows a document which of its runs are kept now.
    pub(crate) async fn tell_runs(&self, owner: &str) {
        match self.runs(owner).await {
            Ok(runs) => self.tell_owner(owner, |document| Event::Runs { document, runs: runs.clone() }),
            Err(error) => tracing::warn!("windows were not told of kept runs: {error}"),
        }
    }

    /// A kept run with its results.
    pub(crate) async fn open_run(&self, owner: &str, run: u64) -> Result<OpenedRun, ApiError> {
        let found = self.store().await?.read_run(owner, number(run)).await.map_err(convert::store_error)?;
        let (row, body) = found.ok_or_else(no_run)?;
        let done = tokio::task::spawn_blocking(move || opened(row, &body)).await;
        done.unwrap_or_else(|error| Err(unreadable(&error.to_string())))
    }

    pub(crate) async fn name_run(&self, owner: &str, run: u64, name: &str) -> Result<(), ApiError> {
        let name: String = name.trim().chars().take(limits::RUN_NAME).collect();
        let done = self.store().await?.name_run(owner, number(run), &name).await;
        self.changed(owner, done).await
    }

    pub(crate) async fn pin_run(&self, owner: &str, run: u64, pinned: bool) -> Result<(), ApiError> {
        let store = self.store().await?;
        let most = u64::from(limits::PINNED_RUNS);
        if pinned && store.pinned_runs(owner).await.map_err(convert::store_error)? >= most {
            return Err(ApiError::new(
                ErrorCode::TooLarge,
                format!("{most} runs of this document are pinned already."),
            )
            .with_help("Unpin or delete some first."));
        }
        let done = store.pin_run(owner, number(run), pinned).await;
        self.changed(owner, done).await
    }

    /// Takes a run out of the list, or brings it back.
    pub(crate) async fn delete_run(&self, owner: &str, run: u64, deleted: bool) -> Result<(), ApiError> {
        let done = self.store().await?.delete_run(owner, number(run), deleted.then(now)).await;
        self.changed(owner, done).await
    }

    async fn changed(&self, owner: &str, done: Result<bool, thalweg_store::StoreError>) -> Result<(), ApiError> {
        if !done.map_err(convert::store_error)? {
            return Err(no_run());
        }
        self.tell_runs(owner).await;
        Ok(())
    }

    /// What two kept runs differ in.
    pub(crate) async fn compare_runs(&self, owner: &str, before: u64, after: u64) -> Result<Comparison, ApiError> {
        let (before, after) = (self.open_run(owner, before).await?, self.open_run(owner, after).await?);
        Ok(compared(&before, &after))
    }

    /// Gives the runs of a document without a file to the file that it was saved to.
    pub(crate) async fn hand_over_runs(&self, from: &str, to: &str) {
        let Ok(store) = self.store().await else { return };
        let turn = self.history().turn.lock().await;
        if let Err(error) = store.hand_over_runs(from, to).await {
            tracing::warn!("the kept runs did not move with their document: {error}");
        }
        drop(turn);
        self.tell_runs(to).await;
    }
}

fn compared(before: &OpenedRun, after: &OpenedRun) -> Comparison {
    let mut comparison = compare(&before.run.report, &after.run.report);
    let (old, new) = (&before.kept, &after.kept);
    if old.version != new.version {
        comparison.settings.push(different(Setting::Version, Some(old.version.clone()), Some(new.version.clone())));
    }
    let set = |settings: &RunSettings, path: &str| {
        settings.set.iter().rev().find(|(other, _)| other == path).map(|(_, value)| value.clone())
    };
    let mut paths: Vec<&String> = old.settings.set.iter().chain(&new.settings.set).map(|(path, _)| path).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let (then, now) = (set(&old.settings, path), set(&new.settings, path));
        if then != now {
            comparison.settings.push(different(Setting::Set(path.clone()), then, now));
        }
    }
    comparison.text = Some(text_difference(&before.text, &after.text));
    comparison
}

/// What an older Thalweg wrote otherwise is shown as far as it can be read.
fn kept(row: KeptRunRow) -> KeptRun {
    KeptRun {
        id: row.id.unsigned_abs(),
        name: row.name,
        pinned: row.pinned,
        started_unix_ms: row.started_unix_ms.unsigned_abs(),
        took_s: row.took_ms as f64 / 1e3,
        version: row.version,
        scenario: row.scenario,
        seed: row.seed,
        replications: row.replications,
        settings: decode(row.settings.as_bytes()).unwrap_or_default(),
        figures: decode(row.figures.as_bytes()).unwrap_or_default(),
    }
}

fn opened(row: KeptRunRow, body: &KeptRunBody) -> Result<OpenedRun, ApiError> {
    let words = |error: io::Error| unreadable(&error.to_string());
    let text = String::from_utf8(unpack(&body.flow, limits::DOCUMENT_BYTES as u64).map_err(words)?);
    let text = text.map_err(|error| unreadable(&error.to_string()))?;
    let run = decode(&unpack(&body.result, UNPACKED).map_err(words)?).map_err(|error| {
        let version = &row.version;
        unreadable(&error.message).with_help(format!("It was written by Thalweg {version}; run it again."))
    })?;
    Ok(OpenedRun { kept: kept(row), text, run })
}

fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn unpack(bytes: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let length = ZlibDecoder::new(bytes).take(most + 1).read_to_end(&mut all)?;
    if length as u64 > most {
        return Err(io::Error::other(format!("it is longer than {most} bytes")));
    }
    Ok(all)
}

fn json<T: serde::Serialize>(value: &T) -> String {
    // JSON is UTF-8.
    String::from_utf8(encode(value)).unwrap_or_default()
}

fn number(run: u64) -> i64 {
    i64::try_from(run).unwrap_or(i64::MAX)
}

fn no_run() -> ApiError {
    ApiError::new(ErrorCode::Usage, "That run is not kept any more.")
}

fn unreadable(detail: &str) -> ApiError {
    ApiError::new(ErrorCode::Store, format!("The kept run could not be read: {}", convert::sentence(detail)))
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_and_nothing_unpacks_without_end() {
        let bytes = b"latency ".repeat(10_000);
        let packed = pack(&bytes).unwrap();
        assert!(packed.len() < 1_000);
        assert_eq!(unpack(&packed, 80_000).unwrap(), bytes);
        assert!(unpack(&packed, 79_999).is_err());
        assert!(unpack(b"nonsense", 100).is_err());
    }

    #[test]
    fn a_row_of_another_version_is_listed_as_far_as_it_can_be_read() {
        let row =
            KeptRunRow { figures: "{}".into(), settings: "what?".into(), name: "n".into(), ..KeptRunRow::default() };
        let kept = kept(row);
        assert_eq!(
            (kept.name.as_str(), kept.figures, kept.settings),
            ("n", RunFigures::default(), RunSettings::default())
        );
    }
}
