//! Kafka lets go of records: a node that starts reads them from the archive, and goes
//! on in Kafka as if nothing were missing. When the archive does not hold them either,
//! it does not start, and says what is missing.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use events::topic::KafkaTopic;
use harness::wait_for;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use store::archive::Reader;
use stream::snapshot::VERSION;

use crate::restart::{SNAPSHOT, Servers, under};
use crate::watch::{counts, holds, metrics, pad, shows};

const LANES: u32 = 4;

#[test]
fn what_kafka_has_let_go_of_is_read_from_the_archive() {
    let servers = Servers::start();
    let url = format!("http://{}", servers.clickhouse.address());
    let mut first = servers.node();
    let (mut second, mut third, mut last) = (first.twin(), first.twin(), first.twin());
    let store = first.store();

    // Between the last snapshot and the end, something has to come.
    first.sets("snapshot_every_s = 1\n", "snapshot_every_s = 5\n");
    first.sets("[store]\n", "[stream]\ndisorder_s = 1\n[store]\n");
    first.start();
    let board = first.board();
    first.has_a_ward(board);
    servers.pad(1, true);
    shows(board, "MED-B", "B-01", "occupied", "true");
    let window = first_window(&url);
    let until = asked(&url, "SELECT max(epoch) FROM medaxis.kpi");
    let before = metrics(board).unwrap()[SNAPSHOT];
    counts(board, SNAPSHOT, before + 1);
    let taken = metrics(board).unwrap()[SNAPSHOT];
    counts(board, "medaxis_stream_epoch", taken + 50);
    first.ends();

    // From the snapshot on, with what follows it in the archive only.
    forget(&servers, &KafkaTopic::INPUTS, |lane| {
        ends(&servers, &store, lane)
    });
    second.start();
    let board = second.board();
    second.says("going on from a snapshot");
    second.says("first from the archive");
    shows(board, "MED-B", "B-01", "occupied", "true");
    servers.pad(1, true);
    counts(board, "medaxis_stream_duplicates_total", 1);
    // Corrects what was said of the first window.
    let said = format!(r#"{{"boot":1,"seq":2,"ts":"{window}","occupied":false}}"#);
    pad(servers.mosquitto.address(), "B-01", &said);
    shows(board, "MED-B", "B-01", "occupied", "false");
    is_beyond(&url, &until);
    let before = rows(&url, &until);
    assert_ne!(before.split('\t').next(), Some("0"), "{before}");
    second.ends();

    // From the beginning on, which only the archive holds: all rows are said again.
    are_of_version_0(&store);
    forget(&servers, &KafkaTopic::ALL, |(topic, lane)| {
        if KafkaTopic::INPUTS.contains(&topic) {
            ends(&servers, &store, (topic, lane))
        } else {
            Offset::End
        }
    });
    asked(&url, "DROP DATABASE medaxis SYNC");
    third.start();
    let board = third.board();
    third.says("is of version 0, and this program reads version");
    third.says("the log is folded from its beginning");
    third.says("first from the archive");
    shows(board, "MED-B", "B-01", "occupied", "false");
    let numbers = metrics(board).unwrap();
    assert_eq!(numbers["medaxis_stream_readings_total"], 2);
    assert_eq!(numbers["medaxis_stream_duplicates_total"], 1);
    is_beyond(&url, &until);
    assert_eq!(rows(&url, &until), before);
    for sink in ["board", "clickhouse"] {
        let name = format!("medaxis_determinism_violations_total{{sink=\"{sink}\"}}");
        assert_eq!(numbers[&name], 0, "{name}");
    }
    counts(board, SNAPSHOT, 1);
    third.ends();

    // Neither holds what follows the snapshot.
    forget(&servers, &KafkaTopic::INPUTS, |_| Offset::End);
    fs::remove_dir_all(store.join("archive")).unwrap();
    last.start();
    last.says("lane 0 is needed from offset");
    last.fails("the archive nothing");
}

/// Waits for the first row of a KPI; says when in its window something may have been.
fn first_window(url: &str) -> String {
    let within = Duration::from_secs(180);
    let window = wait_for(within, "the first window", || {
        // The table may not be there yet.
        let query = "SELECT formatDateTime(min(window_start) + INTERVAL 5 SECOND, '%FT%TZ')
            FROM medaxis.kpi HAVING count() > 0";
        let mut curl = Command::new("curl");
        let answer = curl.args(["-sSf", url, "-d", query]).output()?.stdout;
        let answer = String::from_utf8(answer)?;
        Ok(Some(answer.trim_end().to_owned()).filter(|window| !window.is_empty()))
    });
    window.unwrap()
}

/// Makes all snapshots such as an older program would have left.
fn are_of_version_0(store: &Path) {
    for file in under(&store.join("snapshots")) {
        if file.extension().is_some_and(|ending| ending == "json") {
            let manifest = fs::read_to_string(&file).unwrap();
            let older = manifest.replace(&format!("\"version\": {VERSION}"), "\"version\": 0");
            assert_ne!(older, manifest);
            fs::write(&file, older).unwrap();
        }
    }
}

/// Waits until the tables hold KPIs and changes that were said after this epoch: then
/// everything up to it is there.
fn is_beyond(url: &str, until: &str) {
    for table in ["bed_history", "kpi"] {
        holds(
            url,
            &format!("SELECT count() > 0 FROM medaxis.{table} WHERE epoch > {until}"),
        );
    }
}

/// KPIs, changes and alerts up to an epoch: how many of each, and a hash over them.
fn rows(url: &str, until: &str) -> String {
    let of = |table: &str| {
        format!(
            "SELECT count(), sum(cityHash64(*)) FROM medaxis.{table} FINAL WHERE epoch <= {until}"
        )
    };
    let tables = ["kpi", "bed_history"].map(|table| asked(url, &of(table)));
    tables.join("; ")
}

/// What ClickHouse answers.
#[track_caller]
fn asked(url: &str, query: &str) -> String {
    let answer = Command::new("curl")
        .args(["-sS", url, "-d", query])
        .output();
    let answer = String::from_utf8(answer.unwrap().stdout).unwrap();
    assert!(!answer.contains("Exception"), "{query}: {answer}");
    answer.trim_end().to_owned()
}

/// Kafka deletes the records of these topics, of each lane those before some offset.
fn forget(servers: &Servers, topics: &[KafkaTopic], before: impl Fn((KafkaTopic, u32)) -> Offset) {
    let brokers = servers.kafka.address().to_string();
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .create()
        .unwrap();
    let mut records = TopicPartitionList::new();
    for topic in topics {
        let name = topic.full_name("medaxis.");
        for lane in 0..topic.lanes(LANES) {
            let partition = i32::try_from(lane).unwrap();
            let offset = before((*topic, lane));
            records
                .add_partition_offset(&name, partition, offset)
                .unwrap();
        }
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let deleted = runtime.block_on(admin.delete_records(&records, &AdminOptions::new()));
    for lane in deleted.unwrap().elements() {
        lane.error().unwrap();
    }
}

/// Where the archive of a lane ends: a stop leaves the last ticks to the next start.
fn ends(servers: &Servers, store: &Path, (topic, lane): (KafkaTopic, u32)) -> Offset {
    let config = ingest::kafka::Config::new(servers.kafka.address().to_string(), "medaxis.");
    let log = ingest::kafka::log_id(&config).unwrap();
    let archive = Reader::new(store::location::folder(store).unwrap(), &log);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ends = runtime.block_on(async { archive.lane(topic, lane).await.unwrap().ends().await });
    Offset::Offset(ends.unwrap().unwrap().try_into().unwrap())
}
