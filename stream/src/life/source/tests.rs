//! What is expected of a source in an hour of the week, and when it is missed.

use events::time::EventTime;
use events::zone::Zone;

use super::*;

const M: i64 = MINUTE_MS;
const H: i64 = HOUR_MS;
/// 2026-01-05T00:00Z, a Monday.
const MONDAY: i64 = 1_767_571_200_000;

struct Walls(Option<Zone>, i64);

impl Calendar for Walls {
    fn on_the_walls(&self, at: i64) -> i64 {
        self.0.as_ref().map_or(at, |zone| zone.on_its_clocks(at))
    }

    fn minutes(&self, _last: i64) -> i64 {
        self.1
    }
}

const UTC: Walls = Walls(None, 60);

fn life(times: impl IntoIterator<Item = i64>) -> SourceLife {
    let mut life = SourceLife::default();
    for at in times {
        life.hear(at, &UTC);
    }
    life
}

/// The levels after the last fact, in minutes after it.
fn open(life: &SourceLife, calendar: &Walls) -> Vec<(i64, Level)> {
    let open = life.open(calendar);
    let open = open.unwrap();
    let minutes = |(at, level): &(i64, Level)| ((at - open.last) / M, *level);
    open.levels.iter().map(minutes).collect()
}

#[test]
fn until_a_week_has_been_seen_the_number_of_the_rule_stands() {
    let day = life((0..=24).map(|hour| MONDAY + hour * H));
    let at = |hours: i64| hours * 60;
    assert_eq!(
        open(&day, &UTC),
        [
            (at(2), Level::Aging),
            (at(5), Level::Stale),
            (at(15), Level::Lost)
        ]
    );
    assert_eq!(
        open(&day, &Walls(None, 1)),
        [(2, Level::Aging), (5, Level::Stale), (15, Level::Lost)]
    );
}

/// Each minute by day, once an hour at night: five weeks.
fn hospital() -> impl Iterator<Item = i64> {
    (0..5 * 7 * 24).flat_map(|hour| {
        let by_day = (7..19).contains(&(hour % 24));
        (0..60)
            .filter(move |minute| by_day || *minute == 0)
            .map(move |minute| MONDAY + hour * H + minute * M)
    })
}

#[test]
fn what_is_expected_is_what_that_hour_of_the_week_told() {
    // Monday, 5 weeks later: midnight, and noon.
    let night = life(hospital().chain([MONDAY + 5 * 7 * 24 * H]));
    assert_eq!(
        open(&night, &UTC),
        [
            (120, Level::Aging),
            (300, Level::Stale),
            (7 * 60 + 8, Level::Lost)
        ]
    );
    let noon = MONDAY + (5 * 7 * 24 + 12) * H;
    let by_day = life(hospital().chain([noon]));
    assert_eq!(
        open(&by_day, &UTC),
        [(2, Level::Aging), (5, Level::Stale), (15, Level::Lost)]
    );
}

#[test]
fn where_nothing_was_ever_told_nothing_is_missed() {
    // A clinic: Mondays from 8 to 9, each minute.
    let mondays = (0..4)
        .flat_map(|week| (0..60).map(move |minute| MONDAY + week * WEEK_MS + 8 * H + minute * M));
    let clinic = life(mondays);
    let week = 7 * 24 * 60;
    assert_eq!(
        open(&clinic, &UTC),
        // The rest of its hour, and none until it opens again: 3 of 4 weeks are seen.
        [
            (week - 58, Level::Aging),
            (week - 55, Level::Stale),
            (week - 45, Level::Lost)
        ]
    );
}

#[test]
fn a_burst_says_no_more_than_one_fact() {
    let burst = |hour: i64| (0..600).map(move |i| MONDAY + hour * H + i * 90);
    let hours = (0..2 * 7 * 24).flat_map(burst);
    let life = life(hours);
    assert_eq!(open(&life, &UTC)[0].0, 120);
}

