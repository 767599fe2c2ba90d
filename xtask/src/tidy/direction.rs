//! Who may know whom: the direction of dependencies drawn in `ARCHITECTURE.md`.

use toml::{Table, Value};

use super::Finding;
use super::source::{File, Sources};

/// One room: which rooms it may use.
struct Room {
    package: &'static str,
    folder: &'static str,
    may_use: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room { package: "thalweg-flow", folder: "engine/flow", may_use: &[] },
    Room { package: "thalweg-sim", folder: "engine/sim", may_use: &["thalweg-flow"] },
    Room { package: "thalweg-truth", folder: "engine/truth", may_use: &["thalweg-flow", "thalweg-sim"] },
    Room { package: "thalweg-charts", folder: "engine/charts", may_use: &["thalweg-flow"] },
    Room { package: "thalweg-layout", folder: "engine/layout", may_use: &[] },
    // Durations and sizes are written as in a flow.
    Room { package: "thalweg-spans", folder: "engine/spans", may_use: &["thalweg-flow"] },
    // What traces show becomes a flow document.
    Room { package: "thalweg-topology", folder: "engine/topology", may_use: &["thalweg-flow"] },
    Room { package: "thalweg-protocol", folder: "engine/protocol", may_use: &["thalweg-flow"] },
    Room { package: "thalweg-store", folder: "engine/store", may_use: &["thalweg-flow", "thalweg-spans"] },
    Room { package: "thalweg-door", folder: "engine/door", may_use: &[] },
    Room {
        package: "thalweg-telemetry",
        folder: "engine/telemetry",
        may_use: &["thalweg-door", "thalweg-flow", "thalweg-spans", "thalweg-store", "thalweg-topology"],
    },
    Room { package: "thalweg-bus", folder: "engine/bus", may_use: &["thalweg-door", "thalweg-flow", "thalweg-store"] },
    Room {
        package: "thalweg-workbench",
        folder: "engine/workbench",
        may_use: &[
            "thalweg-flow",
            "thalweg-sim",
            "thalweg-truth",
            "thalweg-charts",
            "thalweg-layout",
            "thalweg-spans",
            "thalweg-store",
            "thalweg-bus",
            "thalweg-telemetry",
            "thalweg-topology",
            "thalweg-protocol",
        ],
    },
    // A face may show the values of the pure rooms; what happens with them is the workbench's.
    Room {
        package: "thalweg",
        folder: "engine/cli",
        may_use: &["thalweg-workbench", "thalweg-protocol", "thalweg-flow", "thalweg-charts", "thalweg-spans"],
    },
    Room { package: "thalweg-desktop", folder: "src-tauri", may_use: &["thalweg-workbench", "thalweg-protocol"] },
    Room {
        package: "thalweg-ui",
        folder: "ui",
        may_use: &["thalweg-protocol", "thalweg-flow", "thalweg-charts", "thalweg-spans"],
    },
    Room { package: "thalweg-tests", folder: "tests", may_use: &[] },
    Room { package: "xtask", folder: "xtask", may_use: &[] },
];

/// A foreign crate (or, with `*`, a family) that only some rooms may name outside their tests.
struct Reserved {
    name: &'static str,
    rooms: &'static [&'static str],
    why: &'static str,
}

const ANYONE_WITH_IO: &[&str] = &[
    "thalweg-store",
    "thalweg-door",
    "thalweg-bus",
    "thalweg-telemetry",
    "thalweg-workbench",
    "thalweg",
    "thalweg-desktop",
    "thalweg-tests",
];

