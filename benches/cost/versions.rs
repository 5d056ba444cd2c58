//! What is said beside the load to see what each version of the computation costs: what the
//! newer ones know of and the older ones do not. A source tells of a visit each minute for an
//! hour and is silent from then on, so that most windows are not covered; and beds raise an
//! alert each time that they are dirty, which nobody answers.

use events::control::{Control, Setting, Threshold};
use events::fact::{Fact, FactFlags, Told, VisitEvent, What};
use events::id::VisitId;
use events::log::{Chunk, LogRecord};
use events::time::{CellTime, EventTime, HOUR_MS, MINUTE_MS};
use events::topic::{self, KafkaTopic};
use events::wire;

use crate::load::{self, BEGIN_MS, LANES};

/// Those that are measured. The first is what is compared with.
pub(crate) const VERSIONS: [(u32, &str); 3] = [
    (3, "before sources and answers"),
    (4, "sources and coverage"),
    (5, "answers to alerts"),
];
/// Beds of the load are dirty for a quarter of an hour.
const DIRTY_MIN: i64 = 10;

/// What is said beside the load.
pub(crate) struct Beside {
    version: u32,
    /// When something was told last.
    told: i64,
    has_set: bool,
}

impl Beside {
    /// So that this version computes.
    pub(crate) const fn of(version: u32) -> Self {
        Self {
            version,
            told: BEGIN_MS,
            has_set: false,
        }
    }

    /// What comes before a chunk of the load.
    pub(crate) fn before(&mut self, chunk: &Chunk) -> Vec<Chunk> {
        let ticks = chunk.records.iter().map(|record| wire::tick(&record.value));
        let Some(tick) = ticks.flatten().next() else {
            return Vec::new();
        };
        if !std::mem::replace(&mut self.has_set, true) {
            return self.set();
        }
        let site = load::site(0);
        let lane = topic::lane(&topic::site_key(&site), KafkaTopic::Facts.lanes(LANES));
        let is_due = tick.at.0 - self.told >= MINUTE_MS && tick.at.0 <= BEGIN_MS + HOUR_MS;
        if (chunk.topic, chunk.lane) != (KafkaTopic::Facts, lane) || !is_due {
            return Vec::new();
        }
        self.told = tick.at.0;
        let fact = Fact {
            at: EventTime(tick.at.0),
            told: CellTime(tick.at.0),
            flags: FactFlags::default(),
            what: What::Visit {
                visit: VisitId::new("v1").expect("it fits the alphabet"),
                patient: None,
                event: VisitEvent::ReadyToMove,
            },
        };
        let told = Told {
            site,
            source: "hl7:ADT".to_owned(),
            facts: vec![fact],
            receipt: None,
        };
        vec![record(KafkaTopic::Facts, lane, wire::encode_facts(&told))]
    }

    fn set(&self) -> Vec<Chunk> {
        let threshold = Threshold {
            ward: None,
            rule: "cleaning_not_started".to_owned(),
            name: "minutes".to_owned(),
            value: DIRTY_MIN,
        };
        let settings = [
            Setting::Version(self.version),
            Setting::Threshold(threshold),
        ];
        let control = |setting| {
            let site = load::site(0);
            let value = wire::encode_control(&Control { site, setting });
            record(KafkaTopic::Control, 0, value)
        };
        settings.into_iter().map(control).collect()
    }
}

fn record(topic: KafkaTopic, lane: u32, value: Vec<u8>) -> Chunk {
    Chunk {
        topic,
        lane,
        records: vec![LogRecord { offset: 0, value }],
    }
}
