//! The bridge: one command for questions, one stream for what happens later.

use std::sync::{Arc, Mutex, PoisonError};

use tauri::{
    AppHandle, Manager, State,
    ipc::{Channel, InvokeResponseBody, Response},
};
use thalweg_protocol::{Answer, ApiError, Command, ErrorCode, Event, Reply, decode, encode};
use thalweg_workbench::Session;

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
pub(crate) async fn call(command: String, app: AppHandle, session: State<'_, Session>) -> Result<Response, ()> {
    let answer = match decode::<Command>(command.as_bytes()) {
        Ok(Command::Close) => close(&app),
        Ok(command) => session.handle(command).await,
        Err(error) => Err(error),
    };
    Ok(Response::new(encode(&answer)))
}

/// Takes the page's channel; a page that was loaded again replaces the old one.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands state over by value")]
pub(crate) fn listen(events: Channel<InvokeResponseBody>, outlet: State<'_, Arc<Outlet>>) {
    *outlet.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(events);
}

fn close(app: &AppHandle) -> Answer {
    app.webview_windows()
        .into_values()
        .try_for_each(|window| window.destroy())
        .map_err(|error| ApiError::new(ErrorCode::Internal, format!("The window could not be closed: {error}.")))?;
    Ok(Reply::Done)
}
