//! Alerts to those outside: a real receiver on a socket, real Kafka, and the processor's part played
//! by the test, so that it is known what was said; and once the whole, from a tap to a pager.

mod receiver;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use events::output::{Alert, AlertPriority, AlertState, Folded, Output};
use events::topic::{self, KafkaTopic};
use events::wire;
use harness::{kafka, mosquitto, wait_for};
use ingest::kafka_writer::{Outgoing, Writer};
use serde_json::{Value, json};

use crate::commands::asks;
use crate::node::Node;
use crate::program::complaint;
use crate::watch::{counts, metrics, shows};
use receiver::{Hit, OLD_SECRET, Receiver, Reply, SECRET};

const PATIENCE: Duration = Duration::from_secs(90);
const LANES: u32 = 4;
/// Nobody listens there: none of this needs MQTT or ClickHouse.
const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// Kafka, the part that sends, and what plays the processor.
struct Scene {
    kafka: harness::Server,
    node: Node,
    writer: Writer,
}

impl Scene {
    /// Starts the part with these endpoints, which are tables of settings.
    fn start(settings: &str, endpoints: &[(&str, String)]) -> Self {
        let kafka = kafka::start(kafka::Access::Open).unwrap();
        let mut node = Node::new(kafka.address(), NOWHERE, NOWHERE);
        node.is_told(&format!("[webhooks]\n{settings}\n"));
        for (name, others) in endpoints {
            node.is_told(&endpoint(&node, name, others));
        }
        node.start_as(&["webhook"]);
        node.says("webhooks begin");
        let mut log = ingest::kafka::Config::new(kafka.address().to_string(), "medaxis.");
        log.lanes = LANES;
        let writer = Writer::new(&log).unwrap();
        Self {
            kafka,
            node,
            writer,
        }
    }

    /// The processor says this, epoch by epoch, and how far it has come.
    fn says(&self, alerts: &[Alert]) {
        let mut sent = Vec::new();
        let mut send = |lane, value| {
            let record = Outgoing {
                topic: KafkaTopic::Alerts,
                lane,
                key: None,
                value,
            };
            sent.push(self.writer.send_blocking(record).unwrap());
        };
        for epoch in alerts.chunk_by(|one, next| one.epoch == next.epoch) {
            let outputs: Vec<_> = epoch.iter().cloned().map(Output::Alert).collect();
            let written: Result<(), ()> = wire::write_epoch(&outputs, LANES, |record| {
                send(record.lane, record.value);
                Ok(())
            });
            written.unwrap();
        }
        let newest = alerts.last().map_or(0, |alert| alert.epoch);
        for lane in 0..LANES {
            let folded = Folded {
                epoch: newest,
                as_of_ms: 1,
            };
            send(lane, wire::encode_folded(folded));
        }
        sent.into_iter()
            .for_each(|delivery| delivery.wait_blocking().unwrap());
    }
}

/// The settings of an endpoint, with secrets of its own; `others` begins with its url.
fn endpoint(node: &Node, name: &str, others: &str) -> String {
    let secret = node.file("secret", SECRET);
    let old = node.file("old-secret", OLD_SECRET);
    format!(
        "[[webhooks.endpoints]]\nname = \"{name}\"\ntenant = \"demo\"\nsecret_file = \"{secret}\"\n\
         previous_secret_file = \"{old}\"\n{others}\n"
    )
}

fn url(receiver: &Receiver, path: &str) -> String {
    format!("url = \"http://{}{path}\"\n", receiver.address)
}

/// Change number `revision` of the alert of a bed.
fn change(epoch: u64, index: u32, bed: u32, revision: u32) -> Alert {
    Alert {
        epoch,
        index,
        tenant: "demo".to_owned(),
        site: "north".to_owned(),
        ward: "MED-B".to_owned(),
        id: format!("bed_dirty:MED-B:B-{bed:02}:1"),
        rule: "bed_dirty".to_owned(),
        subject: format!("B-{bed:02}"),
        priority: AlertPriority::Medium.into(),
        state: AlertState::Raised.into(),
        revision,
        step: 1 + revision,
        notify: "cleaner".to_owned(),
        ..Alert::default()
    }
}

/// Some beds, changed again and again: an epoch a revision, `beds` outputs each.
fn changes(first_epoch: u64, beds: u32, revisions: std::ops::Range<u32>) -> Vec<Alert> {
    let epochs = (first_epoch..).zip(revisions);
    let of_epoch = |(epoch, revision)| {
        let all = (0..beds).map(move |bed| change(epoch, bed, bed, revision));
        all.collect::<Vec<_>>()
    };
    epochs.flat_map(of_epoch).collect()
}

fn id(name: &str, alert: &Alert) -> String {
    let lane = topic::lane("demo/north", LANES);
    format!("{name}.{lane}.{}.{}", alert.epoch, alert.index)
}

