//! `POST /v1/{tenant}/{site}/staff`: shifts begin and end, by ward and role.

use events::fact::What;
use events::id::{RoleId, StaffId, WardId};

use super::fields::{Fault, Fields};

pub(super) const FIELDS: &[&str] = &["member", "ward", "role", "event", "at"];

const EVENTS: &[&str] = &["start", "end"];

pub(super) fn read(fields: &Fields<'_>) -> Result<What, Fault> {
    let on_shift = match fields.text("event")? {
        "start" => true,
        "end" => false,
        _ => return Err(fields.no_event(EVENTS)),
    };
    Ok(What::Staff {
        member: fields.id("member", StaffId::encode)?,
        ward: fields.id("ward", WardId::encode)?,
        role: fields.id("role", RoleId::encode)?,
        on_shift,
    })
}
