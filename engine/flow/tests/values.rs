//! Values as text: what is read, what is written, and that the two are each other's inverse.

#![allow(clippy::float_cmp, reason = "reading back must give the very same number")]

use proptest::prelude::*;
use thalweg_flow::*;

fn nanos(text: &str) -> u64 {
    text.parse::<Duration>().unwrap_or_else(|e| panic!("{text}: {e}")).as_nanos()
}

#[test]
fn durations_are_exact() {
    let table = [
        ("250us", 250_000),
        ("18ms", 18_000_000),
        ("0.1ms", 100_000),
        ("1.5s", 1_500_000_000),
        ("2s", 2_000_000_000),
        ("1m30s", 90_000_000_000),
        ("1h0.5s", 3_600_500_000_000),
        ("5m", 300_000_000_000),
        ("24h", 86_400_000_000_000),
        ("7d", 604_800_000_000_000),
        ("3µs", 3_000),
        ("1ns", 1),
        ("0s", 0),
        (".5s", 500_000_000),
        ("18446744073709551615ns", u64::MAX),
    ];
    for (text, expected) in table {
        assert_eq!(nanos(text), expected, "{text}");
    }
    for wrong in [
        "",
        "s",
        "5",
        "-1s",
        "1x",
        "1s5m",
        "1s1s",
        "1 s",
        "1e3s",
        "1..2s",
        "5 minutes",
        "0.5ns",
        "213504d",
        "NaNs",
        "∞s",
        "1s ",
    ] {
        assert!(wrong.parse::<Duration>().is_err(), "{wrong}");
    }
}

#[test]
fn the_shortest_exact_text_is_written() {
    let written = |nanos| Duration::from_nanos(nanos).to_string();
    assert_eq!(written(1_500_000_000), "1.5s");
    assert_eq!(written(90_000_000_000), "90s");
    assert_eq!(written(60_000_000_000), "1m");
    assert_eq!(written(86_400_000_000_000), "1d");
    assert_eq!(written(100_000), "100us");
    assert_eq!(written(1_234_567), "1234567ns");
    assert_eq!(written(0), "0s");
    assert_eq!(Rate::per_second(120.0).to_string(), "120/s");
    assert_eq!(Rate::per_second(0.5).to_string(), "30/min");
    assert_eq!(Rate::per_second(1.0 / 60.0).to_string(), "1/min");
    assert_eq!(Rate::per_second(2.0 / 3600.0).to_string(), "2/h");
    assert_eq!(Size::from_bytes(1024).to_string(), "1KiB");
    assert_eq!(Size::from_bytes(1500).to_string(), "1500B");
    assert_eq!(Size::from_bytes(400).to_string(), "400B");
    assert_eq!(Share::from_fraction(0.005).to_string(), "0.5%");
    assert_eq!(Share::from_fraction(0.98).to_string(), "98%");
    assert_eq!(Share::from_fraction(0.0001).to_string(), "0.01%");
    assert_eq!(Share::ONE.to_string(), "100%");
}

