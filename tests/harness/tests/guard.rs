//! A test that is killed, as by a CI time limit, takes its servers with it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::{mosquitto, wait_for};

const VICTIM: &str = "MEDAXIS_HARNESS_VICTIM";

#[test]
fn a_killed_test_leaves_no_server_behind() {
    if std::env::var_os(VICTIM).is_some() {
        return be_the_victim();
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_killed_test_leaves_no_server_behind",
            "--nocapture",
        ])
        .env(VICTIM, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(victim.stdout.take().unwrap());
    let started = output
        .lines()
        .find_map(|line| line.unwrap().strip_prefix("started ").map(str::to_owned))
        .unwrap();
    let (id, folder) = started.split_once(' ').unwrap();
    let server = format!("/proc/{id}/cmdline");
    assert!(
        std::fs::read_to_string(&server)
            .unwrap()
            .contains("mosquitto")
    );

    victim.kill().unwrap();
    victim.wait().unwrap();
    wait_for(Duration::from_secs(10), "the end of the server", || {
        // A zombie that nobody waits for has an empty command line.
        Ok(std::fs::read_to_string(&server)
            .unwrap_or_default()
            .is_empty()
            .then_some(()))
    })
    .unwrap();
    // Nobody was left to delete it.
    assert!(Path::new(folder).starts_with(std::env::temp_dir()));
    std::fs::remove_dir_all(folder).unwrap();
}

/// Starts a server, says which, and waits for the end.
fn be_the_victim() {
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    println!(
        "\nstarted {} {}",
        mosquitto.id().unwrap(),
        mosquitto.folder().display()
    );
    let _ = std::io::stdin().lines().count();
}
