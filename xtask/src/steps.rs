//! A list of named steps that stand on each other, run in order, told and timed.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::process::Trouble;

/// How many tests a step ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// Adds what a line `test result: ok. 12 passed; 0 failed; …` of a test program says; other lines add nothing.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some(rest) = line.trim_start().strip_prefix("test result: ") else { return };
        let number_before = |word: &str| {
            rest.split([';', '.'])
                .find_map(|part| part.trim().strip_suffix(word)?.trim().parse::<u64>().ok())
                .unwrap_or(0)
        };
        self.passed += number_before("passed");
        self.failed += number_before("failed");
    }
}

/// One step.
pub(crate) struct Step<'a> {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    /// One line for whoever watches.
    pub(crate) about: &'static str,
    /// Steps that must have gone well before; each stands earlier in the list.
    pub(crate) needs: &'static [&'static str],
    /// Does it, and says how many tests it ran.
    pub(crate) work: Box<dyn Fn() -> Result<Counts> + 'a>,
}

/// Runs all steps, or `only` the named one with those it stands on; stops at the first that fails.
/// Prints a table of times at the end either way.
pub(crate) fn run(steps: &[Step<'_>], only: Option<&str>) -> Result<Counts> {
    let chosen = choose(steps, only)?;
    let mut done: Vec<(&str, Duration, &str)> = Vec::new();
    let mut total = Counts::default();
    let mut failure = None;
    for step in chosen {
        println!("\n=== {}: {}", step.name, step.about);
        let begun = Instant::now();
        let outcome = (step.work)();
        let (word, stop) = match outcome {
            Ok(counts) => {
                total.passed += counts.passed;
                total.failed += counts.failed;
                ("ok", None)
            }
            Err(error) => ("FAILED", Some(error)),
        };
        done.push((step.name, begun.elapsed(), word));
        if let Some(error) = stop {
            failure = Some(error.context(format!("step `{}` failed (alone: cargo xtask test --only {0})", step.name)));
            break;
        }
    }
    print!("\n{}", table(&done));
    failure.map_or(Ok(total), Err)
}

fn choose<'a, 'b>(steps: &'b [Step<'a>], only: Option<&str>) -> Result<Vec<&'b Step<'a>>> {
    let Some(name) = only else { return Ok(steps.iter().collect()) };
    let mut wanted = vec![name];
    let mut next = 0;
    while let Some(name) = wanted.get(next).copied() {
        let step = steps.iter().find(|step| step.name == name).with_context(|| {
            let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
            Trouble::usage(format!("there is no step `{name}`; the steps are {}", names.join(", ")))
        })?;
        wanted.extend(step.needs);
        next += 1;
    }
    Ok(steps.iter().filter(|step| wanted.contains(&step.name)).collect())
}

fn table(done: &[(&str, Duration, &str)]) -> String {
    let line = |name: &str, time: Duration, word: &str| {
        let seconds = time.as_secs();
        format!("{name:<10} {:>3} min {:02} s  {word}\n", seconds / 60, seconds % 60)
    };
    let mut text: String = done.iter().map(|(name, time, word)| line(name, *time, word)).collect();
    text.push_str(&line("total", done.iter().map(|(_, time, _)| *time).sum(), ""));
    text
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn recording<'a>(log: &'a RefCell<Vec<&'static str>>, failing: &'static str) -> Vec<Step<'a>> {
        let step = |name: &'static str, needs| Step {
            name,
            about: "",
            needs,
            work: Box::new(move || {
                log.borrow_mut().push(name);
                if name == failing {
                    anyhow::bail!("broken");
                }
                Ok(Counts { passed: 1, failed: 0 })
            }),
        };
        vec![step("a", &[]), step("b", &["a"]), step("c", &[]), step("d", &["b"])]
    }

    #[test]
    fn one_step_brings_all_that_it_stands_on_in_order() {
        let log = RefCell::default();
        let counts = run(&recording(&log, ""), Some("d")).unwrap();
        assert_eq!(*log.borrow(), ["a", "b", "d"]);
        assert_eq!(counts.passed, 3);
    }

    #[test]
    fn the_first_failure_stops_and_is_named() {
        let log = RefCell::default();
        let error = run(&recording(&log, "b"), None).unwrap_err();
        assert_eq!(*log.borrow(), ["a", "b"]);
        assert!(format!("{error:#}").starts_with("step `b` failed"), "{error:#}");
        assert!(format!("{error:#}").ends_with("broken"), "{error:#}");
    }

    #[test]
    fn an_unknown_step_is_wrong_usage() {
        let log = RefCell::default();
        let error = run(&recording(&log, ""), Some("z")).unwrap_err();
        assert_eq!(crate::process::exit_code(&error), 2);
        assert!(error.to_string().contains("a, b, c, d"));
    }

    #[test]
    fn test_results_are_counted_from_what_the_test_program_prints() {
        let mut counts = Counts::default();
        counts
            .add_line("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.02s");
        counts.add_line("test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out");
        counts.add_line("test passed ... ok");
        assert_eq!(counts, Counts { passed: 16, failed: 2 });
    }

    #[test]
    fn times_are_told_in_minutes_and_seconds() {
        let text = table(&[("fmt", Duration::from_secs(5), "ok"), ("unit", Duration::from_secs(125), "FAILED")]);
        assert!(text.contains("unit         2 min 05 s  FAILED"), "{text}");
        assert!(text.contains("total        2 min 10 s"), "{text}");
    }
}
