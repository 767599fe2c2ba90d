//! The embedded broker is killed at any moment, many times, and its promises are checked against a ledger kept outside.
//!
//! This program starts itself as the engine under load: four publishers, four consumers, failures and dead letters. The ledger is what
//! it says on its output: an event is *issued* before it is published, *stored* after that was acknowledged, *given* to a consumer,
//! *handled* after the acknowledgement was durable, *given up* after a rejection was. `THALWEG_KILL_ROUNDS` raises the number of rounds.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what did not work")]

mod conformance;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use conformance::{id, keyed, plan};
use thalweg_bus::{Broker, Clock, Order, Outcome, Settled, Settlement, SqliteBroker};

/// Rounds in the ordinary tests; each has an engine that is killed.
const ROUNDS: u64 = 200;
/// Publishers, each with keys of its own.
const PUBLISHERS: u64 = 4;
const CONSUMERS: u64 = 4;
/// Keys of one publisher.
const KEYS: u64 = 5;
/// Attempts that an event gets.
const ATTEMPTS: u32 = 4;

const FILE: &str = "THALWEG_TEST_EVENTS";
/// Where each publisher goes on, and what it publishes again because nobody knows whether it is stored.
const PLAN: &str = "THALWEG_TEST_PLAN";
const DRAIN: &str = "THALWEG_TEST_DRAIN";

/// Events are numbered by publisher: publisher · 10⁹ + count.
const SPAN: u64 = 1_000_000_000;

fn is_poison(event: u64) -> bool {
    event % 53 == 7
}

fn key(event: u64) -> String {
    format!("p{}k{}", event / SPAN, event % KEYS)
}

/// What the ledger says of an event.
#[derive(Debug, Default)]
struct Entry {
    stored: bool,
    /// A consumer has said that it handled it or that it is to be given up; whether that is durable nobody knows yet.
    asked: bool,
    handled: u32,
    given_up: u32,
    last_attempt: u32,
}

#[derive(Debug, Default)]
struct Ledger {
    events: BTreeMap<u64, Entry>,
    /// Events of each key in the order in which they were first given to somebody.
    given: BTreeMap<String, Vec<u64>>,
    faults: Vec<String>,
}

impl Ledger {
    fn line(&mut self, line: &str) {
        let mut words = line.split(' ');
        let (Some(word), Some(event)) = (words.next(), words.next().and_then(|word| word.parse::<u64>().ok())) else {
            return;
        };
        let attempt: u32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let entry = self.events.entry(event).or_default();
        match word {
            "stored" => entry.stored = true,
            "given" => {
                if entry.handled + entry.given_up > 0 {
                    self.faults.push(format!("{event} was given again after it was done"));
                }
                if attempt < entry.last_attempt {
                    self.faults.push(format!("{event} was attempt {attempt} after attempt {}", entry.last_attempt));
                }
                entry.last_attempt = attempt;
                self.order(event);
            }
            "asked" => entry.asked = true,
            "handled" | "up" => {
                let count = if word == "handled" { &mut entry.handled } else { &mut entry.given_up };
                *count += 1;
            }
            _ => {}
        }
    }

    /// Of a key the next is given only after the one before it is done, and nothing again after that.
    fn order(&mut self, event: u64) {
        let given = self.given.entry(key(event)).or_default();
        match given.last() {
            Some(last) if *last == event => return,
            Some(last) if *last > event => self.faults.push(format!("{event} was given after {last} of the same key")),
            Some(last) if !self.events[last].asked => {
                self.faults.push(format!("{event} was given before anyone was done with {last} of the same key"));
            }
            _ => {}
        }
        given.push(event);
    }

    /// For each publisher the number that comes next, then what is to be published again.
    fn plan(&self) -> String {
        let mut words = Vec::new();
        for publisher in 0..PUBLISHERS {
            let own = self.events.range(publisher * SPAN..(publisher + 1) * SPAN);
            let next = own.clone().next_back().map_or(publisher * SPAN, |(event, _)| event + 1);
            let unknown: Vec<String> =
                own.filter(|(_, entry)| !entry.stored).map(|(event, _)| event.to_string()).collect();
            words.push(format!("{next}:{}", unknown.join(",")));
        }
        words.join(" ")
    }
}

