//! What was cancelled has not been: random legal sequences of HL7 messages (admissions,
//! moves, discharges, swaps, merges, cleaned beds) in which some admissions, moves and
//! discharges are cancelled later, other things having happened meanwhile, leave every bed
//! as the same sequence without the cancelled events and their cancels.

use std::collections::BTreeMap;

use events::output::{Change, Output};
use events::time::{EventTime, MINUTE_MS};
use simulators::rng::Rng;
use stream::site::SiteConfig;

use crate::adt::START;
use crate::plain;
use crate::shuffled::{Log, bed_map};

const BEDS: usize = 8;
const STEPS: usize = 60;
/// So many admissions, moves and discharges of a hundred are cancelled.
const CANCELLED_PERCENT: u32 = 40;
const SEQUENCES: u64 = 25;

#[test]
fn a_cancelled_event_leaves_every_bed_as_if_it_had_not_been() {
    let (mut cancelled, mut kinds) = (0, BTreeMap::<String, usize>::new());
    for seed in 0..SEQUENCES {
        let story = Story::of(seed);
        let (with, without) = (story.text(true), story.text(false));
        let beds = |messages: &str| {
            let log = Log::in_order(with.as_bytes(), messages.as_bytes());
            let plain = plain::fold(&log.lanes, SiteConfig::default(), |_, _| {});
            let late = |output: &&Output| matches!(output, Output::Late(_));
            assert_eq!(
                plain.said.iter().find(late),
                None,
                "seed {seed}: it is legal"
            );
            let far = story.at + 10 * MINUTE_MS;
            (bed_map(&plain.site, far), shown(&plain.said))
        };
        assert_eq!(beds(&with), beds(&without), "seed {seed}\n{with}");
        cancelled += story.messages.iter().filter(|told| told.is_of_pair).count();
        for told in &story.messages {
            *kinds.entry(told.event.clone()).or_default() += 1;
        }
    }
    assert!(cancelled > 200, "{cancelled}");
    assert_eq!(kinds.len(), 9, "every kind of message: {kinds:?}");
}

/// How the board shows each bed in the end: occupied, by whom, by how many, how clean.
fn shown(said: &[Output]) -> BTreeMap<String, (bool, String, u32, i32, bool)> {
    let mut beds = BTreeMap::new();
    for output in said {
        if let Output::Board(change) = output
            && let Some(Change::Bed(view)) = &change.change
        {
            let shown = (
                view.occupied,
                view.visit.clone(),
                view.visits_in_bed,
                view.cleanliness,
                view.blocked,
            );
            beds.insert(view.label.clone(), shown);
        }
    }
    beds
}

/// One message of a story.
struct Told {
    event: String,
    text: String,
    is_of_pair: bool,
}

/// A cancel that is still to come, of an event that has been told.
struct Open {
    cancel: &'static str,
    patient: usize,
    /// Where the patient lies once it is cancelled.
    back: Option<usize>,
    /// Nobody else uses these meanwhile.
    beds: Vec<usize>,
}

/// A hospital in which everything is legal.
struct Story {
    rng: Rng,
    at: i64,
    messages: Vec<Told>,
    /// Where each patient lies.
    patients: Vec<Option<usize>>,
    open: Vec<Open>,
}

impl Story {
    fn of(seed: u64) -> Self {
        let mut story = Self {
            rng: Rng::named(seed, "cancelled"),
            at: EventTime::parse(START).unwrap().0 + MINUTE_MS,
            messages: Vec::new(),
            patients: Vec::new(),
            open: Vec::new(),
        };
        for bed in 0..BEDS {
            story.clean(bed);
        }
        for _ in 0..STEPS {
            story.step();
        }
        while !story.open.is_empty() {
            story.cancel();
        }
        story
    }

    fn step(&mut self) {
        if !self.open.is_empty() && self.rng.percent(40) {
            return self.cancel();
        }
        let is_cancelled = self.rng.percent(CANCELLED_PERCENT);
        let (free, lying) = (self.free(), self.lying());
        let bed = (!free.is_empty()).then(|| *self.rng.pick(&free));
        let patient = (!lying.is_empty()).then(|| *self.rng.pick(&lying));
        match (self.rng.between(0, 5), patient, bed) {
            (0 | 1, _, Some(bed)) => self.admit(bed, is_cancelled),
            (2, Some(patient), Some(bed)) => self.moves(patient, bed, is_cancelled),
            (3, Some(patient), _) => self.discharge(patient, is_cancelled),
            (4, Some(patient), _) => {
                let other = *self.rng.pick(&lying);
                if other != patient {
                    self.together(patient, other);
                }
            }
            (_, _, Some(bed)) => self.clean(bed),
            _ => {}
        }
    }

