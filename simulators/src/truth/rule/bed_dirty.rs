//! A listed bed has been dirty for more than 60 minutes.

use events::time::MINUTE_MS;

use super::{Alert, Rule, after};

pub(super) const RULE: Rule = Rule {
    name: "bed_dirty",
    alerts: |timeline| {
        let mut alerts = Vec::new();
        for bed in &timeline.beds {
            alerts.extend(bed.dirty.iter().map(|span| Alert {
                ward: bed.key.ward.clone(),
                subject: bed.key.bed.to_string(),
                span: after(60 * MINUTE_MS, *span),
            }));
        }
        alerts
    },
};
