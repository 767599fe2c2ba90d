//! In what two sets of traces differ, as a table.

use thalweg_charts::units;
use thalweg_protocol::survey::TraceContrast;

use crate::{
    table::{Side, Table},
    terminal::{Look, QUIET, Terminal, plain_line},
};

/// The table; what it leaves out is told beside it.
pub(super) fn render(found: &TraceContrast, terminal: &Terminal) -> String {
    if found.undecided > 0 {
        let undecided = units::whole(found.undecided);
        terminal.note(&format!("{undecided} traces are in neither set: only reading them whole would tell."));
    }
    if found.cut {
        terminal.note("There are too many traces: the oldest were left out.");
    }
    if let Some(part) = part(found) {
        terminal.note(&part);
    }
    if !found.too_many_values.is_empty() {
        let keys = plain_line(&found.too_many_values.join(", "));
        terminal.note(&format!("Not compared, because they have too many values: {keys}."));
    }
    if found.these == 0 || found.others == 0 {
        terminal.note(if found.these == 0 {
            "No stored trace is in the set."
        } else {
            "No stored trace is to be compared with."
        });
        return String::new();
    }
    text(found, terminal.out())
}

/// What is said when only a part of the traces is compared.
fn part(found: &TraceContrast) -> Option<String> {
    let of = |compared: u32, there: u32, what: &str| {
        let (compared, there) = (units::whole(compared.into()), units::whole(there.into()));
        format!("{compared} of {there} {what}")
    };
    let lists = [(found.these, found.these_of, "traces of the set"), (found.others, found.others_of, "others")];
    let parts = lists.into_iter().filter(|(compared, there, _)| compared < there);
    let parts: Vec<String> = parts.map(|(compared, there, what)| of(compared, there, what)).collect();
    (!parts.is_empty())
        .then(|| format!("There are many: compared are {}, chosen evenly by their ids.", parts.join(" and ")))
}

fn text(found: &TraceContrast, look: Look) -> String {
    let head = format!(
        "{} traces compared with {} others",
        units::whole(found.these.into()),
        units::whole(found.others.into())
    );
    if found.differences.is_empty() {
        return format!("{head}: no attribute is over-represented.\n");
    }
    let mut table = Table::new(&[
        ("what", Side::Left),
        ("these", Side::Right),
        ("others", Side::Right),
        ("these", Side::Right),
        ("others", Side::Right),
        ("by chance", Side::Right),
        ("false discoveries", Side::Right),
    ]);
    for line in &found.differences {
        table.row(vec![
            plain_line(&line.label).into(),
            look.say(&units::share(line.these_share)).into(),
            look.say(&units::share(line.others_share)).into(),
            units::whole(line.these.into()).into(),
            units::whole(line.others.into()).into(),
            probability(line.p).into(),
            probability(line.q).into(),
        ]);
    }
    format!("{}\n\n{}", look.paint(QUIET, head), table.render(look))
}

fn probability(p: f64) -> String {
    if p == 0.0 {
        "< 1e-300".to_owned()
    } else if p < 0.001 {
        format!("{p:.1e}")
    } else {
        format!("{p:.3}")
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::survey::ContrastLine;

    use super::*;

    #[test]
    fn a_part_is_told() {
        let mut found =
            TraceContrast { these: 312, these_of: 312, others: 40, others_of: 40, ..TraceContrast::default() };
        assert_eq!(part(&found), None);
        (found.others, found.others_of) = (100_000, 1_249_688);
        assert_eq!(
            part(&found).as_deref(),
            Some("There are many: compared are 100,000 of 1,249,688 others, chosen evenly by their ids.")
        );
    }

    #[test]
    fn differences_as_a_table() {
        let line = |label: &str, these, others, p| ContrastLine {
            label: label.into(),
            condition: label.into(),
            these,
            these_share: f64::from(these) / 312.0,
            others,
            others_share: f64::from(others) / 12_440.0,
            p,
            q: p * 2.0,
        };
        let found = TraceContrast {
            these: 312,
            others: 12_440,
            differences: vec![line("card.region = eu-2", 303, 498, 0.0), line("attempt >= 5, < 10", 40, 1200, 0.0182)],
            ..TraceContrast::default()
        };
        insta::assert_snapshot!(text(&found, Look { colour: false, unicode: true, width: 100 }), @r"
        312 traces compared with 12,440 others

        what                these  others  these  others  by chance  false discoveries
        card.region = eu-2  97.1%      4%    303     498   < 1e-300           < 1e-300
        attempt >= 5, < 10  12.8%   9.65%     40   1,200      0.018              0.036
        ");
    }
}
