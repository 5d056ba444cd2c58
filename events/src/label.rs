//! What staff call who lies in a bed: a short text that is no key to anything. It is kept sealed
//! beside the way in, and looked up by whoever shows it to staff: it is never in the log, in a
//! table or in a snapshot.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a visit is called on boards of staff.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The text; empty where nobody is to be named, as the patient wishes.
    pub text: String,
    /// Equal for those of a tenant with the same family name, and for nobody else; empty where
    /// nobody is to be named. It can't be turned back into a name without the key.
    pub alike: String,
}

impl Label {
    /// Of somebody who is not to be named.
    pub const fn hidden() -> Self {
        Self {
            text: String::new(),
            alike: String::new(),
        }
    }

    /// Whether nobody is to be named.
    pub const fn is_hidden(&self) -> bool {
        self.text.is_empty()
    }
}

/// Never shows whose it is.
impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Label")
    }
}
