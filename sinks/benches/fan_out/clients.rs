//! Boards that read what comes and count it, on a thread of their own.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::load::{self, ALERT, WARDS};
use crate::scan::{Scan, Text};

/// Connections that use one address of the loopback: fewer than there are ports.
const OF_AN_ADDRESS: usize = 20_000;
/// Until all of them are open.
const OPENS: Duration = Duration::from_secs(120);

/// How long things were on their way, in whole milliseconds; the last place is for all that was longer.
#[derive(Clone)]
pub(crate) struct Latency(Vec<u64>);

impl Default for Latency {
    fn default() -> Self {
        Self(vec![0; 10_000])
    }
}

impl Latency {
    fn add(&mut self, since_us: u64) {
        let ms = usize::try_from(load::now_us().saturating_sub(since_us) / 1_000);
        let last = self.0.len() - 1;
        self.0[ms.unwrap_or(last).min(last)] += 1;
    }

    /// No more than this for so many in a thousand.
    fn within(&self, per_mille: u64) -> usize {
        let all: u64 = self.0.iter().sum();
        let mut left = all * per_mille / 1_000;
        let reached = self.0.iter().position(|count| {
            let here = *count >= left;
            left = left.saturating_sub(*count);
            here
        });
        reached.unwrap_or_default()
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p99) = (self.within(500), self.within(990));
        let (most, all) = (self.within(1_000), self.0.iter().sum::<u64>());
        write!(f, "p50 {p50} ms, p99 {p99} ms, max {most} ms of {all}")
    }
}

/// What all of them have heard.
#[derive(Clone, Default)]
pub(crate) struct Heard {
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    pub(crate) snapshots: u64,
    pub(crate) changes: Latency,
    pub(crate) alerts: Latency,
}

#[derive(Default)]
struct Shared {
    open: AtomicUsize,
    failed: AtomicUsize,
    counts: AtomicBool,
    ended: AtomicBool,
    heard: Mutex<Heard>,
}

pub(crate) struct Clients {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Clients {
    /// Opens so many boards, and waits until each has its first picture.
    pub(crate) fn open(server: SocketAddr, sockets: usize) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || listen(server, sockets, &theirs));
        let clients = Self {
            shared,
            thread: Some(thread),
        };
        let until = load::now_us() + u64::try_from(OPENS.as_micros())?;
        while clients.shared.open.load(Relaxed) < sockets {
            let failed = clients.shared.failed.load(Relaxed);
            ensure!(failed == 0, "{failed} connections failed");
            ensure!(load::now_us() < until, "they do not open");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(clients)
    }

    /// Counts from now on.
    pub(crate) fn begin(&self) {
        self.shared.counts.store(true, Relaxed);
    }

    /// What was heard since.
    pub(crate) fn end(&self) -> Heard {
        self.shared.counts.store(false, Relaxed);
        let heard = self.shared.heard.lock();
        heard.expect("nobody panics while counting").clone()
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.shared.ended.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of it was printed.
            let _ = thread.join();
        }
    }
}

fn listen(server: SocketAddr, sockets: usize, shared: &Arc<Shared>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async {
        for number in 0..sockets {
            if shared.ended.load(Relaxed) {
                return;
            }
            let theirs = Arc::clone(shared);
            // One after the other: the queue of those that are not accepted yet is short.
            match open(server, number).await {
                Ok(stream) => drop(tokio::spawn(async move {
                    if let Err(error) = read(stream, &theirs).await
                        && theirs.failed.fetch_add(1, Relaxed) == 0
                        && !theirs.ended.load(Relaxed)
                    {
                        eprintln!("a board: {error:#}");
                    }
                })),
                Err(error) => {
                    eprintln!("a board does not open: {error:#}");
                    shared.failed.fetch_add(1, Relaxed);
                    return;
                }
            }
        }
        while !shared.ended.load(Relaxed) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

/// Opens a board of one ward, and says so.
async fn open(server: SocketAddr, number: usize) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let own = u8::try_from(2 + number / OF_AN_ADDRESS)?;
    socket.bind(SocketAddr::new(
        IpAddr::V4(Ipv4Addr::new(127, 0, 0, own)),
        0,
    ))?;
    let mut stream = socket.connect(server).await?;
    let request = format!(
        "GET /live?site=demo/north HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    ensure!(head.starts_with(b"HTTP/1.1 101"), "it was refused");
    let ward = load::ward_name(number as u64 % WARDS);
    let hello = format!(r#"{{"type":"hello","topics":["ward/{ward}"]}}"#);
    // A text, whole, masked with zeros.
    let mut frame = vec![0x81, 0x80 | u8::try_from(hello.len())?, 0, 0, 0, 0];
    frame.extend(hello.bytes());
    stream.write_all(&frame).await?;
    Ok(stream)
}

async fn read(stream: TcpStream, shared: &Shared) -> Result<()> {
    let mut scan = Scan::default();
    let mut is_open = false;
    let mut buffer = [0; 2 * 1024];
    loop {
        stream.readable().await?;
        let arrived = match stream.try_read(&mut buffer) {
            Ok(arrived) => arrived,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error.into()),
        };
        ensure!(arrived > 0, "closed");
        let counts = shared.counts.load(Relaxed);
        let mut refused = false;
        scan.take(&buffer[..arrived], &mut |text, length| {
            refused |= text == Text::Error;
            if !is_open && text == Text::Snapshot {
                is_open = true;
                shared.open.fetch_add(1, Relaxed);
            }
            if counts {
                let heard = shared.heard.lock();
                count(
                    &mut heard.expect("nobody panics while counting"),
                    text,
                    length,
                );
            }
        });
        ensure!(!refused, "it was sent away");
    }
}

fn count(heard: &mut Heard, text: Text, length: usize) {
    heard.frames += 1;
    heard.bytes += length as u64;
    match text {
        Text::Snapshot => heard.snapshots += 1,
        Text::Delta {
            epoch,
            index: ALERT,
        } => heard.alerts.add(epoch),
        Text::Delta { epoch, .. } => heard.changes.add(epoch),
        Text::Error | Text::Other => {}
    }
}
