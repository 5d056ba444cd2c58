//! Third-party HL7 messages that come in another order than things happened, some of them
//! twice: message for message through the interface and its memory, the log, its epochs and
//! the fold of the site. Once corrections have settled, who lay where at every hour is known
//! as the event log of the other simulator says, and every KPI is as without the disorder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use events::control::{BedMaster, Control, MasterBed, MasterWard, OccupancySource, Setting};
use events::fact::{Told, VisitEvent, What};
use events::hours::Hours;
use events::log::LogRecord;
use events::place::{BedKey, Site};
use events::time::{CellTime, EPOCH_MS, EventTime, HOUR_MS, MINUTE_MS};
use events::topic::KafkaTopic;
use events::wire::{self, Tick};
use ingest::hl7::local::Local;
use ingest::hl7::seen::{Heard, Seen};
use ingest::hl7::{Interface, Outcome, Pseudonyms, split};
use ingest::told;
use jiff::tz::TimeZone;
use simulators::hospital::Hospital;
use simulators::rng::Rng;
use simulators::truth::RowKey;
use stream::site::{SiteConfig, SiteFold};

use crate::account::Account;
use crate::adt::{BedMap, Renaming, START, Truth, runs};
use crate::log::{LANES, Lanes};
use crate::plain;
use crate::replay::replay;

/// A message comes at most so long after what it tells.
const DELAY_MAX_MS: i64 = 10 * MINUTE_MS;
/// So many messages of a hundred come twice.
const TWICE_PERCENT: u32 = 5;
/// When all messages have come, their corrections are folded at once.
const SETTLED_MS: i64 = DELAY_MAX_MS + MINUTE_MS;

#[test]
fn shuffled_messages_tell_the_same_bed_maps_once_corrections_have_settled() {
    let (runs, mut tally) = (runs(), Tally::default());
    assert_eq!(runs.len(), 12);
    let times = runs.len().max(crate::seeds().count());
    for (run, seed) in runs.iter().cycle().zip(crate::seeds().cycle()).take(times) {
        tally.add(check_maps(seed, run));
    }
    assert!(tally.hours > 500, "{tally:?}");
    assert!(tally.overtaken > 100 && tally.repeated > 100, "{tally:?}");
}

/// Two runs: an emergency department's day and a ward's.
#[test]
fn shuffled_messages_give_the_same_kpis_once_corrections_have_settled() {
    let runs = runs();
    for run in ["ed-tuesday-seed6", "inpatient-seed1-n25-gap20"] {
        let run = runs.iter().find(|path| path.ends_with(run)).unwrap();
        let seed = *crate::seeds().start();
        let (shuffled, straight) = (Log::of(run, Some(seed)), Log::of(run, None));
        let until = shuffled.end.min(straight.end) - HOUR_MS;
        let (said, expected) = (
            rows(seed, 3, &shuffled, until),
            rows(seed, 1, &straight, until),
        );
        assert!(expected.len() > 10_000, "{} rows", expected.len());
        let mut differs = expected.keys().chain(said.keys());
        let differs = differs.find(|row| expected.get(*row) != said.get(*row));
        assert_eq!(differs, None, "in {}, seed {seed}", run.display());
    }
}

/// What has been seen, so that the test can't pass without its subject.
#[derive(Debug, Default)]
struct Tally {
    hours: usize,
    overtaken: usize,
    repeated: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.hours += other.hours;
        self.overtaken += other.overtaken;
        self.repeated += other.repeated;
    }
}

