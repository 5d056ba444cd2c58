//! Of the minutes of offered slots, those that somebody has.

use super::{Kpi, slot_time};

pub(super) const KPI: Kpi = Kpi {
    name: "appointment_fill",
    terms: |timeline, window| slot_time::terms(timeline, window, (|slot| slot.booked, "taken")),
    rows: |timeline, window| slot_time::share(timeline, window, |slot| slot.booked),
};
