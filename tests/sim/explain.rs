//! Every number is explained: the records that are said to make it, and nothing else,
//! give it once more by its naive definition; and none of them can be left out.

use std::collections::{BTreeMap, BTreeSet};

use events::control::{BedMaster, Setting};
use events::id::WardId;
use events::log::Chunk;
use events::output::{KpiValue, Output, WHOLE_SITE};
use events::time::{HOUR_MS, Resolution, Span};
use simulators::hospital::Hospital;
use simulators::rng::Rng;
use simulators::truth::{self, Derived, Record};
use stream::kpi::{self, KpiSpec};
use stream::life::Key;
use stream::replay::Replay;
use stream::site::explain::Explanation;
use stream::site::explain::finder::{Finder, Found, Tale};
use stream::worker::Config;

use crate::Run;
use crate::log::{LANES, Lanes};
use crate::replay::replay;

/// KPIs that follow from how clocks stand side by side, or from who has a slot: among their
/// records is also what answers an older word that is not listed, as that somebody lay down
/// in an empty bed, or that a slot was booked which was then given back.
const ANSWERING: [&str; 5] = [
    "appointment_fill",
    "appointment_utilisation",
    "ghost_occupancy",
    "hidden_bed_time",
    "third_next_available",
];
/// Rows that are explained, of each KPI, stat and whether they are corrections.
const OF_EACH: usize = 4;

#[test]
fn the_records_of_a_number_give_it_again() {
    let mut counts = Counts::default();
    for (seed, scenario) in [
        (1, "cleaning_shortage"),
        (2, "clinic_monday"),
        (3, "flu_surge"),
    ] {
        let run = Run::new(seed, scenario, "all");
        explains(&run, &mut counts);
    }
    let all: BTreeSet<&str> = kpi::all().iter().map(|kpi| kpi.name).collect();
    let explained: BTreeSet<&str> = counts.stats.iter().map(|(kpi, _)| &**kpi).collect();
    assert_eq!(explained, all);
    let stats: BTreeSet<&str> = counts.stats.iter().map(|(_, stat)| &**stat).collect();
    assert_eq!(stats.len(), 8, "{stats:?}");
    assert!(counts.corrections > 100, "{counts:?}");
    assert_eq!(counts.kept, 0, "nothing is beyond the horizon");
    // A record can be there only to answer another that said otherwise and is not: an
    // admission that is why a transfer is none from outside. Of thousands that is one.
    let left_out: usize = counts.left_out.values().sum();
    assert!(1_000 * left_out <= counts.records, "{counts:?}");
    println!("{}", counts.said());
}

/// Who knows whether beds are occupied changes, and lists of beds are said again.
#[test]
fn what_was_set_counts_in_what_a_number_follows_from() {
    let mut run = Run::new(2, "cleaning_shortage", "repeat,reorder,delay,reboot");
    run.settings = crate::settings(run.start.0);
    let mut counts = Counts::default();
    explains(&run, &mut counts);
    assert!(counts.numbers > 100, "{counts:?}");
    println!("{}", counts.said());
}

/// Of what lies beyond the horizon the records are let go of; what they led to is said
/// in their place.
#[test]
fn what_lies_beyond_the_horizon_is_said_as_such() {
    let run = Run {
        hours: 18,
        horizon_ms: 3 * HOUR_MS,
        ..Run::new(1, "cleaning_shortage", "repeat,reorder,delay,reboot")
    };
    let mut counts = Counts::default();
    explains(&run, &mut counts);
    assert!(counts.kept > 0, "{counts:?}");
    println!("{}", counts.said());
}

/// What was explained.
#[derive(Debug, Default)]
struct Counts {
    numbers: usize,
    rows: usize,
    /// Numbers that had been said before, and were another.
    corrections: usize,
    records: usize,
    /// The most that one number follows from.
    most: usize,
    /// Numbers that also follow from what is beyond the horizon.
    kept: usize,
    /// Records without which a number and its terms would be the same.
    left_out: BTreeMap<String, usize>,
    stats: BTreeSet<(String, String)>,
}

