//! What tests do with the app behind the window: end it like a crash, start it a second time, have its page examined.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Opening, Window};
use crate::process::Running;
use crate::programs;
use crate::wait::wait_for;

impl<'a> Opening<'a> {
    /// With the data of an app that ran before, in its folder.
    #[must_use]
    pub fn in_folder(self, data: &'a Path) -> Self {
        Self { data: Some(data), ..self }
    }

    /// With a session bus, over which a second start finds the first.
    #[must_use]
    pub fn with_bus(self) -> Self {
        Self { bus: true, ..self }
    }
}

impl Window {
    /// Ends the app as a crash does: from one moment to the next, by its process id.
    pub fn kill_app(&self) -> Result<()> {
        let pid = self.app_pid()?;
        self.killed.store(true, Ordering::Relaxed);
        kill_process(pid, Signal::KILL).context("cannot kill the app")?;
        wait_for("the app to be gone", || {
            let state = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
            // A zombie waits for its parent, which does not hold its files any more.
            (state.is_empty() || state.contains(") Z ")).then_some(())
        })
    }

    /// Starts the app a second time with the same data, as a double click on a file does; returns how it ended.
    pub fn start_again(&self, file: Option<&Path>) -> Result<ExitStatus> {
        let mut command = Command::new(programs::desktop()?);
        command.args(file);
        self.environment(&mut command);
        Running::start(command, &self.folder().join("second.log"))?.wait_for_end(Duration::from_secs(30))
    }

    /// The findings of axe-core that are serious or worse, as `rule: element` lines; none when all is well.
    pub async fn axe(&self) -> Result<Vec<String>> {
        let source = fs::read_to_string(programs::axe()?).context("axe-core cannot be read")?;
        self.script(&format!("{source}; return 0"), vec![]).await?;
        let script = "window.axeFound = null;
            axe.run(document, { resultTypes: ['violations'] }).then(
                result => { window.axeFound = result.violations
                    .filter(v => v.impact === 'serious' || v.impact === 'critical')
                    .flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(' ')} (${n.failureSummary})`)); },
                error => { window.axeFound = [String(error)]; });
            return 0";
        self.script(script, vec![]).await?;
        self.until("axe-core to finish", "return window.axeFound !== null").await?;
        let found = self.script("return window.axeFound", vec![]).await?;
        let lines = found.as_array().context("axe-core said nothing")?;
        Ok(lines.iter().filter_map(Value::as_str).map(String::from).collect())
    }

    /// The app is the driver's child.
    fn app_pid(&self) -> Result<Pid> {
        let parent = self.driver.id();
        let found = fs::read_dir("/proc")?.flatten().find_map(|entry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // `pid (name) state parent …`; the name may hold anything.
            let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
            let is_child = rest.split_whitespace().nth(1)?.parse() == Ok(parent);
            (is_child && name.starts_with("thalweg")).then_some(pid)
        });
        let pid = found.and_then(Pid::from_raw);
        pid.context("the driver has no app")
    }
}

/// A session bus of its own, and its address.
pub(super) fn start_bus(folder: &Path) -> Result<(Running, String)> {
    let mut command = Command::new("dbus-daemon");
    command.args(["--session", "--nofork", "--nopidfile", "--nosyslog", "--print-address"]);
    let mut bus = Running::start(command, &folder.join("bus.log"))?;
    let address = wait_for("dbus-daemon to name its address", || {
        if let Err(error) = bus.require_running() {
            return Some(Err(error));
        }
        let printed = bus.printed();
        let line = printed.lines().find(|line| line.starts_with("unix:"));
        line.filter(|_| printed.ends_with('\n')).map(|line| Ok(line.trim().to_owned()))
    })??;
    ensure!(!address.is_empty(), "dbus-daemon named no address");
    Ok((bus, address))
}
