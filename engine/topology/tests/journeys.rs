//! A message followed over several traces.

mod common;

use std::fmt::Write;

use common::{DAY, MS, Sp, sp, span_id, trace_id, traces};
use proptest::prelude::*;
use thalweg_topology::Kind::{Client, Consumer, Producer, Server};
use thalweg_topology::{HOPS, Journey, journey, linked_traces};

fn kafka(span: Sp, operation: &'static str, topic: &'static str) -> Sp {
    span.is("messaging.system", "kafka")
        .is("messaging.operation.type", operation)
        .is("messaging.destination.name", topic)
}

/// An order is paid at the third attempt, booked, and its mail is given up.
fn order() -> Vec<Sp> {
    vec![
        sp(1, 1, Server, "shop", 0, 20),
        kafka(sp(1, 2, Producer, "shop", 10, 12), "send", "orders").below(1),
        kafka(sp(2, 3, Consumer, "payment", 40, 50), "process", "orders").linked(1, 2).failed(),
        kafka(sp(3, 4, Consumer, "payment", 250, 260), "process", "orders").linked(1, 2).failed(),
        kafka(sp(4, 5, Consumer, "payment", 700, 730), "process", "orders").linked(1, 2),
        kafka(sp(4, 6, Producer, "payment", 720, 722), "send", "payments").below(5),
        kafka(sp(4, 7, Producer, "payment", 723, 725), "send", "mails").below(5),
        kafka(sp(5, 8, Client, "books", 730, 740), "receive", "payments").linked(4, 6),
        kafka(sp(6, 9, Consumer, "books", 741, 745), "process", "payments").linked(4, 6),
        kafka(sp(7, 10, Consumer, "mailer", 715, 760), "process", "mails").linked(4, 7).failed(),
        kafka(sp(7, 11, Producer, "mailer", 758, 760), "send", "mails-dlq").below(10).linked(4, 7),
        kafka(sp(8, 12, Client, "janitor", 790, 800), "receive", "mails-dlq").linked(7, 11),
        // Another order in the same topics.
        kafka(sp(9, 13, Producer, "shop", 15, 16), "send", "orders"),
        kafka(sp(9, 14, Consumer, "payment", 50, 60), "process", "orders").below(13),
    ]
}

fn told(journey: &Journey) -> Vec<String> {
    let line = |hop: &thalweg_topology::Hop| {
        let mut line = "  ".repeat(hop.depth as usize);
        let _ = write!(line, "{}–{} {}", (hop.start - DAY) / MS, (hop.end - DAY) / MS, hop.kind.as_str());
        let _ = write!(line, " {} {}", hop.channel, hop.service);
        if hop.attempt > 1 {
            let _ = write!(line, " attempt {}", hop.attempt);
        }
        for (is, word) in [(hop.error, " failed"), (hop.skewed, " skewed")] {
            line += if is { word } else { "" };
        }
        line
    };
    journey.hops.iter().map(line).collect()
}

const WAY: [&str; 16] = [
    "10–12 sent orders shop",
    "  12–40 waited orders payment",
    "  40–50 handled orders payment failed",
    "  50–250 backoff orders payment",
    "  250–260 handled orders payment attempt 2 failed",
    "  260–700 backoff orders payment",
    "  700–730 handled orders payment attempt 3",
    "    720–722 sent payments payment",
    "      722–741 waited payments books",
    "      741–745 handled payments books",
    "    723–725 sent mails payment",
    "      715–715 waited mails mailer skewed",
    "      715–760 handled mails mailer failed",
    "        758–760 gave-up mails-dlq mailer",
    "          760–800 waited mails-dlq janitor",
    "          790–800 fetched mails-dlq janitor",
];

#[test]
fn the_whole_way_from_any_place_of_it() {
    let traces = traces(&order());
    for (trace, span) in [(1, None), (1, Some(1)), (1, Some(2)), (3, None), (4, Some(7)), (5, None), (8, Some(12))] {
        let journey = journey(&traces, trace_id(trace), span.map(span_id));
        assert_eq!(told(&journey), WAY, "from trace {trace}, span {span:?}");
        assert_eq!((journey.traces, journey.duration / MS, journey.cut), (7, 790, false));
    }
}

#[test]
fn a_message_without_a_sender_begins_where_it_was_seen() {
    let spans: Vec<Sp> = order().into_iter().filter(|span| span.trace != 1).collect();
    let told = told(&journey(&traces(&spans), trace_id(3), None));
    assert_eq!(told[0], "40–50 handled orders payment failed");
    assert_eq!(told[4], "700–730 handled orders payment attempt 3");
}

#[test]
fn what_leads_to_other_traces() {
    let traces = traces(&order());
    let (linked, named) = linked_traces(&traces[1]);
    assert_eq!((linked.into_iter().collect::<Vec<_>>(), named.len()), (vec![trace_id(1)], 0));
    assert!(journey(&traces, trace_id(77), None).hops.is_empty());
}

proptest! {
    /// Whatever links to whatever: the journey ends, tells no span twice as the same thing, and no time runs backwards.
    #[test]
    fn any_links_are_followed(links in prop::collection::vec((0..8_u64, 0..8_u64, any::<bool>(), any::<bool>()), 1..20)) {
        let spans: Vec<Sp> = links.iter().zip(0..).map(|(&(trace, to, sends, below), id)| {
            let kind = if sends { Producer } else { Consumer };
            let operation = if sends { "send" } else { "process" };
            let span = kafka(sp(trace, id, kind, "a", id, id + 1), operation, "ring");
            if below { span.below(to) } else { span.linked(to, id.wrapping_sub(1).min(19)) }
        }).collect();
        let traces = traces(&spans);
        for trace in &traces {
            let journey = journey(&traces, trace.id, None);
            let mut seen = std::collections::BTreeSet::new();
            for hop in &journey.hops {
                prop_assert!(hop.start <= hop.end);
                prop_assert!(seen.insert((hop.trace, hop.span, hop.kind.as_str())));
            }
        }
    }
}

/// However often one message is tried, no more is told than there is room for, and that there is more is said.
#[test]
fn a_message_that_never_succeeds_is_cut() {
    let mut spans = vec![kafka(sp(1, 0, Producer, "shop", 0, 1), "send", "orders")];
    for attempt in 0..HOPS as u64 {
        let at = 10 + attempt * 2;
        let handled = sp(1, 1 + attempt, Consumer, "payment", at, at + 1).below(0).failed();
        spans.push(kafka(handled, "process", "orders"));
    }
    let journey = journey(&traces(&spans), trace_id(1), None);
    assert_eq!(journey.hops.len(), HOPS);
    assert!(journey.cut);
}
