//! Which messages have been heard before. Bounded: of the oldest nothing is
//! remembered, and a repetition of one of them counts as new.

use std::collections::{HashMap, VecDeque};

use events::fact::Receipt;

/// How many messages [`Seen::default`] remembers.
pub const REMEMBERED: usize = 100_000;

/// Whether a message has been heard before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Never.
    New,
    /// Its control id with other content: another message.
    Reused,
    /// Its control id with the same content: the same message.
    Repeated,
}

/// The messages heard last.
#[derive(Clone, Debug)]
pub struct Seen {
    capacity: usize,
    bodies: HashMap<[u8; 32], Vec<[u8; 32]>>,
    oldest_first: VecDeque<([u8; 32], [u8; 32])>,
}

impl Default for Seen {
    fn default() -> Self {
        Self::new(REMEMBERED)
    }
}

impl Seen {
    /// Remembers this many messages, at least one.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            bodies: HashMap::new(),
            oldest_first: VecDeque::new(),
        }
    }

    /// Whether this message has been heard before; from now on it has.
    pub fn hear(&mut self, receipt: &Receipt) -> Heard {
        let bodies = self.bodies.entry(receipt.key).or_default();
        if bodies.contains(&receipt.body) {
            return Heard::Repeated;
        }
        let heard = if bodies.is_empty() {
            Heard::New
        } else {
            Heard::Reused
        };
        bodies.push(receipt.body);
        self.oldest_first.push_back((receipt.key, receipt.body));
        if self.oldest_first.len() > self.capacity {
            self.forget_oldest();
        }
        heard
    }

    fn forget_oldest(&mut self) {
        let Some((key, _)) = self.oldest_first.pop_front() else {
            return;
        };
        if let Some(bodies) = self.bodies.get_mut(&key) {
            // Bodies of one id are in the order in which they came.
            bodies.remove(0);
            if bodies.is_empty() {
                self.bodies.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(key: u8, body: u8) -> Receipt {
        Receipt {
            path: "hl7".to_owned(),
            key: [key; 32],
            body: [body; 32],
        }
    }

    #[test]
    fn an_id_with_other_content_is_another_message() {
        let mut seen = Seen::new(10);
        let heard =
            [(1, 1), (1, 2), (1, 1), (1, 2), (2, 1)].map(|(k, b)| seen.hear(&receipt(k, b)));
        use Heard::{New, Repeated, Reused};
        assert_eq!(heard, [New, Reused, Repeated, Repeated, New]);
    }

    #[test]
    fn the_oldest_are_forgotten_and_take_no_room() {
        let mut seen = Seen::new(2);
        for key in 0..200 {
            assert_eq!(seen.hear(&receipt(key, key)), Heard::New);
        }
        assert_eq!((seen.bodies.len(), seen.oldest_first.len()), (2, 2));
        assert_eq!(seen.hear(&receipt(199, 199)), Heard::Repeated);
        assert_eq!(seen.hear(&receipt(0, 0)), Heard::New);
    }

    #[test]
    fn of_one_id_the_oldest_content_is_forgotten_first() {
        let mut seen = Seen::new(2);
        for body in 1..=3 {
            seen.hear(&receipt(1, body));
        }
        assert_eq!(seen.hear(&receipt(1, 3)), Heard::Repeated);
        assert_eq!(seen.hear(&receipt(1, 1)), Heard::Reused);
    }
}
