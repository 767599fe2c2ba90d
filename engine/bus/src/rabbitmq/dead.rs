//! Dead letters: looked through, given again, thrown away.
//!
//! A queue can only be read from its beginning, and what is read is in nobody's queue until it is given back. So one at a time looks
//! through the dead letters of a group, with a channel of its own, and gives back what is left. Where in the queue that comes depends
//! on the queue, so the order is that of the numbers, and all of it is read each time. Another process that looks at the same moment
//! sees only what is left for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lapin::Acker;
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicGetOptions, BasicNackOptions};

use super::Inner;
use super::group::{Group, count};
use super::link::{Outgoing, Session, answered};
use super::message::{Message, Story};
use crate::broker::{DeadLetter, Stored, Which};
use crate::error::BusError;
use crate::event::Event;

/// Dead letters that are given again with one publish.
const AT_ONCE: usize = 1000;
/// How long it is waited for letters that were given back to be there, and how often it is looked.
const RETURN: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(5);

/// A dead letter that was read and not answered.
#[derive(Debug)]
struct Letter {
    message: Message,
    story: Story,
    acker: Acker,
}

/// What is done with dead letters.
#[derive(Clone, Copy)]
enum Deed<'a> {
    Redrive,
    Edit(&'a Event),
    Purge,
}

impl Inner {
    pub(super) async fn dead_letters(
        &self,
        group: &Arc<Group>,
        after: u64,
        max: usize,
    ) -> Result<Vec<DeadLetter>, BusError> {
        let session = self.link.session()?;
        let mut browsing = group.browsing.lock().await;
        let channel = browser(&mut browsing, &session, group).await?;
        let (letters, read) = browse(&channel, group, max, |number| number > after).await?;
        let told = letters.values().map(|letter| DeadLetter {
            number: letter.story.number,
            stored: Stored {
                partition: 0,
                offset: 0,
                stored_ms: letter.message.stored_ms(),
                event: Arc::new(letter.message.event().unwrap_or_else(|_| letter.message.as_is())),
            },
            dead_ms: letter.story.dead_ms,
            reason: letter.story.reason.clone(),
            attempts: letter.story.attempts(),
            attempt_count: letter.story.attempt_count,
            redriven: letter.story.redriven,
        });
        let told = told.collect();
        give_back(&channel, group, read).await?;
        *browsing = Some(channel);
        Ok(told)
    }

    pub(super) async fn redrive(&self, group: &Arc<Group>, which: &Which) -> Result<u64, BusError> {
        let count = self.with_letters(group, which, Deed::Redrive).await?;
        group.hand().totals.redriven += count;
        Ok(count)
    }

    pub(super) async fn redrive_edited(
        &self,
        group: &Arc<Group>,
        number: u64,
        event: &Event,
    ) -> Result<bool, BusError> {
        let count = self.with_letters(group, &Which::Numbers(vec![number]), Deed::Edit(event)).await?;
        group.hand().totals.redriven += count;
        Ok(count > 0)
    }

    pub(super) async fn purge(&self, group: &Arc<Group>, which: &Which) -> Result<u64, BusError> {
        let count = self.with_letters(group, which, Deed::Purge).await?;
        group.hand().totals.purged += count;
        Ok(count)
    }

    async fn with_letters(&self, group: &Arc<Group>, which: &Which, deed: Deed<'_>) -> Result<u64, BusError> {
        let session = self.link.session()?;
        let mut browsing = group.browsing.lock().await;
        let channel = browser(&mut browsing, &session, group).await?;
        let (mut done, mut unanswered) = (0, 0);
        match which {
            // In the order of the queue, a part at a time: those that there are now.
            Which::All => {
                let mut left = count(&channel, &group.names.dead).await?;
                while left > 0 {
                    let mut letters = Vec::new();
                    while letters.len() < AT_ONCE.min(usize::try_from(left).unwrap_or(usize::MAX))
                        && let Some(letter) = next(&channel, group).await?
                    {
                        letters.push(letter);
                    }
                    if letters.is_empty() {
                        break;
                    }
                    left -= letters.len() as u64;
                    done += self.act(&session, group, letters, deed).await?;
                }
            }
            Which::Oldest(most) => {
                let (letters, read) = browse(&channel, group, *most, |_| true).await?;
                unanswered = read - letters.len() as u64;
                done += self.act(&session, group, letters.into_values().collect(), deed).await?;
            }
            Which::Numbers(numbers) => {
                let numbers: BTreeSet<u64> = numbers.iter().copied().collect();
                let (letters, read) = browse(&channel, group, usize::MAX, |number| numbers.contains(&number)).await?;
                unanswered = read - letters.len() as u64;
                done += self.act(&session, group, letters.into_values().collect(), deed).await?;
            }
        }
        give_back(&channel, group, unanswered).await?;
        *browsing = Some(channel);
        Ok(done)
    }

