//! How full was the ward? Time-weighted over staffed beds while they are open, with the peak and its
//! time, because a single number at midnight misses a third of the patients.

use events::output::Stat;

use super::{Denominator, Focus, KpiSpec, Row, Scale, View};
use crate::trace::Kind;

pub(super) const KPI: KpiSpec = KpiSpec {
    name: "occupancy",
    unit: "share",
    question: "Which share of the staffed beds' time was occupied, and how full was it at most?",
    source: "Bagust et al., BMJ 319:155 (1999), time-weighted; staffed beds as in NHS KH03",
    focus: Focus::Bed,
    activity: "being occupied",
    statistic: "time-weighted mean; the most at once, and when that was first so",
    scale: Scale::Ratio,
    starts: "the bed is occupied, as the source of its ward knows",
    stops: "it is empty",
    exclusions: "beds that are not staffed; from version 4 on the time at which a bed is closed by its hours, above and below the line; wards without open staffed beds",
    denominator: Denominator::Staffed,
    version: 1,
    measure,
};

fn measure(view: &View<'_>) -> Vec<Row> {
    let open_ms = view.open_ms();
    if open_ms == 0 {
        return Vec::new();
    }
    let steps = steps(view);
    let occupied: i64 = steps
        .iter()
        .map(|(at, step)| step * (view.window.to - at))
        .sum();
    let (peak, peak_at) = peak(&steps, view.window.from);
    let row = |stat, numerator, denominator| Row {
        stat,
        numerator,
        denominator,
    };
    vec![
        row(Stat::Value, occupied, open_ms),
        row(Stat::Peak, peak, view.open_beds()),
        row(Stat::PeakAt, peak_at - view.window.from, 1),
    ]
}

/// When the number of occupied staffed beds changed, and by how much.
fn steps(view: &View<'_>) -> Vec<(i64, i64)> {
    let occupied = view.of_staffed(Kind::Occupied);
    let mut steps: Vec<_> = occupied
        .flat_map(|(from, to)| [(from, 1), (to, -1)])
        .collect();
    steps.sort_unstable();
    steps
}

/// The most at once, and when that was first so. Who leaves at the moment at
/// which another comes makes room for him: steps down sort first.
fn peak(steps: &[(i64, i64)], from: i64) -> (i64, i64) {
    let (mut now, mut peak, mut peak_at) = (0, 0, from);
    for (at, step) in steps {
        now += step;
        if now > peak {
            (peak, peak_at) = (now, *at);
        }
    }
    (peak, peak_at)
}
