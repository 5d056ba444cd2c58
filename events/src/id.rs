//! Checked names. An id is 1 to 64 of `A-Za-z0-9_-`, so that it can stand in a
//! topic, a key, a path and a file name. Names outside that alphabet are
//! encoded reversibly: each byte that does not fit becomes `_xHH`, and so does
//! the `_` of a name that looks like such an escape. [`label`] gives the
//! original back, so no table of labels is needed.

use serde::{Deserialize, Serialize};

use std::fmt;
use std::sync::Arc;

/// Longest id, in bytes.
pub const LENGTH_MAX: usize = 64;

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text was empty.
    #[error("is empty")]
    Empty,
    /// The text, or its encoding, exceeds [`LENGTH_MAX`].
    #[error("is longer than {LENGTH_MAX} characters")]
    TooLong,
    /// A character outside `A-Za-z0-9_-`.
    #[error("has a character outside A-Za-z0-9_-")]
    Alphabet,
}

/// Whether `text` is an id as it stands.
pub fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > LENGTH_MAX {
        return Err(IdError::TooLong);
    }
    if text.bytes().all(fits) {
        Ok(())
    } else {
        Err(IdError::Alphabet)
    }
}

/// An id for any name: the name itself when it fits, else its encoding.
///
/// # Errors
/// The name is empty, or its encoding too long.
pub fn encode(name: &str) -> Result<String, IdError> {
    let bytes = name.as_bytes();
    let mut id = String::with_capacity(bytes.len());
    for (i, &byte) in bytes.iter().enumerate() {
        let looks_like_escape = byte == b'_' && bytes.get(i + 1) == Some(&b'x');
        if fits(byte) && !looks_like_escape {
            id.push(char::from(byte));
        } else {
            id.push_str(&format!("_x{byte:02X}"));
        }
    }
    check(&id).map(|()| id)
}

/// The name that [`encode`] was given. A text that is no encoding is its own label.
pub fn label(id: &str) -> String {
    let bytes = id.as_bytes();
    let mut name = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match escape_at(&bytes[at..]) {
            Some(byte) => {
                name.push(byte);
                at += 4;
            }
            None => {
                name.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(name).unwrap_or_else(|_| id.to_owned())
}

fn fits(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn escape_at(bytes: &[u8]) -> Option<u8> {
    let digits = bytes.strip_prefix(b"_x")?.get(..2)?;
    let digits = std::str::from_utf8(digits).ok()?;
    digits
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
        .then(|| u8::from_str_radix(digits, 16).ok())?
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes an id that already fits the alphabet.
            ///
            /// # Errors
            /// Says what does not fit.
            pub fn new(text: &str) -> Result<Self, IdError> {
                check(text)?;
                Ok(Self(text.into()))
            }

            /// Takes any name, encoding what does not fit the alphabet.
            ///
            /// # Errors
            /// The name is empty or too long.
            pub fn encode(name: &str) -> Result<Self, IdError> {
                Ok(Self(encode(name)?.into()))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The name that people know it by.
            pub fn label(&self) -> String {
                label(&self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A customer: one practice or one hospital group. Tenants never see each other.
    TenantId,
    /// A hospital or clinic of a tenant.
    SiteId,
    /// A ward or department of a site; a clinic counts as one.
    WardId,
    /// A room; `-` when unknown. An attribute of a bed, never part of its key.
    RoomId,
    /// A bed, unique within its ward.
    BedId,
    /// A sensor or a piece of equipment, unique within its site.
    DeviceId,
    /// A stay of a patient, from request to discharge.
    VisitId,
    /// A patient's keyed pseudonym; past the door nothing else stands for a person.
    PatientId,
    /// An appointment of a clinic.
    AppointmentId,
    /// A stretch of a clinic's time that can be booked.
    SlotId,
    /// An observation of a vital sign; one that is corrected keeps its name.
    ObservationId,
    /// The code of a vital sign, with its system: see [`crate::vital`].
    CodeId,
    /// A practitioner's or staff member's pseudonym.
    StaffId,
    /// A role on a shift, such as `nurse` or `cleaner`.
    RoleId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_from_their_encoding() {
        for name in [
            "ED-H13", "Bed 9", "Küche", "a_b", "a_x41", "_x", "x/y", "_x_x20",
        ] {
            let id = encode(name).unwrap();
            check(&id).unwrap();
            assert_eq!(label(&id), name, "encoded as {id}");
        }
        assert_eq!(encode("Bed 9").unwrap(), "Bed_x209");
        assert_eq!(encode("ED-H13").unwrap(), "ED-H13");
    }

    #[test]
    fn different_names_never_share_an_id() {
        assert_ne!(encode("a b").unwrap(), encode("a_x20b").unwrap());
    }

    #[test]
    fn what_is_no_id_is_refused_by_name() {
        assert_eq!(check(""), Err(IdError::Empty));
        assert_eq!(check(&"a".repeat(65)), Err(IdError::TooLong));
        assert_eq!(check("a b"), Err(IdError::Alphabet));
        assert_eq!(encode(&"é".repeat(20)), Err(IdError::TooLong));
    }
}
