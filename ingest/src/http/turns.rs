//! Who may come in. Bodies that arrive or wait share a room with a bound in bytes:
//! when it is full, callers are told to come again. Writes take turns: a turn is
//! taken once the body is there, so that a slow one keeps nobody waiting, and is
//! held until Kafka has answered, also when the caller has gone.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::BODY_MAX;
use super::problem::Problem;

/// How much may arrive or wait at once, in KiB. A body counts as much as its
/// `Content-Length` announces, or as the largest when it announces nothing.
pub const ROOM_KIB: usize = 64 * 1024;
/// How many requests are written at once; further ones wait in the room.
pub const TURNS: usize = 128;
/// What a request counts at least, in KiB: its connection has buffers, too.
const LEAST_KIB: usize = 16;
/// How long a body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// One request may be written while this is held.
pub(super) type Turn = OwnedSemaphorePermit;

/// The room and the turns.
pub(super) struct Turns {
    room: Semaphore,
    turns: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            room: Semaphore::new(ROOM_KIB),
            turns: Arc::new(Semaphore::new(TURNS)),
        }
    }
}

impl Turns {
    /// Reads the body and waits for a turn.
    pub(super) async fn take(&self, request: Request) -> Result<(Bytes, Turn), Problem> {
        let kib = announced_kib(request.headers());
        let _seat = self
            .room
            .try_acquire_many(kib)
            .map_err(|_| Problem::TooMany)?;
        let body = read(request).await?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        Ok((body, turn.expect("nobody closes the turns")))
    }
}

fn announced_kib(headers: &HeaderMap) -> u32 {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(BODY_MAX);
    let kib = announced.min(BODY_MAX).div_ceil(1024).max(LEAST_KIB);
    u32::try_from(kib).expect("a body is small")
}

async fn read(request: Request) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_TIME_MAX, Bytes::from_request(request, &())).await {
        Err(_) => Err(Problem::BodySlow),
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Problem::BodyTooLarge)
        }
        Ok(Err(_)) => Err(Problem::BodyBroken),
    }
}
