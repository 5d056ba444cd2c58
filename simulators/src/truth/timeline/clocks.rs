//! What visits, staff and a pad said of one bed, put down after every event, and looked
//! through when all is over.

use events::output::Confidence;
use events::time::Span;

use super::{BedNow, OPEN, THREE_CLOCKS, Versions};

/// How the three stood in the end, and when they were not the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    /// When one of them said otherwise than what was believed.
    pub disputed: Vec<Span>,
    /// When visits said occupied and the pad said empty.
    pub ghost: Vec<Span>,
    /// The part of that in which staff had said nothing.
    pub hidden: Vec<Span>,
}

/// How a bed stood after an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stood {
    pub(super) at: i64,
    /// Whether a visit is in it; nothing while none has ever been.
    pub(super) adt: Option<bool>,
    pub(super) pad: Option<bool>,
    /// Staff did something to the bed just now.
    pub(super) tapped: bool,
    pub(super) believed: bool,
}

/// What each of the three said after one of the events.
fn says(all: &[Stood], place: usize) -> [Option<bool>; 3] {
    let comes = |place: usize| {
        let before = place.checked_sub(1).map(|before| all[before]);
        let (adt, pad) = before.map_or((None, None), |before| (before.adt, before.pad));
        let now = all[place];
        (now.adt == Some(true) && adt != Some(true)) || (now.pad == Some(true) && pad != Some(true))
    };
    // The newest of what staff did, unless somebody has come since.
    let mut newest_first = (0..=place).rev();
    let found = newest_first.find(|place| all[*place].tapped || comes(*place));
    let staff = found.is_some_and(|place| all[place].tapped);
    [all[place].adt, staff.then_some(false), all[place].pad]
}

/// When it was so after one event and after each that followed.
fn spans(all: &[Stood], is_so: impl Fn(usize) -> bool) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut since = None;
    for (place, stood) in all.iter().enumerate() {
        match (since, is_so(place)) {
            (None, true) => since = Some(stood.at),
            (Some(from), false) => {
                let to = stood.at;
                spans.push(Span { from, to });
                since = None;
            }
            _ => {}
        }
    }
    spans.extend(since.map(|from| Span { from, to: OPEN }));
    spans
}

impl Clocks {
    /// Nobody compared them before the version that does.
    pub(super) fn of(all: &[Stood], versions: &Versions) -> Self {
        let said: Vec<[Option<bool>; 3]> = (0..all.len()).map(|place| says(all, place)).collect();
        let spans = |is_so: &dyn Fn(usize) -> bool| {
            let spans = spans(all, is_so).into_iter();
            spans
                .flat_map(|span| versions.within(THREE_CLOCKS, span))
                .collect()
        };
        let ghost = |place: usize| matches!(said[place], [Some(true), _, Some(false)]);
        Self {
            disputed: spans(&|place| {
                let otherwise = |word: &bool| *word != all[place].believed;
                said[place].iter().flatten().any(otherwise)
            }),
            ghost: spans(&ghost),
            hidden: spans(&|place| ghost(place) && said[place][1].is_none()),
        }
    }

    /// How they stand in the end.
    pub(super) fn tell(&self, all: &[Stood], now: &mut BedNow) {
        let Some(last) = all.len().checked_sub(1) else {
            return;
        };
        let words = says(all, last);
        for (clock, word) in words.into_iter().enumerate() {
            let since = spans(all, |place| {
                word.is_some() && says(all, place)[clock] == word
            });
            let since = since.last().filter(|span| span.to == OPEN);
            now.says[clock] = word.zip(since.map(|span| span.from));
        }
        let last_dispute = self.disputed.last();
        now.disputed = last_dispute.filter(|span| span.to == OPEN).map(|s| s.from);
        now.against = words.map(|word| word == Some(!now.occupied));
        let with = words.iter().filter(|word| **word == Some(now.occupied));
        now.confidence = match with.count() {
            _ if now.disputed.is_some() => Confidence::Disputed,
            0 => Confidence::Unknown,
            1 => Confidence::Alone,
            _ => Confidence::Agreed,
        };
    }
}
