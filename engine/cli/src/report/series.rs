//! All curves as one table: `series.csv`, RFC 4180.

use thalweg_protocol::{Series, report::NodeSeries};

use crate::failure::Failure;

/// One column.
enum Column<'a> {
    Whole(&'a [f32]),
    Gapped(&'a [Option<f32>]),
}

impl Column<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Column::Whole(values) => values.is_empty(),
            Column::Gapped(values) => values.is_empty(),
        }
    }

    fn cell(&self, bucket: usize) -> String {
        let value = match self {
            Column::Whole(values) => values.get(bucket).copied(),
            Column::Gapped(values) => values.get(bucket).copied().flatten(),
        };
        value.filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
    }
}

/// A row per bucket: its start in seconds, then a column per curve; a cell is empty where nothing was measured.
///
/// # Errors
/// When the writer refuses; not known to happen in memory.
pub(super) fn render(series: &Series) -> Result<String, Failure> {
    let columns = columns(series);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let failed = |error: &dyn std::fmt::Display| Failure::environment(format!("series.csv failed: {error}."));
    let head = std::iter::once("time_s".to_owned()).chain(columns.iter().map(|(name, _)| harmless(name)));
    writer.write_record(head).map_err(|error| failed(&error))?;
    for bucket in 0..series.buckets {
        let start = bucket as f64 * series.bucket_s;
        let row = std::iter::once(start.to_string()).chain(columns.iter().map(|(_, column)| column.cell(bucket)));
        writer.write_record(row).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn columns(series: &Series) -> Vec<(String, Column<'_>)> {
    let flow = &series.flow;
    let mut columns = vec![
        ("produced_per_s".to_owned(), Column::Whole(&flow.produced_per_s)),
        ("completed_per_s".to_owned(), Column::Whole(&flow.completed_per_s)),
        ("p50_ms".to_owned(), Column::Gapped(&flow.p50_ms)),
        ("p95_ms".to_owned(), Column::Gapped(&flow.p95_ms)),
        ("p99_ms".to_owned(), Column::Gapped(&flow.p99_ms)),
        ("lag".to_owned(), Column::Whole(&flow.lag)),
        ("dead_letters".to_owned(), Column::Whole(&flow.dead_letters)),
        ("retries_per_s".to_owned(), Column::Whole(&flow.retries_per_s)),
    ];
    for (id, node) in &series.nodes {
        columns.extend(of_node(node).into_iter().map(|(name, column)| (format!("{id}.{name}"), column)));
    }
    for (group, lag) in &series.groups {
        columns.push((format!("{group}.lag"), Column::Whole(lag)));
    }
    for edge in &series.edges {
        columns.push((format!("{} -> {}.per_s", edge.from, edge.to), Column::Whole(&edge.per_s)));
    }
    columns.retain(|(_, column)| !column.is_empty());
    columns
}

fn of_node(node: &NodeSeries) -> [(&'static str, Column<'_>); 12] {
    [
        ("in_per_s", Column::Whole(&node.in_per_s)),
        ("out_per_s", Column::Whole(&node.out_per_s)),
        ("lag", Column::Whole(&node.lag)),
        ("depth", Column::Whole(&node.depth)),
        ("p50_ms", Column::Gapped(&node.p50_ms)),
        ("p99_ms", Column::Gapped(&node.p99_ms)),
        ("utilization", Column::Whole(&node.utilization)),
        ("failed_per_s", Column::Whole(&node.failed_per_s)),
        ("retries_per_s", Column::Whole(&node.retries_per_s)),
        ("dead_letters", Column::Whole(&node.dead_letters)),
        ("breaker_open", Column::Whole(&node.breaker_open)),
        ("instances", Column::Whole(&node.instances)),
    ]
}

/// Text that no spreadsheet takes for a formula (OWASP, "CSV Injection").
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::fixture;

    #[test]
    fn every_bucket_is_a_row() {
        let run = fixture::run();
        let text = render(&run.series).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let head = reader.headers().unwrap().clone();
        let lag = head.iter().position(|name| name == "orders.lag").unwrap();
        let p99 = head.iter().position(|name| name == "p99_ms").unwrap();
        assert!(head.iter().any(|name| name == "shop -> orders.per_s"));
        assert!(!head.iter().any(|name| name == "orders.p99_ms"), "curves that a node does not have");
        let rows: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), 120);
        assert_eq!(&rows[37][0], "370");
        assert_eq!(rows[37][lag].parse::<f32>().unwrap().to_string(), run.series.nodes["orders"].lag[37].to_string());
        assert_eq!(&rows[37][p99], "", "a gap is empty");
        assert!(text.lines().count() == 121 && text.ends_with("\r\n"));
    }

    #[test]
    fn names_are_quoted_and_are_no_formulas() {
        let mut run = fixture::run();
        let node = run.series.nodes.swap_remove("orders").unwrap();
        run.series.nodes.insert("=cmd|' /C calc'!A0,\"x\"".into(), node);
        let text = render(&run.series).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names: Vec<String> = reader.headers().unwrap().iter().map(ToOwned::to_owned).collect();
        assert!(names.iter().any(|name| name == "'=cmd|' /C calc'!A0,\"x\".lag"), "{names:?}");
        assert!(names.iter().all(|name| !name.starts_with(['=', '+', '-', '@'])));
    }
}
