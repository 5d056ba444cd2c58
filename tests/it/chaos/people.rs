//! What staff tell over HTTP: patients who come and leave, appointments, taps on beds.

use events::fact::{AppointmentEvent, BedTap, VisitEvent, What};
use events::id::{AppointmentId, VisitId, WardId};
use events::place::Place;
use events::time::EventTime;
use serde_json::json;
use simulators::request::Request;
use simulators::rng::Rng;

use super::ledger::{self, WARDS, place};

/// What is told next, when its time is known.
pub(crate) type Telling = Box<dyn FnOnce(i64) -> What>;

/// A visit, as far as it has come.
struct Visit {
    id: VisitId,
    bed: Place,
    step: u32,
}

/// An appointment, as far as it has come.
struct Appointment {
    id: AppointmentId,
    step: u32,
}

/// Everybody who is under way.
pub(crate) struct People {
    rng: Rng,
    count: u32,
    visits: Vec<Visit>,
    appointments: Vec<Appointment>,
}

/// How many patients are under way at a time.
const VISITS_MAX: usize = 6;
const APPOINTMENTS_MAX: usize = 4;

/// A command at a board, by its number: its id and what must come of it, and its request. Every
/// other one is about an alert that there never was.
pub(crate) fn command(number: u32) -> ((String, String), Request) {
    let id = format!("00000000-0000-4000-8000-{number:012}");
    let mut body = json!({ "id": id, "age_ms": 0 });
    let outcome = if number.is_multiple_of(8) {
        body["acknowledge"] = json!({ "alert": format!("bed_dirty:PAD:nobody:{number}") });
        "refused"
    } else {
        body["annotate"] = json!({ "ward": "PAD", "text": "as usual" });
        "done"
    };
    let site = ledger::site();
    let request = Request {
        path: format!("/v1/{}/{}/commands", site.tenant, site.site),
        body: body.to_string(),
    };
    ((id, outcome.to_owned()), request)
}

impl People {
    /// Nobody has come yet.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: Rng::named(seed, "people"),
            count: 0,
            visits: Vec::new(),
            appointments: Vec::new(),
        }
    }

    /// What happens next.
    pub(crate) fn next(&mut self) -> Telling {
        self.count += 1;
        match self.rng.between(0, 2) {
            0 => self.tap(),
            1 => self.visit(),
            _ => self.appointment(),
        }
    }

    fn bed(&mut self, wards: &[(&str, usize)]) -> Place {
        let (ward, beds) = *self.rng.pick(wards);
        let last = i64::try_from(beds).unwrap() - 1;
        place(ward, usize::try_from(self.rng.between(0, last)).unwrap())
    }

    fn tap(&mut self) -> Telling {
        let place = self.bed(&WARDS.map(|(ward, _, beds)| (ward, beds)));
        let tap = match self.rng.between(0, 3) {
            0 => BedTap::Clean,
            1 => BedTap::Dirty,
            2 => BedTap::Open,
            _ => BedTap::Blocked {
                reason: "broken".to_owned(),
                expected_back: None,
            },
        };
        Box::new(move |_| What::Bed { place, tap })
    }

    /// Asked for, assigned, admitted, sometimes moved, ready to leave, gone.
    fn visit(&mut self) -> Telling {
        if self.visits.len() < VISITS_MAX {
            let id = VisitId::new(&format!("v-{}", self.count)).unwrap();
            let bed = self.bed(&[("VIS", 8), ("MIX", 6)]);
            self.visits.push(Visit { id, bed, step: 0 });
        }
        let last = i64::try_from(self.visits.len()).unwrap() - 1;
        let which = usize::try_from(self.rng.between(0, last)).unwrap();
        let moves = self
            .rng
            .percent(30)
            .then(|| self.bed(&[("VIS", 8), ("MIX", 6)]));
        let Visit { id, bed, step } = &mut self.visits[which];
        *step += 1;
        let event = match (*step, moves) {
            (1, _) => VisitEvent::BedRequested(bed.ward.clone()),
            (2, _) => VisitEvent::BedAssigned(bed.clone()),
            (3, _) => VisitEvent::Admitted(bed.clone()),
            (4, Some(other)) => VisitEvent::Transferred(other),
            (4 | 5, _) => VisitEvent::ReadyToLeave,
            _ => VisitEvent::Discharged,
        };
        let visit = id.clone();
        if event == VisitEvent::Discharged {
            self.visits.remove(which);
        }
        Box::new(move |_| What::Visit {
            visit,
            patient: None,
            event,
        })
    }

    /// Booked, arrived, in a room, begun, over; some never come.
    fn appointment(&mut self) -> Telling {
        if self.appointments.len() < APPOINTMENTS_MAX {
            let id = AppointmentId::new(&format!("a-{}", self.count)).unwrap();
            self.appointments.push(Appointment { id, step: 0 });
        }
        let last = i64::try_from(self.appointments.len()).unwrap() - 1;
        let which = usize::try_from(self.rng.between(0, last)).unwrap();
        let comes = self.rng.percent(80);
        let Appointment { id, step } = &mut self.appointments[which];
        *step += 1;
        let (step, appointment) = (*step, id.clone());
        if step == 5 || (step == 2 && !comes) {
            self.appointments.remove(which);
        }
        Box::new(move |at| What::Appointment {
            appointment,
            ward: WardId::new("PAD").unwrap(),
            practitioner: None,
            room: None,
            kind: "check-up".to_owned(),
            slot: None,
            event: match step {
                1 => AppointmentEvent::Booked(EventTime(at + 30_000)),
                2 if !comes => AppointmentEvent::NoShow,
                2 => AppointmentEvent::Arrived,
                3 => AppointmentEvent::Roomed,
                4 => AppointmentEvent::Started,
                _ => AppointmentEvent::Ended,
            },
        })
    }
}
