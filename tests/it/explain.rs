//! A number, explained: the readings that made it, by their place on Kafka, and the sum
//! that gives it; before and after a correction, in a terminal and over HTTP. A number
//! that somebody altered is not explained away.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use events::time::{EventTime, MINUTE_MS};
use harness::{clickhouse, kafka, mosquitto, wait_for};
use serde_json::Value;

use crate::node::Node;
use crate::program::{complaint, printed};
use crate::watch::{holds, pad, shows};

/// A minute of one bed that was told of, and then corrected.
struct Minute {
    node: Node,
    board: SocketAddr,
    clickhouse: harness::Server,
    from: i64,
    _kafka: harness::Server,
    mosquitto: harness::Server,
}

#[test]
fn a_number_is_explained_by_its_records_also_when_it_was_corrected() {
    let minute = Minute::told();
    minute.shows_the_sum();
    let (first, second) = minute.names_the_records();
    minute.answers_over_http(first, second);
    minute.finds_what_was_altered();
    minute.node.ends();
}

impl Minute {
    fn told() -> Self {
        let kafka = kafka::start(kafka::Access::Open).unwrap();
        let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
        let library = clickhouse::library().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
        let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
        let mut node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
        node.is_told("[stream]\ndisorder_s = 1\n");
        node.start();
        let board = node.board();
        node.has_a_ward(board);
        let minute = Self {
            node,
            board,
            clickhouse,
            from: begins(12),
            _kafka: kafka,
            mosquitto,
        };
        minute.says(1, 2, true);
        shows(board, "MED-B", "B-01", "occupied", "true");
        tap_dirty(board, minute.from + 5_000);
        minute.says(2, 12, false);
        minute.is_said(0, 10_000);
        minute.says(3, 30, true);
        minute.is_said(1, 40_000);
        minute
    }

