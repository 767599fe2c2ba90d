//! The desktop face: a window, dialogs, and the bridge into `thalweg-workbench`. It holds no logic of its own.
//!
//! The web view is not trusted: it may call `call` and `listen` and nothing else (see `capabilities/`), and no path ever
//! comes from it (see [`thalweg_protocol::Command`]).

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod bridge;
mod dialogs;
mod menu;
mod page;
#[cfg(all(feature = "probe", target_os = "linux"))]
mod probe;
mod start;
mod windows;

use std::process::ExitCode;

use tauri::{AppHandle, Manager, RunEvent};
use thalweg_workbench::Engine;

use crate::windows::Windows;

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
    let instance = format!("dev.thalweg.desktop.{}", arguments.instance());
    let built = tauri::Builder::default()
        // First of all: a second start on the same data file hands its file or link over here and ends.
        .plugin(
            tauri_plugin_single_instance::Builder::new()
                .dbus_id(instance)
                .callback(|app, arguments, folder| {
                    // Before the first window there is nothing to hand it to; the second start then only ends.
                    if let Some(windows) = app.try_state::<Windows>() {
                        windows.take_in(app, windows::wanted_of(&arguments, &folder));
                    }
                })
                .build(),
        )
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(tauri::generate_handler![bridge::call, bridge::listen])
        .setup(move |app| {
            let file = arguments.file.clone();
            let engine = tauri::async_runtime::block_on(async { Engine::start(arguments) });
            app.manage(Windows::new(engine));
            Ok(app.state::<Windows>().open(app.handle(), file)?)
        })
        .on_window_event(|window, event| window.state::<Windows>().hear(window, event))
        .on_menu_event(|app, event| menu::chosen(app, event.id().as_ref()))
        .build(tauri::generate_context!("../tauri.conf.json"));
    match built {
        Ok(app) => {
            app.run(|app, event| hear(app, &event));
            ExitCode::SUCCESS
        }
        Err(error) => start::fail(&format!("The window could not be opened: {error}.")),
    }
}

fn hear(app: &AppHandle, event: &RunEvent) {
    match event {
        RunEvent::Exit => app.state::<Windows>().shut_down(),
        // How macOS names a file that was opened in its file manager, and a link.
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            for url in urls {
                let wanted = windows::wanted(url.as_str().as_ref(), std::path::Path::new("/"));
                app.state::<Windows>().take_in(app, Some(wanted));
            }
        }
        _ => {}
    }
}
