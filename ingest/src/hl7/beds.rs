//! What A20 says of a bed: NPU-1 which, NPU-2 its status.

use events::fact::What;
use events::reason::{Reason, Rejected};

use super::message::Spot;
use super::places::{self, Speech};

/// Nothing, when the bed is said to be occupied: that is for ADT to say, by whom.
pub(super) fn told(speech: &Speech<'_, '_>) -> Result<Vec<What>, Rejected> {
    let message = speech.message;
    let Some(npu) = message.segments().find(|segment| segment.name == "NPU") else {
        return Err(Rejected::new(Reason::Hl7NoPlace, "NPU is missing"));
    };
    let place = speech.place(npu, "NPU", 1)?;
    if place.bed.is_none() {
        return Err(places::missing("NPU-1.3"));
    }
    let Some(code) = message.value(npu, Spot("NPU", 2, 1))? else {
        let detail = "NPU-2 is missing";
        return Err(Rejected::new(Reason::FieldMissing, detail));
    };
    let Some(status) = speech.naming.local.bed_status(&code) else {
        let detail = "NPU-2 is neither in table 0116 nor in the mapping of this sender";
        return Err(Rejected::new(Reason::CodeUnknown, detail));
    };
    let tapped = |tap| What::Bed {
        place: place.clone(),
        tap,
    };
    Ok(status.taps().into_iter().map(tapped).collect())
}
