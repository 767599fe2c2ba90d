//! What is done to topics, groups and dead letters by hand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use thalweg_store::{Change, DeadLetterRow, EventLogRow, GroupRow, MOST_LOGS, TopicRow};

use super::codec::{self, Story};
use super::commit::Commit;
use super::core::{Core, Cursor, Place, Waiting};
use super::log::Log;
use super::ranges::Done;
use super::topic::{Group, Topic, cursor_row, encode_settings, new_epoch, waiting_row};
use crate::broker::GroupTotals;
use crate::common::{check_group, check_name};
use crate::error::BusError;
use crate::event::Event;
use crate::plan::{GroupPlan, LEASE, Plan, Start, TopicPlan};

/// The most partitions a topic has here: each is a log of its own.
const MOST_PARTITIONS: u32 = 1024;

impl Commit<'_> {
    pub(super) async fn create(&mut self, plan: Plan) -> Result<(), BusError> {
        let mut names = BTreeSet::new();
        for topic in &plan.topics {
            if !names.insert(&topic.name) {
                return Err(BusError::BadPlan { detail: format!("topic `{}` stands twice in the plan", topic.name) });
            }
            self.check_topic(topic, &plan)?;
        }
        for plan in plan.topics {
            self.create_topic(plan).await?;
        }
        Ok(())
    }

    fn check_topic(&self, topic: &TopicPlan, plan: &Plan) -> Result<(), BusError> {
        let refuse = |detail: String| Err(BusError::BadPlan { detail });
        check_name("topic", &topic.name)?;
        if topic.partitions == 0 || topic.partitions > MOST_PARTITIONS {
            return refuse(format!(
                "topic `{}`: {} partitions; the embedded engine has 1 to {MOST_PARTITIONS}",
                topic.name, topic.partitions
            ));
        }
        if let Ok(there) = self.writer.inner.topic(&topic.name) {
            let count = there.logs().len();
            if (topic.partitions as usize) < count {
                return refuse(format!(
                    "topic `{}` has {count} partitions and would have {}: partitions can be added, not removed",
                    topic.name, topic.partitions
                ));
            }
        }
        for group in &topic.groups {
            check_group(group, &LEASE)?;
            if let Some(target) = &group.dead_letter {
                let is_planned = plan.topics.iter().any(|topic| topic.name == *target);
                if !is_planned && self.writer.inner.topic(target).is_err() {
                    return refuse(format!(
                        "group `{}` of topic `{}` gives its dead letters to `{target}`, which is no topic",
                        group.name, topic.name
                    ));
                }
            }
        }
        Ok(())
    }

    async fn create_topic(&mut self, plan: TopicPlan) -> Result<(), BusError> {
        self.needs(plan.durability);
        let there = self.writer.inner.topic(&plan.name).ok();
        let (id, mut part, duplicates) = if let Some(topic) = &there {
            (topic.id, topic.logs().len() as u32, topic.duplicates.load(Ordering::Relaxed))
        } else {
            self.writer.numbers.topic += 1;
            (self.writer.numbers.topic, 0, 0)
        };
        let groups = plan.groups.clone();
        let settings = TopicPlan { groups: Vec::new(), ..plan };
        self.changes.push(Change::Topic(TopicRow {
            id,
            name: settings.name.clone(),
            settings: encode_settings(&settings),
            duplicates,
        }));
        let mut logs = Vec::new();
        while part < settings.partitions {
            if self.writer.numbers.log + 1 >= MOST_LOGS {
                let detail = format!("there are {MOST_LOGS} partitions, and no room for more: use another file");
                return Err(BusError::Full { detail });
            }
            self.writer.numbers.log += 1;
            let id_of_log = self.writer.numbers.log;
            let row =
                EventLogRow { id: id_of_log, topic: id, part, first: 0, next: 0, events: 0, bytes: 0, compacted: 0 };
            self.changes.push(Change::Log(row.clone()));
            logs.push(Arc::new(Log::new(row)));
            part += 1;
        }
        let topic = there.unwrap_or_else(|| Arc::new(Topic::new(id, settings.clone(), Vec::new(), 0)));
        // The groups that are there go on in new partitions from their beginning.
        let (inner, added) = (Arc::clone(&self.writer.inner), Arc::clone(&topic));
        let new_logs = logs.clone();
        self.afterwards.push(Box::new(move |done| {
            if done.is_ok() {
                *added.plan() = settings;
                added.add_logs(logs);
                for group in added.groups() {
                    let mut core = group.core();
                    while core.cursors.len() < added.logs().len() {
                        core.cursors.push(Cursor::default());
                    }
                }
                inner.add_topic(added);
            }
        }));
        for group in groups {
            self.create_group(&topic, group, &new_logs).await?;
        }
        Ok(())
    }

    pub(super) async fn add_group(&mut self, topic: &Arc<Topic>, plan: GroupPlan) -> Result<(), BusError> {
        check_group(&plan, &LEASE)?;
        self.needs(topic.plan().durability);
        if topic.group(&plan.name).is_some() {
            return Ok(());
        }
        self.create_group(topic, plan, &[]).await
    }

    /// `new_logs` are those that the topic gets with the same commit.
    async fn create_group(
        &mut self,
        topic: &Arc<Topic>,
        plan: GroupPlan,
        new_logs: &[Arc<Log>],
    ) -> Result<(), BusError> {
        if let Some(group) = topic.group(&plan.name) {
            self.changes.push(Change::Group(GroupRow {
                id: group.id,
                topic: topic.id,
                name: group.name.clone(),
                settings: encode_settings(&plan),
            }));
            self.afterwards.push(Box::new(move |done| {
                if done.is_ok() {
                    group.core().plan = plan;
                    group.wake();
                }
            }));
            return Ok(());
        }
        self.writer.numbers.group += 1;
        let id = self.writer.numbers.group;
        let mut cursors = Vec::new();
        let mut logs = topic.logs();
        logs.extend(new_logs.iter().cloned());
        for log in logs {
            let from = place_in(&self.writer.inner, &log, plan.start).await?;
            let cursor = Cursor { done: Done::all_below(from), read: from, totals: GroupTotals::default() };
            self.changes.push(Change::Cursor(cursor_row(id, log.id, &cursor)));
            cursors.push(cursor);
        }
        self.changes.push(Change::Group(GroupRow {
            id,
            topic: topic.id,
            name: plan.name.clone(),
            settings: encode_settings(&plan),
        }));
        let group = Arc::new(Group::new(id, plan.name.clone(), Core::new(plan, cursors, Vec::new(), new_epoch())));
        let topic = Arc::clone(topic);
        self.afterwards.push(Box::new(move |done| {
            if done.is_ok() {
                topic.add_group(group);
            }
        }));
        Ok(())
    }

    pub(super) async fn seek(&mut self, topic: &Arc<Topic>, group: &Arc<Group>, to: Start) -> Result<(), BusError> {
        self.needs(topic.plan().durability);
        let logs = topic.logs();
        let mut from = Vec::with_capacity(logs.len());
        for log in &logs {
            from.push(place_in(&self.writer.inner, log, to).await?);
        }
        self.changes.push(Change::ForgetWaiting { group: group.id });
        {
            let core = group.core();
            for ((log, from), cursor) in logs.iter().zip(&from).zip(&core.cursors) {
                let moved = Cursor { done: Done::all_below(*from), read: *from, totals: cursor.totals };
                self.changes.push(Change::Cursor(cursor_row(group.id, log.id, &moved)));
            }
        }
        let group = Arc::clone(group);
        self.afterwards.push(Box::new(move |done| {
            if done.is_ok() {
                group.core().restart(&from);
                group.wake();
            }
        }));
        Ok(())
    }

    pub(super) async fn redrive(
        &mut self,
        topic: &Arc<Topic>,
        group: &Arc<Group>,
        numbers: Vec<u64>,
        edited: Option<Event>,
    ) -> Result<u64, BusError> {
        self.needs(topic.plan().durability);
        let rows = self.chosen(group, numbers).await?;
        let order = group.core().plan.order;
        let logs = topic.logs();
        let mut again = Vec::new();
        for mut row in rows {
            let Some(part) = logs.iter().position(|log| log.id == row.log) else { continue };
            let place = Place { part: part as u32, offset: row.at };
            if group.core().has(place) {
                continue;
            }
            if let Some(event) = &edited {
                row.event = codec::encode_event(event);
            }
            let event = self.writer.inner.event_of(bytes::Bytes::from(row.event.clone()))?;
            row.is_redriven = true;
            row.redriven = row.redriven.saturating_add(1);
            let mut story = Story::decode_kept(&row.story).unwrap_or_default();
            story.reason.clear();
            let waiting = Waiting {
                due_ms: self.now_ms,
                delay_ms: 0,
                failures: 0,
                key: Core::key_of(order, place.part, &event),
                dead_letter: Some(row.id),
                story,
            };
            self.changes.push(Change::Wait(waiting_row(group.id, row.log, row.at, &waiting)));
            self.changes.push(Change::DeadLetter(row));
            again.push((place, waiting));
        }
        let count = again.len() as u64;
        self.count(topic, group, &again, |totals| totals.redriven += 1);
        let group = Arc::clone(group);
        self.afterwards.push(Box::new(move |done| {
            if done.is_ok() {
                let mut core = group.core();
                for (place, waiting) in again {
                    core.redrive(place, waiting);
                }
                drop(core);
                group.wake();
            }
        }));
        Ok(count)
    }

    pub(super) async fn purge(
        &mut self,
        topic: &Arc<Topic>,
        group: &Arc<Group>,
        numbers: Vec<u64>,
    ) -> Result<u64, BusError> {
        self.needs(topic.plan().durability);
        let logs = topic.logs();
        let mut purged = Vec::new();
        for row in self.chosen(group, numbers).await? {
            self.changes.push(Change::DropDeadLetter { id: row.id });
            let part = logs.iter().position(|log| log.id == row.log).unwrap_or(0);
            purged.push((Place { part: part as u32, offset: row.at }, ()));
        }
        self.count(topic, group, &purged, |totals| totals.purged += 1);
        Ok(purged.len() as u64)
    }

    /// Counts something of each place.
    fn count<T>(&mut self, topic: &Arc<Topic>, group: &Arc<Group>, places: &[(Place, T)], count: fn(&mut GroupTotals)) {
        let mut core = group.core();
        let mut parts: Vec<u32> = places.iter().map(|(place, _)| place.part).collect();
        for part in &parts {
            if let Some(cursor) = core.cursors.get_mut(*part as usize) {
                count(&mut cursor.totals);
            }
        }
        parts.sort_unstable();
        parts.dedup();
        for part in parts {
            if let (Some(cursor), Some(log)) = (core.cursors.get(part as usize), topic.log(part)) {
                self.changes.push(Change::Cursor(cursor_row(group.id, log.id, cursor)));
            }
        }
    }

    async fn chosen(&self, group: &Arc<Group>, numbers: Vec<u64>) -> Result<Vec<DeadLetterRow>, BusError> {
        let mut rows = Vec::new();
        for number in BTreeSet::from_iter(numbers) {
            let row = self.writer.inner.file.dead_letter(number).await?;
            rows.extend(row.filter(|row| row.group == group.id && !row.is_redriven));
        }
        Ok(rows)
    }
}

async fn place_in(inner: &super::Inner, log: &Log, start: Start) -> Result<u64, BusError> {
    let row = log.row();
    Ok(match start {
        Start::Beginning => row.first,
        Start::End => row.next,
        Start::Offset(offset) => offset.clamp(row.first, row.next),
        Start::Time(time_ms) => log.offset_at(&inner.file, time_ms).await?,
    })
}
