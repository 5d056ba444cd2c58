//! The clocks of a bed have not agreed for too long: somebody has to go and look.

use events::access::Role;
use events::output::AlertPriority;

use super::response::Response;
use super::{Condition, Parameter, RuleSpec};
use crate::trace::Kind;

/// Its name, for those who ask when a dispute becomes a conflict.
pub const NAME: &str = "bed_conflict";

pub(super) const RULE: RuleSpec = RuleSpec {
    name: NAME,
    version: 3,
    source: "ADT, staff and sensor reconciled, with a visible conflict; half an hour is ours: longer than a walk or the way to the desk, as long as the goal for cleaning to start",
    priority: AlertPriority::Low,
    condition: Condition::Lasts(Kind::Disputed),
    parameters: &[Parameter::minutes(30)],
    response: Response::of(&[Role::ChargeNurse], 60),
};
