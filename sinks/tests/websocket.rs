//! `/live` as a board sees it: a real server, real sockets.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Extension;
use events::access::{Grant, Role, Tier, Wards};
use events::id::{TenantId, WardId};
use events::log::Chunk;
use events::output::{AlertState, EpochEnd, Folded};
use events::time::CellTime;
use events::topic::KafkaTopic;
use events::wire;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use sinks::{
    BOARD_TOPICS, Counters, Ended, Live, LiveOptions, Pulse, Source, SourceState, live_router,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::{WebSocketStream, client_async};

mod outputs;

const PATIENCE: Duration = Duration::from_secs(30);

const LOST: Source = Source {
    state: SourceState::Lost,
    since_ms: 300,
    behind_ms: 0,
};

struct Server {
    address: SocketAddr,
    feed: mpsc::Sender<Chunk>,
    counters: Arc<Counters>,
    offset: AtomicUsize,
    /// Until the token ends.
    here: Option<watch::Sender<()>>,
}

impl Server {
    /// For a charge nurse of the whole site.
    async fn start(clients_max: usize, queue: usize) -> Result<Self> {
        let grant = outputs::grant(Tier::Staff, Wards::All);
        Self::of(grant, clients_max, queue).await
    }

    async fn of(grant: Grant, clients_max: usize, queue: usize) -> Result<Self> {
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
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (here, ended) = watch::channel(());
        let router = live_router(live.clone())
            .layer(Extension(Ended::new(ended)))
            .layer(Extension(Arc::new(grant)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let (feed, chunks) = mpsc::channel(16);
        tokio::spawn(async move { live.run(chunks).await });
        Ok(Self {
            address,
            feed,
            counters,
            offset: AtomicUsize::new(0),
            here: Some(here),
        })
    }

    async fn say(&self, topic: KafkaTopic, values: Vec<Vec<u8>>) -> Result<()> {
        let first = self.offset.fetch_add(values.len(), Ordering::Relaxed) as u64;
        let chunk = outputs::chunk(topic, first, values);
        self.feed.send(chunk).await.context("the live task ended")
    }

    async fn open(&self) -> Result<Client> {
        let stream = TcpStream::connect(self.address).await?;
        Client::open(self.address, stream).await
    }

    fn resyncs(&self) -> u64 {
        self.number("board_resyncs_total")
    }

    fn number(&self, name: &str) -> u64 {
        let numbers = self.counters.snapshot();
        numbers
            .iter()
            .find(|(metric, _, _)| metric.name == name)
            .map_or(0, |(_, _, number)| *number)
    }
}

struct Client {
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    async fn open(address: SocketAddr, stream: TcpStream) -> Result<Self> {
        let url = format!("ws://{address}/live?site=demo/north");
        let (socket, _) = client_async(url, stream).await?;
        Ok(Self { socket })
    }

    /// The next frame, heartbeats included.
    async fn any(&mut self) -> Result<Value> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await?;
            match message.context("the server closed the connection")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(_) => bail!("the server closed the connection"),
                _ => {}
            }
        }
    }

    /// The next frame that is no heartbeat.
    async fn next(&mut self) -> Result<Value> {
        loop {
            let frame = self.any().await?;
            if frame["type"] != "heartbeat" {
                return Ok(frame);
            }
        }
    }

    /// The next heartbeat.
    async fn heartbeat(&mut self) -> Result<Value> {
        loop {
            let frame = self.any().await?;
            if frame["type"] == "heartbeat" {
                return Ok(frame);
            }
        }
    }

    /// Takes `hello` and gives the snapshot.
    async fn snapshot(&mut self) -> Result<Value> {
        assert_eq!(self.next().await?["type"], "hello");
        let snapshot = self.next().await?;
        assert_eq!(snapshot["type"], "snapshot");
        Ok(snapshot)
    }
}

async fn get(address: SocketAddr, path: &str) -> Result<(String, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no body")?;
    let status = head.lines().next().unwrap_or_default().to_owned();
    Ok((status, body.to_owned()))
}

