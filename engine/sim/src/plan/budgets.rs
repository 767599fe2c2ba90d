//! Retry budgets: how much of its load a client may add by retrying.

use std::ops::Range;

use thalweg_flow as flow;

use super::compile::Lists;
use super::names::Compiler;

/// How many budgets there may be: one for each instance and what it retries.
const MAX_BUDGETS: u32 = 1_000_000;
/// What one retry takes out of a bucket.
pub(crate) const RETRY: u64 = 1_000_000_000;

/// A bucket of retries, in units of [`RETRY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// What a first attempt adds.
    pub(crate) share: u64,
    /// What it holds at most, and at the start.
    pub(crate) burst: u64,
}

impl Budget {
    pub(crate) fn of(budget: flow::RetryBudget) -> Self {
        let flow::RetryBudget { share, burst } = budget;
        Budget { share: (share.as_fraction() * RETRY as f64).round() as u64, burst: u64::from(burst) * RETRY }
    }
}

impl Compiler<'_> {
    /// Numbers the buckets of something that each of so many instances retries.
    pub(crate) fn budgets(
        &mut self,
        path: &str,
        budget: Option<Budget>,
        instances: u32,
        lists: &mut Lists,
    ) -> Range<u32> {
        let first = lists.budgets;
        if budget.is_some() {
            lists.budgets = lists.budgets.saturating_add(instances);
        }
        if lists.budgets > MAX_BUDGETS {
            let message = format!("more than {MAX_BUDGETS} retry budgets: one per instance and call");
            self.refusals.add(format!("{path}.budget"), message, "raise `concurrency` instead of `instances`");
            lists.budgets = first;
        }
        first..lists.budgets
    }
}
