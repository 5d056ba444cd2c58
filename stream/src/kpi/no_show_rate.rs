//! Which share of the booked appointments did nobody come to? Over booked ones,
//! by their scheduled time; the other usual denominator is slots.

use super::{KpiSpec, value};
use crate::trace::{Clock, Reading};

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "no_show_rate",
    unit: "share",
    question: "Which share of the booked appointments was missed?",
    source: "no-shows over booked appointments (variant of IHI's percentage of no-shows)",
    measure: |view| {
        let (mut booked, mut missed) = (0, 0);
        for reading in view.readings(Clock::Scheduled) {
            booked += 1;
            missed += i64::from(reading == Reading::Took(1));
        }
        if booked == 0 {
            Vec::new()
        } else {
            value(missed, booked)
        }
    },
};
