//! How much of each window the sources of its rows covered, and between which bounds a
//! row lies when they did not cover all of it: by the tables of `docs/freshness.md`.

use std::collections::BTreeMap;

use events::control::{BedMaster, MasterWard, OccupancySource, Setting};
use events::output::{Stat, WHOLE_SITE};
use events::time::{Resolution, Span};

use super::timeline::Row;
use super::{Record, RowKey, Timeline, kpis, scopes, windows};

/// Millionths of the window that were covered, lower and upper bound.
pub type Cover = (u32, Option<i64>, Option<i64>);

/// Of each row of these windows.
pub fn covers_of(record: &Record, resolutions: &[Resolution]) -> BTreeMap<RowKey, Cover> {
    let whole = Timeline::of(record);
    let mut covers = BTreeMap::new();
    for (name, wards) in scopes(record) {
        let timeline = whole.of_wards(wards);
        for resolution in resolutions {
            for window in windows(record, *resolution, &timeline) {
                for (kpi, row, cover) in covers_within(record, &name, &timeline, window) {
                    let key = RowKey {
                        ward: name.clone(),
                        kpi: kpi.to_owned(),
                        stat: row.0.name().to_owned(),
                        resolution_s: resolution.seconds(),
                        window_ms: window.from,
                    };
                    covers.insert(key, cover);
                }
            }
        }
    }
    covers
}

fn covers_within(
    record: &Record,
    scope: &str,
    timeline: &Timeline,
    window: Span,
) -> Vec<(&'static str, Row, Cover)> {
    // The hours of beds go by the zone in which the whole window began, in parts of it, too.
    let of_one_zone = (timeline.zones.len() > 1).then(|| timeline.in_zone_of(window.from));
    let timeline = of_one_zone.as_ref().unwrap_or(timeline);
    let by_pads = by_pads(record, scope, window.from);
    let mut covers = Vec::new();
    for kpi in kpis() {
        let silent = silent(timeline, &feeds(kpi.name, by_pads), window);
        let parts = pieces(window, &silent);
        let rows = (kpi.rows)(timeline, window);
        let of_parts: Vec<Row> = match silent.is_empty() {
            true => Vec::new(),
            false => parts
                .iter()
                .flat_map(|part| (kpi.rows)(timeline, *part))
                .collect(),
        };
        let lacks: i64 = silent.iter().map(|span| span.length_ms()).sum();
        for row in rows {
            let (lower, upper) = match silent.first() {
                None => (None, None),
                Some(first) => {
                    let starts = first.from > window.from;
                    bounds(kpi.name, timeline, row, &of_parts, &silent, starts)
                }
            };
            let covered = window.length_ms() - lacks;
            let millionths = covered * 1_000_000 / window.length_ms();
            let millionths = u32::try_from(millionths).expect("a share");
            covers.push((kpi.name, row, (millionths, lower, upper)));
        }
    }
    covers
}

/// Which facts a KPI follows from.
fn feeds(kpi: &str, by_pads: bool) -> Vec<&'static str> {
    match kpi {
        "equipment_uptime" | "equipment_utilisation" => vec![],
        "appointment_fill"
        | "appointment_utilisation"
        | "appointment_wait"
        | "cycle_time"
        | "lead_time"
        | "no_show_rate"
        | "third_next_available"
        | "waiting_room" => {
            vec!["appointments"]
        }
        "cleaning_time"
        | "cleaning_time_in_goal"
        | "lost_blocked"
        | "lost_infection"
        | "lost_isolation"
        | "lost_maintenance"
        | "lost_other" => vec!["beds"],
        "bed_turn"
        | "bed_turn_in_goal"
        | "cleaning_response"
        | "cleaning_response_in_goal"
        | "clean_to_occupied"
        | "lost_dirty"
        | "waiting_cleaning" => match by_pads {
            true => vec!["beds"],
            false => vec!["beds", "visits"],
        },
        "hidden_bed_time" | "occupied_timer" => vec!["beds", "visits"],
        "nursing_hours_per_patient_day" | "patients_per_nurse" | "workload_per_nurse" => {
            vec!["staff", "visits"]
        }
        "occupancy" | "occupancy_at_start" | "occupancy_physical" | "vacant_bed_time"
            if by_pads =>
        {
            vec![]
        }
        _ if kpi.starts_with("bottleneck_") => vec!["appointments", "beds", "visits"],
        _ => vec!["visits"],
    }
}

