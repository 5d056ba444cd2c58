//! The naive definitions of the alert rules, with their defaults: one file each.

use events::id::WardId;
use events::time::{MINUTE_MS, Span};

use super::timeline::{BedTimeline, Number, Timeline, Wait};

mod appointment_waiting;
mod bed_conflict;
mod bed_dirty;
mod cleaning_not_started;
mod device_silent;
mod equipment_fault;
mod request_waiting;
mod source_silent;
mod ward_full;

/// One alert rule.
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// Its alerts. Empty intervals count for nothing.
    pub alerts: fn(&Timeline) -> Vec<Alert>,
}

/// An interval in event time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Where.
    pub ward: WardId,
    /// Who or what it is about.
    pub subject: String,
    /// From when to when.
    pub span: Span,
}

/// Every rule, by name.
pub fn rules() -> [&'static Rule; 9] {
    [
        &appointment_waiting::RULE,
        &bed_conflict::RULE,
        &bed_dirty::RULE,
        &cleaning_not_started::RULE,
        &device_silent::RULE,
        &equipment_fault::RULE,
        &request_waiting::RULE,
        &source_silent::RULE,
        &ward_full::RULE,
    ]
}

/// What is left of waits after the number of minutes in force when each began.
fn longer_than(minutes: Number, timeline: &Timeline, waits: &[Wait]) -> Vec<Alert> {
    let rest = |wait: &Wait| {
        let patience = timeline.threshold(minutes, &wait.ward, wait.span.from);
        Alert {
            ward: wait.ward.clone(),
            subject: wait.subject.clone(),
            span: after(patience * MINUTE_MS, wait.span),
        }
    };
    waits.iter().map(rest).collect()
}

/// What is left of the spans of each listed bed after the number of minutes in force when
/// each began, without the time at which its hours had closed it.
fn of_beds(
    minutes: Number,
    timeline: &Timeline,
    spans: fn(&BedTimeline) -> &Vec<Span>,
) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for bed in &timeline.beds {
        let ward = &bed.key.ward;
        for span in spans(bed) {
            let patience = timeline.threshold(minutes, ward, span.from);
            let rest = after(patience * MINUTE_MS, *span);
            let parts = timeline.not_closed(bed, rest).into_iter();
            alerts.extend(parts.map(|span| Alert {
                ward: ward.clone(),
                subject: bed.key.bed.to_string(),
                span,
            }));
        }
    }
    alerts
}

/// What is left of a span after its first milliseconds; empty when that is nothing.
fn after(ms: i64, span: Span) -> Span {
    Span {
        from: span.from + ms,
        to: span.to.max(span.from + ms),
    }
}