const RESERVED: &[Reserved] = &[
    Reserved { name: "sqlx", rooms: &["thalweg-store"], why: "only the store writes SQL" },
    Reserved { name: "libsqlite3-sys", rooms: &["thalweg-store"], why: "only the store writes SQL" },
    Reserved { name: "tauri*", rooms: &["thalweg-desktop"], why: "only the shell names Tauri" },
    Reserved {
        name: "opentelemetry-proto",
        rooms: &["thalweg-telemetry", "thalweg-tests"],
        why: "only telemetry names OTLP types",
    },
    Reserved { name: "tonic*", rooms: &["thalweg-telemetry", "thalweg-tests"], why: "only telemetry speaks gRPC" },
    Reserved {
        name: "prost*",
        rooms: &["thalweg-telemetry", "thalweg-bus", "thalweg-tests"],
        why: "protobuf is what OTLP and kept events are written in",
    },
    Reserved { name: "async-nats", rooms: &["thalweg-bus", "thalweg-tests"], why: "only the bus names broker clients" },
    Reserved { name: "lapin", rooms: &["thalweg-bus", "thalweg-tests"], why: "only the bus names broker clients" },
    Reserved { name: "rdkafka", rooms: &["thalweg-bus", "thalweg-tests"], why: "only the bus names broker clients" },
    Reserved { name: "leptos*", rooms: &["thalweg-ui"], why: "only the interface draws" },
    Reserved { name: "tokio*", rooms: ANYONE_WITH_IO, why: "pure rooms do no I/O and no async" },
    Reserved { name: "futures*", rooms: ANYONE_WITH_IO, why: "pure rooms do no I/O and no async" },
    Reserved { name: "axum*", rooms: &["thalweg-telemetry", "thalweg-bus"], why: "only telemetry and the bus listen" },
    Reserved {
        name: "hyper*",
        rooms: &["thalweg-door", "thalweg-telemetry", "thalweg-bus", "thalweg-tests"],
        why: "only telemetry and the bus listen",
    },
    Reserved { name: "reqwest", rooms: &["thalweg-telemetry", "thalweg-tests"], why: "pure rooms do no I/O" },
];

/// What the window and the shell may both know.
const SHARED_WITH_WINDOW: &[&str] = &["thalweg-protocol", "thalweg-flow", "thalweg-charts"];

pub(super) fn check(sources: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    // `benches/` is a workspace of its own, so that what it compares us with is no dependency of ours.
    let manifests = sources
        .files()
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml") && !file.text.lines().any(|line| line == "[workspace]"));
    for file in manifests {
        match Manifest::read(file) {
            Ok(manifest) => manifest.check(&mut findings),
            Err(text) => findings.push(Finding::new(&file.path, text)),
        }
    }
    findings.extend(check_bridge(sources));
    findings
}

/// One dependency line.
struct Dependency {
    name: String,
    only_in_tests: bool,
    from_workspace: bool,
}

struct Manifest<'a> {
    path: &'a str,
    room: &'static Room,
    inherits_lints: bool,
    dependencies: Vec<Dependency>,
}

impl<'a> Manifest<'a> {
    fn read(file: &'a File) -> Result<Self, String> {
        let table: Table = file.text.parse().map_err(|error| format!("is not TOML: {error}"))?;
        let package = table.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
        let package = package.ok_or("has no package name")?;
        let room = ROOMS.iter().find(|room| room.package == package).ok_or_else(|| {
            format!("`{package}` is no room of ARCHITECTURE.md; add it to xtask/src/tidy/direction.rs")
        })?;
        if file.path != format!("{}/Cargo.toml", room.folder) {
            return Err(format!("`{package}` belongs into {}", room.folder));
        }
        let inherits_lints = table.get("lints").and_then(|lints| lints.get("workspace")) == Some(&Value::Boolean(true));
        Ok(Self { path: &file.path, room, inherits_lints, dependencies: dependencies(&table) })
    }

    fn check(&self, findings: &mut Vec<Finding>) {
        let mut tell = |text: String| findings.push(Finding::new(self.path, text));
        if !self.inherits_lints {
            tell("lacks `[lints] workspace = true`".into());
        }
        for dependency in &self.dependencies {
            let name = &dependency.name;
            if !dependency.from_workspace {
                tell(format!("`{name}` must take its version from [workspace.dependencies]"));
            }
            if ROOMS.iter().any(|room| room.package == name) && !self.room.may_use.contains(&name.as_str()) {
                tell(format!("{} must not know `{name}` (see ARCHITECTURE.md)", self.room.folder));
            }
            if dependency.only_in_tests {
                continue;
            }
            for reserved in RESERVED.iter().filter(|reserved| reserved.covers(name)) {
                if !reserved.rooms.contains(&self.room.package) {
                    tell(format!("`{name}` has no place in {}: {}", self.room.folder, reserved.why));
                }
            }
        }
    }
}

impl Reserved {
    fn covers(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(family) => name == family || name.strip_prefix(family).is_some_and(|rest| rest.starts_with('-')),
            None => name == self.name,
        }
    }
}

