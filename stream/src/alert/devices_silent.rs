//! Many devices of a ward are silent at once: what is broken is not they, but what they
//! speak through. One alert says so, and explains those of the devices.

use events::access::Role;
use events::output::AlertPriority;

use super::response::Response;
use super::{Condition, Parameter, RuleSpec};
use crate::alarms::Stretch;
use crate::version::ANSWERS;

pub(super) const RULE: RuleSpec = RuleSpec {
    name: "devices_silent",
    version: ANSWERS,
    source: "grouping by topology, so that a gateway that is down is one alert; five is ours",
    priority: AlertPriority::Medium,
    condition: Condition::ManyAtOnce("device_silent"),
    parameters: &[Parameter {
        name: "devices",
        default: 5,
        least: 2,
        most: 10_000,
        unit_ms: 1,
    }],
    response: Response::of(&[Role::ChargeNurse, Role::Operator], 15),
};

/// From when to when at least `least` of the stretches lasted at once, oldest first.
pub fn at_once(least: i64, stretches: impl Iterator<Item = Stretch>) -> Vec<Stretch> {
    // At one instant, what ends is over before the next begins.
    let mut steps: Vec<(i64, i64)> = stretches
        .flat_map(|(since, until)| [Some((since, 1)), until.map(|until| (until, -1))])
        .flatten()
        .collect();
    steps.sort_unstable();
    let (mut now, mut since, mut many) = (0, None, Vec::new());
    for (at, step) in steps {
        now += step;
        match since {
            None if now >= least => since = Some(at),
            Some(from) if now < least => {
                many.push((from, Some(at)));
                since = None;
            }
            _ => {}
        }
    }
    many.extend(since.map(|since| (since, None)));
    many.retain(|(since, until)| Some(*since) != *until);
    many
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_is_one_stretch() {
        let of = |stretches: &[Stretch]| at_once(2, stretches.iter().copied());
        assert_eq!(of(&[(10, None)]), []);
        assert_eq!(of(&[(10, Some(20)), (20, None)]), [], "one after the other");
        assert_eq!(of(&[(10, Some(20)), (15, None)]), [(15, Some(20))]);
        assert_eq!(
            of(&[(10, Some(30)), (15, Some(25)), (20, None), (22, Some(40))]),
            [(15, Some(40))]
        );
        assert_eq!(of(&[(10, None), (15, None)]), [(15, None)]);
    }
}