    /// The pad says whether somebody is in the bed.
    fn says(&self, seq: u32, second: i64, occupied: bool) {
        let ts = EventTime(self.from + second * 1_000);
        let said = format!(r#"{{"boot":1,"seq":{seq},"ts":"{ts}","occupied":{occupied}}}"#);
        pad(self.mosquitto.address(), "B-01", &said);
    }

    /// Waits until the minute's occupancy is stored in this revision.
    fn is_said(&self, revision: u32, numerator: i64) {
        let from = self.from;
        let row = "ward = 'MED-B' AND kpi = 'occupancy' AND stat = 'value' AND resolution_s = 60";
        let window = format!("toUnixTimestamp64Milli(window_start) = {from}");
        let number = format!("revision = {revision} AND numerator = {numerator}");
        let count =
            format!("SELECT count() FROM medaxis.kpi WHERE {row} AND {window} AND {number}");
        holds(&self.url(), &count);
    }

    fn url(&self) -> String {
        format!("http://{}", self.clickhouse.address())
    }

    fn window(&self) -> String {
        EventTime(self.from).to_string()
    }

    /// The command that explains the minute's occupancy, and more.
    fn command(&self, rest: &[&str]) -> Command {
        let site = ["--tenant", "demo", "--site", "north", "--ward", "MED-B"];
        let window = self.window();
        let window = ["--window", &window, "--resolution", "60"];
        let asked = [&["explain", "occupancy"], &site[..], &window, rest].concat();
        self.node.command(&asked)
    }

    fn text(&self, rest: &[&str]) -> String {
        printed(&self.command(rest).output().unwrap())
    }

    fn json(&self, rest: &[&str]) -> Value {
        let rest = [rest, &["--format", "json"]].concat();
        serde_json::from_str(&self.text(&rest)).unwrap()
    }

    fn shows_the_sum(&self) {
        let first = self.text(&["--revision", "0"]);
        for words in [
            "occupancy (value) of MED-B, demo/north",
            "stored    10000 / 60000 = 0.166 share",
            "beds      1 staffed, as listed by control lane 0 offset ",
            "It follows from 2 records:",
            "occupied (boot 1, seq 1)",
            "empty (boot 1, seq 2)",
            "bed MED-B B-01 is dirty: refused_bed_state",
            "sum occupied: 10000 ms",
            "value = 10000 / 60000",
            ": the same.",
        ] {
            assert!(first.contains(words), "{words}\n{first}");
        }
    }

    /// Gives the explanations before and after the correction.
    fn names_the_records(&self) -> (Value, Value) {
        let (first, second) = (self.json(&["--revision", "0"]), self.json(&[]));
        assert_eq!(
            (&second["revision"], &second["agrees"]),
            (&1.into(), &true.into())
        );
        assert_eq!(second["naive"]["numerator"], 40_000);
        assert_eq!(self.json(&["--stat", "peak"])["stored"]["numerator"], 1);
        let records = |answer: &Value| answer["records"].as_array().unwrap().clone();
        assert_eq!(
            (records(&first).len(), records(&second).len()),
            (2, 3),
            "{second:#}"
        );
        for (seq, record) in (1..).zip(records(&second)) {
            let (lane, offset) = (&record["lane"], &record["offset"]);
            let query = format!(
                "SELECT count() FROM medaxis.readings WHERE seq = {seq} AND lane = {lane} AND log_offset = {offset}"
            );
            holds(&self.url(), &query);
        }
        (first, second)
    }

    fn answers_over_http(&self, first: Value, second: Value) {
        let window = self.window();
        let path = format!("kpis/occupancy/explain?ward=MED-B&window={window}&resolution=60");
        let asked = |rest: &str| curl(self.board, &format!("{path}{rest}"));
        assert_eq!(asked(""), ("200".to_owned(), second));
        assert_eq!(asked("&revision=0"), ("200".to_owned(), first));
        let (status, problem) = asked("&revision=7");
        assert_eq!((status.as_str(), &problem["status"]), ("404", &404.into()));
        let (status, problem) = asked("&stat=value&rev=1");
        assert_eq!(
            (status.as_str(), &problem["errors"][0]["field"]),
            ("422", &"rev".into())
        );
    }

    /// A number that does not follow from the log is not explained away.
    fn finds_what_was_altered(&self) {
        let altered = "INSERT INTO medaxis.kpi SELECT * REPLACE(2 AS revision, 59000 AS numerator) FROM \
             (SELECT * FROM medaxis.kpi WHERE kpi = 'occupancy' AND stat = 'value' AND revision = 1)";
        let curl = Command::new("curl")
            .args(["-sS", &self.url(), "-d", altered])
            .output();
        assert_eq!(printed(&curl.unwrap()), "");
        let output = self.command(&[]).output().unwrap();
        let said = complaint(&output);
        let (folded, naive) = (
            "the log, folded again, gives",
            "the listed records alone give",
        );
        let differs = |what: &str| said.contains(&format!("{what} 40000 / 60000"));
        assert!(
            !output.status.success() && differs(folded) && differs(naive),
            "{said}"
        );
    }
}

/// Waits until a minute has begun so many seconds ago, no earlier than now, and gives its
/// begin.
#[expect(clippy::disallowed_methods, reason = "edge: a device has a clock")]
fn begins(seconds: i64) -> i64 {
    let wall = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(now.as_millis()).unwrap()
    };
    let from = (wall() / MINUTE_MS + 1) * MINUTE_MS;
    let begun = wait_for(Duration::from_secs(120), "a minute", || {
        Ok((wall() >= from + seconds * 1_000).then_some(from))
    });
    begun.unwrap()
}

/// Taps a bed dirty that somebody lies in.
fn tap_dirty(board: SocketAddr, at: i64) {
    let body = format!(
        r#"{{"ward":"MED-B","bed":"B-01","event":"dirty","at":"{}"}}"#,
        EventTime(at)
    );
    let url = format!("http://{board}/v1/demo/north/beds");
    let told = Command::new("curl")
        .args(["-sS", "-i", &url, "-d", &body])
        .args(["-H", &harness::access::header("source")])
        .output();
    let told = printed(&told.unwrap());
    assert!(told.starts_with("HTTP/1.1 202"), "{told}");
}

/// Status and body of an answer.
fn curl(board: SocketAddr, path: &str) -> (String, Value) {
    let url = format!("http://{board}/v1/demo/north/{path}");
    let asked = Command::new("curl")
        .args(["-sS", "-w", "\n%{http_code}", &url])
        .args(["-H", &harness::access::header("charge_nurse")])
        .output();
    let asked = printed(&asked.unwrap());
    let (body, status) = asked.rsplit_once('\n').unwrap();
    (status.to_owned(), serde_json::from_str(body).unwrap())
}