/// All dependencies of a manifest, those for single targets included.
fn dependencies(table: &Table) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut collect = |table: &Table| {
        for (section, only_in_tests) in
            [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            for (key, value) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
                let name = value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned();
                let from_workspace = value.get("workspace") == Some(&Value::Boolean(true));
                found.push(Dependency { name, only_in_tests, from_workspace });
            }
        }
    };
    collect(table);
    for target in table.get("target").and_then(Value::as_table).into_iter().flatten() {
        if let Some(table) = target.1.as_table() {
            collect(table);
        }
    }
    found
}

/// The interface and the shell must share nothing but the bridge and the pure rooms it carries.
fn check_bridge(sources: &Sources) -> Vec<Finding> {
    let rooms_of = |path: &str| -> Vec<String> {
        let Some(table) = sources.get(path).and_then(|file| file.text.parse::<Table>().ok()) else { return Vec::new() };
        let own = |name: &String| ROOMS.iter().any(|room| room.package == name);
        dependencies(&table).into_iter().map(|dependency| dependency.name).filter(own).collect()
    };
    let shell = rooms_of("src-tauri/Cargo.toml");
    rooms_of("ui/Cargo.toml")
        .into_iter()
        .filter(|name| shell.contains(name) && !SHARED_WITH_WINDOW.contains(&name.as_str()))
        .map(|name| Finding::new("ui/Cargo.toml", format!("shares `{name}` with src-tauri: the bridge is protocol")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(path: &str, package: &str, body: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"{package}\"\n[lints]\nworkspace = true\n{body}");
        check(&Sources::of(&[(path, &manifest)])).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn arrows_never_point_up() {
        let body = "[dependencies]\nthalweg-workbench.workspace = true\n";
        assert_eq!(
            texts("engine/sim/Cargo.toml", "thalweg-sim", body),
            ["engine/sim must not know `thalweg-workbench` (see ARCHITECTURE.md)"]
        );
        let body = "[dependencies]\nthalweg-flow.workspace = true\n";
        assert!(texts("engine/sim/Cargo.toml", "thalweg-sim", body).is_empty());
    }

    #[test]
    fn pure_rooms_stay_pure_also_behind_renames_and_targets() {
        let body = "[target.'cfg(unix)'.dependencies]\nasync = { package = \"tokio-util\", workspace = true }\n";
        assert_eq!(
            texts("engine/flow/Cargo.toml", "thalweg-flow", body),
            ["`tokio-util` has no place in engine/flow: pure rooms do no I/O and no async"]
        );
    }

    #[test]
    fn reserved_crates_are_free_in_tests_only() {
        let body = "[dev-dependencies]\ntonic.workspace = true\n[build-dependencies]\ntauri-build.workspace = true\n";
        assert_eq!(
            texts("engine/workbench/Cargo.toml", "thalweg-workbench", body),
            ["`tauri-build` has no place in engine/workbench: only the shell names Tauri"]
        );
    }

    #[test]
    fn versions_and_lints_come_from_the_workspace() {
        let found = check(&Sources::of(&[(
            "engine/flow/Cargo.toml",
            "[package]\nname = \"thalweg-flow\"\n[dependencies]\nserde = \"1\"\n",
        )]));
        let texts: Vec<&str> = found.iter().map(|finding| finding.text.as_str()).collect();
        assert_eq!(
            texts,
            ["lacks `[lints] workspace = true`", "`serde` must take its version from [workspace.dependencies]"]
        );
    }

    #[test]
    fn an_unknown_crate_must_be_placed_first() {
        assert!(texts("engine/magic/Cargo.toml", "thalweg-magic", "")[0].contains("is no room"));
        assert!(texts("engine/flow2/Cargo.toml", "thalweg-flow", "")[0].contains("belongs into engine/flow"));
    }

    #[test]
    fn nothing_but_the_bridge_is_shared() {
        let ui = "[dependencies]\nthalweg-workbench.workspace = true\nthalweg-protocol.workspace = true\n";
        let found = check_bridge(&Sources::of(&[("ui/Cargo.toml", ui), ("src-tauri/Cargo.toml", ui)]));
        assert_eq!(found.len(), 1);
        assert!(found[0].text.contains("thalweg-workbench"));
    }
}
