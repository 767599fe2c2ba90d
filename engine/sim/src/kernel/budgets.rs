//! Retry budgets: a bucket that first attempts fill and retries empty (Brooker, "Fixing retries with token buckets and circuit
//! breakers", 2022). A bucket lives in a process, so there is one per instance and call, and a new instance has a full one.

use super::Kernel;
use crate::plan::{Budget, Plan, RETRY};

/// All buckets, full.
pub(super) fn full(plan: &Plan) -> Vec<u64> {
    let mut buckets = Vec::new();
    let mut fill = |range: &std::ops::Range<u32>, budget: Option<Budget>| {
        if let Some(budget) = budget {
            buckets.resize(buckets.len().max(range.end as usize), 0);
            buckets[range.start as usize..range.end as usize].fill(budget.burst);
        }
    };
    plan.consumers.iter().for_each(|consumer| fill(&consumer.budgets, consumer.retry.budget));
    plan.calls.iter().for_each(|call| fill(&call.budgets, call.retry.budget));
    buckets
}

impl Kernel<'_> {
    /// A first attempt of a consumer, or with `call` a first call, adds its share.
    #[cold]
    pub(super) fn earn_retry(&mut self, instance: u32, call: Option<u32>) {
        if let Some((bucket, budget)) = self.bucket(instance, call) {
            let held = &mut self.buckets[bucket];
            *held = (*held + budget.share).min(budget.burst);
        }
    }

    /// Takes a retry out of the bucket; `false` when there is none in it. Without a budget every retry is paid.
    #[cold]
    pub(super) fn pays_retry(&mut self, instance: u32, call: Option<u32>) -> bool {
        let Some((bucket, _)) = self.bucket(instance, call) else { return true };
        let held = &mut self.buckets[bucket];
        let pays = *held >= RETRY;
        if pays {
            *held -= RETRY;
        }
        pays
    }

    /// An instance begins anew.
    pub(super) fn refill_buckets(&mut self, consumer: u32, instance: u32) {
        let own = std::iter::once(None).chain(self.plan.consumers[consumer as usize].calls.clone().map(Some));
        for call in own {
            if let Some((bucket, budget)) = self.bucket(instance, call) {
                self.buckets[bucket] = budget.burst;
            }
        }
    }

    fn bucket(&self, instance: u32, call: Option<u32>) -> Option<(usize, Budget)> {
        let consumer = &self.plan.consumers[self.instances[instance as usize].consumer as usize];
        let (retry, buckets) = match call.map(|call| &self.plan.calls[call as usize]) {
            Some(call) => (&call.retry, &call.budgets),
            None => (&consumer.retry, &consumer.budgets),
        };
        Some(((buckets.start + instance - consumer.instances.start) as usize, retry.budget?))
    }
}
