//! A reading counts once. Of each device the last two boots are remembered, and
//! of each boot which of the last 1,024 numbers were seen: unseen ones are
//! accepted in any order.

use serde::{Deserialize, Serialize};

const NUMBERS: u64 = 1_024;
const WORDS: usize = (NUMBERS / 64) as usize;

/// What is to be done with a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not seen before.
    New,
    /// Seen before.
    Duplicate,
    /// Its boot is older than the last two.
    BootTooOld,
    /// Its number is more than 1,024 behind the newest of its boot.
    SeqTooOld,
}

/// What was seen of one device.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    newest: Option<Boot>,
    previous: Option<Boot>,
}

impl Seen {
    /// Judges a reading and remembers it.
    pub fn judge(&mut self, boot: u32, seq: u64) -> Verdict {
        match self.boot(boot) {
            Some(boot) => boot.judge(seq),
            None => Verdict::BootTooOld,
        }
    }

    /// The newest boot that has said something.
    pub fn newest_boot(&self) -> Option<u32> {
        self.newest.as_ref().map(|boot| boot.number)
    }

    fn boot(&mut self, number: u32) -> Option<&mut Boot> {
        let newest = self.newest.as_ref().map(|boot| boot.number);
        let previous = self.previous.as_ref().map(|boot| boot.number);
        if newest.is_none_or(|newest| number > newest) {
            self.previous = self.newest.take();
            self.newest = Some(Boot::new(number));
        } else if newest != Some(number) && previous.is_none_or(|previous| number > previous) {
            self.previous = Some(Boot::new(number));
        }
        [&mut self.newest, &mut self.previous]
            .into_iter()
            .flatten()
            .find(|boot| boot.number == number)
    }
}

/// One boot: the newest number, and a bit for each of the last 1,024 at its
/// place modulo 1,024.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Boot {
    number: u32,
    top: Option<u64>,
    #[serde(with = "unseen")]
    bits: [u64; WORDS],
}

/// Nearly all numbers are seen, and small words are written in few bytes: written down
/// is which are not.
mod unseen {
    use super::{Deserialize, WORDS};
    use serde::{Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        bits: &[u64; WORDS],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bits.map(|word| !word).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u64; WORDS], D::Error> {
        Ok(<[u64; WORDS]>::deserialize(deserializer)?.map(|word| !word))
    }
}

impl Boot {
    fn new(number: u32) -> Self {
        Self {
            number,
            top: None,
            bits: [0; WORDS],
        }
    }

    fn judge(&mut self, seq: u64) -> Verdict {
        match self.top {
            Some(top) if seq <= top => {
                if top - seq >= NUMBERS {
                    return Verdict::SeqTooOld;
                }
                if self.is_set(seq) {
                    return Verdict::Duplicate;
                }
            }
            Some(top) => {
                self.forget(top, seq);
                self.top = Some(seq);
            }
            None => self.top = Some(seq),
        }
        self.set(seq);
        Verdict::New
    }

    /// Clears the places of the numbers between the old top and the new one.
    fn forget(&mut self, top: u64, seq: u64) {
        if seq - top >= NUMBERS {
            self.bits = [0; WORDS];
        } else {
            for skipped in top + 1..=seq {
                let (word, bit) = place(skipped);
                self.bits[word] &= !bit;
            }
        }
    }

    fn is_set(&self, seq: u64) -> bool {
        let (word, bit) = place(seq);
        self.bits[word] & bit != 0
    }

    fn set(&mut self, seq: u64) {
        let (word, bit) = place(seq);
        self.bits[word] |= bit;
    }
}

fn place(seq: u64) -> (usize, u64) {
    let place = seq % NUMBERS;
    ((place / 64) as usize, 1 << (place % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(readings: &[(u32, u64)]) -> Vec<Verdict> {
        let mut seen = Seen::default();
        readings
            .iter()
            .map(|(boot, seq)| seen.judge(*boot, *seq))
            .collect()
    }

    #[test]
    fn unseen_numbers_are_taken_in_any_order() {
        use Verdict::{Duplicate, New};
        assert_eq!(
            verdicts(&[(1, 5), (1, 3), (1, 5), (1, 4), (1, 3), (1, 6)]),
            [New, New, Duplicate, New, Duplicate, New]
        );
    }

    #[test]
    fn the_window_is_1024_numbers_wide() {
        use Verdict::{New, SeqTooOld};
        assert_eq!(
            verdicts(&[(1, 0), (1, 1_024), (1, 0), (1, 1)]),
            [New, New, SeqTooOld, New]
        );
        assert_eq!(verdicts(&[(1, 7), (1, 9_000), (1, 8_999)]), [New, New, New]);
    }

    #[test]
    fn numbers_restart_with_the_boot_and_two_boots_are_kept() {
        use Verdict::{BootTooOld, Duplicate, New};
        assert_eq!(
            verdicts(&[
                (1, 9),
                (2, 0),
                (1, 9),
                (1, 8),
                (3, 0),
                (1, 7),
                (2, 0),
                (2, 1)
            ]),
            [New, New, Duplicate, New, New, BootTooOld, Duplicate, New]
        );
    }

    /// The judge: a plain set of what was seen, with the same bounds.
    #[test]
    fn random_orders_are_judged_as_by_a_plain_set() {
        let mut random = 1_u64;
        let mut seen = Seen::default();
        let mut known = std::collections::BTreeSet::new();
        let mut top = 0;
        for step in 0..50_000_u64 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let seq = (step / 3 + (random >> 33) % 1_500).saturating_sub(1_200);
            let expected = if seq + NUMBERS <= top {
                Verdict::SeqTooOld
            } else if known.insert(seq) {
                Verdict::New
            } else {
                Verdict::Duplicate
            };
            top = top.max(seq);
            assert_eq!(seen.judge(1, seq), expected, "step {step}, number {seq}");
        }
    }
}