/// Compares the maps of all hours twice: as soon as all is known, and, of what is within the
/// horizon, in the end.
fn check_maps(seed: u64, run: &Path) -> Tally {
    let log = Log::of(run, Some(seed));
    let mut truth = Truth::read(run);
    let maps: Vec<(i64, BedMap)> = truth
        .hours()
        .map(|hour| (log.start + hour, truth.map(hour)))
        .collect();
    let mut names = Renaming::default();
    let mut compare = |site: &SiteFold, at: i64, map: &BedMap, when: &str| {
        let hour = (at - log.start) / HOUR_MS;
        let when = format!("in {}, seed {seed}, hour {hour}, {when}", run.display());
        names.check(&bed_map(site, at), map, &when);
    };
    let mut settled = maps.iter().peekable();
    let mut settle = |site: &SiteFold, now: i64| {
        while let Some((at, map)) = settled.next_if(|(at, _)| at + SETTLED_MS < now) {
            compare(site, *at, map, "settled");
        }
    };
    let site = plain::fold(&log.lanes, SiteConfig::default(), &mut settle).site;
    settle(&site, log.end);
    assert!(settled.next().is_none(), "the log ends too early");
    let edge = log.end - SiteConfig::default().horizon_ms + HOUR_MS;
    for (at, map) in maps.iter().filter(|(at, _)| *at > edge) {
        compare(&site, *at, map, "in the end");
    }
    let hours = maps.len();
    Tally { hours, ..log.tally }
}

/// Who lay where at `at`, as the site knows now.
pub(crate) fn bed_map(site: &SiteFold, at: i64) -> BedMap {
    let named = |(bed, visits): (BedKey, Vec<_>)| {
        let bed = format!("{}/{}", bed.ward.label(), bed.bed.label());
        let visits: Vec<String> = visits.iter().map(ToString::to_string).collect();
        (bed, visits.join(" and "))
    };
    site.lay_at(at).into_iter().map(named).collect()
}

/// The newest revision of all rows of windows that end at `until` or before, by the workers
/// of production.
fn rows(seed: u64, workers: usize, log: &Log, until: i64) -> BTreeMap<RowKey, (i64, i64)> {
    let mut account = Account::default();
    replay(seed, workers, SiteConfig::default(), &log.lanes, |output| {
        account.hear(output);
    });
    account.rows(until)
}

/// A run as the log holds it.
pub(crate) struct Log {
    pub(crate) lanes: Lanes,
    start: i64,
    pub(crate) end: i64,
    tally: Tally,
}

impl Log {
    /// The messages of a run: each when it happened or, with a seed, later and some twice.
    fn of(run: &Path, shuffle: Option<u64>) -> Self {
        let bytes = std::fs::read(run.join("messages.hl7")).unwrap();
        let interface = interface();
        let mut messages: Vec<Message<'_>> = split::messages(&bytes)
            .filter_map(|bytes| Message::read(&interface, bytes))
            .collect();
        messages.sort_by_key(|message| message.at);
        let arrivals = match shuffle {
            Some(seed) => shuffled(seed, &messages),
            None => straight(&messages),
        };
        Self::hearing(&master(&messages), &arrivals)
    }

