//! Maps of topologies, as `thalweg traces map --format json` prints them.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// `shop -publish-> orders: 40, 0 failed` for each edge.
pub fn edges(map: &Value) -> Result<BTreeSet<String>> {
    let nodes = map["nodes"].as_array().context("no nodes")?;
    let name = |edge: &Value, end: &str| -> Result<String> {
        let index = usize::try_from(edge[end].as_u64().context("no index")?)?;
        Ok(nodes[index]["name"].as_str().context("no name")?.to_owned())
    };
    let line = |edge: &Value| -> Result<String> {
        let kind = edge["kind"].as_str().context("no kind")?;
        let (from, to) = (name(edge, "from")?, name(edge, "to")?);
        Ok(format!("{from} -{kind}-> {to}: {}, {} failed", edge["messages"], edge["errors"]))
    };
    map["edges"].as_array().context("no edges")?.iter().map(line).collect()
}