#[test]
fn who_was_known_for_an_hour_is_missed_for_an_hour() {
    let once = life([MONDAY]).open(&UTC);
    let once = once.unwrap();
    assert_eq!((once.levels.len(), once.to), (0, MONDAY));
    assert_eq!(once.level(MONDAY), None);
    let hour = life([MONDAY, MONDAY + 3 * H]).open(&UTC);
    let hour = hour.unwrap();
    assert_eq!(hour.levels, [(MONDAY + 5 * H, Level::Aging)]);
    assert_eq!(
        hour.at_least(Level::Aging),
        Some((MONDAY + 5 * H, MONDAY + 6 * H))
    );
    assert_eq!(hour.level(MONDAY + 6 * H - 1), Some(Level::Aging));
    assert_eq!(hour.level(MONDAY + 6 * H), None);
}

#[test]
fn a_fact_that_comes_late_ends_the_silence_where_it_belongs() {
    let mut life = life([0, 10, 20].map(|hour| MONDAY + hour * H));
    let stale = |life: &SourceLife| -> Vec<(i64, i64)> {
        let past = life.past(&UTC);
        let stale = past
            .iter()
            .filter_map(|silence| silence.at_least(Level::Stale));
        stale
            .map(|(from, to)| ((from - MONDAY) / H, (to - MONDAY) / H))
            .collect()
    };
    // Nobody knew it before the first fact.
    assert_eq!(stale(&life), [(15, 20)]);
    life.hear(MONDAY + 14 * H, &UTC);
    assert_eq!(stale(&life), [(19, 20)]);
    life.hear(MONDAY + 14 * H, &UTC);
    assert_eq!(stale(&life), [(19, 20)], "told twice is told once");
}

#[test]
fn the_hour_is_that_on_the_walls() {
    // Nine o'clock in Berlin, each minute, on Saturdays before and after summer time.
    let berlin = Walls(Zone::named("Europe/Berlin"), 60);
    let mut life = SourceLife::default();
    for day in [
        "2026-10-10T07",
        "2026-10-17T07",
        "2026-10-24T07",
        "2026-10-31T08",
    ] {
        let hour = EventTime::parse(&format!("{day}:00:00Z")).unwrap().0;
        for minute in 0..60 {
            life.hear(hour + minute * M, &berlin);
        }
    }
    let past = life.past(&berlin);
    // From nine on it was expected by the clock on the walls, and it came.
    assert!(
        past.iter().all(|silence| silence.levels.is_empty()),
        "{past:?}"
    );
}

#[test]
fn what_no_silence_needs_is_let_go_of() {
    let mut life = life((0..20 * 7 * 24).map(|hour| MONDAY + hour * H));
    let whole = open(&life, &UTC);
    let edge = MONDAY + 20 * WEEK_MS - 3 * DAY_MS;
    life.forget(edge, &UTC);
    assert_eq!(open(&life, &UTC), whole);
    assert_eq!(life.hours.len(), 10 * 7 * 24 - 96);
    assert!(!life.is_over());
    life.forget(edge + 5 * WEEK_MS, &UTC);
    assert!(life.is_over());
}

/// In any order, with repetitions: what `hear` says of the past is enough to keep it.
#[test]
fn what_is_kept_of_the_past_is_what_would_be_found_anew() {
    let mut number = 7_u64;
    let mut random = |below: i64| {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        i64::try_from(number >> 33).unwrap() % below
    };
    let mut life = SourceLife::default();
    let (mut now, mut kept, mut beside) = (MONDAY, Vec::new(), 0);
    for _ in 0..4_000 {
        now += random(40) * random(40) * 20_000;
        let at = if random(8) == 0 {
            now - random(9 * H)
        } else {
            now
        };
        match life.hear(at, &UTC) {
            Heard::Beside => beside += 1,
            Heard::Before => kept = life.past(&UTC),
            Heard::After(last) => kept.extend(life.between(last, at, &UTC)),
        }
        assert_eq!(kept, life.past(&UTC));
    }
    assert!(beside > 100 && kept.len() > 100, "{beside} {}", kept.len());
}
