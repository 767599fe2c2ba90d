//! The desktop window on a screen of its own, driven as a person would: `WebKitWebDriver` under Xvfb.
//!
//! Elements are found by their `data-test` names, which `ui/TESTIDS.md` lists. Nothing waits for a time; everything
//! waits for a state of the page. `WEBKIT_DISABLE_*` variables stay unset: with them WebDriver's screenshot hangs.

mod app;
mod still;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use fantoccini::actions::{InputSource as _, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::process::Running;
use crate::programs;
use crate::receiver::{answers, free_address};
use crate::wait::{wait_for, wait_for_async};

pub use still::THEMES;

/// Windows are heavy: one at a time, also when tests run in parallel.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// An open window.
#[derive(Debug)]
pub struct Window {
    client: Client,
    /// Where tests keep their files and programs their logs.
    temporary: tempfile::TempDir,
    /// Where the app keeps its data; the same, unless it goes on with another's.
    data: PathBuf,
    file: PathBuf,
    /// Whether the app was killed, so that there is nothing to close.
    killed: AtomicBool,
    bus: Option<(Running, String)>,
    /// Where the app listens for traces over gRPC.
    pub grpc: SocketAddr,
    /// Where the app listens for traces over HTTP.
    pub http: SocketAddr,
    // Dropped in this order: the driver ends the app, then the screen goes dark.
    driver: Running,
    display: (Running, u32),
}

/// How a window is opened.
#[derive(Debug)]
pub struct Opening<'a> {
    name: &'a str,
    file: Option<&'a Path>,
    grpc: Option<SocketAddr>,
    data: Option<&'a Path>,
    bus: bool,
    calm: bool,
}

impl<'a> Opening<'a> {
    /// A window without a file. `name` is the test's, for what is kept when it fails.
    pub fn new(name: &'a str) -> Self {
        Self { name, file: None, grpc: None, data: None, bus: false, calm: false }
    }

    /// On a copy of `file`, which the test may change.
    #[must_use]
    pub fn on(self, file: &'a Path) -> Self {
        Self { file: Some(file), ..self }
    }

    /// With this address for OTLP over gRPC instead of a free one.
    #[must_use]
    pub fn with_grpc(self, address: SocketAddr) -> Self {
        Self { grpc: Some(address), ..self }
    }

    /// Opens it, runs `test` and closes everything. When the test fails, a screenshot, the page and the programs'
    /// output are kept under `THALWEG_ARTIFACTS`.
    pub async fn run(self, test: impl AsyncFnOnce(&Window) -> Result<()>) -> Result<()> {
        let _turn = ONE_AT_A_TIME.lock().await;
        let (window, ready) = self.open().await?;
        let outcome = match ready {
            Ok(()) => test(&window).await,
            Err(error) => Err(error),
        };
        let kept = if outcome.is_err() { window.keep_evidence(self.name).await } else { Ok(String::new()) };
        let closed = if window.killed.load(Ordering::Relaxed) { Ok(()) } else { window.client.clone().close().await };
        outcome.with_context(|| kept.unwrap_or_else(|error| format!("no evidence could be kept: {error:#}")))?;
        closed.context("the window did not close")
    }
}

impl Opening<'_> {
    /// A window that drew its first pictures. `WebKitGTK`'s own process dies in about one of a hundred starts without a
    /// graphics card (Skia's shaders, see `environment`); the app loads its page anew then, but WebDriver's session does
    /// not survive that. Only a death before the test begins is forgiven.
    async fn open(&self) -> Result<(Window, Result<()>)> {
        const STARTS: usize = 3;
        let mut start = 1;
        loop {
            let window = Window::open(self).await?;
            let ready = window.ready().await;
            if !window.page_died() || start == STARTS {
                return Ok((window, ready));
            }
            // Without a session there is nothing to close; the driver ends the app.
            drop(window.client.clone().close().await);
            start += 1;
        }
    }
}

