//! Which windows are closed, which were changed since, and in which revision
//! each was last said. A window's rows are one block: when one of them changes,
//! all are said again, so that the newest revision is always whole.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use events::id::WardId;
use events::time::{Resolution, Window};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

use crate::kpi::Row;
use crate::kpi::cover::Cover;
use crate::master::Master;
use crate::shared::Shared;

/// A ward, or (absent) the whole site.
pub type Scope = Option<WardId>;

/// The rows of one window of one scope: which KPI, the row, and how well it is covered,
/// where the version in force says so.
pub type Block = Vec<(usize, Row, Option<Cover>)>;

/// The closed windows of a site within the horizon.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Windows {
    /// Windows that start before are not said, or not said again. Absent until
    /// the site has begun.
    began: Option<i64>,
    /// The next to close, by resolution.
    open: BTreeMap<Resolution, Window>,
    /// What was last said.
    said: BTreeMap<(Scope, Resolution), Shared<Said>>,
    /// Windows to be measured again.
    changed: BTreeSet<(Scope, Resolution, Window)>,
}

/// Fingerprint and revision of each window, from number `first` on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Said {
    first: i64,
    blocks: VecDeque<Option<(u64, u32)>>,
}

impl Windows {
    /// Begins with the windows that start at `at` or later and are no shorter than
    /// `shortest`. Later calls do nothing.
    pub fn begin(&mut self, at: i64, shortest: Resolution, master: &Master) {
        if self.began.is_some() {
            return;
        }
        self.began = Some(at);
        for resolution in Resolution::ALL.into_iter().filter(|long| *long >= shortest) {
            let window = master.window(resolution, at);
            let first = match window.span.from == at {
                true => window,
                false => master.window(resolution, window.span.to),
            };
            self.open.insert(resolution, first);
        }
    }

    /// When the next window can close, as a watermark.
    pub fn due(&self) -> Option<i64> {
        self.open.values().map(|window| window.span.to).min()
    }

    /// Takes the windows that the watermark has passed, oldest first.
    pub fn close(&mut self, watermark: i64, master: &Master) -> Vec<(Resolution, Window)> {
        let mut closed = Vec::new();
        let began = self.began.unwrap_or(i64::MAX);
        for (resolution, open) in &mut self.open {
            while open.span.to <= watermark {
                // Of one that is longer than the horizon the beginning is forgotten; a week
                // follows from its days.
                let is_whole = began <= open.span.from || *resolution == Resolution::Week;
                closed.extend(is_whole.then_some((*resolution, *open)));
                *open = master.window(*resolution, open.span.to);
            }
        }
        closed.sort_by_key(|(resolution, window)| (window.span.to, *resolution));
        closed
    }

    /// The closed week that a day lies in.
    pub fn closed_week(&self, day: Window, master: &Master) -> Option<Window> {
        let week = master.window(Resolution::Week, day.span.from);
        let open = self.open.get(&Resolution::Week)?;
        (week.span.to <= open.span.from).then_some(week)
    }

    /// Notes that something changed on a ward in `[from, to)`. Weeks follow from their days.
    pub fn touch(&mut self, ward: &WardId, from: i64, to: i64, master: &Master) {
        let Some(began) = self.began else {
            return;
        };
        // Most of what happens happens in windows that are open.
        let is_closed = |open: &&Window| from < open.span.from;
        let closed = self.open.iter().filter(|(_, open)| is_closed(open));
        let closed = closed.filter(|(resolution, _)| **resolution != Resolution::Week);
        for (resolution, open) in closed {
            let mut window = master.window(*resolution, from.max(began));
            if window.span.from < began {
                window = master.window(*resolution, window.span.to);
            }
            while window.span.from < to && window.span.to < open.span.to {
                for scope in [Some(ward.clone()), None] {
                    self.changed.insert((scope, *resolution, window));
                }
                window = master.window(*resolution, window.span.to);
            }
        }
    }

    /// Takes the closed windows that were touched, for the given wards and the site.
    pub fn take_changed(&mut self) -> BTreeSet<(Scope, Resolution, Window)> {
        std::mem::take(&mut self.changed)
    }

