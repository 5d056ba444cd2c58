//! Which KPIs a file says everything about, and by which of its columns. Of others it would
//! say that nothing was, which it does not know.

use ingest::csv::{How, Kind};

/// The columns that a KPI needs of a file beside those that every such file has.
type Needs = &'static [&'static str];

const NOTHING: Needs = &[];

/// The KPIs of a file that is read in this way, by name.
pub(super) fn kpis(how: &How) -> Vec<&'static str> {
    let all = of_kind(how.kind).iter();
    let has = |needs: Needs| needs.iter().all(|field| how.map.has(field));
    let said = all.filter(|(_, needs)| has(needs));
    said.map(|(kpi, _)| *kpi).collect()
}

const fn of_kind(kind: Kind) -> &'static [(&'static str, Needs)] {
    match kind {
        Kind::Stays => &[
            ("arrivals", NOTHING),
            ("bed_turnover_rate", NOTHING),
            ("census", NOTHING),
            ("churn", NOTHING),
            ("departures", NOTHING),
            ("discharged_before_noon", NOTHING),
            ("length_of_stay", NOTHING),
            ("littles_law_residual", NOTHING),
            ("long_stays_14", NOTHING),
            ("long_stays_21", NOTHING),
            ("long_stays_7", NOTHING),
            ("occupancy", NOTHING),
            ("occupancy_at_start", NOTHING),
            ("occupancy_physical", NOTHING),
            ("transfers_in", NOTHING),
            ("transfers_out", NOTHING),
            ("turnover_interval", NOTHING),
            ("vacant_bed_time", NOTHING),
        ],
        Kind::Appointments => &[
            ("appointment_wait", &["arrived", "roomed"]),
            ("bottleneck_room", &["arrived", "roomed"]),
            ("cycle_time", &["arrived", "ended"]),
            ("lead_time", &["booked"]),
            ("no_show_rate", &["no_show"]),
            ("waiting_room", &["arrived", "roomed"]),
        ],
        Kind::Cleaning => &[
            ("bed_turn", &["dirty"]),
            ("bed_turn_in_goal", &["dirty"]),
            ("bottleneck_cleaning", &["dirty"]),
            ("cleaning_response", &["dirty", "started"]),
            ("cleaning_response_in_goal", &["dirty", "started"]),
            ("cleaning_time", &["started"]),
            ("cleaning_time_in_goal", &["started"]),
            ("lost_dirty", &["dirty"]),
            ("waiting_cleaning", &["dirty"]),
        ],
        Kind::Requests => &[
            ("bottleneck_bed", &["assigned"]),
            ("request_to_assign", &["assigned"]),
            ("waiting_bed", &["assigned"]),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kpi_is_one_of_the_registry_and_every_column_one_of_the_file() {
        for kind in Kind::ALL {
            for (kpi, needs) in of_kind(kind) {
                assert!(stream::kpi::named(kpi).is_some(), "{kpi}");
                let known = |field: &&str| kind.fields().iter().any(|(name, _)| name == field);
                assert!(needs.iter().all(known), "{kpi}: {needs:?}");
            }
        }
    }
}
