//! What questions to a data file cost: `cargo bench -p thalweg-store --bench questions -- FILE`, as `cargo xtask bench telemetry` runs it
//! with the file that it filled. Without a file there is nothing to ask; `-- FILE 10` fills one that is not there with so many millions of
//! spans first, eight a trace in four batches of four services. What follows is asked alone: `-- FILE 10 'trace.duration > 2s'`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on fails, and tells what it found"
)]

use std::collections::VecDeque;
use std::io::Write as _;
use std::time::{Duration, Instant};

use thalweg_spans::filter::{Filter, parse};
use thalweg_spans::survey::{Density, FILTERS as FILTERS_AT_ONCE, sets};
use thalweg_spans::{Batch, Span};
use thalweg_store::{Store, TraceOrder};

#[path = "../../spans/tests/common/mod.rs"]
mod common;

const ROUNDS: usize = 9;
const PAGE: u32 = 100;

/// With what they stand for: a common and a rare combination, one value of a key that hardly repeats, a common and a rare word,
/// nothing at all; whole traces that are common, few, and none, and few of those that a service was in.
const FILTERS: [&str; 10] = [
    "service = payment and duration > 15ms and customer.tier = gold",
    "service = payment and duration > 20.09ms and messaging.kafka.offset < 100000",
    "messaging.message.id = 00000000000000000000000000000000",
    "payments",
    "nothing.of.this.name",
    "service = nobody",
    "trace.duration > 20ms",
    "trace.duration > 38ms",
    "trace.duration > 2s",
    "service = payment and trace.duration > 2s",
];

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let Some(path) = arguments.next() else { return };
    if let Some(millions) = arguments.next().filter(|_| !std::path::Path::new(&path).exists()) {
        fill(&path, millions.parse().unwrap()).await;
    }
    let alone: Vec<String> = arguments.collect();
    if !alone.is_empty() {
        let store = Store::open(&path).await.unwrap();
        for text in &alone {
            find(&store, text).await;
        }
        return store.close().await;
    }
    let began = Instant::now();
    let store = Store::open(&path).await.unwrap();
    let newest = store.list_traces(PAGE, None).await.unwrap();
    tell(&format!("opening and the newest {PAGE}: {:.1} ms", ms(began.elapsed())));
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let again = store.list_traces(PAGE, None).await.unwrap();
        times.push(began.elapsed());
        assert_eq!(again, newest);
    }
    tell(&format!("the newest {PAGE} again: {}", told(times)));
    let mut times = Vec::new();
    for trace in newest.traces.iter().take(ROUNDS) {
        let began = Instant::now();
        let whole = store.trace(trace.trace_id).await.unwrap().unwrap();
        times.push(began.elapsed());
        assert_eq!(whole.spans.len() as u64, trace.spans);
    }
    tell(&format!("one trace: {}", told(times)));
    for text in FILTERS {
        find(&store, text).await;
    }
    surveys(&store).await;
    store.close().await;
}

async fn find(store: &Store, text: &str) {
    let filter = Filter::new(&parse(text).unwrap()).unwrap();
    for order in [TraceOrder::Newest, TraceOrder::Slowest] {
        let (mut times, mut found) = (Vec::new(), 0);
        for _ in 0..if order == TraceOrder::Newest { ROUNDS } else { 1 } {
            let began = Instant::now();
            found = store.find_traces(&filter, order, PAGE, None).await.unwrap().traces.len();
            times.push(began.elapsed());
        }
        tell(&format!("{order:?}, `{text}`, {found} found: {}", told(times)));
    }
}

/// What many traces show together, each asked once: until there was something to tell, and until all of it was there.
async fn surveys(store: &Store) {
    let filter = |text: &str| Filter::new(&parse(text).unwrap()).unwrap();
    let (began, mut first) = (Instant::now(), None);
    let found = store.survey([None; FILTERS_AT_ONCE], |_, _| note(&mut first, began)).await.unwrap();
    let density = Density::of(&found.traces);
    let what = format!("density of {} traces in {} cells", density.traces, density.cells.len());
    tell_survey(&what, first, began, found.cut);
    for text in ["", "service = payment and duration > 15ms", "trace.duration > 20ms"] {
        let (began, mut first) = (Instant::now(), None);
        let found = store.operations(&filter(text), |_, _| note(&mut first, began)).await.unwrap();
        let spans: u64 = found.table.values().map(|operation| operation.spans).sum();
        tell_survey(&format!("operations of {spans} spans, `{text}`"), first, began, found.cut);
    }
    for text in ["trace.duration > 20ms", "trace.duration > 38ms"] {
        let (began, mut first) = (Instant::now(), None);
        let these = filter(text);
        let found = store.survey([None, Some(&these), None], |_, _| {}).await.unwrap();
        let looked_up = began.elapsed();
        let (both, all) = sets(&found.traces, MOST_OF_A_SET);
        let contrast = store.contrast(both, |_, _| note(&mut first, began)).await.unwrap();
        let differences = contrast.differences(contrast.traces()).0.len();
        let what = format!(
            "{differences} differences of {:?} of {all:?} traces, `{text}`, looked up in {:.0} ms",
            contrast.traces(),
            ms(looked_up)
        );
        tell_survey(&what, first, began, found.cut);
    }
}

/// As whoever asks the store for it has it.
const MOST_OF_A_SET: usize = 100_000;

fn note(first: &mut Option<Duration>, began: Instant) {
    first.get_or_insert_with(|| began.elapsed());
}

fn tell_survey(what: &str, first: Option<Duration>, began: Instant, cut: bool) {
    let cut = if cut { ", the oldest left out" } else { "" };
    tell(&format!("{what}{cut}: first after {:.0} ms, all {:.0} ms", first.map_or(0.0, ms), ms(began.elapsed())));
}

/// Spans of a batch; four services send at once, so that traces come in four parts.
const BATCH: usize = 512;

async fn fill(path: &str, millions: u64) {
    let store = Store::open(path).await.unwrap();
    let began = Instant::now();
    let mut wholes: VecDeque<Batch> = VecDeque::new();
    for round in 0..millions * 1_000_000 / (4 * BATCH as u64) {
        let mut whole = common::batch(4 * BATCH / 8, round + 1);
        // The time goes on; each begins where that of the one before ended.
        let later = round * (4 * BATCH as u64 / 8) * 400_000;
        whole.spans.iter_mut().for_each(|Span { start_ns, end_ns, .. }| {
            *start_ns += later;
            *end_ns += later;
        });
        wholes.push_front(whole);
        // One after the other, as services send: some traces go on from one block to the next.
        let of_service = |service: usize| -> Batch {
            let Some(whole) = wholes.get(service) else { return Batch::default() };
            let own = |span: &&Span| span.resource == service;
            Batch { spans: whole.spans.iter().filter(own).cloned().collect(), ..whole.clone() }
        };
        let (a, b, c, d) = tokio::join!(
            store.write_spans(of_service(0)),
            store.write_spans(of_service(1)),
            store.write_spans(of_service(2)),
            store.write_spans(of_service(3))
        );
        for written in [a, b, c, d] {
            written.unwrap();
        }
        wholes.truncate(4);
    }
    store.close().await;
    let seconds = began.elapsed().as_secs_f64();
    tell(&format!(
        "{millions} million spans in {seconds:.0} s, {} MB",
        std::fs::metadata(path).unwrap().len() / 1_000_000
    ));
}

fn tell(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
}

fn told(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |place: usize| times.get(place).copied().map_or(0.0, ms);
    format!("median {:.1} ms, at most {:.1} ms of {}", at(times.len() / 2), at(times.len() - 1), times.len())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
