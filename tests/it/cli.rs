//! Commands that need no server: the bed map of HL7 files against the simulator's
//! own event log, payloads and configurations checked, and clear refusals.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use futures_util::StreamExt as _;
use harness::process::Process;
use harness::{clickhouse, kafka, wait_for};
use jiff::Timestamp;
use serde_json::Value;
use tokio_tungstenite::connect_async;

use crate::adt::{BedMap, Renaming, START, Truth, runs};
use crate::program::{between, complaint, medaxis, printed, run};
use crate::watch::shows;

/// Until a node is ready, on a machine that is busy with the other tests.
const READY: Duration = Duration::from_secs(120);

/// The bed map that the binary prints, at a time or in the end.
fn printed_map(run: &Path, at: Option<&str>) -> BedMap {
    let file = run.join("messages.hl7");
    let mut command = medaxis(&["hl7", "replay", "--bed-map", "json"]);
    command
        .arg(file)
        .args(at.map(|at| ["--at", at]).into_iter().flatten());
    let map = printed(&command.output().unwrap());
    serde_json::from_str(&map).unwrap_or_else(|error| panic!("{error}: {map}"))
}

/// Compares the final map and the map at every full hour; says how many.
fn check_run(run: &Path) -> usize {
    let start: Timestamp = START.parse().unwrap();
    let mut truth = Truth::read(run);
    let (mut names, mut compared) = (Renaming::default(), 0);
    for hour in truth.hours() {
        let time = Timestamp::from_millisecond(start.as_millisecond() + hour)
            .unwrap()
            .to_string();
        let when = format!("in {} at {time}", run.display());
        names.check(&printed_map(run, Some(&time)), &truth.map(hour), &when);
        compared += 1;
    }
    let when = format!("in the end of {}", run.display());
    names.check(&printed_map(run, None), &truth.map(i64::MAX), &when);
    compared
}

#[test]
fn the_bed_map_of_every_run_is_true_at_every_full_hour_and_in_the_end() {
    let runs = runs();
    assert_eq!(runs.len(), 12);
    let compared: usize = thread::scope(|scope| {
        let halves = runs.chunks(runs.len() / 2);
        let halves: Vec<_> = halves
            .map(|half| scope.spawn(|| half.iter().map(|run| check_run(run)).sum::<usize>()))
            .collect();
        halves.into_iter().map(|half| half.join().unwrap()).sum()
    });
    assert!(compared > 500, "{compared} hours");
}

