//! The page of a report: `index.html`, complete in itself but for the pictures of single nodes beside it.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use thalweg_charts::Palette;
use thalweg_protocol::Run;

use super::GENERATOR;
use crate::{
    summary::{self, nodes},
    table::{Side, Table, Tone},
    terminal::{Look, plain_line},
};

/// How text stands on the page.
const LOOK: Look = Look { colour: false, unicode: true, width: 1000 };

/// No script, nothing from elsewhere; `file:` because a page opened from disk is no origin that `'self'` could name.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:";

/// A picture of one node.
pub(super) struct Picture {
    pub(super) id: String,
    /// Relative to the page.
    pub(super) path: String,
}

/// The page. Names come from the document and are escaped by the template.
pub(super) fn render(run: &Run, timeline_svg: &str, pictures: &[Picture]) -> String {
    let report = &run.report;
    let name = format!("{} · {}", plain_line(&report.flow), plain_line(&report.scenario));
    let (tone, verdict) = summary::verdict(report);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                (PreEscaped(GENERATOR))
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (name) }
                style { (PreEscaped(style())) }
            }
            body {
                main {
                    header {
                        h1 { (name) }
                        p.quiet { (summary::settings(report)) }
                        p { strong class=(class(tone)) { (verdict) } " " (summary::messages(&report.totals)) }
                        @for warning in summary::warnings(report) { p.warn { (plain_line(warning)) } }
                    }
                    @if let Some(expectations) = summary::expectation_table(report, LOOK) {
                        (section("Expectations", &table(&expectations)))
                    }
                    section {
                        h2 { "Over time" }
                        // Drawn by thalweg-charts, which escapes every text.
                        figure { (PreEscaped(timeline_svg)) }
                    }
                    @if let Some(latency) = summary::latency_table(report, LOOK) {
                        section {
                            h2 { "End-to-end latency" }
                            (table(&latency))
                            @if let Some(confidence) = summary::confidence(report) { p.quiet { (confidence) } }
                        }
                    }
                    @for (title, rows) in nodes::tables(report, LOOK) { (section(title, &table(&rows))) }
                    @if let Some(faults) = summary::fault_table(report, LOOK) { (section("Faults of the first replication", &table(&faults))) }
                    @if !report.chaos_plan.is_empty() {
                        section {
                            h2 { "Random faults" }
                            p { "In the scenario under " code { "faults:" } ", in place of " code { "chaos" } ", they make the same run." }
                            pre { @for line in &report.chaos_plan { (plain_line(line)) "\n" } }
                        }
                    }
                    @if summary::other_notes(report).next().is_some() {
                        section { h2 { "Notes" } ul { @for note in summary::other_notes(report) { li { (plain_line(note)) } } } }
                    }
                    @if !pictures.is_empty() { (nodes_over_time(pictures)) }
                    footer.quiet {
                        p { (summary::cost(report)) ". Written by Thalweg " (env!("CARGO_PKG_VERSION")) "." }
                        p {
                            "Data: " a href="series.csv" { "series.csv" } ", " a href="report.json" { "report.json" } ", "
                            a href="timeline.svg" { "timeline.svg" }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn section(title: &str, body: &Markup) -> Markup {
    html! { section { h2 { (title) } (body) } }
}

fn nodes_over_time(pictures: &[Picture]) -> Markup {
    html! {
        section {
            h2 { "Nodes over time" }
            @for picture in pictures {
                @let id = plain_line(&picture.id);
                details {
                    summary { (id) }
                    img src=(picture.path) alt=(format!("{id} over time")) loading="lazy";
                }
            }
        }
    }
}

fn table(table: &Table) -> Markup {
    let side = |column: usize| match table.head().get(column) {
        Some((_, Side::Right)) => "right",
        _ => "",
    };
    html! {
        div.scroll {
            table {
                thead { tr { @for (i, (title, _)) in table.head().iter().enumerate() { th class=(side(i)) { (title) } } } }
                tbody {
                    @for row in table.rows() {
                        tr {
                            @for (i, cell) in row.iter().enumerate() {
                                td class=(format!("{} {}", side(i), class(cell.tone)).trim()) { (cell.text) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
        Tone::Quiet => "quiet",
    }
}

/// The page's look, in the colours of the charts.
fn style() -> String {
    let variables = |palette: &Palette| {
        format!(
            "--ground:{};--raised:{};--line:{};--ink:{};--ink-2:{};--ink-3:{};--accent:{};--good:{};--warn:{};--bad:{}",
            palette.ground.css(),
            palette.raised.css(),
            palette.line.css(),
            palette.ink.css(),
            palette.ink_2.css(),
            palette.ink_3.css(),
            palette.accent.css(),
            palette.producer.css(),
            palette.channel.css(),
            palette.dead.css(),
        )
    };
    format!(
        ":root{{{}}}@media (prefers-color-scheme:dark){{:root{{{}}}}}{}",
        variables(&Palette::LIGHT),
        variables(&Palette::DARK),
        include_str!("page.css")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::fixture;

    fn page(run: &Run) -> String {
        render(run, "<svg></svg>", &[Picture { id: "payment".into(), path: "nodes/001-payment.svg".into() }])
    }

    #[test]
    fn a_page_of_an_outage() {
        let text = page(&fixture::run());
        let body = &text[text.find("<body>").unwrap()..];
        let lines = body.replace("><", ">\n<").replace(env!("CARGO_PKG_VERSION"), "VERSION");
        insta::assert_snapshot!(lines);
    }

    #[test]
    fn nothing_comes_from_elsewhere_and_nothing_runs() {
        let text = page(&fixture::run());
        assert!(!text.contains("<script") && !text.contains("://") && !text.contains("@import"));
        assert!(text.contains(GENERATOR));
    }

    #[test]
    fn names_of_others_stay_text() {
        let mut run = fixture::run();
        let evil = "<img src=x onerror=alert(1)>\"'&";
        run.report.flow = evil.into();
        run.report.scenario = evil.into();
        run.report.notes = vec![evil.into()];
        run.report.faults[0].text = evil.into();
        run.report.expectations[0].text = evil.into();
        run.report.expectations[0].worst_text = evil.into();
        let node = run.report.nodes.swap_remove("payment").unwrap();
        run.report.nodes.insert(evil.into(), node);
        let text = render(&run, "", &[Picture { id: evil.into(), path: "nodes/000-x.svg".into() }]);
        assert!(!text.contains("<img src=x"), "{text}");
        assert_eq!(text.matches("&lt;img src=x").count(), 11);
    }
}
