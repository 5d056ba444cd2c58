//! A bed has been dirty for too long, cleaning included.

use events::access::Role;
use events::output::AlertPriority;

use super::response::Response;
use super::{Condition, Parameter, RuleSpec};
use crate::trace::Kind;

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "bed_dirty",
    version: 1,
    source: "dirty to clean as bed turnaround is measured; an hour is ours",
    priority: AlertPriority::Medium,
    condition: Condition::Lasts(Kind::Dirty),
    parameters: &[Parameter::minutes(60)],
    response: Response::of(&[Role::Cleaner, Role::ChargeNurse, Role::BedManager], 15),
};
