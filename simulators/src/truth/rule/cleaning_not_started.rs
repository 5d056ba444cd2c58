//! A listed bed has been dirty, and nobody has started cleaning, for more than 30 minutes,
//! and it is not closed.

use super::{Number, Rule, of_beds};

const MINUTES: Number = ("cleaning_not_started", "minutes", 30);

pub(super) const RULE: Rule = Rule {
    name: "cleaning_not_started",
    alerts: |timeline| of_beds(MINUTES, timeline, |bed| &bed.untouched),
};
