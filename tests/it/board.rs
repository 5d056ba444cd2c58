//! The board in a browser: Chromium shows the demo's hospital, and a bed that
//! somebody gets into.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::{Browser, link};
use crate::program::{Demo, between};
use crate::watch::pad;

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
    let browser = Browser::start();
    let screen = browser.opens("screen", &link(board, "charge_nurse"));
    screen.shows("[data-bed]", "");
    after("beds on the screen");
    let states = || screen.attributes("[data-bed]", "data-state");
    let before = states();
    let changed = || Ok((states() != before).then_some(()));
    harness::wait_for(Duration::from_secs(180), "a bed changes", changed).unwrap();
    after("a bed changes");
    demo.board();
    after("the last 24 hours are over");
    let broker = demo.hears("the broker's address", |said| {
        between(said, "MQTT broker at ", " ")
    });

    let published = Instant::now();
    pad(broker, "B-SCREEN", r#"{"boot":1,"seq":1,"occupied":true}"#);
    screen.becomes(r#"[data-bed="MED-B/B-SCREEN"]"#, "data-state", "occupied");
    let took = published.elapsed();
    eprintln!(
        "a new bed on the screen {} ms after its reading",
        took.as_millis()
    );
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(screen.faults(), json!([]));
    screen.pictures(&screenshot);
    assert!(std::fs::metadata(&screenshot).unwrap().len() > 10_000);
}