fn ids<'a>(name: &str, alerts: impl IntoIterator<Item = &'a Alert>) -> BTreeSet<String> {
    alerts.into_iter().map(|alert| id(name, alert)).collect()
}

#[track_caller]
fn waits(what: &str, wanted: impl Fn() -> bool) {
    wait_for(PATIENCE, what, || Ok(wanted().then_some(()))).unwrap();
}

fn revision(hit: &Hit) -> (String, u64) {
    let alert = &hit.body["data"]["alert"];
    let bed = alert["subject"].as_str().unwrap().to_owned();
    (bed, alert["revision"].as_u64().unwrap())
}

/// The revisions of each bed, in the order in which they were taken.
fn by_bed(taken: &[Hit]) -> BTreeMap<String, Vec<u64>> {
    let mut beds = BTreeMap::<_, Vec<u64>>::new();
    for hit in taken {
        let (bed, revision) = revision(hit);
        beds.entry(bed).or_default().push(revision);
    }
    beds
}

/// Of each ten messages one is refused, one put off, one never answered, at first.
fn unreliable(body: &Value, before: usize) -> Reply {
    let alert = &body["data"]["alert"];
    let bed: u64 = alert["subject"].as_str().unwrap()[2..].parse().unwrap();
    match ((alert["revision"].as_u64().unwrap() * 7 + bed) % 10, before) {
        (0, 0..2) => Reply::Status(500),
        (1, 0) => Reply::Later(1),
        (2, 0) => Reply::Hangs,
        _ => Reply::Status(204),
    }
}

#[test]
fn every_change_arrives_signed_in_order_and_once_also_over_a_kill() {
    let receiver = Receiver::start(|_, body, before| unreliable(body, before));
    let settings = "pause_ms = 50\nattempt_s = 1";
    let mut scene = Scene::start(settings, &[("pager", url(&receiver, "/pager"))]);
    let first = changes(100, 5, 0..8);
    scene.says(&first);
    waits("some of it", || receiver.taken("/pager").len() >= 12);
    scene.node.is_killed();
    assert!(
        receiver.taken("/pager").len() < first.len(),
        "it was under way"
    );

    let later = changes(200, 5, 8..10);
    scene.says(&later);
    scene.node.start_as(&["webhook"]);
    let expected = ids("pager", first.iter().chain(&later));
    waits("all of it", || {
        receiver.taken("/pager").len() >= expected.len()
    });
    let taken = receiver.taken("/pager");
    let arrived: BTreeSet<_> = taken.iter().map(|hit| hit.id.clone()).collect();
    assert_eq!(arrived, expected, "nothing is lost, and nothing added");
    for (bed, revisions) in by_bed(&taken) {
        assert_eq!(revisions, (0..10).collect::<Vec<_>>(), "the order of {bed}");
    }
    // A processor that starts again says the same again, and we start again, too.
    counts(
        scene.node.board(),
        "medaxis_webhook_delivered_total{endpoint=\"pager\"}",
        1,
    );
    waits("nothing under way", || waiting(&scene, "pager") == 0);
    let before = receiver.hits("/pager").len();
    scene.says(&first);
    scene.says(&later);
    scene.says(&changes(300, 1, 10..11));
    waits("what is new", || receiver.hits("/pager").len() > before);
    scene.node.ends();
    let mut node = Node::new(scene.kafka.address(), NOWHERE, NOWHERE);
    node.is_told(&endpoint(&node, "pager", &url(&receiver, "/pager")));
    node.start_as(&["webhook"]);
    node.says("webhooks begin");
    let last = change(400, 0, 0, 11);
    let mut other = last.clone();
    other.tenant = "else".to_owned();
    other.index = 1;
    Scene {
        kafka: scene.kafka,
        node,
        writer: scene.writer,
    }
    .ends_with(&receiver, &last, &other);
    let new: Vec<_> = receiver.taken("/pager")[expected.len()..]
        .iter()
        .map(revision)
        .collect();
    assert_eq!(new, [("B-00".to_owned(), 10), ("B-00".to_owned(), 11)]);
    let since = receiver.hits("/pager").split_off(before);
    let since: BTreeSet<_> = since.into_iter().map(|hit| hit.id).collect();
    let news = [change(300, 0, 0, 10), last];
    assert_eq!(since, ids("pager", &news), "nothing else came again");
}

impl Scene {
    fn ends_with(self, receiver: &Receiver, last: &Alert, other: &Alert) {
        self.says(&[last.clone(), other.clone()]);
        let id = id("pager", last);
        waits("the last", || {
            receiver.taken("/pager").iter().any(|hit| hit.id == id)
        });
        self.node.ends();
    }
}