    /// Messages that come when they happen, on the beds of `all` of them.
    pub(crate) fn in_order(all: &[u8], messages: &[u8]) -> Self {
        let interface = interface();
        let read = |bytes| -> Vec<Message<'_>> {
            let messages = split::messages(bytes);
            messages
                .filter_map(|bytes| Message::read(&interface, bytes))
                .collect()
        };
        let (all, messages) = (read(all), read(messages));
        Self::hearing(&master(&all), &straight(&messages))
    }

    fn hearing(master: &Control, arrivals: &[(i64, &Message<'_>)]) -> Self {
        let start = EventTime::parse(START).unwrap().0;
        let mut log = Self {
            lanes: lanes(),
            start,
            end: start,
            tally: Tally::default(),
        };
        log.tick(start - EPOCH_MS);
        log.append((KafkaTopic::Control, 0), wire::encode_control(master));
        log.hear(&interface(), arrivals);
        let last = arrivals.last().map_or(start, |(at, _)| *at);
        log.let_time_pass(last + 3 * HOUR_MS);
        log
    }

    /// As an interface does that is sent one message at a time.
    fn hear(&mut self, interface: &Interface, arrivals: &[(i64, &Message<'_>)]) {
        let (mut seen, mut newest) = (Seen::default(), 0);
        for (at, message) in arrivals {
            self.let_time_pass(*at);
            self.tick(*at - EPOCH_MS);
            let Outcome::Facts(told) = interface.read(message.bytes, Some(CellTime(*at))) else {
                panic!("it was understood before");
            };
            if seen.hear(told.receipt.as_ref().unwrap()) == Heard::Repeated {
                self.tally.repeated += 1;
                continue;
            }
            self.tally.overtaken += usize::from(message.at < newest);
            newest = newest.max(message.at);
            let record = told::outgoing(&told, LANES);
            self.append((record.topic, record.lane), record.value);
        }
    }

    /// Every lane ticks once a minute.
    fn let_time_pass(&mut self, now: i64) {
        while self.end + MINUTE_MS < now {
            self.end += MINUTE_MS;
            self.tick(self.end);
        }
    }

    fn tick(&mut self, at: i64) {
        for lane in self.lanes.keys().copied().collect::<Vec<_>>() {
            self.append(lane, wire::encode_tick(Tick::at(CellTime(at))));
        }
    }

    fn append(&mut self, lane: (KafkaTopic, u32), value: Vec<u8>) {
        let records = self.lanes.get_mut(&lane).unwrap();
        let offset = records.len() as u64;
        records.push(LogRecord { offset, value });
    }
}

fn lanes() -> Lanes {
    let of_topic = |topic: KafkaTopic| (0..topic.lanes(LANES)).map(move |lane| (topic, lane));
    let lanes = KafkaTopic::INPUTS.into_iter().flat_map(of_topic);
    lanes.map(|lane| (lane, Vec::new())).collect()
}

/// Messages that come when they happen.
fn straight<'m, 'b>(messages: &'m [Message<'b>]) -> Vec<(i64, &'m Message<'b>)> {
    let at = |message: &'m Message<'b>| (message.at, message);
    messages.iter().map(at).collect()
}

/// A message that tells something, and when that happened.
struct Message<'b> {
    bytes: &'b [u8],
    at: i64,
    told: Told,
}

impl<'b> Message<'b> {
    fn read(interface: &Interface, bytes: &'b [u8]) -> Option<Self> {
        match interface.read(bytes, None) {
            Outcome::Facts(told) => Some(Self {
                bytes,
                at: told.facts[0].at.0,
                told,
            }),
            Outcome::Ignored(_) => None,
            Outcome::Dead(rejected) => panic!("{rejected:?}"),
        }
    }
}

/// When each message comes, in the order in which they come: up to ten minutes late, those of
/// one time in their order.
fn shuffled<'m, 'b>(seed: u64, messages: &'m [Message<'b>]) -> Vec<(i64, &'m Message<'b>)> {
    let mut rng = Rng::named(seed, "shuffled");
    let mut arrivals = Vec::new();
    for together in messages.chunk_by(|a, b| a.at == b.at) {
        let mut delays: Vec<i64> = together
            .iter()
            .map(|_| rng.between(0, DELAY_MAX_MS))
            .collect();
        delays.sort_unstable();
        for (message, delay) in together.iter().zip(delays) {
            arrivals.push((message.at + delay, message));
            if rng.percent(TWICE_PERCENT) {
                let again = rng.between(delay, DELAY_MAX_MS);
                arrivals.push((message.at + again, message));
            }
        }
    }
    arrivals.sort_by_key(|(at, _)| *at);
    arrivals
}

fn interface() -> Interface {
    Interface {
        site: Hospital::site(),
        zone: TimeZone::UTC,
        pseudonyms: Pseudonyms::new(&[7; 32]),
        local: Local::default(),
    }
}

/// Every bed that somebody is placed in.
fn master(messages: &[Message<'_>]) -> Control {
    let mut wards: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for fact in messages.iter().flat_map(|message| &message.told.facts) {
        if let What::Visit { event, .. } = &fact.what
            && let VisitEvent::Admitted(place)
            | VisitEvent::Transferred(place)
            | VisitEvent::PlacedByCancel(place) = event
        {
            wards
                .entry(place.ward.clone())
                .or_default()
                .extend(place.bed.clone());
        }
    }
    let wards = wards.into_iter().map(|(ward, beds)| MasterWard {
        label: ward.label(),
        ward,
        source: OccupancySource::Visits,
        beds: beds
            .into_iter()
            .map(|bed| MasterBed {
                label: bed.label(),
                bed,
                room: None,
                staffed: true,
                hours: Hours::default(),
            })
            .collect(),
    });
    let site: Site = Hospital::site();
    let wards = wards.collect();
    Control {
        site,
        setting: Setting::Master(BedMaster {
            wards,
            ..BedMaster::default()
        }),
    }
}
