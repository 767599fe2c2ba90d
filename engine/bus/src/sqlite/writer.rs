//! The one task that changes the file: what waits together is committed together.
//!
//! Jobs are worked out in memory first, as changes to be written and as effects of them; the effects follow the commit, and so do
//! the answers. When a commit fails it is not known what of it is there: before the next one everything is loaded anew.

use std::sync::Arc;
use std::time::Duration;

use thalweg_store::Numbers;
use tokio::sync::{mpsc, oneshot};

use super::Inner;
use super::commit::Commit;
use super::retain::Compaction;
use super::topic::{Group, Prepared, Topic, load};
use crate::broker::{Published, Settled, Settlement};
use crate::error::BusError;
use crate::event::Event;
use crate::plan::{GroupPlan, Plan, Start};

/// Jobs that wait for the writer; callers beyond wait themselves.
pub(super) const QUEUE: usize = 1024;
/// Bytes of events that are committed together, unless one job has more.
const COMMIT_BYTES: usize = 4 << 20;
/// Between two looks at leases and times when nothing says that one is due.
const LOOK: Duration = Duration::from_secs(1);

type Answer<T> = oneshot::Sender<Result<T, BusError>>;

#[derive(Debug)]
pub(super) enum Job {
    Publish {
        topic: Arc<Topic>,
        events: Vec<Prepared>,
        answer: Answer<Published>,
    },
    Schedule {
        topic: Arc<Topic>,
        events: Vec<Prepared>,
        due_ms: u64,
        answer: Answer<Vec<u64>>,
    },
    Settle {
        topic: Arc<Topic>,
        group: Arc<Group>,
        settlements: Vec<Settlement>,
        answer: Answer<Vec<Settled>>,
    },
    /// What was taken is not there any more.
    Gone {
        topic: Arc<Topic>,
        group: Arc<Group>,
        tokens: Vec<String>,
    },
    Create {
        plan: Plan,
        answer: Answer<()>,
    },
    AddGroup {
        topic: Arc<Topic>,
        plan: GroupPlan,
        answer: Answer<()>,
    },
    Redrive {
        topic: Arc<Topic>,
        group: Arc<Group>,
        numbers: Vec<u64>,
        edited: Option<Event>,
        answer: Answer<u64>,
    },
    Purge {
        topic: Arc<Topic>,
        group: Arc<Group>,
        numbers: Vec<u64>,
        answer: Answer<u64>,
    },
    Seek {
        topic: Arc<Topic>,
        group: Arc<Group>,
        to: Start,
        answer: Answer<()>,
    },
}

impl Job {
    /// Whether it can be committed together with others.
    fn is_sociable(&self) -> bool {
        matches!(self, Self::Publish { .. } | Self::Schedule { .. } | Self::Settle { .. } | Self::Gone { .. })
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Publish { events, .. } | Self::Schedule { events, .. } => {
                events.iter().map(|event| event.encoded.len()).sum()
            }
            _ => 0,
        }
    }
}

/// What only the writer knows.
pub(super) struct Writer {
    pub(super) inner: Arc<Inner>,
    pub(super) numbers: Numbers,
    /// Set when it is not known what the file holds.
    pub(super) is_unsure: bool,
    /// When the next scheduled event is due.
    pub(super) next_scheduled: Option<u64>,
    pub(super) next_retention: u64,
    /// The log that is being compacted, in steps.
    pub(super) compaction: Option<Compaction>,
}

impl Writer {
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut next = None;
        loop {
            if next.is_none() {
                let look_at = self.look_at();
                next = tokio::select! {
                    biased;
                    job = jobs.recv() => match job {
                        Some(job) => Some(job),
                        None => break,
                    },
                    () = self.inner.clock.wait_until(look_at) => None,
                };
            }
            let mut together = Vec::new();
            if let Some(job) = next.take() {
                let mut bytes = job.bytes();
                let is_sociable = job.is_sociable();
                together.push(job);
                while is_sociable && bytes < COMMIT_BYTES {
                    let Ok(job) = jobs.try_recv() else { break };
                    if !job.is_sociable() {
                        next = Some(job);
                        break;
                    }
                    bytes += job.bytes();
                    together.push(job);
                }
            }
            let mut worked = self.work(together).await;
            // Commits of its own: nothing is appended meanwhile.
            if worked.is_ok() && self.next_retention <= self.inner.clock.now_ms() {
                worked = Commit::new(&mut self).retain().await;
            }
            if let Err(error) = worked {
                tracing::warn!(%error, path = %self.inner.file.path().display(), "the live engine could not write");
                // What failed is not tried again at once.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        self.inner.file.close().await;
    }

    fn look_at(&self) -> u64 {
        let now = self.inner.clock.now_ms();
        let ends = self.inner.topics().into_iter().flat_map(|topic| topic.groups());
        let ends = ends.filter_map(|group| group.core().next_end());
        let next = ends.chain(self.next_scheduled).chain([self.next_retention]).min().unwrap_or(u64::MAX);
        next.min(now.saturating_add(LOOK.as_millis() as u64))
    }

    /// Carries out jobs, and what time brings.
    async fn work(&mut self, jobs: Vec<Job>) -> Result<(), BusError> {
        if self.is_unsure
            && let Err(error) = self.reload().await
        {
            // Dropped answers say that the engine is closed, which it is as long as its file cannot be read.
            for job in jobs {
                job.refuse(&error);
            }
            return Err(error);
        }
        let mut commit = Commit::new(self);
        for job in jobs {
            commit.take_up(job).await;
        }
        match commit.look_at_time().await {
            Ok(()) => commit.finish().await,
            Err(error) => Err(commit.fail(error)),
        }
    }

    async fn reload(&mut self) -> Result<(), BusError> {
        let inner = &self.inner;
        self.numbers = inner.file.numbers().await?;
        let fresh = load(&inner.file, inner.clock.now_ms()).await?;
        inner.adopt(fresh);
        self.compaction = None;
        self.is_unsure = false;
        Ok(())
    }
}

impl Job {
    pub(super) fn refuse(self, error: &BusError) {
        let error = error.clone();
        // Who asked may be gone.
        match self {
            Self::Publish { answer, .. } => drop(answer.send(Err(error))),
            Self::Schedule { answer, .. } => drop(answer.send(Err(error))),
            Self::Settle { answer, .. } => drop(answer.send(Err(error))),
            Self::Gone { .. } => {}
            Self::Create { answer, .. } | Self::AddGroup { answer, .. } | Self::Seek { answer, .. } => {
                drop(answer.send(Err(error)));
            }
            Self::Redrive { answer, .. } | Self::Purge { answer, .. } => drop(answer.send(Err(error))),
        }
    }
}
