//! Windows as the engine sees them: what is not saved survives, preferences reach every window, files find theirs.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use thalweg_protocol::{
    Command, ErrorCode, Event, ExportedTraces, Exporting, FileState, Language, Offered, OpenedFile, Preferences, Reply,
    Started, TelemetrySettings, Theme,
};
use thalweg_workbench::{Dialogs, Engine, PathAnswer, Session, StartOptions, Wanted};

/// A person who names the same file in every dialog.
struct Names(Option<PathBuf>);

impl Dialogs for Names {
    fn open(&self, _near: Option<&Path>) -> PathAnswer {
        Box::pin(std::future::ready(self.0.clone()))
    }

    fn save(&self, _near: Option<&Path>, _name: &str) -> PathAnswer {
        Box::pin(std::future::ready(self.0.clone()))
    }

    fn import(&self) -> PathAnswer {
        Box::pin(std::future::ready(self.0.clone()))
    }

    fn export(&self, _name: &str, _extension: &str) -> PathAnswer {
        Box::pin(std::future::ready(self.0.clone()))
    }
}

struct Window {
    session: Session,
    heard: Arc<Mutex<Vec<Event>>>,
}

impl Window {
    fn open(engine: &Arc<Engine>, file: Option<&Path>) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let events = Arc::clone(&heard);
        let sink = Arc::new(move |event| events.lock().unwrap().push(event));
        let session = Session::new(
            Arc::clone(engine),
            Arc::new(Names(file.map(Path::to_path_buf))),
            sink,
            file.map(|file| file.to_path_buf().into()),
        );
        Window { session, heard }
    }

    async fn ask(&self, command: Command) -> Reply {
        self.session.handle(command).await.unwrap()
    }

    async fn start(&self) -> Started {
        let Reply::Started(started) = self.ask(Command::Start).await else { panic!("not started") };
        *started
    }

    async fn opened(&self, command: Command) -> OpenedFile {
        match self.ask(command).await {
            Reply::Opened(opened) | Reply::Restored(opened) | Reply::Saved(opened) => opened,
            other => panic!("{other:?}"),
        }
    }
}

fn engine(folder: &Path) -> Arc<Engine> {
    let any = Some("127.0.0.1:0".parse().unwrap());
    Engine::start(StartOptions { file: None, db: folder.join("thalweg.db"), grpc: any, http: any, send_to: None })
}

#[tokio::test]
async fn what_was_not_saved_comes_back_after_a_crash_and_belongs_to_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.flow.yaml");
    std::fs::write(&file, "name: saved\n").unwrap();
    {
        let engine = engine(folder.path());
        let window = Window::open(&engine, Some(&file));
        let opened = window.start().await.open.unwrap();
        window.ask(Command::Keep { document: opened.document, text: "name: kept\n".into() }).await;
        let other = Window::open(&engine, None);
        assert!(other.start().await.recovered.is_empty(), "a living window's text is offered to another");
        // Nothing is shut down: the process is gone from one moment to the next.
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "name: saved\n");

    let engine = engine(folder.path());
    let window = Window::open(&engine, None);
    let recovered = window.start().await.recovered;
    assert_eq!(recovered.len(), 1);
    assert_eq!((recovered[0].name.as_str(), recovered[0].path.as_deref()), ("a.flow.yaml", file.to_str()));
    let restored = window.opened(Command::Restore { id: recovered[0].id.clone() }).await;
    assert_eq!((restored.text.as_str(), restored.path.as_deref()), ("name: kept\n", file.to_str()));
    assert!(window.start().await.unsaved, "the page came back and lost what was restored");
    let saved =
        window.opened(Command::Save { document: restored.document, text: restored.text, overwrite: false }).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "name: kept\n");
    assert!(!window.start().await.unsaved && saved.path == restored.path);
    engine.shut_down().await;
}

