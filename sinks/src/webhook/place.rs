//! How far an endpoint has come in a lane: what is kept of it, and what is under way. Pure.
//!
//! ```text
//! offset    0  1  2  3  4  5  6        2 and 4 are under way, the others need nothing or are
//! settled   x  x  .  x  .  x  x  ->    delivered: kept is 2, and what was new before it
//! ```

use std::collections::BTreeMap;

use crate::record::{Item, Seq};

/// A place in a lane, and what was said before it: what is said again by a processor that has
/// started again lies behind it, and is not new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The next record.
    pub offset: u64,
    /// The newest epoch that has ended.
    completed: u64,
    /// The newest output.
    newest: Seq,
}

impl Place {
    /// As it is kept beside the offset.
    pub fn note(&self) -> String {
        let Seq { epoch, index } = self.newest;
        format!("1 {} {epoch} {index}", self.completed)
    }

    /// What was kept; nothing when it is none of ours.
    pub fn read(offset: u64, note: &str) -> Option<Self> {
        let numbers: Option<Vec<u64>> = note.split(' ').map(|n| n.parse().ok()).collect();
        let [1, completed, epoch, index] = numbers?[..] else {
            return None;
        };
        let index = u32::try_from(index).ok()?;
        Some(Self {
            offset,
            completed,
            newest: Seq { epoch, index },
        })
    }

    /// Takes the record at `offset`; gives whether it says something new.
    pub(crate) fn take(&mut self, offset: u64, item: Option<&Item>) -> bool {
        self.offset = offset + 1;
        match item {
            Some(Item::EpochEnd(end)) => {
                self.completed = self.completed.max(end.epoch);
                false
            }
            Some(Item::Folded(folded)) => {
                // All that was said up to there stands before it.
                self.completed = self.completed.max(folded.epoch);
                false
            }
            Some(Item::Output(output)) => {
                let seq = crate::record::seq(output);
                let is_new = seq.epoch > self.completed && seq > self.newest;
                self.newest = self.newest.max(seq);
                is_new
            }
            _ => false,
        }
    }
}

/// A lane of an endpoint.
#[derive(Debug)]
pub(crate) struct Track {
    read: Place,
    /// What is under way, with the place before it.
    under_way: BTreeMap<u64, Place>,
    kept: Place,
    /// Whether something was settled since it was kept.
    is_due: bool,
}

impl Track {
    /// Goes on there.
    pub(crate) fn at(place: Place) -> Self {
        Self {
            read: place,
            under_way: BTreeMap::new(),
            kept: place,
            is_due: false,
        }
    }

    /// Takes the next record; gives whether it says something new.
    pub(crate) fn take(&mut self, offset: u64, item: Option<&Item>) -> bool {
        // Who has come further shares its reader with who has not.
        offset >= self.read.offset && self.read.take(offset, item)
    }

    /// What was read last is about to be delivered; `before` is where it was before it.
    pub(crate) fn begin(&mut self, offset: u64, before: Place) {
        self.under_way.insert(offset, Place { offset, ..before });
    }

    /// Something is delivered, or kept elsewhere.
    pub(crate) fn settle(&mut self, offset: u64) {
        self.under_way.remove(&offset);
        self.is_due = true;
    }

    /// Where it is.
    pub(crate) fn read(&self) -> Place {
        self.read
    }

    /// What is to be kept now, if it is not yet: at once where something was settled, else when
    /// everything is.
    pub(crate) fn kept_next(&mut self, everything: bool) -> Option<Place> {
        let settled = self.under_way.values().next().copied();
        let settled = settled.unwrap_or(self.read);
        if settled == self.kept || !(self.is_due || everything) {
            return None;
        }
        Some(settled)
    }

    /// It was kept.
    pub(crate) fn is_kept(&mut self, place: Place) {
        self.kept = place;
        self.is_due = !self.under_way.is_empty() && self.is_due;
    }
}

#[cfg(test)]
mod tests {
    use events::output::{Alert, EpochEnd, Folded, Output};

    use super::*;

    fn alert(epoch: u64, index: u32) -> Item {
        Item::Output(Output::Alert(Alert {
            epoch,
            index,
            ..Alert::default()
        }))
    }

    /// Offsets that say something new, from a place on.
    fn new(place: &mut Place, items: &[Item]) -> Vec<u64> {
        let from = place.offset;
        let records = (from..).zip(items);
        records
            .filter_map(|(offset, item)| place.take(offset, Some(item)).then_some(offset))
            .collect()
    }

    #[test]
    fn what_is_said_again_is_not_new_whoever_starts_again() {
        let said = [
            alert(5, 0),
            alert(5, 1),
            Item::EpochEnd(EpochEnd::of(5)),
            alert(7, 0),
            alert(5, 0),
            alert(5, 1),
            alert(5, 2),
            Item::EpochEnd(EpochEnd::of(5)),
            alert(7, 0),
            alert(7, 1),
        ];
        let mut whole = Place::default();
        let all = new(&mut whole, &said);
        assert_eq!(all, [0, 1, 3, 9], "5.2 was not there when 5 ended");
        for cut in 0..said.len() {
            let mut place = Place::default();
            let mut found = new(&mut place, &said[..cut]);
            let mut again = Place::read(place.offset, &place.note()).unwrap();
            assert_eq!(again, place);
            found.extend(new(&mut again, &said[cut..]));
            assert_eq!(found, all, "started again at {cut}");
        }
    }

    #[test]
    fn how_far_the_log_is_folded_says_what_is_complete() {
        let folded = Item::Folded(Folded {
            epoch: 9,
            as_of_ms: 1,
        });
        let mut place = Place::default();
        assert_eq!(new(&mut place, &[folded, alert(9, 0), alert(10, 0)]), [2]);
    }

    #[test]
    fn only_what_is_settled_is_kept() {
        let mut track = Track::at(Place::default());
        let takes = |track: &mut Track, offset: u64| {
            let before = track.read();
            assert!(track.take(offset, Some(&alert(offset + 1, 0))));
            track.begin(offset, before);
        };
        (0..4).for_each(|offset| takes(&mut track, offset));
        assert_eq!(track.kept_next(true), None, "nothing is delivered");
        track.settle(1);
        assert_eq!(track.kept_next(false), None, "0 is under way");
        track.settle(0);
        let kept = track.kept_next(false).unwrap();
        assert_eq!(kept, Place::read(2, "1 0 2 0").unwrap());
        track.is_kept(kept);
        track.settle(2);
        track.settle(3);
        let kept = track.kept_next(false).unwrap();
        assert_eq!(kept.offset, 4);
        track.is_kept(kept);
        assert!(!track.take(3, Some(&alert(4, 0))), "it was read before");
        let quiet = Item::EpochEnd(EpochEnd::of(9));
        assert!(!track.take(4, Some(&quiet)));
        assert_eq!(
            track.kept_next(false),
            None,
            "quiet lanes are kept now and then"
        );
        assert_eq!(track.kept_next(true).unwrap().offset, 5);
    }

    #[test]
    fn a_note_of_others_is_none() {
        for note in ["", "2 1 1 1", "1 1", "1 a 1 1", "1 1 1 4294967296"] {
            assert_eq!(Place::read(0, note), None, "{note}");
        }
    }
}
