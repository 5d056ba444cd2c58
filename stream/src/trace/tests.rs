//! What a window finds.

use super::*;

/// Against a look at every interval, with windows long ago and lengths on both
/// sides of what is short.
#[test]
fn a_window_finds_what_reaches_into_it() {
    let mut state = 1_u64;
    let mut random = |below: i64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(state >> 33).unwrap() % below
    };
    let mut traces = WardTraces::default();
    let mut plain = Vec::new();
    for number in 0..2_000_i64 {
        let from = random(72 * HOUR_MS);
        let longest = [HOUR_MS, SHORT_MS + 3, 40 * HOUR_MS][usize::try_from(number % 3).unwrap()];
        let interval = Interval {
            ward: WardId::new("a").unwrap(),
            kind: Kind::Occupied,
            subject: number.to_string().into(),
            from,
            to: (number % 50 > 0).then(|| from + 1 + random(longest)),
        };
        traces.add(&interval);
        if number % 7 == 0 {
            traces.remove(&interval);
        } else {
            plain.push(interval);
        }
    }
    for _ in 0..200 {
        let from = random(72 * HOUR_MS);
        let to = from + 1 + random(2 * HOUR_MS);
        let mut found: Vec<_> = traces.within(Kind::Occupied, from, to).collect();
        let reaches = |i: &&Interval| i.from < to && i.to.unwrap_or(OPEN) > from;
        let cut = |i: &Interval| (i.from.max(from), i.to.unwrap_or(OPEN).min(to));
        let expected = plain.iter().filter(reaches);
        let mut expected: Vec<_> = expected
            .map(|i| (&*i.subject, cut(i).0, cut(i).1))
            .collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
