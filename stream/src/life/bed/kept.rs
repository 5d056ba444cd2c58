//! A state that took the place of all that led to it, as the fewest statements from
//! which it follows again. Who lies in the bed is none of them: visits say that.

use events::fact::{BedTap, CleaningPhase};
use events::time::EventTime;

use super::{BedEvent, BedState, Cleanliness};

impl BedState {
    /// What could have been said of the bed for it to be in this state, oldest first. A
    /// time that is no longer known is one just before what followed.
    pub fn statements(&self) -> Vec<(i64, BedEvent)> {
        let mut said = self.of_pad();
        let tap = |at: i64, tap| (at, BedEvent::Tap(tap));
        match self.cleanliness {
            Cleanliness::Unknown => {}
            Cleanliness::Clean(since) => said.push(tap(since, BedTap::Clean)),
            Cleanliness::Dirty(since) => said.extend(self.dirtied(since)),
            Cleanliness::Cleaning { dirty, since } => {
                said.extend(dirty.and_then(|dirty| self.dirtied(dirty)));
                said.push((since, BedEvent::Cleaning(CleaningPhase::Started)));
            }
            Cleanliness::InUse { was_clean, cleaned } => {
                let since = self.occupied_since.filter(|_| was_clean);
                said.extend(since.map(|since| tap(since - 1, BedTap::Clean)));
                said.extend(cleaned.map(|at| tap(at, BedTap::Clean)));
            }
        }
        // Of staff's clock alone: an inspection changes nothing else.
        let inspected = |since| (since, BedEvent::Cleaning(CleaningPhase::Inspected));
        let word = self.clocks.staff.map(|word| word.since);
        let said_then = |since: &i64| {
            let by_staff = |event: &BedEvent| !matches!(event, BedEvent::Pad(_));
            said.iter()
                .any(|(at, event)| at == since && by_staff(event))
        };
        let unsaid = word.filter(|since| !said_then(since)).map(inspected);
        said.extend(unsaid);
        said.extend(self.blocked.as_ref().map(|(reason, since, back)| {
            let (reason, expected_back) = (reason.clone(), back.map(EventTime));
            tap(
                *since,
                BedTap::Blocked {
                    reason,
                    expected_back,
                },
            )
        }));
        said.sort_by_key(|(at, _)| *at);
        said
    }

    /// Nothing where it follows from what the pad said.
    fn dirtied(&self, since: i64) -> Option<(i64, BedEvent)> {
        let tap = (since, BedEvent::Tap(BedTap::Dirty));
        (self.pad_emptied != Some(since)).then_some(tap)
    }

    fn of_pad(&self) -> Vec<(i64, BedEvent)> {
        let pad = |at: i64, occupied| (at, BedEvent::Pad(occupied));
        let emptied = self.pad_emptied;
        let mut said: Vec<_> = emptied
            .into_iter()
            .flat_map(|at| [pad(at - 1, true), pad(at, false)])
            .collect();
        let word = self.clocks.sensor;
        let newer = word.filter(|word| word.occupied || emptied.is_none());
        said.extend(newer.map(|word| pad(word.since, word.occupied)));
        said
    }
}

#[cfg(test)]
mod tests {
    use events::control::OccupancySource;
    use events::id::WardId;

    use super::*;
    use crate::life::bed::{BedSetting, fold};
    use crate::life::{Key, Order};
    use crate::version;

    fn folded(source: OccupancySource, said: &[(i64, BedEvent)]) -> BedState {
        let setting = BedSetting {
            ward: WardId::new("a").unwrap(),
            subject: "b1".into(),
            source,
            version: version::NEWEST,
        };
        let keyed = said.iter().map(|(at, event)| {
            let key: Key = (*at, Order::FIRST);
            (key, event)
        });
        fold(&setting, BedState::default(), keyed).0
    }

    #[test]
    fn a_state_follows_again_from_its_statements() {
        use BedEvent::{Cleaning, Pad, Tap};
        use CleaningPhase::{Done, Started};
        let pad = [(10, Pad(true)), (50, Pad(false))];
        let blocked = BedTap::Blocked {
            reason: "repair".to_owned(),
            expected_back: Some(EventTime(90)),
        };
        let lives: [&[(i64, BedEvent)]; 8] = [
            &[(5, Tap(BedTap::Clean)), (7, Tap(blocked))],
            &[],
            &pad[..1],
            &pad,
            &[pad[0].clone(), pad[1].clone(), (60, Cleaning(Started))],
            &[
                pad[0].clone(),
                pad[1].clone(),
                (60, Cleaning(Started)),
                (70, Cleaning(Done)),
            ],
            &[(5, Tap(BedTap::Clean)), (10, Pad(true))],
            &[(5, Tap(BedTap::Dirty)), (8, Tap(BedTap::Clean))],
        ];
        for said in lives {
            let state = folded(OccupancySource::Pad, said);
            let again = folded(OccupancySource::Pad, &state.statements());
            assert_eq!(again, state, "{said:?}");
        }
    }
}
