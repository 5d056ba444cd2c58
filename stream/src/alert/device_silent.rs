//! A device has not been heard for three heartbeats, or the broker has told its
//! last will: what it last said can't be trusted any more.

use events::access::Role;
use events::output::AlertPriority;

use super::response::Response;
use super::{Condition, Parameter, RuleSpec};
use crate::lane::hearing::BASE_GAP_MS;
use crate::trace::Kind;

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "device_silent",
    version: 1,
    source: "MQTT 5 last will; three heartbeats of 60 s, so that two may be lost",
    priority: AlertPriority::Low,
    condition: Condition::LastsOrIs(Kind::Silent, Kind::Gone),
    parameters: &[Parameter {
        name: "seconds",
        default: 180,
        // Shorter gaps are not told apart from heartbeats.
        least: BASE_GAP_MS / 1_000,
        most: 86_400,
        unit_ms: 1_000,
    }],
    response: Response::of(&[Role::ChargeNurse], 60),
};
