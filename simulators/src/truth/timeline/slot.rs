//! Slots, one after the other: the paragraph "A slot". Nothing is remembered between
//! two moments: how a slot stands is asked anew of all that was said until then.

use std::collections::{BTreeMap, BTreeSet};

use events::fact::{AppointmentEvent, Fact, SlotEvent, What};
use events::id::{AppointmentId, SlotId, WardId};
use events::time::Span;

use super::{OPEN, OpenSlot, SlotTime, Timeline, by};

type Said<'a> = Vec<(i64, (&'a WardId, &'a str, SlotEvent))>;
type Told<'a> = Vec<(i64, (Option<&'a SlotId>, AppointmentEvent))>;

pub(super) fn replay(facts: &[&Fact], timeline: &mut Timeline) {
    let slots = by(facts, |what| match what {
        What::Slot {
            slot,
            ward,
            kind,
            event,
        } => Some((slot, (ward, &**kind, *event))),
        _ => None,
    });
    let appointments: BTreeMap<&AppointmentId, Told<'_>> = by(facts, |what| match what {
        What::Appointment {
            appointment,
            slot,
            event,
            ..
        } => Some((appointment, (slot.as_ref(), *event))),
        _ => None,
    });
    for (slot, said) in &slots {
        let takers: Vec<&Told<'_>> = appointments
            .values()
            .filter(|told| told.iter().any(|(_, (named, _))| *named == Some(*slot)))
            .collect();
        open(slot, said, &takers, timeline);
        let Some(offer) = offered(said, OPEN) else {
            continue;
        };
        let uses: Vec<bool> = takers
            .iter()
            .flat_map(|told| kept(told, slot, OPEN))
            .collect();
        timeline.slots.push(SlotTime {
            ward: offer.ward.clone(),
            slot: (*slot).clone(),
            span: offer.span,
            booked: offer.is_taken || !uses.is_empty(),
            came: uses.contains(&true),
        });
    }
}

struct Offer<'a> {
    ward: &'a WardId,
    kind: &'a str,
    span: Span,
    is_taken: bool,
}

/// How it is offered by what was said until then, that moment included.
fn offered<'a>(said: &Said<'a>, until: i64) -> Option<Offer<'a>> {
    let mut offer: Option<Offer<'a>> = None;
    for (_, (ward, kind, event)) in said.iter().filter(|(at, _)| *at <= until) {
        match event {
            SlotEvent::Offered { start, end } if start < end => {
                offer = Some(Offer {
                    ward,
                    kind,
                    span: Span {
                        from: start.0,
                        to: end.0,
                    },
                    is_taken: false,
                });
            }
            SlotEvent::Offered { .. } => {}
            SlotEvent::Booked => {
                if let Some(offer) = &mut offer {
                    offer.is_taken = true;
                }
            }
            SlotEvent::Withdrawn => offer = None,
        }
    }
    offer
}

/// The bookings of an appointment that have this slot, by what was told until then: for
/// each, whether the patient came.
fn kept(told: &Told<'_>, slot: &SlotId, until: i64) -> Vec<bool> {
    let mut bookings: Vec<(Option<&SlotId>, bool)> = Vec::new();
    let (mut is_over, mut is_there) = (false, false);
    for (_, (named, event)) in told.iter().filter(|(at, _)| *at <= until) {
        match event {
            AppointmentEvent::Booked(_) => {
                if is_over {
                    (is_over, is_there) = (false, false);
                } else {
                    bookings.pop();
                }
                bookings.push((*named, is_there));
            }
            _ if is_over => {}
            AppointmentEvent::Cancelled => {
                is_over = true;
                bookings.pop();
                bookings.push((None, false));
            }
            AppointmentEvent::NoShow => is_over = true,
            AppointmentEvent::Arrived
            | AppointmentEvent::Roomed
            | AppointmentEvent::Started
            | AppointmentEvent::Ended => {
                is_there = true;
                is_over = *event == AppointmentEvent::Ended;
                if let Some(booking) = bookings.last_mut() {
                    booking.1 = true;
                }
            }
        }
    }
    let of_slot = bookings.into_iter().filter(|(has, _)| *has == Some(slot));
    of_slot.map(|(_, came)| came).collect()
}

/// The stretches between two things that were said in which it could be booked.
fn open(slot: &SlotId, said: &Said<'_>, takers: &[&Told<'_>], timeline: &mut Timeline) {
    let told = takers.iter().flat_map(|told| told.iter());
    let mut moments: BTreeSet<i64> = told.map(|(at, _)| *at).collect();
    moments.extend(said.iter().map(|(at, _)| *at));
    let moments: Vec<i64> = moments.into_iter().chain([OPEN]).collect();
    for pair in moments.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let is_held = takers.iter().any(|told| !kept(told, slot, from).is_empty());
        let offer = offered(said, from).filter(|offer| !offer.is_taken && !is_held);
        if let Some(offer) = offer.filter(|offer| from < offer.span.from) {
            timeline.open_slots.push(OpenSlot {
                ward: offer.ward.clone(),
                slot: slot.clone(),
                kind: offer.kind.to_owned(),
                start: offer.span.from,
                span: Span {
                    from,
                    to: to.min(offer.span.from),
                },
            });
        }
    }
}
