//! Where something is. A bed's key is (tenant, site, ward, bed); the room is an
//! attribute. A place without a bed (a corridor, a chair) is a ward place:
//! counted in the census, never on the bed map.

use serde::{Deserialize, Serialize};

use crate::id::{BedId, RoomId, SiteId, TenantId, WardId};

/// A site of a tenant: what one board, one bed master and one set of rows is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Site {
    /// Whose.
    pub tenant: TenantId,
    /// Which hospital or clinic.
    pub site: SiteId,
}

/// A bed within its site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BedKey {
    /// Its ward.
    pub ward: WardId,
    /// The bed.
    pub bed: BedId,
}

/// A bed or a ward place, within a site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Its ward.
    pub ward: WardId,
    /// Its room, when known.
    pub room: Option<RoomId>,
    /// Its bed; `None` is a ward place.
    pub bed: Option<BedId>,
}

impl Place {
    /// The key of the bed, if this place is one.
    pub fn bed_key(&self) -> Option<BedKey> {
        Some(BedKey {
            ward: self.ward.clone(),
            bed: self.bed.clone()?,
        })
    }
}
