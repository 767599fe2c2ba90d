//! Prints what a page built with the feature `probe` measured: it tells it in its title, so that the bridge of every other
//! build knows nothing of it.

use webkit2gtk::WebViewExt as _;

/// Prints every title that begins with `probe`.
pub(crate) fn print(window: &tauri::WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|platform| {
        platform.inner().connect_title_notify(|view| {
            if let Some(line) = view.title().filter(|title| title.starts_with("probe")) {
                say(&line);
            }
        });
    })
}

#[expect(clippy::print_stdout, reason = "a program reads it")]
fn say(line: &str) {
    println!("{line}");
}
