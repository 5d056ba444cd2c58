//! What plain clients do and see from outside: publish, post, look at the board's
//! snapshot and at the metrics.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use harness::wait_for;
use serde_json::Value;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, connect};

use crate::program::get;

/// Until a change must show, on a machine that is busy with the other tests.
const SHOWS: Duration = Duration::from_secs(60);

/// Publishes with Mosquitto's own client, at least once.
pub(crate) fn publish(broker: SocketAddr, topic: &str, payload: &[u8]) -> Output {
    let (host, port) = (broker.ip().to_string(), broker.port().to_string());
    let mut command = Command::new("mosquitto_pub");
    command.args([
        "-V", "5", "-h", &host, "-p", &port, "-q", "1", "-t", topic, "-s",
    ]);
    let pipes = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = pipes
        .spawn()
        .expect("mosquitto_pub, of the package mosquitto-clients");
    child.stdin.take().unwrap().write_all(payload).unwrap();
    child.wait_with_output().unwrap()
}

/// Publishes what a pad says of a bed of ward MED-B that is in no bed master.
#[track_caller]
pub(crate) fn pad(broker: SocketAddr, bed: &str, said: &str) {
    let topic = format!("medaxis/v1/demo/north/MED-B/B9/{bed}/pad-{bed}/bed");
    let published = publish(broker, &topic, said.as_bytes());
    assert!(
        published.status.success(),
        "{}",
        String::from_utf8_lossy(&published.stderr)
    );
}

/// A bed as the snapshot shows it.
fn bed(board: SocketAddr, ward: &str, bed: &str) -> anyhow::Result<Option<Value>> {
    let snapshot: Value = serde_json::from_str(&get(board, "/v1/demo/north/snapshot")?)?;
    let beds = snapshot["beds"].as_array().cloned().unwrap_or_default();
    let is_it = |view: &Value| view["place"]["ward"] == ward && view["place"]["bed"] == bed;
    Ok(beds.into_iter().find(is_it))
}

/// Waits until the snapshot shows a bed with this value in this field.
#[track_caller]
pub(crate) fn shows(board: SocketAddr, ward: &str, name: &str, field: &str, value: &str) -> Value {
    let mut last = None;
    let seen = wait_for(SHOWS, "the board", || {
        // A server that has just been started may not answer yet.
        last = bed(board, ward, name).unwrap_or_default();
        let wanted: Value = serde_json::from_str(value)?;
        Ok(last.clone().filter(|bed| bed[field] == wanted))
    });
    seen.unwrap_or_else(|error| {
        panic!("{ward}/{name} with {field} {value}: {error:#}; last {last:?}")
    })
}

/// The numbers of `/metrics`, by name with labels.
pub(crate) fn metrics(board: SocketAddr) -> anyhow::Result<BTreeMap<String, u64>> {
    let page = get(board, "/metrics")?;
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let number = |line: &str| {
        let (name, value) = line.rsplit_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    Ok(lines.filter_map(number).collect())
}

/// Dead letters by reason.
pub(crate) fn dead_letters(board: SocketAddr) -> anyhow::Result<BTreeMap<String, u64>> {
    let reason = |(name, count): (String, u64)| {
        let reason = name
            .strip_prefix("medaxis_ingest_dead_letters_total{reason=\"")?
            .strip_suffix("\"}")?;
        Some((reason.to_owned(), count))
    };
    Ok(metrics(board)?
        .into_iter()
        .filter_map(reason)
        .filter(|(_, count)| *count > 0)
        .collect())
}

/// A request for the socket of a board, as a charge nurse opens it.
pub(crate) fn live(board: SocketAddr) -> ClientRequestBuilder {
    let uri = format!("ws://{board}/live?site=demo/north")
        .parse()
        .unwrap();
    let header = harness::access::header("charge_nurse");
    let (name, value) = header.split_once(": ").unwrap();
    ClientRequestBuilder::new(uri).with_header(name, value)
}

/// Waits until a board is told that one of its sources is `live`, `late` or `lost`.
#[track_caller]
pub(crate) fn source(board: SocketAddr, name: &str, state: &str) {
    let (mut socket, _) = connect(live(board)).unwrap();
    let mut last = Value::Null;
    let told = wait_for(SHOWS, "the board's sources", || {
        let frame: Value = serde_json::from_str(socket.read()?.to_text()?)?;
        last = frame["sources"][name]["state"].clone();
        Ok((last == state).then_some(()))
    });
    told.unwrap_or_else(|error| panic!("{name} {state}: {error:#}; last {last}"));
}

/// Waits until a number of `/metrics` is at least this.
#[track_caller]
pub(crate) fn counts(board: SocketAddr, name: &str, least: u64) {
    let counted = wait_for(SHOWS, name, || {
        let count = metrics(board)?.get(name).copied().unwrap_or(0);
        Ok((count >= least).then_some(()))
    });
    counted.unwrap_or_else(|error| panic!("{error:#}"));
}

/// Waits until the ClickHouse at this address answers a query with 1.
#[track_caller]
pub(crate) fn holds(url: &str, query: &str) {
    let mut last = String::new();
    let held = wait_for(SHOWS, "ClickHouse", || {
        let mut curl = Command::new("curl");
        let answer = curl.args(["-sS", url, "-d", query]).output()?;
        last = String::from_utf8_lossy(&answer.stdout).into_owned();
        Ok((last == "1\n").then_some(()))
    });
    held.unwrap_or_else(|error| panic!("{query}: {error:#}; last {last}"));
}
