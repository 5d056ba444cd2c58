//! How long would a patient who asks now have to wait for an appointment? The third
//! next one counts: the first two may be there because somebody has just cancelled.

use std::collections::BTreeMap;

use events::id::WardId;
use events::time::DAY_MS;

use super::{KpiSpec, Row, Scale, View, durations};
use crate::life::slot::Bookable;
use crate::trace::{Kind, Reading};

/// Which of the open slots counts, from 0.
const THIRD: usize = 2;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "third_next_available",
    unit: "d",
    question: "How many days ahead was the third next appointment that could be booked?",
    source: "third next available appointment (IHI), by clinic and type of appointment; said every hour instead of once a week",
    activity: "waiting for the day of the appointment",
    statistic: "p50 and p90 over the types of appointment of the clinics, with n, missing and invalid; of a clinic with one type both are its days",
    starts: "the start of the window",
    stops: "the start of the third earliest slot of that clinic and type that could then be booked: `offered`, not taken, not begun",
    exclusions: "windows shorter than an hour; a type of which only one or two slots could be booked is missing, one without any is not seen",
    scale: Scale::Outlook,
    version: 4,
    measure,
    ..durations::OF_APPOINTMENT
};

fn measure(view: &View<'_>) -> Vec<Row> {
    if !view.is_long() {
        return Vec::new();
    }
    let mut starts: BTreeMap<(&WardId, &str), Vec<i64>> = BTreeMap::new();
    for (ward, subject) in view.subjects_at_start(Kind::SlotOpen) {
        if let Some(open) = Bookable::read(subject) {
            starts
                .entry((ward, open.kind))
                .or_default()
                .push(open.start);
        }
    }
    let readings = starts.into_values().map(|mut starts| {
        starts.sort_unstable();
        let third = starts.get(THIRD);
        third.map_or(Reading::Missing, |at| Reading::Took(at - view.window.from))
    });
    durations::rows_of(readings, DAY_MS)
}
