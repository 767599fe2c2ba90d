//! `thalweg validate`: this build beside the known answers.

mod page;

use thalweg_charts::units::{six_digits, with_unit};
use thalweg_protocol::{
    ErrorCode,
    validation::{KnownAnswer, KnownCase, Validation},
};
use thalweg_workbench::{CancelFlag, ValidationRequest, validate};

use crate::{
    args::{ValidateArgs, ValidateFormat},
    failure::{Failure, Verdict},
    simulate::{Watch, stop_on_ctrl_c},
    table::{Cell, Side, Table, Tone},
    terminal::{BAD, GOOD, Look, QUIET, STRONG, Terminal},
};

/// Simulates the known answers and tells how far this build agrees with them.
pub(crate) fn run(args: &ValidateArgs, terminal: &Terminal) -> Result<Verdict, Failure> {
    let cancel = CancelFlag::default();
    stop_on_ctrl_c(cancel.clone())?;
    let watch = Watch::new(cancel, terminal);
    let request =
        ValidationRequest { filter: args.filter.clone(), threads: args.threads.map(std::num::NonZeroUsize::get) };
    let outcome = validate(&request, &watch, |_| ());
    watch.finish();
    let validation = outcome.map_err(|mut error| {
        if error.code == ErrorCode::Cancelled {
            "The comparison was cancelled; there are no results.".clone_into(&mut error.message);
        }
        Failure::from(error)
    })?;
    match args.format {
        ValidateFormat::Human => terminal.print(&render(&validation, terminal.out()))?,
        ValidateFormat::Json => terminal.print(&json(&validation)?)?,
        ValidateFormat::Markdown => terminal.print(&page::render(&validation))?,
    }
    Ok(if validation.reproduced == validation.known { Verdict::Well } else { Verdict::DoesNotHold })
}

fn json(validation: &Validation) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(validation)
        .map_err(|error| Failure::environment(format!("The results could not be written as JSON: {error}.")))?;
    Ok(text + "\n")
}

/// The tables for people, then the sum.
fn render(validation: &Validation, look: Look) -> String {
    let mut text: String = validation.cases.iter().map(|case| render_case(case, look) + "\n").collect();
    if !validation.not_expressed.is_empty() {
        text += &format!("{}\n", look.paint(STRONG, not_expressed(validation)));
        for missing in &validation.not_expressed {
            let why = look.paint(QUIET, look.say(&missing.why));
            text += &format!("  {}\n      {why}\n", look.say(&missing.what));
        }
        text.push('\n');
    }
    let (style, sign) = if validation.reproduced == validation.known {
        (GOOD.bold(), look.sign("✓ ", "ok "))
    } else {
        (BAD.bold(), look.sign("✕ ", "X "))
    };
    text + &format!("{}\n", look.paint(style, format!("{sign}{}", sum(validation))))
}

fn render_case(case: &KnownCase, look: Look) -> String {
    let title = look.paint(STRONG, look.say(&case.title));
    let mut text = format!("{title}  {}\n", look.paint(QUIET, format!("{}: {}", case.id, look.say(&case.source))));
    let head = [
        ("", Side::Left),
        ("what", Side::Left),
        ("exact", Side::Right),
        ("simulated", Side::Right),
        ("99 % interval", Side::Right),
        ("", Side::Left),
    ];
    let mut table = Table::new(&head).indented(2).yielding(&[5, 1]);
    for answer in &case.answers {
        let (tone, sign) =
            if answer.agrees { (Tone::Good, look.sign("✓", "ok")) } else { (Tone::Bad, look.sign("✕", "X")) };
        let remark = match (&answer.disagreement, answer.looks) {
            (Some(why), _) => why.clone(),
            (None, 2) => "second look".to_owned(),
            (None, _) => String::new(),
        };
        table.row(vec![
            Cell::toned(sign, tone),
            look.say(&answer.what).into(),
            with_unit(answer.exact, &answer.unit).into(),
            answer.simulated.map_or_else(|| look.sign("–", "-").to_owned(), six_digits).into(),
            look.say(&interval(answer)).into(),
            Cell::toned(remark, Tone::Quiet),
        ]);
    }
    text += &table.render_rows(look);
    text
}

/// Half the interval's width, or that the value is not random.
fn interval(answer: &KnownAnswer) -> String {
    match answer.ci99 {
        Some([low, high]) if high > low => format!("±{}", six_digits((high - low) / 2.0)),
        Some(_) => "not random".to_owned(),
        None => String::new(),
    }
}

fn sum(validation: &Validation) -> String {
    format!("this build reproduces {} of {} known answers", validation.reproduced, validation.known)
}

fn not_expressed(validation: &Validation) -> String {
    format!("{} not expressible yet:", validation.not_expressed.len())
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::validation::NotExpressed;

    use super::*;

    pub(super) fn example() -> Validation {
        let right = KnownAnswer {
            what: "Wq".into(),
            unit: "ms".into(),
            exact: 40.0,
            simulated: Some(40.123_456_7),
            ci99: Some([39.5, 40.75]),
            looks: 1,
            agrees: true,
            ..KnownAnswer::default()
        };
        let wrong = KnownAnswer {
            what: "backlog".into(),
            exact: 2400.0,
            simulated: Some(2500.0),
            ci99: Some([2500.0, 2500.0]),
            looks: 1,
            disagreement: Some("the interval does not hold the exact value".into()),
            ..KnownAnswer::default()
        };
        let missing = NotExpressed { what: "priorities".into(), source: "Cobham".into(), why: "no priority".into() };
        Validation {
            known: 2,
            reproduced: 1,
            cases: vec![KnownCase {
                id: "mm1".into(),
                title: "M/M/1".into(),
                source: "Kleinrock".into(),
                answers: vec![right, wrong],
            }],
            not_expressed: vec![missing],
        }
    }

    #[test]
    fn the_table_for_people() {
        let text = render(&example(), Look { colour: false, unicode: true, width: 120 });
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert!(text.starts_with("M/M/1  mm1: Kleinrock\n"), "{text}");
        assert!(rows.contains(&vec!["✓", "Wq", "40", "ms", "40.1235", "±0.625"]), "{text}");
        assert!(rows.iter().any(|row| row.starts_with(&["✕", "backlog", "2400", "2500", "not", "random"])), "{text}");
        assert!(text.contains("1 not expressible yet:\n  priorities\n      no priority\n"), "{text}");
        assert!(text.ends_with("✕ this build reproduces 1 of 2 known answers\n"), "{text}");
    }
}
