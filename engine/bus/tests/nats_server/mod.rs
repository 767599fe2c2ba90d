//! A nats-server of a test's own: in a temporary folder, on loopback and a free port, ended with the test however it ends.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what did not work")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ends the server with the signal that it is told, or by force when nobody is there to tell any more.
const WATCH: &str = r#"
folder=$1; shift
"$@" >>"$folder/log" 2>&1 </dev/null &
server=$!
read -r signal
kill -s "${signal:-KILL}" "$server"
wait "$server"
[ -n "$signal" ] || rm -rf -- "$folder"
"#;

pub(crate) struct NatsServer {
    folder: tempfile::TempDir,
    port: u16,
    arguments: Vec<String>,
    watch: Option<Child>,
}

impl NatsServer {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // A server that comes back has to be where it was: the port is chosen here, not by it.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let mut server = Self { folder, port, arguments, watch: None };
        server.start_again();
        server
    }

    pub(crate) fn with_config(config: &str) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), config).unwrap();
        // Read once, at the start.
        Self::start(&["--config", file.path().to_str().unwrap()])
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn start_again(&mut self) {
        assert!(self.watch.is_none(), "it runs");
        let mut watch = Command::new("sh");
        watch.args(["-c", WATCH, "watch"]).arg(self.folder.path()).arg(program());
        watch.args(["--addr", "127.0.0.1", "--port", &self.port.to_string(), "--jetstream", "--store_dir"]);
        watch.arg(self.folder.path().join("data")).args(&self.arguments);
        let watch = watch.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.watch = Some(watch.unwrap());
        let begun = Instant::now();
        while !self.answers() {
            let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(20), "nats-server does not answer; it printed:\n{}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it as an administrator does.
    pub(crate) fn stop(&mut self) {
        self.end("TERM");
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(&mut self) {
        self.end("KILL");
    }

    fn end(&mut self, signal: &str) {
        let mut watch = self.watch.take().unwrap();
        writeln!(watch.stdin.take().unwrap(), "{signal}").unwrap();
        watch.wait().unwrap();
    }

    /// Whether it begins with the line `INFO {…}`, and has JetStream.
    fn answers(&self) -> bool {
        let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).is_ok() && line.contains(r#""jetstream":true"#)
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        if let Some(mut watch) = self.watch.take() {
            drop(watch.stdin.take());
            // Without the watch there is nothing left to wait for.
            let _ended = watch.wait();
        }
    }
}

/// Distributions keep servers in folders that the path of an ordinary user leaves out.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into()]);
    let found = places.map(|folder: PathBuf| folder.join("nats-server")).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("there is no nats-server; `cargo xtask test` brings it, or says how"))
}
