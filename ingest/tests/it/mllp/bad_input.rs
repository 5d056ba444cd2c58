//! What senders do wrong: said, counted, and nobody else is disturbed.

use std::time::Duration;

use events::metric;
use events::output::DeadLetter;
use events::topic::KafkaTopic;
use events::wire;
use ingest::http::recall::Past;
use ingest::mllp::Limits;

use super::sender::Sender;
use super::{Gateway, admission, told};
use crate::support::{cluster, eventually};

fn short() -> Limits {
    Limits {
        frame_bytes: 200_000,
        header: Duration::from_millis(500),
        frame: Duration::from_millis(500),
        ..Limits::default()
    }
}

#[test]
fn what_is_wrong_with_a_message_is_answered_and_kept_and_the_next_one_is_taken() {
    let cluster = cluster();
    let gateway = Gateway::start_with(&cluster.config, short(), Past::default(), None);
    let mut sender = Sender::to(gateway.address);
    let with = |from: &str, to: &str| admission("M1").replace(from, to);
    for (message, answer) in [
        (
            with("A^R1^B1", ""),
            "AE M1 hl7_no_place: PV1-3.1 is missing",
        ),
        (
            with("20260102030000", "20260231"),
            "AE M1 time_invalid: MSH-7 is not YYYY[MM[DD[HH[MM[SS[.S]]]]]][+/-ZZZZ]",
        ),
        (
            with("|P|2.3", "|P|2.3||||||KLINGON"),
            "AE M1 charset_unknown: MSH-18 names a character set that is not known here",
        ),
        (
            with("ADT^A01", "ADT^Z99"),
            "AR M1 trigger_unknown: MSH-9 is no event of the standard that is known here",
        ),
        (
            "\0\u{1}\u{2}binary\u{7F}".to_owned(),
            "AR  hl7_header: message does not begin with MSH",
        ),
        (
            with("R1", &"x".repeat(200_000)),
            "AR M1 payload_too_large: message is longer than 200000 bytes",
        ),
    ] {
        assert_eq!(sender.tells(message), answer);
    }
    assert_eq!(sender.tells(admission("M2")), "AA M2");
    assert_eq!(told(&cluster.config).len(), 1);
    let letters: Vec<DeadLetter> = cluster
        .records(KafkaTopic::DeadLetter)
        .iter()
        .map(|record| wire::decode(&record.value).unwrap())
        .collect();
    assert_eq!(letters.len(), 6, "durable before they were answered");
    assert!(
        letters
            .iter()
            .all(|letter| letter.source == "hl7" && letter.tenant == "demo")
    );
    let large = letters
        .iter()
        .find(|letter| letter.reason == "payload_too_large");
    assert!(large.unwrap().length > 200_000);
    assert_eq!(gateway.count(metric::INGEST_MLLP_MESSAGES, "dead"), 6);
    assert_eq!(
        gateway.count(metric::INGEST_DEAD_LETTERS, "time_invalid"),
        1
    );
}

#[test]
fn who_is_slow_or_speaks_no_mllp_is_hung_up_on_and_others_go_on() {
    let cluster = cluster();
    let gateway = Gateway::start_with(&cluster.config, short(), Past::default(), None);
    let mut good = Sender::to(gateway.address);
    assert_eq!(good.tells(admission("M1")), "AA M1");
    let closed = |code: &str| gateway.count(metric::INGEST_MLLP_CLOSED, code);

    let mut silent = Sender::to(gateway.address);
    assert!(silent.is_hung_up());
    eventually("silence is counted", || closed("header_slow") == 1);

    let mut endless = Sender::to(gateway.address);
    let begun = endless.sends_bytes(b"\x0BMSH|^~\\&|");
    begun.unwrap();
    // As long as it is let to: a byte now and then does not help.
    while endless.sends_bytes(&[b'x'; 100]).is_ok() {
        std::thread::sleep(Duration::from_millis(5));
    }
    eventually("slowness is counted", || closed("frame_slow") == 1);

    let mut blob = Sender::to(gateway.address);
    let junk: Vec<u8> = (0..100_000_u32).map(|n| (n % 11) as u8).collect();
    let _ = blob.sends_bytes(&junk);
    assert!(blob.is_hung_up());
    eventually("a blob is counted", || closed("no_frame") == 1);
    assert!(gateway.count(metric::INGEST_MLLP_SKIPPED, "") > 60_000);

    let mut cut = Sender::to(gateway.address);
    cut.sends_bytes(b"\x0BMSH|^~\\&|").unwrap();
    drop(cut);
    eventually("a cut is counted", || closed("broken_off") == 1);

    assert_eq!(good.tells(admission("M2")), "AA M2");
    assert_eq!(told(&cluster.config).len(), 2);
    let open = || gateway.count(metric::INGEST_MLLP_CONNECTIONS, "");
    eventually("only the good one is left", || open() == 1);
}

#[test]
fn of_a_thousand_connections_those_over_the_bound_are_closed_at_once() {
    let cluster = cluster();
    let gateway = Gateway::start(&cluster.config);
    let most = Limits::default().connections;
    let mut good = Sender::to(gateway.address);
    assert_eq!(good.tells(admission("M1")), "AA M1");
    let crowd: Vec<Sender> = (0..1_000).map(|_| Sender::to(gateway.address)).collect();
    let refused = || gateway.count(metric::INGEST_MLLP_CLOSED, "too_many");
    let expected = (1_000 + 1 - most) as u64;
    eventually("the rest is closed", || refused() == expected);
    let open = gateway.count(metric::INGEST_MLLP_CONNECTIONS, "");
    assert_eq!(open, most as u64);
    assert_eq!(good.tells(admission("M2")), "AA M2");
    drop(crowd);
    eventually("there is room again", || {
        gateway.count(metric::INGEST_MLLP_CONNECTIONS, "") == 1
    });
    assert_eq!(Sender::to(gateway.address).tells(admission("M3")), "AA M3");
}

#[test]
fn who_reads_no_answers_is_hung_up_on_and_all_it_sent_is_kept() {
    let cluster = cluster();
    let limits = Limits {
        frame: Duration::from_secs(1),
        ..Limits::default()
    };
    let gateway = Gateway::start_with(&cluster.config, limits, Past::default(), None);
    let mut sender = Sender::to(gateway.address);
    // Long fields that every answer repeats fill the sender's buffers.
    let long = "L".repeat(900);
    let mut sent = 0;
    let message = |id: usize| {
        admission(&format!("M{id}")).replace("HOSP||", &format!("{long}|{long}|{long}"))
    };
    while sender
        .sends_bytes(&[b"\x0B", message(sent).as_bytes(), b"\x1C\r"].concat())
        .is_ok()
    {
        sent += 1;
        assert!(sent < 100_000, "it is never hung up on");
    }
    eventually("it is counted", || {
        let closed = |code| gateway.count(metric::INGEST_MLLP_CLOSED, code);
        closed("not_read") == 1
    });
    let taken = gateway.count(metric::INGEST_MLLP_MESSAGES, "told");
    assert_eq!(told(&cluster.config).len() as u64, taken);
    assert_eq!(Sender::to(gateway.address).tells(admission("Z")), "AA Z");
}
