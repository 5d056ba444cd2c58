//! A listed bed has been dirty, and nobody has started cleaning, for more than 30 minutes.

use events::time::MINUTE_MS;

use super::{Alert, Number, Rule, after};

const MINUTES: Number = ("cleaning_not_started", "minutes", 30);

pub(super) const RULE: Rule = Rule {
    name: "cleaning_not_started",
    alerts: |timeline| {
        let mut alerts = Vec::new();
        for bed in &timeline.beds {
            alerts.extend(bed.untouched.iter().map(|span| {
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
