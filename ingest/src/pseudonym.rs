//! Names for patients that only the holder of a key can make: past the doors
//! nothing else stands for a person. The same person has the same name at every
//! door of a tenant, as long as the key stays the same. Pure.

use std::fmt;

use events::id::{PatientId, TenantId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Length of the key, in bytes.
pub const KEY_BYTES: usize = 32;
/// How much of the authentication code makes the name, in bytes: 160 bits.
const NAME_BYTES: usize = 20;

/// Makes pseudonyms with one key.
#[derive(Clone)]
pub struct Pseudonyms(Hmac<Sha256>);

impl Pseudonyms {
    /// With this key, which should be random.
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// The pseudonym of a patient identifier, which is unique within the
    /// authority that assigned it; the authority is "" when not known.
    pub fn of(&self, tenant: &TenantId, authority: &str, identifier: &str) -> PatientId {
        let mut mac = self.0.clone();
        for part in [tenant.as_str(), authority, identifier] {
            // Lengths keep `a|bc` and `ab|c` apart.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let code = mac.finalize().into_bytes();
        let name: String = code[..NAME_BYTES]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        PatientId::new(&name).expect("40 hexadecimal digits are an id")
    }
}

/// Never shows the key.
impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_tenant_authority_and_identifier_all_count() {
        let tenant = TenantId::new("t").unwrap();
        let other = TenantId::new("u").unwrap();
        let of = Pseudonyms::new(&[1; KEY_BYTES]);
        let name = of.of(&tenant, "A", "4711");
        assert_eq!(name, of.of(&tenant, "A", "4711"));
        let others = [
            Pseudonyms::new(&[2; KEY_BYTES]).of(&tenant, "A", "4711"),
            of.of(&other, "A", "4711"),
            of.of(&tenant, "B", "4711"),
            of.of(&tenant, "A", "4712"),
            of.of(&tenant, "A4", "711"),
        ];
        assert!(!others.contains(&name));
        assert!(!name.as_str().contains("4711"));
    }
}
