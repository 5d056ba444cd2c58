//! Stays that might have been, as a file, and what a plain count of their intervals gives.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Ward, KPI, stat, start of the hour.
pub(super) type Key = (String, String, String, i64);

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;
const WARDS: [&str; 3] = ["A", "B", "C"];
/// Beds of a ward where there are few stays, and how many more of these ask for one more.
const BEDS: usize = 100;
const STAYS_OF_BED: usize = 120;
/// 2025-02-01T00:00Z, and how long people come.
const BEGIN: i64 = 1_738_368_000_000;
const LENGTH: i64 = 300 * 24 * HOUR;
/// 2025-10-26, when clocks in Berlin show an hour twice.
const TWICE: std::ops::Range<i64> = 1_761_436_800_000..1_761_444_000_000;

pub(super) struct Stays {
    all: Vec<Stay>,
    beds: usize,
}

struct Stay {
    visit: usize,
    ward: usize,
    bed: usize,
    from: i64,
    to: Option<i64>,
    is_transfer_in: bool,
    is_transfer_out: bool,
}

/// Numbers that look random, the same in each run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, bound: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        i64::try_from(self.0 >> 33).unwrap() % bound
    }
}

impl Stays {
    pub(super) fn generate(count: usize) -> Self {
        let mut dice = Dice(4711);
        let mut stays: Vec<Stay> = Vec::new();
        while stays.len() < count {
            let from = BEGIN + dice.below(LENGTH / MINUTE) * MINUTE;
            let to = match dice.below(100) {
                0 => None,
                1..4 => Some(from),
                _ => Some(from + dice.below(4 * 24 * 60) * MINUTE + dice.below(MINUTE)),
            };
            let ward = usize::try_from(dice.below(3)).unwrap();
            let moves = dice.below(5) == 0 && to.is_some() && stays.len() + 1 < count;
            let visit = stays.len();
            let stay = |ward, from, to, is_transfer_in, is_transfer_out| Stay {
                visit,
                ward,
                bed: 0,
                from,
                to,
                is_transfer_in,
                is_transfer_out,
            };
            stays.push(stay(ward, from, to, false, moves));
            if let Some(to) = to.filter(|_| moves) {
                let until = Some(to + dice.below(48 * 60) * MINUTE);
                stays.push(stay((ward + 1) % 3, to, until, true, false));
            }
        }
        stays.sort_by_key(|stay| stay.from);
        // Everybody lies alone: as many beds as people, so that a peak is one of people.
        let beds = BEDS + count / STAYS_OF_BED;
        let mut free = vec![vec![i64::MIN; beds]; WARDS.len()];
        for stay in &mut stays {
            let free = &mut free[stay.ward];
            stay.bed = free.iter().position(|until| *until <= stay.from).unwrap();
            free[stay.bed] = stay.to.unwrap_or(i64::MAX);
        }
        Self { all: stays, beds }
    }

    pub(super) fn open(&self) -> usize {
        self.all.iter().filter(|stay| stay.to.is_none()).count()
    }

    /// Newest first; every other time by the clock on the wall.
    pub(super) fn csv(&self) -> String {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let time = |at: i64, on_the_wall: bool| {
            let timestamp = Timestamp::from_millisecond(at).unwrap();
            if on_the_wall && !TWICE.contains(&at) {
                let shown = timestamp.to_zoned(zone.clone());
                shown.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
            } else {
                timestamp.to_string()
            }
        };
        let mut csv = "kind,until,from,bed,unit,case\n".to_owned();
        for (place, stay) in self.all.iter().enumerate().rev() {
            let until = stay.to.map_or(String::new(), |to| time(to, place % 3 == 0));
            let from = time(stay.from, place % 2 == 0);
            let (bed, ward, visit) = (stay.bed, WARDS[stay.ward], stay.visit);
            writeln!(csv, "\"a, b\",{until},{from},{bed},{ward},{visit}").unwrap();
        }
        csv
    }