#[test]
fn killed_at_any_moment_it_keeps_its_promises() {
    let rounds =
        std::env::var("THALWEG_KILL_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.db");
    let mut ledger = Ledger::default();
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..rounds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let mut child = start(&path, &ledger, false);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let kill_after = Duration::from_millis(20 + state % 380);
        let pid = child.id();
        let mut begun = None;
        // Lines are read on this thread; another one kills, so that a child that says nothing is killed too.
        let (ready, is_ready) = std::sync::mpsc::channel::<()>();
        let killer = std::thread::spawn(move || {
            // From its first sign of life on, but not for ever.
            let _ = is_ready.recv_timeout(Duration::from_secs(20));
            std::thread::sleep(kill_after);
            child.kill().unwrap();
            child.wait().unwrap()
        });
        for line in lines {
            let Ok(line) = line else { break };
            if begun.is_none() && line.starts_with("open") {
                begun = Some(Instant::now());
                let _ = ready.send(());
            }
            ledger.line(&line);
        }
        drop(ready);
        killer.join().unwrap();
        assert!(begun.is_some(), "round {round}: the engine (process {pid}) never opened its file");
        assert_eq!(ledger.faults, [] as [String; 0], "round {round}");
    }
    // At last it may finish.
    let mut child = start(&path, &ledger, true);
    let mut totals = BTreeMap::new();
    let mut dead = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(rest) = line.strip_prefix("total ") {
            let (name, count) = rest.split_once(' ').unwrap();
            totals.insert(name.to_owned(), count.parse::<u64>().unwrap());
        } else if let Some(event) = line.strip_prefix("dead ") {
            dead.push(event.parse::<u64>().unwrap());
        }
        ledger.line(&line);
    }
    assert!(child.wait().unwrap().success());
    check(&ledger, &totals, &dead);
}

fn check(ledger: &Ledger, totals: &BTreeMap<String, u64>, dead: &[u64]) {
    assert_eq!(ledger.faults, [] as [String; 0]);
    // All that was ever issued is stored by now, once.
    assert_eq!(totals["stored"], ledger.events.len() as u64);
    // Every event is handled or given up; who was killed may have said neither though it was durable.
    assert_eq!((totals["lag"], totals["expired"]), (0, 0));
    assert_eq!(totals["acked"] + totals["dead"], totals["stored"]);
    let once: BTreeSet<u64> = dead.iter().copied().collect();
    assert_eq!(once.len(), dead.len(), "no event is a dead letter twice");
    assert_eq!(totals["dead"], dead.len() as u64);
    let poison: BTreeSet<u64> = ledger.events.keys().copied().filter(|event| is_poison(*event)).collect();
    assert_eq!(once, poison, "exactly what could never succeed is a dead letter");
    for (event, entry) in &ledger.events {
        assert!(entry.handled + entry.given_up <= 1, "{event} was done twice: {entry:?}");
        assert!(entry.last_attempt > 0, "{event} was never given to anyone");
        assert!(entry.last_attempt <= ATTEMPTS + 1, "{event}: {entry:?}");
    }
    assert!(ledger.events.len() > 1000, "only {} events: this says little", ledger.events.len());
}

fn start(path: &std::path::Path, ledger: &Ledger, drain: bool) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["the_engine_under_load", "--exact", "--nocapture"])
        .env(FILE, path)
        .env(PLAN, ledger.plan())
        .env(DRAIN, if drain { "yes" } else { "" })
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Who is killed cannot complain.
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// What the tasks of one engine know of each other.
#[derive(Debug, Default)]
struct Load {
    /// Events taken so far.
    taken: AtomicU64,
    /// Events stored and not handled, about: publishers let consumers keep up.
    waiting: AtomicU64,
}

