//! The history of every bed. What the board said at a time is compared with the naive
//! definition over what had arrived until then, and who lay where with the whole record.

use std::collections::BTreeMap;

use events::id::VisitId;
use events::output::{BedView, Change, Output};
use events::place::BedKey;
use events::time::MINUTE_MS;
use simulators::delivery::Receiving;
use simulators::hospital::Hospital;
use simulators::rng::Rng;
use simulators::truth::timeline::BedNow;
use simulators::truth::{Record, Timeline};
use stream::site::epoch_time;

use crate::Run;
use crate::log::Log;
use crate::plain::Plain;

/// At so many times boards are looked at, beside the end.
const LOOKS: i64 = 5;
/// How far apart the times are at which who lay where is compared.
const STEP_MS: i64 = 15 * MINUTE_MS;

/// How the histories of beds differ from what they should be.
pub(crate) fn differences(run: &Run, log: &Log, plain: &Plain, record: &Record) -> Vec<String> {
    let mut all = boards(run, log, &plain.said);
    all.extend(who_lay_where(run, plain, record));
    all
}

/// Boards at some times against what could be known then.
fn boards(run: &Run, log: &Log, said: &[Output]) -> Vec<String> {
    let mut rng = Rng::named(run.seed, "looks");
    let (first, last) = (
        run.start.epoch(),
        log.arrived.iter().map(|(epoch, _)| *epoch).max(),
    );
    let (first, last) = (first.cast_signed(), last.unwrap_or(first).cast_signed());
    let mut looks: Vec<u64> = (0..LOOKS)
        .map(|_| rng.between(first, last).cast_unsigned())
        .collect();
    looks.push(u64::MAX);
    looks.sort_unstable();

    let mut arrived: Vec<_> = log.arrived.iter().collect();
    arrived.sort_by_key(|(epoch, _)| *epoch);
    let mut arrived = arrived.into_iter().peekable();
    let mut said = said.iter().peekable();
    let mut receiving = Receiving::new(Hospital::master(), run.start.0, i64::MAX);
    let (mut board, mut wrong) = (BTreeMap::new(), Vec::new());
    for look in looks {
        while let Some((epoch, delivery)) = arrived.next_if(|(epoch, _)| *epoch <= look) {
            receiving.take(delivery.clone(), epoch_time(*epoch) - run.horizon_ms);
        }
        while let Some(output) = said.next_if(|output| output.placed().0 <= look) {
            if let Output::Board(change) = output
                && let Some(Change::Bed(view)) = &change.change
            {
                let place = view.place.as_ref().unwrap();
                board.insert((place.ward.clone(), place.bed.clone()), view);
            }
        }
        let now = epoch_time(look);
        let mut record = receiving.record().clone();
        record.settings = run
            .settings
            .iter()
            .filter(|(at, _)| *at <= now)
            .cloned()
            .collect();
        for bed in Timeline::of(&record).beds {
            let key = (bed.key.ward.to_string(), Some(bed.key.bed.to_string()));
            let shown = board.get(&key).map(|view| shown(view));
            if shown.as_ref() != Some(&expected(&bed.now)) {
                wrong.push(format!(
                    "bed {} {} at epoch {look}: expected {:?}, got {shown:?}",
                    bed.key.ward,
                    bed.key.bed,
                    expected(&bed.now),
                ));
            }
        }
    }
    wrong
}

/// What is compared of a bed: the first of the visits in it, and how many there are.
type Shown = (BedNow, usize);

fn expected(now: &BedNow) -> Shown {
    let visits = now.visits.iter().take(1).cloned().collect();
    (
        BedNow {
            visits,
            ..now.clone()
        },
        now.visits.len(),
    )
}

fn shown(view: &BedView) -> Shown {
    let back = Some(view.expected_back_ms).filter(|back| *back != 0);
    let now = BedNow {
        occupied: view.occupied,
        since: view.occupied_since_ms,
        visits: VisitId::new(&view.visit).into_iter().collect(),
        cleanliness: view.cleanliness(),
        clean_since: view.clean_since_ms,
        blocked: view.blocked.then(|| (view.block_reason.clone(), back)),
    };
    (now, view.visits_in_bed as usize)
}

/// Who lay where, as is known in the end.
fn who_lay_where(run: &Run, plain: &Plain, record: &Record) -> Vec<String> {
    let beds = Timeline::of(record).beds;
    let mut wrong = Vec::new();
    for count in 1..=run.hours * (60 * MINUTE_MS / STEP_MS) {
        let at = run.start.0 + count * STEP_MS - 1;
        // Known exactly within the horizon only.
        if at < plain.end - run.horizon_ms {
            continue;
        }
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
