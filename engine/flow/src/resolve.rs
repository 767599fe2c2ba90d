//! From a document to what one run needs: the scenario chosen, its loads and values put in, nothing left open.

use crate::model::{Duration, Flow, Scenario, Settings, Warmup};
use crate::path::Path;
use crate::problem::{Problem, Severity, Span};
use crate::read::{self, Reader, has_errors, shown};
use crate::set;
use crate::suggest;
use crate::text::ValueError;
use crate::tree::{self, Source, Yaml};

/// What a caller changes for one run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overrides {
    /// Values by path, as text in YAML: `("payment.instances", "8")`.
    pub set: Vec<(String, String)>,
    /// Seed of the random numbers.
    pub seed: Option<u64>,
    /// How many independent runs.
    pub replications: Option<u32>,
    /// Length of the run in virtual time.
    pub duration: Option<Duration>,
    /// Time at the start that is not measured.
    pub warmup: Option<Duration>,
}

/// A flow as one scenario runs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The scenario's name; `default` when the document has no scenarios.
    pub scenario_name: String,
    /// The flow with the scenario's loads and all set values in it.
    pub flow: Flow,
    /// Duration, warm-up, seed, replications.
    pub settings: Settings,
    /// The scenario: its faults and expectations.
    pub scenario: Scenario,
}

/// A value to be set, and where it comes from.
struct Setting {
    path: Path,
    value: Yaml,
    origin: Origin,
}

enum Origin {
    /// An entry of the scenario: its path in the document.
    Scenario(Path),
    /// The caller: as written.
    Caller(String),
}

/// Resolves a document for one run. Without a scenario's name, the one named `default` is taken; a document that has none
/// runs with [`Settings::default`], without faults and expectations.
///
/// # Errors
/// All problems of the document when it has errors, or what is wrong with the scenario or with the overrides.
pub fn resolve(text: &str, scenario: Option<&str>, overrides: &Overrides) -> Result<Resolved, Vec<Problem>> {
    let parsed = read::parse(text);
    let (Some(tree), false) = (parsed.tree, has_errors(&parsed.problems)) else { return Err(parsed.problems) };
    let (name, chosen) = choose(&parsed.flow, scenario)?;
    let settings = settings(&parsed.flow, &chosen, overrides)?;
    let wanted = collect(&tree, &name, overrides)?;
    if wanted.is_empty() {
        return Ok(Resolved { scenario_name: name, flow: parsed.flow, settings, scenario: chosen });
    }
    let flow = apply(text, tree, &wanted)?;
    let scenario = flow.scenarios.get(&name).cloned().unwrap_or(chosen);
    Ok(Resolved { scenario_name: name, flow, settings, scenario })
}

fn choose(flow: &Flow, wanted: Option<&str>) -> Result<(String, Scenario), Vec<Problem>> {
    let name = wanted.unwrap_or("default");
    if let Some(scenario) = flow.scenarios.get(name) {
        return Ok((name.to_owned(), scenario.clone()));
    }
    if name == "default" {
        return Ok((name.to_owned(), Scenario::default()));
    }
    let known: Vec<&str> = flow.scenarios.keys().map(String::as_str).collect();
    let help =
        if known.is_empty() { "the document has no scenarios".to_owned() } else { suggest::sentence(name, &known) };
    Err(refusal("unknown-scenario", format!("there is no scenario `{}`", shown(name)), Some(help)))
}

fn settings(flow: &Flow, scenario: &Scenario, overrides: &Overrides) -> Result<Settings, Vec<Problem>> {
    let default = flow.scenarios.get("default").cloned().unwrap_or_default();
    let standard = Settings::default();
    let settings = Settings {
        duration: overrides.duration.or(scenario.duration).or(default.duration).unwrap_or(standard.duration),
        warmup: overrides.warmup.map(Warmup::Fixed).or(scenario.warmup).or(default.warmup).unwrap_or(standard.warmup),
        seed: overrides.seed.or(scenario.seed).or(default.seed).unwrap_or(standard.seed),
        replications: overrides
            .replications
            .or(scenario.replications)
            .or(default.replications)
            .unwrap_or(standard.replications),
    };
    let refuse = |message: String, help: String| Err(refusal("range", message, Some(help)));
    if settings.duration == Duration::ZERO {
        return refuse("the duration is 0".to_owned(), "give a duration such as `10m`".to_owned());
    }
    if let Some(warmup) = settings.warmup.fixed().filter(|&warmup| warmup >= settings.duration) {
        return refuse(
            format!("the warm-up of {warmup} leaves nothing of the duration of {}", settings.duration),
            format!("give a duration longer than {warmup}"),
        );
    }
    if settings.replications == 0 || u64::from(settings.replications) > read::MAX_REPLICATIONS {
        return refuse(
            format!("{} replications cannot be run", settings.replications),
            format!("give 1 to {}", read::MAX_REPLICATIONS),
        );
    }
    Ok(settings)
}

