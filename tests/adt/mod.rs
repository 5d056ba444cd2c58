//! Third-party runs of a simulated hospital, in `../shared/data/adt-simulated`: its messages,
//! and its own event log, which says who lay where.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use events::time::HOUR_MS;
use serde_json::Value;

/// `t` 0 of the simulator's event logs.
pub(crate) const START: &str = "2026-08-11T00:00:00Z";

/// Who lies where: `WARD/BED` to a name.
pub(crate) type BedMap = BTreeMap<String, String>;

/// The folders of all runs.
pub(crate) fn runs() -> Vec<PathBuf> {
    let data = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/adt-simulated"
    ));
    let entries =
        std::fs::read_dir(data).unwrap_or_else(|error| panic!("{}: {error}", data.display()));
    let mut runs: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    runs.sort();
    runs
}

/// The simulator's event log, folded: an event moves people, a cancel takes back
/// the event that it names.
pub(crate) struct Truth {
    log: Vec<Value>,
    happened: usize,
    beds: HashMap<String, String>,
}

impl Truth {
    pub(crate) fn read(run: &Path) -> Self {
        let text = std::fs::read_to_string(run.join("ground-truth.ndjson")).unwrap();
        let log = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Self {
            log,
            happened: 0,
            beds: HashMap::new(),
        }
    }

    /// Full hours of the log, and one more, in milliseconds since its start.
    pub(crate) fn hours(&self) -> impl Iterator<Item = i64> + use<> {
        let last = self.log.last().map_or(0, at);
        (0..=last / HOUR_MS + 1).map(|hour| hour * HOUR_MS)
    }

    /// Who lies where after everything up to and including `until`.
    pub(crate) fn map(&mut self, until: i64) -> BedMap {
        while self
            .log
            .get(self.happened)
            .is_some_and(|event| at(event) <= until)
        {
            self.happen(self.happened);
            self.happened += 1;
        }
        let map: BedMap = self
            .beds
            .iter()
            .map(|(who, bed)| (bed.clone(), who.clone()))
            .collect();
        assert_eq!(map.len(), self.beds.len(), "two people in one bed");
        map
    }

    fn happen(&mut self, index: usize) {
        let event = &self.log[index];
        let who = text(&event["active-mrn"]);
        let cancelled = event["cancels-event-id"]
            .as_u64()
            .map(|id| &self.log[usize::try_from(id).unwrap()]);
        let cancelled = || cancelled.unwrap();
        match event["event"].as_str().unwrap() {
            "admission" | "transfer" => drop(self.beds.insert(who, bed(&event["location"]))),
            "cancel-transfer" => drop(self.beds.insert(who, bed(&cancelled()["from"]))),
            "cancel-discharge" => drop(self.beds.insert(who, bed(&cancelled()["location"]))),
            "cancel-admit" => drop(self.beds.remove(&text(&cancelled()["active-mrn"]))),
            "discharge" => drop(self.beds.remove(&who)),
            "merge" => {
                for merged in event["merged-mrns"].as_array().unwrap() {
                    self.beds.remove(&text(merged));
                }
            }
            "bed-swap" => {
                for swapped in event["swap"].as_object().unwrap().values() {
                    self.beds
                        .insert(text(&swapped["active-mrn"]), bed(&swapped["to"]));
                }
            }
            "registered" | "order-placed" | "result-available" | "step-rejected" => {}
            other => panic!("an event {other} that this test does not know"),
        }
    }
}

fn at(event: &Value) -> i64 {
    event["t"].as_i64().unwrap() * 1_000
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn bed(location: &Value) -> String {
    format!(
        "{}/{}",
        location["ward"].as_str().unwrap(),
        location["bed"].as_str().unwrap()
    )
}

/// One pseudonym for each person and one person for each pseudonym, over a run.
#[derive(Default)]
pub(crate) struct Renaming {
    people: HashMap<String, String>,
    pseudonyms: HashMap<String, String>,
}

impl Renaming {
    #[track_caller]
    pub(crate) fn check(&mut self, printed: &BedMap, truth: &BedMap, when: &str) {
        let beds = |map: &BedMap| map.keys().cloned().collect::<Vec<_>>();
        assert_eq!(beds(printed), beds(truth), "occupied beds {when}");
        for (bed, pseudonym) in printed {
            let person = &truth[bed];
            let known = self
                .people
                .entry(pseudonym.clone())
                .or_insert_with(|| person.clone());
            assert_eq!(known, person, "who lies in {bed} {when}");
            let known = self
                .pseudonyms
                .entry(person.clone())
                .or_insert_with(|| pseudonym.clone());
            assert_eq!(known, pseudonym, "who lies in {bed} {when}");
        }
    }
}
