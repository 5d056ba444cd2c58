//! Three shifts a day: nurses on every ward, by pseudonym.

use events::fact::What;
use events::id::{RoleId, StaffId};

use super::agenda::Event;
use super::layout::{WARDS, ward_id};
use super::{Hospital, calendar};

/// Nurses on a ward in the morning, in the evening and at night.
const NURSES: [u32; 3] = [4, 3, 2];

/// Who is at work: ward and number.
#[derive(Default)]
pub(super) struct Shift {
    at_work: Vec<(usize, StaffId)>,
}

impl Hospital {
    pub(super) fn start_shift(&mut self) {
        let shift = calendar::shift(self.now_ms);
        for (ward, plan) in WARDS.iter().enumerate() {
            for number in 1..=NURSES[shift] {
                let name = format!("nurse-{}-{}{number}", plan.id, ["d", "e", "n"][shift]);
                let member = StaffId::new(&name).expect("fits the alphabet");
                self.shift.at_work.push((ward, member.clone()));
                self.say_shift(ward, member, true);
            }
        }
        self.agenda
            .put(calendar::shift_end(self.now_ms), Event::Shift);
    }

    pub(super) fn change_shift(&mut self) {
        for (ward, member) in std::mem::take(&mut self.shift.at_work) {
            self.say_shift(ward, member, false);
        }
        self.start_shift();
        self.send_cleaners();
        self.send_porters();
    }

    fn say_shift(&mut self, ward: usize, member: StaffId, on_shift: bool) {
        self.say(What::Staff {
            member,
            ward: ward_id(ward),
            role: RoleId::new("nurse").expect("fits the alphabet"),
            on_shift,
        });
    }
}
