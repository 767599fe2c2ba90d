//! Drawings, read back as XML and compared with what went in.

use proptest::prelude::*;
use quick_xml::{Reader, events::Event};

use super::*;
use crate::{Band, Cell, FINE, Hue, Unit};

fn band(text: &str, from_s: f64, until_s: f64) -> Band {
    Band { text: text.to_owned(), hue: Hue::Dead, from_s, until_s }
}

fn lane(name: &str, unit: Unit, lines: Vec<Line>) -> Lane {
    Lane { name: name.to_owned(), unit, lines, heat: None }
}

fn outage() -> Timeline {
    Timeline {
        title: "Checkout, scenario card-outage".into(),
        epoch: None,
        duration_s: 60.0,
        bucket_s: 10.0,
        warmup_s: 10.0,
        lanes: vec![
            lane(
                "Throughput",
                Unit::PerSecond,
                vec![
                    Line::whole("completed", Hue::Consumer, &[100.0, 120.0, 0.0, 0.0, 240.0, 120.0]).fill(),
                    Line::whole("produced", Hue::Producer, &[120.0; 6]),
                ],
            ),
            lane(
                "Latency",
                Unit::Milliseconds,
                vec![Line::gapped("p99", Hue::Consumer, &[Some(90.0), Some(95.0), None, None, Some(41_300.0), None])],
            ),
            lane("Lag", Unit::Count, vec![Line::gapped("lag", Hue::Channel, &[None; 6])]),
        ],
        bands: vec![band("outage card-network", 20.0, 40.0), band("crash payment ×2", 25.0, 30.0)],
        compared: None,
    }
}

/// Reads the SVG with a parser that is not ours; its texts and how often each tag occurs.
fn parsed(svg: &str) -> (Vec<String>, std::collections::BTreeMap<String, usize>) {
    let mut reader = Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let (mut texts, mut tags, mut depth) = (Vec::new(), std::collections::BTreeMap::new(), 0_i32);
    let mut text = String::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Eof => break,
            Event::Start(start) => {
                depth += 1;
                text.clear();
                *tags.entry(start.name().as_ref().to_owned()).or_default() += 1;
            }
            Event::Empty(start) => {
                *tags.entry(start.name().as_ref().to_owned()).or_default() += 1;
            }
            Event::End(_) => {
                depth -= 1;
                if !text.trim().is_empty() {
                    texts.push(text.trim().to_owned());
                }
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(entity) => text.push_str(match &*entity {
                "lt" => "<",
                "gt" => ">",
                "amp" => "&",
                "quot" => "\"",
                "apos" => "'",
                other => panic!("unknown entity {other}"),
            }),
            _ => {}
        }
    }
    assert_eq!(depth, 0, "every element is closed");
    (texts, tags)
}

#[test]
fn an_outage_in_the_dark() {
    insta::assert_snapshot!(draw(&outage(), &Palette::DARK, 640).expect("drawn"));
}

#[test]
fn a_baseline_is_dashed_and_named_once() {
    let names = crate::Compared { run: "This run".into(), baseline: "before <the> fix".into() };
    let drawn = draw(&outage().beside(&outage(), names), &Palette::DARK, 640).expect("drawn");
    let (texts, tags) = parsed(&drawn);
    for (text, times) in [("This run", 1), ("before <the> fix", 1), ("completed", 1), ("outage card-network", 1)] {
        assert_eq!(texts.iter().filter(|found| *found == text).count(), times, "{text}: {texts:?}");
    }
    let (_, alone) = parsed(&draw(&outage(), &Palette::DARK, 640).expect("drawn"));
    // Some hundred dashes of each curve; its area is filled once.
    assert!(tags["polyline"] > alone["polyline"] + 100, "{tags:?}");
    assert_eq!(tags.get("polygon"), alone.get("polygon"));
    let light =
        draw_for_both(&outage().beside(&outage(), crate::Compared { run: "a".into(), baseline: "b".into() }), 640);
    assert!(light.expect("drawn").contains("prefers-color-scheme:dark"));
}

#[test]
fn the_same_in_daylight_differs_in_colours_only() {
    let (dark, light) = (draw(&outage(), &Palette::DARK, 640), draw(&outage(), &Palette::LIGHT, 640));
    let (dark, light) = (dark.expect("drawn"), light.expect("drawn"));
    assert_ne!(dark, light);
    let without_colours = |svg: &str| {
        svg.split('#').map(|part| part.trim_start_matches(|c: char| c.is_ascii_hexdigit())).collect::<String>()
    };
    assert_eq!(without_colours(&dark), without_colours(&light));
}

