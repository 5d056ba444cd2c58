//! Commands that need no server: the bed map of HL7 files against the simulator's
//! own event log, payloads and configurations checked, and clear refusals.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::thread;

use jiff::Timestamp;

use crate::adt::{BedMap, Renaming, START, Truth, runs};
use crate::program::{complaint, medaxis, printed, run};

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
    let folder = tempfile::tempdir().unwrap();
    let access = harness::access::write(folder.path());
    let access = format!("[access]\nfile = \"{}\"\n", access.display());
    let file = folder.path().join("medaxis.toml");
    let path = file.to_str().unwrap();
    std::fs::write(path, &access).unwrap();
    assert!(printed(&run(&["check-config", "--config", path])).contains("good"));
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
    ] {
        std::fs::write(path, format!("{access}{text}")).unwrap();
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
fn without_a_file_of_tokens_nothing_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("medaxis.toml");
    std::fs::write(&file, "[access]\nfile = \"/nowhere/access.toml\"\n").unwrap();
    let refused = run(&["run", "--config", file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    let said = complaint(&refused);
    assert!(
        said.contains("access.file /nowhere/access.toml") && said.contains("medaxis access add"),
        "{said}"
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
