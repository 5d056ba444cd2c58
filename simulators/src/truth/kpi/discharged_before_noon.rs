//! Of the discharges, those before twelve by the clock on the site's walls.

use events::output::Stat;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Kpi, integer, moment};
use crate::truth::timeline::{Ended, Stay, Timeline};

pub(super) const KPI: Kpi = Kpi {
    name: "discharged_before_noon",
    terms: |timeline, window| {
        let zone = timeline.zone(window.from);
        let left = left(timeline).filter(|stay| window.contains(stay.span.to));
        left.map(|stay| {
            let what = match is_morning(&zone, stay.span.to) {
                true => "left before noon",
                false => "left after noon",
            };
            moment(&stay.ward, &stay.subject, what, stay.span.to)
        })
        .collect()
    },
    rows: |timeline, window| {
        let zone = timeline.zone(window.from);
        let times = left(timeline).map(|stay| stay.span.to);
        let times: Vec<i64> = times.filter(|at| window.contains(*at)).collect();
        let early = times.iter().filter(|at| is_morning(&zone, **at)).count();
        match times.len() {
            0 => Vec::new(),
            all => vec![(Stat::Value, integer(early), integer(all))],
        }
    },
};

fn left(timeline: &Timeline) -> impl Iterator<Item = &Stay> {
    let stays = timeline.stays.iter();
    stays.filter(|stay| stay.ended == Ended::Departure)
}

fn is_morning(zone: &TimeZone, at: i64) -> bool {
    let at = Timestamp::from_millisecond(at).expect("a time of this era");
    at.to_zoned(zone.clone()).hour() < 12
}
