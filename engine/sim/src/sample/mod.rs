//! Random times and keys.
//!
//! Everything is computed with the pure-Rust `libm`, so the same seed gives the same bits on every platform. That is
//! also why `rand_distr` is not used: any crate of the build that switches on `num-traits/std` would silently hand its
//! logarithms to the platform's own library.

mod distribution;
mod key;
mod ziggurat;

pub(crate) use distribution::{Sampler, whole};
pub use key::partition_of;
pub(crate) use key::{KeySampler, Zipf};
pub(crate) use ziggurat::Ziggurat;
