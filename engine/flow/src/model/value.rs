//! Values with units: durations, rates, sizes, shares.
//!
//! How they are written (`18ms`, `120/s`, `1.2KiB`, `0.5%`) is in [`crate::text`]; here are only the numbers.

/// A span of time, in whole nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(u64);

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);

    /// From nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Duration(nanos)
    }

    /// From seconds; negative and non-finite values become zero, values beyond 584 years the largest duration.
    pub fn from_secs_f64(secs: f64) -> Self {
        // `as` saturates and maps NaN to zero, which is what the sentence above promises.
        Duration((secs * 1e9).round() as u64)
    }

    /// In nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// In seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// In milliseconds.
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// Events per second; finite and never negative in a document that was read without errors.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Rate(f64);

impl Rate {
    /// From events per second.
    pub const fn per_second(rate: f64) -> Self {
        Rate(rate)
    }

    /// In events per second.
    pub const fn as_per_second(self) -> f64 {
        self.0
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Size(u64);

impl Size {
    /// From bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Size(bytes)
    }

    /// In bytes.
    pub const fn as_bytes(self) -> u64 {
        self.0
    }
}

/// A part of a whole, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Share(f64);

impl Share {
    /// Nothing of it.
    pub const ZERO: Share = Share(0.0);
    /// All of it.
    pub const ONE: Share = Share(1.0);

    /// From a fraction; values outside 0 to 1 (and NaN) are cut to it.
    pub fn from_fraction(fraction: f64) -> Self {
        Share(if fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) })
    }

    /// As a fraction.
    pub const fn as_fraction(self) -> f64 {
        self.0
    }
}
