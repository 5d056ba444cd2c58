//! Third-party HL7 v2 messages, whole: the bed maps that their facts give equal
//! those of the simulator's own event log, at every full hour and at every event; and
//! no message is lost or makes us panic.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use events::fact::{FactFlags, Told, VisitEvent, What};
use events::id::{SiteId, TenantId, VisitId};
use events::place::{Place, Site};
use events::reason::Reason;
use events::time::{EventTime, HOUR_MS};
use ingest::hl7::Interface;
use ingest::hl7::local::Local;
use ingest::hl7::replay::{FILE_BYTES_MAX, File, Replay, at, replay};
use ingest::hl7::seen::Seen;
use ingest::pseudonym::Pseudonyms;
use jiff::tz::TimeZone;
use serde_json::Value;

/// `t` 0 of the simulator's event logs.
const START: &str = "2026-08-11T00:00:00Z";

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

fn data(path: &str) -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    assert!(
        folder.is_dir(),
        "this test reads the third-party messages in ../shared/data beside the project, which is not there"
    );
    folder.join(path)
}

fn read(path: PathBuf) -> Vec<u8> {
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn replay_one(bytes: &[u8]) -> Replay<'_> {
    let name = "messages";
    replay(&interface(), [File { name, bytes }], None, Seen::default())
}

/// Who lies where: by bed, as `WARD/BED`, the names of those in it.
type BedMap = BTreeMap<String, Vec<String>>;

fn bed_map<'a>(placed: impl Iterator<Item = (String, &'a String)>) -> BedMap {
    let mut map = BedMap::new();
    for (who, bed) in placed {
        map.entry(bed.clone()).or_default().push(who);
    }
    map
}

/// The visit rules of `docs/clocks.md`, and nothing else.
#[derive(Default)]
struct Visits {
    stays: HashMap<VisitId, Stay>,
    refused: BTreeMap<&'static str, u64>,
}

#[derive(Default)]
struct Stay {
    place: Option<Place>,
    closed: bool,
}

impl Visits {
    fn tell(&mut self, told: &Told) {
        for fact in &told.facts {
            let What::Visit { visit, event, .. } = &fact.what else {
                panic!("an HL7 message speaks of visits only");
            };
            let stay = self.stays.entry(visit.clone()).or_default();
            let (place, closed) = match event {
                VisitEvent::Admitted(place) | VisitEvent::PlacedByCancel(place) => {
                    (Some(place.clone()), false)
                }
                VisitEvent::Transferred(place) if !stay.closed => (Some(place.clone()), false),
                VisitEvent::Discharged if stay.place.is_some() => (None, true),
                VisitEvent::Cancelled | VisitEvent::Merged(_) if !stay.closed => (None, true),
                refused => {
                    *self.refused.entry(name(refused)).or_default() += 1;
                    continue;
                }
            };
            *stay = Stay { place, closed };
        }
    }

    fn bed_map(&self) -> BedMap {
        let beds: Vec<(String, String)> = self
            .stays
            .iter()
            .filter_map(|(visit, stay)| {
                let bed = stay.place.as_ref()?.bed_key()?;
                let bed = format!("{}/{}", bed.ward.label(), bed.bed.label());
                Some((visit.to_string(), bed))
            })
            .collect();
        bed_map(beds.iter().map(|(who, bed)| (who.clone(), bed)))
    }
}

fn name(event: &VisitEvent) -> &'static str {
    match event {
        VisitEvent::Transferred(_) => "transferred",
        VisitEvent::Discharged => "discharged",
        VisitEvent::Cancelled => "cancelled",
        VisitEvent::Merged(_) => "merged",
        _ => "never refused",
    }
}

/// The simulator's own event log, folded without HL7.
#[derive(Default)]
struct Truth {
    beds: HashMap<String, String>,
}

