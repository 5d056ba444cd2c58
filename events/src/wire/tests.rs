//! What is written is read back, and garbage is refused by name.

use super::*;
use crate::control::{
    BedMaster, Control, Horizons, MasterBed, MasterWard, OccupancySource, Setting, Threshold,
};
use crate::fact::{
    AppointmentEvent, BedTap, Fact, FactFlags, Receipt, SlotEvent, Told, VisitEvent, VitalEvent,
    What,
};
use crate::hours::Hours;
use crate::id::{
    AppointmentId, BedId, CodeId, ObservationId, PatientId, RoleId, RoomId, SiteId, SlotId,
    StaffId, TenantId, VisitId, WardId,
};
use crate::place::{Place, Site};
use crate::sensor::{ClockFlags, Reading, Value};
use crate::time::EventTime;
use crate::vital::{Decimal, Level, VitalValue};

fn site() -> Site {
    Site {
        tenant: TenantId::new("demo").unwrap(),
        site: SiteId::new("north").unwrap(),
    }
}

fn place() -> Place {
    Place {
        ward: WardId::new("a").unwrap(),
        room: Some(RoomId::new("r1").unwrap()),
        bed: Some(BedId::encode("Bed 9").unwrap()),
    }
}

fn every_vital() -> Vec<What> {
    let vital = |event| What::Vital {
        visit: VisitId::new("v1").unwrap(),
        patient: None,
        observation: ObservationId::new("o1").unwrap(),
        code: CodeId::new("loinc-8310-5").unwrap(),
        revised: EventTime(11),
        event,
    };
    vec![
        vital(VitalEvent::Observed(VitalValue::Number(Decimal {
            digits: -3_672,
            scale: 2,
        }))),
        vital(VitalEvent::Observed(VitalValue::Level(Level::Unresponsive))),
        vital(VitalEvent::Withdrawn),
    ]
}

fn every_event() -> Vec<What> {
    let visit = |event| What::Visit {
        visit: VisitId::new("v1").unwrap(),
        patient: Some(PatientId::new("p1").unwrap()),
        event,
    };
    let appointment = |event| What::Appointment {
        appointment: AppointmentId::new("a1").unwrap(),
        ward: WardId::new("clinic").unwrap(),
        practitioner: Some(StaffId::new("dr1").unwrap()),
        room: None,
        kind: "follow-up".to_owned(),
        slot: Some(SlotId::new("s1").unwrap()),
        event,
    };
    let slot = |event| What::Slot {
        slot: SlotId::new("s1").unwrap(),
        ward: WardId::new("clinic").unwrap(),
        kind: "first visit".to_owned(),
        event,
    };
    let tap = |tap| What::Bed {
        place: place(),
        tap,
    };
    vec![
        visit(VisitEvent::BedRequested(WardId::new("a").unwrap())),
        visit(VisitEvent::BedAssigned(place())),
        visit(VisitEvent::ReadyToMove),
        visit(VisitEvent::Admitted(Place {
            bed: None,
            ..place()
        })),
        visit(VisitEvent::Transferred(place())),
        visit(VisitEvent::ReadyToLeave),
        visit(VisitEvent::ExpectedDischarge(EventTime(9))),
        visit(VisitEvent::Discharged),
        visit(VisitEvent::Cancelled),
        visit(VisitEvent::PlacedByCancel(place())),
        visit(VisitEvent::Merged(VisitId::new("v2").unwrap())),
        visit(VisitEvent::Emergency),
        visit(VisitEvent::AdmissionDecided),
        visit(VisitEvent::LeftUnseen),
        visit(VisitEvent::StayBegan(EventTime(5))),
        appointment(AppointmentEvent::Booked(EventTime(77))),
        appointment(AppointmentEvent::Arrived),
        appointment(AppointmentEvent::Roomed),
        appointment(AppointmentEvent::Started),
        appointment(AppointmentEvent::Ended),
        appointment(AppointmentEvent::Cancelled),
        appointment(AppointmentEvent::NoShow),
        What::Staff {
            member: StaffId::new("n1").unwrap(),
            ward: WardId::new("a").unwrap(),
            role: RoleId::new("nurse").unwrap(),
            on_shift: true,
        },
        slot(SlotEvent::Offered {
            start: EventTime(7),
            end: EventTime(8),
        }),
        slot(SlotEvent::Booked),
        slot(SlotEvent::Withdrawn),
        tap(BedTap::Clean),
        tap(BedTap::Dirty),
        tap(BedTap::Open),
        tap(BedTap::Blocked {
            reason: "repair".to_owned(),
            expected_back: Some(EventTime(5)),
        }),
    ]
}

