//! From the first booking to the scheduled time, in days.

use events::time::{DAY_MS, Span};

use super::{Amount, Kpi, Term, durations_in};
use crate::truth::timeline::{Timeline, Took};

pub(super) const KPI: Kpi = Kpi {
    name: "lead_time",
    terms,
    rows: |timeline, window| {
        let all = terms(timeline, window).into_iter();
        let took = all.filter_map(|term| match term.amount {
            Amount::Took(_, took) => Some(took),
            Amount::Lasted(_) | Amount::One(_) => None,
        });
        durations_in(&took.collect::<Vec<_>>(), DAY_MS)
    },
};

fn terms(timeline: &Timeline, window: Span) -> Vec<Term> {
    let kept = timeline.appointments.iter().filter(|kept| !kept.cancelled);
    let within = kept.filter(|booking| window.contains(booking.scheduled));
    within
        .map(|booking| Term {
            ward: booking.ward.clone(),
            subject: booking.appointment.to_string(),
            what: "lead_time",
            amount: Amount::Took(
                booking.scheduled,
                match booking.scheduled - booking.made {
                    ms if ms < 0 => Took::Invalid,
                    ms => Took::Ms(ms),
                },
            ),
        })
        .collect()
}
