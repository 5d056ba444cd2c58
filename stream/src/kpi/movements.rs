//! Who came, who left, who moved: the churn that a midnight census hides.

use super::{KpiSpec, Row, View, value};
use crate::trace::Clock;

const CHURN: &str = "admissions, discharges and transfers of the ADT index (Hughes, 32 hospitals)";

pub(super) const ARRIVALS: KpiSpec = KpiSpec {
    name: "arrivals",
    unit: "patients",
    question: "How many patients came from outside?",
    source: CHURN,
    measure: |view| count(view, Clock::Arrival),
};

pub(super) const DEPARTURES: KpiSpec = KpiSpec {
    name: "departures",
    unit: "patients",
    question: "How many patients were discharged?",
    source: CHURN,
    measure: |view| count(view, Clock::Departure),
};

pub(super) const TRANSFERS_IN: KpiSpec = KpiSpec {
    name: "transfers_in",
    unit: "patients",
    question: "How many patients came from another ward?",
    source: CHURN,
    measure: |view| count(view, Clock::TransferIn),
};

pub(super) const TRANSFERS_OUT: KpiSpec = KpiSpec {
    name: "transfers_out",
    unit: "patients",
    question: "How many patients went to another ward?",
    source: CHURN,
    measure: |view| count(view, Clock::TransferOut),
};

fn count(view: &View<'_>, clock: Clock) -> Vec<Row> {
    let count = view.readings(clock).count();
    value(
        i64::try_from(count).expect("a window holds few movements"),
        1,
    )
}
