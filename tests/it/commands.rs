//! People at boards: what one asks for shows on every board, holds over a kill, is in the
//! history once, and can be taken back; who may not, changes nothing.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use harness::access::token;
use harness::{clickhouse, kafka, mosquitto, wait_for};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::connect;

use crate::node::Node;
use crate::program::get;
use crate::watch::{holds, live, shows};

/// Until something shows, on a machine that is busy with the other tests; an alert takes a
/// minute.
const SHOWS: Duration = Duration::from_secs(150);

/// A ward with one bed that has been dirty for too long.
struct Scene {
    _kafka: harness::Server,
    _mosquitto: harness::Server,
    clickhouse: harness::Server,
    node: Node,
    board: SocketAddr,
    alert: Value,
}

#[test]
fn an_alert_is_answered_on_every_board_and_the_answer_outlives_a_kill() {
    let mut scene = Scene::start();
    scene.is_acknowledged();
    scene.has_one_owner();
    scene.outlives_a_kill();
    scene.ends_with_a_tap_that_can_be_taken_back();
    refuses(scene.board);
    scene.has_a_history();
    scene.node.ends();
}

impl Scene {
    fn start() -> Self {
        let kafka = kafka::start(kafka::Access::Open).unwrap();
        let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
        let library = clickhouse::library().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
        let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
        let mut node = Node::new(kafka.address(), mosquitto.address(), clickhouse.address());
        node.start();
        let board = node.board();
        let site = ["--tenant", "demo", "--site", "north"];
        node.prints(&[&["control", "version"], &site[..], &["5"]].concat());
        let minute = ["bed_dirty", "minutes", "1"];
        node.prints(&[&["control", "set"], &site[..], &minute].concat());
        node.has_a_ward(board);
        let told = node.prints(&[&["alerts", "dry-run"], &site[..], &["bed_dirty"]].concat());
        assert!(told.contains("     0 min  step 1: cleaner\n"), "{told}");
        assert!(
            told.contains("    15 min  step 2: charge_nurse, with sound\n"),
            "{told}"
        );

        assert_eq!(asks(board, "cleaner", 1, &tap("dirty")).0, 202);
        shows(board, "MED-B", "B-01", "cleanliness", "\"dirty\"");
        let alert = shown(board, "the alert", |view| alert_of(view, |_| true));
        assert_eq!(
            (&alert["notify"], &alert["step"]),
            (&"cleaner".into(), &1.into())
        );
        let (quiet, nobody) = (&alert["sound"], &alert["acknowledged_by"]);
        assert_eq!((quiet, nobody), (&false.into(), &"".into()));
        Self {
            _kafka: kafka,
            _mosquitto: mosquitto,
            clickhouse,
            node,
            board,
            alert,
        }
    }

    /// Somebody acknowledges the alert as they saw it.
    fn acknowledging(&self) -> Value {
        json!({ "acknowledge": { "alert": self.alert["id"] }, "expects": self.alert["revision"] })
    }

    /// One acknowledges, and whoever looks at another board sees it.
    fn is_acknowledged(&self) {
        let (mut other, _) = connect(live(self.board)).unwrap();
        let ack = self.acknowledging();
        assert_eq!(
            asks(self.board, "cleaner", 2, &ack).0,
            403,
            "not for a cleaner"
        );
        assert_eq!(asks(self.board, "charge_nurse", 3, &ack).0, 202);
        let nurse = token("demo", "charge_nurse");
        wait_for(SHOWS, "the other board", || {
            let frame: Value = serde_json::from_str(other.read()?.to_text()?)?;
            let told = alert_of(&frame, |alert| alert["acknowledged_by"] == nurse);
            Ok(told.filter(|alert| alert["owner"] == nurse && alert["step"] == 0))
        })
        .unwrap();
    }

