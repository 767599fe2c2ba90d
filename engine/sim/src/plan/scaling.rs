//! How the instances of a consumer follow its lag, and how long they take to start.

use thalweg_flow as flow;

use super::names::Compiler;
use super::{Consumer, Group};
use crate::sample::Sampler;

/// How instances follow the lag; times in nanoseconds.
#[derive(Debug, Clone)]
pub(crate) struct Autoscale {
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// How many there are at the start.
    pub(crate) first: u32,
    pub(crate) target_lag: u64,
    /// 0: whenever the lag changes.
    pub(crate) every: u64,
    pub(crate) cooldown: u64,
    pub(crate) start_time: Sampler,
}

impl Autoscale {
    /// How many instances a lag asks for: `ceil(lag / target_lag)`, as Kubernetes' autoscaler reckons a metric that is
    /// averaged over the pods, and with it KEDA the lag of a group (kubernetes.io, "Horizontal Pod Autoscaling", algorithm
    /// details; keda.sh, "Scaling Deployments").
    pub(crate) fn desired(&self, lag: u64) -> u32 {
        let desired = lag.div_ceil(self.target_lag);
        u32::try_from(desired).unwrap_or(u32::MAX).clamp(self.min, self.max)
    }
}

impl Consumer {
    /// Of how many servers the utilization is a share. Of an autoscaled consumer it is that of one instance: its busy time
    /// is measured against the time of its instances.
    pub(crate) fn whole(&self) -> f64 {
        if self.autoscale.is_some() { f64::from(self.concurrency) } else { self.servers() }
    }
}

impl Compiler<'_> {
    /// The autoscaler of a consumer whose own instances start within `start_time`.
    pub(crate) fn autoscale(
        &mut self,
        path: &str,
        node: &flow::Autoscale,
        instances: Option<u32>,
        start_time: Option<&Sampler>,
    ) -> Option<Autoscale> {
        let flow::Autoscale { min, max, target_lag, every, cooldown, start_time: own } = node;
        let own = own.as_ref().map(|time| self.sampler(&format!("{path}.autoscale.start_time"), time));
        let Some(start_time) = own.or_else(|| start_time.cloned()) else {
            let message = "nothing says how long an instance takes to start";
            self.refusals.add(format!("{path}.autoscale"), message, "give it a `start_time`; `0s` is at once");
            return None;
        };
        let first = instances.unwrap_or(*min);
        if !(*min..=*max).contains(&first) {
            let message = format!("the run begins with {first} instances, outside the {min} to {max} of `autoscale`");
            self.refusals.add(format!("{path}.instances"), message, "give a number between them, or leave it out");
        }
        Some(Autoscale {
            min: *min,
            max: (*max).max(1),
            first: first.min(*max),
            target_lag: (*target_lag).max(1),
            every: every.as_nanos(),
            cooldown: cooldown.as_nanos(),
            start_time,
        })
    }
}

/// Marks the groups whose every change of lag an autoscaler looks at.
pub(crate) fn mark_watched(groups: &mut [Group], consumers: &[Consumer]) {
    for consumer in consumers.iter().filter(|c| c.autoscale.as_ref().is_some_and(|scale| scale.every == 0)) {
        for subscription in &consumer.subscriptions {
            groups[subscription.group as usize].watched = true;
        }
    }
}

/// How often autoscalers look in one replication that lasts so many nanoseconds, given how many messages each consumer is offered.
pub(crate) fn looks(consumer: &Consumer, duration: u64, offered: f64) -> f64 {
    match &consumer.autoscale {
        None => 0.0,
        Some(scale) if scale.every == 0 => 2.0 * offered,
        Some(scale) => duration as f64 / scale.every as f64,
    }
}