#[test]
fn rates_sizes_and_shares_are_read() {
    let rate = |text: &str| text.parse::<Rate>().map(Rate::as_per_second);
    assert_eq!(rate("120/s"), Ok(120.0));
    assert_eq!(rate("30/min"), Ok(0.5));
    assert_eq!(rate("2/h"), Ok(2.0 / 3600.0));
    assert_eq!(rate("1e6/s"), Ok(1e6));
    for wrong in ["-1/s", "5", "/s", "5/x", "5/sec", "1e999/s", "NaN/s", "inf/s", "5 /s", ""] {
        assert!(rate(wrong).is_err(), "{wrong}");
    }
    let size = |text: &str| text.parse::<Size>().map(Size::as_bytes);
    assert_eq!((size("400B"), size("1.2KiB"), size("3MB")), (Ok(400), Ok(1229), Ok(3_000_000)));
    for wrong in ["400", "-1B", "1XB", "B", "99999999TiB", "1 kB"] {
        assert!(size(wrong).is_err(), "{wrong}");
    }
    let share = |text: &str| text.parse::<Share>().map(Share::as_fraction);
    assert_eq!((share("0.5%"), share("0.005"), share("100%"), share("0")), (Ok(0.005), Ok(0.005), Ok(1.0), Ok(0.0)));
    for wrong in ["101%", "-1%", "2", "half", "%", "1e-1e%"] {
        assert!(share(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn expectations_are_read_in_all_their_forms() {
    let read = |text: &str| text.parse::<Expectation>().unwrap_or_else(|e| panic!("{text}: {e}"));
    let e = read("p99(end_to_end) < 2s");
    assert_eq!((e.metric, e.subject, e.comparison, e.value), (Metric::P99, Subject::EndToEnd, Comparison::Less, 2.0));
    let e = read("lost==0");
    assert_eq!((e.metric, e.subject, e.comparison, e.value), (Metric::Lost, Subject::Flow, Comparison::Equal, 0.0));
    let e = read(" throughput( shop ) >= 30/min ");
    assert_eq!((e.subject, e.comparison, e.value), (Subject::Node("shop".into()), Comparison::GreaterOrEqual, 0.5));
    let e = read("utilization(payment) <= 80%");
    assert_eq!((e.metric, e.value), (Metric::Utilization, 0.8));
    let e = read("recovered(orders/payment) != 5m");
    assert_eq!(e.subject, Subject::Group { channel: "orders".into(), group: "payment".into() });
    assert_eq!((e.comparison, e.value), (Comparison::NotEqual, 300.0));
    for (name, metric) in text::METRICS {
        assert_eq!(metric.name(), name);
    }
    for wrong in
        ["", "lost", "lost =", "lost == ", "lost(a == 0", "lost(a/) == 0", "p99 < 3", "nope == 0", "< 3", "lag > x"]
    {
        assert!(wrong.parse::<Expectation>().is_err(), "{wrong}");
    }
}

#[test]
fn comparisons_hold_as_their_signs_say() {
    assert!(Comparison::Less.holds(1.0, 2.0) && !Comparison::Less.holds(2.0, 2.0));
    assert!(Comparison::LessOrEqual.holds(2.0, 2.0) && Comparison::Equal.holds(2.0, 2.0));
    assert!(!Comparison::Equal.holds(f64::NAN, f64::NAN) && !Comparison::NotEqual.holds(2.0, 2.0));
}

proptest! {
    #[test]
    fn durations_read_back(nanos in prop_oneof![any::<u64>(), 0..10_000_u64, (0..u64::MAX / 1_000_000_000).prop_map(|s| s * 1_000_000_000)]) {
        let duration = Duration::from_nanos(nanos);
        prop_assert_eq!(duration.to_string().parse(), Ok(duration));
    }

    #[test]
    fn sizes_read_back(bytes in prop_oneof![any::<u64>(), 0..100_000_u64, (0..1_u64 << 40).prop_map(|k| k * 1024)]) {
        let size = Size::from_bytes(bytes);
        prop_assert_eq!(size.to_string().parse(), Ok(size));
    }

    #[test]
    fn rates_read_back(rate in prop_oneof![
        0.0..1e9_f64,
        (0..100_000_u32).prop_map(|n| f64::from(n) / 60.0),
        (0..100_000_u32).prop_map(|n| f64::from(n) / 3600.0),
        prop::num::f64::POSITIVE,
    ]) {
        let rate = Rate::per_second(rate);
        prop_assert_eq!(rate.to_string().parse(), Ok(rate));
    }

    #[test]
    fn shares_read_back(fraction in prop_oneof![0.0..=1.0_f64, (0..=100_000_u32).prop_map(|n| f64::from(n) / 1e5)]) {
        let share = Share::from_fraction(fraction);
        prop_assert_eq!(share.to_string().parse(), Ok(share));
    }

    #[test]
    fn no_text_makes_a_value_panic(text in "\\PC{0,24}|[-+0-9.eE%/ smhdunBKiMT]{0,12}|(p99|lost|lag)?[(a/)<>=! 0-9.s]{0,12}") {
        let _ = (text.parse::<Duration>(), text.parse::<Rate>(), text.parse::<Size>(), text.parse::<Share>());
        if let Ok(expectation) = text.parse::<Expectation>() {
            prop_assert!(expectation.value.is_finite());
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any_document()) {
        let reading = read(&text);
        for problem in &reading.problems {
            prop_assert!(problem.span.start <= problem.span.end && problem.span.end <= text.len());
            prop_assert!(text.get(problem.span.start..problem.span.end).is_some(), "{:?} in {:?}", problem, text);
            prop_assert!(!render(problem, "a", &text).is_empty());
        }
        let _ = layout::positions(&reading.flow);
        let _ = resolve(&text, None, &Overrides::default());
    }
}

/// Broken documents: pieces of a good one, cut, doubled and mixed with signs that mean something in YAML.
fn any_document() -> impl Strategy<Value = String> {
    let good = include_str!("data/format.flow.yaml");
    let lines: Vec<&str> = good.lines().collect();
    let signs = prop::sample::select(vec![
        ":", "-", "{", "}", "[", "]", "&a ", "*a", "'", "\"", "|", ">", "#", "\n", "\t", "  ", "? ", "!x ", "%", "@",
        "\u{0}", "\u{feff}", "é", "注文", "🚚", "---\n", "...\n", "\r", "<<: ", "0", "null", ",", "->", "~",
    ]);
    let line = prop::sample::select(lines).prop_map(|l| format!("{l}\n"));
    prop_oneof![
        prop::collection::vec(prop_oneof![3 => line, 1 => signs.clone().prop_map(str::to_owned)], 0..30)
            .prop_map(|p| p.concat()),
        (0..good.len(), signs, 0..60_usize).prop_map(move |(at, sign, gone)| {
            let at = (0..=at).rev().find(|i| good.is_char_boundary(*i)).unwrap_or(0);
            let end = (at + gone).min(good.len());
            let end = (at..=end).rev().find(|i| good.is_char_boundary(*i)).unwrap_or(at);
            format!("{}{sign}{}", &good[..at], &good[end..])
        }),
        "\\PC{0,80}",
    ]
}
