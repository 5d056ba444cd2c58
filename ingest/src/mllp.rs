//! HL7 v2 over TCP (MLLP): whoever is let in sends frames, and is told of each message
//! what became of it, in their order, once Kafka has it for good: the facts, or the
//! dead letter. A message that was taken before, also by an earlier process, is
//! acknowledged again and told no more. What a sender does wrong ends its own
//! connection at most.
//!
//! - [`frames`]: where the messages are. Pure.
//! - [`ack`]: what is answered. Pure.
//! - [`desk`]: what becomes of a message.
//! - `connection`: one sender; two halves, so that more may come while some wait.

pub mod ack;
mod connection;
mod desk;
pub mod frames;
pub mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use events::time::Clock;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::Stop;
use crate::counters::Counters;
use crate::hl7::Interface;
use crate::http::recall::Past;
use crate::kafka_writer::Writer;
use crate::label::Labels;
use crate::told;

/// How many bytes of frames that have begun may be in memory, of all connections
/// together, beside [`connection::SMALL`] of each.
pub const ROOM_BYTES: usize = 64 << 20;
/// How often to look whether the past is known.
const LOOK: Duration = Duration::from_millis(100);
/// How long answers may take at the end.
const DRAIN: Duration = Duration::from_secs(5);
/// How long to wait when the system gives no connection, as when files run out.
const PAUSE: Duration = Duration::from_millis(100);

/// How much is taken, and how long is waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest message, in bytes; at most [`crate::hl7::MESSAGE_BYTES_MAX`].
    pub frame_bytes: usize,
    /// Connections of all listeners together.
    pub connections: usize,
    /// Messages of a connection that are taken and not answered.
    pub unanswered: usize,
    /// Until the first start block, TLS included.
    pub header: Duration,
    /// From the end of a frame to the next start block.
    pub idle: Duration,
    /// From a start block to its end; also for an answer to be read.
    pub frame: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: 4 << 20,
            connections: 100,
            unanswered: 64,
            header: Duration::from_secs(30),
            idle: Duration::from_secs(3_600),
            frame: Duration::from_secs(30),
        }
    }
}

/// One address where somebody may send.
#[derive(Clone)]
pub struct Listener {
    /// The address; port 0 is any free one.
    pub listen: SocketAddr,
    /// What is agreed with those who send there.
    pub interface: Interface,
    /// The certificates; `None` for plain TCP.
    pub tls: Option<TlsAcceptor>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// An acknowledgement, which nobody asked for.
    Acknowledgement,
    /// A dead letter.
    Dead,
    /// Nothing: it tells nothing that is a fact here.
    Ignored,
    /// Nothing: it had been taken before.
    Repeated,
    /// Facts.
    Told,
}

impl Became {
    /// All of them, in the order of this file.
    pub const ALL: &[Self] = &[
        Self::Acknowledgement,
        Self::Dead,
        Self::Ignored,
        Self::Repeated,
        Self::Told,
    ];

    /// Its name in metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Acknowledgement => "acknowledgement",
            Self::Dead => "dead",
            Self::Ignored => "ignored",
            Self::Repeated => "repeated",
            Self::Told => "told",
        }
    }
}

/// Why a connection was not let in, or not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It ended in the middle of a frame, or broke.
    #[error("ended in the middle of a frame")]
    BrokenOff,
    /// A frame did not end in time.
    #[error("a frame did not end in time")]
    FrameSlow,
    /// Nothing that begins a frame came in time.
    #[error("no frame began in time")]
    HeaderSlow,
    /// Nothing came for long.
    #[error("nothing came for long")]
    Idle,
    /// Much came and no frame began.
    #[error("what comes is not MLLP: no frame begins")]
    NoFrame,
    /// Kafka did not take a message; it is not answered, so it comes again.
    #[error("kafka did not take a message")]
    NotDurable,
    /// Answers were not read.
    #[error("answers are not read")]
    NotRead,
    /// No TLS, or no certificate that we trust.
    #[error("tls failed")]
    Tls,
    /// There are as many connections as may be.
    #[error("there are too many connections")]
    TooMany,
}

impl Closed {
    /// All of them, in the order of this file.
    pub const ALL: &[Self] = &[
        Self::BrokenOff,
        Self::FrameSlow,
        Self::HeaderSlow,
        Self::Idle,
        Self::NoFrame,
        Self::NotDurable,
        Self::NotRead,
        Self::Tls,
        Self::TooMany,
    ];

