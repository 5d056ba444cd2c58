//! When beds count: minute by minute, by what the clock on the wall shows.

use events::time::{MINUTE_MS, Span};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{BedTimeline, Timeline};

/// The first version that knows the hours of beds.
const OPENING_HOURS: u32 = 4;
/// The first by which a bed that nobody may use waits for no cleaning.
const CLOSED_BEDS: u32 = 5;

impl Timeline {
    /// The same, by the clock of the zone in force at a time.
    pub fn in_zone_of(&self, at: i64) -> Self {
        let in_force = self.zones.iter().rev().find(|(from, _)| *from <= at);
        let zone = in_force.and_then(|(_, zone)| zone.clone());
        Self {
            zones: vec![(i64::MIN, zone)],
            ..self.clone()
        }
    }

    /// When within a window a bed was staffed and open, by the newest version in force.
    pub fn open(&self, bed: &BedTimeline, window: Span) -> Vec<Span> {
        self.open_by(bed, window, window.from)
    }

    /// The same of any span, by the clock of the zone in force at a time.
    fn open_by(&self, bed: &BedTimeline, window: Span, zone_of: i64) -> Vec<Span> {
        if !bed.staffed {
            return Vec::new();
        }
        if bed.hours.is_always() || !self.versions.know(OPENING_HOURS, i64::MAX) {
            return vec![window];
        }
        let zone = self.zone(zone_of);
        let mut open: Vec<Span> = Vec::new();
        let mut from = window.from;
        while from < window.to {
            let to = window.to.min(from - from.rem_euclid(MINUTE_MS) + MINUTE_MS);
            if is_open(bed, &zone, from) {
                match open.last_mut().filter(|last| last.to == from) {
                    Some(last) => last.to = to,
                    None => open.push(Span { from, to }),
                }
            }
            from = to;
        }
        open
    }

    /// Whether dirty beds count only while they are staffed and open.
    pub fn cleans_open_beds_only(&self) -> bool {
        self.versions.know(CLOSED_BEDS, i64::MAX)
    }

    /// When a bed was known to be dirty and that counted, up to the end of a window.
    pub fn awaits_cleaning(&self, bed: &BedTimeline, window: Span) -> Vec<Span> {
        if !self.cleans_open_beds_only() {
            return bed.dirty.clone();
        }
        let within = |span: &Span| Span {
            from: span.from,
            to: span.to.min(window.to),
        };
        let dirty = bed.dirty.iter().filter(|span| span.from < window.to);
        let dirty = dirty.map(within);
        dirty
            .flat_map(|span| self.open_by(bed, span, window.from))
            .collect()
    }

    /// Whether a bed was not closed by its hours at a time, by what was in force then.
    pub fn is_open(&self, bed: &BedTimeline, at: i64) -> bool {
        let counts = bed.staffed && !bed.hours.is_always();
        let counts = counts && self.versions.know(OPENING_HOURS, at);
        !counts || is_open(bed, &self.zone(at), at)
    }

    /// The parts of a span in which a bed was not closed by its hours, as far as anything
    /// is looked at; by what was in force at each time.
    pub fn not_closed(&self, bed: &BedTimeline, span: Span) -> Vec<Span> {
        if !bed.staffed || bed.hours.is_always() {
            return vec![span];
        }
        let versions = self.versions.0.iter().map(|(from, _)| *from);
        let zones = self.zones.iter().map(|(from, _)| *from);
        let changes: Vec<i64> = versions.chain(zones).collect();
        let mut parts: Vec<Span> = Vec::new();
        let (mut from, end) = (span.from, span.to.min(self.end));
        while from < end {
            let minute = from - from.rem_euclid(MINUTE_MS) + MINUTE_MS;
            let next = changes.iter().copied().filter(|at| from < *at);
            let to = next.chain([minute, end]).min().expect("it has an end");
            if self.is_open(bed, from) {
                match parts.last_mut().filter(|last| last.to == from) {
                    Some(last) => last.to = to,
                    None => parts.push(Span { from, to }),
                }
            }
            from = to;
        }
        if let Some(last) = parts.last_mut().filter(|last| last.to == end) {
            last.to = span.to;
        }
        parts
    }

    /// The staffed beds, each with the parts of these spans in which it was open.
    pub fn while_open(
        &self,
        window: Span,
        spans: impl Fn(&BedTimeline) -> Vec<Span>,
    ) -> Vec<(&BedTimeline, Vec<Span>)> {
        let staffed = self.beds.iter().filter(|bed| bed.staffed);
        let cut = |bed| {
            let mut parts = Vec::new();
            for open in self.open(bed, window) {
                for span in spans(bed) {
                    let (from, to) = (span.from.max(open.from), span.to.min(open.to));
                    if from < to {
                        parts.push(Span { from, to });
                    }
                }
            }
            (bed, parts)
        };
        staffed.map(cut).collect()
    }
}

fn is_open(bed: &BedTimeline, zone: &TimeZone, at: i64) -> bool {
    let at = Timestamp::from_millisecond(at).expect("a time of this era");
    let shown = at.to_zoned(zone.clone());
    let day = i32::from(shown.weekday().to_monday_zero_offset());
    let minute = (day * 24 + i32::from(shown.hour())) * 60 + i32::from(shown.minute());
    let mut stretches = bed.hours.stretches().iter();
    stretches.any(|(from, to)| i32::from(*from) <= minute && minute < i32::from(*to))
}
