//! Webhooks: events pushed to consumers that listen themselves, one in each request, in the binary mode of CloudEvents.
//!
//! What a consumer answers says what became of the event: 2xx acknowledges it; 410 and those of 4xx that will not change make it a
//! dead letter; everything else is a failed attempt, redirects too, for they are never followed. It has as long as its lease.
//!
//! A webhook is an address that somebody else chose, and we send to it: only plain HTTP, only to this machine unless the user
//! said otherwise, never to ourselves. An address is judged when it is used, so that a name cannot change its meaning in between.
//! Webhooks are kept in memory: they end with the engine.

mod push;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use hyper::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::push::Target;
use super::Desk;
use super::answer::{Answer, json};
use super::body::Read;
use super::deliver::stopped;
use super::problem::Problem;
use crate::broker::{Broker, Settlement};
use crate::clock::Clock;

/// Events that are pushed to one webhook at the same time.
const AT_ONCE: usize = 8;
/// How long one waits for events before it asks anew.
const ASK: Duration = Duration::from_secs(20);
/// After a broker failed, until it is asked again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// What is being pushed may end within this when the face is stopped; what does not comes again when its lease ends.
const ENDING: Duration = Duration::from_secs(5);

type Key = (String, String);

/// All webhooks, by topic and group.
pub(super) struct Webhooks {
    /// Where we listen ourselves.
    own: SocketAddr,
    beyond_loopback: bool,
    most: usize,
    stopping: watch::Receiver<bool>,
    all: Mutex<BTreeMap<Key, Hook>>,
}

struct Hook {
    url: String,
    figures: Arc<Mutex<Figures>>,
    /// Dropped or sent to, it ends the task.
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What a webhook did.
#[derive(Debug, Clone, Default)]
struct Figures {
    acked: u64,
    failed: u64,
    rejected: u64,
    last_error: Option<String>,
}

impl Webhooks {
    pub(super) fn new(own: SocketAddr, beyond_loopback: bool, most: usize, stopping: watch::Receiver<bool>) -> Self {
        Self { own, beyond_loopback, most, stopping, all: Mutex::default() }
    }

    /// Ends all of them, letting what is being pushed come to its end for a while.
    pub(super) async fn end(&self) {
        let all = std::mem::take(&mut *self.all.lock().unwrap_or_else(PoisonError::into_inner));
        join_all(all.into_values().map(Hook::end)).await;
    }
}

impl Hook {
    async fn end(self) {
        self.stop.send_replace(true);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(ENDING, self.task).await.is_err() {
            abort.abort();
        }
    }

    fn shown(&self) -> serde_json::Value {
        let Figures { acked, failed, rejected, last_error } =
            self.figures.lock().unwrap_or_else(PoisonError::into_inner).clone();
        json!({ "url": self.url, "acked": acked, "failed": failed, "rejected": rejected, "last_error": last_error })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookBody {
    url: String,
}

/// Pushes the events of a group to a URL from now on; one that there was ends first.
pub(super) async fn set(desk: &Desk, topic: &str, group: &str, body: &Read) -> Result<Answer, Problem> {
    let WebhookBody { url } = body.json()?;
    let hooks = &desk.webhooks;
    let uri: Uri = url.parse().map_err(|error| Problem::malformed(format!("`url` is no URL: {error}")))?;
    let target = Target::of(&uri, hooks.own, hooks.beyond_loopback).map_err(Problem::malformed)?;
    target.addresses().await.map_err(Problem::malformed)?;
    // Says whether there is such a topic, and whether it may have such a group.
    desk.broker.dead_letters(topic, group, 0, 1).await?;
    let key = (topic.to_owned(), group.to_owned());
    let old = {
        let mut all = hooks.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= hooks.most && !all.contains_key(&key) {
            let detail = format!("there are {} webhooks, which is as many as there may be: remove one", all.len());
            return Err(Problem::too_many(detail));
        }
        all.remove(&key)
    };
    if let Some(old) = old {
        old.end().await;
    }
    let (stop, stopping) = watch::channel(false);
    let figures = Arc::new(Mutex::default());
    let pushing = Pushing {
        broker: Arc::clone(&desk.broker),
        clock: desk.clock.clone(),
        key: key.clone(),
        target,
        figures: Arc::clone(&figures),
    };
    let face = hooks.stopping.clone();
    let task = tokio::spawn(async move {
        pushing.run(stopping, face).await;
    });
    let hook = Hook { url, figures, stop, task };
    let shown = hook.shown();
    // One that was set at the same time gives way.
    hooks.all.lock().unwrap_or_else(PoisonError::into_inner).insert(key, hook);
    json(StatusCode::OK, &shown)
}

pub(super) fn show(desk: &Desk, topic: &str, group: &str) -> Result<Answer, Problem> {
    let all = desk.webhooks.all.lock().unwrap_or_else(PoisonError::into_inner);
    let hook = all.get(&(topic.to_owned(), group.to_owned())).ok_or_else(|| none(topic, group))?;
    json(StatusCode::OK, &hook.shown())
}

pub(super) async fn remove(desk: &Desk, topic: &str, group: &str) -> Result<Answer, Problem> {
    let key = (topic.to_owned(), group.to_owned());
    let hook = desk.webhooks.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    let hook = hook.ok_or_else(|| none(topic, group))?;
    let shown = hook.shown();
    hook.end().await;
    json(StatusCode::OK, &shown)
}

fn none(topic: &str, group: &str) -> Problem {
    Problem::not_found(format!("group `{group}` of topic `{topic}` has no webhook; PUT makes one"))
}

/// What pushes for one webhook.
struct Pushing {
    broker: Arc<dyn Broker>,
    clock: Clock,
    key: Key,
    target: Target,
    figures: Arc<Mutex<Figures>>,
}

impl Pushing {
    async fn run(self, hook: watch::Receiver<bool>, face: watch::Receiver<bool>) {
        let (topic, group) = (self.key.0.as_str(), self.key.1.as_str());
        let ended = async || {
            tokio::select! {
                () = stopped(hook.clone()) => {}
                () = stopped(face.clone()) => {}
            }
        };
        loop {
            let taken = tokio::select! {
                taken = self.broker.fetch(topic, group, AT_ONCE, ASK) => taken,
                () = ended() => return,
            };
            let done = match taken {
                Ok(taken) => {
                    let pushed = join_all(taken.iter().map(|delivery| self.target.push(delivery, &self.clock))).await;
                    let settlements = taken.into_iter().zip(pushed).map(|(delivery, outcome)| {
                        self.count(&outcome);
                        Settlement { token: delivery.token, outcome }
                    });
                    let settlements: Vec<Settlement> = settlements.collect();
                    if settlements.is_empty() {
                        continue;
                    }
                    self.broker.settle(topic, group, settlements).await.map(|_| ())
                }
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                tracing::warn!(%error, topic, group, "a webhook cannot be served");
                self.figures.lock().unwrap_or_else(PoisonError::into_inner).last_error = Some(error.to_string());
                if !error.is_passing() {
                    return;
                }
                tokio::select! {
                    () = tokio::time::sleep(AFTER_FAILURE) => {}
                    () = ended() => return,
                }
            }
        }
    }

    fn count(&self, outcome: &crate::broker::Outcome) {
        use crate::broker::Outcome;
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Nack { reason, .. } => {
                figures.failed += 1;
                figures.last_error = Some(reason.clone());
            }
            Outcome::Reject { reason } => {
                figures.rejected += 1;
                figures.last_error = Some(reason.clone());
            }
            Outcome::Ack | Outcome::Extend(_) => figures.acked += 1,
        }
    }
}
