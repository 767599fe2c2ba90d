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

/// Those of the instrumented shop in `tests/python`, whichever broker it uses: so many orders, some of which are given up.
pub fn edges_of_shop(orders: u64, given_up: u64) -> BTreeSet<String> {
    let paid = orders - given_up;
    let expected = [
        format!("shop -publish-> orders: {orders}, 0 failed"),
        format!("orders -deliver-> payment: {orders}, {given_up} failed"),
        format!("payment -call-> accounts: {orders}, 0 failed"),
        format!("payment -publish-> payments: {paid}, 0 failed"),
        format!("payments -deliver-> warehouse: {paid}, 0 failed"),
        format!("payment -publish-> orders-dlq: {given_up}, 0 failed"),
        format!("orders -dead-letter-> orders-dlq: {given_up}, 0 failed"),
    ];
    expected.into_iter().collect()
}