/// Whether pads decide on all wards that are looked at.
fn by_pads(record: &Record, scope: &str, at: i64) -> bool {
    let mut master: &BedMaster = &record.master;
    for (from, setting) in &record.settings {
        if let Setting::Master(later) = setting
            && *from <= at
        {
            master = later;
        }
    }
    let in_scope = |ward: &&MasterWard| scope == WHOLE_SITE || ward.ward.as_str() == scope;
    let mut wards = master.wards.iter().filter(in_scope);
    wards.all(|ward| ward.source == OccupancySource::Pad)
}

/// When any source of these was stale within the window.
fn silent(timeline: &Timeline, feeds: &[&str], window: Span) -> Vec<Span> {
    let sources = timeline.sources.iter();
    let sources = sources.filter(|source| feeds.contains(&source.feed));
    let stale = sources.flat_map(|source| &source.stale);
    let stale: Vec<&Span> = stale.collect();
    // From edge to edge it is the same.
    let edges = stale.iter().flat_map(|span| [span.from, span.to]);
    let mut edges: Vec<i64> = edges.filter(|at| window.contains(*at)).collect();
    edges.extend([window.from, window.to]);
    edges.sort_unstable();
    edges.dedup();
    let pieces = edges.windows(2).map(|edge| Span {
        from: edge[0],
        to: edge[1],
    });
    let is_silent = |piece: &Span| stale.iter().any(|span| span.contains(piece.from));
    pieces.filter(is_silent).collect()
}

/// What is left of the window, without a break where there is none.
fn pieces(window: Span, silent: &[Span]) -> Vec<Span> {
    let mut pieces = Vec::new();
    let mut from = window.from;
    for span in silent {
        if from < span.from {
            let to = span.from;
            pieces.push(Span { from, to });
        }
        from = span.to;
    }
    if from < window.to {
        let to = window.to;
        pieces.push(Span { from, to });
    }
    pieces
}

/// The least and the most that a row may be.
fn bounds(
    kpi: &str,
    timeline: &Timeline,
    (stat, numerator, denominator): Row,
    parts: &[Row],
    silent: &[Span],
    starts_covered: bool,
) -> (Option<i64>, Option<i64>) {
    let listed = i64::try_from(timeline.beds.len()).expect("few beds");
    let lacks: i64 = silent.iter().map(|span| span.length_ms()).sum();
    let open_ms = || -> i64 {
        let of_bed = |bed| {
            silent
                .iter()
                .flat_map(move |span| timeline.open(bed, *span))
        };
        let open = timeline.beds.iter().flat_map(of_bed);
        open.map(|span| span.length_ms()).sum()
    };
    let of_parts = || {
        parts
            .iter()
            .filter(|part| part.0 == stat)
            .map(|part| part.1)
    };
    match (kpi, stat) {
        ("third_next_available", Stat::N | Stat::Missing | Stat::Invalid) => match starts_covered {
            true => (Some(numerator), Some(numerator)),
            false => (Some(0), None),
        },
        (_, Stat::N) => (Some(numerator), None),
        (_, Stat::Missing | Stat::Invalid) => (Some(0), None),
        ("occupancy", Stat::Peak) => (Some(of_parts().max().unwrap_or(0)), Some(denominator)),
        (_, Stat::P50 | Stat::P90 | Stat::Peak | Stat::PeakAt) => (None, None),
        ("occupancy_physical", _) => {
            let covered: i64 = of_parts().sum();
            (Some(covered), Some(covered + listed * lacks))
        }
        (of_beds, _) if is_open_time(of_beds, timeline) => {
            let covered: i64 = of_parts().sum();
            (Some(covered), Some(covered + open_ms()))
        }
        (waits, _) if waits == "census" || waits.starts_with("waiting_") => {
            (Some(of_parts().sum()), None)
        }
        ("occupancy_at_start" | "long_stays_7" | "long_stays_14" | "long_stays_21", _)
            if starts_covered =>
        {
            (Some(numerator), Some(numerator))
        }
        ("occupancy_at_start", _) => (Some(0), Some(denominator)),
        ("long_stays_7" | "long_stays_14" | "long_stays_21", _) => (Some(0), None),
        ("arrivals" | "departures" | "transfers_in" | "transfers_out", _) => {
            (Some(numerator), None)
        }
        ("twelve_hours_from_arrival" | "twelve_hours_from_decision" | "bed_turnover_rate", _) => {
            (Some(numerator), None)
        }
        _ => (None, None),
    }
}

/// Whether it is time of beds while they were open, and so no more than that.
fn is_open_time(kpi: &str, timeline: &Timeline) -> bool {
    match kpi {
        "occupancy" | "vacant_bed_time" | "hidden_bed_time" | "ghost_occupancy" => true,
        "waiting_cleaning" => timeline.cleans_open_beds_only(),
        _ => kpi.starts_with("lost_"),
    }
}