/// Everything that is to be set, in the order in which it is: loads, the scenario's values, the caller's.
fn collect(tree: &Yaml, scenario: &str, overrides: &Overrides) -> Result<Vec<Setting>, Vec<Problem>> {
    let at = Path::of(["scenarios", scenario]);
    let mut wanted = Vec::new();
    for entry in tree.at(&at.clone().key("load")).map_or(&[][..], Yaml::entries) {
        wanted.push(Setting {
            path: Path::of(["nodes", &entry.key.text, "load"]),
            value: entry.value.clone(),
            origin: Origin::Scenario(at.clone().key("load").key(&entry.key.text)),
        });
    }
    for entry in tree.at(&at.clone().key("set")).map_or(&[][..], Yaml::entries) {
        // The reading was without errors, so every path leads somewhere.
        let Ok(path) = set::target(tree, &entry.key.text) else { continue };
        let origin = Origin::Scenario(at.clone().key("set").key(&entry.key.text));
        wanted.push(Setting { path, value: entry.value.clone(), origin });
    }
    for (path, value) in &overrides.set {
        let written = format!("{}={}", shown(path), shown(value));
        let refuse = |error: ValueError| refusal("set", format!("--set {written}: {}", error.message), error.help);
        let target = set::target(tree, path).map_err(refuse)?;
        let (parsed, faults) = tree::parse(value);
        if let Some(fault) = faults.into_iter().next() {
            return Err(refuse(ValueError { message: fault.message, help: fault.help }));
        }
        let value = parsed.filter(|v| !v.is_null()).ok_or_else(|| {
            refuse(ValueError::new("there is no value", "write one behind the `=`, such as `payment.instances=8`"))
        })?;
        wanted.push(Setting { path: target, value: set::unplaced(value), origin: Origin::Caller(written) });
    }
    Ok(wanted)
}

/// Puts the values in and reads the result; what is wrong with it is told where the value was given.
fn apply(text: &str, mut tree: Yaml, wanted: &[Setting]) -> Result<Flow, Vec<Problem>> {
    let original = tree.clone();
    let source = Source::new(text);
    for setting in wanted {
        if let Err(error) = set::put(&mut tree, &setting.path, setting.value.clone()) {
            let problem = outside("set", error.message, error.help);
            return Err(vec![told_at_origin(problem, setting, &original, &source)]);
        }
    }
    let mut reader = Reader::new(&source);
    let flow = read::read_tree(&mut reader, &tree);
    let problems = reader.finish();
    if !has_errors(&problems) {
        return Ok(flow);
    }
    let told = problems.into_iter().filter(|p| p.severity == Severity::Error).map(|problem| {
        let near = wanted.iter().rev().find(|s| related(&problem.path, &s.path.to_string()));
        match near.or(wanted.last()) {
            Some(setting) => told_at_origin(problem, setting, &original, &source),
            None => problem,
        }
    });
    Err(told.collect())
}

/// Whether one path lies at or below the other.
fn related(a: &str, b: &str) -> bool {
    let below =
        |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    below(a, b) || below(b, a)
}

fn told_at_origin(problem: Problem, setting: &Setting, tree: &Yaml, source: &Source<'_>) -> Problem {
    // Its fixes are for another text than the one that says so.
    let problem = Problem { fixes: Vec::new(), ..problem };
    match &setting.origin {
        Origin::Scenario(path) => Problem { span: source.span(tree.place(path)), path: path.to_string(), ..problem },
        Origin::Caller(written) => {
            Problem { span: Span::default(), message: format!("--set {written}: {}", problem.message), ..problem }
        }
    }
}

/// A problem that is not in the text.
fn outside(code: &'static str, message: String, help: Option<String>) -> Problem {
    Problem {
        severity: Severity::Error,
        code,
        message,
        span: Span::default(),
        path: String::new(),
        help,
        fixes: Vec::new(),
    }
}

fn refusal(code: &'static str, message: String, help: Option<String>) -> Vec<Problem> {
    vec![outside(code, message, help)]
}
