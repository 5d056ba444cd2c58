//! IO: what is sent to a board that is open, and what it says. It is told its frames at its own
//! pace; what it says changes what it alone is told.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::Error;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite;

use super::connection::Ended;
use super::message::{self, Hello, Last, Pace, Said, Wrong};
use super::{Live, NoBoard, ViewOf};
use crate::board::SiteName;
use crate::counters::Counters;
use crate::frames::View;

/// A board that has not taken a frame after this long is let go.
const SEND: Duration = Duration::from_secs(10);
/// A board that has not said hello after this long is told all that its grant sees: more than a slow
/// network needs, since who comes back over one should not be sent everything.
const HELLO: Duration = Duration::from_secs(1);
/// Snapshots that a board asks for are at least this far apart.
const RESYNC: Duration = Duration::from_secs(1);
/// For so long a board that is sent away may take why.
const FAREWELL: Duration = Duration::from_secs(1);

/// Counts a connection while it is there.
struct Present(Arc<Counters>);

impl Present {
    fn new(counters: &Arc<Counters>) -> Self {
        counters.clients.fetch_add(1, Relaxed);
        Self(Arc::clone(counters))
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Relaxed);
    }
}

/// A board that is open.
pub(super) struct Connection {
    live: Live,
    site: SiteName,
    view: View,
    of: ViewOf,
    ended: Ended,
    _present: Present,
    _place: OwnedSemaphorePermit,
}

/// Why a connection ends.
enum End {
    /// The other end is away, or takes nothing.
    Gone,
    /// It can't stay.
    Refused(Wrong),
}

impl From<Wrong> for End {
    fn from(wrong: Wrong) -> Self {
        Self::Refused(wrong)
    }
}

/// What can happen to a connection.
enum Happened {
    Frame(Result<Utf8Bytes, RecvError>),
    Message(Option<Result<Message, Error>>),
    /// It is time for the snapshot.
    Due,
}

impl Connection {
    pub(super) fn new(
        live: Live,
        site: SiteName,
        view: View,
        ended: Ended,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            _present: Present::new(&live.shared.counters),
            live,
            site,
            view,
            of: ViewOf::Token,
            ended,
            _place: place,
        }
    }

    pub(super) async fn serve(mut self, mut socket: WebSocket) {
        let mut ended = self.ended.clone();
        let end = tokio::select! {
            biased;
            end = self.talk(&mut socket) => end,
            () = ended.wait() => End::Refused(Wrong::TokenEnded),
        };
        if let End::Refused(wrong) = end {
            // Whoever does not take it is gone all the same.
            let _ = timeout(FAREWELL, send_away(&mut socket, wrong)).await;
        }
    }

    async fn talk(&mut self, socket: &mut WebSocket) -> End {
        let hello = self.live.hello(self.view.tier);
        let mut talk = Talk::new(self, hello, Instant::now());
        loop {
            while let Some(frame) = talk.next.pop_front() {
                if !send(socket, frame).await {
                    return End::Gone;
                }
                talk.board.live.shared.counters.frames.fetch_add(1, Relaxed);
            }
            let happened = tokio::select! {
                frame = next_of(&mut talk.frames) => Happened::Frame(frame),
                () = at(talk.due) => Happened::Due,
                message = socket.recv() => Happened::Message(message),
            };
            if let Err(end) = talk.take(happened) {
                return end;
            }
        }
    }
}

/// How far a connection is.
struct Talk<'a> {
    board: &'a mut Connection,
    pace: Pace,
    said_hello: bool,
    frames: Option<Receiver<Utf8Bytes>>,
    /// What is sent next.
    next: VecDeque<Utf8Bytes>,
    /// When a snapshot is to be sent.
    due: Option<Instant>,
    /// No snapshot that is asked for is sent before.
    earliest: Instant,
}

impl<'a> Talk<'a> {
    fn new(board: &'a mut Connection, hello: Utf8Bytes, now: Instant) -> Self {
        Self {
            board,
            pace: Pace::new(now),
            said_hello: false,
            frames: None,
            next: VecDeque::from([hello]),
            due: Some(now + HELLO),
            earliest: now,
        }
    }