#[tokio::test]
async fn what_is_given_up_by_choice_is_not_offered_again() {
    let folder = tempfile::tempdir().unwrap();
    {
        let engine = engine(folder.path());
        let window = Window::open(&engine, None);
        window.start().await;
        let one = window.opened(Command::New).await;
        window.ask(Command::Keep { document: one.document, text: "name: one\n".into() }).await;
        // Another document instead: the page asked before it did.
        let two = window.opened(Command::OpenExample { name: "checkout".into() }).await;
        window.ask(Command::Keep { document: one.document, text: "name: too late\n".into() }).await;
        window.ask(Command::Keep { document: two.document, text: "name: two\n".into() }).await;
        window.ask(Command::Unsaved { unsaved: false }).await;
        let three = window.opened(Command::OpenTemplate { name: "outbox".into() }).await;
        window.ask(Command::Keep { document: three.document, text: "name: three\n".into() }).await;
        let closing = Window::open(&engine, None);
        let four = closing.opened(Command::New).await;
        closing.ask(Command::Keep { document: four.document, text: "name: four\n".into() }).await;
        closing.session.discard_unsaved();
    }
    let engine = engine(folder.path());
    let window = Window::open(&engine, None);
    let recovered = window.start().await.recovered;
    assert_eq!(recovered.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["outbox"]);
    window.ask(Command::Discard { id: recovered[0].id.clone() }).await;
    assert!(window.start().await.recovered.is_empty());
    engine.shut_down().await;
}

#[tokio::test]
async fn preferences_are_kept_and_reach_every_other_window() {
    let folder = tempfile::tempdir().unwrap();
    let chosen = Preferences {
        theme: Some(Theme::Light),
        language: Some(Language::German),
        grpc_port: Some(5317),
        ..Preferences::default()
    };
    {
        let engine = engine(folder.path());
        let (one, other) = (Window::open(&engine, None), Window::open(&engine, None));
        assert_eq!(one.start().await.preferences, Preferences::default());
        one.ask(Command::SetPreferences(chosen)).await;
        let preferences = |window: &Window| {
            window.heard.lock().unwrap().iter().filter(|event| **event == Event::Preferences(chosen)).count()
        };
        assert_eq!((preferences(&one), preferences(&other)), (0, 1));
        engine.shut_down().await;
    }
    let engine = engine(folder.path());
    let started = Window::open(&engine, None).start().await;
    assert_eq!(started.preferences, chosen);
    // The environment names the addresses, so the chosen port has no say.
    assert_eq!(started.ports_fixed, [true, true]);
    assert_ne!(started.receiver.grpc.as_deref(), Some("127.0.0.1:5317"));
    engine.shut_down().await;
}

#[tokio::test]
async fn the_receiver_moves_to_the_port_that_was_chosen() {
    let folder = tempfile::tempdir().unwrap();
    // Two addresses that were free a moment ago.
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (http, port) = (free(), free().port());
    let options =
        StartOptions { file: None, db: folder.path().join("t.db"), grpc: None, http: Some(http), send_to: None };
    let engine = Engine::start(options);
    let window = Window::open(&engine, None);
    window.start().await;
    window.ask(Command::SetPreferences(Preferences { grpc_port: Some(port), ..Preferences::default() })).await;
    let receiver = window.start().await.receiver;
    assert_eq!((receiver.grpc, receiver.error), (Some(format!("127.0.0.1:{port}")), None));
    let same = Preferences { grpc_port: Some(http.port()), ..Preferences::default() };
    let error = window.session.handle(Command::SetPreferences(same)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Usage, "{error}");
    engine.shut_down().await;
}

#[tokio::test]
async fn a_file_is_offered_and_opened_only_when_the_page_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.flow.yaml");
    std::fs::write(&file, "name: a\n").unwrap();
    let engine = engine(folder.path());
    let window = Window::open(&engine, None);
    assert_eq!(window.ask(Command::OpenOffered).await, Reply::Dismissed);
    window.session.offer(file.clone().into());
    assert_eq!(*window.heard.lock().unwrap().last().unwrap(), Event::FileOffered);
    assert_eq!(window.session.shows(), None);
    let opened = window.opened(Command::OpenOffered).await;
    assert_eq!(window.session.shows(), Some(Some(file.clone())));
    std::fs::write(&file, "name: b\n").unwrap();
    let document = opened.document;
    assert_eq!(window.ask(Command::CheckFile { document }).await, Reply::File(FileState::Changed));
    assert_eq!(window.opened(Command::Reload { document }).await.text, "name: b\n");
    let error = window.session.handle(Command::Restore { id: "../a.flow.yaml".into() }).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Usage);
    engine.shut_down().await;
}