impl Counts {
    fn said(&self) -> String {
        format!(
            "{} numbers ({} rows, {} corrections, {} with what is beyond the horizon) from {} \
             records, at most {}",
            self.numbers, self.rows, self.corrections, self.kept, self.records, self.most
        )
    }
}

/// What was set, each with when it came into force.
struct Set {
    masters: Vec<(i64, BedMaster)>,
    numbers: Vec<(i64, Setting)>,
}

/// A number that is to be explained.
struct Question {
    row: KpiValue,
    window: Span,
    /// Every row of its KPI that was said with it.
    said: BTreeMap<String, (i64, i64)>,
}

impl Question {
    fn kpi(&self) -> &'static KpiSpec {
        let mut all = kpi::all().iter();
        all.find(|kpi| kpi.name == self.row.kpi).unwrap()
    }

    fn name(&self) -> String {
        let Self { row, .. } = self;
        format!(
            "{} of {} at {} for {} s, revision {}, epoch {}",
            row.kpi, row.ward, row.window_ms, row.resolution_s, row.revision, row.epoch
        )
    }
}

fn explains(run: &Run, counts: &mut Counts) {
    let lanes = run.log().lanes;
    let questions = questions(run, &lanes, counts);
    let mut replay = Replay::new(
        Hospital::site(),
        &Config {
            workers: 1,
            lanes: LANES,
            site: run.site(),
        },
    );
    chunks(&lanes).for_each(|chunk| replay.read(&chunk));
    let mut explained = Vec::new();
    for question in questions {
        replay.fold_to(question.row.epoch);
        let scope = Some(&question.row.ward).filter(|ward| *ward != WHOLE_SITE);
        let scope = scope.map(|ward| WardId::new(ward).unwrap());
        let explanation = replay
            .known()
            .explain(question.kpi(), &scope, question.window);
        let rows = explanation.rows.iter();
        let rows: BTreeMap<String, (i64, i64)> = rows
            .map(|row| (row.stat.name().to_owned(), (row.numerator, row.denominator)))
            .collect();
        assert_eq!(rows, question.said, "{}", question.name());
        explained.push((question, explanation));
    }
    let found = find(&lanes, &explained);
    let masters = masters(run);
    let numbers = run
        .settings
        .iter()
        .filter(|(_, setting)| matches!(setting, Setting::Threshold(_) | Setting::Version(_)));
    let first = std::iter::once(run.first_version());
    let set = Set {
        masters,
        numbers: first.chain(numbers.cloned()).collect(),
    };
    for (question, explanation) in explained {
        judge(&question, &explanation, &found, &set, counts);
    }
}

/// Compares a number with what its naive definition makes of its records alone.
fn judge(
    question: &Question,
    explanation: &Explanation,
    found: &BTreeMap<Key, Found>,
    set: &Set,
    counts: &mut Counts,
) {
    let derive = |without: Option<&Key>| {
        let keys = explanation.records.iter();
        let tales: Vec<&Tale> = keys
            .filter(|key| Some(*key) != without)
            .map(|key| &found[key].tale)
            .collect();
        derive(question, tales.into_iter().chain(&explanation.kept), set)
    };
    let derived = derive(None);
    let rows: BTreeMap<String, (i64, i64)> = derived
        .rows
        .iter()
        .map(|(stat, numerator, denominator)| (stat.name().to_owned(), (*numerator, *denominator)))
        .collect();
    assert_eq!(rows, question.said, "{}\n{explanation:#?}", question.name());
    let answers = ANSWERING.contains(&&*question.row.kpi);
    for key in explanation.records.iter().filter(|_| !answers) {
        if explanation.records.len() <= 40 && derive(Some(key)) == derived {
            *counts.left_out.entry(question.name()).or_default() += 1;
        }
    }
    counts.numbers += 1;
    counts.rows += rows.len();
    counts.corrections += usize::from(question.row.revision > 0);
    counts.records += explanation.records.len();
    counts.most = counts.most.max(explanation.records.len());
    counts.kept += usize::from(!explanation.kept.is_empty());
}