    fn take(&mut self, happened: Happened) -> Result<(), End> {
        match happened {
            Happened::Due => {
                self.earliest = Instant::now() + RESYNC;
                self.join(None)
            }
            Happened::Frame(Ok(frame)) => {
                self.next.push_back(frame);
                Ok(())
            }
            Happened::Frame(Err(RecvError::Closed)) => Err(End::Gone),
            Happened::Frame(Err(RecvError::Lagged(_))) => {
                let counters = &self.board.live.shared.counters;
                counters.resyncs.fetch_add(1, Relaxed);
                self.join(None)
            }
            Happened::Message(None | Some(Ok(Message::Close(_)))) => Err(End::Gone),
            Happened::Message(Some(Err(error))) => Err(match is_too_large(error) {
                true => Wrong::TooLarge.into(),
                false => End::Gone,
            }),
            Happened::Message(Some(Ok(message))) => self.hear(&message, Instant::now()),
        }
    }

    fn hear(&mut self, message: &Message, now: Instant) -> Result<(), End> {
        if !self.pace.admits(now) {
            return Err(Wrong::TooFast.into());
        }
        match message::read(message) {
            Ok(Said::Hello(_)) if self.said_hello => self.wrong(Wrong::HelloTwice),
            Ok(Said::Hello(hello)) => {
                self.said_hello = true;
                self.hello(&hello)
            }
            Ok(Said::Resync) => {
                let due = self.earliest.max(now);
                self.due = Some(self.due.map_or(due, |before| before.min(due)));
                Ok(())
            }
            Ok(Said::Nothing) => Ok(()),
            Err(wrong) => self.wrong(wrong),
        }
    }

    /// Says what is wrong; ends the connection where it must.
    fn wrong(&mut self, wrong: Wrong) -> Result<(), End> {
        if wrong.close().is_some() {
            return Err(wrong.into());
        }
        self.next.push_back(wrong.frame());
        Ok(())
    }

    fn hello(&mut self, Hello { topics, last }: &Hello) -> Result<(), End> {
        let board = &mut *self.board;
        if !topics.is_empty() {
            board.view = board.live.narrowed(&board.site, &board.view, topics)?;
            board.of = ViewOf::Choice;
        }
        self.join(last.as_ref())
    }

    /// Begins with what is missed since `last`, or with a snapshot.
    fn join(&mut self, last: Option<&Last>) -> Result<(), End> {
        let Connection {
            live,
            site,
            view,
            of,
            ..
        } = &*self.board;
        let joined = live.join(site, (view, *of), last).map_err(|no| match no {
            NoBoard::Unknown => End::Gone,
            NoBoard::TooManyViews => Wrong::TooManyViews.into(),
        })?;
        self.next.extend(joined.first);
        self.frames = Some(joined.frames);
        self.due = None;
        Ok(())
    }
}

/// The next frame of a ring; none before there is one.
async fn next_of(frames: &mut Option<Receiver<Utf8Bytes>>) -> Result<Utf8Bytes, RecvError> {
    match frames {
        Some(frames) => frames.recv().await,
        None => pending().await,
    }
}

/// Waits until a time, if there is one.
async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}

/// Whether a message is larger than may be, rather than the connection gone.
fn is_too_large(error: Error) -> bool {
    let error = error.into_inner().downcast::<tungstenite::Error>();
    matches!(error.as_deref(), Ok(tungstenite::Error::Capacity(_)))
}

/// Whether the board has taken the frame in time.
async fn send(socket: &mut WebSocket, frame: Utf8Bytes) -> bool {
    matches!(
        timeout(SEND, socket.send(Message::Text(frame))).await,
        Ok(Ok(()))
    )
}

/// Says why, closes, and waits until the other end has taken it: who closes on somebody who still
/// speaks takes back what was just said.
async fn send_away(socket: &mut WebSocket, wrong: Wrong) -> Result<(), Error> {
    socket.send(Message::Text(wrong.frame())).await?;
    let Some(code) = wrong.close() else {
        return Ok(());
    };
    let close = CloseFrame {
        code,
        reason: Utf8Bytes::default(),
    };
    socket.send(Message::Close(Some(close))).await?;
    // The rest of what is too large would be read into memory.
    while wrong != Wrong::TooLarge && matches!(socket.recv().await, Some(Ok(_))) {}
    Ok(())
}
