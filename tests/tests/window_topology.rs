//! What traces show together, in the window: maps, journeys, and links that are followed and left again.
//!
//! The traces are those of a shop whose messages have traces of their own, joined by links alone, as the conventions of messaging
//! make them: no tool that joins spans by parents shows any of it.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::http;
use thalweg_tests::window::{Opening, THEMES, Window};

const NOW: u64 = 1_800_000_000_000_000_000;
const MS: u64 = 1_000_000;
const SECOND: u64 = 1000 * MS;
/// Orders; one of them is given up, one is received by a machine whose clock is late.
const ORDERS: u64 = 8;
const GIVEN_UP: u64 = 2;
const SKEWED: u64 = 5;

const ENTER: &str = "\u{e007}";

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn messaging(operation: &str, channel: &str) -> Vec<Value> {
    vec![
        text("messaging.system", "kafka"),
        text("messaging.operation.type", operation),
        text("messaging.destination.name", channel),
    ]
}

/// A span; ids are numbers, times milliseconds since the order came.
struct Sent {
    service: &'static str,
    trace: u64,
    id: u64,
    parent: u64,
    kind: u64,
    name: String,
    times: [u64; 2],
    attributes: Vec<Value>,
    link: Option<(u64, u64)>,
    failed: bool,
}

fn trace_id(number: u64) -> String {
    format!("{number:032x}")
}

fn span_id(number: u64) -> String {
    format!("{number:016x}")
}

fn span(service: &'static str, trace: u64, id: u64, kind: u64, name: &str, times: [u64; 2]) -> Sent {
    Sent {
        service,
        trace,
        id,
        parent: 0,
        kind,
        name: name.to_owned(),
        times,
        attributes: Vec::new(),
        link: None,
        failed: false,
    }
}

impl Sent {
    fn below(self, parent: u64) -> Self {
        Sent { parent, ..self }
    }

    fn with(self, attributes: Vec<Value>) -> Self {
        Sent { attributes, ..self }
    }

    fn linked(self, trace: u64, span: u64) -> Self {
        Sent { link: Some((trace, span)), ..self }
    }

    fn failed(self) -> Self {
        Sent { failed: true, ..self }
    }

    fn json(&self, start: u64) -> Value {
        let mut value = json!({
            "traceId": trace_id(self.trace), "spanId": span_id(self.id), "name": self.name, "kind": self.kind,
            "startTimeUnixNano": (start + self.times[0] * MS).to_string(),
            "endTimeUnixNano": (start + self.times[1] * MS).to_string(),
            "attributes": self.attributes,
        });
        if self.parent > 0 {
            value["parentSpanId"] = json!(span_id(self.parent));
        }
        if let Some((trace, span)) = self.link {
            value["links"] = json!([{ "traceId": trace_id(trace), "spanId": span_id(span) }]);
        }
        if self.failed {
            value["status"] = json!({ "code": 2, "message": "card declined" });
        }
        json!({ "resource": { "attributes": [text("service.name", self.service)] }, "scopeSpans": [{ "spans": [value] }] })
    }
}

/// The shop's own trace of an order.
fn ordered(order: u64) -> u64 {
    order * 100
}

/// The first trace of its handling.
fn handled(order: u64) -> u64 {
    order * 100 + 10
}

/// The span that sends an order, and the one that handles it first.
fn sends(order: u64) -> u64 {
    order * 100 + 3
}

fn handles(order: u64) -> u64 {
    order * 100 + 11
}

