//! The clocks of a listed bed have disagreed for more than 30 minutes, and it is not closed.

use super::{Rule, of_beds};
use crate::truth::timeline::CONFLICT;

pub(super) const RULE: Rule = Rule {
    name: "bed_conflict",
    alerts: |timeline| of_beds(CONFLICT, timeline, |bed| &bed.clocks.disputed),
};
