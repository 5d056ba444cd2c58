//! A patient has waited for a room for more than 30 minutes.

use super::{Rule, longer_than};

pub(super) const RULE: Rule = Rule {
    name: "appointment_waiting",
    alerts: |timeline| {
        longer_than(
            ("appointment_waiting", "minutes", 30),
            timeline,
            &timeline.rooms,
        )
    },
};
