//! Levels over time: how many wait, how many are busy.

/// A level with its integral over time and its maximum.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weighted {
    value: u64,
    since: u64,
    integral: u128,
    max: u64,
}

impl Weighted {
    pub(crate) fn starting_at(value: u64) -> Self {
        Weighted { value, since: 0, integral: 0, max: value }
    }

    #[inline]
    pub(crate) fn value(&self) -> u64 {
        self.value
    }

    #[inline]
    pub(crate) fn set(&mut self, now: u64, value: u64) {
        self.integral += u128::from(self.value) * u128::from(now - self.since);
        self.since = now;
        self.value = value;
        self.max = self.max.max(value);
    }

    #[inline]
    pub(crate) fn add(&mut self, now: u64) {
        self.set(now, self.value + 1);
    }

    #[inline]
    pub(crate) fn sub(&mut self, now: u64) {
        self.set(now, self.value - 1);
    }

    /// The integral up to `now`, in units times nanoseconds.
    #[inline]
    pub(crate) fn integral(&self, now: u64) -> u128 {
        self.integral + u128::from(self.value) * u128::from(now - self.since)
    }

    /// The greatest value since the last [`Weighted::forget_max`].
    pub(crate) fn max(&self) -> u64 {
        self.max
    }

    pub(crate) fn forget_max(&mut self) {
        self.max = self.value;
    }
}
