//! Nothing was heard of a device for more than 180 s.

use events::time::Span;

use super::{Alert, Rule, after};
use crate::truth::timeline::OPEN;

pub(super) const RULE: Rule = Rule {
    name: "device_silent",
    alerts: |timeline| {
        let mut alerts = Vec::new();
        for device in &timeline.devices {
            let next = device.heard.iter().skip(1).copied().chain([OPEN]);
            for (&from, to) in device.heard.iter().zip(next) {
                alerts.push(Alert {
                    ward: device.ward.clone(),
                    subject: device.device.to_string(),
                    span: after(180_000, Span { from, to }),
                });
            }
        }
        alerts
    },
};
