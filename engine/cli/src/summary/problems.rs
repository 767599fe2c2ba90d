//! Problems of a document as `thalweg-flow` tells them, with colours where the terminal has them.

use thalweg_flow::{Problem, Severity};

use crate::terminal::{ACCENT, BAD, Look, QUIET, WARN, plain};

/// All problems, each with a blank line behind it.
pub(crate) fn render(name: &str, text: &str, problems: &[Problem], look: Look) -> String {
    problems
        .iter()
        .map(|problem| coloured(problem.severity, &thalweg_flow::render(problem, name, text), look) + "\n")
        .collect()
}

/// `2 errors, 1 warning`; none when there are none.
pub(crate) fn counted(problems: &[Problem]) -> Option<String> {
    let count = |severity, word: &str| {
        let count = problems.iter().filter(|problem| problem.severity == severity).count();
        (count > 0).then(|| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
    };
    let counts: Vec<String> =
        [count(Severity::Error, "error"), count(Severity::Warning, "warning")].into_iter().flatten().collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

/// The severity, the underline and the help stand out; the margin steps back.
pub(crate) fn coloured(severity: Severity, told: &str, look: Look) -> String {
    let style = if severity == Severity::Error { BAD.bold() } else { WARN.bold() };
    let mut text = String::new();
    for (i, line) in plain(told).lines().enumerate() {
        let severity = severity.to_string();
        let painted = match line.strip_prefix(&severity) {
            Some(rest) if i == 0 => format!("{}{rest}", look.paint(style, severity)),
            _ => margin_painted(line, style, look),
        };
        text.push_str(&painted);
        text.push('\n');
    }
    text
}

fn margin_painted(line: &str, style: anstyle::Style, look: Look) -> String {
    if let Some((margin, help)) = line.split_once(" = help: ") {
        return format!("{margin} {} {help}", look.paint(ACCENT, "= help:"));
    }
    match line.split_once(" | ") {
        Some((margin, marks)) if marks.trim_matches([' ', '^']).is_empty() => {
            format!("{}{}", look.paint(QUIET, format!("{margin} | ")), look.paint(style, marks))
        }
        Some((margin, source)) => format!("{}{source}", look.paint(QUIET, format!("{margin} | "))),
        None => look.paint(QUIET, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { colour: false, unicode: true, width: 80 };

    const TEXT: &str = "thalweg: 1\nname: Shop\nnodes:\n  orders: { kind: topic, partition: 24 }\n";

    fn problems() -> Vec<Problem> {
        thalweg_flow::read(TEXT).problems
    }

    #[test]
    fn the_place_is_underlined_and_the_right_name_suggested() {
        let told = render("shop.flow.yaml", TEXT, &problems(), LOOK);
        for part in ["error: ", "shop.flow.yaml:4:26", "partition: 24", "^^^^^^^^^", "`partitions`"] {
            assert!(told.contains(part), "{part} in\n{told}");
        }
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let coloured = render("shop.flow.yaml", TEXT, &problems(), Look { colour: true, ..LOOK });
        assert!(coloured.contains("\u{1b}["));
        let without = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(without, render("shop.flow.yaml", TEXT, &problems(), LOOK));
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        let text = TEXT.replace("partition", "\"parti\\e[2Jtion\"");
        let told = render("\u{1b}[2J.yaml", &text, &thalweg_flow::read(&text).problems, LOOK);
        assert!(!told.is_empty() && !told.chars().any(|c| c.is_control() && c != '\n'), "{told:?}");
    }

    #[test]
    fn counts_are_words() {
        let error = problems().remove(0);
        let warning = Problem { severity: Severity::Warning, ..error.clone() };
        assert_eq!(counted(&[]), None);
        assert_eq!(counted(&[error.clone(), warning.clone(), error]).as_deref(), Some("2 errors, 1 warning"));
        assert_eq!(counted(&[warning]).as_deref(), Some("1 warning"));
    }
}
