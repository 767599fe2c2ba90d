//! What the end-to-end tests stand on: starting the real programs, watching them, and ending them.
//!
//! The tests in `tests/` see Thalweg as its users do, through processes, sockets, files and the screen. No crate of
//! the engine is linked here. `cargo xtask test` builds the programs and says where they lie.

pub mod brokers;
pub mod cli;
pub mod flows;
pub mod http;
pub mod mangle;
pub mod map;
pub mod otlp;
pub mod picture;
pub mod process;
pub mod programs;
pub mod receiver;
pub mod simulated;
pub mod wait;
pub mod window;
