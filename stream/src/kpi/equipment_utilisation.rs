//! Which share of the time that equipment could be used was it used?

use super::{KpiSpec, value};
use crate::trace::Kind;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "equipment_utilisation",
    unit: "share",
    question: "Which share of its available time was equipment in use?",
    source: "in-use hours over available hours less downtime (GE)",
    measure: |view| {
        let in_use = view.time(Kind::InUse);
        match in_use + view.time(Kind::Idle) {
            0 => Vec::new(),
            available => value(in_use, available),
        }
    },
};
