//! The use cases: open and save a flow, simulate it, keep and compare its runs, receive traces, look at them.
//!
//! Each is one function that the command line and the window both call, so that a feature cannot exist in one face only.
//! The rooms below (`flow`, `sim`, `telemetry`, `store`) know nothing of each other; here they are composed, and here
//! their results become the types of `thalweg-protocol`.
//!
//! Not here: windows, terminals, formats of other people, or anything that knows *how* a simulation or a receiver works.

mod background;
mod carry;
mod compare;
mod convert;
mod dialogs;
mod documents;
mod engine;
mod export;
mod files;
mod history;
mod layout;
mod links;
mod live;
mod observe;
mod options;
mod own;
mod recovery;
mod runs;
mod sampled;
mod search;
mod session;
mod signals;
mod simulate;
mod survey;
mod topology;
mod trace_view;
mod validate;

pub use compare::compare;
pub use dialogs::{Dialogs, PathAnswer};
pub use engine::Engine;
pub use files::{read_flow_file, text_from_bytes, write_flow_file};
pub use layout::{Tidied, tidied};
pub use links::Wanted;
pub use live::{LIVE_HTTP, Live, LiveOn, LiveOptions, default_events_path};
pub use observe::{Observatory, ReceiveOptions, read_token};
pub use options::{OTLP_GRPC, OTLP_HTTP, StartOptions, default_db_path, own_address};
pub use runs::CancelFlag;
pub use sampled::send_traces;
pub use search::{TraceLook, TraceWatch};
pub use session::{EventSink, Session};
pub use simulate::{Progress, SimulateError, Simulated, SimulationRequest, simulate};
pub use thalweg_sim::Until;
pub use thalweg_telemetry::{Origin, OtlpAddress, Packed, Sent, Token, Trace};
pub use topology::{Discovered, Reading, Seen, Unwatched};
pub use validate::{ValidationRequest, validate};
