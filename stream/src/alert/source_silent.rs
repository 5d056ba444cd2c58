//! A source of facts has not been heard for so long that fifteen minutes with
//! something to tell would have passed by now: what it feeds can't be trusted. While a
//! week of it has not been seen yet, the rule's number stands for what is not known.

use events::access::Role;
use events::output::AlertPriority;

use super::response::Response;
use super::{Condition, Parameter, RuleSpec};
use crate::version::SILENT_SOURCES;

/// Its name.
pub const NAME: &str = "source_silent";

pub(super) const RULE: RuleSpec = RuleSpec {
    name: NAME,
    version: SILENT_SOURCES,
    source: "2, 5 and 15 minutes of an ADT feed that speaks each minute; in proportion, of one \
             that speaks less",
    priority: AlertPriority::Medium,
    condition: Condition::SourceLost,
    parameters: &[Parameter::minutes(60)],
    response: Response::of(&[Role::BedManager, Role::Operator], 15).rising(120),
};
