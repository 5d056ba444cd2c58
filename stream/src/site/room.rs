//! How much of one site is kept. Names come from outside: one that nobody has heard
//! of takes room, and when there is none left what is said of it is set aside with
//! the reason `site_full`, and counted. What is known already goes on as before.

use events::fact::{AppointmentEvent, VisitEvent};
use events::id::{AppointmentId, SlotId, StaffId, VisitId, WardId};
use events::place::{BedKey, Place};

use super::SiteFold;
use crate::lane::{News, Report};

/// Wards of a site.
const WARDS_MAX: usize = 1_000;
/// Beds of a site, listed or not.
const BEDS_MAX: usize = 10_000;
/// Devices of a site.
const DEVICES_MAX: usize = 100_000;
/// Visits of a site that are open or ended within the horizon; appointments alike.
const VISITS_MAX: usize = 200_000;
/// Slots of a site that are still to come or ended within the horizon.
const SLOTS_MAX: usize = 200_000;
/// Appointments that take one slot, also those that have given it back.
pub(super) const TAKERS_MAX: usize = 64;
/// People of a site who have ever been on shift.
const STAFF_MAX: usize = 20_000;

impl SiteFold {
    /// Whether a visit is known, or there is room for it and for where it is said to be.
    pub(super) fn has_visit(&self, visit: &VisitId, event: &VisitEvent) -> bool {
        let known = || self.visits.contains_key(visit);
        is_free(self.visits.len(), VISITS_MAX, known)
            && match event {
                VisitEvent::BedRequested(ward) => self.has_ward(ward),
                VisitEvent::BedAssigned(place)
                | VisitEvent::Admitted(place)
                | VisitEvent::Transferred(place)
                | VisitEvent::PlacedByCancel(place) => self.has_place(place),
                _ => true,
            }
    }

    /// Likewise an appointment, and the slot that it takes.
    pub(super) fn has_appointment(
        &self,
        appointment: &AppointmentId,
        ward: &WardId,
        slot: Option<&SlotId>,
        event: AppointmentEvent,
    ) -> bool {
        let takes = matches!(event, AppointmentEvent::Booked(_));
        let has_slot =
            |slot| self.has_slot(slot) && (!takes || self.can_be_taken(slot, appointment));
        let known = || self.appointments.contains_key(appointment);
        is_free(self.appointments.len(), VISITS_MAX, known)
            && self.has_ward(ward)
            && slot.is_none_or(has_slot)
    }

    /// Likewise somebody who works there.
    pub(super) fn has_member(&self, member: &StaffId) -> bool {
        let known = || self.shifts.contains_key(member);
        is_free(self.shifts.len(), STAFF_MAX, known)
    }

    /// Whether a device is known, or there is room for another.
    pub(super) fn has_room_for(&self, report: &Report) -> bool {
        let known = || self.devices.contains_key(&report.device);
        // What is set aside is only said.
        matches!(report.news, News::SetAside { .. })
            || is_free(self.devices.len(), DEVICES_MAX, known) && self.has_place(&report.place)
    }

    pub(super) fn has_place(&self, place: &Place) -> bool {
        let has_bed =
            |bed: BedKey| is_free(self.beds.len(), BEDS_MAX, || self.beds.contains_key(&bed));
        self.has_ward(&place.ward) && place.bed_key().is_none_or(has_bed)
    }

    pub(super) fn has_slot(&self, slot: &SlotId) -> bool {
        is_free(self.slots.len(), SLOTS_MAX, || {
            self.slots.contains_key(slot)
        })
    }

    fn can_be_taken(&self, slot: &SlotId, by: &AppointmentId) -> bool {
        self.slots
            .get(slot)
            .is_none_or(|slot| is_free(slot.uses.len(), TAKERS_MAX, || slot.uses.contains_key(by)))
    }

    pub(super) fn has_ward(&self, ward: &WardId) -> bool {
        let known = || self.ward_heard.contains_key(ward) || self.master.now().ward(ward).is_some();
        is_free(self.ward_heard.len(), WARDS_MAX, known)
    }
}

fn is_free(len: usize, most: usize, is_known: impl FnOnce() -> bool) -> bool {
    len < most || is_known()
}
