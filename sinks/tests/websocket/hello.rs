//! What a board asks for: some of what its token sees, what it has missed, the whole picture.

use std::time::Duration;

use anyhow::{Context, Result};
use events::access::{Tier, Wards};
use events::id::WardId;
use events::output::AlertState;
use events::topic::KafkaTopic;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::outputs;
use crate::server::{Client, Server};

/// A snapshot as `last` of a hello.
fn last(snapshot: &Value) -> Value {
    json!({ "series": snapshot["series"], "seq": snapshot["seq"] })
}

/// A board that says where it was, and has taken the hello of the server.
async fn comes_back(server: &Server, last: &Value) -> Result<Client> {
    let mut board = server.open().await?;
    board.says_hello(json!({ "last": last })).await?;
    assert_eq!(board.next().await?["type"], "hello");
    Ok(board)
}

fn wards_of(frame: &Value, what: &str) -> Vec<String> {
    let all = frame[what].as_array().into_iter().flatten();
    let wards = all.map(|one| one["ward"].as_str().unwrap_or_default().to_owned());
    wards.collect()
}

/// A server of the wards a, b and c.
async fn three_wards() -> Result<Server> {
    let server = Server::start(10, 64).await?;
    let mut board = server.open().await?;
    board.snapshot().await?;
    let wards = ["a", "b", "c"].into_iter().zip(1..);
    let wards = wards.map(|(ward, index)| outputs::ward(1, index, ward, 1));
    server.say(KafkaTopic::Board, wards.collect()).await?;
    board.next().await?;
    Ok(server)
}

#[tokio::test]
async fn a_board_is_told_of_the_topics_that_it_chooses() -> Result<()> {
    let server = three_wards().await?;
    let mut boards = Vec::new();
    for topics in [
        json!(["ward/b"]),
        json!(["site"]),
        json!(["site", "ward/c"]),
    ] {
        let mut board = server.open().await?;
        board.says_hello(json!({ "topics": topics })).await?;
        boards.push((board, topics));
    }
    let expected = [vec!["b"], vec!["-"], vec!["-", "c"]];
    for ((board, topics), expected) in boards.iter_mut().zip(&expected) {
        let snapshot = board.snapshot().await?;
        let wards = wards_of(&snapshot, "wards");
        let own = expected.iter().filter(|ward| **ward != "-");
        assert!(own.eq(wards.iter()), "{topics}: {wards:?}");
    }
    let kpis = ["-", "a", "b", "c"].into_iter().zip(1..);
    let kpis = kpis.map(|(ward, index)| outputs::kpi(2, index, ward, 60_000, 0, 7));
    server.say(KafkaTopic::Kpis, kpis.collect()).await?;
    for ((board, topics), expected) in boards.iter_mut().zip(&expected) {
        let delta = board.next().await?;
        assert_eq!(&wards_of(&delta, "kpis"), expected, "{topics}");
    }
    Ok(())
}

#[tokio::test]
async fn a_hello_that_comes_late_changes_what_is_told_from_then_on() -> Result<()> {
    let server = three_wards().await?;
    let mut board = server.open().await?;
    let all = board.snapshot().await?;
    assert_eq!(wards_of(&all, "wards"), ["a", "b", "c"]);
    board.says_hello(json!({ "topics": ["ward/b"] })).await?;
    let some = board.next().await?;
    assert_eq!(some["type"], "snapshot");
    assert_eq!(wards_of(&some, "wards"), ["b"]);
    assert_ne!(some["series"], all["series"]);
    Ok(())
}