impl Truth {
    /// Takes the event at `index` of `log`; a cancel takes back the one it names.
    fn happen(&mut self, log: &[Value], index: usize) {
        let event = &log[index];
        let who = || text(&event["active-mrn"]);
        let taken_back = || {
            let id = event["cancels-event-id"].as_u64().unwrap();
            &log[usize::try_from(id).unwrap()]
        };
        match event["event"].as_str().unwrap() {
            "admission" | "transfer" => self.lie(who(), bed(&event["location"])),
            "cancel-transfer" => self.lie(who(), bed(&taken_back()["from"])),
            "cancel-discharge" => self.lie(who(), bed(&taken_back()["location"])),
            "cancel-admit" => self.leave(&text(&taken_back()["active-mrn"])),
            "discharge" => self.leave(&who()),
            "merge" => {
                for merged in event["merged-mrns"].as_array().unwrap() {
                    self.leave(&text(merged));
                }
            }
            "bed-swap" => {
                for swapped in event["swap"].as_object().unwrap().values() {
                    self.lie(text(&swapped["active-mrn"]), bed(&swapped["to"]));
                }
            }
            "registered" | "order-placed" | "result-available" | "step-rejected" => {}
            other => panic!("the event log has an event {other} that this test does not know"),
        }
    }

    fn lie(&mut self, who: String, bed: String) {
        self.beds.insert(who, bed);
    }

    fn leave(&mut self, who: &str) {
        self.beds.remove(who);
    }