#[tokio::test]
async fn a_board_gets_hello_a_snapshot_and_deltas_without_a_gap() -> Result<()> {
    let server = Server::start(10, 64).await?;
    let mut early = server.open().await?;
    let empty = early.snapshot().await?;
    assert_eq!(empty["beds"], serde_json::json!([]));

    let mut seq = empty["seq"].clone();
    for epoch in 1..=5 {
        let beds = vec![outputs::bed(epoch, 1, "b1", epoch % 2 == 0)];
        server.say(KafkaTopic::Board, beds).await?;
        let delta = early.next().await?;
        assert_eq!(delta["type"], "delta");
        assert_eq!(delta["prev"], seq);
        seq = delta["seq"].clone();
        assert_eq!(seq, serde_json::json!([epoch, 1]));
        assert_eq!(delta["beds"][0]["occupied"], epoch % 2 == 0);
        assert_eq!(delta["beds"][0]["place"]["bed"], "b1");
    }

    let mut late = server.open().await?;
    let snapshot = late.snapshot().await?;
    assert_eq!(snapshot["seq"], seq);
    assert_eq!(snapshot["beds"].as_array().map(Vec::len), Some(1));
    server
        .say(
            KafkaTopic::Kpis,
            vec![outputs::kpi(6, 1, "a", 60_000, 0, 7)],
        )
        .await?;
    for client in [&mut early, &mut late] {
        let delta = client.next().await?;
        assert_eq!(delta["prev"], seq);
        assert_eq!(delta["kpis"][0]["numerator"], 7);
    }
    Ok(())
}

#[tokio::test]
async fn deltas_are_conflated_and_alerts_are_not() -> Result<()> {
    let server = Server::start(10, 64).await?;
    let mut board = server.open().await?;
    board.snapshot().await?;

    let beds = (1..=500).map(|epoch| outputs::bed(epoch, 1, "b1", epoch % 2 == 1));
    server.say(KafkaTopic::Board, beds.collect()).await?;
    let delta = board.next().await?;
    assert_eq!(delta["seq"], serde_json::json!([500, 1]));
    assert_eq!(delta["beds"].as_array().map(Vec::len), Some(1));

    // Raised and cleared within one chunk: both are told, in order.
    let alerts = vec![
        outputs::alert(501, 1, "a1", AlertState::Raised),
        outputs::alert(501, 2, "a1", AlertState::Cleared),
        outputs::alert(501, 3, "a2", AlertState::Raised),
    ];
    server.say(KafkaTopic::Alerts, alerts).await?;
    let mut told = Vec::new();
    while told.len() < 3 {
        let delta = board.next().await?;
        let alerts = delta["alerts"].as_array().context("no alerts")?;
        told.extend(alerts.iter().map(|alert| {
            let text = |field: &str| alert[field].as_str().unwrap_or_default().to_owned();
            (text("id"), text("state"))
        }));
    }
    let expected = [("a1", "raised"), ("a1", "cleared"), ("a2", "raised")];
    assert_eq!(
        told,
        expected.map(|(id, state)| (id.to_owned(), state.to_owned()))
    );

    let snapshot = server.open().await?.snapshot().await?;
    assert_eq!(snapshot["alerts"].as_array().map(Vec::len), Some(1));
    assert_eq!(snapshot["alerts"][0]["id"], "a2");
    Ok(())
}

#[tokio::test]
async fn a_slow_board_gets_a_new_snapshot_and_slows_nobody() -> Result<()> {
    let server = Server::start(10, 8).await?;
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4 * 1024)?;
    let stream = socket.connect(server.address).await?;
    let mut slow = Client::open(server.address, stream).await?;
    let mut seq = slow.snapshot().await?["seq"].clone();

    // The quick one takes every delta while the slow one reads nothing.
    let mut quick = server.open().await?;
    let mut quick_seq = quick.snapshot().await?["seq"].clone();
    let mut epoch = 0;
    // Alerts are told at once, so this need not wait for conflation.
    while server.resyncs() == 0 && epoch < 20_000 {
        epoch += 1;
        let id = format!("{epoch}-{}", "x".repeat(50_000));
        let raised = outputs::alert(epoch, 1, &id, AlertState::Raised);
        let cleared = outputs::alert(epoch, 2, &id, AlertState::Cleared);
        server
            .say(KafkaTopic::Alerts, vec![raised, cleared])
            .await?;
        for _ in 0..2 {
            let delta = quick.next().await?;
            assert_eq!(delta["type"], "delta", "the quick one was slowed");
            assert_eq!(delta["prev"], quick_seq);
            quick_seq = delta["seq"].clone();
        }
        // Once the sockets' buffers are full, the slow one reads a little, as if it woke up.
        if epoch % 500 == 0 {
            let frame = slow.next().await?;
            if frame["type"] == "delta" {
                assert_eq!(frame["prev"], seq);
            }
            seq = frame["seq"].clone();
        }
    }
    assert!(server.resyncs() > 0, "the slow one never fell behind");

    // What it reads now: deltas without a gap, then a snapshot, then deltas that follow it.
    let last = outputs::alert(epoch + 1, 1, "last", AlertState::Raised);
    server.say(KafkaTopic::Alerts, vec![last]).await?;
    let mut snapshots = 0;
    loop {
        let frame = slow.next().await?;
        if frame["type"] == "snapshot" {
            snapshots += 1;
        } else {
            assert_eq!(frame["prev"], seq);
        }
        seq = frame["seq"].clone();
        if seq == serde_json::json!([epoch + 1, 1]) {
            let alerts = frame["alerts"].as_array().context("no alerts")?;
            assert!(alerts.iter().any(|alert| alert["id"] == "last"));
            break;
        }
    }
    assert!(snapshots > 0);
    Ok(())
}