#[test]
fn a_payload_is_explained_or_refused_with_its_reason() {
    let topic = "medaxis/v1/demo/north/A/r1/A-01/pad-1/bed";
    let check = |payload: &str| {
        let mut command = medaxis(&["check-payload", topic, "-"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(payload.as_bytes())
            .unwrap();
        printed(&child.wait_with_output().unwrap())
    };
    let good = check(r#"{"boot":7,"seq":42,"ts":"2026-01-02T03:04:05.678Z","occupied":true}"#);
    assert!(good.contains("occupied") && good.contains("42"), "{good}");
    for (payload, reason) in [
        ("{", "not_json"),
        (r#"{"boot":7,"seq":1,"occupied":3}"#, "type_wrong"),
        ("", "empty"),
    ] {
        let said = check(payload);
        assert!(said.contains(reason), "{payload}: {said}");
    }
}

#[test]
fn a_configuration_is_good_or_refused_with_the_key_that_is_wrong() {
    assert!(printed(&run(&["check-config"])).contains("good"));
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    for (text, named) in [
        ("[kafka]\nlane = 4\n", "lane"),
        ("[kafka]\nlanes = 0\n", "kafka.lanes"),
        (
            "[clickhouse]\npassword_file = \"/nowhere\"\n",
            "clickhouse.password_file /nowhere",
        ),
        ("[mqtt]\nuser = \"gateway\"\n", "mqtt.password_file"),
        (
            "[kafka]\nca_file = \"/nowhere\"\n",
            "kafka.ca_file /nowhere",
        ),
        (
            "[server]\nlisten = \"0.0.0.0:8080\"\n",
            "--allow-unauthenticated",
        ),
    ] {
        std::fs::write(path, text).unwrap();
        let refused = run(&["check-config", "--config", path]);
        assert_eq!(refused.status.code(), Some(1), "{text}");
        assert!(
            complaint(&refused).contains(named),
            "{}",
            complaint(&refused)
        );
    }
}

#[test]
fn messages_of_a_tenant_that_is_not_configured_are_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let file = file.path().to_str().unwrap();
    let refused = run(&["hl7", "replay", file, "--tenant", "nobody"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = complaint(&refused);
    assert!(
        said.contains("--tenant \"nobody\" is none of the configured tenants: demo"),
        "{said}"
    );
}

#[test]
fn without_sign_in_only_this_machine_may_come_in() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[server]\nlisten = \"0.0.0.0:8080\"\n").unwrap();
    let refused = run(&["run", "--config", file.path().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        complaint(&refused).contains("--allow-unauthenticated"),
        "{}",
        complaint(&refused)
    );
}

#[tokio::test]
async fn who_may_come_in_without_sign_in_is_warned_on_the_board() {
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let library = clickhouse::library().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_medaxis"));
    let clickhouse = clickhouse::start(program, &["clickhouse-engine"], &library).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (config, log) = (
        folder.path().join("medaxis.toml"),
        folder.path().join("log"),
    );
    let text = format!(
        "[server]\nlisten = \"0.0.0.0:0\"\n[kafka]\nbrokers = \"{}\"\nlanes = 4\n\
         [mqtt]\nhost = \"\"\n[clickhouse]\nurl = \"http://{}\"\n[privacy]\npseudonym_key_file = \"{}\"\n",
        kafka.address(),
        clickhouse.address(),
        folder.path().join("key").display(),
    );
    std::fs::write(&config, text).unwrap();
    let args = [
        "run",
        "--config",
        config.to_str().unwrap(),
        "--allow-unauthenticated",
    ];
    let node = Process::spawn(&mut medaxis(&args), &log).unwrap();
    let board: SocketAddr = wait_for(READY, "ready", || Ok(between(&node.log()?, "board=", "\n")))
        .unwrap_or_else(|error| panic!("{error:#}\n{}", node.log().unwrap()));

    // A site has a board once something was said of it.
    let here = SocketAddr::from(([127, 0, 0, 1], board.port()));
    let tap = r#"{"ward":"A","bed":"A-01","event":"clean"}"#;
    let url = format!("http://{here}/v1/demo/north/beds");
    let posted = Command::new("curl")
        .args([
            "-sS",
            "-f",
            &url,
            "-H",
            "content-type: application/json",
            "-d",
            tap,
        ])
        .output()
        .unwrap();
    assert!(posted.status.success(), "{}", complaint(&posted));
    shows(here, "A", "A-01", "listed", "false");
    let (mut live, _) = connect_async(format!("ws://{here}/live?site=demo/north"))
        .await
        .unwrap();
    let hello = live.next().await.unwrap().unwrap();
    let hello: Value = serde_json::from_str(hello.to_text().unwrap()).unwrap();
    assert_eq!(hello["type"], "hello");
    let warning = hello["warning"].as_str().unwrap();
    assert!(
        warning.contains("No sign-in") && warning.contains("0.0.0.0"),
        "{warning}"
    );
}

#[test]
fn a_demo_says_what_it_lacks() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let library = harness::clickhouse::library().unwrap();
    let demo = |args: &[&str], library: &Path| {
        let mut command = medaxis(&["demo", "--history-hours", "0"]);
        command.args(args).env("MEDAXIS_LIBCHDB", library);
        let refused = command.output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        complaint(&refused)
    };
    for option in ["--port", "--mqtt-port"] {
        let mut args = vec![option, &*port];
        if option == "--mqtt-port" {
            args = vec!["--port", "0", "--mqtt-port", &port];
        }
        let said = demo(&args, &library);
        assert!(
            said.contains(&port) && said.contains("taken"),
            "{option}: {said}"
        );
    }
    let said = demo(&["--port", "0"], Path::new("/nowhere/libchdb.so"));
    assert!(said.contains("/nowhere/libchdb.so"), "{said}");
}
