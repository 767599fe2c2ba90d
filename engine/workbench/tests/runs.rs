//! Kept runs as a window meets them: kept behind the answer, told to every window of the document, moved when it is saved.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use thalweg_protocol::{
    Command, ErrorCode, Event, KeptRun, OpenedFile, Reply, RunReport, RunSettings,
    kept::{Measure, Setting, Verdict},
    limits,
};
use thalweg_workbench::{Dialogs, Engine, PathAnswer, Session, StartOptions};
use tokio::sync::mpsc::{Receiver, channel};

/// Far more events than a test makes.
const EVENTS: usize = 100_000;

/// A person who names the same file in every dialog.
struct Names(PathBuf);

impl Dialogs for Names {
    fn open(&self, _near: Option<&Path>) -> PathAnswer {
        Box::pin(std::future::ready(Some(self.0.clone())))
    }

    fn save(&self, _near: Option<&Path>, _name: &str) -> PathAnswer {
        Box::pin(std::future::ready(Some(self.0.clone())))
    }

    fn import(&self) -> PathAnswer {
        Box::pin(std::future::ready(None))
    }

    fn export(&self, _name: &str, _extension: &str) -> PathAnswer {
        Box::pin(std::future::ready(None))
    }
}

struct Window {
    session: Session,
    events: tokio::sync::Mutex<Receiver<Event>>,
    runs: Mutex<u64>,
}

impl Window {
    fn open(engine: &Arc<Engine>, file: &Path) -> Self {
        let (sender, events) = channel(EVENTS);
        // At its end nobody listens any more.
        let sink = Arc::new(move |event| drop(sender.try_send(event)));
        let session = Session::new(Arc::clone(engine), Arc::new(Names(file.to_owned())), sink, None);
        Window { session, events: tokio::sync::Mutex::new(events), runs: Mutex::new(0) }
    }

    async fn ask(&self, command: Command) -> Reply {
        self.session.handle(command).await.unwrap()
    }

    async fn opened(&self, command: Command) -> OpenedFile {
        match self.ask(command).await {
            Reply::Opened(opened) | Reply::Restored(opened) | Reply::Saved(opened) => opened,
            other => panic!("{other:?}"),
        }
    }

    /// Waits for an event.
    async fn hears<T>(&self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let mut events = self.events.lock().await;
        loop {
            let event = events.recv().await.unwrap();
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }

    /// Simulates and waits until the run is kept: its report, and its number.
    async fn simulate(&self, document: u64, text: &str, settings: RunSettings) -> (RunReport, u64) {
        let run = {
            let mut runs = self.runs.lock().unwrap();
            *runs += 1;
            *runs
        };
        let reply = self.ask(Command::Simulate { run, document, text: text.to_owned(), settings }).await;
        assert_eq!(reply, Reply::Running);
        let report = self
            .hears(|event| match event {
                Event::RunFinished { run: finished, result } if *finished == run => Some(result.report.clone()),
                Event::RunKept { .. } => panic!("kept before it was answered"),
                Event::RunFailed { error, .. } => panic!("{error}"),
                _ => None,
            })
            .await;
        let kept = self.hears(|event| match event {
            Event::RunKept { run: kept, kept: id } if *kept == run => Some(id.clone()),
            _ => None,
        });
        (report, kept.await.unwrap())
    }

    async fn runs(&self, document: u64) -> Vec<KeptRun> {
        let Reply::Runs(runs) = self.ask(Command::Runs { document }).await else { panic!("no list") };
        runs
    }
}

fn engine(folder: &Path) -> Arc<Engine> {
    let any = Some("127.0.0.1:0".parse().unwrap());
    Engine::start(StartOptions { file: None, db: folder.join("thalweg.db"), grpc: any, http: any, send_to: None })
}

fn text(load: u32) -> String {
    format!(
        "thalweg: 1\nname: Station\nnodes:\n  source: {{ kind: producer, load: {{ poisson: {load}/s }}, publishes: [{{ to: \
         line }}] }}\n  line: {{ kind: queue }}\n  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 2, \
         service_time: {{ exponential: 10ms }} }}\nscenarios:\n  default: {{ duration: 30s, warmup: 5s, replications: 4, \
         expect: [p99(end_to_end) < 80ms] }}\n"
    )
}

fn names(runs: &[KeptRun]) -> Vec<&str> {
    runs.iter().map(|run| run.name.as_str()).collect()
}

#[tokio::test]
async fn a_run_is_kept_with_its_document_and_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.flow.yaml");
    std::fs::write(&file, text(100)).unwrap();
    let (first, report) = {
        let engine = engine(folder.path());
        let window = Window::open(&engine, &file);
        let document = window.opened(Command::OpenDialog).await.document;
        assert!(window.runs(document).await.is_empty());
        let settings = RunSettings {
            seed: Some(7),
            set: vec![("server.concurrency".into(), "3".into())],
            ..RunSettings::default()
        };
        let (report, first) = window.simulate(document, &text(100), settings.clone()).await;
        let [run] = window.runs(document).await.try_into().unwrap();
        assert_eq!((run.id, run.seed, run.replications, run.settings), (first, 7, 4, settings));
        assert_eq!((run.scenario.as_str(), run.version.as_str()), ("default", env!("CARGO_PKG_VERSION")));
        assert_eq!((run.figures.digest.as_str(), run.figures.kept), (report.digest.as_str(), 1));
        assert_eq!(run.figures.p99_ms, report.end_to_end_ms.p99);
        // The program ends while a run is about to be kept.
        let run = 99;
        let again = Command::Simulate { run, document, text: text(120), settings: RunSettings::default() };
        window.ask(again).await;
        window.hears(|event| matches!(event, Event::RunFinished { run: 99, .. }).then_some(())).await;
        window.hears(|event| matches!(event, Event::RunSampled { run: 99, .. }).then_some(())).await;
        engine.shut_down().await;
        (first, report)
    };
    let engine = engine(folder.path());
    let window = Window::open(&engine, &file);
    let document = window.opened(Command::OpenDialog).await.document;
    assert_eq!(window.runs(document).await.len(), 2);
    let Reply::Run(opened) = window.ask(Command::OpenRun { run: first }).await else { panic!("no run") };
    assert_eq!((opened.text, &opened.run.report), (text(100), &report));
    assert!(opened.run.series.nodes.contains_key("server") && opened.run.series.buckets > 10);
    engine.shut_down().await;
}

