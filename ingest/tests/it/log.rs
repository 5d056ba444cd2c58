//! Both ends of the log: what was written comes back in the order of its lane,
//! and what is not there any more is said.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use events::log::{Chunk, LogRecord};
use events::time::CellTime;
use events::topic::KafkaTopic;
use events::wire::{self, Tick};
use ingest::kafka::{Error, wait};
use ingest::kafka_reader::{Lane, ReadError, Reader, Start};
use ingest::pace::Pace;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use tokio::sync::{mpsc, watch};

use crate::support::{cluster, eventually, record};

const PATIENCE: Duration = Duration::from_secs(30);

fn from(lane: u32, start: Start) -> Lane {
    Lane {
        topic: KafkaTopic::Signals,
        lane,
        start,
        earlier: None,
    }
}

fn free() -> Arc<Pace> {
    Arc::new(Pace::free())
}

/// So many records of a lane, as text, with their offsets.
fn read(chunks: &Receiver<Chunk>, lane: u32, count: usize) -> Vec<(u64, String)> {
    let mut read = Vec::new();
    while read.len() < count {
        let chunk = chunks.recv_timeout(PATIENCE).expect("records come");
        assert_eq!(chunk.topic, KafkaTopic::Signals);
        if chunk.lane == lane {
            let text = |value| String::from_utf8(value).unwrap();
            read.extend(chunk.records.into_iter().map(|r| (r.offset, text(r.value))));
        }
    }
    read
}

#[test]
fn records_come_back_in_the_order_of_their_lane() {
    let cluster = cluster();
    let writer = cluster.writer();
    let deliveries: Vec<_> = (0..3_000)
        .map(|n| writer.send_blocking(record(n % 2, &n.to_string())).unwrap())
        .collect();
    for delivery in deliveries {
        delivery.wait_blocking().unwrap();
    }
    // Room for one chunk only: the reader waits for us and loses nothing.
    let (sender, chunks) = sync_channel(1);
    let lanes = [from(0, Start::Beginning), from(1, Start::Offset(1_490))];
    let reader = Reader::start(&cluster.config, lanes.into(), sender, free()).unwrap();
    let mut seen = [Vec::new(), Vec::new()];
    while seen[0].len() < 1_500 || seen[1].len() < 10 {
        let chunk = chunks.recv_timeout(PATIENCE).expect("records come");
        for record in chunk.records {
            let text = String::from_utf8(record.value).unwrap();
            seen[chunk.lane as usize].push((record.offset, text));
        }
    }
    reader.stop().unwrap();
    let even: Vec<_> = (0..1_500).map(|n| (n, (2 * n).to_string())).collect();
    let odd: Vec<_> = (1_490..1_500)
        .map(|n| (n, (2 * n + 1).to_string()))
        .collect();
    assert_eq!(seen, [even, odd]);
}

