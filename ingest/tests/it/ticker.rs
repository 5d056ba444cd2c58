//! The processor's clock in every lane, and when it refuses to start.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use events::time::{CellTime, Clock};
use events::topic::KafkaTopic;
use events::wire::{self, Record, Tick};
use ingest::kafka_look::Look;
use ingest::kafka_writer::Outgoing;
use ingest::ticker::{self, AHEAD_MAX_MS, Error, newest_tick};
use tokio::sync::watch;

use crate::support::{Cluster, NOW, clock, cluster, eventually};

fn write_tick(cluster: &Cluster, at: CellTime) {
    let record = Outgoing {
        topic: KafkaTopic::Facts,
        lane: 3,
        key: None,
        value: wire::encode_tick(Tick::at(at)),
    };
    let writer = cluster.writer();
    let delivery = writer.send_blocking(record).unwrap();
    delivery.wait_blocking().unwrap();
}

#[test]
fn every_lane_of_every_input_gets_every_tick() {
    let cluster = cluster();
    let (config, writer) = (cluster.config.clone(), cluster.writer());
    let (stop, stopped) = watch::channel(false);
    // A clock that runs 1 s at each look: one tick closes many epochs.
    let looks = AtomicI64::new(0);
    let clock: Clock =
        Arc::new(move || CellTime(NOW.0 + 1_000 * looks.fetch_add(1, Ordering::Relaxed)));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ticker = runtime.spawn(ticker::run(config, writer, clock, stopped));
    let all = Tick::at(CellTime(NOW.0 + 5_000));
    eventually("five ticks are in the log", || {
        newest_tick(&cluster.config)
            .unwrap()
            .is_some_and(|tick| tick.at >= all.at)
    });
    stop.send(true).unwrap();
    runtime.block_on(ticker).unwrap().unwrap();
    let look = Look::new(&cluster.config).unwrap();
    for (topic, lane) in cluster.config.input_lanes() {
        let (low, high) = look.watermarks(topic, lane).unwrap();
        let records = look.records(topic, lane, (low, high)).unwrap();
        assert!(records.len() >= 5, "{topic:?} {lane}");
        let epochs: Vec<u64> = records
            .iter()
            .map(
                |record| match wire::decode_control(&record.value).unwrap() {
                    Record::Tick(tick) => tick.epoch,
                    Record::Data(_) => panic!("only ticks were written"),
                },
            )
            .collect();
        assert!(epochs.is_sorted_by(|a, b| a < b), "{epochs:?}");
        assert!(epochs[0] >= NOW.epoch());
    }
}

#[test]
fn the_newest_tick_of_all_lanes_is_found() {
    let cluster = cluster();
    let ahead = CellTime(NOW.0 + AHEAD_MAX_MS);
    write_tick(&cluster, ahead);
    assert_eq!(newest_tick(&cluster.config).unwrap(), Some(Tick::at(ahead)));
}

#[test]
fn it_refuses_a_log_that_is_far_ahead_of_the_clock() {
    let cluster = cluster();
    write_tick(&cluster, CellTime(NOW.0 + AHEAD_MAX_MS + 1));
    let (_stop, stopped) = watch::channel(false);
    let (config, writer) = (cluster.config.clone(), cluster.writer());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let result = runtime.block_on(ticker::run(config, writer, clock(), stopped));
    let error = result.unwrap_err();
    assert!(
        matches!(error, Error::LogAhead { ahead_ms: 60_001 }),
        "{error}"
    );
}
