//! Topics as streams and groups as consumers: made of a plan, found again, and told of.
//!
//! What a plan says and a server has no setting for is kept as JSON in the description of the stream or consumer, where every
//! other Thalweg finds it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, Info as ConsumerInfo, PullConsumer, pull};
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType};
use async_nats::jetstream::{ErrorCode, context::ConsumerInfoErrorKind};
use futures::TryStreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::group::{Group, Pulls};
use super::letters::millis_of;
use super::{BROKER, Inner, names};
use crate::broker::{GroupState, TopicState};
use crate::common::{check_group, check_name};
use crate::error::BusError;
use crate::event::Event;
use crate::plan::{GroupPlan, LEASE, Order, Plan, Start, TopicPlan};

/// The most partitions a topic has here.
const MOST_PARTITIONS: u32 = 1024;
/// The longest description a server takes (`JSMaxDescriptionLen` of nats-server).
const DESCRIPTION: usize = 4096;
/// For how long a redriven dead letter is known by its id.
const LETTERS_WINDOW: Duration = Duration::from_hours(24);

#[derive(Debug)]
pub(super) struct Topic {
    pub(super) name: String,
    plan: Mutex<TopicPlan>,
    groups: RwLock<BTreeMap<String, Arc<Group>>>,
    turn: AtomicUsize,
    pub(super) duplicates: AtomicU64,
}

impl Topic {
    fn new(plan: TopicPlan) -> Self {
        Self {
            name: plan.name.clone(),
            plan: Mutex::new(plan),
            groups: RwLock::default(),
            turn: AtomicUsize::new(0),
            duplicates: AtomicU64::new(0),
        }
    }

    pub(super) fn plan(&self) -> MutexGuard<'_, TopicPlan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As the embedded engine has it: by key, and in turn without one.
    pub(super) fn partition_of(&self, event: &Event) -> u32 {
        let partitions = u64::from(self.plan().partitions.max(1));
        let number = match event.key() {
            Some(key) => xxhash_rust::xxh3::xxh3_64(key.as_bytes()),
            None => self.turn.fetch_add(1, Ordering::Relaxed) as u64,
        };
        u32::try_from(number % partitions).unwrap_or(0)
    }

