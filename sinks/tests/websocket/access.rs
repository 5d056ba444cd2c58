//! Who may open a board, and what is beside it.

use anyhow::{Result, bail};
use events::access::{Role, Tier, Wards};
use events::id::{TenantId, WardId};
use events::output::AlertState;
use events::topic::KafkaTopic;
use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::StatusCode;

use crate::outputs;
use crate::server::{PATIENCE, Server, get};

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
async fn every_tier_is_told_what_the_description_says() -> Result<()> {
    for tier in [Tier::Public, Tier::Corridor, Tier::Staff] {
        let server = Server::of(outputs::grant(tier, Wards::All), 10, 64).await?;
        let mut board = server.open().await?;
        board.snapshot().await?;
        let board_said = vec![outputs::ward(1, 1, "a", 3), outputs::bed(1, 2, "b1", true)];
        server.say(KafkaTopic::Board, board_said).await?;
        board.next().await?;
        if tier > Tier::Public {
            let alert = vec![outputs::alert(2, 1, "a1", AlertState::Raised)];
            server.say(KafkaTopic::Alerts, alert).await?;
            let kpis = vec![outputs::kpi(2, 1, "a", 60_000, 0, 7)];
            server.say(KafkaTopic::Kpis, kpis).await?;
            board.next().await?;
            board.next().await?;
        }
        // Each frame is held against its schema when it arrives, the snapshot of all this, too.
        let whole = server.open().await?.snapshot().await?;
        assert_eq!(
            whole["wards"][0]["free"],
            if tier > Tier::Public {
                json!(3)
            } else {
                json!("<5")
            }
        );
        board.heartbeat().await?;
    }
    let (status, body) = get(Server::start(1, 1).await?.address, "/asyncapi.json").await?;
    assert!(status.contains("200"), "{status}");
    let description: Value = serde_json::from_str(&body)?;
    assert_eq!(description["asyncapi"], "3.0.0");
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
