//! A bed has been dirty for too long, cleaning included.

use events::output::AlertPriority;

use super::{Condition, Parameter, RuleSpec};
use crate::trace::Kind;

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "bed_dirty",
    priority: AlertPriority::Medium,
    condition: Condition::Lasts(Kind::Dirty),
    parameters: &[Parameter::minutes(60)],
};