#[test]
fn what_comes_before_is_read_first_and_ends_where_kafka_begins() {
    let cluster = cluster();
    let writer = cluster.writer();
    for n in 0..20 {
        let delivery = writer.send_blocking(record(0, &n.to_string())).unwrap();
        delivery.wait_blocking().unwrap();
    }
    let start = |earlier: Vec<Result<u64, String>>| {
        let (sender, receiver) = mpsc::channel(earlier.len().max(1));
        for offset in earlier {
            sender.try_send(offset.map(archived)).unwrap();
        }
        let mut lane = from(0, Start::Offset(10));
        lane.earlier = Some(receiver);
        let (sender, chunks) = sync_channel(64);
        let reader = Reader::start(&cluster.config, vec![lane], sender, free()).unwrap();
        (reader, chunks)
    };
    let (reader, chunks) = start((5..10).map(Ok).collect());
    let before = (5..10).map(|n| (n, format!("archived {n}")));
    let after = (10..20).map(|n| (n, n.to_string()));
    let expected: Vec<_> = before.chain(after).collect();
    assert_eq!(read(&chunks, 0, 15), expected);
    reader.stop().unwrap();

    for (earlier, words) in [
        (vec![Ok(8)], "read up to offset 9"),
        (vec![], "read up to offset 0"),
        (
            vec![Ok(8), Err("the file is damaged".to_owned())],
            "damaged",
        ),
    ] {
        let (reader, chunks) = start(earlier);
        while chunks.recv_timeout(PATIENCE).is_ok() {}
        let said = reader.stop().unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
}

/// One record, as from an archive.
fn archived(offset: u64) -> Chunk {
    let value = format!("archived {offset}").into_bytes();
    Chunk {
        topic: KafkaTopic::Signals,
        lane: 0,
        records: vec![LogRecord { offset, value }],
    }
}

#[test]
fn a_lane_is_not_read_far_ahead_of_the_slowest() {
    const LEAD_MS: i64 = 60_000;
    const AHEAD: i64 = 10_000;
    let cluster = cluster();
    // One tick a second in the one lane; in the other the first second only.
    let producer = Ticks::new(&cluster.config);
    (0..AHEAD).for_each(|second| producer.write(0, second * 1_000));
    producer.write(1, 0);
    producer.flush();
    let (sender, chunks) = sync_channel(64);
    let lanes = [0, 1].map(|lane| from(lane, Start::Beginning));
    let pace = Arc::new(Pace::new(LEAD_MS));
    let reader = Reader::start(&cluster.config, lanes.into(), sender, pace).unwrap();
    let mut read = 0;
    while let Ok(chunk) = chunks.recv_timeout(Duration::from_secs(1)) {
        read += chunk.records.len();
    }
    assert!((60..4_000).contains(&read), "{read} records were read");
    // The slow lane comes to the end, and so does the other.
    producer.write(1, AHEAD * 1_000);
    producer.flush();
    while read < AHEAD as usize + 2 {
        read += chunks
            .recv_timeout(PATIENCE)
            .expect("it goes on")
            .records
            .len();
    }
    reader.stop().unwrap();
}

/// Writes ticks.
struct Ticks {
    producer: BaseProducer,
    topic: String,
}

impl Ticks {
    fn new(config: &ingest::kafka::Config) -> Self {
        Self {
            producer: ClientConfig::new()
                .set("bootstrap.servers", &config.brokers)
                .create()
                .unwrap(),
            topic: KafkaTopic::Signals.full_name(&config.prefix),
        }
    }

    fn write(&self, lane: i32, at_ms: i64) {
        let tick = wire::encode_tick(Tick::at(CellTime(1_767_323_046_000 + at_ms)));
        let record = BaseRecord::<(), [u8]>::to(&self.topic)
            .partition(lane)
            .payload(&tick);
        self.producer.send(record).unwrap();
    }

    fn flush(&self) {
        self.producer.flush(PATIENCE).unwrap();
    }
}

#[test]
fn from_the_end_only_what_is_new_comes() {
    let cluster = cluster();
    let writer = cluster.writer();
    let old = writer.send_blocking(record(0, "old")).unwrap();
    old.wait_blocking().unwrap();
    let (sender, chunks) = sync_channel(4);
    let reader = Reader::start(&cluster.config, vec![from(0, Start::End)], sender, free()).unwrap();
    // The reader finds the end at its own pace: write until something comes.
    let mut first = None;
    eventually("something new comes", || {
        let new = writer.send_blocking(record(0, "new")).unwrap();
        new.wait_blocking().unwrap();
        first = chunks.try_recv().ok();
        first.is_some()
    });
    assert_eq!(first.unwrap().records[0].value, b"new");
    reader.stop().unwrap();
}

#[test]
fn a_position_that_is_not_in_the_log_is_said() {
    let cluster = cluster();
    let writer = cluster.writer();
    let delivery = writer.send_blocking(record(2, "only")).unwrap();
    delivery.wait_blocking().unwrap();
    let (sender, chunks) = sync_channel(4);
    let lanes = [from(1, Start::Beginning), from(2, Start::Offset(7))];
    let reader = Reader::start(&cluster.config, lanes.into(), sender, free()).unwrap();
    assert!(chunks.recv_timeout(PATIENCE).is_err(), "the reader ends");
    let error = reader.stop().unwrap_err();
    assert!(matches!(error, ReadError::Gone { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the log no longer holds what is needed: topic test.signals lane 2 \
         is needed from offset 7 and holds 0 to 1"
    );
}

#[test]
fn a_broker_that_is_away_is_waited_for_at_both_ends() {
    let cluster = cluster();
    let writer = cluster.writer();
    let (sender, chunks) = sync_channel(4);
    let reader = Reader::start(
        &cluster.config,
        vec![from(0, Start::Beginning)],
        sender,
        free(),
    )
    .unwrap();
    let first = writer.send_blocking(record(0, "before")).unwrap();
    first.wait_blocking().unwrap();
    assert_eq!(read(&chunks, 0, 1), [(0, "before".to_owned())]);
    cluster.mock.broker_down(-1).unwrap();
    let mut second = writer.send_blocking(record(0, "meanwhile")).unwrap();
    assert!(chunks.recv_timeout(Duration::from_secs(2)).is_err());
    assert!(
        second.look().is_none(),
        "nothing is durable while kafka is away"
    );
    cluster.mock.broker_up(-1).unwrap();
    assert_eq!(second.wait_blocking(), Ok(()));
    assert_eq!(read(&chunks, 0, 1), [(1, "meanwhile".to_owned())]);
    reader.stop().unwrap();
}

#[test]
fn a_reader_stops_while_nobody_takes_its_chunks() {
    let cluster = cluster();
    let writer = cluster.writer();
    for lane in 0..3 {
        let delivery = writer.send_blocking(record(lane, "x")).unwrap();
        delivery.wait_blocking().unwrap();
    }
    let (sender, chunks) = sync_channel(1);
    let lanes = [0, 1, 2].map(|lane| from(lane, Start::Beginning));
    let reader = Reader::start(&cluster.config, lanes.into(), sender, free()).unwrap();
    let first = chunks.recv_timeout(PATIENCE).unwrap();
    assert_eq!(first.records.len(), 1);
    reader.stop().unwrap();
}

#[test]
fn at_the_start_kafka_is_waited_for_until_we_are_stopped() {
    let cluster = cluster();
    cluster.mock.broker_down(-1).unwrap();
    let (stop, stopped) = watch::channel(false);
    let waiting = |stopped| {
        let config = cluster.config.clone();
        std::thread::spawn(move || wait(&config, &stopped))
    };
    let first = waiting(stopped);
    stop.send(true).unwrap();
    assert!(matches!(first.join().unwrap(), Err(Error::Stopped)));
    let (_stop, stopped) = watch::channel(false);
    let second = waiting(stopped);
    cluster.mock.broker_up(-1).unwrap();
    second.join().unwrap().unwrap();
}
