//! HL7 over MLLP over a socket: every message is answered once, when it is true; what is
//! sent again is told once; and who does something wrong disturbs nobody.

mod bad_input;
mod sender;
mod tls;
mod whole;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use events::fact::Told;
use events::id::{SiteId, TenantId};
use events::metric::Metric;
use events::place::Site;
use events::time::{CellTime, Clock};
use events::topic::KafkaTopic;
use events::wire::{self, Record};
use ingest::Pseudonyms;
use ingest::counters::Counters;
use ingest::hl7::Interface;
use ingest::hl7::local::Local;
use ingest::http::Api;
use ingest::http::recall::{self, Past};
use ingest::kafka::Config;
use ingest::kafka_look::Look;
use ingest::kafka_writer::Writer;
use ingest::mllp::{Door, Hall, Limits, Listener};
use jiff::tz::TimeZone;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::support::{cluster, eventually, tenants};
use sender::Sender;

const HEADER: &str = "MSH|^~\\&|ADT1|HOSP|||20260102030000||ADT^A01|";
const REST: &str = "|P|2.3\rPID|1||4711^^^HOSP^MR\rPV1|1|I|A^R1^B1\r";

/// 2027-01-01: after all that the messages tell.
const NOW: CellTime = CellTime(1_798_761_600_000);

fn clock() -> Clock {
    Arc::new(|| NOW)
}

/// An admission with this control id.
fn admission(id: &str) -> String {
    format!("{HEADER}{id}{REST}")
}

fn interface() -> Interface {
    Interface {
        site: Site {
            tenant: TenantId::new("demo").unwrap(),
            site: SiteId::new("north").unwrap(),
        },
        zone: TimeZone::UTC,
        pseudonyms: Pseudonyms::new(&[7; 32]),
        local: Local::default(),
    }
}

/// A gateway that listens. Dropped, it is gone as by a kill.
struct Gateway {
    address: SocketAddr,
    counters: Arc<Counters>,
    runtime: Option<Runtime>,
    _stop: watch::Sender<bool>,
}

impl Gateway {
    fn start(config: &Config) -> Self {
        Self::start_with(config, Limits::default(), Past::default(), None)
    }

    /// The next one on a log that was there before.
    fn restart(config: &Config) -> Self {
        let writer = Writer::new(config).unwrap();
        let pseudonyms = Pseudonyms::new(&[7; 32]);
        let api = Api::new(
            tenants(),
            config.lanes,
            pseudonyms,
            writer,
            clock(),
            Arc::default(),
        );
        let api = api.with_a_past();
        let gateway = Self::start_with(config, Limits::default(), api.past(), None);
        let (_stop, stopped) = watch::channel(false);
        recall::run(&api, config, 0, &stopped).unwrap();
        gateway
    }

    fn start_with(config: &Config, limits: Limits, past: Past, tls: Option<TlsAcceptor>) -> Self {
        let runtime = Runtime::new().unwrap();
        let counters = Arc::<Counters>::default();
        let writer = Writer::new(config).unwrap();
        let hall = Hall::new(
            limits,
            config.lanes,
            writer,
            clock(),
            Arc::clone(&counters),
            past,
        );
        let listener = Listener {
            listen: "127.0.0.1:0".parse().unwrap(),
            interface: interface(),
            tls,
        };
        let door = runtime
            .block_on(Door::open(Arc::new(hall), listener))
            .unwrap();
        let address = door.address().unwrap();
        let (stop, stopped) = watch::channel(false);
        runtime.spawn(door.run(stopped));
        Self {
            address,
            counters,
            runtime: Some(runtime),
            _stop: stop,
        }
    }

