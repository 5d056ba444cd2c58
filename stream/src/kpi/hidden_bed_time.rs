//! How long were beds empty without anybody knowing? A sensor cannot tell a walk from
//! a departure: this is the most that could have been won.

use events::time::MINUTE_MS;

use super::{Denominator, Focus, KpiSpec, Row, Scale, View, value};
use crate::trace::Kind;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "hidden_bed_time",
    unit: "min",
    question: "How many minutes were staffed beds physically empty, and nobody knew?",
    source: "hidden bed-minutes: physically empty, not known to be (discharge ahead of ADT, BedWatch)",
    focus: Focus::Bed,
    activity: "being empty and not known to be",
    statistic: "sum, from the first moment on: a walk counts, too; see `ghost_occupancy` for what lasts",
    scale: Scale::Amount,
    starts: "the sensor says empty and ADT says occupied, since the later of the two",
    stops: "ADT says empty, the sensor says occupied, or staff tap `clean` or `dirty` or clean the bed",
    exclusions: "beds that are not staffed; from version 4 on the time at which a bed is closed by its hours; beds whose sensor has said nothing",
    denominator: Denominator::None,
    version: 3,
    measure: |view| minutes(view, Kind::Hidden),
};

pub(super) fn minutes(view: &View<'_>, kind: Kind) -> Vec<Row> {
    let lasted = view.of_staffed(kind).map(|(from, to)| to - from).sum();
    value(lasted, MINUTE_MS)
}
