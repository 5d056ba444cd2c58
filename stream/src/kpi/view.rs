//! What a KPI may look at.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use events::hours::Hours;
use events::id::WardId;
use events::time::{HOUR_MS, Span};
use events::zone::{self, Zone};

use super::integer;
use super::looked::{BedIs, Looked, Sort};
use super::opening::OnTheWall;
use crate::feed::Feeds;
use crate::trace::{Clock, Kind, Reading, WardTraces};

/// What a KPI may look at. It notes what is looked at, so that a number can be
/// explained without a word from its KPI.
pub struct View<'a> {
    /// The wards, with the ids of their staffed beds.
    pub wards: &'a [WardInView<'a>],
    /// The window.
    pub window: Span,
    zone: Option<&'a Zone>,
    /// Of the computation.
    version: u32,
    looked: Cell<Looked>,
}

/// One ward of a view.
pub struct WardInView<'a> {
    /// Which.
    pub ward: &'a WardId,
    /// What is left behind there.
    pub traces: &'a WardTraces,
    /// Its listed beds.
    pub listed: &'a BTreeSet<String>,
    /// Those of them that are staffed.
    pub staffed: &'a BTreeSet<String>,
    /// When those of them are open within the window that are not at all hours, in order.
    pub open: BTreeMap<&'a str, Vec<(i64, i64)>>,
    /// The hours of those.
    pub hours: &'a BTreeMap<String, Hours>,
}

/// When a bed is open that has no hours.
const ALWAYS: &[(i64, i64)] = &[(i64::MIN, i64::MAX)];

impl WardInView<'_> {
    /// What a subject is here, if it is a bed.
    pub fn bed(&self, subject: &str) -> BedIs {
        BedIs {
            listed: self.listed.contains(subject),
            staffed: self.staffed.contains(subject),
        }
    }

    /// The parts of a stretch in which a bed was open.
    pub(crate) fn while_open(
        &self,
        bed: &str,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = (i64, i64)> {
        let open = self.open.get(bed).map_or(ALWAYS, Vec::as_slice).iter();
        let parts = open.map(move |(opens, closes)| (from.max(*opens), to.min(*closes)));
        parts.filter(|(from, to)| from < to)
    }

    /// How many beds are staffed and open at some time of a stretch.
    fn open_beds(&self, Span { from, to }: Span) -> usize {
        let beds = self.open.keys();
        let closed = beds.filter(|bed| self.while_open(bed, from, to).next().is_none());
        self.staffed.len() - closed.count()
    }

    /// Milliseconds of a stretch for which beds are staffed and open, one bed after the other.
    fn open_ms(&self, Span { from, to }: Span) -> i64 {
        let at_all_hours = integer(self.staffed.len() - self.open.len()) * (to - from);
        let beds = self.open.keys();
        let spans = beds.flat_map(|bed| self.while_open(bed, from, to));
        at_all_hours + spans.map(|(from, to)| to - from).sum::<i64>()
    }
}

