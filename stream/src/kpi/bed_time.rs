//! How long did staffed beds stand empty, and how long for each patient that left?

use events::time::HOUR_MS;

use super::{Denominator, Focus, KpiSpec, Scale, View, share, value};
use crate::trace::{Clock, Kind};

/// What both have in common.
const OF_BED: KpiSpec = KpiSpec {
    name: "",
    unit: "h",
    question: "",
    source: "turnover interval: staffed bed time less occupied bed time, over discharges",
    focus: Focus::Bed,
    activity: "standing empty between patients",
    statistic: "",
    scale: Scale::Ratio,
    starts: "the bed is staffed and not occupied",
    stops: "it is occupied",
    exclusions: "beds that are not staffed; from version 4 on the time at which a bed is closed by its hours; wards without open staffed beds",
    denominator: Denominator::None,
    version: 2,
    measure: |_| Vec::new(),
};

pub(super) const VACANT: KpiSpec = KpiSpec {
    name: "vacant_bed_time",
    question: "How many hours did staffed beds stand empty?",
    statistic: "sum",
    scale: Scale::Amount,
    measure: |view| match view.open_ms() {
        0 => Vec::new(),
        _ => value(vacant_ms(view), HOUR_MS),
    },
    ..OF_BED
};

pub(super) const TURNOVER_INTERVAL: KpiSpec = KpiSpec {
    name: "turnover_interval",
    question: "How many hours did staffed beds stand empty for each patient that was discharged?",
    statistic: "sum over discharges of the window; of a longer time: the sum of vacant_bed_time over the sum of departures",
    exclusions: "beds that are not staffed; from version 4 on the time at which a bed is closed by its hours; wards without open staffed beds; windows without a discharge",
    measure: |view| {
        let (vacant, left) = (vacant_ms(view), view.count(Clock::Departure));
        match view.open_ms() {
            0 => Vec::new(),
            _ => share(vacant, left * HOUR_MS),
        }
    },
    ..OF_BED
};

fn vacant_ms(view: &View<'_>) -> i64 {
    let occupied = view.of_staffed(Kind::Occupied);
    let occupied: i64 = occupied.map(|(from, to)| to - from).sum();
    view.open_ms() - occupied
}
