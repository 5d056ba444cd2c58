//! What the demo says to the person who started it.

use std::net::SocketAddr;

use crate::config::Config;
use crate::node::Node;

/// A step that begins.
pub(super) fn step(what: &str) {
    eprintln!("==> {what}");
}

/// Where everything is, and what to paste to see it change.
pub(super) fn welcome(node: &Node, config: &Config, mqtt: SocketAddr) {
    let (board, clickhouse) = (node.address, &config.clickhouse.url);
    let (host, port) = (mqtt.ip(), mqtt.port());
    eprintln!(
        "
The board:   http://{board}/          one ward: http://{board}/?ward=MED-B
Metrics:     http://{board}/metrics   API: http://{board}/openapi.json
ClickHouse:  {clickhouse}  (database {database})

Paste this to put somebody into a new bed of medical ward B (with false: to take them out):

  mosquitto_pub -V 5 -h {host} -p {port} -q 1 \\
    -t medaxis/v1/demo/north/MED-B/B9/B-EXTRA/my-pad/bed \\
    -m \"{{\\\"boot\\\":$(date +%s),\\\"seq\\\":1,\\\"occupied\\\":true}}\"

And this to tap a free bed dirty:

  curl -sS -X POST http://{board}/v1/demo/north/beds -H 'Content-Type: application/json' \\
    -d '{{\"ward\":\"SURG\",\"bed\":\"S-EXTRA\",\"event\":\"dirty\"}}'

A row of ClickHouse:

  curl -sS '{clickhouse}/?database={database}' -d 'SELECT * FROM kpi_latest LIMIT 1 FORMAT Vertical'

Ctrl-C ends it.
",
        database = config.clickhouse.database,
    );
}
