//! Windows as the engine sees them: what is not saved survives, preferences reach every window, files find theirs.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use thalweg_protocol::{
    Command, ErrorCode, Event, FileState, Language, OpenedFile, Preferences, Reply, Started, Theme,
};
use thalweg_workbench::{Dialogs, Engine, PathAnswer, Session, StartOptions};

/// A person who names the same file in every dialog.
struct Names(Option<PathBuf>);

impl Dialogs for Names {
    fn open(&self, _near: Option<&Path>) -> PathAnswer {
        Box::pin(std::future::ready(self.0.clone()))
    }

    fn save(&self, _near: Option<&Path>, _name: &str) -> PathAnswer {
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
        let session =
            Session::new(Arc::clone(engine), Arc::new(Names(file.map(Path::to_path_buf))), sink, file.map(Into::into));
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
    Engine::start(StartOptions { file: None, db: folder.join("thalweg.db"), grpc: any, http: any })
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
    let options = StartOptions { file: None, db: folder.path().join("t.db"), grpc: None, http: Some(http) };
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
    window.session.offer(file.clone());
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
