//! The same log is always answered by the same bytes, however it is read; and
//! the beginning of a log by the beginning of the answer.

use std::collections::{BTreeMap, BTreeSet};

use events::id::SiteId;
use events::place::Site;
use events::time::{CellTime, HOUR_MS};
use events::topic;
use events::wire;
use simulators::delivery::{Delivery, Message, deliveries};
use simulators::faults::Faults;
use simulators::hospital::Hospital;
use simulators::rng::Rng;
use simulators::scenario::Scenario;
use stream::site::SiteConfig;

use crate::MONDAY;
use crate::archive::through_the_archive;
use crate::log::{self, LANES, Lanes, Story};
use crate::replay::replay;

const START: CellTime = CellTime(MONDAY + 7 * HOUR_MS);
const HOURS: i64 = 1;
/// Two of them share a lane. `north` is the name that the hospital gives itself.
const SITES: [&str; 3] = ["north", "south", "lake"];

/// The outputs of each lane, as bytes, in the order in which they were said.
type Answer = BTreeMap<u32, Vec<Vec<u8>>>;

#[test]
fn the_same_log_has_the_same_answer() {
    let lanes = lanes();
    let expected = answer(1, 1, &lanes);
    assert!(expected.values().flatten().count() > 10_000);
    for (seed, workers) in [(2, 1), (3, 2), (4, 3), (5, 3), (6, 5)] {
        let again = answer(seed, workers, &lanes);
        assert!(again == expected, "{workers} workers, schedule {seed}");
    }
}

#[test]
fn the_archive_gives_the_log_back_byte_for_byte() {
    let lanes = lanes();
    let read = through_the_archive(&lanes);
    assert!(read == lanes, "the lanes differ");
}

/// As after a crash or a stop, when some lanes were read further than others.
#[test]
fn the_beginning_of_a_log_has_the_beginning_of_the_answer() {
    let lanes = lanes();
    let whole = answer(1, 1, &lanes);
    for seed in 1..=6 {
        let begun = answer(seed, 3, &cut(seed, &lanes));
        for (lane, outputs) in &begun {
            assert!(whole[lane].starts_with(outputs), "lane {lane}, cut {seed}");
        }
    }
}

/// An hour of three hospitals in one log.
pub(crate) fn lanes() -> Lanes {
    let scenario = Scenario::load("flu_surge").unwrap();
    let of_site = |(seed, site): (u64, &'static str)| {
        deliveries(seed, &scenario, Faults::ALL, START, HOURS)
            .map(move |delivery| moved(delivery, site))
    };
    let places = SITES.map(|name| topic::lane(&topic::site_key(&site(name)), LANES));
    assert_eq!(BTreeSet::from(places).len(), 2, "{places:?}");
    let mut all: Vec<Delivery> = (1..).zip(SITES).flat_map(of_site).collect();
    all.sort_by_key(|delivery| delivery.at_ms);
    let sites = SITES.map(|name| (site(name), Hospital::master()));
    let log = log::write(Story {
        seed: 1,
        sites: sites.into(),
        controls: Vec::new(),
        deliveries: all,
        start: START,
        end: START.0 + HOURS * HOUR_MS,
        recalls: true,
    });
    log.lanes
}

fn site(name: &str) -> Site {
    Site {
        site: SiteId::new(name).unwrap(),
        ..Hospital::site()
    }
}

fn moved(mut delivery: Delivery, name: &str) -> Delivery {
    match &mut delivery.told {
        Message::Payload { topic, .. } => {
            *topic = topic.replacen("/north/", &format!("/{name}/"), 1)
        }
        Message::Http { told, .. } => told.site = site(name),
    }
    delivery
}

/// Each lane up to some place of its own.
fn cut(seed: u64, lanes: &Lanes) -> Lanes {
    let mut rng = Rng::named(seed, "cut");
    let begins = |(key, records): (_, &Vec<_>)| {
        let length = i64::try_from(records.len()).unwrap();
        let kept = usize::try_from(rng.between(length / 4, length)).unwrap();
        (key, records[..kept].to_vec())
    };
    lanes
        .iter()
        .map(|(key, records)| (*key, records))
        .map(begins)
        .collect()
}

fn answer(seed: u64, workers: usize, lanes: &Lanes) -> Answer {
    let mut answer = Answer::new();
    let mut places: BTreeMap<u32, (u64, u32)> = BTreeMap::new();
    replay(seed, workers, SiteConfig::default(), lanes, |output| {
        let lane = topic::lane(&output.site_key(), LANES);
        let place = output.placed();
        let before = places.insert(lane, place);
        assert!(before < Some(place), "lane {lane}: {before:?}, {place:?}");
        let bytes = wire::encode_output(&output);
        answer.entry(lane).or_default().push(bytes);
    });
    answer
}
