//! IO: one sender. One half reads frames and hands their messages over, the other
//! waits until they are durable and answers, in their order. When the answers that are
//! owed are as many as may be, no more is read: the sender waits.
//!
//! Only the time is counted in which we wait for the sender, never that in which the
//! sender waits for us.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::Closed;
use super::desk::{Desk, Pending};
use super::frames::Frames;
use crate::Stop;

/// How much of a frame may be in memory without a place in the room, in bytes.
pub(super) const SMALL: usize = 64 << 10;
/// How much is read at once, in bytes.
const READ: usize = 16 << 10;
/// After so many bytes without a frame it is not MLLP that comes.
const OUTSIDE_MAX: u64 = 64 << 10;

/// Serves a sender until it leaves, does something wrong, or `stop`. Whatever was taken
/// is written and remembered before this comes back.
pub(super) async fn run<S>(desk: Desk, stream: S, stop: Stop) -> Result<(), Closed>
where
    S: AsyncRead + AsyncWrite,
{
    let (reader, writer) = split(stream);
    let (owed, owes) = mpsc::channel(desk.hall.limits.unanswered);
    let (gone, is_gone) = oneshot::channel();
    let reading = Reading {
        frames: Frames::new(desk.hall.limits.frame_bytes),
        patience: Patience::new(desk.hall.limits.header),
        outside: 0,
        place: None,
        owed,
        desk: desk.clone(),
    };
    let (read, answered) = tokio::join!(
        reading.run(reader, is_gone, stop),
        answer(&desk, writer, owes, gone),
    );
    answered.and(read)
}

/// The half that reads.
struct Reading {
    desk: Desk,
    frames: Frames,
    patience: Patience,
    /// Bytes since the last frame.
    outside: u64,
    /// The place in the room of a large frame.
    place: Option<OwnedSemaphorePermit>,
    owed: mpsc::Sender<Pending>,
}

impl Reading {
    async fn run(
        mut self,
        mut reader: impl AsyncRead + Unpin,
        mut is_gone: oneshot::Receiver<()>,
        mut stop: Stop,
    ) -> Result<(), Closed> {
        let mut buffer = vec![0; READ];
        loop {
            let began = Instant::now();
            let read = tokio::select! {
                read = timeout(self.patience.left, reader.read(&mut buffer)) => read,
                _ = &mut is_gone => return Ok(()),
                _ = stop.wait_for(|stopped| *stopped) => return Ok(()),
            };
            self.patience.waited(began.elapsed());
            match read {
                Err(_) => return Err(self.patience.closed),
                Ok(Ok(0)) if !self.frames.is_inside() => return Ok(()),
                Ok(Ok(0) | Err(_)) => return Err(Closed::BrokenOff),
                Ok(Ok(count)) => self.take(&buffer[..count]).await?,
            }
        }
    }

    async fn take(&mut self, mut bytes: &[u8]) -> Result<(), Closed> {
        let limits = &self.desk.hall.limits;
        let (idle, slow) = (limits.idle, limits.frame);
        loop {
            let was_inside = self.frames.is_inside();
            let frame = self.frames.next(&mut bytes);
            self.skip()?;
            let Some(frame) = frame else {
                if !was_inside && self.frames.is_inside() {
                    self.patience = Patience::with(slow, Closed::FrameSlow);
                }
                break;
            };
            self.outside = 0;
            self.patience = Patience::with(idle, Closed::Idle);
            let pending = self.desk.take(frame).await?;
            self.place = None;
            // The other half takes whatever is owed until we leave.
            if self.owed.send(pending).await.is_err() {
                return Ok(());
            }
        }
        self.find_place().await;
        Ok(())
    }

    fn skip(&mut self) -> Result<(), Closed> {
        let skipped = self.frames.take_skipped();
        if skipped > 0 {
            self.outside += skipped;
            self.desk.hall.counters.mllp_skipped(skipped);
        }
        if self.outside > OUTSIDE_MAX {
            return Err(Closed::NoFrame);
        }
        Ok(())
    }

    /// Waits for a place in the room before more of a large frame is read.
    async fn find_place(&mut self) {
        if self.place.is_none() && self.frames.kept() > SMALL {
            let most = u32::try_from(self.desk.hall.limits.frame_bytes).unwrap_or(u32::MAX);
            let room = self.desk.hall.room.clone();
            self.place = room.acquire_many_owned(most).await.ok();
        }
    }
}

/// How long the sender may still take, and what it is when it takes longer.
struct Patience {
    left: Duration,
    closed: Closed,
}

impl Patience {
    fn new(header: Duration) -> Self {
        Self::with(header, Closed::HeaderSlow)
    }

    fn with(left: Duration, closed: Closed) -> Self {
        Self { left, closed }
    }

    fn waited(&mut self, time: Duration) {
        self.left = self.left.saturating_sub(time);
    }
}

/// The half that answers. It takes what is owed to the last, also when nobody reads the
/// answers any more: what was handed over is to be remembered.
async fn answer(
    desk: &Desk,
    mut writer: impl AsyncWrite + Unpin,
    mut owes: mpsc::Receiver<Pending>,
    gone: oneshot::Sender<()>,
) -> Result<(), Closed> {
    let mut gone = Some(gone);
    let mut outcome = Ok(());
    while let Some(pending) = owes.recv().await {
        let settled = desk.settle(pending).await;
        if outcome.is_err() {
            continue;
        }
        outcome = match settled {
            Ok(frames) => send(&mut writer, &frames, desk.hall.limits.frame).await,
            Err(closed) => Err(closed),
        };
        if outcome.is_err() {
            // Nobody may be reading any more, which is fine.
            let _ = gone.take().map(|gone| gone.send(()));
        }
    }
    // Whoever has gone need not be told that we go.
    let _ = timeout(desk.hall.limits.frame, writer.shutdown()).await;
    outcome
}

async fn send(
    writer: &mut (impl AsyncWrite + Unpin),
    frames: &[u8],
    patience: Duration,
) -> Result<(), Closed> {
    let sent = async {
        writer.write_all(frames).await?;
        writer.flush().await
    };
    match timeout(patience, sent).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Closed::BrokenOff),
        Err(_) => Err(Closed::NotRead),
    }
}