fn waiting(scene: &Scene, name: &str) -> u64 {
    let numbers = metrics(scene.node.board()).unwrap();
    numbers[&format!("medaxis_webhook_waiting{{endpoint=\"{name}\"}}")]
}

fn number(scene: &Scene, metric: &str, name: &str) -> u64 {
    let numbers = metrics(scene.node.board()).unwrap();
    numbers[&format!("medaxis_webhook_{metric}{{endpoint=\"{name}\"}}")]
}

#[test]
fn who_does_not_answer_holds_up_nobody_and_what_it_did_not_get_is_sent_again_by_hand() {
    let receiver = Receiver::start(|path, _, _| match path {
        "/away" => Reply::Status(503),
        "/stuck" => Reply::Hangs,
        _ => Reply::Status(204),
    });
    let settings = "queue = 8\npause_ms = 20\nattempts = 3\nattempt_s = 1\ngive_up_s = 60";
    let at = |path| url(&receiver, path);
    let endpoints = [
        ("away", at("/away") + "wards = [\"MED-B\"]"),
        ("chat", at("/chat") + "rules = [\"bed_dirty\"]"),
        ("other", at("/other") + "wards = [\"MED-A\"]"),
        ("stuck", at("/stuck")),
        ("urgent", at("/urgent") + "least_priority = \"high\""),
    ];
    let scene = Scene::start(settings, &endpoints);
    let mut said = changes(100, 2, 0..20);
    said[30].priority = AlertPriority::High.into();
    // No faster than a receiver that answers takes it: its queue is as short as the others'.
    for (number, epoch) in said.chunks(2).enumerate() {
        scene.says(epoch);
        waits("the chat", || {
            receiver.taken("/chat").len() == 2 * (number + 1)
        });
    }
    assert_eq!(ids("urgent", [&said[30]]), taken(&receiver, "/urgent"));
    assert_eq!(
        receiver.hits("/other").len(),
        0,
        "it asked for another ward"
    );
    assert_eq!(receiver.taken("/stuck").len(), 0);

    // What does not get there is a dead letter: each of it, and nothing else.
    for name in ["away", "stuck"] {
        waits(name, || {
            number(&scene, "dead_letters_total", name) == said.len() as u64
        });
        assert_eq!(waiting(&scene, name), 0);
        let letters: BTreeSet<_> = letters(&scene.node, None)
            .into_iter()
            .map(|letter| letter["position"].as_str().unwrap().to_owned())
            .filter(|id| id.starts_with(name))
            .collect();
        assert_eq!(letters, ids(name, &said));
    }
    let full = letters(&scene.node, Some("webhook_queue_full"));
    assert!(
        full.iter()
            .any(|letter| letter["position"].as_str().unwrap().starts_with("stuck."))
    );
    let unanswered = letters(&scene.node, Some("webhook_unanswered"));
    assert!(
        unanswered
            .iter()
            .any(|letter| letter["detail"] == "status 503, attempt 3")
    );
    assert!(
        unanswered
            .iter()
            .any(|letter| letter["detail"] == "no answer in time, attempt 3")
    );

    is_sent_again_by_hand(&scene.node, &receiver, &unanswered[0]);
    scene.node.ends();
}

/// Nothing is tried again by itself; by hand it is, with the id that it had.
fn is_sent_again_by_hand(node: &Node, receiver: &Receiver, letter: &Value) {
    let name = letter["position"]
        .as_str()
        .unwrap()
        .split('.')
        .next()
        .unwrap();
    let path = format!("/{name}");
    let retry = ["dead-letter", "retry", letter["id"].as_str().unwrap()];
    let refused = node.command(&retry).output().unwrap();
    assert!(!refused.status.success() && complaint(&refused).contains("has not taken"));
    receiver.answers(|_, _, _| Reply::Status(204));
    node.prints(&retry);
    let got = receiver.taken(&path).pop().unwrap();
    assert_eq!(json!(got.id), letter["position"]);
    let shown = node.prints(&["dead-letter", "show", retry[2]]);
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), got.body);
}

fn taken(receiver: &Receiver, path: &str) -> BTreeSet<String> {
    receiver.taken(path).into_iter().map(|hit| hit.id).collect()
}

/// The dead letters, of a reason or of all.
fn letters(node: &Node, reason: Option<&str>) -> Vec<Value> {
    let mut args = vec!["dead-letter", "list", "--limit", "1000"];
    args.extend(reason.iter().flat_map(|reason| ["--reason", reason]));
    let listed = node.prints(&args);
    let letters = listed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    letters.collect()
}

