//! The KPI registry. A KPI is one file under `kpi/` and one line in [`all`]; its
//! judge, a naive definition, is the file of the same name in
//! `simulators/src/truth/`. A KPI sees a [`View`]: the traces of a ward, or of
//! all wards of a site, and a window; it does not know what is late.

mod appointment_wait;
mod bed_time;
mod bed_turnover_rate;
mod census;
mod churn;
mod cleaning;
mod cycle_time;
mod discharge_entry_lag;
mod durations;
mod equipment_uptime;
mod equipment_utilisation;
mod ghost_occupancy;
mod goals;
mod hidden_bed_time;
mod length_of_stay;
mod lost_beds;
mod movements;
mod no_show_rate;
mod occupancy;
mod occupancy_at_start;
mod occupancy_physical;
pub mod page;
mod request_to_assign;
mod spec;
mod view;
mod waiting;

use events::output::Stat;
use serde::{Deserialize, Serialize};

pub use spec::{Denominator, Focus, KpiSpec, Scale};
pub use view::{BedIs, Looked, View, WardInView};

/// Every KPI, by name.
pub fn all() -> &'static [KpiSpec] {
    &[
        appointment_wait::KPI,
        movements::ARRIVALS,
        cleaning::BED_TURN,
        goals::BED_TURN,
        bed_turnover_rate::KPI,
        census::KPI,
        churn::KPI,
        cleaning::CLEAN_TO_OCCUPIED,
        cleaning::CLEANING_RESPONSE,
        goals::CLEANING_RESPONSE,
        cleaning::CLEANING_TIME,
        goals::CLEANING_TIME,
        cycle_time::KPI,
        movements::DEPARTURES,
        discharge_entry_lag::KPI,
        equipment_uptime::KPI,
        equipment_utilisation::KPI,
        ghost_occupancy::KPI,
        hidden_bed_time::KPI,
        length_of_stay::KPI,
        lost_beds::BLOCKED,
        lost_beds::DIRTY,
        no_show_rate::KPI,
        occupancy::KPI,
        occupancy_at_start::KPI,
        occupancy_physical::KPI,
        request_to_assign::KPI,
        movements::TRANSFERS_IN,
        movements::TRANSFERS_OUT,
        bed_time::TURNOVER_INTERVAL,
        bed_time::VACANT,
        cleaning::VACATED_TO_KNOWN,
        waiting::BED,
        waiting::CLEANING,
        waiting::DEPARTURE,
        waiting::ROOM,
    ]
}

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