    fn admit(&mut self, bed: usize, is_cancelled: bool) {
        self.patients.push(Some(bed));
        let patient = self.patients.len() - 1;
        self.visit("A01", patient, Some(bed), is_cancelled);
        self.pair(is_cancelled, ("A11", patient, None), vec![bed]);
    }

    fn moves(&mut self, patient: usize, bed: usize, is_cancelled: bool) {
        let from = self.patients[patient].replace(bed);
        self.visit("A02", patient, Some(bed), is_cancelled);
        let beds = from.into_iter().chain([bed]).collect();
        self.pair(is_cancelled, ("A12", patient, from), beds);
    }

    fn discharge(&mut self, patient: usize, is_cancelled: bool) {
        let from = self.patients[patient].take();
        self.visit("A03", patient, from, is_cancelled);
        self.pair(
            is_cancelled,
            ("A13", patient, from),
            from.into_iter().collect(),
        );
    }

    /// Two patients swap beds, or are found to be one.
    fn together(&mut self, one: usize, other: usize) {
        if self.rng.percent(50) {
            self.patients.swap(one, other);
            let both = [one, other].map(|patient| self.group(patient, self.patients[patient]));
            self.tell("A17", &both.join("\r"), false);
            return;
        }
        let into = self.group(one, self.patients[one]);
        self.patients[other] = None;
        let merged = format!("{into}\rMRG|P{other}^^^H^MR||||V{other}");
        self.tell("A40", &merged, false);
    }

    fn clean(&mut self, bed: usize) {
        self.tell("A20", &format!("NPU|W^^B{bed}|U"), false);
    }

    fn pair(
        &mut self,
        is_cancelled: bool,
        (cancel, patient, back): (&'static str, usize, Option<usize>),
        beds: Vec<usize>,
    ) {
        if is_cancelled {
            self.open.push(Open {
                cancel,
                patient,
                back,
                beds,
            });
        }
    }

    fn cancel(&mut self) {
        let oldest = self.open.remove(0);
        self.patients[oldest.patient] = oldest.back;
        self.visit(oldest.cancel, oldest.patient, oldest.back, true);
    }

    fn visit(&mut self, event: &str, patient: usize, bed: Option<usize>, is_of_pair: bool) {
        let group = self.group(patient, bed);
        self.tell(event, &group, is_of_pair);
    }

    fn group(&self, patient: usize, bed: Option<usize>) -> String {
        let place = bed.map_or(String::new(), |bed| format!("W^^B{bed}"));
        let dots = "|".repeat(16);
        format!("PID|1||P{patient}^^^H^MR\rPV1|1|I|{place}{dots}V{patient}")
    }

    fn tell(&mut self, event: &str, segments: &str, is_of_pair: bool) {
        self.at += self.rng.between(1, 15) * MINUTE_MS;
        let time: String = EventTime(self.at)
            .to_string()
            .chars()
            .filter(char::is_ascii_digit)
            .take(14)
            .collect();
        let id = self.messages.len();
        let header = format!("MSH|^~\\&|A|H|||{time}||ADT^{event}|{id}|P|2.5");
        self.messages.push(Told {
            event: event.to_owned(),
            text: format!("{header}\rEVN|{event}|{time}\r{segments}\r"),
            is_of_pair,
        });
    }

    /// Beds in which nobody lies, and which no cancel needs.
    fn free(&self) -> Vec<usize> {
        let kept = |bed: &usize| self.open.iter().any(|open| open.beds.contains(bed));
        (0..BEDS)
            .filter(|bed| !kept(bed) && !self.patients.contains(&Some(*bed)))
            .collect()
    }

    /// Patients who lie in a bed, and of whom no cancel is to come.
    fn lying(&self) -> Vec<usize> {
        let waits = |patient: &usize| self.open.iter().any(|open| open.patient == *patient);
        (0..self.patients.len())
            .filter(|patient| self.patients[*patient].is_some() && !waits(patient))
            .collect()
    }

    fn text(&self, with_pairs: bool) -> String {
        let told = self.messages.iter();
        told.filter(|told| with_pairs || !told.is_of_pair)
            .map(|told| told.text.as_str())
            .collect()
    }
}
