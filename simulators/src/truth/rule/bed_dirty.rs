//! A listed bed has been dirty for more than 60 minutes, and is not closed.

use super::{Number, Rule, of_beds};

const MINUTES: Number = ("bed_dirty", "minutes", 60);

pub(super) const RULE: Rule = Rule {
    name: "bed_dirty",
    alerts: |timeline| of_beds(MINUTES, timeline, |bed| &bed.dirty),
};
