//! The server and the boards of these tests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Extension;
use events::access::{Grant, Tier, Wards};
use events::log::Chunk;
use events::time::CellTime;
use events::topic::KafkaTopic;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sinks::{
    Counters, Ended, Live, LiveOptions, Pulse, Source, SourceState, live_description, live_router,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::{outputs, schema};

/// For what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

const LOST: Source = Source {
    state: SourceState::Lost,
    since_ms: 300,
    behind_ms: 0,
};

/// A server of live boards, and the feed of its outputs.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    live: Live,
    feed: mpsc::Sender<Chunk>,
    counters: Arc<Counters>,
    offset: AtomicUsize,
    /// Until the token ends.
    pub(crate) here: Option<watch::Sender<()>>,
}

impl Server {
    /// For a charge nurse of the whole site.
    pub(crate) async fn start(clients_max: usize, queue: usize) -> Result<Self> {
        let grant = outputs::grant(Tier::Staff, Wards::All);
        Self::of(grant, clients_max, queue).await
    }

    pub(crate) async fn of(grant: Grant, clients_max: usize, queue: usize) -> Result<Self> {
        let counters = Arc::new(Counters::default());
        let options = LiveOptions {
            build: "test".to_owned(),
            speed: 1.0,
            warning: Some("for tests".to_owned()),
            sites: vec![outputs::site()],
            clients_max,
            queue,
            lanes: 1,
            pulse: Arc::new(|_| Pulse {
                cell: CellTime(1_000),
                sources: BTreeMap::from([("mqtt", LOST)]),
            }),
        };
        let live = Live::new(options, Arc::clone(&counters));
        let (address, here) = door(&live, grant).await?;
        let (feed, chunks) = mpsc::channel(16);
        let running = live.clone();
        tokio::spawn(async move { running.run(chunks).await });
        Ok(Self {
            address,
            live,
            feed,
            counters,
            offset: AtomicUsize::new(0),
            here: Some(here),
        })
    }

    /// Another way in, for another grant; its token ends with what is given.
    pub(crate) async fn door(&self, grant: Grant) -> Result<(SocketAddr, watch::Sender<()>)> {
        door(&self.live, grant).await
    }

    pub(crate) async fn say(&self, topic: KafkaTopic, values: Vec<Vec<u8>>) -> Result<()> {
        let first = self.offset.fetch_add(values.len(), Ordering::Relaxed) as u64;
        let chunk = outputs::chunk(topic, first, values);
        self.feed.send(chunk).await.context("the live task ended")
    }

    pub(crate) async fn open(&self) -> Result<Client> {
        let stream = TcpStream::connect(self.address).await?;
        Client::open(self.address, stream).await
    }

    pub(crate) fn resyncs(&self) -> u64 {
        self.number("board_resyncs_total")
    }

    pub(crate) fn number(&self, name: &str) -> u64 {
        let numbers = self.counters.snapshot();
        numbers
            .iter()
            .find(|(metric, _, _)| metric.name == name)
            .map_or(0, |(_, _, number)| *number)
    }
}

async fn door(live: &Live, grant: Grant) -> Result<(SocketAddr, watch::Sender<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (here, ended) = watch::channel(());
    let router = live_router(live.clone())
        .layer(Extension(Ended::new(ended)))
        .layer(Extension(Arc::new(grant)));
    let router = router.merge(live_description());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((address, here))
}

/// A board.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
    tier: String,
}

impl Client {
    pub(crate) async fn open(address: SocketAddr, stream: TcpStream) -> Result<Self> {
        let url = format!("ws://{address}/live?site=demo/north");
        let (socket, _) = client_async(url, stream).await?;
        let tier = String::new();
        Ok(Self { socket, tier })
    }

    pub(crate) async fn at(address: SocketAddr) -> Result<Self> {
        Self::open(address, TcpStream::connect(address).await?).await
    }

    pub(crate) async fn says(&mut self, message: Value) -> Result<()> {
        let message = Message::text(message.to_string());
        Ok(self.socket.send(message).await?)
    }

    /// Says hello, with these fields.
    pub(crate) async fn says_hello(&mut self, mut fields: Value) -> Result<()> {
        fields["type"] = json!("hello");
        assert_eq!(schema::check("ClientHello", &fields), Ok(()));
        self.says(fields).await
    }

    /// Whatever the server says is what its description says.
    fn is_described(&mut self, frame: &Value) {
        if let Some(tier) = frame["tier"].as_str() {
            tier.clone_into(&mut self.tier);
        }
        let wrong = schema::check_frame(&self.tier, frame).err();
        assert_eq!(wrong, None, "{frame}");
    }

    /// The code of the next error, and its frame.
    pub(crate) async fn error(&mut self) -> Result<(String, Value)> {
        loop {
            let frame = self.any().await?;
            if frame["type"] == "error" {
                let code = frame["code"].as_str().context("no code")?.to_owned();
                return Ok((code, frame));
            }
        }
    }

    /// The code of the close that comes next.
    pub(crate) async fn close(&mut self) -> Result<u16> {
        let message = timeout(PATIENCE, self.socket.next()).await?;
        match message.context("no close")?? {
            Message::Close(Some(close)) => Ok(close.code.into()),
            other => bail!("{other:?}"),
        }
    }

    /// The next frame, heartbeats included.
    pub(crate) async fn any(&mut self) -> Result<Value> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await?;
            match message.context("the server closed the connection")?? {
                Message::Text(text) => {
                    let frame = serde_json::from_str(&text)?;
                    self.is_described(&frame);
                    return Ok(frame);
                }
                Message::Close(_) => bail!("the server closed the connection"),
                _ => {}
            }
        }
    }

    /// The next frame that is no heartbeat.
    pub(crate) async fn next(&mut self) -> Result<Value> {
        loop {
            let frame = self.any().await?;
            if frame["type"] != "heartbeat" {
                return Ok(frame);
            }
        }
    }

    /// The next heartbeat.
    pub(crate) async fn heartbeat(&mut self) -> Result<Value> {
        loop {
            let frame = self.any().await?;
            if frame["type"] == "heartbeat" {
                return Ok(frame);
            }
        }
    }

    /// Takes `hello` and gives the snapshot.
    pub(crate) async fn snapshot(&mut self) -> Result<Value> {
        assert_eq!(self.next().await?["type"], "hello");
        let snapshot = self.next().await?;
        assert_eq!(snapshot["type"], "snapshot");
        Ok(snapshot)
    }
}

/// Status line and body of a page.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Result<(String, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no body")?;
    let status = head.lines().next().unwrap_or_default().to_owned();
    Ok((status, body.to_owned()))
}
