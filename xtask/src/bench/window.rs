//! `cargo xtask bench window`: how smoothly the real window draws a large flow, how fast it opens and undoes.
//!
//! A release build whose page measures itself (feature `probe`) runs on a screen of its own, without WebDriver, which
//! would be measured too, and with `WEBKIT_DISABLE_DMABUF_RENDERER=1`, the setting that draws in software. It is a
//! command and not a test: figures depend on the machine, so none of them may fail a build.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::checkout::Checkout;
use crate::needs;
use crate::process;
use crate::ui;

/// The flow that is measured: boxes and lines.
const NODES: usize = 1000;
const EDGES: usize = 2000;
/// A window that says nothing for so long hangs.
const PATIENCE: Duration = Duration::from_mins(5);
/// How often the window is started for the time until it is painted.
const STARTS: usize = 5;

/// Builds everything, measures, and prints a table. With `dev` the shell is the quickly built one: the page is the same,
/// only the time of the first paint is longer.
pub(super) fn run(dev: bool) -> Result<()> {
    let checkout = Checkout::find()?;
    let program = build(&checkout, dev)?;
    let wasm = sizes(&checkout.root.join("ui/dist/thalweg-ui_bg.wasm"))?;
    let folder = fresh_folder(&checkout)?;
    let file = folder.join("large.flow.yaml");
    fs::write(&file, large_flow(NODES, EDGES)).with_context(|| format!("cannot write {}", file.display()))?;
    let display = Display::start()?;
    let mut painted = Vec::new();
    for _ in 0..STARTS {
        painted.push(measure(&program, &folder, &display, None)?.painted_ms);
    }
    let measured = measure(&program, &folder, &display, Some(&file))?;
    println!("\n{}", table(&measured, &painted, wasm));
    Ok(())
}

/// Builds the page and the shell with what measures; gives the program.
pub(super) fn build(checkout: &Checkout, dev: bool) -> Result<PathBuf> {
    needs::bring_for_tests()?;
    needs::bring_wasm_target()?;
    ui::build_probed(checkout)?;
    let mut build = process::cargo();
    build.current_dir(&checkout.root).args(["build", "--package=thalweg-desktop", "--features=probe"]);
    if !dev {
        build.arg("--release");
    }
    process::run(&mut build)?;
    Ok(checkout.executable(if dev { "debug" } else { "release" }, "thalweg-desktop"))
}

/// An empty folder for the window's data.
pub(super) fn fresh_folder(checkout: &Checkout) -> Result<PathBuf> {
    let folder = checkout.target.join("bench-window");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// Bytes of a file, and of what gzip makes of it.
fn sizes(file: &Path) -> Result<[usize; 2]> {
    let whole = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?.len();
    let packed = Command::new("gzip").args(["-9", "--stdout"]).arg(file).output().context("cannot start gzip")?;
    Ok([whole, packed.stdout.len()])
}

/// What a window told.
#[derive(Debug, Default)]
pub(super) struct Measured {
    /// From the start of the process.
    painted_ms: f64,
    /// Gesture, milliseconds between frames, milliseconds of work for each.
    pub(super) frames: Vec<(String, Vec<f64>, Vec<f64>)>,
    /// Something done once at a time, milliseconds each.
    pub(super) times: Vec<(String, Vec<f64>)>,
}

impl Measured {
    /// Takes in a line behind `probe `; true when it was the last one.
    pub(super) fn hear(&mut self, line: &str, since_start: Duration) -> bool {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let numbers = |text: &str| text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        match parts[..] {
            ["painted"] => self.painted_ms = since_start.as_secs_f64() * 1e3,
            ["frames", name, between, busy] => {
                let (between, busy): (Vec<f64>, Vec<f64>) = (numbers(between), numbers(busy));
                match self.frames.iter_mut().find(|(known, ..)| known == name) {
                    Some((_, known_between, known_busy)) => {
                        known_between.extend(between);
                        known_busy.extend(busy);
                    }
                    None => self.frames.push((name.to_owned(), between, busy)),
                }
            }
            ["times", name, times] => match self.times.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => known.extend::<Vec<f64>>(numbers(times)),
                None => self.times.push((name.to_owned(), numbers(times))),
            },
            ["done"] => return true,
            _ => {}
        }
        false
    }
}

