//! What the demo says to the person who started it.

use std::net::SocketAddr;

use events::access::Role;

use super::tokens::Tokens;
use crate::access;
use crate::config::Config;
use crate::node::Node;

/// A step that begins.
pub(super) fn step(what: &str) {
    eprintln!("==> {what}");
}

/// The board opens before the past has run by.
pub(super) fn opening(board: SocketAddr, history_hours: u32, tokens: &Tokens) {
    step(&format!(
        "The board is open at http://{board}/ and runs through the last {history_hours} hours first"
    ));
    for (role, token) in &tokens.shown {
        let link = access::link(&format!("http://{board}"), token);
        eprintln!("    as {role:<13} {link}");
    }
}

/// Where everything is, and what to paste to see it change.
pub(super) fn welcome(node: &Node, config: &Config, mqtt: SocketAddr, tokens: &Tokens) {
    let (board, clickhouse) = (node.address, &config.clickhouse.url);
    let (host, port) = (mqtt.ip(), mqtt.port());
    let of = |role: Role| {
        let mut shown = tokens.shown.iter();
        let found = shown.find(|(shown, _)| *shown == role);
        found.map_or("TOKEN", |(_, token)| token.reveal())
    };
    eprintln!(
        "
The board:   http://{board}/#token={nurse}
One ward:    http://{board}/?ward=MED-B#token={nurse}
Metrics:     http://{board}/metrics   API: http://{board}/openapi.json
ClickHouse:  {clickhouse}  (database {database})

Paste this to put somebody into a new bed of medical ward B (with false: to take them out):

  mosquitto_pub -V 5 -h {host} -p {port} -q 1 \\
    -t medaxis/v1/demo/north/MED-B/B9/B-EXTRA/my-pad/bed \\
    -m \"{{\\\"boot\\\":$(date +%s),\\\"seq\\\":1,\\\"occupied\\\":true}}\"

And this to tap a free bed dirty:

  curl -sS -X POST http://{board}/v1/demo/north/beds -H 'Content-Type: application/json' \\
    -H 'Authorization: Bearer {source}' \\
    -d '{{\"ward\":\"SURG\",\"bed\":\"S-EXTRA\",\"event\":\"dirty\"}}'

A row of ClickHouse:

  curl -sS '{clickhouse}/?database={database}' -d 'SELECT * FROM kpi_latest LIMIT 1 FORMAT Vertical'

Ctrl-C ends it.
",
        database = config.clickhouse.database,
        nurse = of(Role::ChargeNurse),
        source = of(Role::Source),
    );
}
