//! What it costs to be told something 71 hours late: a site of 1,000 beds and 5,000 devices
//! with 72 hours of heartbeats behind it, and 72 more before, by the path of production up to
//! the fold of the site. What lies before the horizon takes no memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use events::fact::{Fact, FactFlags, Told, VisitEvent, What};
use events::id::{BedId, VisitId, WardId};
use events::log::{Chunk, LogRecord};
use events::place::Place;
use events::time::{CellTime, EventTime, HOUR_MS, MINUTE_MS};
use events::topic::KafkaTopic;
use events::wire::{self, Tick};
use stream::site::{SiteConfig, SiteFold, SiteInput, epoch_at, epoch_time};
use stream::snapshot::plan::EVERY_EPOCHS;
use stream::snapshot::{Piece, Plan};
use stream::source::Source;
use stream::worker::lanes_of;

use crate::load::{self, LANES, Load};
use crate::{resident, snapshot, timed};

const LATE_MS: i64 = 71 * HOUR_MS;
/// A full horizon, and no cleanup close to its end.
const HORIZON_MS: i64 = 72 * HOUR_MS + HOUR_MS / 2;
/// The site's past.
const PAST_MS: i64 = HORIZON_MS + 72 * HOUR_MS;
/// So many are measured; the median counts.
const TIMES: usize = 51;
pub(crate) const DEVICES: usize = 5_000;

/// Prints a row for each kind of record, the memory of the site, and what its
/// snapshot costs.
pub(crate) fn measure() {
    let before = resident();
    let memory = || resident().saturating_sub(before) / (1 << 20);
    let mut after_72 = 0;
    let mut site = Site::with_a_past(PAST_MS, || after_72 = memory());
    println!(
        "memory: {after_72} MiB for a site of {DEVICES} devices and 1,000 beds after 72 hours, {} MiB after 144\n",
        memory()
    );
    println!("| told 71 h late | median | longest | windows said again |");
    println!("|---|---:|---:|---:|");
    site.row(
        "a pad's reading that contradicts its neighbours",
        |n, now| {
            let (lane, frame) = load::late_reading(n, now, LATE_MS);
            (KafkaTopic::Signals, lane, frame)
        },
    );
    site.row(
        "an admission that nobody was told of, and that lasts",
        |n, now| (KafkaTopic::Facts, 0, admission(n, now)),
    );
    let copy = site.fold.clone();
    site.row(
        "a pad's reading, while a snapshot is written down",
        |n, now| {
            let (lane, frame) = load::late_reading(TIMES + n, now, LATE_MS);
            (KafkaTopic::Signals, lane, frame)
        },
    );
    drop(copy);
    snapshot::measure(&mut site);
}

/// Prints what a snapshot costs after `hours` alone.
pub(crate) fn measure_snapshot(hours: i64) {
    snapshot::measure(&mut Site::with_a_past(hours * HOUR_MS, || ()));
}

/// A site, and the lanes of its devices.
pub(crate) struct Site {
    plan: Arc<Plan>,
    source: Source,
    pub(crate) fold: SiteFold,
    inputs: BTreeMap<u64, Vec<SiteInput>>,
    folded: u64,
    offset: u64,
}

impl Site {
    /// `halfway` is called once, when the first horizon is full.
    fn with_a_past(past_ms: i64, halfway: impl FnOnce()) -> Self {
        let config = SiteConfig::default();
        let plan = Arc::new(Plan::default());
        let lanes = lanes_of(0, 1, LANES);
        let mut site = Self {
            source: Source::new(lanes, config.horizon_ms, None, Arc::clone(&plan)),
            plan,
            fold: SiteFold::new(load::site(0), config),
            inputs: BTreeMap::new(),
            folded: 0,
            offset: 1 << 40,
        };
        let load = Load {
            devices: DEVICES,
            every_ms: MINUTE_MS,
            payload: 1,
        };
        let minutes = usize::try_from(past_ms / load.every_ms).expect("it is positive");
        let mut halfway = Some(halfway);
        load.log(DEVICES * minutes, &mut |chunk| {
            site.read(&chunk);
            if epoch_time(site.folded) >= load::BEGIN_MS + HORIZON_MS
                && let Some(halfway) = halfway.take()
            {
                halfway();
            }
        });
        site.fold.take_corrections();
        site
    }

