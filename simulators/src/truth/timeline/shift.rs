//! Shifts of nurses, one person after the other: the paragraph "A shift".

use events::fact::{Fact, What};
use events::id::{RoleId, StaffId, WardId};
use events::time::Span;

use super::{OPEN, Timeline, Wait, by};

pub(super) fn replay(facts: &[&Fact], timeline: &mut Timeline) {
    let people = by(facts, |what| match what {
        What::Staff {
            member,
            ward,
            role,
            on_shift,
        } => Some((member, (ward, role, *on_shift))),
        _ => None,
    });
    for (member, said) in people {
        let mut at_work: Option<(&WardId, &RoleId, i64)> = None;
        for (at, (ward, role, begins)) in said {
            let is_same = at_work.is_some_and(|(on, as_what, _)| (on, as_what) == (ward, role));
            if begins && is_same {
                continue;
            }
            if let Some(shift) = at_work.take() {
                worked(timeline, member, shift, at);
            }
            if begins {
                at_work = Some((ward, role, at));
            }
        }
        if let Some(shift) = at_work {
            worked(timeline, member, shift, OPEN);
        }
    }
}

fn worked(
    timeline: &mut Timeline,
    member: &StaffId,
    (ward, role, from): (&WardId, &RoleId, i64),
    to: i64,
) {
    if role.as_str() == "nurse" {
        timeline.shifts.push(Wait {
            ward: ward.clone(),
            subject: member.to_string(),
            span: Span { from, to },
        });
    }
}
