//! The table by which three clocks become one believed state. Nobody wins in silence:
//! whoever is not believed stands beside it, and when that lasts it is a conflict.
//!
//! | source of the ward | is believed |
//! |---|---|
//! | `visits`, `both` | ADT; empty while it has said nothing |
//! | `pad` | the sensor; empty while it has said nothing |
//!
//! | of the clocks that have said something | confidence |
//! |---|---|
//! | there is none | `unknown` |
//! | one alone, and it says what is believed | `alone` |
//! | two or three, and all say what is believed | `agreed` |
//! | at least one says otherwise | `disputed`, against it stand those |

use events::control::OccupancySource;

use super::clocks::Clocks;

/// How sure one can be of what is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Nobody has said anything.
    Unknown,
    /// A clock says otherwise.
    Disputed,
    /// One clock says so, and no other says anything.
    Alone,
    /// At least two say so, and none says otherwise.
    Agreed,
}

/// What is believed of a bed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether somebody is in it.
    pub occupied: bool,
    /// How sure that is.
    pub confidence: Confidence,
    /// Whether ADT, staff and the sensor say otherwise.
    pub against: [bool; 3],
}

/// Draws the conclusion from what the clocks say now, for a ward with this source.
pub fn reconcile(source: OccupancySource, clocks: &Clocks) -> Verdict {
    let decides = match source {
        OccupancySource::Pad => clocks.sensor,
        OccupancySource::Visits | OccupancySource::Both => clocks.adt,
    };
    let occupied = decides.is_some_and(|word| word.occupied);
    let all = [clocks.adt, clocks.staff, clocks.sensor];
    let with = all.iter().flatten();
    let with = with.filter(|word| word.occupied == occupied).count();
    let against = all.map(|word| word.is_some_and(|word| word.occupied != occupied));
    let confidence = match (with, against.contains(&true)) {
        (_, true) => Confidence::Disputed,
        (0, _) => Confidence::Unknown,
        (1, _) => Confidence::Alone,
        _ => Confidence::Agreed,
    };
    Verdict {
        occupied,
        confidence,
        against,
    }
}

#[cfg(test)]
mod tests {
    use super::super::clocks::Word;
    use super::*;

    /// What ADT, staff and the sensor say (`o`ccupied, `e`mpty or nothing), and what follows
    /// where visits decide, and where the pad does; against it stand `a`, `s`, `p`.
    #[test]
    fn the_table_row_by_row() {
        use Confidence::{Agreed, Alone, Disputed, Unknown};
        let rows = [
            ("---", (false, Unknown, ""), (false, Unknown, "")),
            ("o--", (true, Alone, ""), (false, Disputed, "a")),
            ("e--", (false, Alone, ""), (false, Alone, "")),
            ("--o", (false, Disputed, "p"), (true, Alone, "")),
            ("-e-", (false, Alone, ""), (false, Alone, "")),
            ("o-o", (true, Agreed, ""), (true, Agreed, "")),
            ("o-e", (true, Disputed, "p"), (false, Disputed, "a")),
            ("oe-", (true, Disputed, "s"), (false, Disputed, "a")),
            ("oee", (true, Disputed, "sp"), (false, Disputed, "a")),
            ("oeo", (true, Disputed, "s"), (true, Disputed, "s")),
            ("eeo", (false, Disputed, "p"), (true, Disputed, "as")),
            ("eee", (false, Agreed, ""), (false, Agreed, "")),
        ];
        for (says, of_visits, of_pad) in rows {
            let word = |place: usize| {
                let said = says.as_bytes()[place];
                let (occupied, since) = (said == b'o', 0);
                (said != b'-').then_some(Word { occupied, since })
            };
            let clocks = Clocks {
                adt: word(0),
                staff: word(1),
                sensor: word(2),
                ..Clocks::default()
            };
            for (source, (occupied, confidence, against)) in [
                (OccupancySource::Visits, of_visits),
                (OccupancySource::Both, of_visits),
                (OccupancySource::Pad, of_pad),
            ] {
                let against = ['a', 's', 'p'].map(|clock| against.contains(clock));
                let expected = Verdict {
                    occupied,
                    confidence,
                    against,
                };
                assert_eq!(reconcile(source, &clocks), expected, "{says} {source:?}");
            }
        }
    }
}