    /// Reads a chunk and folds what it closes.
    fn read(&mut self, chunk: &Chunk) {
        for (epoch, input) in self.source.read(chunk) {
            self.inputs.entry(epoch).or_default().push(input);
        }
        let open = self.source.open_epoch().unwrap_or_default();
        loop {
            let due = self
                .fold
                .due()
                .map(|due| epoch_at(due).max(self.folded + 1));
            let next = due
                .into_iter()
                .chain(self.inputs.keys().next().copied())
                .min();
            let Some(epoch) = next.filter(|epoch| *epoch < open) else {
                return;
            };
            let mut inputs = self.inputs.remove(&epoch).unwrap_or_default();
            inputs.sort_by_key(|input| input.place);
            std::hint::black_box(self.fold.fold(epoch, inputs));
            self.folded = epoch;
        }
    }

    /// Measures records that come one an epoch, each about something else.
    fn row(&mut self, what: &str, record: impl Fn(usize, i64) -> (KafkaTopic, u32, Vec<u8>)) {
        let (mut times, mut windows) = (Vec::new(), Vec::new());
        for n in 0..TIMES {
            let epoch = self.source.open_epoch().unwrap_or_default();
            let now = epoch_time(epoch);
            let (topic, lane, value) = record(n, now);
            let mut chunks = vec![self.chunk(topic, lane, value)];
            let tick = wire::encode_tick(Tick::at(CellTime(now)));
            for (topic, lane) in lanes_of(0, 1, LANES) {
                chunks.push(self.chunk(topic, lane, tick.clone()));
            }
            let (took, _) = timed(|| chunks.iter().for_each(|chunk| self.read(chunk)));
            times.push(took);
            windows.push(self.fold.take_corrections());
        }
        times.sort_unstable();
        windows.sort_unstable();
        let (median, longest) = (times[TIMES / 2], times[TIMES - 1]);
        let ms = |took: Duration| took.as_secs_f64() * 1e3;
        println!(
            "| {what} | {:.2} ms | {:.2} ms | {} |",
            ms(median),
            ms(longest),
            windows[TIMES / 2]
        );
    }

    /// Lets the lanes be copied. Returns the longest time for which one stopped, and the
    /// copies.
    pub(crate) fn copy_lanes(&mut self) -> (Duration, Vec<Piece>) {
        self.plan.want();
        let open = self.source.open_epoch().unwrap_or_default();
        let at = epoch_time(open + EVERY_EPOCHS);
        let tick = wire::encode_tick(Tick::at(CellTime(at)));
        let mut longest = Duration::ZERO;
        for (topic, lane) in lanes_of(0, 1, LANES) {
            let chunk = self.chunk(topic, lane, tick.clone());
            let (took, _) = timed(|| drop(std::hint::black_box(self.source.read(&chunk))));
            longest = longest.max(took);
        }
        (longest, self.source.take_pieces())
    }

    /// Lets a lane read a reading of each of its devices. Returns how long that took.
    pub(crate) fn read_all(&mut self) -> Duration {
        let now = epoch_time(self.source.open_epoch().unwrap_or_default());
        let frame = load::reading_of_all(DEVICES, self.offset, now);
        let chunk = self.chunk(KafkaTopic::Signals, 0, frame);
        timed(|| drop(std::hint::black_box(self.source.read(&chunk)))).0
    }

    fn chunk(&mut self, topic: KafkaTopic, lane: u32, value: Vec<u8>) -> Chunk {
        self.offset += 1;
        let offset = self.offset;
        Chunk {
            topic,
            lane,
            records: vec![LogRecord { offset, value }],
        }
    }
}

fn admission(n: usize, now: i64) -> Vec<u8> {
    let fits = "it fits the alphabet";
    let place = Place {
        ward: WardId::new(&format!("ward-{}", n % 40)).expect(fits),
        room: None,
        bed: Some(BedId::new(&format!("b{}", n % 40 * load::WARD_BEDS)).expect(fits)),
    };
    let fact = Fact {
        at: EventTime(now - LATE_MS),
        told: CellTime(now),
        flags: FactFlags::default(),
        what: What::Visit {
            visit: VisitId::new(&format!("late-{n}")).expect(fits),
            patient: None,
            event: VisitEvent::Admitted(place),
        },
    };
    wire::encode_facts(&Told {
        site: load::site(0),
        source: "bench".to_owned(),
        facts: vec![fact],
        receipt: None,
    })
}
