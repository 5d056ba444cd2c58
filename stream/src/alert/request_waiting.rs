//! A patient has waited too long for a bed to be assigned.

use events::access::Role;
use events::output::AlertPriority;

use super::response::Response;
use super::{Condition, Parameter, RuleSpec};
use crate::trace::Kind;

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "request_waiting",
    version: 1,
    source: "bed requested to assigned, as decision-to-admit waits are measured; an hour is ours",
    priority: AlertPriority::High,
    condition: Condition::Lasts(Kind::AwaitingBed),
    parameters: &[Parameter::minutes(60)],
    response: Response::of(&[Role::BedManager, Role::ChargeNurse], 15),
};
