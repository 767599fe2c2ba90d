//! A server that ends with this process, however this process ends.
//!
//! The tests of one program share a server, so it lies in a static, and statics are never dropped; and a test program
//! may be killed. Therefore a small shell watches a pipe whose other end is ours alone: when it closes, the shell ends
//! everything that the server started and removes its folder.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::wait::wait_for;

/// `$1` is the folder, what follows the command. The command becomes the leader of a session of its own, so one signal
/// reaches all of it; it is ended by force, since nothing of what it holds is wanted any more.
const WATCH: &str = r#"
folder=$1; shift
setsid "$@" >"$folder/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -s KILL -- "-$server"
wait
rm -rf -- "$folder" || { sleep 1; rm -rf -- "$folder"; }
"#;

/// A server with all that it started.
#[derive(Debug)]
pub(crate) struct Server {
    watch: Child,
    folder: PathBuf,
}

impl Server {
    /// Starts `command` for the given folder, which is removed at the end.
    pub(crate) fn start(folder: tempfile::TempDir, command: &Command) -> Result<Self> {
        let folder = folder.keep();
        let mut watch = Command::new("sh");
        watch.args(["-c", WATCH, "watch"]).arg(&folder).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => watch.env(name, value),
                None => watch.env_remove(name),
            };
        }
        // An interrupt from the keyboard is for the tests; the watch has work to do after them.
        let watch = watch
            .current_dir(&folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start sh")?;
        Ok(Self { watch, folder })
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until `answer` finds what it looks for; an error holds what the server printed.
    pub(crate) fn wait_for<T>(&self, what: &str, answer: impl FnMut() -> Option<T>) -> Result<T> {
        match wait_for(what, answer) {
            Ok(found) => Ok(found),
            Err(error) => {
                let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
                let log = String::from_utf8_lossy(&log);
                let start = log.len().saturating_sub(4_000);
                let tail: String = log.char_indices().filter(|(at, _)| *at >= start).map(|(_, c)| c).collect();
                bail!("{error}; it printed:\n{tail}")
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        // Without the watch there is nothing left to wait for.
        let _ended = self.watch.wait();
    }
}
