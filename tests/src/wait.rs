//! Waiting for something to become true, with a deadline so generous that only a fault reaches it.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Long enough for anything on a busy two-core machine.
pub const GENEROUS: Duration = Duration::from_mins(1);

const PAUSE: Duration = Duration::from_millis(20);

/// Asks until there is an answer. `what` completes the sentence "gave up waiting for …".
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> Result<T> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Ok(answer);
        }
        if begun.elapsed() > GENEROUS {
            bail!("gave up waiting for {what} after {} s", GENEROUS.as_secs());
        }
        std::thread::sleep(PAUSE);
    }
}

/// Like [`wait_for`], for questions that are asked asynchronously.
pub async fn wait_for_async<T, F>(what: &str, mut ask: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if begun.elapsed() > GENEROUS {
            bail!("gave up waiting for {what} after {} s", GENEROUS.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
