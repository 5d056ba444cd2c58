//! What an ADT message says about visits. A message has one or more groups: a
//! PID and the PV1 and MRG that belong to it.

use events::fact::{VisitEvent, What};
use events::place::Place;
use events::reason::{Reason, Rejected};
use hl7_parser::message::Segment;

use super::message::Spot;
use super::places::{Speech, missing};

/// Of the table of patient classes (0004).
const EMERGENCY: &str = "E";

/// A patient and what follows about the patient.
pub(super) struct Group<'s, 'm> {
    pub(super) pid: &'s Segment<'m>,
    pub(super) pd1: Option<&'s Segment<'m>>,
    pub(super) pv1: Option<&'s Segment<'m>>,
    mrg: Option<&'s Segment<'m>>,
}

impl<'s, 'm> Speech<'s, 'm> {
    /// The groups of the message, at least one.
    pub(super) fn groups(&self) -> Result<Vec<Group<'s, 'm>>, Rejected> {
        let mut groups: Vec<Group<'s, 'm>> = Vec::new();
        for segment in self.message.segments() {
            match (segment.name, groups.last_mut()) {
                ("PID", _) => groups.push(Group {
                    pid: segment,
                    pd1: None,
                    pv1: None,
                    mrg: None,
                }),
                ("PD1", Some(group)) => group.pd1 = Some(segment),
                ("PV1", Some(group)) => group.pv1 = Some(segment),
                ("MRG", Some(group)) => group.mrg = Some(segment),
                _ => {}
            }
        }
        if groups.is_empty() {
            return Err(Rejected::new(Reason::Hl7NoPatient, "PID is missing"));
        }
        Ok(groups)
    }

    /// This happened to the visit of a group.
    pub(super) fn said(&self, group: &Group<'s, 'm>, event: VisitEvent) -> Result<What, Rejected> {
        let patient = self.patient(group.pid, "PID", 3)?;
        Ok(What::Visit {
            visit: self.visit(&patient, group.pv1, Spot("PV1", 19, 1))?,
            patient: Some(patient),
            event,
        })
    }

    /// This happened to the visit of a group, at PV1-3.
    pub(super) fn placed(
        &self,
        group: &Group<'s, 'm>,
        event: fn(Place) -> VisitEvent,
    ) -> Result<What, Rejected> {
        let pv1 = group.pv1.ok_or_else(|| missing("PV1"))?;
        self.said(group, event(self.place(pv1, "PV1", 3)?))
    }

    /// The patient has come to PV1-3, as an emergency when PV1-2 says so.
    pub(super) fn admitted(&self, group: &Group<'s, 'm>) -> Result<Vec<What>, Rejected> {
        let came = self.placed(group, VisitEvent::Admitted)?;
        let pv1 = group.pv1.ok_or_else(|| missing("PV1"))?;
        let class = self.message.value(pv1, Spot("PV1", 2, 1))?;
        if class.as_deref() != Some(EMERGENCY) {
            return Ok(vec![came]);
        }
        let emergency = self.said(group, VisitEvent::Emergency)?;
        Ok(vec![came, emergency])
    }

    /// The visits of two groups change places.
    pub(super) fn swapped(&self, groups: &[Group<'s, 'm>]) -> Result<Vec<What>, Rejected> {
        let [first, second] = groups else {
            let detail = "a swap does not have 2 PID segments";
            return Err(Rejected::new(Reason::Hl7NoPatient, detail));
        };
        let first = self.placed(first, VisitEvent::Transferred)?;
        let second = self.placed(second, VisitEvent::Transferred)?;
        Ok(vec![first, second])
    }

    /// What happens to the visit of MRG: it goes on under that of PID.
    pub(super) fn merged(&self, group: &Group<'s, 'm>) -> Result<What, Rejected> {
        let merged = self.under_another(group)?;
        merged.ok_or_else(|| {
            let detail = "MRG-1 is the patient of PID-3";
            Rejected::new(Reason::Hl7NoPatient, detail)
        })
    }

    /// The visit of MRG has another number now; it goes on where PV1-3 says. Nothing
    /// when the number is the same, as when it is given to another patient.
    pub(super) fn renumbered(&self, group: &Group<'s, 'm>) -> Result<Vec<What>, Rejected> {
        let Some(merged) = self.under_another(group)? else {
            return Ok(vec![]);
        };
        let mut said = vec![merged];
        if self.has_place(group)? {
            said.push(self.placed(group, VisitEvent::PlacedByCancel)?);
        }
        Ok(said)
    }

    /// From outpatient to inpatient or back, which may bring another number.
    pub(super) fn class_changed(&self, group: &Group<'s, 'm>) -> Result<Vec<What>, Rejected> {
        let number = match group.mrg {
            Some(mrg) => self.message.value(mrg, Spot("MRG", 5, 1))?,
            None => None,
        };
        let merged = match number {
            Some(_) => self.under_another(group)?,
            None => None,
        };
        let moved = self.placed(group, VisitEvent::Transferred)?;
        Ok(merged.into_iter().chain([moved]).collect())
    }

    /// Moves the patient to PV1-3, where it names a place.
    pub(super) fn updated(&self, group: &Group<'s, 'm>) -> Result<Vec<What>, Rejected> {
        if !self.has_place(group)? {
            return Ok(vec![]);
        }
        Ok(vec![self.placed(group, VisitEvent::Transferred)?])
    }

    fn has_place(&self, group: &Group<'s, 'm>) -> Result<bool, Rejected> {
        match group.pv1 {
            Some(pv1) => Ok(self.message.value(pv1, Spot("PV1", 3, 1))?.is_some()),
            None => Ok(false),
        }
    }

    /// The visit of MRG goes on under that of PID, if that is another.
    fn under_another(&self, group: &Group<'s, 'm>) -> Result<Option<What>, Rejected> {
        let mrg = group
            .mrg
            .ok_or_else(|| Rejected::new(Reason::Hl7NoPatient, "MRG is missing"))?;
        let survivor = self.patient(group.pid, "PID", 3)?;
        let into = self.visit(&survivor, group.pv1, Spot("PV1", 19, 1))?;
        let patient = self.patient(mrg, "MRG", 1)?;
        let visit = self.visit(&patient, Some(mrg), Spot("MRG", 5, 1))?;
        let is_another = visit != into;
        let merged = What::Visit {
            visit,
            patient: Some(patient),
            event: VisitEvent::Merged(into),
        };
        Ok(is_another.then_some(merged))
    }
}
