//! `cargo xtask fuzz`: bytes that nobody would send, guided by what they reach in the code.
//!
//! The targets of `fuzz/` are programs of libFuzzer. What counts covered code is a pass of LLVM, which a stable compiler
//! runs as well as a nightly one; only the sanitizers of `cargo fuzz` need the latter.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::checkout::Checkout;
use crate::process::{self, Trouble};

/// The targets, each with its list of words, if it has one.
const TARGETS: &[(&str, Option<&str>)] = &[
    ("filter_read", Some("filter.dict")),
    ("filter_complete", Some("filter.dict")),
    ("otlp_protobuf", None),
    ("otlp_json", Some("otlp.dict")),
    ("bodies", None),
    ("import", Some("otlp.dict")),
    ("blocks", None),
];

/// What cargo-fuzz gives the compiler too, but for the sanitizer.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// No input may take longer, in seconds, or more memory, in MiB.
const SLOW_S: u32 = 5;
const MEMORY_MIB: u32 = 1024;
/// Longest input that is made.
const LONGEST: u32 = 16 << 10;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    targets: Vec<&'static str>,
    seconds: u32,
}

/// `cargo xtask fuzz [TARGET…] [--minutes N]`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let wish = wish(arguments)?;
    let checkout = Checkout::find()?;
    let host = host()?;
    let folder = checkout.root.join("fuzz");
    let built = checkout.target.join("fuzz");
    process::run(
        process::cargo()
            .current_dir(&folder)
            .env("RUSTFLAGS", FLAGS)
            // With a target named, the flags are for it alone and not for what runs while building.
            .args(["build", "--release", "--bins", "--target", &host, "--target-dir"])
            .arg(&built),
    )?;
    for (target, words) in TARGETS.iter().filter(|(target, _)| wish.targets.contains(target)) {
        println!("\n=== {target}, {} s", wish.seconds);
        let program = built.join(&host).join("release").join(target);
        let found = built.join("found").join(target);
        let kept = built.join("artifacts").join(target);
        for made in [&found, &kept] {
            fs::create_dir_all(made).with_context(|| format!("cannot make {}", made.display()))?;
        }
        let mut command = Command::new(program);
        command
            .arg(&found)
            .arg(folder.join("corpus").join(target))
            .arg(format!("-max_total_time={}", wish.seconds))
            .arg(format!("-max_len={LONGEST}"))
            .arg(format!("-timeout={SLOW_S}"))
            .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
            .arg(format!("-artifact_prefix={}/", kept.display()))
            .arg("-print_final_stats=1");
        if let Some(words) = words {
            command.arg(format!("-dict={}", folder.join(words).display()));
        }
        process::run(&mut command).with_context(|| {
            format!(
                "{target} failed; the bytes are in {}. Put them into fuzz/corpus/{target}, where the ordinary tests run them",
                relative(&kept, &checkout.root)
            )
        })?;
    }
    Ok(())
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc does not start")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not say for which machine it compiles")
}

fn wish(arguments: &[String]) -> Result<Wish> {
    let (mut targets, mut minutes) = (Vec::new(), 1.0_f64);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--minutes" {
            let number = rest.next().and_then(|number| number.parse::<f64>().ok());
            minutes = number
                .filter(|minutes| minutes.is_finite() && (0.01..=100_000.0).contains(minutes))
                .ok_or_else(|| Trouble::usage("`--minutes` needs a number of minutes"))?;
            continue;
        }
        let known = TARGETS.iter().map(|(target, _)| *target).find(|target| target == argument).ok_or_else(|| {
            let names: Vec<&str> = TARGETS.iter().map(|(target, _)| *target).collect();
            Trouble::usage(format!("there is no target `{argument}`; the targets are {}", names.join(", ")))
        })?;
        targets.push(known);
    }
    if targets.is_empty() {
        targets = TARGETS.iter().map(|(target, _)| *target).collect();
    }
    Ok(Wish { targets, seconds: (minutes * 60.0).ceil() as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn targets_and_minutes_are_asked_for() {
        assert_eq!(wish(&[]).unwrap().targets.len(), TARGETS.len());
        let asked = wish(&words("import --minutes 0.5 blocks")).unwrap();
        assert_eq!(asked, Wish { targets: vec!["import", "blocks"], seconds: 30 });
        for wrong in ["nothing", "--minutes", "--minutes x", "--minutes -1", "--minutes inf"] {
            assert_eq!(process::exit_code(&wish(&words(wrong)).unwrap_err()), 2, "{wrong}");
        }
    }

    #[test]
    fn every_target_is_a_program_with_a_corpus_and_the_other_way_round() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
        for (target, words) in TARGETS {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            assert!(fs::read_dir(folder.join("corpus").join(target)).unwrap().count() > 10, "{target}");
            assert!(words.is_none_or(|words| folder.join(words).is_file()), "{target}");
        }
    }
}