/// The messages of a simulation are not in the data file; they are compared all the same.
#[tokio::test]
async fn simulated_messages_are_compared_like_stored_traces() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.flow.yaml");
    std::fs::write(&file, text(100)).unwrap();
    let engine = engine(folder.path());
    let window = Window::open(&engine, &file);
    let document = window.opened(Command::OpenDialog).await.document;
    let run = 99;
    window.ask(Command::Simulate { run, document, text: text(100), settings: RunSettings::default() }).await;
    let sampled = window
        .hears(|event| match event {
            Event::RunSampled { run: 99, sampled } => Some(sampled.clone()),
            _ => None,
        })
        .await;
    let [one, other] = [&sampled[0].summary, &sampled[1].summary];
    let asked = Command::CompareTraces { before: one.trace_id.clone(), after: other.trace_id.clone() };
    let Reply::TraceDifference(found) = window.ask(asked).await else { panic!("no difference") };
    assert_eq!((&found.before, &found.after), (one, other));
    // Every message of this flow goes the same way: produced, published, processed.
    assert!(found.lines.len() >= 3 && found.lines.iter().all(|line| line.before.is_some() && line.after.is_some()));
    // What is neither simulated nor stored is told.
    let gone = Command::CompareTraces { before: one.trace_id.clone(), after: "0".repeat(31) + "1" };
    assert_eq!(window.session.handle(gone).await.unwrap_err().code, ErrorCode::Usage);
    engine.shut_down().await;
}

#[tokio::test]
async fn what_is_changed_is_told_to_every_window_of_the_document_and_to_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (file, elsewhere) = (folder.path().join("a.flow.yaml"), folder.path().join("b.flow.yaml"));
    std::fs::write(&file, text(100)).unwrap();
    std::fs::write(&elsewhere, text(100)).unwrap();
    let engine = engine(folder.path());
    let (one, two, other) =
        (Window::open(&engine, &file), Window::open(&engine, &file), Window::open(&engine, &elsewhere));
    // The second window has had another document before: its numbers are its own.
    two.opened(Command::New).await;
    let document = one.opened(Command::OpenDialog).await.document;
    let document_of_two = two.opened(Command::OpenDialog).await.document;
    assert_ne!(document, document_of_two);
    other.opened(Command::OpenDialog).await;
    let told = async |window: &Window, document: u64| {
        window
            .hears(|event| match event {
                Event::Runs { document: of, runs } if *of == document => Some(runs.clone()),
                _ => None,
            })
            .await
    };
    let (_, first) = one.simulate(document, &text(100), RunSettings::default()).await;
    assert_eq!(told(&two, document_of_two).await.len(), 1);
    let (_, second) = one.simulate(document, &text(100), RunSettings::default()).await;
    assert_eq!(told(&two, document_of_two).await.len(), 2);
    two.ask(Command::NameRun { run: first, name: "  before the fix ".into() }).await;
    assert_eq!(names(&told(&two, document_of_two).await), ["", "before the fix"]);
    one.ask(Command::PinRun { run: first, pinned: true }).await;
    assert_eq!(names(&told(&two, document_of_two).await), ["before the fix", ""]);
    one.ask(Command::DeleteRun { run: second }).await;
    assert_eq!(told(&two, document_of_two).await.len(), 1);
    one.ask(Command::RestoreRun { run: second }).await;
    assert_eq!(told(&two, document_of_two).await.len(), 2);
    let long = "x".repeat(limits::RUN_NAME + 50);
    one.ask(Command::NameRun { run: second, name: long }).await;
    assert_eq!(told(&two, document_of_two).await[1].name.len(), limits::RUN_NAME);

    // A window speaks of its own document's runs only.
    for command in [
        Command::OpenRun { run: first },
        Command::NameRun { run: first, name: "mine".into() },
        Command::PinRun { run: first, pinned: false },
        Command::DeleteRun { run: first },
        Command::CompareRuns { before: first, after: second },
    ] {
        assert_eq!(other.session.handle(command).await.unwrap_err().code, ErrorCode::Usage);
    }
    other.ask(Command::Echo { value: 1 }).await;
    let mut heard = other.events.lock().await;
    while let Ok(event) = heard.try_recv() {
        assert!(!matches!(event, Event::Runs { .. }), "{event:?}");
    }
    engine.shut_down().await;
}

