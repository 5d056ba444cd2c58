//! What the tests share: a cluster with its topics, a cell's clock, and waiting
//! with a deadline.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::fact::{Fact, FactFlags, Receipt, Told, VisitEvent, What};
use events::id::{SiteId, TenantId, VisitId};
use events::log::LogRecord;
use events::place::Site;
use events::time::{CellTime, Clock, EventTime};
use events::topic::KafkaTopic;
use ingest::Tenants;
use ingest::kafka::Config;
use ingest::kafka_look::Look;
use ingest::kafka_writer::{Outgoing, Writer};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

/// 2026-01-02T03:04:06Z.
pub(crate) const NOW: CellTime = CellTime(1_767_323_046_000);

/// A Kafka inside the test, with all topics.
pub(crate) struct Cluster {
    pub(crate) mock: MockCluster<'static, DefaultProducerContext>,
    pub(crate) config: Config,
}

pub(crate) fn cluster() -> Cluster {
    let mock = MockCluster::new(1).unwrap();
    let config = Config::new(mock.bootstrap_servers(), "test.");
    for (topic, lanes) in config.topics() {
        mock.create_topic(&topic, lanes as i32, 1).unwrap();
    }
    Cluster { mock, config }
}

impl Cluster {
    pub(crate) fn writer(&self) -> Writer {
        Writer::new(&self.config).unwrap()
    }

    /// Every record of a topic, lane after lane.
    pub(crate) fn records(&self, topic: KafkaTopic) -> Vec<LogRecord> {
        records(&self.config, topic)
    }
}

/// Every record of a topic, lane after lane.
pub(crate) fn records(config: &Config, topic: KafkaTopic) -> Vec<LogRecord> {
    let look = Look::new(config).unwrap();
    (0..topic.lanes(config.lanes))
        .flat_map(|lane| {
            let (low, high) = look.watermarks(topic, lane).unwrap();
            look.records(topic, lane, (low, high)).unwrap()
        })
        .collect()
}

pub(crate) fn record(lane: u32, text: &str) -> Outgoing {
    Outgoing {
        topic: KafkaTopic::Signals,
        lane,
        key: None,
        value: text.as_bytes().to_vec(),
    }
}

/// A discharge, told with this receipt.
pub(crate) fn visit(receipt: Option<Receipt>) -> Told {
    let fact = Fact {
        at: EventTime(NOW.0),
        told: NOW,
        flags: FactFlags::default(),
        what: What::Visit {
            visit: VisitId::new("v1").unwrap(),
            patient: None,
            event: VisitEvent::Discharged,
        },
    };
    Told {
        site: Site {
            tenant: TenantId::new("demo").unwrap(),
            site: SiteId::new("north").unwrap(),
        },
        source: "http".to_owned(),
        facts: vec![fact],
        receipt,
    }
}

/// A folder for one test, gone with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("medaxis-ingest-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn clock() -> Clock {
    Arc::new(|| NOW)
}

pub(crate) fn tenants() -> Tenants {
    Tenants::from([TenantId::new("demo").unwrap()])
}

/// Looks again until it is so; panics after 30 s.
#[expect(clippy::disallowed_methods, reason = "edge: a test's deadline")]
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "not within 30 s: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
