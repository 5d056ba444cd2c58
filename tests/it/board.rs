//! The board in a browser: Chromium shows the demo's hospital, and a bed that
//! somebody gets into.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use harness::access;
use serde_json::{Value, json};

use crate::program::{Demo, between};
use crate::watch::pad;

/// A browser with the board in it. It ends when its standard input does.
struct Screen {
    child: Child,
    asks: Option<ChildStdin>,
    tells: Lines<BufReader<ChildStdout>>,
}

impl Screen {
    fn open(address: &str, screenshot: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/board.mjs");
        let mut command = Command::new("node");
        command.arg(script).arg(address).arg(screenshot);
        command.env("CHROMIUM", harness::chromium::path().unwrap());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            asks: child.stdin.take(),
            tells: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    fn sees(&mut self) -> Value {
        let line = self.tells.next().expect("the browser has ended").unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// The state of a bed, once it is there.
    fn bed(&mut self, bed: &str) -> Value {
        writeln!(self.asks.as_mut().unwrap(), "{bed}").unwrap();
        self.sees()["state"].clone()
    }

    /// The next bed that becomes another.
    fn next_change(&mut self) -> Value {
        writeln!(self.asks.as_mut().unwrap(), "*").unwrap();
        self.sees()["bed"].clone()
    }

    /// Takes the screenshot and closes; gives what the page complained of.
    fn close(mut self) -> Value {
        self.asks = None;
        let faults = self.sees()["faults"].clone();
        assert!(self.child.wait().unwrap().success());
        faults
    }
}

/// The link that a charge nurse opens the board with.
fn link(board: SocketAddr) -> String {
    let token = access::token(access::TENANT, "charge_nurse");
    format!("http://{board}/#token={token}")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "edge: says how long it took")]
fn chromium_shows_the_hospital_and_a_bed_that_somebody_gets_into() {
    let folder = tempfile::tempdir().unwrap();
    let screenshot = folder.path().join("board.png");
    let started = Instant::now();
    let mut demo = Demo::start(&[]);
    let after = |what: &str| {
        eprintln!(
            "{what} {:.1} s after the start",
            started.elapsed().as_secs_f64()
        );
    };
    let board = demo.opening_board();
    let mut screen = Screen::open(&link(board), &screenshot);
    assert!(screen.sees()["beds"].as_u64().unwrap() > 0);
    after("beds on the screen");
    assert!(screen.next_change().is_string());
    after("a bed changes");
    demo.board();
    after("the last 24 hours are over");
    let broker = demo.hears("the broker's address", |said| {
        between(said, "MQTT broker at ", " ")
    });

    let published = Instant::now();
    pad(broker, "B-SCREEN", r#"{"boot":1,"seq":1,"occupied":true}"#);
    assert_eq!(screen.bed("MED-B/B-SCREEN"), "occupied");
    let took = published.elapsed();
    eprintln!(
        "a new bed on the screen {} ms after its reading",
        took.as_millis()
    );
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(screen.close(), json!([]));
    assert!(std::fs::metadata(&screenshot).unwrap().len() > 10_000);
}
