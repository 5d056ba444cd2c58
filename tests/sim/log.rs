//! From deliveries to the log, in virtual time: the gateway's own intake and its
//! memory of requests, a ticker whose ticks are late, missing, repeated or go
//! back, and lanes in memory instead of Kafka.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::control::{BedMaster, Control, Setting};
use events::fact::Told;
use events::log::LogRecord;
use events::place::Site;
use events::time::{CellTime, EPOCH_MS, MINUTE_MS};
use events::topic::{self, KafkaTopic};
use events::wire::{self, Tick};
use ingest::counters::Counters;
use ingest::gateway::{Gateway, Received};
use ingest::http::idempotency::{self, Claim, Idempotency};
use simulators::delivery::{Delivery, Message};
use simulators::rng::Rng;
use stream::source::LaneKey;

/// Lanes of each topic.
pub(crate) const LANES: u32 = 4;

/// The clock runs on for so long when nothing comes any more: every window
/// closes, every device that says nothing is noticed.
const AFTERWARDS_MS: i64 = 5 * MINUTE_MS;
/// The cell's clock runs this many times as fast as that of the gateway's frames.
const SPEED: i64 = 100;

/// The input topics, lane by lane.
pub(crate) type Lanes = BTreeMap<LaneKey, Vec<LogRecord>>;

/// The log of these sites from `start` on, at least up to `end`.
pub(crate) fn write(
    seed: u64,
    sites: &[(Site, BedMaster)],
    controls: &[(i64, Control)],
    deliveries: impl IntoIterator<Item = Delivery>,
    start: CellTime,
    end: i64,
) -> Lanes {
    let mut writer = Writer::new(seed, sites, start);
    let mut now = start.0;
    let mut controls = controls.iter().peekable();
    for delivery in deliveries {
        now = delivery.at_ms;
        while let Some((at, control)) = controls.next_if(|(at, _)| *at <= now) {
            writer.control(*at, control);
        }
        writer.let_time_pass(now);
        writer.take(now, &delivery.told);
    }
    writer.finish(now.max(end) + AFTERWARDS_MS);
    writer.lanes
}

struct Writer {
    rng: Rng,
    start: i64,
    gateway: Gateway,
    requests: Idempotency,
    lanes: Lanes,
    /// When the next tick of each lane is written, soonest first.
    ticks: Vec<(i64, LaneKey)>,
}

impl Writer {
    /// The first epoch's time is the start, and its first word the bed master:
    /// windows begin there.
    fn new(seed: u64, sites: &[(Site, BedMaster)], start: CellTime) -> Self {
        let tenants = sites.iter().map(|(site, _)| site.tenant.clone()).collect();
        let of_topic = |topic: KafkaTopic| (0..topic.lanes(LANES)).map(move |lane| (topic, lane));
        let lanes = KafkaTopic::INPUTS.into_iter().flat_map(of_topic);
        let mut writer = Self {
            rng: Rng::named(seed, "log"),
            start: start.0,
            gateway: Gateway::new(tenants, LANES, Arc::new(Counters::default())),
            requests: Idempotency::default(),
            lanes: lanes.map(|lane| (lane, Vec::new())).collect(),
            ticks: Vec::new(),
        };
        let before = Tick {
            epoch: start.epoch() - 1,
            at: start,
        };
        for lane in writer.lanes.keys().copied().collect::<Vec<_>>() {
            writer.append(lane, wire::encode_tick(before));
            writer.ticks.push((start.0, lane));
        }
        for (site, master) in sites {
            let (site, setting) = (site.clone(), Setting::Master(master.clone()));
            let control = wire::encode_control(&Control { site, setting });
            writer.append((KafkaTopic::Control, 0), control);
        }
        writer
    }

    /// Writes a control record so that it holds from `at` on.
    fn control(&mut self, at: i64, control: &Control) {
        self.let_time_pass(at - 1);
        let lane = (KafkaTopic::Control, 0);
        let before = Tick::at(CellTime(at - EPOCH_MS));
        self.append(lane, wire::encode_tick(before));
        self.append(lane, wire::encode_control(control));
    }

    fn take(&mut self, now: i64, message: &Message) {
        match message {
            Message::Payload { topic, bytes } => {
                let received = Received {
                    topic: topic.as_bytes(),
                    payload: bytes,
                    retained: false,
                    packet: None,
                };
                let now_ms = self.gateway_ms(now);
                self.gateway.receive(received, CellTime(now), now_ms);
                self.post();
            }
            Message::Http { key, told } => self.answer(now, key, told),
        }
    }

    /// As the gateway does: a request that was taken before is not written again.
    fn answer(&mut self, now: i64, key: &str, told: &Told) {
        let receipt = idempotency::receipt("facts", key.as_bytes(), key.as_bytes());
        if self.requests.claim(&receipt, CellTime(now)) == Claim::New {
            let lane = topic::lane(&topic::site_key(&told.site), LANES);
            self.append((KafkaTopic::Facts, lane), wire::encode_facts(told));
            let facts = told.facts.len();
            self.requests.remember(&receipt, CellTime(now), facts);
        }
    }

    fn let_time_pass(&mut self, now: i64) {
        let now_ms = self.gateway_ms(now);
        self.gateway.seal_due(now_ms);
        self.post();
        while let Some(place) = self.ticks.iter().position(|(at, _)| *at <= now) {
            let (at, lane) = self.ticks[place];
            self.tick(at, lane);
            self.ticks[place].0 = at + self.rng.between(500, 2_000);
        }
    }

    fn tick(&mut self, at: i64, lane: LaneKey) {
        let copies = match self.rng.between(1, 100) {
            1..=10 => 0,
            11..=15 => 2,
            _ => 1,
        };
        for _ in 0..copies {
            self.append(lane, wire::encode_tick(Tick::at(CellTime(at))));
        }
        if self.rng.percent(5) {
            let back = at - self.rng.between(20, 600_000);
            self.append(lane, wire::encode_tick(Tick::at(CellTime(back))));
        }
    }

    fn finish(&mut self, end: i64) {
        self.let_time_pass(end);
        for lane in self.lanes.keys().copied().collect::<Vec<_>>() {
            self.append(lane, wire::encode_tick(Tick::at(CellTime(end))));
        }
    }

    fn post(&mut self) {
        while let Some(parcel) = self.gateway.next_parcel() {
            let record = parcel.record;
            assert_eq!(record.topic, KafkaTopic::Signals, "all payloads are read");
            self.append((record.topic, record.lane), record.value);
            self.gateway.delivered(parcel.contents);
        }
    }

    fn append(&mut self, lane: LaneKey, value: Vec<u8>) {
        let records = self.lanes.get_mut(&lane).unwrap();
        let offset = records.len() as u64;
        records.push(LogRecord { offset, value });
    }

    fn gateway_ms(&self, now: i64) -> u64 {
        u64::try_from((now - self.start) / SPEED).unwrap()
    }
}
