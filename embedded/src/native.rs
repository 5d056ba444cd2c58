//! The format Native as clients of the native protocol's revisions read it.
use crate::exception::{Exception, Reason};
/// x
pub(crate) fn with_revision(_plain: &[u8], _revision: u64) -> Result<Vec<u8>, Exception> {
    Err(Exception::refusal(
        Reason::NOT_IMPLEMENTED,
        "client_protocol_version",
    ))
}
