//! One number from the records that are said to make it, and from nothing else.

use events::control::{BedMaster, MasterWard, Setting};
use events::fact::Fact;
use events::sensor::Reading;
use events::time::Span;
use events::topic::DevicePath;

use super::kpi::{Term, kpis};
use super::timeline::{Row, Timeline};
use super::{Record, scopes};

/// What a KPI comes to in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Its rows.
    pub rows: Vec<Row>,
    /// What they add up or count.
    pub terms: Vec<Term>,
    /// Staffed beds of the wards.
    pub staffed: usize,
    /// For how long each of them was open, together, in milliseconds.
    pub open_ms: i64,
}

/// The rows of a KPI for a ward, or `-` for the whole site. Nothing when the record's
/// bed master does not list the ward, or nobody knows the KPI.
pub fn derive(record: &Record, kpi: &str, ward: &str, window: Span) -> Option<Derived> {
    let kpi = kpis().into_iter().find(|known| known.name == kpi)?;
    let (_, wards) = scopes(record).find(|(name, _)| name == ward)?;
    let timeline = Timeline::of(record).of_wards(wards);
    let beds = wards.iter().flat_map(|ward: &MasterWard| &ward.beds);
    Some(Derived {
        rows: (kpi.rows)(&timeline, window),
        terms: (kpi.terms)(&timeline, window),
        staffed: beds.filter(|bed| bed.staffed).count(),
        open_ms: open_ms(&timeline, window),
    })
}

fn open_ms(timeline: &Timeline, window: Span) -> i64 {
    let beds = timeline.beds.iter();
    let open = beds.flat_map(|bed| timeline.open(bed, window));
    open.map(|span| span.length_ms()).sum()
}

