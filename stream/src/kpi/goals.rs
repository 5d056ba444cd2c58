//! How often was something as fast as it should be? Goals are strict: what
//! takes exactly as long as the goal has missed it.

use events::time::MINUTE_MS;

use super::{KpiSpec, Row, Scale, View, cleaning, pull_time, share};
use crate::trace::{Clock, Reading};

pub(super) const CLEANING_RESPONSE: KpiSpec = KpiSpec {
    name: "cleaning_response_in_goal",
    unit: "share",
    question: "How many of the dirty beds waited less than 30 minutes for cleaning to start?",
    statistic: STATISTIC,
    scale: Scale::Ratio,
    exclusions: EXCLUSIONS,
    version: 2,
    measure: |view| faster_than(view, Clock::CleaningResponse, 30),
    ..cleaning::CLEANING_RESPONSE
};

pub(super) const CLEANING_TIME: KpiSpec = KpiSpec {
    name: "cleaning_time_in_goal",
    unit: "share",
    question: "How many of the cleanings took less than 30 minutes?",
    statistic: STATISTIC,
    scale: Scale::Ratio,
    exclusions: EXCLUSIONS,
    version: 2,
    measure: |view| faster_than(view, Clock::CleaningTime, 30),
    ..cleaning::CLEANING_TIME
};

pub(super) const BED_TURN: KpiSpec = KpiSpec {
    name: "bed_turn_in_goal",
    unit: "share",
    question: "How many of the beds were clean less than 60 minutes after they became dirty?",
    statistic: STATISTIC,
    scale: Scale::Ratio,
    exclusions: EXCLUSIONS,
    version: 2,
    measure: |view| faster_than(view, Clock::BedTurn, 60),
    ..cleaning::BED_TURN
};

pub(super) const PULL_TIME: KpiSpec = KpiSpec {
    name: "pull_time_in_goal",
    unit: "share",
    question: "How many of the patients were in a bed on a ward less than 60 minutes after their admission was decided?",
    statistic: STATISTIC,
    scale: Scale::Ratio,
    exclusions: "placed by a cancel; missing and invalid durations; windows without a duration",
    measure: |view| faster_than(view, Clock::PullTime, 60),
    ..pull_time::KPI
};

const STATISTIC: &str = "those that took less than the goal over all that were measured";
const EXCLUSIONS: &str = "unlisted beds; missing and invalid durations; windows without a duration";

fn faster_than(view: &View<'_>, clock: Clock, minutes: i64) -> Vec<Row> {
    let (mut fast, mut all) = (0, 0);
    for reading in view.readings(clock) {
        if let Reading::Took(ms) = reading {
            all += 1;
            fast += i64::from(ms < minutes * MINUTE_MS);
        }
    }
    share(fast, all)
}
