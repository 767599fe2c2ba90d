//! RabbitMQ, one for all tests of a program: it needs about ten seconds to start.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};

use super::server::Server;

/// Where the scripts lie that do not switch to the user `rabbitmq`, as those in `/usr/sbin` do.
const FOLDERS: &[&str] = &["/usr/lib/rabbitmq/bin", "/usr/lib64/rabbitmq/bin", "/opt/rabbitmq/sbin"];

/// A free port may be taken by another before the server opens it.
const TRIES: usize = 3;

/// Both names and cookies are seen by our private epmd only.
const NODE: &str = "thalweg@localhost";
const COOKIE: &str = "thalweg";

/// A running RabbitMQ.
#[derive(Debug)]
pub struct RabbitMq {
    server: Server,
    port: u16,
    epmd_port: u16,
    version: (u32, u32),
}

impl RabbitMq {
    /// The one of this program; started when first asked for.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<RabbitMq, String>> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::start().map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(|error| anyhow!("no RabbitMQ: {error}"))
    }

    /// Where clients connect; the credentials are those that a fresh RabbitMQ has for loopback.
    pub fn uri(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// Major and minor version.
    pub fn version(&self) -> (u32, u32) {
        self.version
    }

    /// Runs `rabbitmqctl` and returns what it printed.
    pub fn control(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(super::find("rabbitmqctl", FOLDERS)?)
            .args(["--node", NODE, "--erlang-cookie", COOKIE, "--quiet"])
            .args(arguments)
            .env("HOME", self.server.folder())
            .env("ERL_EPMD_PORT", self.epmd_port.to_string())
            .env("RABBITMQ_CONF_ENV_FILE", self.server.folder().join("environment"))
            .stdin(Stdio::null())
            .output()
            .context("cannot start rabbitmqctl")?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        ensure!(output.status.success(), "rabbitmqctl {arguments:?} failed: {said}");
        Ok(said)
    }

    fn start() -> Result<Self> {
        let mut last = anyhow!("it was not tried");
        for _ in 0..TRIES {
            match Self::start_once() {
                Ok(broker) => return Ok(broker),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn start_once() -> Result<Self> {
        let [port, distribution_port, epmd_port] = free_ports()?;
        let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display())).map(|()| path)
        };
        // No share of this machine's memory, which other programs use too; tests that want the alarm set it off.
        let configuration = format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\nvm_memory_high_watermark.absolute = 512MiB\ndisk_free_limit.absolute = 1MB\n"
        );
        // epmd stays in front, so that it ends with all else; RabbitMQ finds it and starts none.
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 & exec "$0""#])
            .arg(super::find("rabbitmq-server", FOLDERS)?)
            .env("HOME", folder.path())
            .env("RABBITMQ_NODENAME", NODE)
            .env("RABBITMQ_DIST_PORT", distribution_port.to_string())
            .env("ERL_EPMD_PORT", epmd_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_MNESIA_BASE", folder.path().join("data"))
            .env("RABBITMQ_LOG_BASE", folder.path().join("logs"))
            .env("RABBITMQ_LOGS", "-")
            .env("RABBITMQ_CONFIG_FILE", file("rabbitmq.conf", &configuration)?)
            .env("RABBITMQ_CONF_ENV_FILE", file("environment", "")?)
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", file("plugins", "[].")?)
            .env("RABBITMQ_PID_FILE", folder.path().join("pid"))
            // One scheduler that sleeps when idle: two cores are shared with the tests.
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                format!("-setcookie {COOKIE} -kernel inet_dist_use_interface {{127,0,0,1}} +S 1:1 +sbwt none"),
            );
        let server = Server::start(folder, &command)?;
        let version = server.wait_for("RabbitMQ to answer", || greeting(port))?;
        Ok(Self { server, port, epmd_port, version })
    }
}

/// Three ports that were free at once.
fn free_ports() -> Result<[u16; 3]> {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot find a free port");
    let held = [listen()?, listen()?, listen()?];
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

/// The version out of the first thing that a RabbitMQ says to a client: `connection.start` of AMQP 0-9-1, whose table
/// of properties has the entry `version`, a long string (`S`, four bytes of length).
fn greeting(port: u16) -> Option<(u32, u32)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    stream.write_all(b"AMQP\x00\x00\x09\x01").ok()?;
    let mut header = [0; 7];
    stream.read_exact(&mut header).ok()?;
    let size = u32::from_be_bytes(header[3..7].try_into().ok()?);
    let mut frame = vec![0; usize::try_from(size).ok()?.min(64 * 1024)];
    stream.read_exact(&mut frame).ok()?;
    version_in(&frame)
}

fn version_in(frame: &[u8]) -> Option<(u32, u32)> {
    const KEY: &[u8] = b"\x07versionS";
    let start = frame.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let length = u32::from_be_bytes(frame.get(start..start + 4)?.try_into().ok()?);
    let text = std::str::from_utf8(frame.get(start + 4..)?.get(..usize::try_from(length).ok()?)?).ok()?;
    let mut parts = text.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_greeting() {
        let frame = b"\x00\x0a\x00\x0a\x00\x09\x00\x00\x00\x16\x07versionS\x00\x00\x00\x063.10.8\x00";
        assert_eq!(version_in(frame), Some((3, 10)));
        assert_eq!(version_in(b"\x07versionS\x00\x00\x00\xff3.10.8"), None);
    }
}
