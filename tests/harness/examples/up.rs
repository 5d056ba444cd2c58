//! Runs Kafka, Mosquitto and, when `MEDAXIS_BIN` is set, the ClickHouse engine until Ctrl-C, and
//! says where they listen.

use anyhow::Result;

#[tokio::main]
async fn main() -> Result<()> {
    let mosquitto = harness::mosquitto::start(harness::mosquitto::Access::Open, &[])?;
    println!("mosquitto  mqtt://{}", mosquitto.address());
    let kafka = harness::kafka::start(harness::kafka::Access::Open)?;
    println!("kafka      {}", kafka.address());
    let clickhouse = if std::env::var_os("MEDAXIS_BIN").is_some() {
        let clickhouse = harness::clickhouse::start_medaxis()?;
        println!("clickhouse http://{}", clickhouse.address());
        Some(clickhouse)
    } else {
        println!("clickhouse not started: set MEDAXIS_BIN to the medaxis binary");
        None
    };
    println!("Ctrl-C ends them all");
    tokio::signal::ctrl_c().await?;
    drop((mosquitto, kafka, clickhouse));
    Ok(())
}
