//! The KPI registry. A KPI is one file under `kpi/` and one line in [`all`]; its
//! judge, a naive definition, is the file of the same name in
//! `simulators/src/truth/`. A KPI sees a [`View`]: the traces of a ward, or of
//! all wards of a site, and a window; it does not know what is late.

mod appointment_wait;
mod bed_time;
mod bed_turnover_rate;
mod before_noon;
mod bottleneck;
mod census;
mod churn;
mod cleaning;
pub mod cover;
mod cycle_time;
mod discharge_entry_lag;
mod durations;
mod emergency;
mod equipment_uptime;
mod equipment_utilisation;
mod ghost_occupancy;
mod goals;
mod hidden_bed_time;
mod lead_time;
mod length_of_stay;
mod littles_law;
mod long_stays;
mod looked;
mod lost_beds;
mod movements;
mod no_show_rate;
mod nursing;
mod occupancy;
mod occupancy_at_start;
mod occupancy_physical;
pub(crate) mod opening;
pub mod page;
mod placement;
mod pull_time;
mod request_to_assign;
mod set;
mod slots;
mod spec;
mod third_next_available;
mod view;
mod waiting;

use events::output::Stat;
use serde::{Deserialize, Serialize};

pub use looked::{BedIs, Looked};
pub use set::KpiSet;
pub use spec::{Denominator, Focus, KpiSpec, Scale};
pub use view::{View, WardInView};

/// Every KPI, by name.
pub fn all() -> &'static [KpiSpec] {
    ALL
}

const ALL: &[KpiSpec] = &[
    slots::FILL,
    slots::UTILISATION,
    appointment_wait::KPI,
    movements::ARRIVALS,
    placement::ASSIGN_TO_OCCUPY,
    cleaning::BED_TURN,
    goals::BED_TURN,
    bed_turnover_rate::KPI,
    emergency::BOARDING,
    bottleneck::BED,
    bottleneck::CLEANING,
    bottleneck::DEPARTURE,
    bottleneck::MOVE,
    bottleneck::ROOM,
    census::KPI,
    churn::KPI,
    cleaning::CLEAN_TO_OCCUPIED,
    cleaning::CLEANING_RESPONSE,
    goals::CLEANING_RESPONSE,
    cleaning::CLEANING_TIME,
    goals::CLEANING_TIME,
    cycle_time::KPI,
    movements::DEPARTURES,
    before_noon::KPI,
    emergency::FAILED,
    emergency::STAY,
    equipment_uptime::KPI,
    equipment_utilisation::KPI,
    lead_time::KPI,
    emergency::LEFT_UNSEEN,
    discharge_entry_lag::KPI,
    ghost_occupancy::KPI,
    hidden_bed_time::KPI,
    length_of_stay::KPI,
    littles_law::KPI,
    long_stays::DAYS_14,
    long_stays::DAYS_21,
    long_stays::DAYS_7,
    lost_beds::BLOCKED,
    lost_beds::DIRTY,
    lost_beds::INFECTION,
    lost_beds::ISOLATION,
    lost_beds::MAINTENANCE,
    lost_beds::OTHER,
    no_show_rate::KPI,
    nursing::HOURS,
    occupancy::KPI,
    occupancy_at_start::KPI,
    occupancy_physical::KPI,
    placement::OCCUPIED_TIMER,
    nursing::PATIENTS,
    pull_time::KPI,
    goals::PULL_TIME,
    request_to_assign::KPI,
    third_next_available::KPI,
    emergency::TREATMENT_SPACE,
    movements::TRANSFERS_IN,
    movements::TRANSFERS_OUT,
    bed_time::TURNOVER_INTERVAL,
    emergency::TWELVE_HOURS_FROM_ARRIVAL,
    emergency::TWELVE_HOURS_FROM_DECISION,
    bed_time::VACANT,
    cleaning::VACATED_TO_KNOWN,
    waiting::BED,
    waiting::CLEANING,
    waiting::DEPARTURE,
    waiting::MOVE,
    waiting::ROOM,
    nursing::WORKLOAD,
];

/// The KPI of a name.
pub fn named(name: &str) -> Option<&'static KpiSpec> {
    all().iter().find(|kpi| kpi.name == name)
}

/// One number of one KPI: integers, divided when read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Row {
    /// Which number.
    pub stat: Stat,
    /// Above the line.
    pub numerator: i64,
    /// Below the line; positive.
    pub denominator: i64,
}

fn value(numerator: i64, denominator: i64) -> Vec<Row> {
    vec![Row {
        stat: Stat::Value,
        numerator,
        denominator,
    }]
}

/// As [`value`]; nothing when there is nothing to divide by.
fn share(numerator: i64, denominator: i64) -> Vec<Row> {
    match denominator {
        0 => Vec::new(),
        _ => value(numerator, denominator),
    }
}

fn integer(count: usize) -> i64 {
    i64::try_from(count).expect("a window holds few things")
}