    /// Its name in metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BrokenOff => "broken_off",
            Self::FrameSlow => "frame_slow",
            Self::HeaderSlow => "header_slow",
            Self::Idle => "idle",
            Self::NoFrame => "no_frame",
            Self::NotDurable => "not_durable",
            Self::NotRead => "not_read",
            Self::Tls => "tls",
            Self::TooMany => "too_many",
        }
    }
}

/// What all connections share.
pub struct Hall {
    limits: Limits,
    lanes: u32,
    writer: Writer,
    clock: Clock,
    counters: Arc<Counters>,
    past: Past,
    seats: Arc<Semaphore>,
    room: Arc<Semaphore>,
    answers: AtomicU64,
    labels: Option<Labels>,
}

impl Hall {
    /// `lanes` as on Kafka; `past` is what is known of messages that were taken.
    pub fn new(
        limits: Limits,
        lanes: u32,
        writer: Writer,
        clock: Clock,
        counters: Arc<Counters>,
        past: Past,
    ) -> Self {
        Self {
            seats: Arc::new(Semaphore::new(limits.connections)),
            room: Arc::new(Semaphore::new(ROOM_BYTES)),
            limits,
            lanes,
            writer,
            clock,
            counters,
            past,
            answers: AtomicU64::default(),
            labels: None,
        }
    }

    /// What staff call those who are named goes here; without, names are not looked at.
    #[must_use]
    pub fn labelling(self, labels: Option<Labels>) -> Self {
        Self { labels, ..self }
    }
}

/// An address that is listened at.
pub struct Door {
    hall: Arc<Hall>,
    listener: Listener,
    tcp: TcpListener,
}

impl Door {
    /// Takes the address; nobody is let in before [`Door::run`].
    ///
    /// # Errors
    /// The address is taken, or not ours.
    pub async fn open(hall: Arc<Hall>, listener: Listener) -> std::io::Result<Self> {
        let tcp = TcpListener::bind(listener.listen).await?;
        Ok(Self {
            hall,
            listener,
            tcp,
        })
    }

    /// Where it is.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Lets senders in until `stop`, and then waits for a while until those who are in
    /// have been answered what they are owed; who has not been repeats it to our
    /// successor. Waits first until it is known which messages of the
    /// site were taken: until then, connections wait.
    pub async fn run(self, mut stop: Stop) {
        let lane = told::lane(&self.listener.interface.site, self.hall.lanes);
        while !self.hall.past.is_known(lane) {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.wait_for(|stopped| *stopped) => return,
            }
        }
        let position = self.listener.listen.to_string();
        let desk = desk::Desk {
            hall: self.hall,
            listener: Arc::new(self.listener),
            position: position.into(),
        };
        let mut senders = JoinSet::new();
        let mut is_full = false;
        loop {
            let accepted = tokio::select! {
                accepted = self.tcp.accept() => accepted,
                Some(_) = senders.join_next() => continue,
                _ = stop.wait_for(|stopped| *stopped) => break,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            if let Some(seat) = desk.hall.seat(&mut is_full) {
                senders.spawn(serve(desk.clone(), stream, seat, stop.clone()));
            }
        }
        let all = async { while senders.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(DRAIN, all).await;
    }
}

impl Hall {
    /// A seat, unless all are taken; that is said once, until there is one again.
    fn seat(&self, is_full: &mut bool) -> Option<OwnedSemaphorePermit> {
        let seat = Arc::clone(&self.seats).try_acquire_owned().ok();
        if seat.is_none() {
            self.counters.mllp_closed(Closed::TooMany);
            if !*is_full {
                let most = self.limits.connections;
                tracing::warn!(most, "no more hl7 senders are let in");
            }
        }
        *is_full = seat.is_none();
        seat
    }
}

/// One sender, from coming in to leaving.
async fn serve(desk: desk::Desk, stream: TcpStream, seat: OwnedSemaphorePermit, stop: Stop) {
    let counters = Arc::clone(&desk.hall.counters);
    let listen = desk.listener.listen;
    counters.mllp_opens();
    let served = async {
        // An answer is small, and waited for.
        stream.set_nodelay(true).map_err(|_| Closed::BrokenOff)?;
        match desk.listener.tls.clone() {
            None => connection::run(desk, stream, stop).await,
            Some(tls) => {
                let header = desk.hall.limits.header;
                let greeted = tokio::time::timeout(header, tls.accept(stream)).await;
                let stream = greeted.ok().and_then(Result::ok).ok_or(Closed::Tls)?;
                connection::run(desk, stream, stop).await
            }
        }
    };
    if let Err(closed) = served.await {
        counters.mllp_closed(closed);
        tracing::warn!(%listen, reason = %closed, "an hl7 sender's connection is closed");
    }
    counters.mllp_ends();
    drop(seat);
}
