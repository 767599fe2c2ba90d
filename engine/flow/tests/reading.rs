//! Reading whole documents: the example of the format, values, every kind of node, load, distribution and fault.

#![allow(clippy::float_cmp, reason = "these numbers are exact in both notations")]

use thalweg_flow::*;

const FORMAT: &str = include_str!("data/format.flow.yaml");

fn clean(text: &str) -> Flow {
    let reading = read(text);
    assert!(reading.problems.is_empty(), "{:#?}", reading.problems.iter().map(ToString::to_string).collect::<Vec<_>>());
    reading.flow
}

#[test]
fn the_example_of_the_format_is_read_whole() {
    let flow = clean(FORMAT);
    assert_eq!(flow.name, "Checkout");
    assert_eq!(
        flow.nodes.keys().collect::<Vec<_>>(),
        ["shop", "orders", "payments", "payments-dlq", "mails", "payment", "card-network", "mailer"]
    );
    let NodeKind::Consumer(payment) = &flow.nodes["payment"].kind else { panic!("payment is a consumer") };
    assert_eq!(payment.instances, Some(6));
    assert_eq!(
        payment.service_time,
        Some(Distribution::Lognormal {
            mean: Duration::from_nanos(18_000_000),
            spread: Spread::P99(Duration::from_nanos(90_000_000)),
        })
    );
    assert_eq!(
        payment.failure,
        Some(Failure { rate: Share::from_fraction(0.005), poison: Share::from_fraction(0.0001) })
    );
    assert_eq!(payment.retry.as_ref().map(|r| r.attempts), Some(Attempts::AtMost(5)));
    assert_eq!(
        payment.calls[0].breaker,
        Some(Breaker {
            failures: 5,
            within: Duration::from_nanos(10_000_000_000),
            open: Duration::from_nanos(30_000_000_000),
        })
    );
    let NodeKind::Producer(shop) = &flow.nodes["shop"].kind else { panic!("shop is a producer") };
    assert_eq!(shop.load, Some(Load::Poisson(Rate::per_second(120.0))));
    assert_eq!(shop.publishes[0].key, Some(Key::Zipf { keys: 50_000, s: 1.0 }));
    assert_eq!(flow.events["order.placed"].size, Some(Size::from_bytes(1229)));
    assert_eq!(flow.layout["orders"], [260.0, 120.0]);
    let outage = &flow.scenarios["card-outage"];
    assert_eq!(outage.faults[1].kind, FaultKind::Crash { node: "payment".into(), instances: Some(2) });
    assert_eq!(outage.expect[0].metric, Metric::P99);
    assert!((outage.expect[0].value - 2.0).abs() < 1e-12);
    assert_eq!(outage.expect[3].subject, Subject::Group { channel: "orders".into(), group: "payment".into() });
    assert!((outage.expect[3].value - 300.0).abs() < 1e-9);
    let edges = flow.edges();
    assert!(edges.contains(&Edge { from: "payment".into(), to: "mails".into(), kind: EdgeKind::Publish }));
    assert!(edges.contains(&Edge { from: "payment".into(), to: "card-network".into(), kind: EdgeKind::Call }));
}

#[test]
fn a_scenario_resolves_with_its_loads_and_values() {
    let resolved = resolve(FORMAT, Some("card-outage"), &Overrides::default()).expect("resolves");
    let NodeKind::Consumer(payment) = &resolved.flow.nodes["payment"].kind else { panic!("payment is a consumer") };
    assert_eq!(payment.instances, Some(8));
    let NodeKind::Producer(shop) = &resolved.flow.nodes["shop"].kind else { panic!("shop is a producer") };
    assert!(matches!(shop.load, Some(Load::Ramp { .. })));
    assert_eq!(resolved.settings.duration.as_secs_f64(), 1200.0);
    assert_eq!(resolved.settings.warmup.fixed().map(Duration::as_secs_f64), Some(60.0));
    assert_eq!(resolved.settings.replications, 8);
    let plain = resolve(FORMAT, None, &Overrides::default()).expect("resolves");
    assert_eq!(plain.scenario_name, "default");
    let NodeKind::Consumer(payment) = &plain.flow.nodes["payment"].kind else { panic!("payment is a consumer") };
    assert_eq!(payment.instances, Some(6));
}

#[test]
fn callers_override_what_the_document_says() {
    let overrides = Overrides {
        set: vec![("payment.retry.attempts".into(), "7".into()), ("shop.load".into(), "{ constant: 5/s }".into())],
        seed: Some(9),
        replications: Some(2),
        duration: Some("2m".parse().expect("a duration")),
        warmup: None,
    };
    let resolved = resolve(FORMAT, Some("card-outage"), &overrides).expect("resolves");
    let NodeKind::Consumer(payment) = &resolved.flow.nodes["payment"].kind else { panic!("payment is a consumer") };
    assert_eq!(payment.retry.as_ref().map(|r| r.attempts), Some(Attempts::AtMost(7)));
    assert_eq!((payment.instances, resolved.settings.seed, resolved.settings.replications), (Some(8), 9, 2));
    let NodeKind::Producer(shop) = &resolved.flow.nodes["shop"].kind else { panic!("shop is a producer") };
    assert_eq!(shop.load, Some(Load::Constant(Rate::per_second(5.0))));
}

#[test]
fn wrong_overrides_are_told_where_they_were_given() {
    let told = |scenario: Option<&str>, path: &str, value: &str| {
        let overrides = Overrides { set: vec![(path.into(), value.into())], ..Overrides::default() };
        let problems = resolve(FORMAT, scenario, &overrides).expect_err("is refused");
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(
        [
            told(None, "paymnt.instances", "3"),
            told(None, "payment.instanzes", "3"),
            told(None, "payment.instances", "0"),
            told(None, "payment.instances", ""),
            told(None, "payment", "3"),
            told(None, "payment.dead_letter", "nowhere"),
            told(None, "payment.service_time.mean.deep", "1ms"),
            told(None, "payment.calls.3.timeout", "1s"),
            told(None, "payment.instances", "[1"),
            told(None, "a..b", "1"),
            told(Some("card-outag"), "payment.instances", "3"),
        ]
        .join("\n")
    );
}

#[test]
fn without_scenarios_the_defaults_hold() {
    let resolved = resolve("thalweg: 1\nname: A\n", None, &Overrides::default()).expect("resolves");
    assert_eq!(resolved.settings, Settings::default());
    assert_eq!(resolved.scenario_name, "default");
}
