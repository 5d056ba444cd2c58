//! What was received and not yet acknowledged, in the order of receipt. A
//! ticket is settled when its message is durable; what may be acknowledged is
//! the longest settled prefix, so that an acknowledgement never overtakes an
//! older message. Pure.
//!
//! ```text
//!   acknowledged | settled settled open settled open ...
//!                  ^^^^^^^^^^^^^^^ may be acknowledged now
//! ```

use std::collections::VecDeque;

/// The place of a message in the order of receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// Tickets with what is needed to acknowledge each.
#[derive(Debug)]
pub struct Ledger<A> {
    first: u64,
    entries: VecDeque<(A, bool)>,
    open: usize,
}

impl<A> Default for Ledger<A> {
    fn default() -> Self {
        Self {
            first: 0,
            entries: VecDeque::new(),
            open: 0,
        }
    }
}

impl<A> Ledger<A> {
    /// Notes a message that was received.
    pub fn enter(&mut self, acknowledgement: A) -> Ticket {
        let ticket = Ticket(self.first + self.entries.len() as u64);
        self.entries.push_back((acknowledgement, false));
        self.open += 1;
        ticket
    }

    /// Notes that a message is durable, or needs not be. A second time changes nothing.
    pub fn settle(&mut self, ticket: Ticket) {
        let entry = ticket
            .0
            .checked_sub(self.first)
            .and_then(|index| self.entries.get_mut(usize::try_from(index).ok()?));
        if let Some((_, settled)) = entry
            && !*settled
        {
            *settled = true;
            self.open -= 1;
        }
    }

    /// The next acknowledgement that may be given, oldest first.
    pub fn pop_settled(&mut self) -> Option<A> {
        let (_, settled) = self.entries.front()?;
        if !settled {
            return None;
        }
        self.first += 1;
        self.entries
            .pop_front()
            .map(|(acknowledgement, _)| acknowledgement)
    }

    /// Messages that are not durable yet.
    pub fn open(&self) -> usize {
        self.open
    }

    /// Messages that are not acknowledged yet.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether everything is acknowledged.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(ledger: &mut Ledger<u16>) -> Vec<u16> {
        std::iter::from_fn(|| ledger.pop_settled()).collect()
    }

    #[test]
    fn acknowledgements_are_a_prefix() {
        let mut ledger = Ledger::default();
        let tickets: Vec<Ticket> = (0..4).map(|id| ledger.enter(id)).collect();
        ledger.settle(tickets[1]);
        ledger.settle(tickets[3]);
        assert_eq!(settled(&mut ledger), [0; 0]);
        ledger.settle(tickets[0]);
        assert_eq!(settled(&mut ledger), [0, 1]);
        assert_eq!((ledger.open(), ledger.len()), (1, 2));
        ledger.settle(tickets[2]);
        assert_eq!(settled(&mut ledger), [2, 3]);
        assert!(ledger.is_empty());
    }

    #[test]
    fn settling_twice_or_after_the_acknowledgement_changes_nothing() {
        let mut ledger = Ledger::default();
        let first = ledger.enter(0);
        ledger.settle(first);
        ledger.settle(first);
        assert_eq!(settled(&mut ledger), [0]);
        let second = ledger.enter(1);
        ledger.settle(first);
        assert_eq!(ledger.open(), 1);
        ledger.settle(second);
        assert_eq!(settled(&mut ledger), [1]);
    }
}