    fn count(&self, metric: Metric, label: &str) -> u64 {
        let snapshot = self.counters.snapshot();
        let wanted = |sample: &&ingest::counters::Sample| sample.0 == metric && sample.1 == label;
        snapshot.iter().find(wanted).map_or(0, |sample| sample.2)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What was told of the site, in the order of the log.
fn told(config: &Config) -> Vec<Told> {
    let look = Look::new(config).unwrap();
    let lane = ingest::told::lane(&interface().site, config.lanes);
    let range = look.watermarks(KafkaTopic::Facts, lane).unwrap();
    let records = look.records(KafkaTopic::Facts, lane, range).unwrap();
    records
        .iter()
        .map(|record| match wire::decode_facts(&record.value).unwrap() {
            Record::Data(told) => told,
            Record::Tick(_) => panic!("nobody ticks here"),
        })
        .collect()
}

#[test]
fn taken_means_durable() {
    let cluster = cluster();
    let gateway = Gateway::start(&cluster.config);
    cluster.mock.broker_down(-1).unwrap();
    let mut sender = Sender::to(gateway.address);
    sender.send(admission("M1"));
    assert!(
        sender.waits_in_vain(Duration::from_secs(2)),
        "no answer while kafka is away"
    );
    cluster.mock.broker_up(-1).unwrap();
    assert_eq!(sender.hears(), "AA M1");
    assert_eq!(told(&cluster.config).len(), 1);
}

#[test]
fn what_kafka_refuses_is_not_answered_and_may_be_sent_again() {
    let cluster = cluster();
    let gateway = Gateway::start(&cluster.config);
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    cluster
        .mock
        .request_errors(RDKafkaApiKey::Produce, &[refusal]);
    let mut sender = Sender::to(gateway.address);
    sender.send(admission("M1"));
    assert!(sender.is_hung_up(), "without an answer");
    let closed = events::metric::INGEST_MLLP_CLOSED;
    eventually("it is counted", || {
        gateway.count(closed, "not_durable") == 1
    });
    let mut sender = Sender::to(gateway.address);
    assert_eq!(sender.tells(admission("M1")), "AA M1");
    assert_eq!(told(&cluster.config).len(), 1);
}

#[test]
fn a_message_that_comes_again_is_answered_again_and_told_once_also_after_a_restart() {
    let cluster = cluster();
    let gateway = Gateway::start(&cluster.config);
    let mut sender = Sender::to(gateway.address);
    for _ in 0..2 {
        assert_eq!(sender.tells(admission("M1")), "AA M1");
    }
    let other = admission("M1").replace("B1", "B2");
    assert_eq!(sender.tells(&other), "AA M1", "another message");
    let messages = events::metric::INGEST_MLLP_MESSAGES;
    assert_eq!(gateway.count(messages, "repeated"), 1);
    assert_eq!(gateway.count(messages, "told"), 2);
    drop(gateway);

    let gateway = Gateway::restart(&cluster.config);
    let mut sender = Sender::to(gateway.address);
    assert_eq!(sender.tells(admission("M1")), "AA M1");
    assert_eq!(sender.tells(&other), "AA M1");
    assert_eq!(sender.tells(admission("M2")), "AA M2");
    assert_eq!(gateway.count(messages, "repeated"), 2);
    assert_eq!(told(&cluster.config).len(), 3);
}

#[test]
fn until_the_past_is_known_senders_wait() {
    let cluster = cluster();
    let gateway = Gateway::start(&cluster.config);
    assert_eq!(Sender::to(gateway.address).tells(admission("M1")), "AA M1");
    drop(gateway);
    let config = &cluster.config;
    let writer = Writer::new(config).unwrap();
    let (pseudonyms, lanes) = (Pseudonyms::new(&[7; 32]), config.lanes);
    let api = Api::new(
        tenants(),
        lanes,
        pseudonyms,
        writer,
        clock(),
        Arc::default(),
    );
    let api = api.with_a_past();
    let gateway = Gateway::start_with(config, Limits::default(), api.past(), None);
    let mut sender = Sender::to(gateway.address);
    sender.send(admission("M1"));
    assert!(sender.waits_in_vain(Duration::from_millis(500)));
    let (_stop, stopped) = watch::channel(false);
    recall::run(&api, config, 0, &stopped).unwrap();
    assert_eq!(sender.hears(), "AA M1");
    assert_eq!(told(config).len(), 1);
}

#[test]
fn a_repetition_waits_for_the_first_that_is_still_on_its_way() {
    let cluster = cluster();
    let gateway = Gateway::start(&cluster.config);
    cluster.mock.broker_down(-1).unwrap();
    let mut patient = Sender::to(gateway.address);
    patient.send(admission("M1"));
    assert!(patient.waits_in_vain(Duration::from_millis(500)));
    let mut again = Sender::to(gateway.address);
    again.send(admission("M1"));
    drop(patient);
    assert!(again.waits_in_vain(Duration::from_millis(500)));
    cluster.mock.broker_up(-1).unwrap();
    assert_eq!(again.hears(), "AA M1");
    assert_eq!(told(&cluster.config).len(), 1);
}

#[test]
fn an_enhanced_sender_is_told_what_it_asks_for_and_an_acknowledgement_is_not_answered() {
    let cluster = cluster();
    let gateway = Gateway::start(&cluster.config);
    let mut sender = Sender::to(gateway.address);
    let both = admission("M1").replace("|P|2.3", "|P|2.3|||AL|AL");
    sender.send(both);
    assert_eq!([sender.hears(), sender.hears()], ["CA M1", "AA M1"]);
    sender.send("MSH|^~\\&|ADT1|HOSP|||20260102030000||ACK^A01^ACK|M2|P|2.3\rMSA|AA|X\r");
    let none = admission("M3").replace("|P|2.3", "|P|2.3|||NE|NE");
    sender.send(none);
    assert_eq!(sender.tells(admission("M4")), "AA M4");
    assert_eq!(told(&cluster.config).len(), 3);
}
