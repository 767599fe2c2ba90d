//! Who works on which partitions, and what is done twice.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::simulated::Simulated;

use crate::bench::Change::{Given, Taken};
use crate::bench::Strategy::{self, Cooperative, Eager};
use crate::bench::{Bench, MISSED, pair, poll_until};

#[tokio::test]
async fn eagerly_a_member_gives_up_all_partitions_before_it_gets_its_share() -> Result<()> {
    let bench = Bench::open(4)?;
    let members = pair(&bench, Eager)?;
    // A slow machine may need more than one round; in each, all goes.
    let mut held = Vec::new();
    for change in members[0].changes() {
        match change {
            Given(given) => {
                ensure!(held.is_empty(), "{given:?} came besides {held:?}");
                held = given;
            }
            Taken(taken) => {
                ensure!(taken == held, "{taken:?} of {held:?} went");
                held.clear();
            }
        }
    }
    ensure!(members[0].changes().contains(&Taken(vec![0, 1, 2, 3])), "{:?}", members[0].changes());
    Ok(())
}

#[tokio::test]
async fn cooperatively_a_member_gives_up_only_what_moves() -> Result<()> {
    let bench = Bench::open(4)?;
    let members = pair(&bench, Cooperative)?;
    let kept = members[0].partitions();
    for change in members[0].changes() {
        if let Taken(taken) = change {
            ensure!(taken.iter().all(|partition| !kept.contains(partition)), "{taken:?} went, {kept:?} is kept");
        }
    }
    Ok(())
}

/// How many of the four partitions stand still while a group of two gets over the silent death of one of them.
fn really_stopped(strategy: Strategy) -> Result<usize> {
    let bench = Bench::open(4)?;
    let mut members = pair(&bench, strategy)?;
    let before = members[0].changes().len();
    let dead = members.pop().context("there are two")?.partitions();
    let waited = poll_until("the survivor to get all", &mut members, |members| members[0].partitions().len() == 4)?;
    ensure!(waited >= MISSED, "the dead member was missed after {waited:?}");
    let given_up: HashSet<i32> = members[0].changes()[before..]
        .iter()
        .filter_map(|change| if let Taken(partitions) = change { Some(partitions.clone()) } else { None })
        .flatten()
        .collect();
    ensure!(given_up.iter().all(|partition| !dead.contains(partition)), "{given_up:?} and {dead:?}");
    Ok(dead.len() + given_up.len())
}

/// The same in the simulation, out of the greatest lag: for the 3 s of the session 50 of 100 messages a second wait, and
/// for the second of the rebalance 25 for each partition that stands still.
fn simulated_stopped(strategy: Strategy) -> Result<usize> {
    let assignment = if strategy == Eager { "eager" } else { "cooperative" };
    let report = Simulated::run(&format!(
        "thalweg: 1
name: A member dies
nodes:
  source: {{ kind: producer, load: {{ constant: 100/s }}, publishes: [{{ to: records }}] }}
  records: {{ kind: topic, broker: kafka, partitions: 4 }}
  group:
    kind: consumer
    subscribes: [{{ from: records, commit: message, session_timeout: 3s, rebalance_time: 1s, assignment: {assignment} }}]
    instances: 2
    service_time: 1ms
scenarios:
  default: {{ duration: 60s, replications: 1, faults: [{{ at: 30s, crash: group, instances: 1 }}] }}
"
    ))?;
    let lag = report.number(&["nodes", "records", "groups", "group", "lag", "max"])?;
    // At the end of the rebalance one message more or less is on its way.
    Ok(((lag - 3.0 * 50.0) / 25.0).round() as usize)
}

#[tokio::test]
async fn eagerly_all_partitions_stand_still_when_a_member_dies() -> Result<()> {
    let (real, simulated) = (really_stopped(Eager)?, simulated_stopped(Eager)?);
    ensure!(real == 4 && simulated == real, "{real} really, {simulated} in the simulation");
    Ok(())
}

#[tokio::test]
async fn cooperatively_only_those_of_the_dead_member_stand_still() -> Result<()> {
    let (real, simulated) = (really_stopped(Cooperative)?, simulated_stopped(Cooperative)?);
    ensure!(real == 2 && simulated == real, "{real} really, {simulated} in the simulation");
    Ok(())
}

/// 300 records for two members. One of them handles 100 and dies when it has stored the progress of 97.
async fn deliveries_of_300() -> Result<(usize, usize)> {
    let bench = Bench::open(4)?;
    let mut members = pair(&bench, Eager)?;
    bench.fill(4, 75).await?;
    let mut dying = members.pop().context("there are two")?;
    while dying.records.len() < 100 {
        if let Some(record) = dying.poll()?
            && dying.records.len() <= 97
        {
            dying.commit(record)?;
        }
    }
    let died_with = dying.records.clone();
    drop(dying);
    poll_until("all records", &mut members, |members| {
        let seen: HashSet<_> = members[0].records.iter().chain(&died_with).collect();
        seen.len() == 300
    })?;
    // Nothing else comes after the last one: it is the end of its partition.
    let survivor = &members[0].records;
    let again: Vec<_> = died_with.iter().filter(|record| survivor.contains(record)).copied().collect();
    ensure!(again == died_with[97..], "{again:?} came again, not {:?}", &died_with[97..]);
    Ok((survivor.len() + died_with.len(), again.len()))
}

/// The simulated twin handles a record in 100 ms from 100 s on, stores its progress at 109.75 s, after 97 records, and
/// dies at 110.05 s, after 100.
#[tokio::test]
async fn what_was_handled_but_not_committed_is_delivered_again() -> Result<()> {
    let (deliveries, again) = deliveries_of_300().await?;
    ensure!((deliveries, again) == (303, 3), "{deliveries} deliveries, {again} again");
    let report = Simulated::run(
        "thalweg: 1
name: 303 of 300
nodes:
  source: { kind: producer, load: { batch: { size: 300, every: 100s } }, publishes: [{ to: records }] }
  records: { kind: topic, broker: kafka, partitions: 4 }
  group:
    kind: consumer
    subscribes: [{ from: records, commit: auto, commit_interval: 439ms, session_timeout: 3s, rebalance_time: 1s }]
    instances: 2
    service_time: 100ms
scenarios:
  default: { duration: 190s, replications: 1, faults: [{ at: 110.05s, crash: group, instances: 1 }] }
",
    )?;
    let simulated = (
        report.count(&["nodes", "group", "completed"])? + report.count(&["nodes", "group", "duplicates"])?,
        report.count(&["nodes", "group", "redelivered"])?,
    );
    ensure!(simulated == (303, 3), "the simulation delivers {simulated:?}");
    let longest = Duration::from_secs_f64(report.number(&["nodes", "group", "sojourn_ms", "max"])? / 1e3);
    ensure!(longest > MISSED, "the simulation misses a dead member within {longest:?}");
    Ok(())
}
