//! Which share of the booked appointments did nobody come to? Over booked ones,
//! by their scheduled time; the other usual denominator is slots.

use super::{Denominator, Focus, KpiSpec, Scale, share};
use crate::trace::{Clock, Reading};

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "no_show_rate",
    unit: "share",
    question: "Which share of the booked appointments was missed?",
    source: "no-shows over booked appointments (variant of IHI's percentage of no-shows)",
    focus: Focus::Appointment,
    activity: "keeping an appointment",
    statistic: "missed over booked, by the scheduled time",
    scale: Scale::Ratio,
    starts: "`booked` for a time in the window; missed by `no_show`",
    stops: "none",
    exclusions: "cancelled appointments; windows without an appointment",
    denominator: Denominator::None,
    version: 1,
    measure: |view| {
        let (mut booked, mut missed) = (0, 0);
        for reading in view.readings(Clock::Scheduled) {
            booked += 1;
            missed += i64::from(reading == Reading::Took(1));
        }
        share(missed, booked)
    },
};
