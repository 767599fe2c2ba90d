//! Long computations for a window: on a thread of their own, which lets the window go first.

use thalweg_protocol::{ApiError, ErrorCode};

/// Computes on a thread of its own, and on those that it starts, whatever the window has to draw meanwhile: where there
/// are not more cores than simulating threads, curves would wait for the run whose beginning they show.
///
/// # Errors
/// When the system has no thread left.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), ApiError> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        step_back();
        work();
    });
    // Nobody waits for it: it tells its end by an event.
    thread.map(drop).map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("No thread could be started: {error}."))
            .with_help("Close other programs and try again.")
    })
}

/// How much nicer than the window: a tenth of its claim to a core that both want.
#[cfg(target_os = "linux")]
const NICER: i32 = 10;

/// Lowers the claim of this thread and of those that it starts; on Linux both are a thread's own.
#[cfg(target_os = "linux")]
fn step_back() {
    if let Err(error) = rustix::process::nice(NICER) {
        // Slower to look at, not wrong.
        tracing::debug!("a simulation runs with the window's own priority: {error}");
    }
}

/// Elsewhere the scheduler favours the window in the foreground.
#[cfg(not(target_os = "linux"))]
fn step_back() {}
