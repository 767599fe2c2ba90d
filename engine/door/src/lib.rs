//! Who may come in: what everything of ours that listens for HTTP has in common.
//!
//! - [`bind`] takes an address of the loopback interface, any other only where a [`Token`] is asked for, and says who has the port.
//! - [`Entrance`] holds the places for connections, [`listen`] accepts them and closes those that misbehave.
//! - [`Access`] judges a request by its `Host`, its page and its token; what is wrong is a [`Barred`].
//!
//! Not here: what is answered, in which form a refusal is told, how bodies are read.

mod access;
mod address;
mod barred;
mod guard;
mod holder;
mod limits;
mod listen;
mod strangers;

pub use access::{Origin, OriginError, Token, TokenError};
pub use address::{BindError, Bound, bind};
pub use barred::Barred;
pub use guard::{Access, Door};
pub use limits::Limits;
pub use listen::{Entrance, Handling, listen};
