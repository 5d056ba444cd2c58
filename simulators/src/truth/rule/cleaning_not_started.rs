//! A listed bed has been dirty, and nobody has started cleaning, for more than 30 minutes.

use events::time::MINUTE_MS;

use super::{Alert, Rule, after};

pub(super) const RULE: Rule = Rule {
    name: "cleaning_not_started",
    alerts: |timeline| {
        let mut alerts = Vec::new();
        for bed in &timeline.beds {
            alerts.extend(bed.untouched.iter().map(|span| Alert {
                ward: bed.key.ward.clone(),
                subject: bed.key.bed.to_string(),
                span: after(30 * MINUTE_MS, *span),
            }));
        }
        alerts
    },
};