    fn group(&self, name: &str) -> Option<Arc<Group>> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

impl Inner {
    /// A topic that is there, whoever made it.
    pub(super) async fn topic(&self, name: &str) -> Result<Arc<Topic>, BusError> {
        self.connected()?;
        if let Some(topic) = self.topics.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Arc::clone(topic));
        }
        if check_name("topic", name).is_ok()
            && let Some(info) = self.stream_info(&names::topic_stream(name)).await?
            && let Some(plan) = settings::<TopicPlan>(info.config.description.as_deref())
        {
            return Ok(self.know(plan));
        }
        let names = self.topic_infos().await?.into_iter().map(|(plan, _)| plan.name).collect();
        Err(BusError::UnknownTopic { topic: name.chars().take(200).collect(), names })
    }

    fn know(&self, plan: TopicPlan) -> Arc<Topic> {
        let mut topics = self.topics.write().unwrap_or_else(PoisonError::into_inner);
        let topic = topics.entry(plan.name.clone()).or_insert_with(|| Arc::new(Topic::new(plan.clone())));
        *topic.plan() = plan;
        Arc::clone(topic)
    }

    async fn stream_info(&self, name: &str) -> Result<Option<Info>, BusError> {
        match self.jetstream.get_stream(name).await {
            Ok(stream) => Ok(Some(stream.cached_info().clone())),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(told) if told.error_code() == ErrorCode::STREAM_NOT_FOUND => Ok(None),
                _ => Err(self.remote("asking for a stream", &error)),
            },
        }
    }

    /// All topics' streams, by the names of the topics.
    async fn topic_infos(&self) -> Result<Vec<(TopicPlan, Info)>, BusError> {
        let all = self.jetstream.streams().try_collect::<Vec<Info>>().await;
        let all = all.map_err(|error| self.remote("asking for the streams", &error))?;
        let is_topic = |info: &Info| info.config.name.starts_with(names::STREAMS) && !info.config.name.contains("==");
        let mut infos: Vec<_> = all
            .into_iter()
            .filter(is_topic)
            .filter_map(|info| Some((settings::<TopicPlan>(info.config.description.as_deref())?, info)))
            .collect();
        infos.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        Ok(infos)
    }

    pub(super) async fn create(&self, plan: &Plan) -> Result<(), BusError> {
        self.connected()?;
        for topic in &plan.topics {
            self.check_topic(topic, plan).await?;
        }
        for topic in &plan.topics {
            let known = self.create_topic(topic).await?;
            for group in &topic.groups {
                self.create_group(&known, group.clone(), None).await?;
            }
        }
        Ok(())
    }

    async fn check_topic(&self, topic: &TopicPlan, plan: &Plan) -> Result<(), BusError> {
        let refuse = |detail: String| Err(BusError::BadPlan { detail });
        check_name("topic", &topic.name)?;
        if topic.partitions == 0 || topic.partitions > MOST_PARTITIONS {
            return refuse(format!(
                "topic `{}`: {} partitions; on NATS it may have 1 to {MOST_PARTITIONS}",
                topic.name, topic.partitions
            ));
        }
        if topic.retention.compacted {
            return Err(BusError::Unable { broker: BROKER, what: "keep only the newest event of each key" });
        }
        let stream = names::topic_stream(&topic.name);
        if let Some(info) = self.stream_info(&stream).await? {
            match settings::<TopicPlan>(info.config.description.as_deref()) {
                None => {
                    return refuse(format!(
                        "topic `{}`: the server has a stream `{stream}` that Thalweg did not make; rename one of them",
                        topic.name
                    ));
                }
                Some(there) if there.partitions > topic.partitions => {
                    return refuse(format!(
                        "topic `{}` has {} partitions and would have {}: partitions can be added, not removed",
                        topic.name, there.partitions, topic.partitions
                    ));
                }
                Some(_) => {}
            }
        }
        for group in &topic.groups {
            check(group)?;
            if let Some(target) = &group.dead_letter
                && !plan.topics.iter().any(|topic| topic.name == *target)
                && self.topic(target).await.is_err()
            {
                return refuse(format!(
                    "group `{}` of topic `{}` gives its dead letters to `{target}`, which is no topic",
                    group.name, topic.name
                ));
            }
        }
        Ok(())
    }

    async fn create_topic(&self, plan: &TopicPlan) -> Result<Arc<Topic>, BusError> {
        let plan = TopicPlan { groups: Vec::new(), ..plan.clone() };
        let max_age = plan.retention.time.unwrap_or_default();
        // A server refuses a window that is longer than what it keeps. Without a window no event is given an id to know it by.
        let window = match plan.retention.time {
            Some(time) => plan.dedup_window.min(time),
            None => plan.dedup_window,
        };
        let bytes = plan.retention.bytes.map(|bytes| bytes.saturating_mul(u64::from(plan.partitions)));
        let config = Config {
            name: names::topic_stream(&plan.name),
            description: Some(described(&plan)?),
            subjects: vec![names::topic_subjects(&plan.name)],
            retention: RetentionPolicy::Limits,
            discard: DiscardPolicy::Old,
            storage: StorageType::File,
            num_replicas: self.replicas,
            max_age,
            max_bytes: bytes.map_or(-1, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
            duplicate_window: window,
            ..Config::default()
        };
        let made = self.jetstream.create_or_update_stream(config).await;
        made.map_err(|error| self.remote("making the stream of a topic", &error))?;
        Ok(self.know(plan))
    }

    /// A group that is there or appears on first use.
    pub(super) async fn group(&self, topic: &Arc<Topic>, name: &str) -> Result<Arc<Group>, BusError> {
        if let Some(group) = topic.group(name) {
            return Ok(group);
        }
        check_name("group", name)?;
        let known = self.consumer_info(&names::topic_stream(&topic.name), &names::token(name)).await?;
        let plan = known.and_then(|info| settings::<GroupPlan>(info.config.description.as_deref()));
        let plan = plan.unwrap_or_else(|| GroupPlan { order: Order::None, ..GroupPlan::named(name) });
        self.create_group(topic, plan, None).await
    }

    async fn consumer_info(&self, stream: &str, consumer: &str) -> Result<Option<ConsumerInfo>, BusError> {
        match self.stream(stream).await?.consumer_info(consumer).await {
            Ok(info) => Ok(Some(info)),
            Err(error) if matches!(error.kind(), ConsumerInfoErrorKind::NotFound) => Ok(None),
            Err(error) => match error.kind() {
                ConsumerInfoErrorKind::JetStream(told) if told.error_code() == ErrorCode::CONSUMER_NOT_FOUND => {
                    Ok(None)
                }
                _ => Err(self.remote("asking for a group", &error)),
            },
        }
    }

    /// Makes a group, or gives it these settings. `from` moves it.
    async fn create_group(
        &self,
        topic: &Arc<Topic>,
        plan: GroupPlan,
        from: Option<Start>,
    ) -> Result<Arc<Group>, BusError> {
        let stream = names::topic_stream(&topic.name);
        let letters = names::group_stream(&topic.name, &plan.name);
        let prefix = names::group_subject(&topic.name, &plan.name);
        let config = Config {
            name: letters.clone(),
            description: Some(format!("Dead letters of group `{}` of topic `{}`", plan.name, topic.name)),
            subjects: vec![format!("{prefix}.>")],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            num_replicas: self.replicas,
            duplicate_window: LETTERS_WINDOW,
            ..Config::default()
        };
        let made = self.jetstream.create_or_update_stream(config).await;
        made.map_err(|error| self.remote("making the stream of a group's dead letters", &error))?;
        let consumer = names::token(&plan.name);
        let there = self.consumer_info(&stream, &consumer).await?;
        let deliver_policy = match (from, there) {
            (None, Some(info)) => info.config.deliver_policy,
            (Some(start), Some(_)) => {
                let deleted = self.stream(&stream).await?.delete_consumer(&consumer).await;
                deleted.map_err(|error| self.remote("moving a group", &error))?;
                self.policy(&stream, start).await?
            }
            (start, None) => self.policy(&stream, start.unwrap_or(plan.start)).await?,
        };
        let in_flight = if plan.order == Order::None { plan.max_in_flight } else { 1 };
        let events = pull::Config {
            durable_name: Some(consumer),
            description: Some(described(&plan)?),
            deliver_policy,
            ack_policy: AckPolicy::Explicit,
            ack_wait: plan.lease,
            max_deliver: -1,
            max_ack_pending: i64::from(in_flight),
            num_replicas: self.replicas,
            ..pull::Config::default()
        };
        let again = pull::Config {
            durable_name: Some(names::AGAIN.to_owned()),
            description: None,
            deliver_policy: DeliverPolicy::All,
            filter_subject: format!("{prefix}.again.>"),
            ..events.clone()
        };
        let pulls =
            Pulls { events: self.consumer(&stream, events).await?, again: self.consumer(&letters, again).await? };
        let mut groups = topic.groups.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = groups.get(&plan.name) {
            group.restart(plan, pulls);
            return Ok(Arc::clone(group));
        }
        let group = Arc::new(Group::new(&topic.name, plan, pulls));
        groups.insert(group.name.clone(), Arc::clone(&group));
        Ok(group)
    }

    async fn consumer(&self, stream: &str, config: pull::Config) -> Result<PullConsumer, BusError> {
        let made = self.jetstream.create_consumer_on_stream(config, stream).await;
        made.map_err(|error| self.remote("making the consumer of a group", &error))
    }

    async fn policy(&self, stream: &str, start: Start) -> Result<DeliverPolicy, BusError> {
        Ok(match start {
            Start::Beginning => DeliverPolicy::All,
            Start::End => DeliverPolicy::New,
            Start::Time(time_ms) => {
                let start_time = async_nats::datetime::from_nanos(i128::from(time_ms) * 1_000_000);
                let start_time = start_time.map_err(|error| BusError::BadPlan {
                    detail: format!("{time_ms} ms since 1970 is no time to begin at: {error}"),
                })?;
                DeliverPolicy::ByStartTime { start_time }
            }
            Start::Offset(offset) => {
                let last = self.stream_info(stream).await?.map_or(0, |info| info.state.last_sequence);
                DeliverPolicy::ByStartSequence { start_sequence: offset.min(last) + 1 }
            }
        })
    }

    pub(super) async fn seek(&self, topic: &str, group: &str, to: Start) -> Result<(), BusError> {
        let topic = self.topic(topic).await?;
        let group = self.group(&topic, group).await?;
        let plan = group.plan().clone();
        self.create_group(&topic, plan, Some(to)).await?;
        group.forget();
        // Its deliveries are counted anew; what was noted of those before is of no use.
        let stream = self.stream(&group.letters).await?;
        let purged = stream.purge().filter(format!("{}.failed.>", group.prefix)).await;
        purged.map(|_| ()).map_err(|error| self.remote("moving a group", &error))
    }

    pub(super) async fn states(&self) -> Result<Vec<TopicState>, BusError> {
        self.connected()?;
        let mut states = Vec::new();
        for (plan, info) in self.topic_infos().await? {
            let topic = self.know(plan);
            let stream = self.stream(&info.config.name).await?;
            let consumers = stream.consumers().try_collect::<Vec<ConsumerInfo>>().await;
            let consumers = consumers.map_err(|error| self.remote("asking for the groups", &error))?;
            let mut groups = Vec::new();
            for consumer in consumers {
                if let Some(plan) = settings::<GroupPlan>(consumer.config.description.as_deref()) {
                    groups.push(self.group_state(&topic, &plan.name, &consumer).await?);
                }
            }
            groups.sort_by(|a, b| a.name.cmp(&b.name));
            let state = &info.state;
            let partitions = topic.plan().partitions;
            states.push(TopicState {
                name: topic.name.clone(),
                partitions,
                events: state.messages,
                bytes: state.bytes,
                oldest_ms: (state.messages > 0).then(|| millis_of(state.first_timestamp.unix_timestamp_nanos())),
                stored: state.last_sequence,
                duplicates: topic.duplicates.load(Ordering::Relaxed),
                scheduled: 0,
                groups,
            });
        }
        Ok(states)
    }

    async fn group_state(
        &self,
        topic: &Arc<Topic>,
        name: &str,
        consumer: &ConsumerInfo,
    ) -> Result<GroupState, BusError> {
        let letters = names::group_stream(&topic.name, name);
        let again = self.consumer_info(&letters, names::AGAIN).await?;
        let (again_pending, again_leased) =
            again.map_or((0, 0), |info| (info.num_pending, info.num_ack_pending as u64));
        let leased = consumer.num_ack_pending as u64 + again_leased;
        let lag = consumer.num_pending + again_pending + leased;
        let oldest_ms = if consumer.num_pending + consumer.num_ack_pending as u64 > 0 {
            let stream = self.stream(&consumer.stream_name).await?;
            let from = consumer.ack_floor.stream_sequence + 1;
            let oldest = self.next_message(&stream, &names::topic_subjects(&topic.name), from).await?;
            oldest.map(|message| millis_of(message.time.unix_timestamp_nanos()))
        } else {
            None
        };
        let filter = format!("{}.dead.>", names::group_subject(&topic.name, name));
        let stream = self.stream(&letters).await?;
        let subjects = stream.info_with_subjects(filter).await;
        let subjects = subjects.map_err(|error| self.remote("counting dead letters", &error))?;
        let dead = subjects.try_collect::<Vec<_>>().await;
        let dead_letters = dead.map_err(|error| self.remote("counting dead letters", &error))?.len() as u64;
        let totals = topic.group(name).map(|group| group.totals()).unwrap_or_default();
        Ok(GroupState { name: name.to_owned(), lag, leased, waiting: 0, oldest_ms, dead_letters, totals })
    }
}

fn settings<T: DeserializeOwned>(description: Option<&str>) -> Option<T> {
    serde_json::from_str(description?).ok()
}

fn described<T: Serialize>(settings: &T) -> Result<String, BusError> {
    let text = serde_json::to_string(settings)
        .map_err(|error| BusError::BadPlan { detail: format!("the plan cannot be written down: {error}") })?;
    if text.len() > DESCRIPTION {
        let detail = format!(
            "the settings take {} bytes, and a NATS server keeps {DESCRIPTION} of a stream or consumer: give fewer delays",
            text.len()
        );
        return Err(BusError::BadPlan { detail });
    }
    Ok(text)
}

fn check(group: &GroupPlan) -> Result<(), BusError> {
    check_group(group, &LEASE)?;
    if group.order == Order::PerKey && group.max_in_flight > 1 {
        let what = "keep the order of each key while others pass by: ask for no order, or for one event in flight";
        return Err(BusError::Unable { broker: BROKER, what });
    }
    Ok(())
}