    /// The revision in which to say a block; nothing when it says what was said.
    pub fn revise(
        &mut self,
        scope: &Scope,
        resolution: Resolution,
        window: Window,
        block: &Block,
    ) -> Option<u32> {
        let Window { number, span } = window;
        let said = self.said.entry((scope.clone(), resolution)).or_default();
        if said.blocks.is_empty() {
            said.first = number;
        }
        let place = usize::try_from(number - said.first).ok()?;
        while said.blocks.len() <= place {
            said.blocks.push_back(None);
        }
        let fingerprint = fingerprint(span.from, block);
        let revision = match said.blocks[place] {
            Some((before, _)) if before == fingerprint => return None,
            Some((_, revision)) => revision + 1,
            None => 0,
        };
        said.blocks[place] = Some((fingerprint, revision));
        Some(revision)
    }

    /// Lets go of windows that start before `edge`: what was counted in them is
    /// no longer whole.
    pub fn forget(&mut self, edge: i64) {
        for ((_, resolution), said) in &mut self.said {
            // No zone is a whole day away from UTC.
            let is_over = |number: i64| (number + 2) * resolution.ms() <= edge;
            while is_over(said.first) && said.blocks.pop_front().is_some() {
                said.first += 1;
            }
        }
        self.changed.retain(|(.., window)| window.span.from >= edge);
        if let Some(began) = &mut self.began {
            *began = (*began).max(edge);
        }
    }
}

