//! A list of which a copy costs next to nothing, however long it is: it is kept in
//! blocks, and a block is copied when something in it changes while there is another
//! copy of the list.

use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Shared;

/// Items of a block: few, because whoever changes one may have to copy all; many,
/// because a copy of the list counts each block.
const BLOCK: usize = 32;

/// A list that only grows. It is written down as if it were a `Vec`.
#[derive(Clone, Debug)]
pub(crate) struct SharedList<T> {
    /// All but the last are full.
    blocks: Vec<Shared<Vec<T>>>,
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T> SharedList<T> {
    /// How many items it has.
    pub(crate) fn len(&self) -> usize {
        let full = self.blocks.len().saturating_sub(1) * BLOCK;
        full + self.blocks.last().map_or(0, |block| block.len())
    }

    /// The item at `index`, if there is one.
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.blocks.get(index / BLOCK)?.get(index % BLOCK)
    }

    /// All items, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.blocks.iter().flat_map(|block| block.iter())
    }
}

impl<T: Clone> SharedList<T> {
    /// The item at `index`, to be changed: its block is copied first if another copy
    /// of the list has it, too.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.blocks.get_mut(index / BLOCK)?.get_mut(index % BLOCK)
    }

    /// All items, in order, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.blocks.iter_mut().flat_map(|block| block.iter_mut())
    }

    /// Adds an item at the end.
    pub(crate) fn push(&mut self, item: T) {
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(item),
            _ => self.blocks.push(vec![item].into()),
        }
    }
}

impl<T: Serialize> Serialize for SharedList<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut items = serializer.serialize_seq(Some(self.len()))?;
        for item in self.iter() {
            items.serialize_element(item)?;
        }
        items.end()
    }
}

impl<'de, T: Clone + Deserialize<'de>> Deserialize<'de> for SharedList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items(PhantomData))
    }
}

struct Items<T>(PhantomData<T>);

impl<'de, T: Clone + Deserialize<'de>> Visitor<'de> for Items<T> {
    type Value = SharedList<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = SharedList::default();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: usize) -> SharedList<usize> {
        let mut list = SharedList::default();
        (0..items).for_each(|item| list.push(item));
        list
    }

    #[test]
    fn it_is_a_list_like_any_other() {
        for items in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK] {
            let mut list = list(items);
            let plain: Vec<usize> = (0..items).collect();
            assert_eq!(list.len(), items);
            assert_eq!(list.iter().copied().collect::<Vec<_>>(), plain);
            assert_eq!(list.get(items), None);
            assert_eq!(list.get_mut(items), None);
            let bytes = postcard::to_allocvec(&list).unwrap();
            assert_eq!(bytes, postcard::to_allocvec(&plain).unwrap());
            let read: SharedList<usize> = postcard::from_bytes(&bytes).unwrap();
            assert!(read.iter().eq(&plain));
        }
    }

    #[test]
    fn a_copy_stays_as_it_was_and_shares_what_did_not_change() {
        let mut list = list(3 * BLOCK + 1);
        let copy = list.clone();
        *list.get_mut(BLOCK + 3).unwrap() = 7_000;
        list.push(8_000);
        assert!(copy.iter().copied().eq(0..3 * BLOCK + 1));
        assert_eq!(list.get(BLOCK + 3), Some(&7_000));
        assert_eq!(list.get(3 * BLOCK + 1), Some(&8_000));
        let same = |index: usize| std::ptr::eq(&list.blocks[index][0], &copy.blocks[index][0]);
        assert_eq!([0, 1, 2, 3].map(same), [true, false, true, false]);
    }
}