    /// Published where they go, confirmed, and only then taken away.
    async fn act(
        &self,
        session: &Session,
        group: &Group,
        letters: Vec<Letter>,
        deed: Deed<'_>,
    ) -> Result<u64, BusError> {
        let mut letters = letters.into_iter();
        let mut done = 0;
        loop {
            let part: Vec<Letter> = letters.by_ref().take(AT_ONCE).collect();
            if part.is_empty() {
                return Ok(done);
            }
            let mut outgoing = Vec::new();
            for letter in &part {
                let story = letter.story.given_again();
                let message = match deed {
                    Deed::Purge => continue,
                    Deed::Redrive => letter.message.with_story(&story),
                    Deed::Edit(event) => Message::of(event, letter.message.stored_ms())
                        .map_err(|error| BusError::BadEvent { place: 0, error })?
                        .with_story(&story),
                };
                outgoing.push(Outgoing::to_queue(&group.names.queue, message));
            }
            session.publish(outgoing).await?;
            for letter in part {
                done += u64::from(letter.acker.ack(BasicAckOptions::default()).await.unwrap_or(false));
            }
        }
    }
}

/// The channel for dead letters, taken out: when something goes wrong or nobody waits any more it closes, and what was read is in the
/// queue again. Else it stays: acknowledgements of quorum queues go on behind the scenes, and a channel that closes meanwhile takes
/// back those that did not arrive.
async fn browser(browsing: &mut Option<Channel>, session: &Session, group: &Group) -> Result<Channel, BusError> {
    // One of an earlier connection is closed.
    if let Some(channel) = browsing.take().filter(|channel| channel.status().connected()) {
        return Ok(channel);
    }
    group.declare(session).await?;
    session.channel().await
}

/// Reads all dead letters and keeps those that are wanted, of more than `max` the oldest; says how many it read.
async fn browse(
    channel: &Channel,
    group: &Group,
    max: usize,
    wanted: impl Fn(u64) -> bool,
) -> Result<(BTreeMap<u64, Letter>, u64), BusError> {
    let (mut kept, mut read) = (BTreeMap::new(), 0);
    // What dies meanwhile is not read, or this might never end.
    for _ in 0..count(channel, &group.names.dead).await? {
        let Some(letter) = next(channel, group).await? else { break };
        read += 1;
        let number = letter.story.number;
        if !wanted(number) {
            continue;
        }
        // One that is there twice, since somebody was cut off between publishing and acknowledging, is one.
        kept.insert(number, letter);
        if kept.len() > max {
            kept.pop_last();
        }
    }
    Ok((kept, read))
}

async fn next(channel: &Channel, group: &Group) -> Result<Option<Letter>, BusError> {
    let got = answered(channel.basic_get(group.names.dead.clone(), BasicGetOptions::default())).await?;
    Ok(got.map(|got| {
        let delivery = got.delivery;
        let message = Message { properties: delivery.properties, body: delivery.data.into() };
        Letter { story: message.story(), message, acker: delivery.acker }
    }))
}

/// Gives back `unanswered` letters, and waits until they are in the queue again: who looks next is to find them.
async fn give_back(channel: &Channel, group: &Group, unanswered: u64) -> Result<(), BusError> {
    if unanswered == 0 {
        return Ok(());
    }
    let before = count(channel, &group.names.dead).await?;
    let all = BasicNackOptions { multiple: true, requeue: true };
    answered(channel.basic_nack(0, all)).await?;
    let end = tokio::time::Instant::now() + RETURN;
    // Somebody else may have taken them already, so this ends in any case.
    while count(channel, &group.names.dead).await? < before + unanswered && tokio::time::Instant::now() < end {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
