//! What the node came to, from outside: tables, boards and archive against the ledger, by plain
//! counting and by the naive definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::process::Command;
use std::time::Duration;

use events::time::{CellTime, EventTime};
use harness::wait_for;
use ingest::kafka_writer::Writer;
use ingest::ticker;
use serde_json::Value;
use simulators::judge::{compare_alerts, compare_rows};
use simulators::truth::{self, AlertKey, RowKey};
use tokio_tungstenite::tungstenite::connect;

use super::cluster::{Cluster, LANES};
use super::ledger::{BedState, Ledger, ReadingRow};
use crate::watch::live;

/// Until everything has arrived.
const SETTLES: Duration = Duration::from_secs(180);
const MINUTE_MS: i64 = 60_000;
const SHOWN: usize = 20;

impl Cluster {
    /// Compares everything, when devices and people have ended and `from` is when they began.
    pub(crate) fn is_as_the_ledger_says(&mut self, ledger: &Ledger, from: i64, to: i64) -> String {
        self.settles("readings in the tables", || self.readings(ledger));
        self.settles("facts in the tables", || self.facts(ledger));
        self.settles("commands in the tables", || self.commands(ledger));
        for board in 0..self.boards.len() {
            self.settles("a board", || self.board(board, ledger));
        }
        self.gateway.end();
        self.runs_forward(to);
        let record = ledger.record(from, to);
        let (rows, alerts) = (truth::rows(&record), truth::alerts(&record));
        let windows = |cluster: &Self| {
            let mut differences = compare_rows(&rows, &cluster.rows(from, to));
            differences.extend(compare_alerts(&alerts, &cluster.alerts(to)));
            differences.iter().map(ToString::to_string).collect()
        };
        self.settles("KPI rows and alerts", || windows(self));
        self.is_well_to_its_end();
        // Nothing came after that.
        let commands = self.commands(ledger);
        for differences in [
            self.readings(ledger),
            self.facts(ledger),
            commands,
            windows(self),
        ] {
            assert_eq!(differences, Vec::<String>::new());
        }
        let checked = self.prints(&["archive", "check"]);
        assert!(
            checked.contains("the archive is as it was written"),
            "{checked}"
        );
        self.is_verified(from);
        format!(
            "{} readings, {} facts, {} commands, {} KPI rows, {} alerts: each once, as the ledger \
             says",
            ledger.readings.len(),
            ledger.facts.len(),
            ledger.commands.len(),
            rows.len(),
            alerts.len()
        )
    }

    /// Waits until nothing differs any more.
    #[track_caller]
    fn settles(&self, what: &str, differences: impl Fn() -> Vec<String>) {
        let mut last = Vec::new();
        let settled = wait_for(SETTLES, what, || {
            last = differences();
            if !last.is_empty() {
                std::thread::sleep(Duration::from_millis(500));
            }
            Ok(last.is_empty().then_some(()))
        });
        let count = last.len();
        last.truncate(SHOWN);
        settled.unwrap_or_else(|error| panic!("{error:#}; {count} differ:\n{}", last.join("\n")));
    }

    /// All that was said since `from` is what the log says, folded once more.
    fn is_verified(&self, from: i64) {
        let newest = ticker::newest_tick(&self.log()).unwrap().unwrap();
        let (from, to) = (
            EventTime(from).to_string(),
            EventTime(newest.at.0).to_string(),
        );
        let verified = self.prints(&["verify", "--from", &from, "--to", &to]);
        assert!(verified.contains(": 0 differences"), "{verified}");
    }

    fn log(&self) -> ingest::kafka::Config {
        let mut config = ingest::kafka::Config::new(self.kafka.address().to_string(), "medaxis.");
        config.lanes = LANES;
        config
    }

    /// Every part ends well.
    fn is_well_to_its_end(&mut self) {
        for part in self.parts().into_iter().skip(1) {
            part.is_well();
            part.end();
        }
    }

    fn readings(&self, ledger: &Ledger) -> Vec<String> {
        let stored = self.asks(
            "SELECT device, stream, boot, seq, value, extra, toUnixTimestamp64Milli(at)
             FROM readings FINAL",
        );
        let stored: Vec<ReadingRow> = stored.iter().map(|row| reading(row)).collect();
        let mut differences = different(&ledger.reading_rows(), &stored);
        let minutes = self.asks(
            "SELECT intDiv(toUnixTimestamp(at), 60) AS minute, count() FROM readings FINAL
             GROUP BY minute",
        );
        let minutes = minutes
            .iter()
            .map(|row| (row[0].parse().unwrap(), row[1].parse().unwrap()));
        let (said, stored) = (ledger.minutes(), minutes.collect::<BTreeMap<i64, u64>>());
        if said != stored {
            differences.push(format!("minutes {said:?}, in the table {stored:?}"));
        }
        differences
    }

    fn facts(&self, ledger: &Ledger) -> Vec<String> {
        let stored = self.asks(
            "SELECT kind, toUnixTimestamp64Milli(at) FROM facts FINAL WHERE kind != 'command'",
        );
        let fact = |row: &Vec<String>| (row[0].clone(), row[1].parse().unwrap());
        let stored: Vec<(String, i64)> = stored.iter().map(fact).collect();
        different(&ledger.fact_rows(), &stored)
    }

    /// What came of each command, once.
    fn commands(&self, ledger: &Ledger) -> Vec<String> {
        let stored = self.asks("SELECT command, outcome FROM commands FINAL");
        let command = |row: &Vec<String>| (row[0].clone(), row[1].clone());
        let stored: Vec<_> = stored.iter().map(command).collect();
        different(&ledger.commands, &stored)
    }

