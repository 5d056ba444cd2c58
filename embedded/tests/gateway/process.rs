//! The child process: it comes back on the same port with its data, serves many at once, and never
//! outlives its parent.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use embedded::{Supervisor, SupervisorError};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::time::timeout;

use crate::Engine;
use crate::http::post;

/// Polls until `done`, for as long as a slow machine may need.
async fn eventually(what: &str, done: impl AsyncFn() -> bool) {
    let polling = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), polling)
        .await
        .unwrap_or_else(|_| panic!("{what}: not in time"));
}

fn signal(name: &str, process: u32) {
    let status = Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(status.expect("kill runs").success());
}

fn is_alive(process: u32) -> bool {
    // A zombie has ended; only its parent has not looked yet.
    std::fs::read_to_string(format!("/proc/{process}/stat"))
        .is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn a_killed_engine_comes_back_with_its_data() {
    let engine = Engine::start().await;
    let (url, client) = (engine.url(), engine.client());
    engine
        .run(
            "/",
            "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a",
        )
        .await;
    for round in 1..=2_u64 {
        engine
            .run("/", "INSERT INTO t SELECT number FROM numbers(1000)")
            .await;
        let before = engine.supervisor.process_id().expect("it runs");
        signal("-KILL", before);
        eventually("another process", async || {
            engine
                .supervisor
                .process_id()
                .is_some_and(|now| now != before)
        })
        .await;
        assert_eq!(engine.url(), url);
        let count: u64 = client
            .query("SELECT count() FROM t")
            .fetch_one()
            .await
            .expect("counted");
        assert_eq!(count, 1000 * round);
    }
}

#[tokio::test]
async fn readers_and_writers_do_not_disturb_each_other() {
    let engine = Engine::start().await;
    engine
        .run(
            "/",
            "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a",
        )
        .await;
    let url = engine.url();
    let writers = (0..3_u64).map(|writer| {
        let url = url.clone();
        tokio::spawn(async move {
            for batch in 0..10 {
                let first = (writer * 10 + batch) * 1000;
                let sql = format!("INSERT INTO t SELECT number FROM numbers({first}, 1000)");
                assert_eq!(post(&url, "/", &[], sql.as_bytes()).await.status, 200);
            }
        })
    });
    let readers = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move {
            let mut seen = 0;
            for _ in 0..20 {
                let answer = post(&url, "/", &[], b"SELECT count(), uniqExact(a) FROM t").await;
                let text = answer.text();
                let (count, distinct) = text.trim().split_once('\t').expect("two numbers");
                assert_eq!(count, distinct);
                let count: u64 = count.parse().expect("a number");
                assert!(
                    count >= seen && count.is_multiple_of(1000),
                    "{count} after {seen}"
                );
                seen = count;
            }
        })
    });
    for task in writers.chain(readers).collect::<Vec<_>>() {
        task.await.expect("no error");
    }
    assert_eq!(engine.run("/", "SELECT count() FROM t").await, "30000\n");
}

#[tokio::test]
async fn shutdown_and_drop_end_the_process() {
    let data = TempDir::new().expect("a temporary folder");
    for ask in [true, false] {
        let supervisor = Supervisor::start(crate::options(data.path()))
            .await
            .expect("it starts");
        let process = supervisor.process_id().expect("it runs");
        if ask {
            timeout(Duration::from_secs(30), supervisor.shutdown())
                .await
                .expect("it ends");
            assert!(!is_alive(process));
        } else {
            drop(supervisor);
        }
        eventually("the end of the process", async || !is_alive(process)).await;
    }
}

/// Starts the engine without a supervisor, with a pipe as its stdin.
async fn start_alone(data: &Path) -> tokio::process::Child {
    let options = crate::options(data);
    let mut child = tokio::process::Command::new(options.program)
        .arg("--lib")
        .arg(options.library)
        .arg("--data")
        .arg(data)
        .args(["--listen", "127.0.0.1:0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it is started");
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("stdout is piped");
    BufReader::new(stdout)
        .read_line(&mut line)
        .await
        .expect("a line");
    assert!(line.starts_with("listening 127.0.0.1:"), "{line}");
    child
}

#[tokio::test]
async fn the_process_ends_cleanly_when_its_parent_is_gone_or_asks() {
    let data = TempDir::new().expect("a temporary folder");
    for name in ["stdin", "-TERM", "-INT"] {
        let mut child = start_alone(data.path()).await;
        let lifeline = child.stdin.take();
        if name == "stdin" {
            drop(lifeline);
        } else {
            signal(name, child.id().expect("it runs"));
        }
        let status = timeout(Duration::from_secs(30), child.wait())
            .await
            .expect("it ends");
        assert!(status.expect("its status").success(), "{name}");
    }
}

#[tokio::test]
async fn a_data_folder_has_one_engine() {
    let data = TempDir::new().expect("a temporary folder");
    let first = Supervisor::start(crate::options(data.path()))
        .await
        .expect("it starts");
    let second = Supervisor::start(crate::options(data.path())).await;
    assert!(
        matches!(second, Err(SupervisorError::Ended(_))),
        "{second:?}"
    );
    assert_eq!(
        post(&first.url(), "/", &[], b"SELECT 1").await.text(),
        "1\n"
    );
}

#[tokio::test]
async fn a_long_statement_does_not_keep_the_process_alive() {
    let data = TempDir::new().expect("a temporary folder");
    let supervisor = Supervisor::start(crate::options(data.path()))
        .await
        .expect("it starts");
    let (url, process) = (supervisor.url(), supervisor.process_id().expect("it runs"));
    let long = tokio::spawn(async move {
        let sql = b"SELECT sleepEachRow(1) FROM numbers(120) SETTINGS max_block_size = 1";
        let address = url
            .strip_prefix("http://")
            .expect("an http address")
            .to_owned();
        let mut stream = tokio::net::TcpStream::connect(address)
            .await
            .expect("a connection");
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
            sql.len()
        );
        stream
            .write_all(&[head.as_bytes(), sql].concat())
            .await
            .expect("it is sent");
        stream.read_to_end(&mut Vec::new()).await
    });
    eventually("the long statement runs", async || {
        let running = b"SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow%'";
        post(&supervisor.url(), "/", &[], running).await.text() == "2\n"
    })
    .await;
    timeout(Duration::from_secs(60), supervisor.shutdown())
        .await
        .expect("it ends");
    assert!(!is_alive(process));
    // The answer broke off; it did not end well.
    let answer = long.await.expect("no panic");
    assert!(answer.is_err() || answer.is_ok_and(|bytes| bytes == 0));
}

#[tokio::test]
async fn a_start_that_cannot_succeed_says_why() {
    let data = TempDir::new().expect("a temporary folder");
    let mut options = crate::options(data.path());
    options.library = PathBuf::from("/nowhere/libchdb.so");
    let error = Supervisor::start(options.clone())
        .await
        .expect_err("there is no library");
    assert!(matches!(error, SupervisorError::Ended(_)), "{error}");
    let output = Command::new(options.program)
        .args([
            "--lib",
            "/nowhere/libchdb.so",
            "--listen",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(data.path())
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/libchdb.so"));
}
