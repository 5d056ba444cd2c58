//! What the processor should have said: a naive definition of every KPI and
//! alert rule of `docs/clocks.md`, over all facts and readings of a run, sorted
//! by event time. No windows in state, no increments: clarity over speed.

mod coverage;
pub mod kpi;
mod number;
mod record;
pub mod rule;
pub mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use events::control::MasterWard;
use events::output::WHOLE_SITE;
use events::time::{MINUTE_MS, Resolution, Span};
use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

pub use coverage::{Cover, covers_of};
pub use kpi::{Amount, Term, kpis};
pub use number::{Derived, derive};
pub use record::Record;
pub use rule::rules;
pub use timeline::Timeline;

/// Which KPI row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// The ward, or `-` for the whole site.
    pub ward: String,
    /// Name of the KPI.
    pub kpi: String,
    /// Name of the stat.
    pub stat: String,
    /// Length of the window in seconds.
    pub resolution_s: u32,
    /// Start of the window.
    pub window_ms: i64,
}

/// An alert: rule, ward, subject, from, to (absent: still open at the end).
pub type AlertKey = (String, String, String, i64, Option<i64>);

/// All KPI rows of the record, as numerator and denominator.
pub fn rows(record: &Record) -> BTreeMap<RowKey, (i64, i64)> {
    rows_of(record, &Resolution::ALL)
}

/// As [`rows`], of windows of these resolutions.
pub fn rows_of(record: &Record, resolutions: &[Resolution]) -> BTreeMap<RowKey, (i64, i64)> {
    let timeline = Timeline::of(record);
    let mut rows = BTreeMap::new();
    for (name, wards) in scopes(record) {
        let timeline = timeline.of_wards(wards);
        for resolution in resolutions {
            for window in windows(record, *resolution, &timeline) {
                for kpi in kpis() {
                    for (stat, numerator, denominator) in (kpi.rows)(&timeline, window) {
                        let key = RowKey {
                            ward: name.clone(),
                            kpi: kpi.name.to_owned(),
                            stat: stat.name().to_owned(),
                            resolution_s: resolution.seconds(),
                            window_ms: window.from,
                        };
                        rows.insert(key, (numerator, denominator));
                    }
                }
            }
        }
    }
    rows
}

/// All alerts of the record that began before its end.
pub fn alerts(record: &Record) -> BTreeSet<AlertKey> {
    let timeline = Timeline::of(record);
    let mut alerts = BTreeSet::new();
    for rule in rules() {
        for alert in (rule.alerts)(&timeline) {
            if alert.span.from < alert.span.to && alert.span.from < record.to {
                let to = Some(alert.span.to).filter(|to| *to != timeline::OPEN);
                let (ward, rule) = (alert.ward.to_string(), rule.name.to_owned());
                alerts.insert((rule, ward, alert.subject, alert.span.from, to));
            }
        }
    }
    alerts
}

/// Each ward alone, and all wards together.
fn scopes(record: &Record) -> impl Iterator<Item = (String, &[MasterWard])> {
    let wards = &record.master.wards[..];
    let each = wards.iter();
    let each = each.map(|ward| (ward.ward.to_string(), std::slice::from_ref(ward)));
    each.chain([(WHOLE_SITE.to_owned(), wards)])
}

fn windows(record: &Record, resolution: Resolution, timeline: &Timeline) -> Vec<Span> {
    let (step, is_edge): (i64, &dyn Fn(&i64) -> bool) = match resolution {
        Resolution::Day => (15 * MINUTE_MS, &|at| is_midnight(&timeline.zone(*at), *at)),
        Resolution::Week => (15 * MINUTE_MS, &|at| {
            let zone = timeline.zone(*at);
            is_midnight(&zone, *at) && is_monday(&zone, *at)
        }),
        _ => (resolution.ms(), &|_| true),
    };
    let first = (record.from + step - 1).div_euclid(step) * step;
    let steps = (0..).map(|count| first + count * step);
    let edges = steps.take_while(|at| *at <= record.to).filter(is_edge);
    let edges: Vec<i64> = edges.collect();
    let between = edges.windows(2);
    between
        .map(|edges| Span {
            from: edges[0],
            to: edges[1],
        })
        .collect()
}

fn is_monday(zone: &TimeZone, at: i64) -> bool {
    let at = Timestamp::from_millisecond(at).expect("a time of this era");
    at.to_zoned(zone.clone()).weekday() == Weekday::Monday
}

/// Whether another date begins. No zone changes its date but at a quarter of an hour.
fn is_midnight(zone: &TimeZone, at: i64) -> bool {
    let date = |at: i64| {
        let at = Timestamp::from_millisecond(at).expect("a time of this era");
        at.to_zoned(zone.clone()).date()
    };
    date(at) > date(at - 1)
}

#[cfg(test)]
mod tests;
