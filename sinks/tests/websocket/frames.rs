//! What a board is told, and how fresh it is.

use anyhow::{Context, Result};
use events::output::{AlertState, EpochEnd, Folded};
use events::topic::KafkaTopic;
use events::wire;
use sinks::BOARD_TOPICS;
use tokio::net::TcpSocket;

use crate::outputs;
use crate::server::{Client, Server};

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
