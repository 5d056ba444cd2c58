//! `medaxis load`: throughput only, with no hospital behind it. Its devices stand
//! at a site of their own, `demo/load`.

use std::time::Duration;

use events::time::CellTime;
use serde_json::json;
use simulators::load::{self, Load};
use simulators::mqtt::{Mqtt, MqttConfig};

use crate::cli::LoadArgs;
use crate::clock;

const CONNECTIONS: usize = 4;
const SETTLE: Duration = Duration::from_secs(60);

/// Puts the load on and says what it came to, as one JSON object.
pub(crate) async fn run(args: LoadArgs) -> anyhow::Result<()> {
    let clock = clock::cell_clock(CellTime(clock::wall_ms()), 1.0);
    let mqtt = Mqtt::open(&MqttConfig {
        host: args.mqtt.ip().to_string(),
        port: args.mqtt.port(),
        client_id: format!("medaxis-load-{}", clock::wall_ms()),
        credentials: None,
        connections: CONNECTIONS,
    });
    let load = Load {
        devices: args.devices,
        rate: args.rate,
        batch: args.batch,
        readings: args.readings,
    };
    let report = load::run(load, &mqtt, &clock).await?;
    anyhow::ensure!(
        mqtt.settle(SETTLE).await,
        "the broker has not acknowledged everything"
    );
    println!(
        "{}",
        json!({
            "readings": report.readings,
            "payloads": report.payloads,
            "acknowledged": report.acknowledged,
            "took_ms": report.took_ms,
            "readings_per_second": report.rate(),
        })
    );
    Ok(())
}
