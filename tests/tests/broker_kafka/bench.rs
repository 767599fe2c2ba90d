//! A mock cluster, a producer and members of a group.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::message::Message as _;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{DefaultProducerContext, FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use thalweg_tests::wait::GENEROUS;

pub(crate) const TOPIC: &str = "records";

/// Long against a pause of a busy machine between two polls, short against a test's patience.
pub(crate) const SESSION: Duration = Duration::from_secs(3);
const HEARTBEAT: Duration = Duration::from_millis(300);

/// How partitions change hands, in Kafka's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    Eager,
    Cooperative,
}

pub(crate) struct Bench {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Bench {
    pub(crate) fn open(partitions: i32) -> Result<Self> {
        let cluster = MockCluster::new(1)?;
        cluster.create_topic(TOPIC, partitions, 1)?;
        Ok(Self { cluster })
    }

    /// Produces a record per key, and returns the partitions that the client chose.
    pub(crate) async fn produce(&self, keys: &[String]) -> Result<Vec<i32>> {
        let producer = self.producer()?;
        let records = keys.iter().map(|key| FutureRecord::<String, str>::to(TOPIC).key(key).payload("record"));
        self.send(&producer, records.collect()).await
    }

    /// Produces `count` records into each partition.
    pub(crate) async fn fill(&self, partitions: i32, count: usize) -> Result<()> {
        let producer = self.producer()?;
        let each = (0..partitions).flat_map(|partition| std::iter::repeat_n(partition, count));
        let records = each.map(|at| FutureRecord::<String, str>::to(TOPIC).partition(at).payload("record"));
        self.send(&producer, records.collect()).await.map(|_| ())
    }

    async fn send(&self, producer: &FutureProducer, records: Vec<FutureRecord<'_, String, str>>) -> Result<Vec<i32>> {
        let mut sent = Vec::new();
        for record in records {
            let delivery = producer.send_result(record).map_err(|(error, _)| error)?;
            sent.push(delivery);
        }
        let mut partitions = Vec::new();
        for delivery in sent {
            let delivery = tokio::time::timeout(GENEROUS, delivery).await.context("no answer within a minute")?;
            partitions.push(delivery?.map_err(|(error, _)| error)?.partition);
        }
        Ok(partitions)
    }

    fn producer(&self) -> Result<FutureProducer> {
        // librdkafka's own default is another function than that of the Java client.
        Ok(self.configuration().set("partitioner", "murmur2_random").create()?)
    }

    fn configuration(&self) -> ClientConfig {
        let mut configuration = ClientConfig::new();
        configuration.set("bootstrap.servers", self.cluster.bootstrap_servers());
        configuration
    }

    /// A member of the group. It is a static one, because such a member does not say farewell: when it is dropped,
    /// the coordinator learns of it as of a crash, by the silence.
    pub(crate) fn member(&self, name: &str, strategy: Strategy) -> Result<Member> {
        let assignor = match strategy {
            Strategy::Eager => "range",
            Strategy::Cooperative => "cooperative-sticky",
        };
        let changes = Changes::default();
        let consumer: BaseConsumer<Changes> = self
            .configuration()
            .set("group.id", "group")
            .set("group.instance.id", name)
            .set("session.timeout.ms", SESSION.as_millis().to_string())
            .set("heartbeat.interval.ms", HEARTBEAT.as_millis().to_string())
            .set("partition.assignment.strategy", assignor)
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .create_with_context(changes.clone())?;
        consumer.subscribe(&[TOPIC])?;
        Ok(Member { consumer, changes, records: Vec::new() })
    }
}

/// What a member was given or lost, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Given(Vec<i32>),
    Taken(Vec<i32>),
}

/// The changes that a member sees.
#[derive(Clone, Default)]
pub(crate) struct Changes(Arc<Mutex<Vec<Change>>>);

impl ClientContext for Changes {}

impl ConsumerContext for Changes {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let change = match rebalance {
            Rebalance::Assign(partitions) => Change::Given(numbers(partitions)),
            Rebalance::Revoke(partitions) => Change::Taken(numbers(partitions)),
            Rebalance::Error(_) => return,
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }
}

fn numbers(partitions: &TopicPartitionList) -> Vec<i32> {
    let mut numbers: Vec<i32> =
        partitions.elements().iter().map(rdkafka::topic_partition_list::TopicPartitionListElem::partition).collect();
    numbers.sort_unstable();
    numbers
}

/// A consumer with what has happened to it.
pub(crate) struct Member {
    consumer: BaseConsumer<Changes>,
    changes: Changes,
    /// Partition and offset of each record that it was given, in order.
    pub(crate) records: Vec<(i32, i64)>,
}

impl Member {
    /// Asks for a record, and lets the group do its work meanwhile.
    pub(crate) fn poll(&mut self) -> Result<Option<(i32, i64)>> {
        let Some(message) = self.consumer.poll(Duration::from_millis(20)) else { return Ok(None) };
        let record = message.map(|message| (message.partition(), message.offset()))?;
        self.records.push(record);
        Ok(Some(record))
    }

    /// Asks for a record and commits it.
    fn handle(&mut self) -> Result<()> {
        self.poll()?.map_or(Ok(()), |record| self.commit(record))
    }

    /// Stores that everything up to and with this record is done.
    pub(crate) fn commit(&self, (partition, offset): (i32, i64)) -> Result<()> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(TOPIC, partition, Offset::Offset(offset + 1))?;
        Ok(self.consumer.commit(&list, CommitMode::Sync)?)
    }

    pub(crate) fn changes(&self) -> Vec<Change> {
        self.changes.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The partitions it has.
    pub(crate) fn partitions(&self) -> Vec<i32> {
        let mut held = Vec::new();
        for change in self.changes() {
            match change {
                Change::Given(given) => held.extend(given),
                Change::Taken(taken) => held.retain(|partition| !taken.contains(partition)),
            }
        }
        held.sort_unstable();
        held
    }
}

/// Lets all members handle what they get, in turn, until `done`, and returns how long that took.
pub(crate) fn poll_until(
    what: &str,
    members: &mut [Member],
    mut done: impl FnMut(&[Member]) -> bool,
) -> Result<Duration> {
    let begun = Instant::now();
    while !done(members) {
        for member in &mut *members {
            member.handle()?;
        }
        if begun.elapsed() > GENEROUS {
            bail!("gave up waiting for {what}");
        }
    }
    Ok(begun.elapsed())
}

/// Two members that share four partitions, the second of which came later.
pub(crate) fn pair(bench: &Bench, strategy: Strategy) -> Result<Vec<Member>> {
    let mut members = vec![bench.member("first", strategy)?];
    poll_until("the first assignment", &mut members, |members| members[0].partitions().len() == 4)?;
    members.push(bench.member("second", strategy)?);
    poll_until("the second assignment", &mut members, |members| members.iter().all(|m| m.partitions().len() == 2))?;
    let mut all = [members[0].partitions(), members[1].partitions()].concat();
    all.sort_unstable();
    ensure!(all == [0, 1, 2, 3], "the members share {all:?}");
    Ok(members)
}

/// No earlier than this the coordinator can miss a member: its last heartbeat is at most an interval old.
pub(crate) const MISSED: Duration = Duration::from_millis(2_700);