/// An order, handled in a trace of its own, or given up at the second attempt, in a third one.
fn order(order: u64) -> Vec<Sent> {
    let (trace, first) = (ordered(order), ordered(order) + 1);
    let mut spans = vec![
        span("shop", trace, first, 2, "POST /orders", [0, 20]).with(vec![text("http.request.method", "POST")]),
        span("shop", trace, first + 1, 3, "INSERT orders", [2, 8])
            .below(first)
            .with(vec![text("db.system.name", "postgresql"), text("db.namespace", "accounts")]),
        span("shop", trace, sends(order), 4, "orders publish", [9, 12]).below(first).with(messaging("send", "orders")),
    ];
    let mut attempt = |number: u64, times: [u64; 2], failed: bool| {
        let (trace, id) = (handled(order) + number * 10, handles(order) + number * 10);
        let mut with = messaging("process", "orders");
        with.push(text("messaging.consumer.group.name", "payments"));
        let handling =
            span("payment", trace, id, 5, "orders process", times).with(with).linked(ordered(order), sends(order));
        spans.push(if failed { handling.failed() } else { handling });
        let call = span("payment", trace, id + 1, 3, "POST /charge", [times[0] + 1, times[1] - 1]).below(id);
        let card = vec![text("http.request.method", "POST"), text("server.address", "card.example")];
        spans.push(if failed { call.with(card).failed() } else { call.with(card) });
        if failed && number == 1 {
            let given_up = span("payment", trace, id + 2, 4, "orders-dlq publish", [times[1] - 1, times[1]]).below(id);
            spans.push(given_up.with(messaging("send", "orders-dlq")).linked(ordered(order), sends(order)));
        }
    };
    match order {
        GIVEN_UP => {
            attempt(0, [60, 80], true);
            attempt(1, [280, 300], true);
        }
        SKEWED => attempt(0, [5, 30], false),
        _ => attempt(0, [52 + order, 80 + order], false),
    }
    spans
}

/// Sends all orders, and waits until the list has their traces.
async fn run_the_shop(window: &Window) -> Result<()> {
    for number in 1..=ORDERS {
        let start = NOW + number * SECOND;
        let spans: Vec<Value> = order(number).iter().map(|span| span.json(start)).collect();
        send(window, &json!({ "resourceSpans": spans }))?;
    }
    window.click("rail-traces").await?;
    let all = 2 * ORDERS + 1;
    window.until_text("trace-counts", "all traces", |text| text.starts_with(&format!("{all} traces"))).await.map(|_| ())
}

fn send(window: &Window, request: &Value) -> Result<()> {
    let answer =
        http::post(window.http, "/v1/traces", &[("Content-Type", "application/json")], request.to_string().as_bytes())?;
    ensure!(answer.status == 200, "{}", answer.head);
    Ok(())
}

/// Opens a trace at the row of a name.
async fn open(window: &Window, trace: u64, row: &str) -> Result<()> {
    window.click(&format!("trace-row-{}", trace_id(trace))).await?;
    choose(window, row).await
}

async fn choose(window: &Window, row: &str) -> Result<()> {
    window.find_css(&format!("[data-test=waterfall-row][data-name=\"{row}\"]")).await?.click().await?;
    window.until_text("span-details", row, |text| text.contains(row)).await.map(|_| ())
}

/// Waits until this trace is shown with this row chosen.
async fn until_at(window: &Window, trace: u64, row: &str) -> Result<()> {
    let script = format!(
        "const row = document.querySelector('.waterfall-row.on');
         const id = document.querySelector('.waterfall-head code')?.title;
         return id === '{}' && row?.dataset.name === '{row}'",
        trace_id(trace)
    );
    window.until(&format!("{row} of trace {trace}"), &script).await
}

/// Chooses a line of a map, however often the map is drawn anew meanwhile.
async fn choose_line(window: &Window, line: &str) -> Result<()> {
    let script = format!(
        "const line = document.querySelector('[data-test=\"map-line-{line}\"]');
         line?.dispatchEvent(new MouseEvent('click', {{ bubbles: true }}));
         return !!document.querySelector('[data-test=map-line-details]')"
    );
    window.until(&format!("the line {line}"), &script).await
}