#[test]
fn a_drawing_for_both_knows_every_colour_that_it_uses() {
    let svg = draw_for_both(&outage(), 640).expect("drawn");
    let (style, marks) = svg.split_once("</style>").expect("a style");
    for property in ["fill", "stroke"] {
        for colour in marks.split(&format!("{property}=\"#")).skip(1).map(|rest| &rest[..6]) {
            assert!(style.contains(&format!("[{property}=\"#{colour}\"]")), "{property} {colour}");
        }
    }
    let (_, tags) = parsed(&svg);
    assert_eq!(tags["style"], 1);
}

#[test]
fn everything_named_is_written() {
    let (texts, tags) = parsed(&draw(&outage(), &Palette::LIGHT, 900).expect("drawn"));
    let expected = [
        "Checkout, scenario card-outage",
        "outage card-network",
        "crash payment ×2",
        "Throughput",
        "completed",
        "produced",
        "300/s",
        "Latency",
        "50 s",
        "Lag",
        "no values",
        "00:00",
        "01:00",
    ];
    for word in expected {
        assert!(texts.iter().any(|text| text == word), "{word} in {texts:?}");
    }
    assert_eq!(tags["circle"], 1, "a value between gaps is a dot");
    assert_eq!(tags["polygon"], 1, "one line is filled");
}

#[test]
fn names_of_others_stay_text() {
    let mut timeline = outage();
    timeline.title = "</title><script>alert(1)</script>".into();
    timeline.bands[0].text = "\u{1b}[31m<b onload='x'>&\u{0}".into();
    let (texts, tags) = parsed(&draw(&timeline, &Palette::DARK, 900).expect("drawn"));
    assert!(!tags.contains_key("script") && !tags.contains_key("b"));
    assert!(texts.contains(&timeline.title));
    assert!(texts.iter().any(|text| text.contains("<b onload='x'>&\u{fffd}")), "{texts:?}");
}

#[test]
fn labels_do_not_overlap_and_come_once() {
    let mut timeline = outage();
    timeline.bands =
        (0..40).map(|i| band(&format!("crash node-{}", i % 20), f64::from(i), f64::from(i) + 0.5)).collect();
    let window = Window::whole(timeline.duration_s);
    let labels = Room::sheet(&timeline, 640.0, window).labels(&timeline, window);
    assert!(labels.len() > 4 && labels.len() <= 20);
    for (i, label) in labels.iter().enumerate() {
        for other in &labels[..i] {
            assert_ne!(label.band.text, other.band.text);
            let apart = label.row != other.row || label.x >= other.x + width_of(&other.band.text, SMALL);
            assert!(apart, "{} and {}", label.band.text, other.band.text);
        }
    }
}

#[test]
fn a_part_shows_only_what_lies_in_it() {
    let timeline = outage();
    let window = Window { from_s: 40.0, until_s: 60.0 };
    let view = View { window, ..View::whole(&timeline) };
    let svg = draw_view(&timeline, view, &Palette::DARK, 640).expect("drawn");
    let (texts, _) = parsed(&svg);
    for word in ["00:40", "01:00", "outage card-network"] {
        assert!(texts.iter().any(|text| text == word), "{word} in {texts:?}");
    }
    for word in ["warm-up", "00:00", "crash payment ×2"] {
        assert!(!texts.iter().any(|text| text == word), "{word} in {texts:?}");
    }
    // Curves that come from before and go on are cut at the edges of the lanes.
    for points in svg.split("points=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        for x in points.split_whitespace().filter_map(|point| point.split(',').next()?.parse::<f64>().ok()) {
            // Beside the lanes are only the lines of the legend.
            assert!(x <= 20.0 * FINE || (104.0 * FINE..=(640.0 - 14.0) * FINE).contains(&x), "{x}");
        }
    }
}

#[test]
fn a_logarithmic_lane_has_a_line_for_each_power_of_ten() {
    let timeline = outage();
    let view = View { scale: Scale::Log, ..View::whole(&timeline) };
    let lines = |svg: &str| parsed(svg).1["polyline"];
    let log = draw_view(&timeline, view, &Palette::DARK, 640).expect("drawn");
    let linear = draw(&timeline, &Palette::DARK, 640).expect("drawn");
    // Latency from 90 ms to 41 s lies between 10 ms and 100 s; throughput between 100/s and 1,000/s.
    assert_eq!(lines(&log) - lines(&linear), 3);
    assert!(parsed(&log).0.contains(&"10 ms".to_owned()));
}