impl<'a> View<'a> {
    /// A view at which nothing has been looked yet, by a version of the computation, of a
    /// site that lives by the clock of a zone; UTC where none is known.
    pub fn new(
        wards: &'a [WardInView<'a>],
        window: Span,
        zone: Option<&'a Zone>,
        version: u32,
    ) -> Self {
        Self {
            wards,
            window,
            zone,
            version,
            looked: Cell::default(),
        }
    }

    /// The same, of another window.
    pub(super) fn of(&self, window: Span) -> Self {
        Self::new(self.wards, window, self.zone, self.version)
    }

    /// Whether a version of the computation is in force, or a newer one.
    pub(super) const fn knows(&self, version: u32) -> bool {
        self.version >= version
    }

    /// What has been looked at.
    pub fn looked(&self) -> Looked {
        self.looked.get()
    }

    /// What sort of number follows from all that has been looked at, of a window of which
    /// nobody covered these stretches.
    pub(super) fn sort(&self, uncovered: &[(i64, i64)]) -> Sort {
        let Looked {
            intervals,
            of_listed,
            of_staffed,
            whole_of_staffed,
            at_start,
            all_at_start,
            clocks,
            feeds: _,
        } = self.looked();
        let one = |kinds: u64| kinds.count_ones() == 1;
        let lacks: i64 = uncovered.iter().map(|(from, to)| to - from).sum();
        let staffed_lacks = uncovered.iter().map(|part| self.open_ms_of(*part)).sum();
        let looked = [
            (clocks != 0, Sort::Marks),
            (one(intervals), Sort::Time),
            (intervals != 0 && !one(intervals), Sort::Mixed),
            (whole_of_staffed != 0, Sort::Mixed),
            (of_listed != 0, Sort::BedTime(self.listed() * lacks)),
            (of_staffed != 0, Sort::BedTime(staffed_lacks)),
            (at_start != 0, Sort::BedsAtStart(self.open_at_start())),
            (all_at_start != 0, Sort::AtStart),
        ];
        let mut looked = looked.iter().filter(|(has, _)| *has);
        match (looked.next(), looked.next()) {
            (Some((_, only)), None) => *only,
            _ => Sort::Mixed,
        }
    }

    fn look(&self, feeds: Feeds, note: impl FnOnce(&mut Looked)) {
        let mut looked = self.looked.get();
        looked.feeds = looked.feeds.and(feeds);
        note(&mut looked);
        self.looked.set(looked);
    }

    /// Milliseconds of the window for which something was the case, over all subjects.
    pub(super) fn time(&self, kind: Kind) -> i64 {
        self.look(Feeds::of_kind(kind), |looked| {
            looked.intervals |= 1 << kind as u32
        });
        let Span { from, to } = self.window;
        let of_ward = |ward: &WardInView<'_>| -> i64 {
            ward.traces
                .within(kind, from, to)
                .map(|(_, from, to)| to - from)
                .sum()
        };
        self.wards.iter().map(of_ward).sum()
    }

    /// When in the window something was the case with staffed beds that were open then.
    pub(super) fn of_staffed(&self, kind: Kind) -> impl Iterator<Item = (i64, i64)> {
        self.look(Feeds::of_kind(kind), |looked| {
            looked.of_staffed |= 1 << kind as u32
        });
        self.while_staffed(kind)
    }

    /// When in the window something was the case with listed beds.
    pub(super) fn of_listed(&self, kind: Kind) -> impl Iterator<Item = (i64, i64)> {
        self.look(Feeds::of_kind(kind), |looked| {
            looked.of_listed |= 1 << kind as u32
        });
        let Span { from, to } = self.window;
        self.wards.iter().flat_map(move |ward| {
            let intervals = ward.traces.within(kind, from, to);
            intervals
                .filter(|(bed, ..)| ward.listed.contains(*bed))
                .map(|(_, from, to)| (from, to))
        })
    }

    /// With how many staffed beds that were open something was the case when the window started.
    pub(super) fn at_start(&self, kind: Kind) -> i64 {
        self.look(Feeds::of_kind(kind), |looked| {
            looked.at_start |= 1 << kind as u32
        });
        let start = self.window.from;
        let all = self.while_staffed(kind);
        integer(all.filter(|(from, _)| *from == start).count())
    }

    /// Whether the window is an hour or longer: what says little of a minute is not
    /// said of it.
    pub(super) fn is_long(&self) -> bool {
        self.window.length_ms() >= HOUR_MS
    }

    /// From when to when something was the case that was so within the window, not cut
    /// to it.
    pub(super) fn reaching(&self, kind: Kind) -> Vec<(i64, i64)> {
        self.look(Feeds::of_kind(kind), |looked| {
            looked.intervals |= 1 << kind as u32
        });
        let Span { from, to } = self.window;
        let of_ward = |ward: &WardInView<'a>| {
            let reaching = ward.traces.reaching(kind, from, to);
            reaching.map(|(_, from, to)| (from, to))
        };
        self.wards.iter().flat_map(of_ward).collect()
    }

    /// The same of staffed beds: from when to when it was so while they were open.
    pub(super) fn reaching_open(&self, kind: Kind) -> Vec<(i64, i64)> {
        self.look(Feeds::of_kind(kind), |looked| {
            looked.whole_of_staffed |= 1 << kind as u32
        });
        let Span { from, to } = self.window;
        let mut waits = Vec::new();
        for ward in self.wards {
            let reaching = ward.traces.reaching(kind, from, to);
            for (bed, since, until) in reaching.filter(|of| ward.staffed.contains(of.0)) {
                for (opens, closes) in ward.while_open(bed, since, until) {
                    let since_before = opens == from && since < from;
                    let opens = match ward.hours.get(bed) {
                        Some(hours) if since_before => self.opened(hours, since),
                        _ => opens,
                    };
                    waits.push((opens, closes));
                }
            }
        }
        waits
    }

    /// Since when what is open when the window starts has been open without a break, at
    /// most since `since`.
    fn opened(&self, hours: &Hours, since: i64) -> i64 {
        let to = self.window.from;
        let open = OnTheWall::new(self.zone, Span { from: since, to }).open(hours);
        let last = open.last().filter(|(_, closes)| *closes == to);
        last.map_or(to, |(opens, _)| *opens)
    }

    /// Of how many, whatever they are, something was the case when the window started.
    pub(super) fn all_at_start(&self, kind: Kind) -> i64 {
        self.look(Feeds::of_kind(kind), |looked| {
            looked.all_at_start |= 1 << kind as u32
        });
        let at = self.window.from;
        let of_ward = |ward: &WardInView<'_>| ward.traces.within(kind, at, at + 1).count();
        integer(self.wards.iter().map(of_ward).sum())
    }

    /// Of what something was the case when the window started, and on which ward.
    pub(super) fn subjects_at_start(&self, kind: Kind) -> impl Iterator<Item = (&WardId, &str)> {
        self.look(Feeds::of_kind(kind), |looked| {
            looked.all_at_start |= 1 << kind as u32
        });
        let at = self.window.from;
        self.wards.iter().flat_map(move |ward| {
            let there = ward.traces.within(kind, at, at + 1);
            there.map(|(subject, ..)| (ward.ward, subject))
        })
    }

    /// Minutes since midnight by the clock on the site's walls.
    pub(super) fn minute_of_day(&self, at: i64) -> i64 {
        self.zone
            .map_or_else(|| zone::minute_of_day(at), |zone| zone.minute_of_day(at))
    }

    fn while_staffed(&self, kind: Kind) -> impl Iterator<Item = (i64, i64)> {
        let Span { from, to } = self.window;
        self.wards.iter().flat_map(move |ward| {
            let intervals = ward.traces.within(kind, from, to);
            intervals
                .filter(|(bed, ..)| ward.staffed.contains(*bed))
                .flat_map(|(bed, from, to)| ward.while_open(bed, from, to))
        })
    }

    /// How many beds are staffed, whatever their hours.
    pub(super) fn staffed(&self) -> i64 {
        integer(self.wards.iter().map(|ward| ward.staffed.len()).sum())
    }

    /// How many staffed beds are open at some time of the window.
    pub(super) fn open_beds(&self) -> i64 {
        self.open_beds_of(self.window)
    }

    /// How many staffed beds are open when the window starts.
    pub(super) fn open_at_start(&self) -> i64 {
        let from = self.window.from;
        self.open_beds_of(Span { from, to: from + 1 })
    }

    fn open_beds_of(&self, span: Span) -> i64 {
        integer(self.wards.iter().map(|ward| ward.open_beds(span)).sum())
    }

    /// Milliseconds of the window for which beds are staffed and open, over all of them.
    pub(super) fn open_ms(&self) -> i64 {
        self.open_ms_of((self.window.from, self.window.to))
    }

    fn open_ms_of(&self, (from, to): (i64, i64)) -> i64 {
        let of_ward = |ward: &WardInView<'_>| ward.open_ms(Span { from, to });
        self.wards.iter().map(of_ward).sum()
    }

    /// How many beds are listed.
    pub(super) fn listed(&self) -> i64 {
        integer(self.wards.iter().map(|ward| ward.listed.len()).sum())
    }

    /// How often a clock stopped within the window.
    pub(super) fn count(&self, clock: Clock) -> i64 {
        integer(self.readings(clock).count())
    }

    /// What a clock said within the window.
    pub(super) fn readings(&self, clock: Clock) -> impl Iterator<Item = Reading> {
        self.stops(clock).map(|(_, reading)| reading)
    }

    /// When a clock stopped within the window, and what it said.
    pub(super) fn stops(&self, clock: Clock) -> impl Iterator<Item = (i64, Reading)> {
        self.look(Feeds::of_clock(clock), |looked| {
            looked.clocks |= 1 << clock as u32
        });
        let Span { from, to } = self.window;
        self.wards
            .iter()
            .flat_map(move |ward| ward.traces.stops(clock, from, to))
    }
}
