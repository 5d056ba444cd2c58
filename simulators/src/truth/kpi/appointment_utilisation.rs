//! Of the minutes of offered slots, those of patients who came.

use super::{Kpi, slot_time};

pub(super) const KPI: Kpi = Kpi {
    name: "appointment_utilisation",
    terms: |timeline, window| slot_time::terms(timeline, window, (|slot| slot.came, "used")),
    rows: |timeline, window| slot_time::share(timeline, window, |slot| slot.came),
};
