//! Equipment says that it is broken.

use events::output::AlertPriority;

use super::{Condition, RuleSpec};
use crate::trace::Kind;

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "equipment_fault",
    priority: AlertPriority::Medium,
    condition: Condition::Lasts(Kind::Fault),
    parameters: &[],
};