fn derive<'a>(question: &Question, tales: impl Iterator<Item = &'a Tale>, set: &Set) -> Derived {
    let (mut facts, mut readings) = (Vec::new(), Vec::new());
    for tale in tales {
        match tale.clone() {
            Tale::Fact { fact, .. } => facts.push(fact),
            Tale::Reading { path, reading } => readings.push((path, reading)),
        }
    }
    let at = question.window.from;
    let mut record = Record::of_records(&set.masters, at, facts, readings);
    record.settings.extend(set.numbers.iter().cloned());
    let row = &question.row;
    truth::derive(&record, &row.kpi, &row.ward, question.window).unwrap()
}

/// Some numbers of each kind, in the order in which they were said.
fn questions(run: &Run, lanes: &Lanes, counts: &mut Counts) -> Vec<Question> {
    type Block = (u64, String, String, u32, i64);
    let mut blocks: BTreeMap<Block, Vec<KpiValue>> = BTreeMap::new();
    replay(run.seed, 2, run.site(), lanes, |output| {
        // Days and weeks are not explained.
        if let Output::Kpi(row) = output
            && row.resolution_s < Resolution::Day.seconds()
        {
            let ward = row.ward.clone();
            let block = (
                row.epoch,
                row.kpi.clone(),
                ward,
                row.resolution_s,
                row.window_ms,
            );
            blocks.entry(block).or_default().push(row);
        }
    });
    let mut rng = Rng::named(run.seed, "questions");
    let mut blocks: Vec<Vec<KpiValue>> = blocks.into_values().collect();
    let mut chosen: BTreeMap<(String, String, bool), usize> = BTreeMap::new();
    let mut questions = Vec::new();
    while !blocks.is_empty() {
        let last = i64::try_from(blocks.len()).unwrap() - 1;
        let block = blocks.swap_remove(usize::try_from(rng.between(0, last)).unwrap());
        let mut is_wanted = false;
        // In so short a run nobody may have waited for long: that is explained, too.
        let is_something =
            |row: &&KpiValue| row.numerator != 0 || row.kpi.starts_with("twelve_hours");
        for row in block.iter().filter(is_something) {
            let kind = (row.kpi.clone(), row.stat.clone(), row.revision > 0);
            let of_kind = chosen.entry(kind).or_default();
            is_wanted |= *of_kind < OF_EACH;
            *of_kind += usize::from(*of_kind < OF_EACH);
        }
        if is_wanted {
            let stats = block.iter().map(|row| (row.kpi.clone(), row.stat.clone()));
            counts.stats.extend(stats);
            questions.push(question(&block));
        }
    }
    questions.sort_by_key(|question| question.row.epoch);
    questions
}

fn question(block: &[KpiValue]) -> Question {
    let row = block[0].clone();
    let mut all = Resolution::ALL.into_iter();
    let resolution = all.find(|of| of.seconds() == row.resolution_s).unwrap();
    let said = block.iter();
    Question {
        window: resolution.window(row.window_ms, None).span,
        said: said
            .map(|row| (row.stat.clone(), (row.numerator, row.denominator)))
            .collect(),
        row,
    }
}

fn find(lanes: &Lanes, explained: &[(Question, Explanation)]) -> BTreeMap<Key, Found> {
    let wanted: BTreeSet<Key> = explained
        .iter()
        .flat_map(|(_, explanation)| explanation.records.iter().copied())
        .collect();
    let mut finder = Finder::new(Hospital::site(), wanted.clone());
    chunks(lanes).for_each(|chunk| finder.look(&chunk));
    let found = finder.found().into_iter();
    let found: BTreeMap<Key, Found> = found.map(|found| (found.key, found)).collect();
    let keys: BTreeSet<Key> = found.keys().copied().collect();
    assert_eq!(keys, wanted, "every record is in the log");
    found
}

fn chunks(lanes: &Lanes) -> impl Iterator<Item = Chunk> {
    lanes.iter().map(|((topic, lane), records)| Chunk {
        topic: *topic,
        lane: *lane,
        records: records.clone(),
    })
}

fn masters(run: &Run) -> Vec<(i64, BedMaster)> {
    let later = run
        .settings
        .iter()
        .filter_map(|(at, setting)| match setting {
            Setting::Master(master) => Some((*at, master.clone())),
            _ => None,
        });
    let first = (run.start.0, Hospital::master());
    [first].into_iter().chain(later).collect()
}