/// The same block has the same fingerprint in every run of every build: it is part
/// of snapshots.
fn fingerprint(from: i64, block: &Block) -> u64 {
    // Another zone has another day of the same date.
    let bytes = postcard::to_allocvec(&(from, block)).expect("rows are numbers");
    XxHash3_64::oneshot(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::control::BedMaster;
    use events::output::Stat;
    use events::time::{DAY_MS, EventTime, HOUR_MS, Span};
    use events::zone::Zone;

    fn block(numerator: i64) -> Block {
        vec![(
            0,
            Row {
                stat: Stat::Value,
                numerator,
                denominator: 1,
            },
            None,
        )]
    }

    #[test]
    fn windows_close_when_the_watermark_has_passed_their_end() {
        let mut windows = Windows::default();
        windows.begin(30_000, Resolution::Minute, &Master::default());
        assert_eq!(windows.close(119_999, &Master::default()), []);
        let closed = windows.close(180_000, &Master::default());
        assert_eq!(closed.len(), 2);
        assert_eq!(
            closed[0].1.span,
            Span {
                from: 60_000,
                to: 120_000
            }
        );
        assert_eq!(windows.close(180_000, &Master::default()), []);
    }

    #[test]
    fn shorter_windows_than_wanted_are_not_said() {
        let mut windows = Windows::default();
        windows.begin(0, Resolution::Hour, &Master::default());
        let closed = windows.close(2 * HOUR_MS, &Master::default());
        let resolutions: Vec<Resolution> = closed.iter().map(|(of, _)| *of).collect();
        assert_eq!(resolutions, [Resolution::Hour, Resolution::Hour]);
    }

    #[test]
    fn a_window_that_began_before_the_site_or_the_edge_is_not_said() {
        let ward = WardId::new("a").unwrap();
        let mut windows = Windows::default();
        windows.begin(30_000, Resolution::Minute, &Master::default());
        windows.close(240_000, &Master::default());
        windows.touch(&ward, 31_000, 59_000, &Master::default());
        assert_eq!(windows.take_changed().len(), 0);
        windows.forget(90_000);
        windows.touch(&ward, 61_000, 130_000, &Master::default());
        let touched: BTreeSet<i64> = windows
            .take_changed()
            .iter()
            .map(|w| w.2.span.from)
            .collect();
        assert_eq!(touched, BTreeSet::from([120_000]));
    }

    #[test]
    fn only_closed_windows_are_touched_and_only_changes_are_said() {
        let ward = WardId::new("a").unwrap();
        let mut windows = Windows::default();
        windows.begin(0, Resolution::Minute, &Master::default());
        windows.close(120_000, &Master::default());
        windows.touch(&ward, 70_000, i64::MAX, &Master::default());
        let changed = windows.take_changed();
        assert_eq!(
            changed.len(),
            2,
            "the ward's and the site's second minute: {changed:?}"
        );
        let scope = Some(ward);
        let first = Resolution::Minute.window(0, None);
        assert_eq!(
            windows.revise(&scope, Resolution::Minute, first, &block(1)),
            Some(0)
        );
        assert_eq!(
            windows.revise(&scope, Resolution::Minute, first, &block(1)),
            None
        );
        assert_eq!(
            windows.revise(&scope, Resolution::Minute, first, &block(2)),
            Some(1)
        );
    }

    /// Where the clock is put back an hour in the night to the 25th of October.
    fn berlin() -> Master {
        let mut master = Master::default();
        let time_zone = Some("Europe/Berlin".to_owned());
        let wards = Vec::new();
        master.set(
            0,
            BedMaster {
                label: None,
                time_zone,
                wards,
            },
        );
        master
    }

    #[test]
    fn days_close_at_midnight_of_the_zone_and_are_corrected_by_their_date() {
        let ward = WardId::new("a").unwrap();
        let at = |text: &str| EventTime::parse(text).unwrap().0;
        let mut windows = Windows::default();
        windows.begin(at("2026-10-23T22:00:00Z"), Resolution::Day, &berlin());
        let midnights = [
            at("2026-10-24T22:00:00Z"),
            at("2026-10-25T23:00:00Z"),
            at("2026-10-26T23:00:00Z"),
        ];
        for midnight in midnights {
            assert_eq!(windows.due(), Some(midnight));
            assert_eq!(windows.close(midnight - 1, &berlin()), []);
            let closed = windows.close(midnight, &berlin());
            assert_eq!(closed.len(), 1);
            assert_eq!(closed[0].1.span.to, midnight);
            let said = windows.revise(&None, Resolution::Day, closed[0].1, &block(1));
            assert_eq!(said, Some(0));
        }
        // Twice the same hour of the day of 25 hours: one window.
        windows.touch(
            &ward,
            midnights[0] + 2 * HOUR_MS,
            midnights[0] + 4 * HOUR_MS,
            &berlin(),
        );
        let changed = windows.take_changed();
        assert_eq!(changed.len(), 2);
        let window = changed.first().unwrap().2;
        assert_eq!(window.span.from, midnights[0]);
        assert_eq!(window.span.length_ms(), DAY_MS + HOUR_MS);
        let again = windows.revise(&None, Resolution::Day, window, &block(2));
        assert_eq!(again, Some(1));
    }

    #[test]
    fn a_window_whose_beginning_is_forgotten_is_not_said() {
        let mut windows = Windows::default();
        windows.begin(0, Resolution::Hour, &Master::default());
        windows.forget(20 * HOUR_MS);
        let closed = windows.close(2 * DAY_MS, &Master::default());
        let is_day = |(resolution, _): &&(Resolution, Window)| *resolution == Resolution::Day;
        let days: Vec<i64> = closed
            .iter()
            .filter(is_day)
            .map(|(_, day)| day.span.from)
            .collect();
        assert_eq!(days, [DAY_MS]);
        let first = closed.first().unwrap().1.span.from;
        assert_eq!(first, 20 * HOUR_MS);
    }

    #[test]
    fn a_day_of_another_zone_is_another_day_of_the_same_date() {
        let mut windows = Windows::default();
        let at = 20_000 * DAY_MS + 20 * HOUR_MS;
        let new_york = Zone::named("America/New_York").unwrap();
        let (utc, local) = (
            Resolution::Day.window(at, None),
            Resolution::Day.window(at, Some(&new_york)),
        );
        assert_eq!(utc.number, local.number);
        assert_eq!(
            windows.revise(&None, Resolution::Day, utc, &block(0)),
            Some(0)
        );
        assert_eq!(
            windows.revise(&None, Resolution::Day, local, &block(0)),
            Some(1)
        );
    }
}
