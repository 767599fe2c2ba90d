//! The bridge: one command for questions, one stream for what happens later.

use std::sync::{Mutex, PoisonError};

use tauri::{
    Manager, State, WebviewWindow,
    ipc::{Channel, InvokeResponseBody, Response},
};
use thalweg_protocol::{Answer, ApiError, Command, ErrorCode, Event, Reply, decode, encode};

use crate::windows::{Pane, Windows};

/// Where events go: the page's channel, once it listens.
#[derive(Default)]
pub(crate) struct Outlet(Mutex<Option<Channel<InvokeResponseBody>>>);

impl Outlet {
    /// Sends an event to the page; before the page listens there is nobody to tell, and `Command::Start` tells it all.
    pub(crate) fn send(&self, event: &Event) {
        let channel = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channel.as_ref()
            && let Err(error) = channel.send(InvokeResponseBody::Raw(encode(event)))
        {
            // The page is gone or reloading; it asks for everything again when it starts.
            tracing::debug!("an event did not reach the page: {error}");
        }
    }
}

/// Answers one [`Command`], given as JSON text, with the JSON bytes of an [`Answer`].
#[tauri::command]
pub(crate) async fn call(command: String, window: WebviewWindow, windows: State<'_, Windows>) -> Result<Response, ()> {
    let answer = match (decode::<Command>(command.as_bytes()), windows.pane(window.label())) {
        (Ok(command), Some(pane)) => answer(command, &window, &windows, &pane).await,
        (Err(error), _) => Err(error),
        (_, None) => Err(internal("This window was closed.")),
    };
    Ok(Response::new(encode(&answer)))
}

/// Takes the page's channel; a page that was loaded again replaces the old one.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands arguments over by value")]
pub(crate) fn listen(events: Channel<InvokeResponseBody>, window: WebviewWindow, windows: State<'_, Windows>) {
    if let Some(pane) = windows.pane(window.label()) {
        *pane.outlet.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(events);
    }
}

async fn answer(command: Command, window: &WebviewWindow, windows: &Windows, pane: &Pane) -> Answer {
    let done = |outcome: tauri::Result<()>| match outcome {
        Ok(()) => Ok(Reply::Done),
        Err(error) => Err(internal(&format!("The system refused it: {error}."))),
    };
    match command {
        Command::Close => {
            pane.session.discard_unsaved();
            done(window.destroy())
        }
        Command::NewWindow => done(windows.open(window.app_handle(), None)),
        Command::SetTitle { title } => done(window.set_title(&title)),
        Command::SetMenus { menus } => {
            done(pane.bar.lock().unwrap_or_else(PoisonError::into_inner).show(window, menus))
        }
        Command::SetPreferences(preferences) => {
            let answer = pane.session.handle(Command::SetPreferences(preferences)).await;
            windows.set_theme(window.app_handle(), preferences.theme);
            answer
        }
        command => {
            let answer = pane.session.handle(command).await;
            if let Ok(Reply::Started(started)) = &answer {
                windows.set_theme(window.app_handle(), started.preferences.theme);
            }
            answer
        }
    }
}

fn internal(message: &str) -> ApiError {
    ApiError::new(ErrorCode::Internal, message)
}
