//! Whole files of third-party messages against Apache Kafka: every message gets exactly
//! one answer, and what is in the log is what a replay of the file says, also when the
//! gateway is killed on the way.

use std::collections::BTreeMap;
use std::path::Path;

use events::fact::Told;
use harness::kafka::{Access, start};
use ingest::hl7::replay::{File, replay};
use ingest::hl7::seen::Seen;
use ingest::hl7::split;
use ingest::kafka::{Config, create_topics, wait};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::sender::{Sender, said};
use super::{Gateway, NOW, interface, told};

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; this test reads the third-party messages in ../shared/data beside the project",
            path.display()
        )
    })
}

struct Apache {
    _server: harness::Server,
    runtime: Runtime,
    address: String,
}

impl Apache {
    fn start() -> Self {
        let server = start(Access::Open).unwrap();
        let runtime = Runtime::new().unwrap();
        let address = server.address().to_string();
        Self {
            _server: server,
            runtime,
            address,
        }
    }

    /// A log of its own, with this prefix.
    fn log(&self, prefix: &str) -> Config {
        let config = Config::new(self.address.clone(), prefix);
        let (_stop, stopped) = watch::channel(false);
        wait(&config, &stopped).unwrap();
        self.runtime.block_on(create_topics(&config)).unwrap();
        config
    }
}

/// What a replay of the file tells, in one order whatever the way.
fn expected(bytes: &[u8]) -> Vec<Told> {
    let name = "messages";
    let file = File { name, bytes };
    let replay = replay(&interface(), [file], Some(NOW), Seen::default());
    assert_eq!(replay.dead.len(), 0);
    sorted(replay.told)
}

fn sorted(mut told: Vec<Told>) -> Vec<Told> {
    told.sort_by_key(|told| told.receipt.clone());
    told
}

fn control_id(message: &[u8]) -> String {
    let header = message.split(|byte| *byte == b'\r').next().unwrap();
    let id = header.split(|byte| *byte == b'|').nth(9).unwrap();
    String::from_utf8(id.to_vec()).unwrap()
}

/// Sends messages without waiting, and counts the answers, which come in their order.
fn pipeline(gateway: &Gateway, messages: &[&[u8]], code: &str) {
    let (mut sender, mut listener) = Sender::pair(gateway.address);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for message in messages {
                sender.send(message);
            }
        });
        for message in messages {
            let expected = format!("{code} {}", control_id(message));
            assert_eq!(listener.hears(), expected);
        }
    });
}

#[test]
fn every_message_gets_one_answer_and_the_log_holds_what_a_replay_says() {
    let apache = Apache::start();
    let bytes = file("hl7v2-simhospital/messages.out");
    let messages: Vec<&[u8]> = split::messages(&bytes).collect();
    assert_eq!(messages.len(), 1_013);
    let expected = expected(&bytes);

    // Over one connection, each after the answer to the one before. They ask for
    // commit acknowledgements only.
    let log = apache.log("one.");
    let gateway = Gateway::start(&log);
    let mut sender = Sender::to(gateway.address);
    for message in &messages {
        let answer = sender.tells(message);
        assert_eq!(answer, format!("CA {}", control_id(message)));
    }
    assert_eq!(sorted(told(&log)), expected);
    let counts = events::metric::INGEST_MLLP_MESSAGES;
    assert_eq!(gateway.count(counts, "told"), 401);
    assert_eq!(gateway.count(counts, "ignored"), 612);

    // Over four at once, without waiting.
    let log = apache.log("four.");
    let gateway = Gateway::start(&log);
    std::thread::scope(|scope| {
        for part in messages.chunks(messages.len().div_ceil(4)) {
            let gateway = &gateway;
            scope.spawn(move || pipeline(gateway, part, "CA"));
        }
    });
    assert_eq!(sorted(told(&log)), expected);
}

#[test]
fn a_gateway_that_is_killed_on_the_way_loses_nothing_and_tells_nothing_twice() {
    let apache = Apache::start();
    let log = apache.log("killed.");
    let bytes = file("adt-simulated/inpatient-seed3-n200-gap120/messages.hl7");
    let messages: Vec<&[u8]> = split::messages(&bytes).collect();
    let expected = expected(&bytes);
    let mut unanswered: Vec<&[u8]> = messages.clone();
    let mut answers = BTreeMap::<String, u64>::new();
    let mut kills = 0;
    let mut gateway = Gateway::start(&log);
    while !unanswered.is_empty() {
        let goal = (kills < 3).then_some(unanswered.len() / 3);
        let heard = answered_until(gateway, &unanswered, goal);
        for answer in &heard {
            *answers.entry(answer.clone()).or_default() += 1;
        }
        unanswered.drain(..heard.len());
        kills += 1;
        gateway = Gateway::restart(&log);
    }
    assert_eq!(kills, 4);
    assert!(answers.keys().all(|answer| answer.starts_with("AA ")));
    let count: u64 = answers.values().sum();
    assert_eq!(count, messages.len() as u64);
    assert_eq!(sorted(told(&log)), expected);
}

/// Sends messages without waiting and kills the gateway when so many are answered; gives
/// the answers that came.
fn answered_until(gateway: Gateway, messages: &[&[u8]], goal: Option<usize>) -> Vec<String> {
    let (mut sender, mut listener) = Sender::pair(gateway.address);
    let mut gateway = Some(gateway);
    let mut heard = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for message in messages {
                let frame = [b"\x0B", *message, b"\x1C\r"].concat();
                if sender.sends_bytes(&frame).is_err() {
                    break;
                }
            }
        });
        while heard.len() < messages.len() {
            if goal.is_some_and(|goal| heard.len() >= goal) {
                drop(gateway.take());
            }
            match listener.answer() {
                Ok(answer) => heard.push(said(&answer)),
                Err(_) => break,
            }
        }
    });
    heard
}