/// The engine, when this program is started as one; a test without content otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_under_load() {
    let (Ok(path), Ok(going_on)) = (std::env::var(FILE), std::env::var(PLAN)) else { return };
    let drain = std::env::var(DRAIN).is_ok_and(|drain| drain == "yes");
    let broker = SqliteBroker::open(path, Clock::system()).await.unwrap();
    if drain {
        broker.check().await.unwrap();
    }
    broker.create(&plan("orders", 3, ATTEMPTS, Order::PerKey)).await.unwrap();
    // The line that libtest began is ended first.
    say("\nopen");
    let load = Arc::new(Load::default());
    load.waiting.store(broker.inspect().await.unwrap()[0].groups[0].lag, Ordering::Relaxed);
    let publisher = |words: &str| tokio::spawn(publish(broker.clone(), words.to_owned(), Arc::clone(&load), drain));
    let publishers: Vec<_> = going_on.split(' ').map(publisher).collect();
    let consumer = |_| tokio::spawn(consume(broker.clone(), Arc::clone(&load), drain));
    let consumers: Vec<_> = (0..CONSUMERS).map(consumer).collect();
    for publisher in publishers {
        publisher.await.unwrap();
    }
    for consumer in consumers {
        consumer.await.unwrap();
    }
    let state = broker.inspect().await.unwrap().remove(0);
    let group = &state.groups[0];
    for (name, count) in [
        ("stored", state.stored),
        ("lag", group.lag),
        ("acked", group.totals.acked),
        ("dead", group.totals.dead),
        ("expired", group.totals.expired),
    ] {
        say(&format!("total {name} {count}"));
    }
    let mut after = 0;
    loop {
        let dead = broker.dead_letters("orders", "billing", after, 500).await.unwrap();
        let Some(last) = dead.last() else { break };
        after = last.number;
        for letter in &dead {
            say(&format!("dead {}", letter.stored.event.id));
        }
    }
    broker.close().await;
}

/// Publishes what nobody knows of again, then goes on; when draining only the first.
async fn publish(broker: SqliteBroker, words: String, load: Arc<Load>, drain: bool) {
    let (next, unknown) = words.split_once(':').unwrap();
    let mut next: u64 = next.parse().unwrap();
    let mut again: Vec<u64> = unknown.split(',').filter_map(|word| word.parse().ok()).collect();
    again.reverse();
    loop {
        while load.waiting.load(Ordering::Relaxed) > 200 && !drain {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let batch: Vec<u64> = match again.pop() {
            Some(event) => vec![event],
            None if drain => return,
            None => {
                let first = next;
                next += 1 + next % 7;
                (first..next).collect()
            }
        };
        for event in &batch {
            say(&format!("issued {event}"));
        }
        let events = batch.iter().map(|event| keyed(*event, &key(*event))).collect();
        let published = broker.publish("orders", events).await.unwrap();
        load.waiting.fetch_add(published.stored, Ordering::Relaxed);
        for event in &batch {
            say(&format!("stored {event}"));
        }
    }
}

async fn consume(broker: SqliteBroker, load: Arc<Load>, drain: bool) {
    loop {
        let taken = broker.fetch("orders", "billing", 6, Duration::from_secs(1)).await.unwrap();
        if taken.is_empty() {
            if drain && broker.inspect().await.unwrap()[0].groups[0].lag == 0 {
                return;
            }
            continue;
        }
        for delivery in taken {
            let event = id(&delivery);
            say(&format!("given {event} {}", delivery.attempt));
            let count = load.taken.fetch_add(1, Ordering::Relaxed);
            let outcome = if is_poison(event) {
                Outcome::Reject { reason: "it can never succeed".to_owned() }
            } else if count % 9 == 4 && delivery.attempt < ATTEMPTS {
                Outcome::Nack { delay: Some(Duration::from_millis(count % 30)), reason: "not now".to_owned() }
            } else {
                Outcome::Ack
            };
            let word = match outcome {
                Outcome::Ack => Some("handled"),
                Outcome::Reject { .. } => Some("up"),
                _ => None,
            };
            if word.is_some() {
                say(&format!("asked {event}"));
            }
            let settlement = Settlement { token: delivery.token, outcome };
            let settled = broker.settle("orders", "billing", vec![settlement]).await.unwrap();
            if let (Some(word), [Settled::Done]) = (word, &settled[..]) {
                say(&format!("{word} {event}"));
                let less = |waiting: u64| Some(waiting.saturating_sub(1));
                let _ = load.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
            }
        }
    }
}
