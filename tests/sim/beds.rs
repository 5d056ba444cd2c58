//! Who lay where, as is known in the end, against the whole record.

use std::collections::BTreeSet;

use events::id::VisitId;
use events::place::BedKey;
use simulators::truth::{Record, Timeline};

use crate::Run;
use crate::plain::Plain;

/// How it differs. Nobody comes or goes but at the time of a fact, so what was the case
/// then, and just before, is all that ever was.
pub(crate) fn differences(run: &Run, plain: &Plain, record: &Record) -> Vec<String> {
    let beds = Timeline::of(record).beds;
    let facts = record.facts.iter().map(|fact| fact.at.0);
    let times: BTreeSet<i64> = facts.flat_map(|at| [at - 1, at]).collect();
    let mut wrong = Vec::new();
    // Known exactly within the horizon only.
    let edge = plain.end - run.horizon_ms;
    for at in times
        .into_iter()
        .filter(|at| (edge..record.to).contains(at))
    {
        let known = plain.site.lay_at(at);
        for bed in &beds {
            let lay = bed.lay.iter().filter(|(_, span)| span.contains(at));
            let mut lay: Vec<&VisitId> = lay.map(|(visit, _)| visit).collect();
            lay.sort_unstable();
            let got: Vec<&VisitId> = known.get(&bed.key).into_iter().flatten().collect();
            if got != lay {
                let BedKey { ward, bed } = &bed.key;
                wrong.push(format!(
                    "bed {ward} {bed} at {at}: expected {lay:?}, got {got:?}"
                ));
            }
        }
    }
    wrong
}
