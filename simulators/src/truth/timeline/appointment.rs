//! Appointments, one after the other: the paragraph "An appointment".

use events::fact::{AppointmentEvent, Fact, What};
use events::id::{AppointmentId, WardId};
use events::time::Span;

use super::{Booking, Clock, OPEN, Timeline, Took, Wait, by};

/// An appointment while it is replayed.
#[derive(Default)]
struct State {
    booked: Option<(WardId, i64)>,
    /// When that was first done.
    made: Option<i64>,
    arrived: Option<(WardId, i64)>,
    /// When the patient came first.
    came: Option<i64>,
    is_roomed: bool,
    closed: Option<AppointmentEvent>,
}

pub(super) fn replay(facts: &[&Fact], timeline: &mut Timeline) {
    let appointments = by(facts, |what| match what {
        What::Appointment {
            appointment,
            ward,
            event,
            ..
        } => Some((appointment, (ward, *event))),
        _ => None,
    });
    for (id, events) in appointments {
        let mut state = State::default();
        for (at, (ward, event)) in events {
            take(&mut state, timeline, id, ward, at, event);
        }
        wait_ends(&mut state, timeline, id, OPEN);
        if let (Some((ward, scheduled)), Some(made)) = (state.booked, state.made) {
            timeline.appointments.push(Booking {
                appointment: id.clone(),
                ward,
                scheduled,
                made,
                cancelled: state.closed == Some(AppointmentEvent::Cancelled),
                no_show: state.closed == Some(AppointmentEvent::NoShow),
            });
        }
    }
}

fn take(
    state: &mut State,
    timeline: &mut Timeline,
    id: &AppointmentId,
    ward: &WardId,
    at: i64,
    event: AppointmentEvent,
) {
    if let AppointmentEvent::Booked(scheduled) = event {
        if state.closed.is_some() {
            *state = State::default();
        }
        state.booked = Some((ward.clone(), scheduled.0));
        state.made = state.made.or(Some(at));
        return;
    }
    if state.closed.is_some() {
        return;
    }
    let mut count = |kpi, took| {
        timeline.clocks.push(Clock {
            kpi,
            ward: ward.clone(),
            subject: id.to_string(),
            end: at,
            took,
        });
    };
    match event {
        AppointmentEvent::Arrived => {
            state.came = state.came.or(Some(at));
            if state.arrived.is_none() {
                state.arrived = Some((ward.clone(), at));
            }
            return;
        }
        AppointmentEvent::Roomed => {
            let since = state.arrived.as_ref().map(|(_, since)| *since);
            let took = since.map_or(Took::Missing, |since| Took::Ms(at - since));
            count("appointment_wait", took);
            state.is_roomed = true;
        }
        AppointmentEvent::Started if !state.is_roomed => {
            count("appointment_wait", Took::Missing);
        }
        AppointmentEvent::Ended => {
            let agreed = state.booked.as_ref().map_or(i64::MIN, |(_, at)| *at);
            let took = match state.came {
                None => Took::Missing,
                Some(came) if came.max(agreed) > at => Took::Invalid,
                Some(came) => Took::Ms(at - came.max(agreed)),
            };
            count("cycle_time", took);
            state.closed = Some(event);
        }
        AppointmentEvent::Cancelled | AppointmentEvent::NoShow => {
            state.closed = Some(event);
        }
        AppointmentEvent::Started | AppointmentEvent::Booked(_) => {}
    }
    wait_ends(state, timeline, id, at);
}

fn wait_ends(state: &mut State, timeline: &mut Timeline, id: &AppointmentId, to: i64) {
    if let Some((ward, from)) = state.arrived.take() {
        timeline.rooms.push(Wait {
            ward,
            subject: id.to_string(),
            span: Span { from, to },
        });
    }
}
