//! The desktop window on a screen of its own, driven as a person would: `WebKitWebDriver` under Xvfb.
//!
//! Elements are found by their `data-test` names, which `ui/TESTIDS.md` lists. Nothing waits for a time; everything
//! waits for a state of the page. `WEBKIT_DISABLE_*` variables stay unset: with them WebDriver's screenshot hangs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::process::Running;
use crate::programs;
use crate::receiver::{answers, free_address};
use crate::wait::{wait_for, wait_for_async};

/// Windows are heavy: one at a time, also when tests run in parallel.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// An open window.
#[derive(Debug)]
pub struct Window {
    client: Client,
    /// Where the app keeps its data, and tests their files.
    folder: tempfile::TempDir,
    /// Where the app listens for traces over gRPC.
    pub grpc: std::net::SocketAddr,
    /// Where the app listens for traces over HTTP.
    pub http: std::net::SocketAddr,
    // Dropped in this order: the driver ends the app, then the screen goes dark.
    driver: Running,
    _display: Running,
}

/// Opens the window on a copy of `file` (its text may be changed by the test), runs `test` and closes everything.
/// When the test fails, a screenshot and the programs' output are kept under `THALWEG_ARTIFACTS`.
pub async fn with_window(name: &str, file: &Path, test: impl AsyncFnOnce(&Window, &Path) -> Result<()>) -> Result<()> {
    let _turn = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let copy = folder.path().join(file.file_name().context("a file without a name")?);
    std::fs::copy(file, &copy).with_context(|| format!("cannot copy {}", file.display()))?;
    let window = Window::open(folder, &copy).await?;
    let outcome = match window.ready().await {
        Ok(()) => test(&window, &copy).await,
        Err(error) => Err(error),
    };
    let kept = if outcome.is_err() { window.keep_evidence(name).await } else { Ok(String::new()) };
    let closed = window.client.clone().close().await;
    outcome.with_context(|| kept.unwrap_or_else(|error| format!("no evidence could be kept: {error:#}")))?;
    closed.context("the window did not close")
}

