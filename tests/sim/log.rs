//! From deliveries to the log, in virtual time: the gateway, a ticker whose ticks are
//! late, missing, repeated or go back, and lanes in memory instead of Kafka.

use std::collections::BTreeMap;

use events::control::{BedMaster, Control, Setting};
use events::log::LogRecord;
use events::place::Site;
use events::time::{CellTime, EPOCH_MS, MINUTE_MS};
use events::topic::KafkaTopic;
use events::wire::{self, Tick};
use simulators::delivery::Delivery;
use simulators::rng::Rng;
use stream::source::LaneKey;
use stream::version;

use crate::door::Door;
use crate::marks::Marks;

/// Lanes of each topic.
pub(crate) const LANES: u32 = 4;

/// The clock runs on for so long when nothing comes any more: every window
/// closes, every device that says nothing is noticed.
const AFTERWARDS_MS: i64 = 5 * MINUTE_MS;
/// How long a lane goes without a tick now and then.
const IDLE_MS: (i64, i64) = (20_000, 90_000);
/// A tick that closes more epochs than this closes many.
const MANY_EPOCHS: u64 = 1_000;

/// The input topics, lane by lane.
pub(crate) type Lanes = BTreeMap<LaneKey, Vec<LogRecord>>;

/// A log, and how it came about.
pub(crate) struct Log {
    pub(crate) lanes: Lanes,
    /// What stands in it, in the order in which it was written, each with its epoch.
    pub(crate) arrived: Vec<(u64, Delivery)>,
    pub(crate) marks: Marks,
}

/// What is written into a log.
pub(crate) struct Story<D> {
    pub(crate) seed: u64,
    pub(crate) sites: Vec<(Site, BedMaster)>,
    pub(crate) controls: Vec<(i64, Control)>,
    pub(crate) deliveries: D,
    pub(crate) start: CellTime,
    /// The log reaches at least up to here.
    pub(crate) end: i64,
    /// Whether a gateway that starts again reads back which requests were taken.
    pub(crate) recalls: bool,
}

/// Writes it.
pub(crate) fn write(story: Story<impl IntoIterator<Item = Delivery>>) -> Log {
    let mut writer = Writer::new(&story);
    let mut now = story.start.0;
    let mut controls = story.controls.iter().peekable();
    for delivery in story.deliveries {
        now = delivery.at_ms;
        while let Some((at, control)) = controls.next_if(|(at, _)| *at <= now) {
            writer.control(*at, control);
        }
        writer.let_time_pass(now);
        writer.door.hear(delivery);
        writer.post();
    }
    writer.finish(now.max(story.end) + AFTERWARDS_MS)
}

struct Writer {
    rng: Rng,
    door: Door,
    log: Log,
    /// Epoch of the newest tick of each lane.
    newest: BTreeMap<LaneKey, u64>,
    /// When the next tick of each lane is written, soonest first.
    ticks: Vec<(i64, LaneKey)>,
}

impl Writer {
    /// The first epoch's time is the start, and its first words the newest version and the
    /// bed master: windows begin there.
    fn new<D>(story: &Story<D>) -> Self {
        let tenants = story.sites.iter().map(|(site, _)| site.tenant.clone());
        let span = (story.start.0, story.end);
        let of_topic = |topic: KafkaTopic| (0..topic.lanes(LANES)).map(move |lane| (topic, lane));
        let lanes = KafkaTopic::INPUTS.into_iter().flat_map(of_topic);
        let mut writer = Self {
            rng: Rng::named(story.seed, "log"),
            door: Door::new(story.seed, tenants.collect(), span, story.recalls),
            log: Log {
                lanes: lanes.map(|lane| (lane, Vec::new())).collect(),
                arrived: Vec::new(),
                marks: Marks::default(),
            },
            newest: BTreeMap::new(),
            ticks: Vec::new(),
        };
        let before = Tick {
            epoch: story.start.epoch() - 1,
            at: story.start,
        };
        for lane in writer.lanes() {
            writer.newest.insert(lane, before.epoch);
            writer.append(lane, wire::encode_tick(before));
            writer.ticks.push((story.start.0, lane));
        }
        for (site, master) in &story.sites {
            let newest = Setting::Version(version::NEWEST);
            for setting in [newest, Setting::Master(master.clone())] {
                let site = site.clone();
                let control = wire::encode_control(&Control { site, setting });
                writer.append((KafkaTopic::Control, 0), control);
            }
        }
        writer
    }

    /// Writes a control record so that it holds from `at` on.
    fn control(&mut self, at: i64, control: &Control) {
        self.let_time_pass(at - 1);
        let lane = (KafkaTopic::Control, 0);
        self.tick(lane, Tick::at(CellTime(at - EPOCH_MS)));
        self.append(lane, wire::encode_control(control));
    }

    fn let_time_pass(&mut self, now: i64) {
        if let Some(back) = self.door.is_back(now) {
            self.let_tick(back);
            self.door.come_back(&self.log.lanes);
            self.post();
        }
        self.door.let_time_pass(now);
        self.post();
        self.let_tick(now);
    }

    fn let_tick(&mut self, now: i64) {
        while let Some(place) = self.ticks.iter().position(|(at, _)| *at <= now) {
            let (at, lane) = self.ticks[place];
            self.tick_somehow(at, lane);
            self.ticks[place].0 = at + self.pause();
        }
    }

    fn pause(&mut self) -> i64 {
        if self.rng.millionth(300) {
            self.log.marks.note("a lane had no tick for long");
            return self.rng.between(IDLE_MS.0, IDLE_MS.1);
        }
        self.rng.between(500, 2_000)
    }

    fn tick_somehow(&mut self, at: i64, lane: LaneKey) {
        let tick = Tick::at(CellTime(at));
        match self.rng.between(1, 100) {
            1..=10 => self.log.marks.note("a tick was left out"),
            11..=15 => {
                self.log.marks.note("a tick came twice");
                self.tick(lane, tick);
                self.tick(lane, tick);
            }
            _ => self.tick(lane, tick),
        }
        if self.rng.percent(5) {
            self.log.marks.note("a tick went back");
            let back = at - self.rng.between(20, 600_000);
            self.tick(lane, Tick::at(CellTime(back)));
        }
    }

    fn tick(&mut self, lane: LaneKey, tick: Tick) {
        let newest = self.newest.entry(lane).or_default();
        if tick.epoch > *newest + MANY_EPOCHS {
            self.log.marks.note("a tick closed many epochs");
        }
        *newest = tick.epoch.max(*newest);
        self.append(lane, wire::encode_tick(tick));
    }

    fn finish(mut self, end: i64) -> Log {
        self.let_time_pass(end);
        for lane in self.lanes() {
            self.append(lane, wire::encode_tick(Tick::at(CellTime(end))));
        }
        self.door.close();
        self.log.marks.add(&self.door.marks);
        self.log
    }

    fn post(&mut self) {
        for entry in self.door.take_entries() {
            let epoch = self.newest[&entry.lane] + 1;
            let holds = entry.holds.into_iter().map(|delivery| (epoch, delivery));
            self.log.arrived.extend(holds);
            self.append(entry.lane, entry.value);
        }
    }

    fn append(&mut self, lane: LaneKey, value: Vec<u8>) {
        let records = self.log.lanes.get_mut(&lane).unwrap();
        let offset = records.len() as u64;
        records.push(LogRecord { offset, value });
    }

    fn lanes(&self) -> Vec<LaneKey> {
        self.log.lanes.keys().copied().collect()
    }
}