#[tokio::test]
async fn a_board_that_comes_back_is_told_what_it_has_missed() -> Result<()> {
    let server = Server::start(10, 64).await?;
    let mut board = server.open().await?;
    let snapshot = board.snapshot().await?;
    board.heartbeat().await?;
    drop(board);
    // What happens while nobody looks: two deltas.
    for epoch in 1..=2 {
        let alert = outputs::alert(epoch, 1, &format!("a{epoch}"), AlertState::Raised);
        server.say(KafkaTopic::Alerts, vec![alert]).await?;
    }
    let mut other = server.open().await?;
    let whole = other.snapshot().await?;
    assert_eq!(whole["seq"], json!([2, 1]));

    let mut board = comes_back(&server, &last(&snapshot)).await?;
    let mut seq = snapshot["seq"].clone();
    for epoch in 1..=2 {
        let delta = board.next().await?;
        assert_eq!((&delta["type"], &delta["prev"]), (&json!("delta"), &seq));
        assert_eq!(delta["alerts"][0]["id"], format!("a{epoch}"));
        seq = delta["seq"].clone();
    }
    // Who has missed nothing is told what happens next, as all are.
    let mut knows_all = comes_back(&server, &last(&whole)).await?;
    knows_all.heartbeat().await?;
    let beds = vec![outputs::bed(3, 1, "b1", true)];
    server.say(KafkaTopic::Board, beds).await?;
    for board in [&mut board, &mut knows_all, &mut other] {
        let delta = board.next().await?;
        assert_eq!((&delta["type"], &delta["prev"]), (&json!("delta"), &seq));
    }
    assert_eq!(server.resyncs(), 0);
    Ok(())
}

#[tokio::test]
async fn a_board_that_was_away_for_too_long_begins_anew() -> Result<()> {
    let server = Server::start(10, 4).await?;
    let mut board = server.open().await?;
    let snapshot = board.snapshot().await?;
    for epoch in 1..=5 {
        let alert = outputs::alert(epoch, 1, "a1", AlertState::Raised);
        server.say(KafkaTopic::Alerts, vec![alert]).await?;
        board.next().await?;
    }
    // Of five deltas four are kept: the second is the first of them.
    let at = |epoch| json!({ "series": snapshot["series"], "seq": [epoch, 1] });
    let first = comes_back(&server, &at(1)).await?.next().await?;
    assert_eq!(
        (&first["type"], &first["prev"]),
        (&json!("delta"), &json!([1, 1]))
    );
    let strange = json!({ "series": "strange", "seq": [5, 1] });
    for unknown in [last(&snapshot), at(6), strange] {
        let first = comes_back(&server, &unknown).await?.next().await?;
        assert_eq!(first["type"], "snapshot", "{unknown}");
        assert_eq!(first["seq"], json!([5, 1]), "{unknown}");
    }
    Ok(())
}

#[tokio::test]
async fn what_another_view_was_told_is_not_taken_for_what_was_seen() -> Result<()> {
    let server = three_wards().await?;
    let mut board = server.open().await?;
    board.says_hello(json!({ "topics": ["ward/a"] })).await?;
    let some = board.snapshot().await?;
    let all = comes_back(&server, &last(&some)).await?.next().await?;
    assert_eq!(all["type"], "snapshot");
    assert_eq!(wards_of(&all, "wards"), ["a", "b", "c"]);
    // Nor by the same topics through a token that sees them alone: it is the same view.
    let wards = Wards::These([WardId::new("a")?].into());
    let (door, _here) = server.door(outputs::grant(Tier::Staff, wards)).await?;
    let same = Client::at(door).await?.snapshot().await?;
    assert_eq!(same["series"], some["series"]);
    Ok(())
}

#[tokio::test]
async fn a_board_gets_the_whole_picture_when_it_asks_and_not_too_often() -> Result<()> {
    let server = Server::start(10, 64).await?;
    let mut board = server.open().await?;
    board.snapshot().await?;
    let beds = vec![outputs::bed(1, 1, "b1", true)];
    server.say(KafkaTopic::Board, beds).await?;
    let delta = board.next().await?;
    let began = Instant::now();
    for _ in 0..5 {
        board.says(json!({ "type": "resync" })).await?;
    }
    let snapshot = board.next().await?;
    assert_eq!(snapshot["type"], "snapshot");
    assert_eq!(snapshot["seq"], delta["seq"]);
    board.says(json!({ "type": "resync" })).await?;
    // One for all five, and a second one a second later.
    let next = board.next().await?;
    assert_eq!(next["type"], "snapshot");
    assert!(began.elapsed() >= Duration::from_secs(1), "too soon");
    let alert = vec![outputs::alert(2, 1, "a1", AlertState::Raised)];
    server.say(KafkaTopic::Alerts, alert).await?;
    let delta = board.next().await?;
    assert_eq!(delta["prev"], next["seq"]);
    delta["alerts"].as_array().context("no alerts")?;
    Ok(())
}