#[test]
fn every_fact_comes_back() {
    let events = every_event().into_iter().chain(every_vital());
    let facts = events.map(|what| Fact {
        at: EventTime(1),
        told: CellTime(2),
        flags: FactFlags::REOPENED_BY_CANCEL,
        what,
    });
    let told = Told {
        site: site(),
        source: "http".to_owned(),
        facts: facts.collect(),
        receipt: Some(Receipt {
            path: "/v1".to_owned(),
            key: [1; 32],
            body: [2; 32],
        }),
    };
    let bytes = encode_facts(&told);
    assert_eq!(decode_facts(&bytes).unwrap(), Record::Data(told));
}

#[test]
fn control_comes_back() {
    let master = Setting::Master(BedMaster {
        label: Some("North campus".to_owned()),
        time_zone: Some("Europe/Vienna".to_owned()),
        wards: vec![MasterWard {
            ward: WardId::new("a").unwrap(),
            label: "Ward A".to_owned(),
            source: OccupancySource::Both,
            beds: vec![MasterBed {
                bed: BedId::new("b1").unwrap(),
                room: None,
                label: "Bed 1".to_owned(),
                staffed: true,
                hours: Hours::parse("Mon-Fri 07:00-19:00, Sun 22:00-06:00").unwrap(),
            }],
        }],
    });
    let threshold = Setting::Threshold(Threshold {
        ward: None,
        rule: "bed_dirty".to_owned(),
        name: "minutes".to_owned(),
        value: 45,
    });
    let horizons = Setting::Horizons(Horizons {
        correction_ms: 3_600_000,
        disorder_ms: 5_000,
    });
    for setting in [master, threshold, horizons, Setting::Version(2)] {
        let control = Control {
            site: site(),
            setting,
        };
        let bytes = encode_control(&control);
        assert_eq!(decode_control(&bytes).unwrap(), Record::Data(control));
    }
}

#[test]
fn readings_come_back_in_order() {
    let reading = |seq: u64| Reading {
        boot: 7,
        seq,
        at: EventTime(1_000 - i64::try_from(seq).unwrap()),
        told: CellTime(1_000),
        flags: ClockFlags::NO_CLOCK,
        code: 1,
        value: Value {
            value: 1,
            extra: (seq == 2).then_some(71_500),
        },
    };
    let mut builder = FrameBuilder::default();
    for seq in 0..3 {
        builder.push(
            if seq == 1 {
                "t/s/w/r/b/d1"
            } else {
                "t/s/w/r/b/d0"
            },
            &reading(seq),
        );
    }
    let Record::Data(frame) = decode_signals(&builder.finish()).unwrap() else {
        panic!("a frame was written");
    };
    assert!(builder.is_empty());
    assert_eq!(frame.sources, ["t/s/w/r/b/d0", "t/s/w/r/b/d1"]);
    let back: Vec<_> = readings(&frame).collect();
    assert_eq!(back, [(0, reading(0)), (1, reading(1)), (0, reading(2))]);
}

#[test]
fn a_tick_is_a_tick_in_every_topic() {
    let tick = Tick::at(CellTime(40));
    let bytes = encode_tick(tick);
    assert_eq!(tick.epoch, 2);
    assert_eq!(decode_signals(&bytes).unwrap(), Record::Tick(tick));
    assert_eq!(decode_facts(&bytes).unwrap(), Record::Tick(tick));
    assert_eq!(decode_control(&bytes).unwrap(), Record::Tick(tick));
    assert_eq!(super::tick(&bytes), Some(tick));
    assert_eq!(super::tick(&bytes[..2]), None);
    assert_eq!(super::tick(&[VERSION, 0x12, 0]), None);
}

#[test]
fn garbage_is_refused() {
    assert!(matches!(decode_facts(b""), Err(WireError::Version)));
    assert!(matches!(decode_facts(&[9, 9]), Err(WireError::Version)));
    assert!(matches!(decode_facts(&[VERSION]), Err(WireError::Empty)));
    assert!(matches!(
        decode_facts(&[VERSION, 0xff, 0xff]),
        Err(WireError::Message(_))
    ));
    let uneven = crate::proto::SignalRecord {
        record: Some(crate::proto::signal_record::Record::Frame(
            crate::proto::SensorFrame {
                source: vec![0],
                ..Default::default()
            },
        )),
    };
    assert!(matches!(
        decode_signals(&encode(&uneven)),
        Err(WireError::Meaning(_))
    ));
}
