//! At least five devices of a ward are silent at once.

use std::collections::BTreeSet;

use events::id::WardId;
use events::time::Span;

use super::{Alert, Number, Rule, device_silent};
use crate::truth::timeline::{OPEN, Timeline};

const DEVICES: Number = ("devices_silent", "devices", 5);

pub(super) const RULE: Rule = Rule {
    name: "devices_silent",
    alerts: |timeline| {
        let silent = (device_silent::RULE.alerts)(timeline);
        let wards: BTreeSet<&WardId> = silent.iter().map(|alert| &alert.ward).collect();
        let of_ward = |ward| many(timeline, ward, &silent);
        wards.into_iter().flat_map(of_ward).collect()
    },
};

fn many(timeline: &Timeline, ward: &WardId, silent: &[Alert]) -> Vec<Alert> {
    let silent: Vec<Span> = silent
        .iter()
        .filter(|alert| alert.ward == *ward && alert.span.from < alert.span.to)
        .map(|alert| alert.span)
        .collect();
    let is_many = |at: i64| {
        let count = silent.iter().filter(|span| span.from <= at && at < span.to);
        count.count() as i64 >= timeline.threshold(DEVICES, ward, at)
    };
    let mut times: BTreeSet<i64> = silent.iter().flat_map(|s| [s.from, s.to]).collect();
    times.remove(&OPEN);
    let mut alerts: Vec<Alert> = Vec::new();
    let mut was = false;
    for at in times {
        let is = is_many(at);
        match (was, is) {
            (false, true) => alerts.push(Alert {
                ward: ward.clone(),
                subject: ward.to_string(),
                span: Span { from: at, to: OPEN },
            }),
            (true, false) => {
                if let Some(last) = alerts.last_mut() {
                    last.span.to = at;
                }
            }
            _ => {}
        }
        was = is;
    }
    alerts
}
