//! A listed bed has been dirty for more than 60 minutes.

use events::time::MINUTE_MS;

use super::{Alert, Number, Rule, after};

const MINUTES: Number = ("bed_dirty", "minutes", 60);

pub(super) const RULE: Rule = Rule {
    name: "bed_dirty",
    alerts: |timeline| {
        let mut alerts = Vec::new();
        for bed in &timeline.beds {
            alerts.extend(bed.dirty.iter().map(|span| {
                let ward = bed.key.ward.clone();
                let minutes = timeline.threshold(MINUTES, &ward, span.from);
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
