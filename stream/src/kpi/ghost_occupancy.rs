//! How long did ADT have patients in beds that had been empty for longer than a walk?

use super::{KpiSpec, hidden_bed_time};
use crate::trace::Kind;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "ghost_occupancy",
    question: "How many minutes did ADT have staffed beds as occupied that had long been empty?",
    source: "ADT says occupied, the sensor says empty: beds that are returned as occupied without a patient (OpenMRS)",
    activity: "being occupied in ADT alone",
    statistic: "sum, from the moment on at which the two have disagreed for as long as the rule `bed_conflict` gives them; whether staff know plays no part",
    starts: "so many minutes after the sensor says empty and ADT says occupied",
    stops: "ADT says empty, or the sensor says occupied",
    measure: |view| hidden_bed_time::minutes(view, Kind::Ghost),
    ..hidden_bed_time::KPI
};
