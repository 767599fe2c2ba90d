//! The desktop face: a window, dialogs, and the bridge into `thalweg-workbench`. It holds no logic of its own.
//!
//! The web view is not trusted: it may call `call` and `listen` and nothing else (see `capabilities/`), and no path ever
//! comes from it (see [`thalweg_protocol::Command`]).

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod bridge;
mod dialogs;
mod page;
#[cfg(all(feature = "probe", target_os = "linux"))]
mod probe;
mod start;

use std::{process::ExitCode, sync::Arc};

use tauri::{Manager, WindowEvent};
use thalweg_protocol::Event;
use thalweg_workbench::Session;

use crate::{bridge::Outlet, dialogs::WindowDialogs};

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    let arguments = match start::arguments(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    if let Err(exit) = start::need_display() {
        return exit;
    }
    let outlet = Arc::new(Outlet::default());
    let events = Arc::clone(&outlet);
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(tauri::generate_handler![bridge::call, bridge::listen])
        .setup(move |app| {
            let dialogs = Arc::new(WindowDialogs::new(app.handle().clone()));
            let sink = Arc::new(move |event| events.send(&event));
            let session = tauri::async_runtime::block_on(Session::start(arguments, dialogs, sink));
            app.manage(session);
            app.manage(outlet);
            if let Some(window) = app.get_webview_window("main") {
                page::keep_alive(&window)?;
                #[cfg(all(feature = "probe", target_os = "linux"))]
                probe::print(&window)?;
            }
            Ok(())
        })
        .on_window_event(|window, event| {
            // With unsaved changes the page asks first; it answers with `Command::Close` when it is done.
            if let WindowEvent::CloseRequested { api, .. } = event
                && window.state::<Session>().has_unsaved_changes()
            {
                api.prevent_close();
                window.state::<Arc<Outlet>>().send(&Event::CloseRequested);
            }
        })
        .build(tauri::generate_context!("../tauri.conf.json"));
    match built {
        Ok(app) => {
            app.run(|app, event| {
                if let tauri::RunEvent::Exit = event {
                    tauri::async_runtime::block_on(app.state::<Session>().shut_down());
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => start::fail(&format!("The window could not be opened: {error}.")),
    }
}