#[test]
fn who_refuses_is_not_asked_again_nor_is_who_is_gone_and_nobody_is_led_elsewhere() {
    let receiver = Receiver::start(|path, _, _| match path {
        "/gone" => Reply::Status(410),
        "/moved" => Reply::Moved,
        "/strict" => Reply::Status(401),
        _ => Reply::Status(204),
    });
    let at = |path| url(&receiver, path);
    let endpoints = [
        ("gone", at("/gone")),
        ("moved", at("/moved")),
        ("strict", at("/strict")),
    ];
    let scene = Scene::start("pause_ms = 20", &endpoints);
    let tested = |name: &str| {
        let test = ["alerts", "test-webhook", name];
        let output = scene.node.command(&test).output().unwrap();
        (output.status.success(), complaint(&output))
    };
    assert!(tested("strict").1.contains("status 401"));
    assert!(
        tested("nobody")
            .1
            .contains("is none of those that there are: gone, moved, strict")
    );
    scene.says(&changes(100, 1, 0..1));
    for name in ["gone", "moved", "strict"] {
        waits(name, || number(&scene, "dead_letters_total", name) == 1);
    }
    let reasons: BTreeSet<_> = letters(&scene.node, None)
        .into_iter()
        .map(|letter| letter["reason"].as_str().unwrap().to_owned())
        .collect();
    let expected = ["webhook_gone", "webhook_refused"].map(str::to_owned);
    assert_eq!(reasons, BTreeSet::from(expected));
    scene.says(&changes(200, 1, 1..3));
    waits("the others", || {
        number(&scene, "dead_letters_total", "strict") == 3
    });
    waits("the stopped", || {
        number(&scene, "unsent_total", "gone") == 2
    });
    assert_eq!(number(&scene, "stopped", "gone"), 1);
    assert_eq!(receiver.hits("/gone").len(), 1, "it wants nothing more");
    assert_eq!(receiver.hits("/moved").len(), 3);
    assert_eq!(receiver.hits("/elsewhere").len(), 0);

    receiver.answers(|_, _, _| Reply::Status(204));
    assert!(tested("strict").0);
    let test = receiver.taken("/strict").pop().unwrap();
    assert_eq!(test.body["type"], "test");
    assert_eq!(test.body["data"], json!({ "tenant": "demo" }));
    scene.node.ends();
}

#[test]
fn a_bed_that_is_dirty_reaches_a_pager_and_so_does_who_has_it_and_its_end() {
    let receiver = Receiver::start(|_, _, _| Reply::Status(204));
    let kafka = kafka::start(kafka::Access::Open).unwrap();
    let mosquitto = mosquitto::start(mosquitto::Access::Open, &[]).unwrap();
    let mut node = Node::new(kafka.address(), mosquitto.address(), NOWHERE);
    let others = url(&receiver, "/pager") + "roles = [\"cleaner\"]\ntier = \"staff\"";
    node.is_told(&endpoint(&node, "pager", &others));
    node.start();
    let board = node.board();
    node.says("webhooks begin");
    let site = ["--tenant", "demo", "--site", "north"];
    node.prints(&[&["control", "version"], &site[..], &["5"]].concat());
    let minute = ["bed_dirty", "minutes", "1"];
    node.prints(&[&["control", "set"], &site[..], &minute].concat());
    node.has_a_ward(board);
    let tap = |is: &str| json!({ "tap": { "ward": "MED-B", "bed": "B-01", "is": is } });
    assert_eq!(asks(board, "cleaner", 1, &tap("dirty")).0, 202);
    shows(board, "MED-B", "B-01", "cleanliness", "\"dirty\"");

    let told = |kind: &str| {
        let found = wait_for(Duration::from_secs(150), kind, || {
            let taken = receiver.taken("/pager");
            Ok(taken.into_iter().find(|hit| hit.body["type"] == kind))
        });
        found.unwrap_or_else(|error| panic!("{error:#}: {:?}", receiver.hits("/pager")))
    };
    let raised = told("alert.raised").body["data"].clone();
    let alert = &raised["alert"];
    assert_eq!(
        (&raised["ward"], &alert["subject"]),
        (&"MED-B".into(), &"B-01".into())
    );
    assert_eq!(
        (&alert["notify"], &alert["step"]),
        (&"cleaner".into(), &1.into())
    );
    let ack = json!({ "acknowledge": { "alert": alert["key"] } });
    assert_eq!(asks(board, "charge_nurse", 2, &ack).0, 202);
    let acknowledged = told("alert.acknowledged").body["data"]["alert"].clone();
    let nurse = harness::access::token("demo", "charge_nurse");
    assert_eq!(acknowledged["staff"]["owner"], json!(nurse));
    assert_eq!(asks(board, "charge_nurse", 3, &tap("clean")).0, 202);
    let over = told("alert.over").body["data"]["alert"].clone();
    assert_eq!(
        (&over["key"], &over["state"]),
        (&alert["key"], &"cleared".into())
    );
    node.ends();
}
