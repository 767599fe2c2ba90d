//! The table of agreement as Markdown: `docs/truth.md`.

use thalweg_charts::units::{six_digits, with_unit};
use thalweg_protocol::validation::{KnownAnswer, Validation};

use super::{interval, not_expressed, sum};

const HEAD: &str = "# Known answers

Written by `thalweg validate --format markdown`; run it to compare your own build, or one row of it with `--filter`.

Every row is a flow that is simulated and compared with what is known of it: a closed form of queueing theory, a published experiment, or a
timeline that can be computed by hand. A row agrees when the 99 % interval of the simulation holds the exact value *and* is narrow enough to mean
something. Of a hundred such intervals one misses by chance: a row that misses is simulated once more, with other random numbers and four times as many
replications, and then that counts (\"second look\"); its interval has to be half as wide. What is not random has no interval. The digits do not depend on threads or machine.
";

/// The page.
pub(super) fn render(validation: &Validation) -> String {
    let mut text = format!("{HEAD}\n**{}.**\n", capitalised(&sum(validation)));
    for case in &validation.cases {
        text += &format!(
            "\n## {}\n\n`{}`: {}\n\n| | exact | simulated | 99 % interval | |\n|---|---:|---:|---:|---|\n",
            cell(&case.title),
            case.id,
            case.source
        );
        for answer in &case.answers {
            text += &format!(
                "| {} | {} | {} | {} | {} |\n",
                cell(&answer.what),
                with_unit(answer.exact, &answer.unit),
                answer.simulated.map_or_else(|| "–".to_owned(), six_digits),
                interval(answer),
                remark(answer)
            );
        }
    }
    if !validation.not_expressed.is_empty() {
        text += &format!(
            "\n## {}\n\n| known | from | what the model lacks |\n|---|---|---|\n",
            not_expressed(validation).trim_end_matches(':')
        );
        for missing in &validation.not_expressed {
            text += &format!("| {} | {} | {} |\n", cell(&missing.what), cell(&missing.source), cell(&missing.why));
        }
    }
    text
}

fn remark(answer: &KnownAnswer) -> String {
    match (&answer.disagreement, answer.looks) {
        (Some(why), _) => format!("✕ {}", cell(why)),
        (None, 2) => "✓ second look".to_owned(),
        (None, _) => "✓".to_owned(),
    }
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_row() {
        let page = render(&super::super::tests::example());
        assert!(page.contains("**This build reproduces 1 of 2 known answers.**"));
        assert!(page.contains("| Wq | 40 ms | 40.1235 | ±0.625 | ✓ |"), "{page}");
        assert!(page.contains("| backlog | 2400 | 2500 | not random | ✕ the interval does not hold the exact value |"));
        assert!(page.contains("## 1 not expressible yet\n"));
        assert!(page.contains("| priorities | Cobham | no priority |"));
    }
}