impl Window {
    async fn open(opening: &Opening<'_>) -> Result<Self> {
        let desktop = programs::desktop()?;
        let temporary = tempfile::tempdir().context("cannot create a temporary folder")?;
        let folder = temporary.path();
        let data = opening.data.unwrap_or(folder).to_path_buf();
        let mut arguments = Vec::new();
        let mut copy = PathBuf::new();
        if let Some(file) = opening.file {
            copy = data.join(file.file_name().context("a file without a name")?);
            std::fs::copy(file, &copy).with_context(|| format!("cannot copy {}", file.display()))?;
            arguments.push(copy.clone());
        }
        if opening.calm {
            still::ask_for_little_motion(&data)?;
        }
        let (display, number) = start_display(folder)?;
        let grpc = opening.grpc.map_or_else(free_address, Ok)?;
        let (http, port) = (free_address()?, free_address()?);
        let bus = if opening.bus { Some(app::start_bus(folder)?) } else { None };
        let mut command = Command::new("WebKitWebDriver");
        command.args(["--host=127.0.0.1", &format!("--port={}", port.port())]);
        environment(&mut command, &data, number, [grpc, http], bus.as_ref().map(|(_, address)| address.as_str()));
        let mut driver = Running::start(command, &folder.join("window.log"))?;
        wait_for("WebKitWebDriver to listen", || match driver.require_running() {
            Err(error) => Some(Err(error)),
            Ok(()) => answers(&port).then_some(Ok(())),
        })??;
        let mut capabilities = Capabilities::new();
        capabilities.insert("webkitgtk:browserOptions".into(), json!({ "binary": desktop, "args": arguments }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://{port}"))
            .await
            .with_context(|| format!("the window did not open; it printed:\n{}", driver.printed()))?;
        let killed = AtomicBool::new(false);
        let (file, display) = (copy, (display, number));
        Ok(Self { client, temporary, data, file, killed, bus, grpc, http, driver, display })
    }

    /// The folder with the app's data.
    pub fn folder(&self) -> &Path {
        &self.data
    }

    /// A folder for the test's own files.
    pub fn temporary(&self) -> &Path {
        self.temporary.path()
    }

    /// The file that it was opened on; empty when there is none.
    pub fn file(&self) -> &Path {
        &self.file
    }

    fn environment(&self, command: &mut Command) {
        let bus = self.bus.as_ref().map(|(_, address)| address.as_str());
        environment(command, &self.data, self.display.1, [self.grpc, self.http], bus);
    }

    /// The WebDriver client, for what has no name here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits until the page says that it is mounted, and for its first frames.
    async fn ready(&self) -> Result<()> {
        self.until("the page to be ready", "return document.body && document.body.dataset.ready === 'true'").await?;
        let frames = "if (window.firstFrames === undefined) {
                window.firstFrames = 0;
                const next = () => { if (++window.firstFrames < 10) requestAnimationFrame(next); };
                document.fonts.ready.then(() => requestAnimationFrame(next));
            }
            return window.firstFrames >= 10";
        self.until("the first frames", frames).await
    }

    /// Whether the process that draws the page ended; the app tells it when it loads the page anew.
    fn page_died(&self) -> bool {
        self.driver.printed().contains("the page's process ended")
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

    /// Waits for the first element of a CSS selector that takes room and is visible. Asked of the page: WebDriver's
    /// own notion leaves out what lies in a box with an ellipsis.
    pub async fn find_css(&self, css: &str) -> Result<Element> {
        let script = "return [...document.querySelectorAll(arguments[0])].findIndex(e =>
            e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible')";
        wait_for_async(&format!("{css} to be shown"), async || {
            let Some(index) = self.script(script, vec![css.into()]).await?.as_u64() else { return Ok(None) };
            Ok(self.client.find_all(Locator::Css(css)).await?.into_iter().nth(index as usize))
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

    /// Its text as laid out. Asked of the page: WebDriver's own notion of text leaves out lines that end in an
    /// ellipsis.
    pub async fn text(&self, name: &str) -> Result<String> {
        self.find(name).await?;
        let script = "const e = document.querySelector(arguments[0]); return e ? e.innerText ?? e.textContent : ''";
        let text = self.script(script, vec![selector(name).into()]).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
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
        // WebDriver's clear leaves the field empty and without the focus, which is an answer of its own to some fields.
        let select = "const e = document.querySelector(arguments[0]); e.focus(); e.select(); return 0";
        self.script(select, vec![selector(name).into()]).await?;
        let typed = if value.is_empty() { "\u{e017}" } else { value }; // Delete
        element.send_keys(typed).await.with_context(|| format!("cannot type into `{name}`"))?;
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

    /// Presses the pointer on `from`, moves it over to `to` in steps and lets go; both are points of the page.
    pub async fn drag(&self, from: (i64, i64), to: (i64, i64)) -> Result<()> {
        let move_to = |(x, y): (i64, i64)| PointerAction::MoveTo {
            duration: Some(Duration::from_millis(20)),
            x: x as f64,
            y: y as f64,
        };
        let between = |share: i64| (from.0 + (to.0 - from.0) * share / 4, from.1 + (to.1 - from.1) * share / 4);
        let mouse = MouseActions::new("mouse".into())
            .then(move_to(from))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(move_to(between(1)))
            .then(move_to(between(2)))
            .then(move_to(between(3)))
            .then(move_to(to))
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(mouse).await.context("cannot drag")
    }

    /// The middle of an element, as a point of the page.
    pub async fn middle(&self, name: &str) -> Result<(i64, i64)> {
        self.find(name).await?;
        let script = "const r = document.querySelector(arguments[0]).getBoundingClientRect();
                      return [Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2)]";
        let point = self.script(script, vec![selector(name).into()]).await?;
        let coordinate = |index: usize| point[index].as_i64().with_context(|| format!("`{name}` is nowhere"));
        Ok((coordinate(0)?, coordinate(1)?))
    }

    /// An attribute of an element.
    pub async fn attribute(&self, name: &str, attribute: &str) -> Result<Option<String>> {
        self.find(name).await?.attr(attribute).await.with_context(|| format!("cannot read `{attribute}` of `{name}`"))
    }

    /// Keeps what can explain a failure; returns a sentence that says where. What the programs printed comes first and
    /// is part of the sentence: when the app is gone there is neither a picture nor a page.
    async fn keep_evidence(&self, name: &str) -> Result<String> {
        let folder = programs::artifacts()?;
        let printed = self.driver.printed();
        std::fs::write(folder.join(format!("{name}.log")), &printed)?;
        let picture = folder.join(format!("{name}.png"));
        let seen = match self.client.screenshot().await {
            Ok(bytes) => {
                std::fs::write(&picture, bytes)?;
                let page = self.client.source().await.unwrap_or_default();
                std::fs::write(folder.join(format!("{name}.html")), page)?;
                format!("what it looked like is in {}", picture.display())
            }
            Err(error) => format!("there is no picture of it ({error})"),
        };
        let printed = printed.trim_end();
        Ok(if printed.is_empty() { seen } else { format!("{seen}; it printed:\n{printed}") })
    }

    /// Writes a screenshot.
    pub async fn screenshot(&self, to: &Path) -> Result<()> {
        let picture = self.client.screenshot().await.context("no screenshot")?;
        std::fs::write(to, picture).with_context(|| format!("cannot write {}", to.display()))
    }
}

/// What the app finds around it.
fn environment(command: &mut Command, data: &Path, display: u32, [grpc, http]: [SocketAddr; 2], bus: Option<&str>) {
    command
        .env("DISPLAY", format!(":{display}"))
        .env_remove("WAYLAND_DISPLAY")
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        // Without a graphics card Skia compiles its shaders for a GPU in software, and WebKitGTK 2.50 dies when the
        // garbage collector stops it in the midst of that ("integer is too large: 1"): about one start in 25.
        .env("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1")
        // The window speaks the system's language, and tests read English.
        .env("LANG", "C.UTF-8")
        .env("LANGUAGE", "en")
        .env("HOME", data)
        .env("XDG_DATA_HOME", data.join("data"))
        .env("XDG_CONFIG_HOME", data.join("config"))
        .env("THALWEG_DB", data.join("thalweg.db"))
        .env("THALWEG_OTLP_GRPC", grpc.to_string())
        .env("THALWEG_OTLP_HTTP", http.to_string());
    match bus {
        Some(address) => command.env("DBUS_SESSION_BUS_ADDRESS", address),
        None => command.env_remove("DBUS_SESSION_BUS_ADDRESS"),
    };
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
