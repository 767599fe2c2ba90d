//! What a machine must have before anything can be built or tested, and how it gets there.
//!
//! A need is probed by what is used (a program, a library that `pkg-config` finds), not by package names: what was
//! installed another way counts too.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

use anyhow::Result;

use crate::process::{self, Trouble};
use crate::system::System;

/// One thing that must be there.
struct Need {
    probe: Probe,
    debian: &'static str,
    fedora: &'static str,
    arch: &'static str,
    suse: &'static str,
    /// The systemd units of services that the package brings. We start our own servers, in temporary folders.
    services: &'static [&'static str],
}

enum Probe {
    /// A program in `PATH`.
    Program(&'static str),
    /// A server: in `PATH`, or where a distribution keeps what is not for ordinary users.
    Server(&'static str),
    /// A library with its headers.
    Library(&'static str),
    /// A Python that can make virtual environments.
    PythonVenv,
}

const PKG_CONFIG: Need = Need {
    probe: Probe::Program("pkg-config"),
    debian: "pkg-config",
    fedora: "pkgconf-pkg-config",
    arch: "pkgconf",
    suse: "pkg-config",
    services: &[],
};

const WEBKIT: Need = Need {
    probe: Probe::Library("webkit2gtk-4.1"),
    debian: "libwebkit2gtk-4.1-dev",
    fedora: "webkit2gtk4.1-devel",
    arch: "webkit2gtk-4.1",
    suse: "webkit2gtk3-devel",
    services: &[],
};

const WEB_DRIVER: Need = Need {
    probe: Probe::Program("WebKitWebDriver"),
    debian: "webkit2gtk-driver",
    fedora: "webkit2gtk-driver",
    arch: "webkit2gtk-4.1",
    suse: "webkit2gtk-driver",
    services: &[],
};

const XVFB: Need = Need {
    probe: Probe::Program("Xvfb"),
    debian: "xvfb",
    fedora: "xorg-x11-server-Xvfb",
    arch: "xorg-server-xvfb",
    suse: "xorg-x11-server-Xvfb",
    services: &[],
};

const PYTHON: Need = Need {
    probe: Probe::PythonVenv,
    debian: "python3-venv",
    fedora: "python3",
    arch: "python",
    suse: "python3",
    services: &[],
};

/// What the guide talks to a live engine with.
const CURL: Need =
    Need { probe: Probe::Program("curl"), debian: "curl", fedora: "curl", arch: "curl", suse: "curl", services: &[] };

/// With the C compiler it builds librdkafka.
const MAKE: Need =
    Need { probe: Probe::Program("make"), debian: "make", fedora: "make", arch: "make", suse: "make", services: &[] };

const RABBITMQ: Need = Need {
    probe: Probe::Server("rabbitmq-server"),
    debian: "rabbitmq-server",
    fedora: "rabbitmq-server",
    arch: "rabbitmq",
    suse: "rabbitmq-server",
    services: &["rabbitmq-server.service"],
};

/// Erlang's port mapper, which RabbitMQ brings along; a need of its own because it has services of its own.
const EPMD: Need = Need {
    probe: Probe::Server("epmd"),
    debian: "erlang-base",
    fedora: "erlang-erts",
    arch: "erlang-core",
    suse: "erlang-epmd",
    services: &["epmd.socket", "epmd.service"],
};

const NATS: Need = Need {
    probe: Probe::Server("nats-server"),
    debian: "nats-server",
    fedora: "nats-server",
    arch: "nats-server",
    suse: "nats-server",
    services: &["nats-server.service"],
};

/// Brings axe-core, which examines the page.
const NPM: Need = Need {
    probe: Probe::Program("npm"),
    debian: "npm",
    fedora: "nodejs-npm",
    arch: "npm",
    suse: "npm-default",
    services: &[],
};

/// The session bus over which a second start of the app finds the first.
const BUS: Need = Need {
    probe: Probe::Program("dbus-daemon"),
    debian: "dbus-daemon",
    fedora: "dbus-daemon",
    arch: "dbus",
    suse: "dbus-1-daemon",
    services: &[],
};

const FOR_APP: &[Need] = &[PKG_CONFIG, WEBKIT];
const FOR_TESTS: &[Need] = &[PKG_CONFIG, WEBKIT, WEB_DRIVER, XVFB, CURL, PYTHON, NPM, BUS, MAKE, EPMD, RABBITMQ, NATS];

/// Installs packages as root without starting any service: both ways in which Debian starts one ask `policy-rc.d`
/// first, and 101 means no. A policy that is there already is the machine's own and stays.
const INSTALL: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" || exit
fi
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
"#;

/// Brings what building and showing the window needs.
pub(crate) fn bring_for_app() -> Result<()> {
    match System::detect() {
        System::MacOs => println!("On macOS this needs the Xcode command line tools: `xcode-select --install`."),
        System::Windows => println!(
            "On Windows this needs the Visual Studio C++ build tools and WebView2 (Windows 11 has it): \
             `winget install Microsoft.VisualStudio.2022.BuildTools Microsoft.EdgeWebView2Runtime`."
        ),
        system => bring(system, FOR_APP)?,
    }
    Ok(())
}

/// Brings what the tests need beyond Rust.
pub(crate) fn bring_for_tests() -> Result<()> {
    match System::detect() {
        System::MacOs | System::Windows => Err(Trouble::machine(
            "the window is tested through WebKitWebDriver and Xvfb, which exist on Linux only; \
             here run `cargo xtask test --only lint` and `cargo xtask test --only unit`",
        )
        .into()),
        system => bring(system, FOR_TESTS),
    }
}

/// Brings the wasm target of the toolchain that runs us.
pub(crate) fn bring_wasm_target() -> Result<()> {
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown").is_dir() {
        return Ok(());
    }
    if process::find_program("rustup").is_none() {
        return Err(Trouble::machine(
            "this Rust has no wasm32-unknown-unknown target and there is no rustup to add it; \
             install the target with what installed Rust, or use rustup (https://rustup.rs)",
        )
        .into());
    }
    println!("The user interface is WebAssembly, and this toolchain cannot build it yet:");
    process::run(Command::new("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
}

fn bring(system: System, needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !need.probe.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let install = install_command(system, &missing);
    if system != System::Debian {
        return Err(Trouble::machine(install).into());
    }
    install_with_apt(&missing)?;
    let still: Vec<&str> = needs.iter().filter(|need| !need.probe.is_met()).map(|need| need.debian).collect();
    if still.is_empty() {
        return Ok(());
    }
    Err(Trouble::machine(format!("the packages were installed, but still not found: {}", still.join(", "))).into())
}

impl Probe {
    fn is_met(&self) -> bool {
        match self {
            Self::Program(name) => process::find_program(name).is_some(),
            Self::Server(name) => {
                process::find_program(name).is_some()
                    || ["/usr/sbin", "/usr/lib/rabbitmq/bin"]
                        .iter()
                        .any(|folder| Path::new(folder).join(name).is_file())
            }
            Self::Library(name) => process::succeeds(Command::new("pkg-config").args(["--exists", name])),
            Self::PythonVenv => process::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])),
        }
    }
}

/// The package names of `needs` on `system`, each once.
fn packages(system: System, needs: &[&Need]) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = needs
        .iter()
        .map(|need| match system {
            System::Fedora => need.fedora,
            System::Arch => need.arch,
            System::Suse => need.suse,
            _ => need.debian,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What a person must do elsewhere than on Debian.
fn install_command(system: System, missing: &[&Need]) -> String {
    let names = packages(system, missing).join(" ");
    match system {
        System::Fedora => format!("something is missing; install it with\n\n    sudo dnf install {names}\n"),
        System::Arch => format!("something is missing; install it with\n\n    sudo pacman -S --needed {names}\n"),
        System::Suse => format!("something is missing; install it with\n\n    sudo zypper install {names}\n"),
        _ => format!("something is missing; install what Debian calls {names} with this system's own tool"),
    }
}

fn install_with_apt(missing: &[&Need]) -> Result<()> {
    let names = packages(System::Debian, missing);
    println!("Missing on this machine: {}", names.join(", "));
    let Some(elevate) = elevation() else {
        return Err(Trouble::machine(format!(
            "installing needs root, and there is no sudo that could ask for it; as root, run\n\n    \
             apt-get install --no-install-recommends {}\n",
            names.join(" ")
        ))
        .into());
    };
    let services: Vec<&str> = missing.iter().flat_map(|need| need.services).copied().collect();
    let install = || {
        println!("(no service is started or enabled)");
        elevate.script(INSTALL, &names)
    };
    let update = || elevate.apt_get().arg("update").status();
    let mut updated = false;
    if !has_package_lists() {
        println!("There are no package lists yet:");
        process::run(elevate.apt_get().arg("update"))?;
        updated = true;
    }
    let mut outcome = process::run(&mut install());
    if outcome.is_err() && !updated {
        println!("The package lists may be old; fetching them once and trying again:");
        // Its failure is told by the installation that follows.
        let _: io::Result<std::process::ExitStatus> = update();
        outcome = process::run(&mut install());
    }
    outcome.map_err(|error| Trouble::machine(format!("{error:#}")))?;
    if !services.is_empty() && Path::new("/run/systemd/system").is_dir() {
        // Packages enable their services for the next boot. A unit that this release lacks is nothing to complain of.
        for service in services {
            let _: Result<()> = process::run(elevate.program("systemctl").args(["disable", "--quiet", service]));
        }
    }
    Ok(())
}

/// How to become root.
enum Elevation {
    Root,
    /// `sudo`, which may ask for a password when someone is there to type it.
    Sudo {
        may_ask: bool,
    },
}

impl Elevation {
    fn apt_get(&self) -> Command {
        let mut command = self.program("env");
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    }

    fn script(&self, script: &str, arguments: &[&str]) -> Command {
        let mut command = self.program("sh");
        command.args(["-c", script, "install"]).args(arguments);
        command
    }

    fn program(&self, name: &str) -> Command {
        match self {
            Self::Root => Command::new(name),
            Self::Sudo { may_ask } => {
                let mut command = Command::new("sudo");
                if !may_ask {
                    command.arg("--non-interactive");
                }
                command.arg(name);
                command
            }
        }
    }
}

fn elevation() -> Option<Elevation> {
    let user = process::output(Command::new("id").arg("-u")).unwrap_or_default();
    if user.trim() == "0" {
        return Some(Elevation::Root);
    }
    process::find_program("sudo").map(|_| Elevation::Sudo { may_ask: io::stdin().is_terminal() })
}

/// Whether apt knows any package: fresh containers ship without lists.
fn has_package_lists() -> bool {
    let Ok(entries) = fs::read_dir("/var/lib/apt/lists") else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_is_told_its_own_command() {
        let missing = [&WEBKIT, &WEB_DRIVER, &XVFB];
        assert!(
            install_command(System::Fedora, &missing)
                .contains("sudo dnf install webkit2gtk-driver webkit2gtk4.1-devel xorg-x11-server-Xvfb")
        );
        // One Arch package holds library and driver: named once.
        assert!(
            install_command(System::Arch, &missing).contains("sudo pacman -S --needed webkit2gtk-4.1 xorg-server-xvfb")
        );
        assert!(install_command(System::OtherUnix, &missing).contains("libwebkit2gtk-4.1-dev"));
    }

    #[test]
    fn sudo_never_asks_when_nobody_is_there() {
        let command = Elevation::Sudo { may_ask: false }.apt_get();
        assert!(process::shown(&command).starts_with("sudo --non-interactive env DEBIAN_FRONTEND=noninteractive"));
    }

    /// With another `apt-get` in front: what the script hands on, and that it passes on a failure.
    #[test]
    fn packages_are_installed_by_name_and_a_failure_is_told() {
        let folder = std::env::temp_dir().join(format!("thalweg-needs-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        // A policy of its own keeps the test away from the machine's.
        let policy = folder.join("policy-rc.d");
        let script = INSTALL.replace("/usr/sbin/policy-rc.d", policy.to_str().unwrap());
        let run = |apt_get: &str| {
            let script = script.replace("apt-get", apt_get);
            Elevation::Root.script(&script, &["one", "two"]).output().unwrap()
        };
        let output = run(&format!("sh -c 'cat {}; echo \"$@\"' 0", policy.display()));
        assert!(output.status.success(), "{output:?}");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "#!/bin/sh\nexit 101\ninstall --yes --no-install-recommends one two\n"
        );
        assert!(!policy.exists());
        assert_eq!(run("false").status.code(), Some(1));
        fs::write(&policy, "mine").unwrap();
        assert!(run("true").status.success());
        assert_eq!(fs::read_to_string(&policy).unwrap(), "mine");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn probes_tell_present_from_absent() {
        assert!(Probe::Program("cargo").is_met());
        assert!(!Probe::Program("no-such-program-anywhere").is_met());
        assert!(Probe::Server("cargo").is_met());
        assert!(!Probe::Server("no-such-server-anywhere").is_met());
        assert!(!Probe::Library("no-such-library-anywhere").is_met());
    }
}