/// A screen nobody sees.
pub(super) struct Display {
    server: Child,
    number: String,
}

impl Display {
    pub(super) fn start() -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Xvfb")?;
        let output = server.stdout.take().context("a child's standard output was not a pipe")?;
        let mut number = String::new();
        BufReader::new(output).read_line(&mut number).context("Xvfb named no display")?;
        Ok(Self { server, number: format!(":{}", number.trim()) })
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // It is ours and holds nothing.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// Opens a window and hears it until it has told everything; without a file, until it is painted.
fn measure(program: &Path, folder: &Path, display: &Display, file: Option<&Path>) -> Result<Measured> {
    let until_painted = file.is_none();
    hear(program, folder, display, file, |_, measured| Ok(until_painted && measured.painted_ms > 0.0))
}

/// Opens a window and hears it until it has told everything, or `enough` says so of a line and of what was told so far.
pub(super) fn hear(
    program: &Path,
    folder: &Path,
    display: &Display,
    file: Option<&Path>,
    enough: impl FnMut(&str, &Measured) -> Result<bool>,
) -> Result<Measured> {
    let mut command = Command::new(program);
    command
        .args(file)
        .env("DISPLAY", &display.number)
        .env_remove("WAYLAND_DISPLAY")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env("HOME", folder)
        .env("XDG_DATA_HOME", folder.join("data"))
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("THALWEG_DB", folder.join("thalweg.db"))
        // Port 0: any free one.
        .env("THALWEG_OTLP_GRPC", "127.0.0.1:0")
        .env("THALWEG_OTLP_HTTP", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let began = Instant::now();
    let mut window = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
    let output = window.stdout.take().context("a child's standard output was not a pipe")?;
    let outcome = lines(output, began, enough);
    // The window is ours; it has nothing to save.
    drop(window.kill());
    drop(window.wait());
    outcome
}

fn lines(
    output: impl Read + Send + 'static,
    began: Instant,
    mut enough: impl FnMut(&str, &Measured) -> Result<bool>,
) -> Result<Measured> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send((line, began.elapsed())).is_err() {
                break;
            }
        }
    });
    let mut measured = Measured::default();
    loop {
        let Ok((line, since)) = lines.recv_timeout(PATIENCE) else {
            bail!(
                "the window ended, or said nothing for {PATIENCE:?}; it had told of {:?}",
                measured.frames.iter().map(|(name, ..)| name).collect::<Vec<_>>()
            );
        };
        let Some(line) = line.strip_prefix("probe ") else { continue };
        if measured.hear(line, since) || enough(line, &measured)? {
            return Ok(measured);
        }
    }
}

fn table(measured: &Measured, painted: &[f64], [whole, packed]: [usize; 2]) -> String {
    let mut page = String::new();
    let mut line = |text: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{text}");
    };
    line(format!("{NODES} nodes, {EDGES} edges; milliseconds: median, 99th percentile"));
    line(frames(measured));
    line(format!("\n{:<20}{:>17}{:>17}", "", "median", "longest"));
    let painted = ("first paint".to_owned(), painted.to_vec());
    for (name, times) in measured.times.iter().chain([&painted]) {
        line(format!("{name:<20}{:>17.0}{:>17.0}", quantile(times, 0.5), quantile(times, 1.0)));
    }
    line(format!("\nwasm: {:.2} MB, {:.2} MB compressed", whole as f64 / 1e6, packed as f64 / 1e6));
    page
}

/// What frames took, as a table.
pub(super) fn frames(measured: &Measured) -> String {
    let mut lines = vec![format!("{:<20}{:>17}{:>17}", "", "work of a frame", "between frames")];
    for (name, between, busy) in &measured.frames {
        let two = |values: &[f64]| format!("{:.1} {:>7.1}", quantile(values, 0.5), quantile(values, 0.99));
        lines.push(format!("{name:<20}{:>17}{:>17}", two(busy), two(between)));
    }
    lines.join("\n")
}

