//! A patient has arrived for an appointment and has waited too long for a room.

use events::access::Role;
use events::output::AlertPriority;

use super::response::Response;
use super::{Condition, Parameter, RuleSpec};
use crate::trace::Kind;

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "appointment_waiting",
    version: 1,
    source: "arrived to roomed, as outpatient waits are measured; 30 min are ours",
    priority: AlertPriority::Medium,
    condition: Condition::Lasts(Kind::AwaitingRoom),
    parameters: &[Parameter::minutes(30)],
    response: Response::of(&[Role::ChargeNurse, Role::BedManager], 15).rising(60),
};
