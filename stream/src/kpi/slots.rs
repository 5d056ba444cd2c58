//! How much of the time that a clinic offers is booked, and how much of it is used?
//! Minutes of slots, in the window in which they lie.

use super::{Denominator, Focus, KpiSpec, Scale, share};
use crate::trace::Kind;

pub(super) const FILL: KpiSpec = KpiSpec {
    name: "appointment_fill",
    unit: "share",
    question: "Which share of the offered time was booked?",
    source: "booked over offered slot minutes (fill rate)",
    focus: Focus::Appointment,
    activity: "booking what is offered",
    statistic: "minutes of booked slots over minutes of offered slots, where they lie in the window; of a longer time both sides added up",
    scale: Scale::Ratio,
    starts: "the beginning of a slot that was offered (`offered`); above the line one that an appointment takes (`booked` with its `slot`), or that is said to be taken (slot `booked`)",
    stops: "the end of the slot",
    exclusions: "withdrawn slots; bookings that were cancelled or moved elsewhere; windows without an offered slot. A slot that two appointments take counts once",
    denominator: Denominator::None,
    version: 4,
    measure: |view| share(view.time(Kind::SlotBooked), view.time(Kind::SlotOffered)),
};

pub(super) const UTILISATION: KpiSpec = KpiSpec {
    name: "appointment_utilisation",
    question: "Which share of the offered time was used by patients who came?",
    source: "arrived over offered slot minutes; the definition varies, this one counts whole slots",
    activity: "using what is offered",
    statistic: "minutes of slots whose patient came over minutes of offered slots, where they lie in the window; of a longer time both sides added up",
    starts: "the beginning of a slot that was offered (`offered`); above the line one that an appointment takes whose patient came (`arrived`, `roomed`, `started` or `ended`)",
    exclusions: "withdrawn slots; bookings that were cancelled or moved elsewhere; appointments without a slot; windows without an offered slot. How long the visit really took plays no part: whole slots count",
    measure: |view| share(view.time(Kind::SlotArrived), view.time(Kind::SlotOffered)),
    ..FILL
};
