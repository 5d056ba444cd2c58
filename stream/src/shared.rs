//! Something that the fold and a snapshot of it have in common until it changes: a
//! copy of the state is then made in no time, and written down beside the fold.

mod list;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use list::SharedList;

/// A value of which copies cost nothing; whoever changes it while there is another
/// copy changes one of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shared<T>(Arc<T>);

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_stays_as_it_was() {
        let mut value = Shared::from(vec![1]);
        value.push(2);
        let copy = value.clone();
        assert!(Arc::ptr_eq(&value.0, &copy.0), "nothing was copied yet");
        value.push(3);
        assert_eq!((&*value, &*copy), (&vec![1, 2, 3], &vec![1, 2]));
    }
}