const TRACES: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"order","startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000"}]}]}]}
nonsense
"#;

#[tokio::test]
async fn a_file_of_traces_is_imported_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let file = folder.path().join("traces.jsonl");
    std::fs::write(&file, TRACES).unwrap();
    let window = Window::open(&engine, Some(&file));
    let started = window.start().await;
    assert_eq!((started.open, started.open_error, started.offered), (None, None, Some(Offered::Telemetry)));
    let Reply::Imported(imported) = window.ask(Command::ImportOffered).await else { panic!("not imported") };
    assert_eq!((imported.spans.stored, imported.unread, imported.remarks[0].line), (1, 1, 2));
    assert!(window.heard.lock().unwrap().iter().any(|event| matches!(event, Event::TracesArrived { .. })));
    assert_eq!(window.ask(Command::ImportOffered).await, Reply::Dismissed);
    // Dropped onto a window that runs, and by the dialog.
    window.session.offer(file.clone().into());
    assert_eq!(*window.heard.lock().unwrap().last().unwrap(), Event::Offered(Offered::Telemetry));
    let Reply::Imported(again) = window.ask(Command::ImportTraces).await else { panic!("not imported") };
    assert_eq!((again.spans.stored, again.spans.known), (0, 1));

    let id = "0af7651916cd43dd8448eb211c80319c";
    let Reply::TraceJson { text } = window.ask(Command::TraceJson { trace_id: id.into() }).await else { panic!() };
    assert!(text.starts_with("{\"resourceSpans\":[{") && text.contains(id), "{text}");
    // The dialog names the same file, which is then replaced.
    let exported = window.ask(Command::ExportTraces(Exporting::Found("name = order".into()))).await;
    assert_eq!(exported, Reply::Exported(ExportedTraces { traces: 1, spans: 1 }));
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim_end(), text);
    let none = Exporting::These(vec!["00000000000000000000000000000001".into()]);
    assert_eq!(window.session.handle(Command::ExportTraces(none)).await.unwrap_err().code, ErrorCode::Usage);
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim_end(), text, "what failed leaves the file alone");
}

const SIGNALS: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1544712660000000000","severityNumber":9,"body":{"stringValue":"placed"}}]}]}]}
{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"queue","gauge":{"dataPoints":[{"timeUnixNano":"1544712660000000000","asInt":"3"}]}}]}]}]}
"#;

#[tokio::test]
async fn every_window_is_told_of_logs_and_points_that_were_imported() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let file = folder.path().join("signals.jsonl");
    std::fs::write(&file, SIGNALS).unwrap();
    let (window, other) = (Window::open(&engine, None), Window::open(&engine, Some(&file)));
    let told = |window: &Window| {
        let heard = window.heard.lock().unwrap();
        let logs = heard.iter().filter(|event| matches!(event, Event::LogsArrived(_))).count();
        (logs, heard.iter().filter(|event| matches!(event, Event::MetricsArrived(_))).count())
    };
    let Reply::Imported(imported) = other.ask(Command::ImportTraces).await else { panic!("not imported") };
    assert_eq!((imported.spans.stored, imported.logs.stored, imported.points.stored), (0, 1, 1));
    assert_eq!((told(&window), told(&other)), ((1, 1), (1, 1)));
    engine.shut_down().await;
}

#[tokio::test]
async fn a_link_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let trace_id = "0af7651916cd43dd8448eb211c80319c".to_owned();
    let link = Wanted::Link(format!("thalweg://trace/{trace_id}"));
    let session = Session::new(Arc::clone(&engine), Arc::new(Names(None)), Arc::new(|_| {}), Some(link.clone()));
    let told = async || match session.handle(Command::Start).await {
        Ok(Reply::Started(started)) => started.offered,
        other => panic!("{other:?}"),
    };
    assert_eq!(told().await, Some(Offered::Trace { trace_id: trace_id.clone(), span_id: None }));
    assert_eq!(told().await, None);
    let window = Window::open(&engine, None);
    window.session.offer(link);
    let heard = window.heard.lock().unwrap().last().cloned();
    assert_eq!(heard, Some(Event::Offered(Offered::Trace { trace_id, span_id: None })));
    window.session.offer(Wanted::Link("thalweg://nowhere".into()));
    let heard = window.heard.lock().unwrap().last().cloned();
    assert!(matches!(heard, Some(Event::Offered(Offered::NoLink(_)))), "{heard:?}");
    assert_eq!(window.ask(Command::OpenOffered).await, Reply::Dismissed);
}

