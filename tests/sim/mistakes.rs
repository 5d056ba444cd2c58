//! What people take back: admissions, transfers and discharges that were none, visits that
//! turn out to be another's; and beds that can't be used for a while. The simulated
//! hospital makes no mistakes, and goes on as if none had been made.

use std::collections::{BTreeMap, BTreeSet};

use events::fact::{BedTap, Fact, FactFlags, Told, VisitEvent, What};
use events::id::VisitId;
use events::place::Place;
use events::time::{CellTime, EventTime, MINUTE_MS};
use simulators::delivery::{Delivery, Message};
use simulators::hospital::Hospital;
use simulators::rng::Rng;

/// Facts that are told beside these of the hospital, before `end`. None of them shares its
/// instant with another: of such, the order could not be told.
pub(crate) fn mistakes(seed: u64, facts: &[Fact], end: i64) -> Vec<Fact> {
    let mut making = Making {
        rng: Rng::named(seed, "mistakes"),
        end,
        taken: facts.iter().map(|fact| fact.at.0).collect(),
        places: BTreeMap::new(),
        made: Vec::new(),
    };
    for fact in facts {
        if let What::Visit { visit, event, .. } = &fact.what {
            making.look_at(fact.at.0, visit, event);
        }
    }
    making.made
}

/// How they are told: some at once, some much later.
pub(crate) fn told(seed: u64, mistakes: Vec<Fact>) -> impl Iterator<Item = Delivery> {
    let mut rng = Rng::named(seed, "told mistakes");
    mistakes.into_iter().enumerate().map(move |(number, fact)| {
        let late = match rng.percent(30) {
            true => rng.between(MINUTE_MS, 30 * MINUTE_MS),
            false => rng.between(10, 3_000),
        };
        Delivery {
            at_ms: fact.at.0 + late,
            told: Message::Http {
                key: format!("{seed}-mistake-{number}"),
                told: Told {
                    site: Hospital::site(),
                    source: "http".to_owned(),
                    facts: vec![fact],
                    receipt: None,
                },
            },
        }
    })
}

struct Making {
    rng: Rng,
    end: i64,
    taken: BTreeSet<i64>,
    /// Where each visit is, as the hospital believes.
    places: BTreeMap<VisitId, Place>,
    made: Vec<Fact>,
}

impl Making {
    fn look_at(&mut self, at: i64, visit: &VisitId, event: &VisitEvent) {
        let before = self.places.get(visit).cloned();
        match event {
            VisitEvent::Admitted(place) => {
                let other = self.places.keys().next().cloned();
                self.places.insert(visit.clone(), place.clone());
                if self.rng.percent(5) {
                    self.say_visit(at, visit, VisitEvent::Cancelled);
                } else if let Some(other) = other
                    && self.rng.percent(3)
                {
                    self.say_visit(at, visit, VisitEvent::Merged(other));
                }
            }
            VisitEvent::Transferred(place) => {
                self.places.insert(visit.clone(), place.clone());
                self.take_back(at, visit, before);
            }
            VisitEvent::Discharged => {
                self.take_back(at, visit, before.clone());
                self.close(at, before);
            }
            _ => {}
        }
    }

    fn take_back(&mut self, at: i64, visit: &VisitId, before: Option<Place>) {
        if let Some(place) = before
            && self.rng.percent(15)
        {
            self.say_visit(at, visit, VisitEvent::PlacedByCancel(place));
        }
    }

    /// The bed can't be used, and mostly can again after a while.
    fn close(&mut self, at: i64, place: Option<Place>) {
        if let Some(place) = place.filter(|place| place.bed.is_some())
            && self.rng.percent(20)
        {
            let blocked = BedTap::Blocked {
                reason: "repair".to_owned(),
                expected_back: self
                    .rng
                    .percent(50)
                    .then_some(EventTime(at + 60 * MINUTE_MS)),
            };
            let mut tap = |tap| {
                let place = place.clone();
                self.say(at, What::Bed { place, tap });
            };
            tap(blocked);
            tap(BedTap::Open);
        }
    }

    fn say_visit(&mut self, at: i64, visit: &VisitId, event: VisitEvent) {
        let what = What::Visit {
            visit: visit.clone(),
            patient: None,
            event,
        };
        self.say(at, what);
    }

    fn say(&mut self, since: i64, what: What) {
        let mut at = since + self.rng.between(1, 15 * MINUTE_MS);
        while !self.taken.insert(at) {
            at += 1;
        }
        if at < self.end {
            self.made.push(Fact {
                at: EventTime(at),
                told: CellTime(at),
                flags: FactFlags::default(),
                what,
            });
        }
    }
}
