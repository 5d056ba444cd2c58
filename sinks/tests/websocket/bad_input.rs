//! What a board must not say: each is refused by name, and nobody else is disturbed.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use events::access::{Tier, Wards};
use events::id::WardId;
use events::topic::KafkaTopic;
use futures_util::stream::SplitStream;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::outputs;
use crate::server::{Client, Server};

/// Until another board is told of a change: far more than is needed, far less than a time-out.
const SOON: Duration = Duration::from_secs(5);

/// A server, and a board that must not notice anything.
struct Scene {
    server: Server,
    other: Client,
    seq: Value,
    epoch: u64,
}

impl Scene {
    async fn start() -> Result<Self> {
        let server = Server::start(300, 64).await?;
        let mut other = server.open().await?;
        let seq = other.snapshot().await?["seq"].clone();
        let mut scene = Self {
            server,
            other,
            seq,
            epoch: 0,
        };
        scene.others_go_on().await?;
        Ok(scene)
    }

    /// The other board is told of a change, without a gap, at once.
    async fn others_go_on(&mut self) -> Result<()> {
        self.epoch += 1;
        let occupied = self.epoch.is_multiple_of(2);
        let beds = vec![outputs::bed(self.epoch, 1, "b1", occupied)];
        self.server.say(KafkaTopic::Board, beds).await?;
        let delta = timeout(SOON, self.other.next()).await??;
        assert_eq!(
            (&delta["type"], &delta["prev"]),
            (&json!("delta"), &self.seq)
        );
        assert_eq!(delta["beds"][0]["occupied"], occupied);
        self.seq = delta["seq"].clone();
        Ok(())
    }
}

type Ear = SplitStream<WebSocketStream<TcpStream>>;

/// The next frame that an ear hears, while its mouth speaks.
async fn frame(ear: &mut Ear) -> Result<Value> {
    loop {
        match ear.next().await.context("closed without a word")?? {
            Message::Text(text) => return Ok(serde_json::from_str(&text)?),
            Message::Ping(_) | Message::Pong(_) => {}
            other => bail!("{other:?}"),
        }
    }
}

