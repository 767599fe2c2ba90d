//! Reading a request's body: so many bytes, in so much time, together with all others within one budget.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::Desk;
use super::problem::Problem;

/// A body that was read, and its part of the budget.
pub(super) struct Read {
    pub(super) bytes: Bytes,
    _share: Option<OwnedSemaphorePermit>,
}

impl Read {
    /// The JSON that it holds.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.bytes)
            .map_err(|error| Problem::malformed(format!("the body is not the JSON that is expected: {error}")))
    }
}

/// Reads a body whole.
pub(super) async fn read(desk: &Desk, body: Incoming) -> Result<Read, Problem> {
    let most = desk.limits.body_bytes;
    let too_large = || Problem::too_large(format!("the body is larger than {most} bytes: send less at once"));
    // What is announced need not be read to be refused.
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let reading = collect(desk, body, most, too_large);
    let patience = desk.limits.body_timeout;
    tokio::time::timeout(patience, reading)
        .await
        .unwrap_or_else(|_| Err(Problem::slow(format!("the body did not arrive within {} s", patience.as_secs()))))
}

async fn collect(
    desk: &Desk,
    mut body: Incoming,
    most: usize,
    too_large: impl Fn() -> Problem,
) -> Result<Read, Problem> {
    let (mut all, mut share): (Vec<u8>, Option<OwnedSemaphorePermit>) = (Vec::new(), None);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Problem::malformed(format!("the body broke off: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        if all.len() + data.len() > most {
            return Err(too_large());
        }
        let more = u32::try_from(data.len()).map_err(|_| too_large())?;
        let permit = Arc::clone(&desk.bodies)
            .try_acquire_many_owned(more)
            .map_err(|_| Problem::too_many("too much is being received at the moment: send it again a little later"))?;
        match &mut share {
            Some(share) => share.merge(permit),
            None => share = Some(permit),
        }
        all.extend_from_slice(&data);
    }
    Ok(Read { bytes: all.into(), _share: share })
}