    /// Two at once, and one who saw it as it was: the first has it.
    fn has_one_owner(&self) {
        let late = json!({ "acknowledge": { "alert": self.alert["id"] } });
        for (number, asked, reason) in [
            (4, late, "alert_taken"),
            (5, self.acknowledging(), "changed_since"),
        ] {
            assert_eq!(asks(self.board, "bed_manager", number, &asked).0, 202);
            assert_eq!(
                comes_to(self.board, number),
                ("refused".into(), reason.into())
            );
        }
        assert_eq!(comes_to(self.board, 3), ("done".into(), String::new()));
        let again = asks(self.board, "charge_nurse", 3, &self.acknowledging());
        assert_eq!(again.0, 202, "what the log has is there: {}", again.1);
    }

    /// All of it is still so after a kill, and what is sent again is the same.
    fn outlives_a_kill(&mut self) {
        self.node.is_killed();
        self.node.start();
        self.board = self.node.board();
        let nurse = token("demo", "charge_nurse");
        shown(self.board, "the answer", |view| {
            alert_of(view, |alert| alert["acknowledged_by"] == nurse)
        });
        let again = self.acknowledging();
        assert_eq!(asks(self.board, "charge_nurse", 3, &again).0, 202);
        let other = json!({ "escalate": { "alert": self.alert["id"] } });
        let refused = asks(self.board, "charge_nurse", 3, &other);
        assert_eq!(refused.0, 422, "another under its id");
    }

    /// A tap ends the alert, and taking the tap back brings it back under its name.
    fn ends_with_a_tap_that_can_be_taken_back(&self) {
        let board = self.board;
        assert_eq!(asks(board, "charge_nurse", 6, &tap("clean")).0, 202);
        shows(board, "MED-B", "B-01", "cleanliness", "\"clean\"");
        shown(board, "no alert", |view| {
            alert_of(view, |_| true).is_none().then_some(Value::Null)
        });
        let back = json!({ "undo": { "command": id(6), "ward": "MED-B" } });
        assert_eq!(asks(board, "cleaner", 7, &back).0, 202);
        assert_eq!(comes_to(board, 7), ("refused".into(), "not_yours".into()));
        assert_eq!(asks(board, "charge_nurse", 8, &back).0, 202);
        shows(board, "MED-B", "B-01", "cleanliness", "\"dirty\"");
        shown(board, "the alert again", |view| {
            alert_of(view, |alert| alert["id"] == self.alert["id"])
        });
    }

    fn has_a_history(&self) {
        let rows = [
            (1, "dirty", "done", ""),
            (3, "acknowledge", "done", ""),
            (4, "acknowledge", "refused", "alert_taken"),
            (5, "acknowledge", "refused", "changed_since"),
            (6, "clean", "done", ""),
            (7, "undo", "refused", "not_yours"),
            (8, "undo", "done", ""),
            (51, "acknowledge", "refused", "alert_unknown"),
        ];
        let rows = rows.map(|(n, kind, outcome, reason)| {
            format!("('{}', '{kind}', '{outcome}', '{reason}')", id(n))
        });
        let rows = rows.join(", ");
        let database = format!("http://{}/?database=medaxis", self.clickhouse.address());
        let history = format!(
            "SELECT groupArray((command, kind, outcome, reason)) = [{rows}] \
             FROM (SELECT * FROM commands FINAL ORDER BY epoch, epoch_index)"
        );
        holds(&database, &history);
        let answered = "SELECT count() > 0 FROM alerts WHERE acknowledged_by != '' AND owner != ''";
        holds(&database, answered);
    }
}

fn tap(is: &str) -> Value {
    json!({ "tap": { "ward": "MED-B", "bed": "B-01", "is": is } })
}

