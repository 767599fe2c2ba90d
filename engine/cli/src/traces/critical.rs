//! The critical path of a trace in a terminal: whose work it was that the trace took so long, the longest first.

use indexmap::IndexMap;
use thalweg_charts::units;
use thalweg_protocol::CriticalPath;

use super::list::date_time;
use crate::{
    table::{Side, Table},
    terminal::{Look, QUIET, plain_line},
};

/// The path, by span.
pub(super) fn render(path: &CriticalPath, look: Look) -> String {
    let time = |nano: u64| look.say(&units::milliseconds(nano as f64 / 1e6));
    let head = format!("{} UTC, critical path of {}", date_time(path.start_unix_nano), time(path.duration_nano));
    let mut spans: IndexMap<&str, (u64, &str, &str, u64)> = IndexMap::new();
    for section in &path.sections {
        let new = (0, section.service.as_str(), section.name.as_str(), section.self_nano);
        spans.entry(&section.span_id).or_insert(new).0 += section.duration_nano;
    }
    spans.sort_by(|_, a, _, b| b.0.cmp(&a.0));
    let mut table = Table::new(&[
        ("name", Side::Left),
        ("service", Side::Left),
        ("on the path", Side::Right),
        ("share", Side::Right),
        ("own time", Side::Right),
        ("span id", Side::Left),
    ])
    .yielding(&[0, 1]);
    for (id, (on_path, service, name, own)) in spans {
        let share = on_path as f64 / path.duration_nano.max(1) as f64;
        table.row(vec![
            plain_line(name).into(),
            plain_line(service).into(),
            time(on_path).into(),
            look.say(&units::share(share)).into(),
            time(own).into(),
            id.into(),
        ]);
    }
    format!("{}\n\n{}", look.paint(QUIET, head), table.render(look))
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::topology::CriticalSection;

    use super::*;

    #[test]
    fn the_longest_first() {
        let section = |id: &str, name: &str, start: u64, length: u64| CriticalSection {
            span_id: id.into(),
            service: "shop".into(),
            name: name.into(),
            start_nano: start * 1_000_000,
            duration_nano: length * 1_000_000,
            self_nano: length * 1_000_000,
        };
        let path = CriticalPath {
            trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
            start_unix_nano: 1_795_446_471_250_000_000,
            duration_nano: 100_000_000,
            sections: vec![
                section("a1", "POST /checkout", 0, 10),
                section("b2", "charge", 10, 70),
                section("a1", "POST /checkout", 80, 20),
            ],
        };
        let text = render(&path, Look { colour: false, unicode: true, width: 100 });
        insta::assert_snapshot!(text, @r"
        2026-11-23 15:07:51.250 UTC, critical path of 100 ms

        name            service  on the path  share  own time  span id
        charge          shop           70 ms    70%     70 ms  b2
        POST /checkout  shop           30 ms    30%     10 ms  a1
        ");
    }
}