#[tokio::test]
async fn heartbeats_tell_how_fresh_everything_is() -> Result<()> {
    let server = Server::start(10, 64).await?;
    let mut board = server.open().await?;
    let hello = board.any().await?;
    assert_eq!(hello["warning"], "for tests");
    assert_eq!(hello["build"], "test");
    let beat = board.heartbeat().await?;
    assert_eq!(beat["cell_ms"], 1_000);
    assert_eq!(beat["sources"]["mqtt"]["state"], "lost");
    assert_eq!(beat["sources"]["mqtt"]["since_ms"], 300);
    Ok(())
}

#[tokio::test]
async fn boards_tell_when_an_epoch_comes_out_otherwise() -> Result<()> {
    let server = Server::start(10, 64).await?;
    let mut board = server.open().await?;
    let whole = |occupied| {
        let bed = outputs::bed(2, 1, "b1", occupied);
        let mut end = EpochEnd::of(2);
        end.count_in(&bed);
        vec![bed, wire::encode_epoch_end(end)]
    };
    board.snapshot().await?;
    server.say(KafkaTopic::Board, whole(true)).await?;
    server.say(KafkaTopic::Board, whole(true)).await?;
    assert_eq!(board.next().await?["beds"][0]["occupied"], true);
    assert_eq!(board.heartbeat().await?["determinism_violation"], false);
    assert_eq!(server.number("determinism_violations_total"), 0);

    server.say(KafkaTopic::Board, whole(false)).await?;
    while board.heartbeat().await?["determinism_violation"] != true {}
    assert_eq!(server.number("determinism_violations_total"), 1);
    Ok(())
}

#[tokio::test]
async fn a_board_whose_feed_lags_does_not_pass_for_fresh() -> Result<()> {
    let server = Server::start(10, 64).await?;
    let mut board = server.open().await?;
    board.snapshot().await?;
    let folded = |epoch, as_of_ms| wire::encode_folded(Folded { epoch, as_of_ms });
    let [first, second] = [2, 9].map(|epoch| outputs::bed(epoch, 1, "b1", true));

    // All lanes but one have been read up to 500, that one up to 100.
    for topic in [KafkaTopic::Alerts, KafkaTopic::Kpis] {
        server.say(topic, vec![folded(25, 500)]).await?;
    }
    let said = vec![first, folded(5, 100)];
    server.say(KafkaTopic::Board, said).await?;
    board.next().await?;
    while board.heartbeat().await?["as_of_ms"] != 100 {}
    let said = vec![second, folded(25, 500)];
    server.say(KafkaTopic::Board, said).await?;
    assert_eq!(board.next().await?["as_of_ms"], 500);

    // Then nothing happens on the ward, and that is known, also to who comes now.
    server.open().await?.snapshot().await?;
    for topic in BOARD_TOPICS {
        server.say(topic, vec![folded(45, 900)]).await?;
    }
    while board.heartbeat().await?["as_of_ms"] != 900 {}
    assert_eq!(server.open().await?.snapshot().await?["as_of_ms"], 900);
    Ok(())
}

