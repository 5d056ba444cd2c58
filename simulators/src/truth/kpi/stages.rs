//! Which stage had been active for longest, moment by moment: `docs/bottleneck.md`.

use events::output::Stat;
use events::time::{HOUR_MS, Span};

use super::{Term, lasted};
use crate::truth::timeline::{Row, Timeline, Wait};

/// The stages, the first of equals first, each with the words for who waits.
const STAGES: [&str; 5] = [
    "waited for a bed",
    "waited to be clean",
    "waited to leave",
    "waited to be moved",
    "waited for a room",
];

/// All waits of the window, each from its own beginning on: it decides.
pub(super) fn terms(timeline: &Timeline, window: Span) -> Vec<Term> {
    if window.length_ms() < HOUR_MS {
        return Vec::new();
    }
    let mut terms = Vec::new();
    for (what, waits) in STAGES.into_iter().zip(waits(timeline, window)) {
        terms.extend(waits.iter().filter_map(|wait| {
            let reach = Span {
                from: wait.span.from,
                to: window.to,
            };
            lasted(&wait.ward, &wait.subject, what, wait.span, reach)
        }));
    }
    terms
}

/// The time for which a stage was the bottleneck.
pub(super) fn rows(timeline: &Timeline, window: Span, stage: usize) -> Vec<Row> {
    if window.length_ms() < HOUR_MS {
        return Vec::new();
    }
    let waits = waits(timeline, window);
    let ends = waits.iter().flatten().map(|wait| wait.span);
    let mut moments: Vec<i64> = ends.flat_map(|span| [span.from, span.to]).collect();
    moments.extend([window.from, window.to]);
    moments.retain(|at| window.contains(*at) || *at == window.to);
    moments.sort_unstable();
    moments.dedup();
    let mut ms = 0;
    for pair in moments.windows(2) {
        let since = |waits: &Vec<Wait>| active_since(waits, pair[0]);
        let active = waits.iter().map(since).enumerate();
        let oldest = active
            .filter_map(|(place, since)| Some((since?, place)))
            .min();
        if oldest.is_some_and(|(_, place)| place == stage) {
            ms += pair[1] - pair[0];
        }
    }
    vec![(Stat::Value, ms, window.length_ms())]
}

/// Since when somebody has been waiting without a break.
fn active_since(waits: &[Wait], at: i64) -> Option<i64> {
    let there = waits.iter().filter(|wait| wait.span.contains(at));
    let mut since = there.map(|wait| wait.span.from).min()?;
    loop {
        let reaches = |wait: &&Wait| wait.span.from < since && wait.span.to >= since;
        match waits
            .iter()
            .filter(reaches)
            .map(|wait| wait.span.from)
            .min()
        {
            Some(earlier) => since = earlier,
            None => return Some(since),
        }
    }
}

/// Who waited for each stage within the window.
fn waits(timeline: &Timeline, window: Span) -> [Vec<Wait>; 5] {
    let dirty = timeline.beds.iter().flat_map(|bed| {
        let dirty = timeline.awaits_cleaning(bed, window).into_iter();
        dirty.map(|span| Wait {
            ward: bed.key.ward.clone(),
            subject: bed.key.bed.to_string(),
            span,
        })
    });
    [
        timeline.requests.clone(),
        dirty.collect(),
        timeline.departures.clone(),
        timeline.moving.clone(),
        timeline.rooms.clone(),
    ]
    .map(|waits: Vec<Wait>| {
        let reaches = |wait: &Wait| wait.span.overlap_ms(window.from, window.to) > 0;
        waits.into_iter().filter(reaches).collect()
    })
}
