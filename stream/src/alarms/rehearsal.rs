//! Who would be told of an alert that nobody answers, and when: the machine itself, run
//! through without anything to be alarmed about.

use events::access::Role;
use events::output::AlertPriority;

use super::answer::{Answer, Demand};
use crate::alert::RuleSpec;

/// Somebody would be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// How long after the alert was said, in milliseconds.
    pub after_ms: i64,
    /// Which time it is, from 1 on; it begins anew when the alert rises.
    pub step: u32,
    /// Who.
    pub role: Role,
    /// Whether it is of the highest priority by then.
    pub is_high: bool,
    /// Whether boards may sound.
    pub sounds: bool,
}

/// The calls of an alert that lasts for so long, with the numbers of the rule's response as
/// they are set, in its order.
pub fn rehearse(rule: &RuleSpec, numbers: [i64; 4], for_ms: i64) -> Vec<Call> {
    let chain = rule.response.chain;
    let ms = |place: usize| numbers[place].saturating_mul(rule.response.numbers[place].unit_ms);
    let is_high = rule.priority == AlertPriority::High;
    let demand = Demand::of(chain.len(), [0, 1, 2, 3].map(ms), is_high);
    let mut answer = Answer::raised(&demand, "", 0);
    let mut calls = Vec::new();
    let mut now = 0;
    while now <= for_ms {
        let role = answer
            .role(&demand)
            .and_then(|role| chain.get(role as usize));
        calls.extend(answer.told.zip(role).map(|((step, _), role)| Call {
            after_ms: now,
            step,
            role: *role,
            is_high: answer.is_high(&demand),
            sounds: answer.sounds(&demand),
        }));
        let Some(due) = answer.due(&demand) else {
            break;
        };
        now = due;
        answer.pass(&demand, now);
    }
    calls
}

#[cfg(test)]
mod tests {
    use events::time::MINUTE_MS;

    use super::*;
    use crate::alert;

    #[test]
    fn each_role_is_told_in_its_turn_and_the_last_again() {
        let rule = alert::all().iter().find(|rule| rule.name == "bed_dirty");
        let said = |numbers| -> Vec<_> {
            let calls = rehearse(rule.unwrap(), numbers, 70 * MINUTE_MS);
            let brief = |call: &Call| {
                let after = call.after_ms / MINUTE_MS;
                (after, call.role.name(), call.is_high, call.sounds)
            };
            calls.iter().map(brief).collect()
        };
        assert_eq!(
            said([15, 60, 40, 0]),
            [
                (0, "cleaner", false, false),
                (15, "charge_nurse", false, true),
                (30, "bed_manager", false, true),
                (40, "cleaner", true, true),
                (55, "charge_nurse", true, true),
                (70, "bed_manager", true, true),
            ]
        );
        assert_eq!(
            said([10, 60, 0, 25]),
            [
                (0, "cleaner", false, false),
                (10, "charge_nurse", false, true),
                (20, "bed_manager", false, true),
                (45, "bed_manager", false, true),
                (70, "bed_manager", false, true),
            ],
            "the last by a number of its own"
        );
    }
}