    /// A board as it shows itself to who opens it.
    fn board(&self, board: usize, ledger: &Ledger) -> Vec<String> {
        let address = self.boards[board].address();
        let (mut socket, _) = connect(live(address)).unwrap();
        let snapshot = loop {
            let text = socket.read().unwrap().into_text().unwrap();
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["type"] == "snapshot" {
                break frame;
            }
        };
        let bed = |view: &Value| {
            let text = |name: &str| view["place"][name].as_str().unwrap().to_owned();
            let state = BedState {
                occupied: view["occupied"] == true,
                blocked: view["blocked"] == true,
                pad_heard_ms: view["pad_heard_ms"].as_i64().unwrap(),
            };
            ((text("ward"), text("bed")), state)
        };
        let beds = snapshot["beds"].as_array().unwrap().iter().map(bed);
        let (said, shown) = (ledger.beds(), beds.collect::<BTreeMap<_, _>>());
        let all: BTreeSet<_> = said.keys().chain(shown.keys()).collect();
        let differing = all
            .into_iter()
            .filter(|bed| said.get(bed) != shown.get(bed));
        differing
            .map(|bed| {
                format!(
                    "{bed:?}: {:?}, on the board {:?}",
                    said.get(bed),
                    shown.get(bed)
                )
            })
            .collect()
    }

    /// KPI rows that hold, of windows from `from` to `to`.
    fn rows(&self, from: i64, to: i64) -> BTreeMap<RowKey, (i64, i64)> {
        let rows = self.asks(
            "SELECT ward, kpi, stat, resolution_s, toUnixTimestamp64Milli(window_start),
                 numerator, denominator
             FROM kpi_latest WHERE tenant = 'demo' AND site = 'north'",
        );
        let row = |row: &Vec<String>| {
            let key = RowKey {
                ward: row[0].clone(),
                kpi: row[1].clone(),
                stat: row[2].clone(),
                resolution_s: row[3].parse().unwrap(),
                window_ms: row[4].parse().unwrap(),
            };
            (key, (row[5].parse().unwrap(), row[6].parse().unwrap()))
        };
        let mut rows: BTreeMap<_, _> = rows.iter().map(row).collect();
        rows.retain(|key, _| {
            let end = key.window_ms + i64::from(key.resolution_s) * 1_000;
            key.window_ms >= from && end <= to
        });
        rows
    }

    /// Alerts that hold, cut at `to`; each stands there once.
    fn alerts(&self, to: i64) -> BTreeSet<AlertKey> {
        let rows = self.asks(
            "SELECT rule, ward, subject, toUnixTimestamp64Milli(since),
                 ifNull(toUnixTimestamp64Milli(until), 0)
             FROM alerts_latest WHERE state != 'withdrawn'",
        );
        let alert = |row: &Vec<String>| -> AlertKey {
            let until: i64 = row[4].parse().unwrap();
            let until = Some(until).filter(|until| *until > 0 && *until < to);
            let [rule, ward, subject] = [&row[0], &row[1], &row[2]].map(Clone::clone);
            (rule, ward, subject, row[3].parse().unwrap(), until)
        };
        let mut alerts: Vec<_> = rows.iter().map(alert).collect();
        alerts.retain(|(_, _, _, since, _)| *since < to);
        let count = alerts.len();
        let alerts: BTreeSet<_> = alerts.into_iter().collect();
        assert_eq!(alerts.len(), count, "an alert stands there twice");
        alerts
    }

    /// Ticks a minute at a time until the hour after `to` has closed: no gateway does any more.
    fn runs_forward(&mut self, to: i64) {
        let config = self.log();
        let newest = ticker::newest_tick(&config).unwrap().unwrap();
        let writer = Writer::new(&config).unwrap();
        let close = to.max(newest.at.0) + 120 * MINUTE_MS;
        let mut now = newest.at.0;
        while now < close {
            now += MINUTE_MS;
            for record in ticker::records(&config.input_lanes(), CellTime(now)) {
                drop(writer.send_blocking(record).unwrap());
            }
        }
        writer.flush(SETTLES).unwrap();
        self.knows_all_until(close - MINUTE_MS);
    }

    /// Rows of a query, by column.
    fn asks(&self, query: &str) -> Vec<Vec<String>> {
        let url = format!("http://{}/?database=medaxis", self.clickhouse.address());
        let query = format!("{query} FORMAT TSV");
        let mut curl = Command::new("curl");
        let answer = curl
            .args(["-sS", "--fail-with-body", &url, "-d", &query])
            .output();
        let answer = answer.unwrap();
        let text = String::from_utf8(answer.stdout).unwrap();
        assert!(answer.status.success(), "{query}: {text}");
        let columns = |line: &str| line.split('\t').map(ToOwned::to_owned).collect();
        text.lines().map(columns).collect()
    }
}

fn reading(row: &[String]) -> ReadingRow {
    (
        row[0].clone(),
        row[1].clone(),
        row[2].parse().unwrap(),
        row[3].parse().unwrap(),
        row[4].parse().unwrap(),
        row[5].parse().ok(),
        row[6].parse().unwrap(),
    )
}

/// What is there too often, or not often enough.
fn different<T: Ord + Debug>(said: &[T], stored: &[T]) -> Vec<String> {
    let mut counts: BTreeMap<&T, i64> = BTreeMap::new();
    said.iter()
        .for_each(|row| *counts.entry(row).or_default() -= 1);
    stored
        .iter()
        .for_each(|row| *counts.entry(row).or_default() += 1);
    counts.retain(|_, count| *count != 0);
    let differing = counts.into_iter();
    differing
        .map(|(row, count)| format!("{row:?}: {count:+} in the table"))
        .collect()
}