/// The value that a share of all values does not exceed; 0 for none.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or_default()
}

/// A flow of chains: producers, topics of ten brokers, consumers that publish on, services that they call. Its layout
/// is written down, in columns, as a flow of that size has one.
fn large_flow(nodes: usize, edges: usize) -> String {
    const KINDS: usize = 5;
    const ROWS: usize = 32;
    let chains = nodes / KINDS;
    // Per chain: producer → topic → worker → queue → mailer are four; the rest goes to topics of other chains.
    let extra = edges.saturating_sub(chains * 4);
    let mut page = String::from("thalweg: 1\nname: Large\nbrokers:\n");
    for broker in 0..10 {
        let _ = writeln!(page, "  broker-{broker}: {{ kind: kafka }}");
    }
    page += "nodes:\n";
    let mut layout = String::from("layout:\n");
    for chain in 0..chains {
        let column = chain / ROWS * (KINDS + 1);
        let mut node = |step: usize, name: &str, text: &str| {
            let _ = writeln!(page, "  {name}-{chain}: {{ {text} }}");
            let (x, y) = ((column + step) * 260, chain % ROWS * 104);
            let _ = writeln!(layout, "  {name}-{chain}: [{x}, {y}]");
        };
        // Different for each pair of chains, so that no two lines are the same.
        let others = (0..extra / chains + usize::from(chain < extra % chains))
            .map(|i| format!(", {{ to: topic-{} }}", (chain + 1 + i * 7) % chains));
        let others: String = others.collect();
        node(
            0,
            "shop",
            &format!("kind: producer, load: {{ poisson: 10/s }}, publishes: [{{ to: topic-{chain} }}{others}]"),
        );
        node(1, "topic", &format!("kind: topic, broker: broker-{}, partitions: 4", chain * 10 / chains));
        node(
            2,
            "worker",
            &format!(
                "kind: consumer, subscribes: [{{ from: topic-{chain}, group: worker-{chain} }}], instances: 2, \
                 service_time: {{ exponential: 20ms }}, publishes: [{{ to: queue-{chain} }}]"
            ),
        );
        node(3, "queue", "kind: queue");
        node(
            4,
            "mailer",
            &format!("kind: consumer, subscribes: [{{ from: queue-{chain} }}], service_time: {{ exponential: 20ms }}"),
        );
    }
    // Played by the probe; short, since what is measured is drawing.
    page + "scenarios:\n  default: { duration: 1m, warmup: 10s, replications: 1 }\n" + &layout
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_large_flow_has_its_size() {
        let flow = large_flow(1000, 2000);
        assert_eq!(flow.matches("kind: ").count(), 1000 + 10);
        assert_eq!(flow.matches("to: ").count() + flow.matches("from: ").count(), 2000);
        assert_eq!(flow.lines().skip_while(|line| *line != "layout:").count(), 1001);
    }

    #[test]
    fn what_the_page_tells_is_understood() {
        let mut measured = Measured::default();
        assert!(!measured.hear("painted", Duration::from_millis(700)));
        assert!(!measured.hear("frames | pan at fit | 16.00 17.00 | 4.00 5.50", Duration::ZERO));
        // A long list comes in portions.
        assert!(!measured.hear("frames | pan at fit | 18.00 | 6.00", Duration::ZERO));
        assert!(!measured.hear("times | open | 300.00", Duration::ZERO));
        assert!(measured.hear("done", Duration::ZERO));
        assert!((measured.painted_ms - 700.0).abs() < 1e-9);
        let page = table(&measured, &[700.0], [1_500_000, 500_000]);
        assert!(page.contains("5.5     6.0") && page.contains("wasm: 1.50 MB, 0.50 MB"), "{page}");
    }

    #[test]
    fn quantiles_are_of_the_values() {
        let values = [3.0, 1.0, 2.0, 4.0];
        let close = |share: f64, value: f64| (quantile(&values, share) - value).abs() < 1e-9;
        assert!(close(0.5, 2.0) && close(0.99, 4.0) && close(1.0, 4.0));
        assert!(quantile(&[], 0.5).abs() < 1e-9);
    }
}