/// Two steps of time with three pairs of bounds.
fn waits() -> Timeline {
    let cell = |from_s, low, high, count| Cell { from_s, until_s: from_s + 10.0, low, high, count };
    let cells = vec![
        cell(0.0, Some(100.0), Some(200.0), 1),
        cell(0.0, Some(200.0), Some(400.0), 100),
        cell(40.0, Some(400.0), None, 10),
    ];
    let heat = Some(Heat { cells, hue: Hue::Consumer });
    let waits = Lane { heat, ..lane("Wait", Unit::Milliseconds, vec![]) };
    Timeline { lanes: vec![waits], bands: vec![], warmup_s: 0.0, ..outage() }
}

#[test]
fn a_heat_map_has_its_cells_its_bounds_and_its_colours() {
    let (texts, tags) = parsed(&draw(&waits(), &Palette::DARK, 640).expect("drawn"));
    // Of the bounds and the legend: 1, 3, 10, 32 and 100 values.
    for text in ["100 ms", "200 ms", "400 ms", "> 400 ms", "values in a cell", "1", "10", "100"] {
        assert!(texts.iter().any(|found| found == text), "{text}: {texts:?}");
    }
    // The ground, the colours of the legend, the cells, and what is below the words of the bounds.
    assert_eq!(tags["rect"], 1 + 5 + 3 + 4, "{tags:?}");
    let colour = Palette::DARK.consumer.css().to_uppercase();
    let drawn = draw(&waits(), &Palette::DARK, 640).expect("drawn");
    assert_eq!(drawn.matches(&colour).count(), 5 + 3, "{drawn}");
    // A part without cells has none.
    let view = View { window: Window { from_s: 20.0, until_s: 30.0 }, ..View::whole(&waits()) };
    let part = draw_view(&waits(), view, &Palette::DARK, 640).expect("drawn");
    assert_eq!(part.matches(&colour).count(), 5);
    assert!(draw_for_both(&waits(), 640).expect("drawn").contains("prefers-color-scheme:dark"));
}

#[test]
fn a_heat_map_without_cells_says_so() {
    let mut timeline = waits();
    timeline.lanes[0].heat = Some(Heat { cells: vec![], hue: Hue::Consumer });
    let (texts, _) = parsed(&draw(&timeline, &Palette::DARK, 640).expect("drawn"));
    assert!(texts.contains(&"no values".to_owned()) && !texts.contains(&"values in a cell".to_owned()), "{texts:?}");
}

#[test]
fn an_empty_timeline_is_a_drawing_too() {
    let (texts, _) = parsed(&draw(&Timeline::default(), &Palette::DARK, 0).expect("drawn"));
    assert_eq!(texts, ["00:00"]);
}

proptest! {
    #[test]
    fn any_numbers_can_be_drawn(
        values in proptest::collection::vec(proptest::option::of(proptest::num::f64::ANY), 0..40),
        duration_s in proptest::num::f64::ANY,
        bucket_s in proptest::num::f64::ANY,
        warmup_s in proptest::num::f64::ANY,
        from_s in proptest::num::f64::ANY,
        until_s in proptest::num::f64::ANY,
        width in 0_u32..2000,
        text in "\\PC{0,20}",
    ) {
        let cells = values.windows(2).map(|pair| Cell {
            from_s, until_s, low: pair[0], high: pair[1], count: u64::from(width),
        });
        let heat = Lane { heat: Some(Heat { cells: cells.collect(), hue: Hue::Dead }), ..lane(&text, Unit::Count, vec![]) };
        let line = Line { name: text.clone(), hue: Hue::Accent, filled: true, baseline: text.len() % 2 == 1, values };
        let timeline = Timeline {
            epoch: None,
            title: text.clone(), duration_s, bucket_s, warmup_s,
            lanes: vec![lane(&text, Unit::Milliseconds, vec![line]), heat],
            bands: vec![band(&text, from_s, until_s)],
            compared: Some(crate::Compared { run: text.clone(), baseline: text }),
        };
        parsed(&draw(&timeline, &Palette::DARK, width).expect("drawn"));
    }
}