async fn without_axe_findings(window: &Window) -> Result<()> {
    for theme in THEMES {
        window.choose_theme(theme).await?;
        let found = window.axe().await?;
        ensure!(found.is_empty(), "{theme}: {found:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn links_lead_to_other_traces_and_back() -> Result<()> {
    Opening::new("links")
        .run(async |window| {
            run_the_shop(window).await?;
            open(window, handled(3), "orders process").await?;
            // Rows too are told as they are shown.
            without_axe_findings(window).await?;
            // What it came from, by the name and the service that only the other trace knows.
            window
                .until_text("links", "the producer", |text| text.contains("orders publish") && text.contains("shop"))
                .await?;
            window.click("link-out").await?;
            until_at(window, ordered(3), "orders publish").await?;
            window.click("trace-back").await?;
            until_at(window, handled(3), "orders process").await?;
            ensure!(window.count("trace-back").await? == 0, "there is nothing further to go back to");
            // And the other way: what the message led to is known only by the other trace.
            window.click("link-out").await?;
            until_at(window, ordered(3), "orders publish").await?;
            window
                .until_text("links", "the handling", |text| text.contains("orders process") && text.contains("payment"))
                .await?;
            window.click("link-in").await?;
            until_at(window, handled(3), "orders process").await?;
            // Back is a command too, without a key that the canvas has.
            window.click("search").await?;
            window.click("palette-trace-back").await?;
            until_at(window, ordered(3), "orders publish").await?;
            // A message that was given up: two attempts and its dead letter follow from it.
            open(window, ordered(GIVEN_UP), "orders publish").await?;
            window.until("three links", "return document.querySelectorAll('[data-test=link-in]').length === 3").await
        })
        .await
}

#[tokio::test]
async fn a_map_of_all_traces_is_looked_at_asked_and_drawn() -> Result<()> {
    Opening::new("map")
        .run(async |window| {
            run_the_shop(window).await?;
            window.click("sight-map").await?;
            for node in ["shop", "orders", "payments", "payment", "orders-dlq", "accounts", "card.example"] {
                window.find(&format!("map-node-{node}")).await?;
            }
            let of = window.until_text("map-of", "how many traces", |text| text.contains("17 traces")).await?;
            ensure!(of.contains("43 spans"), "{of}");
            let said = window.attribute("map-line-orders-deliver-payments", "aria-label").await?.unwrap_or_default();
            ensure!(said.contains("orders delivers to payments") && said.contains("waits"), "{said}");
            ensure!(said.contains("failed") && said.contains("clocks disagree"), "{said}");
            let findings = window.text("map-findings").await?;
            ensure!(findings.contains("dead letters in orders-dlq") && findings.contains("clocks"), "{findings}");

            // A line: its figures, what brought both sides together, and its traces in the list.
            window.find("map-line-orders-deliver-payments").await?;
            let choose = "document.querySelector('[data-test=map-line-orders-deliver-payments]').focus(); return 0";
            window.script(choose, vec![]).await?;
            window.press(ENTER).await?;
            let details =
                window.until_text("map-line-details", "the line", |text| text.contains("orders → payments")).await?;
            for told in ["Evidence", "Links", "p95", "Delivered again", "Received before they were sent"] {
                ensure!(details.to_lowercase().contains(&told.to_lowercase()), "no {told} in {details}");
            }
            window.until_text("trace-counts", "its traces", |text| text == "9 traces found").await?;
            let filter = window.value("filter-input").await?;
            ensure!(filter.contains("messaging.consumer.group.name = \"payments\""), "{filter}");
            // Choosing from the map leaves it as it is.
            window.until_text("map-of", "all traces", |text| text.contains("17 traces")).await?;
            without_axe_findings(window).await?;

            // A node, by the pointer.
            window.click("map-node-orders-dlq").await?;
            window.until_text("trace-counts", "its trace", |text| text == "1 trace found").await?;

            // The same as a table.
            window.click("map-as-table").await?;
            let table = window.text("map-table").await?;
            ensure!(table.contains("gives up to") && table.contains("card.example"), "{table}");
            without_axe_findings(window).await?;

            window.click("map-draw").await?;
            for node in ["node-shop", "node-orders", "node-payment", "node-orders-dlq"] {
                window.find(node).await?;
            }
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_filter_narrows_what_the_map_is_made_of() -> Result<()> {
    Opening::new("map-filter")
        .run(async |window| {
            run_the_shop(window).await?;
            window.click("sight-map").await?;
            window.until_text("map-of", "all traces", |text| text.contains("17 traces")).await?;
            window.find("filter-input").await?.send_keys("status = error").await?;
            window.press(ENTER).await?;
            let of = window.until_text("map-of", "those with errors", |text| text.contains("2 traces")).await?;
            ensure!(of.contains("status = error"), "{of}");
            // The shop's own traces have none.
            window.find("map-node-payment").await?;
            window.until("no shop", "return !document.querySelector('[data-test=map-node-shop]')").await?;
            // In German too.
            window.click("search").await?;
            window.find("palette-input").await?;
            window.click("palette-preferences").await?;
            let german = "const field = document.querySelector('[data-test=preference-language]');
                field.selectedIndex = 2; field.dispatchEvent(new Event('change', { bubbles: true })); return 0";
            window.find("preference-language").await?;
            window.script(german, vec![]).await?;
            window.until("German", "return document.documentElement.lang === 'de'").await?;
            window.press("\u{e00c}").await?;
            window.until_text("sight-map", "German", |text| text == "Karte").await?;
            window.find("map-node-payment").await?;
            without_axe_findings(window).await
        })
        .await
}

#[tokio::test]
async fn a_message_is_followed_over_its_traces() -> Result<()> {
    Opening::new("journey")
        .run(async |window| {
            run_the_shop(window).await?;
            open(window, ordered(GIVEN_UP), "orders publish").await?;
            window.click("trace-journey").await?;
            let kinds = json!(["sent", "waited", "handled", "backoff", "handled", "gave-up"]);
            let script = format!(
                "const hops = [...document.querySelectorAll('[data-test=hop]')].map(hop => hop.dataset.kind);
                 return JSON.stringify(hops) === '{kinds}'"
            );
            window.until("every hop", &script).await?;
            window.until_text("journey-sum", "its traces", |text| text.contains("3 traces")).await?;
            without_axe_findings(window).await?;
            // The second attempt, in a trace of its own.
            let attempt = "document.querySelectorAll('[data-test=hop]')[4].click(); return 0";
            window.script(attempt, vec![]).await?;
            until_at(window, handled(GIVEN_UP) + 10, "orders process").await?;
            window.click("trace-back").await?;
            window.until("the journey", "return document.querySelectorAll('[data-test=hop]').length === 6").await
        })
        .await
}

#[tokio::test]
async fn one_trace_as_a_map() -> Result<()> {
    Opening::new("flow")
        .run(async |window| {
            run_the_shop(window).await?;
            open(window, handled(GIVEN_UP) + 10, "orders process").await?;
            window.click("trace-flow").await?;
            for node in ["payment", "orders", "payments", "orders-dlq", "card.example"] {
                window.find(&format!("map-node-{node}")).await?;
            }
            ensure!(window.count("map-node-shop").await? == 0, "the shop is in another trace");
            without_axe_findings(window).await?;
            // From a line to the whole journey of its newest message, and to all traces that have it.
            choose_line(window, "orders-deliver-payments").await?;
            window.click("map-journey").await?;
            window.until("every hop", "return document.querySelectorAll('[data-test=hop]').length === 6").await?;
            window.click("trace-flow").await?;
            choose_line(window, "orders-deliver-payments").await?;
            window.click("map-list").await?;
            window.until_text("trace-counts", "its traces", |text| text == "9 traces found").await?;
            window.click("trace-flame").await?;
            window.find("flame").await?;
            Ok(())
        })
        .await
}

/// Names of services, channels and groups are other people's text on maps and journeys too: shown, never run.
#[tokio::test]
async fn hostile_names_are_only_text() -> Result<()> {
    const ATTACK: &str = "<img src=x onerror=attack()>";
    Opening::new("hostile-map")
        .run(async |window| {
            let elements = "return document.querySelectorAll('img, iframe, object, embed, script').length";
            let before = window.script(elements, vec![]).await?;
            window
                .script("window.attacked = 0; window.attack = () => { window.attacked += 1 }; return 0", vec![])
                .await?;
            let mut received = messaging("process", ATTACK);
            received.push(text("messaging.consumer.group.name", ATTACK));
            let spans = [
                span(ATTACK, 1, 1, 4, ATTACK, [0, 1]).with(messaging("send", ATTACK)),
                span(ATTACK, 2, 2, 5, ATTACK, [5, 6]).with(received).linked(1, 1),
            ];
            let spans: Vec<Value> = spans.iter().map(|span| span.json(NOW)).collect();
            send(window, &json!({ "resourceSpans": spans }))?;
            window.click("rail-traces").await?;
            window.click("sight-map").await?;
            window.find_css(".topo-line.topo-deliver").await?;
            window.click("map-as-table").await?;
            window.until_text("map-table", "the names", |text| text.contains(ATTACK)).await?;
            window.click("map-row-0").await?;
            window.until_text("map-filter", "the filter", |text| text.contains(ATTACK)).await?;
            window.click(&format!("trace-row-{}", trace_id(2))).await?;
            window.click("trace-journey").await?;
            window.until_text("journey", "the names", |text| text.contains(ATTACK)).await?;
            ensure!(window.script(elements, vec![]).await? == before, "an element came out of a name");
            ensure!(window.script("return window.attacked", vec![]).await? == 0, "a name was run");
            Ok(())
        })
        .await
}