    fn bed_map(&self) -> BedMap {
        bed_map(self.beds.iter().map(|(who, bed)| (who.clone(), bed)))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn bed(location: &Value) -> String {
    format!("{}/{}", text(&location["ward"]), text(&location["bed"]))
}

/// One name for each, in both directions, for a whole run.
#[derive(Default)]
struct Renaming {
    there: HashMap<String, String>,
    back: HashMap<String, String>,
}

impl Renaming {
    #[track_caller]
    fn check(&mut self, map: &BedMap, truth: &BedMap, when: &str) {
        let beds = |map: &BedMap| -> Vec<(String, usize)> {
            map.iter()
                .map(|(bed, who)| (bed.clone(), who.len()))
                .collect()
        };
        assert_eq!(beds(map), beds(truth), "occupied beds {when}");
        for (bed, people) in map {
            let [person] = &people[..] else {
                panic!("{} people in {bed} {when}", people.len());
            };
            let true_name = &truth[bed][0];
            let known = self
                .there
                .entry(person.clone())
                .or_insert(true_name.clone());
            assert_eq!(known, true_name, "who lies in {bed} {when}");
            let known = self.back.entry(true_name.clone()).or_insert(person.clone());
            assert_eq!(known, person, "who lies in {bed} {when}");
        }
    }
}

/// How many messages told something, and which facts the rules refused.
fn check_run(run: &str) -> (u64, BTreeMap<&'static str, u64>) {
    let bytes = read(data("adt-simulated").join(run).join("messages.hl7"));
    let log = read(data("adt-simulated").join(run).join("ground-truth.ndjson"));
    let log: Vec<Value> = serde_json::Deserializer::from_slice(&log)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let replay = replay_one(&bytes);
    assert_eq!(replay.tally.dead, BTreeMap::new(), "{run}");
    let start = EventTime::parse(START).unwrap().0;
    let (mut visits, mut truth) = (Visits::default(), Truth::default());
    let mut names = Renaming::default();
    let (mut told, mut happened) = (0, 0);
    for until in instants(&log) {
        while told < replay.told.len() && at(&replay.told[told]).0 - start <= until {
            visits.tell(&replay.told[told]);
            told += 1;
        }
        while happened < log.len() && happened_ms(&log[happened]) <= until {
            truth.happen(&log, happened);
            happened += 1;
        }
        let when = format!("in {run} after {} s", until / 1_000);
        names.check(&visits.bed_map(), &truth.bed_map(), &when);
    }
    assert_eq!((told, happened), (replay.told.len(), log.len()), "{run}");
    (replay.tally.told, visits.refused)
}

fn happened_ms(event: &Value) -> i64 {
    event["t"].as_i64().unwrap() * 1_000
}

/// Every full hour, and every time at which something happened.
fn instants(log: &[Value]) -> BTreeSet<i64> {
    let events: BTreeSet<i64> = log.iter().map(happened_ms).collect();
    let hours = events.last().unwrap() / HOUR_MS + 1;
    let hours = (0..=hours).map(|hour| hour * HOUR_MS);
    events.iter().copied().chain(hours).collect()
}

#[test]
fn the_bed_map_of_every_run_is_true_at_every_hour_and_every_event() {
    let mut runs: Vec<String> = std::fs::read_dir(data("adt-simulated"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    runs.sort();
    assert_eq!(runs.len(), 12);
    let (mut told, mut refused) = (0, BTreeMap::<&str, u64>::new());
    for run in &runs {
        let (run_told, run_refused) = check_run(run);
        told += run_told;
        for (event, count) in run_refused {
            *refused.entry(event).or_default() += count;
        }
    }
    // 1,145 A01, 266 A02, 1,135 A03, 16 A11, 69 A12, 8 A13, 108 A17, 36 A40.
    assert_eq!(told, 2_783);
    // These visits had been discharged before.
    assert_eq!(refused, BTreeMap::from([("cancelled", 16), ("merged", 25)]));
}

#[test]
fn every_simulated_hospital_message_is_a_fact_or_ignored_or_a_counted_dead_letter() {
    let bytes = read(data("hl7v2-simhospital").join("messages.out"));
    let replay = replay_one(&bytes);
    let tally = &replay.tally;
    assert_eq!(tally.messages(), 1_013);
    assert_eq!((tally.told, replay.told.len()), (401, 401));
    let ignored = [("MDM^T02", 2), ("ORU^R01", 610)];
    let ignored = ignored.map(|(event, count)| (event.to_owned(), count));
    assert_eq!(tally.ignored, BTreeMap::from(ignored));
    assert_eq!(tally.dead, BTreeMap::new());
    assert!(
        replay.told.is_sorted_by_key(at),
        "in the order of event time"
    );
}

#[test]
fn a_second_reading_of_a_file_tells_nothing_new() {
    let bytes = read(data("adt-simulated/inpatient-seed1-n25-gap20/messages.hl7"));
    let bytes = &bytes[..];
    let once = replay(
        &interface(),
        [File { name: "a", bytes }],
        None,
        Seen::default(),
    );
    let twice = ["a", "b"].map(|name| File { name, bytes });
    let twice = replay(&interface(), twice, None, Seen::default());
    assert_eq!(twice.told, once.told);
    assert_eq!(twice.tally.repeated, once.tally.told);
}

#[test]
fn an_id_used_again_with_other_content_is_heard() {
    let bytes = read(data("adt-simulated/ed-tuesday-seed6/messages.hl7"));
    let replay = replay_one(&bytes);
    assert_eq!((replay.tally.reused, replay.tally.repeated), (3, 0));
}

#[test]
fn only_cancels_say_that_they_reopen() {
    let bytes = read(data(
        "adt-simulated/inpatient-seed3-n200-gap120/messages.hl7",
    ));
    for fact in replay_one(&bytes).told.iter().flat_map(|told| &told.facts) {
        let What::Visit { event, .. } = &fact.what else {
            panic!("an HL7 message speaks of visits only");
        };
        let put_back = matches!(event, VisitEvent::PlacedByCancel(_));
        assert_eq!(fact.flags == FactFlags::REOPENED_BY_CANCEL, put_back);
    }
}

#[test]
fn an_empty_file_is_a_dead_letter() {
    let replay = replay_one(b"\xEF\xBB\xBF\r\n\r\n");
    assert_eq!(replay.tally.dead, BTreeMap::from([(Reason::Empty, 1)]));
    assert_eq!(replay.dead[0].position, "messages");
}

#[test]
fn a_file_over_the_bound_is_one_dead_letter_and_harms_no_other() {
    let large = vec![b'\r'; FILE_BYTES_MAX + 1];
    let good = read(data("adt-simulated/inpatient-seed1-n25-gap20/messages.hl7"));
    let files = [("large", &large[..]), ("good", &good[..])];
    let files = files.map(|(name, bytes)| File { name, bytes });
    let replay = replay(&interface(), files, None, Seen::default());
    assert_eq!(
        replay.tally.dead,
        BTreeMap::from([(Reason::PayloadTooLarge, 1)])
    );
    assert_eq!(replay.dead[0].position, "large");
    assert!(replay.tally.told > 0);
}
