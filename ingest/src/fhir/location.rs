//! What a Location says of a bed: its operational status, as A20 says it in HL7 v2.

use events::fact::{FactFlags, What};
use serde::Deserialize;

use super::elements::{self, Coding, Common, Identifier, LAST_UPDATED};
use super::fault::{Fault, Issue};
use super::{Draft, Speaker};

/// The elements that are read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Location {
    identifier: Vec<Identifier>,
    operational_status: Option<Coding>,
}

/// Nothing, when it has no operational status, or the bed is said to be occupied: that
/// is for encounters to say, by whom.
pub(super) fn told(
    speaker: &Speaker<'_>,
    common: &Common,
    location: &Location,
) -> Result<Vec<Draft>, Fault> {
    let Some(coding) = &location.operational_status else {
        return Ok(vec![]);
    };
    let path = "operationalStatus.code";
    let code = elements::needed(&coding.code, path)?;
    let Some(status) = speaker.local.bed_status(code) else {
        let detail = "is neither in table 0116 nor in the mapping of this site";
        return Err(Fault::new(Issue::CodeInvalid, path, detail));
    };
    let address = common.id.as_ref().map(|id| format!("Location/{id}"));
    let place = speaker.known(address.as_deref(), &location.identifier, "identifier")?;
    let place = place.ok_or_else(|| Fault::missing("identifier"))?;
    if place.bed.is_none() {
        let detail = "names no bed, and only beds have an operational status here";
        return Err(Fault::new(Issue::Value, "identifier", detail));
    }
    let at = common.needed_last_updated()?;
    let draft = |tap| Draft {
        at,
        when: LAST_UPDATED.to_owned(),
        what: What::Bed {
            place: place.clone(),
            tap,
        },
        flags: FactFlags::default(),
    };
    Ok(status.taps().into_iter().map(draft).collect())
}
