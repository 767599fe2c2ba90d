//! Real brokers for the tests of this room: in a temporary folder, on loopback and free ports, with nothing of an installed
//! service. One that is missing makes a test fail.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what did not work")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the scripts lie that do not switch to the user `rabbitmq`, as those in `/usr/sbin` do.
const FOLDERS: &[&str] = &["/usr/lib/rabbitmq/bin", "/usr/lib64/rabbitmq/bin", "/opt/rabbitmq/sbin"];
/// RabbitMQ takes about ten seconds to start, and longer on a machine that is busy.
const START: Duration = Duration::from_mins(2);
/// A free port may be taken by another before the server opens it.
const TRIES: usize = 3;

/// Ends the server when the pipe to the test is closed, however the test ends, and removes its folder. The server leads a session of
/// its own, so that one signal reaches all that it started.
const WATCH: &str = r#"
folder=$1; shift
setsid "$@" >>"$folder/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -s KILL -- "-$server"
wait
rm -rf -- "$folder" || { sleep 1; rm -rf -- "$folder"; }
"#;

/// A RabbitMQ that can be stopped by force and started again with what it has on disk.
#[derive(Debug)]
pub(crate) struct RabbitMq {
    folder: PathBuf,
    ports: [u16; 3],
    /// One for each start.
    watches: Vec<Child>,
}

impl RabbitMq {
    pub(crate) fn start() -> Self {
        for _ in 1..TRIES {
            let mut server = Self::prepare();
            if server.run() {
                return server;
            }
        }
        let mut server = Self::prepare();
        assert!(server.run(), "RabbitMQ does not start; it printed:\n{}", server.log());
        server
    }

    /// Where clients connect; the credentials are those that a fresh RabbitMQ has for loopback.
    pub(crate) fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.ports[0])
    }

    /// The same with TLS, which it does not speak.
    pub(crate) fn url_with_tls(&self) -> String {
        self.url().replace("amqp://", "amqps://")
    }

    /// Ends it by force. Its port mapper stays, as it does where RabbitMQ crashes: it is what tells the next one from this one.
    pub(crate) fn kill(&mut self) {
        self.signal("KILL");
    }

    /// Ends it as an administrator does.
    pub(crate) fn stop(&mut self) {
        self.signal("TERM");
    }

    fn signal(&self, signal: &str) {
        let pid =
            std::fs::read_to_string(self.folder.join("pid")).expect("a running RabbitMQ writes its process number");
        let killed = Command::new("kill").args(["-s", signal, pid.trim()]).status().expect("a program named kill");
        assert!(killed.success(), "process {pid} cannot be ended");
        let end = Instant::now() + START;
        while Path::new("/proc").join(pid.trim()).exists() {
            assert!(Instant::now() < end, "RabbitMQ goes on although process {pid} was sent {signal}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn start_again(&mut self) {
        assert!(self.run(), "RabbitMQ does not start again; it printed:\n{}", self.log());
    }

    fn prepare() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        let held: Vec<TcpListener> =
            (0..3).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")).collect();
        let port = |at: usize| held[at].local_addr().expect("an address").port();
        let ports = [port(0), port(1), port(2)];
        // No share of this machine's memory, which other programs use too.
        let configuration = format!(
            "listeners.tcp.1 = 127.0.0.1:{}\nvm_memory_high_watermark.absolute = 512MiB\ndisk_free_limit.absolute = 1MB\n",
            ports[0]
        );
        for (name, content) in [("rabbitmq.conf", &*configuration), ("environment", ""), ("plugins", "[].")] {
            std::fs::write(folder.join(name), content).expect("a file in a temporary folder");
        }
        Self { folder, ports, watches: Vec::new() }
    }

    /// False when it did not answer in time.
    fn run(&mut self) -> bool {
        let [_, distribution, epmd] = self.ports;
        let at = |name: &str| self.folder.join(name);
        let mut watch = Command::new("sh");
        // epmd stays in front, so that it ends with all else; RabbitMQ finds it and starts none. Where one runs already, a second
        // one ends by itself.
        watch
            .args(["-c", WATCH, "watch"])
            .arg(&self.folder)
            .args(["sh", "-c", r#"epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 & exec "$0""#])
            .arg(program("rabbitmq-server"))
            .env("HOME", &self.folder)
            .env("RABBITMQ_NODENAME", "thalweg@localhost")
            .env("RABBITMQ_DIST_PORT", distribution.to_string())
            .env("ERL_EPMD_PORT", epmd.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_MNESIA_BASE", at("data"))
            .env("RABBITMQ_LOG_BASE", at("logs"))
            .env("RABBITMQ_LOGS", "-")
            .env("RABBITMQ_CONFIG_FILE", at("rabbitmq.conf"))
            .env("RABBITMQ_CONF_ENV_FILE", at("environment"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"))
            .env("RABBITMQ_PID_FILE", at("pid"))
            // One scheduler that sleeps when idle: two cores are shared with the tests.
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-setcookie thalweg -kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
            )
            .current_dir(&self.folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.watches.push(watch.spawn().expect("a shell"));
        let end = Instant::now() + START;
        while Instant::now() < end {
            if greets(self.ports[0]) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }

    fn log(&self) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(4000)..]).into_owned()
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        // The last first: the first has the port mapper.
        while let Some(mut watch) = self.watches.pop() {
            drop(watch.stdin.take());
            // Without the shell there is nothing left to wait for.
            let _ended = watch.wait();
        }
    }
}

/// Whether it begins a conversation: the first frame after a client's greeting is a method on channel 0.
fn greets(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let mut start = [0; 3];
    stream.set_read_timeout(Some(Duration::from_secs(2))).is_ok()
        && stream.write_all(b"AMQP\x00\x00\x09\x01").is_ok()
        && stream.read_exact(&mut start).is_ok()
        && start == [1, 0, 0]
}

/// A server program. Distributions keep servers in folders that the path of an ordinary user leaves out.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let known = FOLDERS.iter().map(PathBuf::from).chain(std::env::split_paths(&path));
    let mut places: Vec<PathBuf> = known.collect();
    places.push("/usr/sbin".into());
    let found = places.iter().map(|folder| folder.join(name)).find(|file| Path::is_file(file));
    found.unwrap_or_else(|| panic!("there is no {name}; `cargo xtask test` brings it, or says how"))
}
