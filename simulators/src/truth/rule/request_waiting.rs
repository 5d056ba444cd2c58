//! A visit has waited for a bed to be assigned for more than 60 minutes.

use super::{Rule, longer_than};

pub(super) const RULE: Rule = Rule {
    name: "request_waiting",
    alerts: |timeline| {
        longer_than(
            ("request_waiting", "minutes", 60),
            timeline,
            &timeline.requests,
        )
    },
};
