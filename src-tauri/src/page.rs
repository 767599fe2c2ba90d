//! Keeps the page alive: when the web view's own process dies, the page is loaded anew instead of staying blank.
//!
//! It comes back with the text that was kept of it last; see the workbench's recovery.

/// How often in a minute a dead page is loaded anew. A page that dies each time would blink for ever.
#[cfg(target_os = "linux")]
const RELOADS_A_MINUTE: usize = 3;

/// Watches the web process of a window.
#[cfg(target_os = "linux")]
pub(crate) fn keep_alive(window: &tauri::WebviewWindow) -> tauri::Result<()> {
    use std::{cell::RefCell, time::Duration, time::Instant};

    use webkit2gtk::WebViewExt as _;

    window.with_webview(|platform| {
        let deaths = RefCell::new(Vec::new());
        platform.inner().connect_web_process_terminated(move |view, reason| {
            let mut deaths = deaths.borrow_mut();
            deaths.retain(|at: &Instant| at.elapsed() < Duration::from_mins(1));
            if deaths.len() < RELOADS_A_MINUTE {
                tracing::error!("the page's process ended ({reason:?}); loading the page anew");
                deaths.push(Instant::now());
                view.reload();
            } else {
                tracing::error!(
                    "the page's process ended ({reason:?}) again and again; close the window and start anew"
                );
            }
        });
    })
}

/// WebView2 and WKWebView bring their page back themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn keep_alive(_window: &tauri::WebviewWindow) -> tauri::Result<()> {
    Ok(())
}
