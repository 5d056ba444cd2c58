//! Nothing was heard of a device for more than 180 s, or its will was told.

use std::collections::BTreeMap;

use events::id::WardId;
use events::time::Span;

use super::{Alert, Number, Rule, after};
use crate::truth::timeline::{DeviceTimeline, OPEN, Timeline};

const SECONDS: Number = ("device_silent", "seconds", 180);

pub(super) const RULE: Rule = Rule {
    name: "device_silent",
    alerts: |timeline| {
        let devices = timeline.devices.iter();
        devices
            .flat_map(|device| silent(timeline, device))
            .collect()
    },
};

fn silent(timeline: &Timeline, device: &DeviceTimeline) -> Vec<Alert> {
    let next = device.heard.iter().skip(1).map(|(at, _)| *at);
    let gaps = device.heard.iter().zip(next.chain([OPEN]));
    let mut by_ward: BTreeMap<&WardId, Vec<Span>> = BTreeMap::new();
    for ((from, ward), to) in gaps {
        let seconds = timeline.threshold(SECONDS, ward, *from);
        let span = after(seconds * 1_000, Span { from: *from, to });
        by_ward.entry(ward).or_default().push(span);
    }
    for (ward, span) in &device.gone {
        by_ward.entry(ward).or_default().push(*span);
    }
    let mut alerts = Vec::new();
    for (ward, spans) in by_ward {
        alerts.extend(together(spans).into_iter().map(|span| Alert {
            ward: ward.clone(),
            subject: device.device.to_string(),
            span,
        }));
    }
    alerts
}

/// Spans that share time, or touch, are one.
fn together(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.from < span.to);
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => joined.push(span),
        }
    }
    joined
}