#[tokio::test]
async fn who_may_send_is_kept_and_what_is_wrong_with_it_told() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let window = Window::open(&engine, None);
    let http = window.start().await.receiver.http.unwrap();
    let set = async |settings: TelemetrySettings| window.session.handle(Command::SetTelemetrySettings(settings)).await;
    let wrong = [
        TelemetrySettings { token: Some("short".into()), ..TelemetrySettings::default() },
        TelemetrySettings { origins: vec!["localhost".into()], ..TelemetrySettings::default() },
        TelemetrySettings { send_to: Some("https://x".into()), ..TelemetrySettings::default() },
        TelemetrySettings { origins: vec!["http://a".into(); 51], ..TelemetrySettings::default() },
    ];
    for settings in wrong {
        assert_eq!(set(settings).await.unwrap_err().code, ErrorCode::Usage);
    }
    let good = TelemetrySettings {
        token: Some("correct-horse-battery".into()),
        origins: vec!["https://shop.example:443".into()],
        send_to: None,
    };
    let Ok(Reply::TelemetrySettings { settings, send_to_fixed, trouble }) = set(good.clone()).await else { panic!() };
    assert_eq!((settings, send_to_fixed, trouble), (good.clone(), false, None));
    // The receiver asks for it from now on.
    let state = match window.ask(Command::Start).await {
        Reply::Started(started) => started.receiver,
        other => panic!("{other:?}"),
    };
    assert_ne!(state.http.clone().unwrap(), http, "a free port is another one after a new start");
    assert_eq!(post(&state.http.clone().unwrap(), None).await, 401);
    assert_eq!(post(&state.http.unwrap(), Some("correct-horse-battery")).await, 200);
    assert!(matches!(
        window.ask(Command::TelemetrySettings).await,
        Reply::TelemetrySettings { settings, .. } if settings == good
    ));
}

/// Sends an empty request; gives the status of the answer.
async fn post(to: &str, token: Option<&str>) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(to).await.unwrap();
    let token = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    let request = format!(
        "POST /v1/traces HTTP/1.1\r\nHost: {to}\r\nContent-Type: application/json\r\n{token}Content-Length: 2\r\n\
         Connection: close\r\n\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Our own receiver as the address of our own spans: they arrive, and nothing is told of their arriving.
#[tokio::test]
async fn own_spans_sent_to_ourselves_end_there() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let window = Window::open(&engine, None);
    let http = window.start().await.receiver.http.unwrap();
    let settings = TelemetrySettings { send_to: Some(format!("http://{http}")), ..TelemetrySettings::default() };
    window.ask(Command::SetTelemetrySettings(settings)).await;
    // A request of another program is told of by a span, and so is what a person does.
    assert_eq!(post(&http, None).await, 200);
    window.ask(Command::New).await;
    let own = async || match window.ask(Command::Traces { limit: 100 }).await {
        Reply::Traces(traces) => traces,
        other => panic!("{other:?}"),
    };
    // Until both have arrived, and once more until a third one after them has: what the first arrival set off would have
    // come with it.
    let until = async |count: usize| loop {
        let traces = own().await;
        if traces.len() >= count {
            return traces;
        }
        tokio::task::yield_now().await;
    };
    let first = until(2).await;
    let mut names: Vec<_> = first.iter().map(|trace| trace.root.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["new", "receive traces"]);
    window.ask(Command::New).await;
    let second = until(3).await;
    assert_eq!(second.len(), 3, "{second:?}");
    assert!(second.iter().all(|trace| trace.service == "thalweg"));
    engine.shut_down().await;
}