#[tokio::test]
async fn runs_of_what_was_never_saved_move_to_its_file_and_survive_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.flow.yaml");
    {
        let engine = engine(folder.path());
        let window = Window::open(&engine, &file);
        let one = window.opened(Command::New).await;
        window.simulate(one.document, &text(100), RunSettings::default()).await;
        let two = window.opened(Command::New).await;
        assert!(window.runs(two.document).await.is_empty(), "another document's runs are shown");
        let (_, run) = window.simulate(two.document, &text(110), RunSettings::default()).await;
        window.ask(Command::NameRun { run, name: "kept".into() }).await;
        window.ask(Command::Keep { document: two.document, text: text(110) }).await;
        // The process is gone from one moment to the next.
    }
    let engine = engine(folder.path());
    let window = Window::open(&engine, &file);
    let Reply::Started(started) = window.ask(Command::Start).await else { panic!("not started") };
    let restored = window.opened(Command::Restore { id: started.recovered[0].id.clone() }).await;
    assert_eq!(names(&window.runs(restored.document).await), ["kept"]);
    window.simulate(restored.document, &text(110), RunSettings::default()).await;
    let saved =
        window.opened(Command::Save { document: restored.document, text: restored.text, overwrite: false }).await;
    assert_eq!(saved.path.as_deref(), file.to_str());
    assert_eq!(names(&window.runs(saved.document).await), ["", "kept"]);
    // The file has them, whoever opens it.
    let other = Window::open(&engine, &file);
    let document = other.opened(Command::OpenDialog).await.document;
    assert_eq!(other.runs(document).await.len(), 2);
    engine.shut_down().await;
}

#[tokio::test]
async fn two_runs_are_compared_with_their_texts_and_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.flow.yaml");
    std::fs::write(&file, text(100)).unwrap();
    let engine = engine(folder.path());
    let window = Window::open(&engine, &file);
    let document = window.opened(Command::OpenDialog).await.document;
    let (_, before) = window.simulate(document, &text(100), RunSettings::default()).await;
    let set = vec![("server.service_time".into(), "{ exponential: 11ms }".into())];
    let settings = RunSettings { set, seed: Some(3), ..RunSettings::default() };
    let (_, after) = window.simulate(document, &text(170), settings).await;
    let Reply::Comparison(comparison) = window.ask(Command::CompareRuns { before, after }).await else {
        panic!("no comparison")
    };
    let throughput = &comparison.differences[0];
    assert_eq!((throughput.measure, throughput.verdict), (Measure::ThroughputPerS, Verdict::Higher));
    let [low, high] = throughput.ci95.unwrap();
    assert!(low < 70.0 && 70.0 < high, "{throughput:?}");
    let different: Vec<_> = comparison.settings.iter().map(|setting| setting.setting.clone()).collect();
    assert_eq!(different, [Setting::Seed, Setting::Set("server.service_time".into())]);
    let lines = comparison.text.unwrap().lines;
    assert_eq!(lines.iter().map(|line| (line.added, line.number)).collect::<Vec<_>>(), [(false, 4), (true, 4)]);
    assert!(lines[1].text.contains("170/s"), "{lines:?}");
    let gone = window.session.handle(Command::CompareRuns { before, after: 12_345 }).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::Usage);
    engine.shut_down().await;
}

/// The folder of the data file is a file: nothing can be written there.
#[tokio::test]
async fn a_data_file_that_cannot_be_written_costs_the_history_only_and_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let (file, no_folder) = (folder.path().join("a.flow.yaml"), folder.path().join("no-folder"));
    std::fs::write(&file, text(100)).unwrap();
    std::fs::write(&no_folder, "").unwrap();
    let engine = engine(&no_folder);
    let window = Window::open(&engine, &file);
    let document = window.opened(Command::OpenDialog).await.document;
    let told = Mutex::new(0);
    let count = |event: &Event| {
        if let Event::RunKept { kept, .. } = event {
            let error = kept.as_ref().unwrap_err();
            assert_eq!(error.code, ErrorCode::Store);
            assert!(error.message.starts_with("The run is shown but not kept."), "{error}");
            *told.lock().unwrap() += 1;
        }
    };
    for run in 1..=2 {
        window.ask(Command::Simulate { run, document, text: text(100), settings: RunSettings::default() }).await;
        let finished = |event: &Event| {
            count(event);
            matches!(event, Event::RunFinished { run: finished, .. } if *finished == run).then_some(())
        };
        window.hears(finished).await;
    }
    engine.shut_down().await;
    while let Ok(event) = window.events.lock().await.try_recv() {
        count(&event);
    }
    let told = *told.lock().unwrap();
    assert_eq!(told, 1);
}
