//! What everybody may see: how full wards are. Small counts are rounded, and there are only
//! counts that don't add up to others: a small one can't be found by subtraction.

use events::output::WardView;
use serde::{Serialize, Serializer};

use super::view::Parts;
use super::{Contents, SiteNames};

/// Below this nobody is counted.
const SMALL: u32 = 5;

#[derive(Serialize)]
pub(super) struct Public<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteNames<'a>>,
    wards: Vec<Ward<'a>>,
}

impl<'a> Contents<'a> for Public<'a> {
    fn new(parts: &Parts<'a>) -> Self {
        Self {
            site: parts.names(),
            wards: parts.wards.iter().copied().map(Ward::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct Ward<'a> {
    ward: &'a str,
    label: &'a str,
    physical: Rounded,
    occupied: Rounded,
    free: Rounded,
    heard_ms: i64,
}

impl<'a> Ward<'a> {
    fn new(ward: &'a WardView) -> Self {
        Self {
            ward: &ward.ward,
            label: &ward.label,
            physical: Rounded(ward.physical),
            occupied: Rounded(ward.occupied),
            free: Rounded(ward.free),
            heard_ms: ward.heard_ms,
        }
    }
}

/// A count; `"<5"` from 1 to 4.
struct Rounded(u32);

impl Serialize for Rounded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if (1..SMALL).contains(&self.0) {
            serializer.serialize_str("<5")
        } else {
            serializer.serialize_u32(self.0)
        }
    }
}
