//! Names of observations whose source gives none: a hash of what makes each the one that
//! it is, so that one that is corrected is found again. Pure.

use events::id::ObservationId;
use sha2::{Digest, Sha256};

/// How much of the hash is the name, in bytes.
const BYTES: usize = 16;

/// The name that is made of these, in this order.
pub(crate) fn made_of(parts: &[&str]) -> ObservationId {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digits: String = hash.finalize()[..BYTES]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    ObservationId::new(&digits).expect("hexadecimal digits fit the alphabet")
}
