//! Which windows are closed, which were changed since, and in which revision
//! each was last said. A window's rows are one block: when one of them changes,
//! all are said again, so that the newest revision is always whole.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use events::id::WardId;
use events::time::{Resolution, Span};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

use crate::kpi::Row;
use crate::shared::Shared;

/// A ward, or (absent) the whole site.
pub type Scope = Option<WardId>;

/// The rows of one window of one scope: which KPI, and the row.
pub type Block = Vec<(usize, Row)>;

/// The closed windows of a site within the horizon.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Windows {
    /// Windows that start before are not said, or not said again. Absent until
    /// the site has begun.
    began: Option<i64>,
    /// End of the newest closed window, by resolution.
    closed: BTreeMap<Resolution, i64>,
    /// What was last said.
    said: BTreeMap<(Scope, Resolution), Shared<Said>>,
    /// Windows to be measured again.
    changed: BTreeSet<(Scope, Resolution, i64)>,
}

/// Fingerprint and revision of each window, from `first` on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Said {
    first: i64,
    blocks: VecDeque<Option<(u64, u32)>>,
}

impl Windows {
    /// Begins with the windows that start at `at` or later and are no shorter than
    /// `shortest`. Later calls do nothing.
    pub fn begin(&mut self, at: i64, shortest: Resolution) {
        if self.began.is_some() {
            return;
        }
        self.began = Some(at);
        for resolution in Resolution::ALL.into_iter().filter(|long| *long >= shortest) {
            let window = resolution.window(at);
            let first = if window.from == at { at } else { window.to };
            self.closed.insert(resolution, first);
        }
    }

    /// When the next window can close, as a watermark.
    pub fn due(&self) -> Option<i64> {
        self.closed
            .iter()
            .map(|(resolution, end)| end + resolution.ms())
            .min()
    }

    /// Takes the windows that the watermark has passed, oldest first.
    pub fn close(&mut self, watermark: i64) -> Vec<(Resolution, Span)> {
        let mut closed = Vec::new();
        for (resolution, end) in &mut self.closed {
            while *end + resolution.ms() <= watermark {
                closed.push((*resolution, resolution.window(*end)));
                *end += resolution.ms();
            }
        }
        closed.sort_by_key(|(resolution, window)| (window.to, *resolution));
        closed
    }

    /// Notes that something changed on a ward in `[from, to)`.
    pub fn touch(&mut self, ward: &WardId, from: i64, to: i64) {
        let Some(began) = self.began else {
            return;
        };
        for (resolution, closed) in &self.closed {
            let mut window = resolution.window(from.max(began));
            if window.from < began {
                window = resolution.window(window.to);
            }
            while window.from < to && window.to <= *closed {
                for scope in [Some(ward.clone()), None] {
                    self.changed.insert((scope, *resolution, window.from));
                }
                window = resolution.window(window.to);
            }
        }
    }

    /// Takes the closed windows that were touched, for the given wards and the site.
    pub fn take_changed(&mut self) -> BTreeSet<(Scope, Resolution, i64)> {
        std::mem::take(&mut self.changed)
    }

    /// The revision in which to say a block; nothing when it says what was said.
    pub fn revise(
        &mut self,
        scope: &Scope,
        resolution: Resolution,
        from: i64,
        block: &Block,
    ) -> Option<u32> {
        let said = self.said.entry((scope.clone(), resolution)).or_default();
        if said.blocks.is_empty() {
            said.first = from;
        }
        let place = usize::try_from((from - said.first).div_euclid(resolution.ms())).ok()?;
        while said.blocks.len() <= place {
            said.blocks.push_back(None);
        }
        let fingerprint = fingerprint(block);
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
            while said.first + resolution.ms() <= edge && said.blocks.pop_front().is_some() {
                said.first += resolution.ms();
            }
        }
        self.changed.retain(|(_, _, from)| *from >= edge);
        if let Some(began) = &mut self.began {
            *began = (*began).max(edge);
        }
    }
}

/// The same block has the same fingerprint in every run of every build: it is part
/// of snapshots.
fn fingerprint(block: &Block) -> u64 {
    let bytes = postcard::to_allocvec(block).expect("rows are numbers");
    XxHash3_64::oneshot(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::output::Stat;

    fn block(numerator: i64) -> Block {
        vec![(
            0,
            Row {
                stat: Stat::Value,
                numerator,
                denominator: 1,
            },
        )]
    }

    #[test]
    fn windows_close_when_the_watermark_has_passed_their_end() {
        let mut windows = Windows::default();
        windows.begin(30_000, Resolution::Minute);
        assert_eq!(windows.close(119_999), []);
        let closed = windows.close(180_000);
        assert_eq!(closed.len(), 2);
        assert_eq!(
            closed[0].1,
            Span {
                from: 60_000,
                to: 120_000
            }
        );
        assert_eq!(windows.close(180_000), []);
    }

    #[test]
    fn shorter_windows_than_wanted_are_not_said() {
        let mut windows = Windows::default();
        windows.begin(0, Resolution::Hour);
        let closed = windows.close(7_200_000);
        let resolutions: Vec<Resolution> = closed.iter().map(|(of, _)| *of).collect();
        assert_eq!(resolutions, [Resolution::Hour, Resolution::Hour]);
    }

    #[test]
    fn a_window_that_began_before_the_site_or_the_edge_is_not_said() {
        let ward = WardId::new("a").unwrap();
        let mut windows = Windows::default();
        windows.begin(30_000, Resolution::Minute);
        windows.close(240_000);
        windows.touch(&ward, 31_000, 59_000);
        assert_eq!(windows.take_changed().len(), 0);
        windows.forget(90_000);
        windows.touch(&ward, 61_000, 130_000);
        let touched: BTreeSet<i64> = windows.take_changed().iter().map(|w| w.2).collect();
        assert_eq!(touched, BTreeSet::from([120_000]));
    }

    #[test]
    fn only_closed_windows_are_touched_and_only_changes_are_said() {
        let ward = WardId::new("a").unwrap();
        let mut windows = Windows::default();
        windows.begin(0, Resolution::Minute);
        windows.close(120_000);
        windows.touch(&ward, 70_000, i64::MAX);
        let changed = windows.take_changed();
        assert_eq!(
            changed.len(),
            2,
            "the ward's and the site's second minute: {changed:?}"
        );
        let scope = Some(ward);
        assert_eq!(
            windows.revise(&scope, Resolution::Minute, 0, &block(1)),
            Some(0)
        );
        assert_eq!(
            windows.revise(&scope, Resolution::Minute, 0, &block(1)),
            None
        );
        assert_eq!(
            windows.revise(&scope, Resolution::Minute, 0, &block(2)),
            Some(1)
        );
    }
}