#[tokio::test]
async fn the_pages_beside_it_list_the_sites_and_give_the_snapshot() -> Result<()> {
    let server = Server::start(10, 64).await?;
    let mut board = server.open().await?;
    board.snapshot().await?;
    let beds = vec![outputs::bed(3, 1, "b1", true)];
    server.say(KafkaTopic::Board, beds).await?;
    board.next().await?;

    let (status, body) = get(server.address, "/v1/sites").await?;
    assert!(status.contains("200"), "{status}");
    assert_eq!(body, r#"["demo/north"]"#);
    let (status, body) = get(server.address, "/v1/demo/north/snapshot").await?;
    assert!(status.contains("200"), "{status}");
    let snapshot: Value = serde_json::from_str(&body)?;
    assert_eq!(snapshot["type"], "snapshot");
    assert_eq!(snapshot["beds"][0]["occupied"], true);
    let (status, _) = get(server.address, "/v1/demo/south/snapshot").await?;
    assert!(status.contains("404"), "{status}");
    Ok(())
}

#[tokio::test]
async fn a_board_too_many_an_unknown_site_and_a_foreign_page_are_refused() -> Result<()> {
    let server = Server::start(1, 64).await?;
    let refusal = async |site: &str, origin: Option<&str>| -> Result<StatusCode> {
        let mut request =
            format!("ws://{}/live?site={site}", server.address).into_client_request()?;
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse()?);
        }
        let stream = TcpStream::connect(server.address).await?;
        match client_async(request, stream).await {
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Ok(answer.status()),
            Err(error) => Err(error.into()),
            Ok(_) => bail!("the board was let in"),
        }
    };
    assert_eq!(refusal("demo/south", None).await?, StatusCode::NOT_FOUND);
    assert_eq!(refusal("demo", None).await?, StatusCode::BAD_REQUEST);
    let foreign = Some("http://elsewhere.example");
    assert_eq!(refusal("demo/north", foreign).await?, StatusCode::FORBIDDEN);

    let mut first = server.open().await?;
    first.snapshot().await?;
    assert_eq!(server.number("board_clients"), 1);
    let full = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(refusal("demo/north", None).await?, full);

    // It leaves: its place is free again.
    first.socket.send(Message::Close(None)).await?;
    drop(first);
    let freed = async {
        while server.open().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, freed).await?;
    Ok(())
}

#[tokio::test]
async fn whoever_sees_some_wards_is_told_of_no_other() -> Result<()> {
    let wards = Wards::These([WardId::new("b")?].into());
    let server = Server::of(outputs::grant(Tier::Staff, wards), 10, 64).await?;
    let mut board = server.open().await?;
    let seq = board.snapshot().await?["seq"].clone();
    // Ward a and the whole site are not theirs; the next thing that is follows without a gap.
    let others = vec![outputs::bed(1, 1, "b1", true)];
    server.say(KafkaTopic::Board, others).await?;
    let alert = vec![outputs::alert(2, 1, "a1", AlertState::Raised)];
    server.say(KafkaTopic::Alerts, alert).await?;
    let kpis = ["-", "a", "b"].into_iter().zip(1..);
    let kpis = kpis.map(|(ward, index)| outputs::kpi(3, index, ward, 60_000, 0, 7));
    server.say(KafkaTopic::Kpis, kpis.collect()).await?;
    let delta = board.next().await?;
    assert_eq!(delta["prev"], seq);
    assert_eq!(delta["kpis"].as_array().map(Vec::len), Some(1));
    assert_eq!(delta["kpis"][0]["ward"], "b");
    for what in ["beds", "alerts", "wards"] {
        assert_eq!(delta[what], serde_json::json!([]), "{what}");
    }
    // Who comes later begins where the others are.
    let snapshot = server.open().await?.snapshot().await?;
    assert_eq!(snapshot["seq"], delta["seq"]);
    assert_eq!(snapshot["beds"], serde_json::json!([]));
    Ok(())
}

#[tokio::test]
async fn a_board_is_closed_when_its_token_ends() -> Result<()> {
    let mut server = Server::start(10, 64).await?;
    let mut board = server.open().await?;
    board.snapshot().await?;
    drop(server.here.take());
    let closed = async { while board.any().await.is_ok() {} };
    timeout(PATIENCE, closed).await?;
    Ok(())
}

#[tokio::test]
async fn whoever_may_not_look_is_refused() -> Result<()> {
    let mut source = outputs::grant(Tier::Staff, Wards::All);
    source.role = Role::Source;
    let server = Server::of(source, 10, 64).await?;
    for path in ["/v1/sites", "/v1/demo/north/snapshot"] {
        let (status, _) = get(server.address, path).await?;
        assert!(status.contains("403"), "{path}: {status}");
    }
    assert!(server.open().await.is_err());
    let mut elsewhere = outputs::grant(Tier::Staff, Wards::All);
    elsewhere.tenant = TenantId::new("other")?;
    let server = Server::of(elsewhere, 10, 64).await?;
    let (_, sites) = get(server.address, "/v1/sites").await?;
    assert_eq!(sites, "[]");
    let (status, _) = get(server.address, "/v1/demo/north/snapshot").await?;
    assert!(status.contains("404"), "{status}");
    assert!(server.open().await.is_err());
    Ok(())
}
