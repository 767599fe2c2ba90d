//! A window without anybody before it, and what it is told.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, mpsc},
};

use thalweg_protocol::Event;
use thalweg_workbench::{Dialogs, Engine, PathAnswer, Session, StartOptions};

/// Nobody answers a dialog here.
pub(crate) struct Nobody;

impl Dialogs for Nobody {
    fn open(&self, _near: Option<&Path>) -> PathAnswer {
        Box::pin(std::future::ready(None))
    }

    fn save(&self, _near: Option<&Path>, _name: &str) -> PathAnswer {
        Box::pin(std::future::ready(None))
    }

    fn import(&self) -> PathAnswer {
        Box::pin(std::future::ready(None))
    }

    fn export(&self, _name: &str, _extension: &str) -> PathAnswer {
        Box::pin(std::future::ready(None))
    }
}

/// A window over a data file in a folder, receiving on free ports, and what it is told.
pub(crate) fn hearing(folder: &Path) -> (Arc<Engine>, Session, mpsc::Receiver<Event>) {
    let (told, events) = mpsc::channel();
    let free = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let engine = Engine::start(StartOptions {
        file: None,
        db: folder.join("thalweg.db"),
        grpc: free,
        http: free,
        send_to: None,
    });
    let sink = Arc::new(move |event| {
        // Nobody need listen.
        told.send(event).ok();
    });
    let session = Session::new(Arc::clone(&engine), Arc::new(Nobody), sink, None);
    (engine, session, events)
}
