//! Equipment says that it is broken.

use events::access::Role;
use events::output::AlertPriority;

use super::response::Response;
use super::{Condition, RuleSpec};
use crate::trace::Kind;

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "equipment_fault",
    version: 1,
    source: "the device's own fault state",
    priority: AlertPriority::Medium,
    condition: Condition::Lasts(Kind::Fault),
    parameters: &[],
    response: Response::of(&[Role::ChargeNurse, Role::BedManager], 15),
};