/// The code of the close that comes next.
async fn closed(ear: &mut Ear) -> Result<u16> {
    loop {
        match ear.next().await.context("no close")?? {
            Message::Close(Some(close)) => return Ok(close.code.into()),
            Message::Pong(_) => {}
            other => bail!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_no_message_is_refused_and_the_connection_closed() -> Result<()> {
    let mut scene = Scene::start().await?;
    let many: Vec<_> = (0..65).map(|n| format!("ward/{n}")).collect();
    let text = |json: Value| Message::text(json.to_string());
    let topics = |topics: &[&str]| text(json!({ "type": "hello", "topics": topics }));
    let cases = [
        (Message::text("Jane Doe, born 1950"), "not_json", 1007),
        (Message::binary(&b"Jane Doe"[..]), "not_text", 1003),
        (topics(&["ward/nowhere"]), "topic_unknown", 1008),
        (topics(&["ward/-"]), "topic_unknown", 1008),
        (topics(&["patient/Jane Doe"]), "topic_unknown", 1008),
        (
            text(json!({ "type": "hello", "topics": many })),
            "too_many_topics",
            1008,
        ),
        (
            text(json!({ "type": "hello", "name": "Jane Doe" })),
            "field_wrong",
            1008,
        ),
    ];
    for (message, code, close) in cases {
        let mut board = scene.server.open().await?;
        board.socket.send(message).await?;
        let (told, frame) = board.error().await?;
        assert_eq!(told, code);
        assert!(!frame.to_string().contains("Jane"), "{frame}");
        assert_eq!(board.close().await?, close, "{code}");
        scene.others_go_on().await?;
    }
    Ok(())
}

#[tokio::test]
async fn wards_outside_of_the_token_are_as_unknown_as_wards_that_are_not_there() -> Result<()> {
    let mut scene = Scene::start().await?;
    let wards = vec![outputs::ward(1, 2, "b", 3)];
    scene.server.say(KafkaTopic::Board, wards).await?;
    scene.seq = scene.other.next().await?["seq"].clone();
    let mut refusals = Vec::new();
    for topic in ["ward/a", "ward/nowhere", "site", "ward/-"] {
        let wards = Wards::These([WardId::new("b")?].into());
        let grant = outputs::grant(Tier::Staff, wards);
        let (door, _here) = scene.server.door(grant).await?;
        let mut board = Client::at(door).await?;
        board
            .says_hello(json!({ "topics": ["ward/b", topic] }))
            .await?;
        refusals.push((board.error().await?.1, board.close().await?));
    }
    assert_eq!(refusals[0].0["code"], "topic_unknown");
    assert!(
        refusals.iter().all(|refusal| *refusal == refusals[0]),
        "{refusals:?}"
    );
    scene.others_go_on().await
}

#[tokio::test]
async fn too_large_a_message_is_refused() -> Result<()> {
    let mut scene = Scene::start().await?;
    let topics: Vec<_> = (0..10_000).map(|n| format!("ward/{n}")).collect();
    let many = json!({ "type": "hello", "topics": topics }).to_string();
    for text in [many, "x".repeat(10 * 1024 * 1024)] {
        let board = scene.server.open().await?;
        let (mut mouth, mut ear) = board.socket.split();
        // Nobody listens to the end of it.
        let speaks = tokio::spawn(async move { mouth.send(Message::text(text)).await });
        let told = loop {
            let frame = frame(&mut ear).await?;
            if frame["type"] == "error" {
                break frame;
            }
        };
        assert_eq!(told["code"], "too_large");
        assert_eq!(closed(&mut ear).await?, 1009);
        speaks.abort();
        scene.others_go_on().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_flood_is_refused() -> Result<()> {
    let mut scene = Scene::start().await?;
    let ping = Message::Ping(Vec::new().into());
    for message in [Message::text(r#"{"type":"resync"}"#), ping] {
        let board = scene.server.open().await?;
        let (mut mouth, mut ear) = board.socket.split();
        // It is sent away while it still speaks.
        let speaks =
            tokio::spawn(async move { while mouth.feed(message.clone()).await.is_ok() {} });
        let mut snapshots = 0;
        let told = async {
            loop {
                let frame = frame(&mut ear).await?;
                snapshots += u32::from(frame["type"] == "snapshot");
                if frame["type"] == "error" {
                    return anyhow::Ok(frame["code"].clone());
                }
            }
        };
        assert_eq!(timeout(SOON, told).await??, "too_fast");
        assert_eq!(closed(&mut ear).await?, 1008);
        speaks.abort();
        assert!(snapshots < 3, "{snapshots}");
        scene.others_go_on().await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_a_newer_board_may_say_is_refused_and_the_connection_goes_on() -> Result<()> {
    let mut scene = Scene::start().await?;
    let mut board = scene.server.open().await?;
    board.says_hello(json!({})).await?;
    assert_eq!(board.snapshot().await?["seq"], scene.seq);
    board.says(json!({ "type": "subscribe" })).await?;
    assert_eq!(board.error().await?.0, "type_unknown");
    board.says_hello(json!({ "topics": ["ward/a"] })).await?;
    assert_eq!(board.error().await?.0, "hello_twice");
    let seq = scene.seq.clone();
    scene.others_go_on().await?;
    assert_eq!(board.next().await?["prev"], seq);
    Ok(())
}

#[tokio::test]
async fn whose_token_ends_is_told_so_and_the_others_stay() -> Result<()> {
    let mut scene = Scene::start().await?;
    let grant = outputs::grant(Tier::Staff, Wards::All);
    let (door, here) = scene.server.door(grant).await?;
    let mut board = Client::at(door).await?;
    board.snapshot().await?;
    drop(here);
    assert_eq!(board.error().await?.0, "token_ended");
    assert_eq!(board.close().await?, 1008);
    let mut again = Client::at(door).await?;
    assert_eq!(again.error().await?.0, "token_ended");
    scene.others_go_on().await
}

#[tokio::test]
async fn who_chooses_in_too_many_ways_takes_no_room_of_others() -> Result<()> {
    let mut scene = Scene::start().await?;
    let wards = (0..8).map(|n| outputs::ward(1, n + 2, &format!("w{n}"), 3));
    scene.server.say(KafkaTopic::Board, wards.collect()).await?;
    scene.seq = scene.other.next().await?["seq"].clone();
    let mut boards = Vec::new();
    let refused = loop {
        let number = boards.len() + 1;
        assert!(number < 256, "there is room without end");
        let topics = (0..8).filter(|bit| number & (1 << bit) > 0);
        let topics: Vec<_> = topics.map(|n| format!("ward/w{n}")).collect();
        let mut board = scene.server.open().await?;
        board.says_hello(json!({ "topics": topics })).await?;
        board.next().await?;
        let frame = board.next().await?;
        if frame["type"] == "error" {
            break (frame["code"].clone(), board.close().await?);
        }
        boards.push(board);
    };
    assert_eq!(refused, (json!("too_many_views"), 1013));
    assert_eq!(boards.len(), 127, "one view is the other board's");
    let wards = Wards::These([WardId::new("a")?].into());
    let (door, _here) = scene
        .server
        .door(outputs::grant(Tier::Staff, wards))
        .await?;
    Client::at(door).await?.snapshot().await?;
    scene.others_go_on().await
}