    pub(super) fn master(&self) -> String {
        let mut master = "tenant = \"demo\"\nsite = \"north\"\n".to_owned();
        for ward in WARDS {
            let beds: Vec<String> = (0..self.beds)
                .map(|bed| format!("{{ name = \"{bed}\" }}"))
                .collect();
            let beds = beds.join(", ");
            writeln!(
                master,
                "[[ward]]\nname = \"{ward}\"\nsource = \"visits\"\nbed = [{beds}]"
            )
            .unwrap();
        }
        master
    }

    /// The numbers of every hour of every ward and of the site.
    pub(super) fn hours(&self) -> BTreeMap<Key, (i64, i64)> {
        let times = self
            .all
            .iter()
            .flat_map(|stay| [Some(stay.from), stay.to])
            .flatten();
        let first = times.clone().min().unwrap() / HOUR * HOUR;
        let end = times.max().unwrap() / HOUR * HOUR + HOUR;
        let mut rows = BTreeMap::new();
        for scope in ["A", "B", "C", "-"] {
            let of_scope = |stay: &&Stay| scope == "-" || WARDS[stay.ward] == scope;
            let stays: Vec<&Stay> = self.all.iter().filter(of_scope).collect();
            let beds = i64::try_from(if scope == "-" {
                3 * self.beds
            } else {
                self.beds
            })
            .unwrap();
            let hours = usize::try_from((end - first) / HOUR).unwrap();
            let mut counts = vec![[0_i64; 6]; hours];
            let hour_of = |at: i64| usize::try_from((at - first) / HOUR).unwrap();
            for stay in &stays {
                counts[hour_of(stay.from)][if stay.is_transfer_in { 2 } else { 0 }] += 1;
                if let Some(to) = stay.to {
                    counts[hour_of(to)][if stay.is_transfer_out { 3 } else { 1 }] += 1;
                }
                let to = stay.to.unwrap_or(end);
                let mut start = stay.from - (stay.from - first) % HOUR;
                while start < to {
                    counts[hour_of(start)][4] += to.min(start + HOUR) - stay.from.max(start);
                    start += HOUR;
                }
            }
            peaks(&stays, (first, end), &mut counts);
            for (hour, [arrivals, departures, ins, outs, time, peak]) in
                counts.into_iter().enumerate()
            {
                let start = first + i64::try_from(hour).unwrap() * HOUR;
                for (kpi, stat, value) in [
                    ("arrivals", "value", (arrivals, 1)),
                    ("departures", "value", (departures, 1)),
                    ("transfers_in", "value", (ins, 1)),
                    ("transfers_out", "value", (outs, 1)),
                    ("census", "value", (time, HOUR)),
                    ("occupancy", "value", (time, beds * HOUR)),
                    ("occupancy", "peak", (peak, beds)),
                ] {
                    let key = (scope.to_owned(), kpi.to_owned(), stat.to_owned(), start);
                    rows.insert(key, value);
                }
            }
        }
        rows
    }
}

/// The most at once in each hour: looked at whenever somebody comes, and as it begins.
fn peaks(stays: &[&Stay], (first, end): (i64, i64), counts: &mut [[i64; 6]]) {
    let mut steps: Vec<(i64, i64)> = Vec::new();
    for stay in stays.iter().filter(|stay| stay.to != Some(stay.from)) {
        steps.push((stay.from, 1));
        steps.extend(stay.to.map(|to| (to, -1)));
    }
    steps.extend(
        (first..end)
            .step_by(usize::try_from(HOUR).unwrap())
            .map(|at| (at, 0)),
    );
    steps.sort_unstable();
    let mut now = 0;
    let mut steps = steps.into_iter().peekable();
    while let Some((at, step)) = steps.next() {
        now += step;
        // Who leaves at the same moment makes room first; who comes counts together.
        if steps.peek().is_none_or(|(next, _)| *next > at) {
            let hour = usize::try_from((at - first) / HOUR).unwrap();
            counts[hour][5] = counts[hour][5].max(now);
        }
    }
}
