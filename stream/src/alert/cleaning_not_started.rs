//! A bed is dirty and nobody has begun to clean it.

use events::access::Role;
use events::output::AlertPriority;

use super::response::Response;
use super::{Condition, Parameter, RuleSpec};
use crate::trace::Kind;

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "cleaning_not_started",
    version: 1,
    source: "dirty to started, the first part of bed turnaround; 30 min are ours",
    priority: AlertPriority::Medium,
    condition: Condition::Lasts(Kind::NotStarted),
    parameters: &[Parameter::minutes(30)],
    response: Response::of(&[Role::Cleaner, Role::ChargeNurse], 15),
};
