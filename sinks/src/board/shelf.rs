//! What a board shows of one kind of thing: what is shown, what will be shown next, and how many
//! there may be. A newer change of the same thing replaces an older one that waits.

use std::collections::BTreeMap;

/// Things by their name.
pub(crate) struct Shelf<K, V> {
    shown: BTreeMap<K, V>,
    /// What each will be; nothing where it is to leave.
    pending: BTreeMap<K, Option<V>>,
    max: usize,
}

impl<K: Ord + Clone, V: Clone> Shelf<K, V> {
    /// Nothing yet, and at most `max` of it at a time.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            shown: BTreeMap::new(),
            pending: BTreeMap::new(),
            max,
        }
    }

    /// What is shown, in the order of names.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &V> {
        self.shown.values()
    }

    /// The names of what is shown or will be.
    pub(crate) fn names(&self) -> impl Iterator<Item = &K> {
        let coming = self.pending.iter().filter(|(_, thing)| thing.is_some());
        self.shown.keys().chain(coming.map(|(name, _)| name))
    }

    /// A thing as it is, or as it will be shown.
    pub(crate) fn newest(&self, name: &K) -> Option<&V> {
        match self.pending.get(name) {
            Some(pending) => pending.as_ref(),
            None => self.shown.get(name),
        }
    }

    /// Takes a thing as it is now. Gives `false`, and leaves it, when it is one too many.
    pub(crate) fn put(&mut self, name: K, thing: V) -> bool {
        if self.newest(&name).is_none() && self.is_full() {
            return false;
        }
        self.pending.insert(name, Some(thing));
        true
    }

    /// Lets every thing go whose name is meant. Gives whether there was any.
    pub(crate) fn take(&mut self, meant: impl Fn(&K) -> bool) -> bool {
        let known = self.shown.keys().chain(self.pending.keys());
        let names: Vec<K> = known.filter(|name| meant(name)).cloned().collect();
        let there = names.iter().any(|name| self.newest(name).is_some());
        self.pending
            .extend(names.into_iter().map(|name| (name, None)));
        there
    }

    /// Shows what waits. Gives what has changed, and the names of what has left.
    pub(crate) fn flush(&mut self) -> (Vec<V>, Vec<K>) {
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        for (name, thing) in std::mem::take(&mut self.pending) {
            if let Some(thing) = thing {
                self.shown.insert(name, thing.clone());
                changed.push(thing);
            } else if self.shown.remove(&name).is_some() {
                gone.push(name);
            }
        }
        (changed, gone)
    }

    fn is_full(&self) -> bool {
        // Cheap while there is room: what waits is mostly known already.
        if self.shown.len() + self.pending.len() < self.max {
            return false;
        }
        let mut count = self.shown.len();
        for (name, thing) in &self.pending {
            match (self.shown.contains_key(name), thing) {
                (false, Some(_)) => count += 1,
                (true, None) => count -= 1,
                _ => {}
            }
        }
        count >= self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_too_many_is_left_and_what_is_known_still_changes() {
        let mut shelf = Shelf::new(2);
        assert!(shelf.put("a", 1));
        assert!(shelf.put("b", 1));
        assert!(!shelf.put("c", 1));
        assert!(shelf.put("a", 2));
        assert_eq!(shelf.flush(), (vec![2, 1], vec![]));
        assert!(!shelf.put("c", 1));
        assert!(shelf.put("b", 3));
        assert_eq!(shelf.flush(), (vec![3], vec![]));
    }

    #[test]
    fn what_leaves_makes_room_at_once() {
        let mut shelf = Shelf::new(1);
        assert!(shelf.put("a", 1));
        shelf.flush();
        assert!(shelf.take(|name| *name == "a"));
        assert!(shelf.put("b", 1));
        assert_eq!(shelf.flush(), (vec![1], vec!["a"]));
        assert_eq!(shelf.shown().count(), 1);
    }

    #[test]
    fn what_nobody_knew_does_not_leave() {
        let mut shelf = Shelf::<&str, i32>::new(1);
        assert!(!shelf.take(|name| *name == "a"));
        assert_eq!(shelf.flush(), (vec![], vec![]));
        // It came and went before anybody was told of it.
        shelf.put("a", 1);
        assert!(shelf.take(|name| *name == "a"));
        assert_eq!(shelf.flush(), (vec![], vec![]));
    }
}