impl Window {
    async fn open(folder: tempfile::TempDir, file: &Path) -> Result<Self> {
        let desktop = programs::desktop()?;
        let (display, number) = start_display(folder.path())?;
        let (grpc, http, port) = (free_address()?, free_address()?, free_address()?);
        let mut command = Command::new("WebKitWebDriver");
        command
            .args(["--host=127.0.0.1", &format!("--port={}", port.port())])
            .env("DISPLAY", format!(":{number}"))
            .env_remove("WAYLAND_DISPLAY")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path().join("data"))
            .env("XDG_CONFIG_HOME", folder.path().join("config"))
            .env("THALWEG_DB", folder.path().join("thalweg.db"))
            .env("THALWEG_OTLP_GRPC", grpc.to_string())
            .env("THALWEG_OTLP_HTTP", http.to_string());
        let mut driver = Running::start(command, &folder.path().join("window.log"))?;
        wait_for("WebKitWebDriver to listen", || match driver.require_running() {
            Err(error) => Some(Err(error)),
            Ok(()) => answers(&port).then_some(Ok(())),
        })??;
        let mut capabilities = Capabilities::new();
        capabilities.insert("webkitgtk:browserOptions".into(), json!({ "binary": desktop, "args": [file] }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://{port}"))
            .await
            .with_context(|| format!("the window did not open; it printed:\n{}", driver.printed()))?;
        Ok(Self { client, folder, grpc, http, driver, _display: display })
    }

    /// The folder with the app's data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The WebDriver client, for what has no name here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits until the page says that it is mounted.
    async fn ready(&self) -> Result<()> {
        self.until("the page to be ready", "return document.body && document.body.dataset.ready === 'true'").await
    }

    /// Runs a script in the page and returns what it returns.
    pub async fn script(&self, text: &str, arguments: Vec<Value>) -> Result<Value> {
        self.client.execute(text, arguments).await.with_context(|| format!("the script failed: {text}"))
    }

    /// Waits until a script returns `true`.
    pub async fn until(&self, what: &str, script: &str) -> Result<()> {
        wait_for_async(what, async || Ok((self.script(script, vec![]).await? == Value::Bool(true)).then_some(()))).await
    }

    /// Waits for the element with this `data-test` name.
    pub async fn find(&self, name: &str) -> Result<Element> {
        self.find_css(&selector(name)).await
    }

    /// Waits for the first element of a CSS selector that is displayed.
    pub async fn find_css(&self, css: &str) -> Result<Element> {
        wait_for_async(&format!("{css} to be shown"), async || {
            for element in self.client.find_all(Locator::Css(css)).await? {
                // It may have been replaced since it was found.
                if element.is_displayed().await.unwrap_or(false) {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        })
        .await
    }

    /// How many elements with this `data-test` name there are now.
    pub async fn count(&self, name: &str) -> Result<usize> {
        Ok(self.client.find_all(Locator::Css(&selector(name))).await?.len())
    }

    /// Clicks it.
    pub async fn click(&self, name: &str) -> Result<()> {
        self.find(name).await?.click().await.with_context(|| format!("cannot click `{name}`"))
    }

    /// Its text as shown.
    pub async fn text(&self, name: &str) -> Result<String> {
        self.find(name).await?.text().await.with_context(|| format!("cannot read `{name}`"))
    }

    /// Waits until its text satisfies `holds`.
    pub async fn until_text(&self, name: &str, what: &str, holds: impl Fn(&str) -> bool) -> Result<String> {
        let mut last = String::new();
        let found = wait_for_async(&format!("`{name}` to show {what}"), async || {
            let text = self.text(name).await?;
            Ok(holds(&text).then_some(text))
        })
        .await;
        if found.is_err() {
            last = self.text(name).await.unwrap_or_default();
        }
        found.with_context(|| format!("it shows `{last}`"))
    }

    /// Replaces what an input holds by typing, and leaves the input.
    pub async fn fill(&self, name: &str, value: &str) -> Result<()> {
        let element = self.find(name).await?;
        element.clear().await.with_context(|| format!("cannot clear `{name}`"))?;
        element.send_keys(value).await.with_context(|| format!("cannot type into `{name}`"))?;
        element.send_keys("\u{e004}").await.with_context(|| format!("cannot leave `{name}`")) // Tab
    }

    /// What an input holds.
    pub async fn value(&self, name: &str) -> Result<String> {
        Ok(self.find(name).await?.prop("value").await?.unwrap_or_default())
    }

    /// Keys sent to whatever has the focus, such as `"\u{e009}z"` for Ctrl+Z.
    pub async fn press(&self, keys: &str) -> Result<()> {
        let focused = self.client.active_element().await.context("nothing has the focus")?;
        focused.send_keys(keys).await.context("cannot type")
    }

    /// Keeps what can explain a failure; returns a sentence that says where.
    async fn keep_evidence(&self, name: &str) -> Result<String> {
        let folder = programs::artifacts()?;
        let picture = folder.join(format!("{name}.png"));
        std::fs::write(&picture, self.client.screenshot().await.context("no screenshot")?)?;
        let page = self.client.source().await.unwrap_or_default();
        std::fs::write(folder.join(format!("{name}.html")), page)?;
        std::fs::write(folder.join(format!("{name}.log")), self.driver.printed())?;
        Ok(format!("what it looked like is in {}", picture.display()))
    }

    /// Writes a screenshot.
    pub async fn screenshot(&self, to: &Path) -> Result<()> {
        let picture = self.client.screenshot().await.context("no screenshot")?;
        std::fs::write(to, picture).with_context(|| format!("cannot write {}", to.display()))
    }
}

fn selector(name: &str) -> String {
    format!("[data-test=\"{name}\"]")
}

/// A screen nobody sees, on the first free number.
fn start_display(folder: &Path) -> Result<(Running, u32)> {
    let mut command = Command::new("Xvfb");
    command.args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]);
    let log: PathBuf = folder.join("display.log");
    let mut display = Running::start(command, &log)?;
    let number = wait_for("Xvfb to name its display", || {
        if let Err(error) = display.require_running() {
            return Some(Err(error));
        }
        let printed = display.printed();
        printed.lines().find_map(|line| line.trim().parse::<u32>().ok()).map(Ok)
    })??;
    Ok((display, number))
}
