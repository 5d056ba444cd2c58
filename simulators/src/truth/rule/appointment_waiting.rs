//! A patient has waited for a room for more than 30 minutes.

use events::time::MINUTE_MS;

use super::{Rule, longer_than};

pub(super) const RULE: Rule = Rule {
    name: "appointment_waiting",
    alerts: |timeline| longer_than(30 * MINUTE_MS, &timeline.rooms),
};
