//! How many patients did each bed let go?

use super::{Denominator, Focus, KpiSpec, Scale, share};
use crate::trace::Clock;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "bed_turnover_rate",
    unit: "per bed",
    question: "How many patients were discharged for each staffed bed?",
    source: "bed turnover rate: discharges over average beds",
    focus: Focus::Bed,
    activity: "use by one patient after the other",
    statistic: "count over beds, of the window",
    scale: Scale::Rate,
    starts: "a patient is discharged",
    stops: "none",
    exclusions: "transfers to another ward; wards without staffed beds. Hours play no part: it is of beds, not of their time",
    denominator: Denominator::Staffed,
    version: 2,
    measure: |view| share(view.count(Clock::Departure), view.staffed()),
};
