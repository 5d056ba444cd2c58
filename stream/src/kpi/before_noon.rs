//! Which share of the discharged left before noon? To be read with the length of stay:
//! who is kept for a night to leave in the morning counts as a success here.

use super::{Denominator, Focus, KpiSpec, Row, Scale, View, share};
use crate::trace::Clock;

const NOON: i64 = 12 * 60;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "discharged_before_noon",
    unit: "share",
    question: "Which share of the discharged left before noon?",
    source: "discharge before noon; to be read with length_of_stay (AJMC 2020: stays get longer)",
    focus: Focus::Patient,
    activity: "leaving",
    statistic: "those before 12:00 by the clock of the site's zone over all of the window",
    scale: Scale::Ratio,
    starts: "`discharged` or `left_unseen`",
    stops: "none",
    exclusions: "cancelled and merged visits; windows without a discharge",
    denominator: Denominator::None,
    version: 3,
    measure,
};

fn measure(view: &View<'_>) -> Vec<Row> {
    let (mut early, mut all) = (0, 0);
    for (at, _) in view.stops(Clock::Departure) {
        all += 1;
        early += i64::from(view.minute_of_day(at) < NOON);
    }
    share(early, all)
}
