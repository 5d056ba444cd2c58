//! The clocks of a listed bed have disagreed for more than 30 minutes.

use events::time::MINUTE_MS;

use super::{Alert, Rule, after};
use crate::truth::timeline::CONFLICT;

pub(super) const RULE: Rule = Rule {
    name: "bed_conflict",
    alerts: |timeline| {
        let mut alerts = Vec::new();
        for bed in &timeline.beds {
            let disputed = bed.clocks.disputed.iter();
            alerts.extend(disputed.map(|span| {
                let ward = bed.key.ward.clone();
                let minutes = timeline.threshold(CONFLICT, &ward, span.from);
                Alert {
                    ward,
                    subject: bed.key.bed.to_string(),
                    span: after(minutes * MINUTE_MS, *span),
                }
            }));
        }
        alerts
    },
};
