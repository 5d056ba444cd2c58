//! Of the appointments scheduled in the window and not cancelled, those whose
//! patient did not come.

use events::output::Stat;

use super::{Kpi, integer, moment};

pub(super) const KPI: Kpi = Kpi {
    name: "no_show_rate",
    terms: |timeline, window| {
        let all = timeline.appointments.iter();
        all.filter(|booking| window.contains(booking.scheduled) && !booking.cancelled)
            .map(|booking| {
                let what = if booking.no_show { "no-show" } else { "booked" };
                moment(
                    &booking.ward,
                    booking.appointment.as_str(),
                    what,
                    booking.scheduled,
                )
            })
            .collect()
    },
    rows: |timeline, window| {
        let all = timeline.appointments.iter();
        let booked: Vec<_> = all
            .filter(|booking| window.contains(booking.scheduled) && !booking.cancelled)
            .collect();
        let missed = booked.iter().filter(|booking| booking.no_show).count();
        match booked.len() {
            0 => Vec::new(),
            count => vec![(Stat::Value, integer(missed), integer(count))],
        }
    },
};