impl Record {
    /// What these facts and readings say, in the order of the log, of the wards and beds
    /// that were listed at `at`. `masters` are oldest first, each with when it came into
    /// force; the first one holds for all time before it.
    pub fn of_records(
        masters: &[(i64, BedMaster)],
        at: i64,
        facts: Vec<Fact>,
        readings: Vec<(DevicePath, Reading)>,
    ) -> Self {
        let in_force = masters.iter().rev().find(|(from, _)| *from <= at);
        let (_, master) = in_force.or(masters.first()).cloned().unwrap_or_default();
        let from = |place: usize, from: i64| if place == 0 { i64::MIN } else { from };
        let settings = masters.iter().enumerate();
        Self {
            master,
            settings: settings
                .map(|(place, (at, master))| (from(place, *at), Setting::Master(master.clone())))
                .collect(),
            facts,
            readings,
            to: i64::MAX,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use events::output::Stat;
    use events::time::{CellTime, HOUR_MS, MINUTE_MS};

    use super::*;
    use crate::scenario::Scenario;
    use crate::truth::kpi::Amount;
    use crate::truth::timeline::Took;

    /// What a reader adds up comes to the number.
    #[test]
    fn terms_add_up_to_the_rows() {
        let start = CellTime(1_767_571_200_000);
        let mut seen = BTreeSet::new();
        for name in ["clinic_monday", "flu_surge"] {
            let scenario = Scenario::load(name).unwrap();
            let record = Record::of_hospital(1, &scenario, start, 24);
            let timeline = Timeline::of(&record).of_wards(&record.master.wards);
            for hour in 0..24 {
                let from = start.0 + hour * HOUR_MS;
                let to = from + HOUR_MS;
                let window = Span { from, to };
                for kpi in kpis() {
                    let derived = Derived {
                        rows: (kpi.rows)(&timeline, window),
                        terms: (kpi.terms)(&timeline, window),
                        staffed: timeline.beds.iter().filter(|bed| bed.staffed).count(),
                        open_ms: open_ms(&timeline, window),
                    };
                    if hour == 12 {
                        let again = derive(&record, kpi.name, "-", window);
                        assert_eq!(again.as_ref(), Some(&derived));
                    }
                    if !derived.terms.is_empty() {
                        seen.insert(kpi.name);
                    }
                    adds_up(kpi.name, &derived);
                }
            }
        }
        assert_eq!(seen.len(), kpis().len(), "{seen:?}");
    }

    const MOVES: [&str; 4] = [
        "came",
        "left",
        "came from another ward",
        "went to another ward",
    ];

    fn count<'a>(durations: impl Iterator<Item = &'a i64>) -> i64 {
        i64::try_from(durations.count()).unwrap()
    }

    fn within(durations: &[i64], minutes: i64) -> i64 {
        count(durations.iter().filter(|ms| **ms < minutes * MINUTE_MS))
    }

    /// What stands below the line only.
    const BELOW: [&str; 6] = [
        "idle",
        "booked",
        "offered",
        "faulty",
        "left after noon",
        "went as it should",
    ];

    fn above(derived: &Derived) -> impl Iterator<Item = &Term> {
        let terms = derived.terms.iter();
        terms.filter(|term| !BELOW.contains(&term.what))
    }

    fn durations(derived: &Derived) -> Vec<i64> {
        let terms = derived.terms.iter();
        let took = terms.filter_map(|term| match term.amount {
            Amount::Took(_, Took::Ms(ms)) => Some(ms),
            _ => None,
        });
        took.collect()
    }

    /// Milliseconds, and how many, of some of the terms.
    fn of_what(derived: &Derived, wanted: &[&str]) -> (i64, i64) {
        let terms = derived.terms.iter();
        let of_what = terms.filter(|term| wanted.contains(&term.what));
        of_what.fold((0, 0), |(ms, count), term| match term.amount {
            Amount::Lasted(span) => (ms + span.length_ms(), count),
            Amount::One(_) | Amount::Took(..) => (ms, count + 1),
        })
    }

    fn sum(derived: &Derived) -> i64 {
        let amounts = above(derived).map(|term| match term.amount {
            Amount::Lasted(span) => span.length_ms(),
            Amount::One(_) => 1,
            Amount::Took(..) => 0,
        });
        amounts.sum()
    }

    fn value(kpi: &str, derived: &Derived) -> i64 {
        let durations = durations(derived);
        let there = of_what(derived, &["on the ward"]).0;
        let moves = of_what(derived, &MOVES).1;
        match kpi {
            "length_of_stay" => durations.iter().sum(),
            "twelve_hours_from_arrival" | "twelve_hours_from_decision" => {
                count(durations.iter().filter(|ms| **ms > 12 * HOUR_MS))
            }
            // Who failed twice failed once.
            "emergency_access_failures" => {
                let failed: BTreeSet<&str> = above(derived).map(|term| &*term.subject).collect();
                i64::try_from(failed.len()).unwrap()
            }
            "cleaning_response_in_goal" | "cleaning_time_in_goal" => within(&durations, 30),
            "bed_turn_in_goal" | "pull_time_in_goal" => within(&durations, 60),
            "churn" => {
                assert_eq!(derived.rows[0].2, there);
                moves * HOUR_MS
            }
            "nursing_hours_per_patient_day" => 24 * of_what(derived, &["on shift"]).0,
            "patients_per_nurse" => there,
            "workload_per_nurse" => there + moves * HOUR_MS,
            "littles_law_residual" => there - durations.iter().sum::<i64>(),
            "vacant_bed_time" | "turnover_interval" => {
                derived.open_ms - of_what(derived, &["occupied"]).0
            }
            // Not a sum: a share of the hour, and only where somebody waits.
            _ if kpi.starts_with("bottleneck_") => {
                let held = derived.rows[0].1;
                assert!((0..=HOUR_MS).contains(&held) && (held == 0 || sum(derived) > 0));
                held
            }
            _ => sum(derived),
        }
    }

    fn adds_up(kpi: &str, derived: &Derived) {
        let terms = || derived.terms.iter();
        let took = |wanted: fn(&Took) -> bool| {
            let took = terms()
                .filter(|term| matches!(&term.amount, Amount::Took(_, took) if wanted(took)));
            i64::try_from(took.count()).unwrap()
        };
        for (stat, numerator, denominator) in &derived.rows {
            let expected = match stat {
                // Each open slot is a term, and each type of appointment counts once.
                Stat::N if kpi == "third_next_available" => {
                    assert!(3 * numerator <= took(|_| true), "{derived:?}");
                    continue;
                }
                Stat::Missing if kpi == "third_next_available" => continue,
                Stat::Value => value(kpi, derived),
                Stat::N => took(|took| matches!(took, Took::Ms(_))),
                Stat::Missing => took(|took| *took == Took::Missing),
                Stat::Invalid => took(|took| *took == Took::Invalid),
                Stat::P50 | Stat::P90 => {
                    let is_it = |ms: i64| move |term: &&Term| matches!(term.amount, Amount::Took(_, Took::Ms(took)) if took == ms);
                    assert!(
                        terms().any(|term| is_it(*numerator)(&term)),
                        "{kpi} {derived:?}"
                    );
                    continue;
                }
                Stat::Peak | Stat::PeakAt => continue,
            };
            assert_eq!(
                *numerator, expected,
                "{kpi} {stat:?} over {denominator}: {derived:?}"
            );
        }
    }
}
