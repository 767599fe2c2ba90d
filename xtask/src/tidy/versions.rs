//! Version floors: below them something is broken that no advisory database tells, and pairs that must agree.

use toml::{Table, Value};

use super::Finding;
use super::source::Sources;

const LOCK: &str = "Cargo.lock";

/// A crate must be at least this new, in every version that the lock file holds.
const FLOORS: &[(&str, [u64; 3], &str)] = &[
    ("tonic", [0, 14, 3], "before it the message limit was applied to the compressed length"),
    ("libsqlite3-sys", [0, 37, 0], "it bundles SQLite 3.51.3, the first without the WAL-reset bug"),
    ("tauri", [2, 11, 1], "CVE-2026-42184, origin confusion"),
    ("h2", [0, 4, 4], "CONTINUATION flood"),
    ("tauri-plugin-shell", [2, 2, 1], "CVE-2025-31477, unchecked schemes; better absent"),
];

/// Crates that must not come in at all.
const ABSENT: &[(&str, &str)] = &[
    ("serde_yaml", "no longer kept, and without a budget for aliases"),
    ("serde_yml", "of contested origin"),
    ("openssl-sys", "TLS is not used, and it would have to be installed on every machine"),
];

/// Crates of which both must have the same version.
const PAIRS: &[(&str, &str, &str)] =
    &[("wasm-bindgen", "wasm-bindgen-cli-support", "the binder refuses the output of any other version")];

pub(super) fn check(sources: &Sources) -> Vec<Finding> {
    let Some(lock) = sources.get(LOCK) else {
        return vec![Finding::new(LOCK, "is missing: the versions that were tested must be committed")];
    };
    match packages(&lock.text) {
        Ok(packages) => judge(&packages),
        Err(text) => vec![Finding::new(LOCK, text)],
    }
}

/// Name and version of every package.
fn packages(lock: &str) -> Result<Vec<(String, String)>, String> {
    let table: Table = lock.parse().map_err(|error| format!("is not TOML: {error}"))?;
    let packages = table.get("package").and_then(Value::as_array).ok_or("names no packages")?;
    let text = |package: &Value, key: &str| package.get(key).and_then(Value::as_str).map(String::from);
    Ok(packages.iter().filter_map(|package| Some((text(package, "name")?, text(package, "version")?))).collect())
}

fn judge(packages: &[(String, String)]) -> Vec<Finding> {
    let versions = |name: &str| -> Vec<&str> {
        packages.iter().filter(|package| package.0 == name).map(|package| package.1.as_str()).collect()
    };
    let mut findings = Vec::new();
    let mut tell = |text: String| findings.push(Finding::new(LOCK, text));
    for (name, floor, why) in FLOORS {
        for version in versions(name).into_iter().filter(|version| is_older(version, *floor)) {
            let [major, minor, patch] = floor;
            tell(format!("{name} {version} is older than {major}.{minor}.{patch}: {why}"));
        }
    }
    for (name, why) in ABSENT {
        if !versions(name).is_empty() {
            tell(format!("{name} must not come in: {why}"));
        }
    }
    for (one, other, why) in PAIRS {
        if versions(one) != versions(other) {
            tell(format!("{one} and {other} differ in version: {why}"));
        }
    }
    findings
}

/// Compares as Cargo does: numbers first, and a pre-release is older than its release.
fn is_older(version: &str, floor: [u64; 3]) -> bool {
    let version = version.split('+').next().unwrap_or(version);
    let (core, is_pre_release) = version.split_once('-').map_or((version, false), |(core, _)| (core, true));
    let mut numbers = [0; 3];
    for (slot, part) in numbers.iter_mut().zip(core.split('.')) {
        *slot = part.parse().unwrap_or(0);
    }
    numbers < floor || (numbers == floor && is_pre_release)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lock: &[(&str, &str)]) -> Vec<String> {
        let package =
            |(name, version): &(&str, &str)| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
        let text: String = lock.iter().map(package).collect();
        check(&Sources::of(&[(LOCK, &text)])).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn what_is_too_old_is_named_with_the_reason() {
        assert!(texts(&[("tonic", "0.14.9"), ("libsqlite3-sys", "0.38.1"), ("h2", "0.4.12")]).is_empty());
        assert_eq!(
            texts(&[("tonic", "0.14.2"), ("tonic", "0.14.3")]),
            ["tonic 0.14.2 is older than 0.14.3: before it the message limit was applied to the compressed length"]
        );
        assert_eq!(texts(&[("tonic", "0.14.3-beta.1")]).len(), 1);
        assert_eq!(texts(&[("serde_yaml", "0.9.34+deprecated")]).len(), 1);
    }

    #[test]
    fn library_and_binder_agree() {
        assert!(texts(&[("wasm-bindgen", "0.2.130"), ("wasm-bindgen-cli-support", "0.2.130")]).is_empty());
        assert_eq!(texts(&[("wasm-bindgen", "0.2.131"), ("wasm-bindgen-cli-support", "0.2.130")]).len(), 1);
    }

    #[test]
    fn a_missing_or_broken_lock_is_told() {
        assert_eq!(check(&Sources::of(&[])).len(), 1);
        assert!(check(&Sources::of(&[(LOCK, "= broken")]))[0].text.contains("not TOML"));
    }
}
