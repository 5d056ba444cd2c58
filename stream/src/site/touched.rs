//! What has to be looked at at the end of an epoch.

use std::collections::{BTreeMap, BTreeSet};

use events::id::WardId;
use events::output::Output;
use events::place::BedKey;
use events::reason::Reason;
use serde::{Deserialize, Serialize};

use super::Entity;
use super::commands::Folded;
use super::sources::Teller;
use crate::life::Key;

/// What came in since the last epoch, and what it touched. Between two epochs
/// only what has to be looked at in the next one is left.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Touched {
    pub(super) entities: BTreeSet<Entity>,
    /// Records that came in, to see whether their life refused them.
    #[serde(skip)]
    pub(super) inserted: Vec<(Entity, Key, Position)>,
    /// What the lives that were folded again refuse.
    #[serde(skip)]
    pub(super) refused: BTreeMap<Entity, Vec<(Key, Reason)>>,
    /// Beds whose view may be another.
    pub(super) beds: BTreeSet<BedKey>,
    /// Beds of which only has been heard.
    pub(super) heard_beds: BTreeSet<BedKey>,
    /// Wards whose view may be another.
    pub(super) wards: BTreeSet<WardId>,
    /// Wards of which only has been heard.
    pub(super) heard_wards: BTreeSet<WardId>,
    /// Wards whose occupancy may be another.
    pub(super) occupancy: BTreeSet<WardId>,
    /// Sources that were heard.
    pub(super) sources: BTreeSet<Teller>,
    /// Commands that were folded.
    #[serde(skip)]
    pub(super) commands: Vec<Folded>,
    /// What the boards show of the whole site may be another.
    pub(super) site: bool,
    /// Configuration is another: everything is judged anew.
    pub(super) everything: bool,
    #[serde(skip)]
    pub(super) outputs: Vec<Output>,
}

impl Touched {
    /// Nobody looks at boards.
    pub(super) fn forget_boards(&mut self) {
        self.beds.clear();
        self.heard_beds.clear();
        self.wards.clear();
        self.heard_wards.clear();
    }
}

/// A record's place in the log, for what is said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) topic: &'static str,
    pub(super) lane: u32,
    pub(super) offset: u64,
}