/// What is refused at the door, with nothing said anywhere.
#[track_caller]
fn refuses(board: SocketAddr) {
    for (role, status) in [("analyst", 403), ("operator", 403), ("source", 403)] {
        assert_eq!(asks(board, role, 50, &tap("clean")).0, status, "{role}");
    }
    let url = format!("http://{board}/v1/demo/north/commands");
    assert_eq!(posts(&url, None, "{}").0, 401);
    let nurse = token("demo", "charge_nurse");
    let elsewhere = format!("http://{board}/v1/other/north/commands");
    assert_eq!(posts(&elsewhere, Some(&nurse), "{}").0, 404);
    let nowhere = format!("http://{board}/v1/demo/nowhere/commands");
    let said =
        json!({ "id": id(49), "age_ms": 0, "annotate": { "ward": "MED-B", "text": "hello" } });
    let refused = wait_for(SHOWS, "the refusal of what is said of no site", || {
        // Boards that are behind do not know what there is.
        let (status, problem) = posts(&nowhere, Some(&nurse), &said.to_string());
        Ok((status == 404).then_some(problem))
    });
    assert_eq!(refused.unwrap()["type"], "urn:medaxis:problem:site-unknown");
    assert_eq!(posts(&url, Some(&nurse), "{").0, 400);
    assert_eq!(posts(&url, Some(&nurse), &" ".repeat(5_000)).0, 413);
    let (status, problem) = posts(&url, Some(&nurse), "{\"id\":\"7\"}");
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &"id".into())
    );
    let nobody = json!({ "acknowledge": { "alert": "bed_dirty:MED-B:B-01:1" } });
    assert_eq!(asks(board, "bed_manager", 51, &nobody).0, 202);
    assert_eq!(
        comes_to(board, 51),
        ("refused".into(), "alert_unknown".into())
    );
}

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Posts a command, and gives the status and the answer.
pub(crate) fn asks(board: SocketAddr, role: &str, number: u32, command: &Value) -> (u16, Value) {
    let mut body = command.clone();
    body["id"] = id(number).into();
    if body.get("age_ms").is_none() {
        body["age_ms"] = 0.into();
    }
    let url = format!("http://{board}/v1/demo/north/commands");
    posts(&url, Some(&token("demo", role)), &body.to_string())
}

fn posts(url: &str, token: Option<&str>, body: &str) -> (u16, Value) {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-w", "\n%{http_code}", "--data-binary", body, url]);
    if let Some(token) = token {
        curl.args(["-H", &format!("Authorization: Bearer {token}")]);
    }
    let said = String::from_utf8(curl.output().unwrap().stdout).unwrap();
    let (answer, status) = said.rsplit_once('\n').unwrap();
    let answer = serde_json::from_str(answer).unwrap_or_default();
    (status.parse().unwrap(), answer)
}

/// How a command ended, and why.
#[track_caller]
fn comes_to(board: SocketAddr, number: u32) -> (String, String) {
    let ended = shown(board, "how the command ended", |view| {
        let commands = view["commands"].as_array()?;
        commands.iter().find(|one| one["id"] == id(number)).cloned()
    });
    let text = |field: &str| ended[field].as_str().unwrap().to_owned();
    (text("outcome"), text("reason"))
}

/// Waits until a snapshot of the board has what is looked for.
#[track_caller]
fn shown(board: SocketAddr, what: &str, find: impl Fn(&Value) -> Option<Value>) -> Value {
    let mut last = String::new();
    let found = wait_for(SHOWS, what, || {
        last = get(board, "/v1/demo/north/snapshot").unwrap_or_default();
        let view: Value = serde_json::from_str(&last).unwrap_or_default();
        Ok(find(&view))
    });
    found.unwrap_or_else(|error| panic!("{error:#}; last {last}"))
}

/// The raised alert of the dirty bed in a frame, if it is as wanted.
fn alert_of(frame: &Value, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
    let alerts = frame["alerts"].as_array()?;
    let is_it =
        |one: &&Value| one["rule"] == "bed_dirty" && one["state"] == "raised" && wanted(one);
    alerts.iter().find(is_it).cloned()
}
