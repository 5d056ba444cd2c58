//! Tokens, and the hashes by which they are known. A token is 256 random bits in hexadecimal.
//! It is shown once, when it is made; the file and the memory of a node hold its hash.

use std::fmt;
use std::str::FromStr;

use anyhow::ensure;
use sha2::{Digest as _, Sha256};

use crate::keys::Key;

const BYTES: usize = 32;

/// A token as its bearer has it.
pub(crate) struct Token(String);

impl Token {
    /// A new one.
    pub(crate) fn random() -> anyhow::Result<Self> {
        Ok(Self(hex(&Key::random()?.0)))
    }

    /// To show it to the one who is to have it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }
}

/// The SHA-256 of a token.
///
/// Looking one up tells by the time that it takes at most something about hashes, and from
/// those nobody comes back to a token of 256 random bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hash([u8; BYTES]);

impl Hash {
    /// Of what somebody says is a token.
    pub(crate) fn of(said: &str) -> Self {
        Self(Sha256::digest(said.as_bytes()).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl FromStr for Hash {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        ensure!(
            text.len() == 2 * BYTES && text.bytes().all(is_digit),
            "is not 64 hexadecimal digits in lower case"
        );
        let mut hash = [0; BYTES];
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits)?;
            *byte = u8::from_str_radix(digits, 16)?;
        }
        Ok(Self(hash))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_as_it_is_written_and_is_sha_256() {
        // The test vector of FIPS 180-2 for "abc".
        let said = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Hash::of("abc").to_string(), said);
        assert!(said.parse::<Hash>().unwrap() == Hash::of("abc"));
        assert!(said.to_uppercase().parse::<Hash>().is_err());
        assert!(said[1..].parse::<Hash>().is_err());
    }

    #[test]
    fn no_two_tokens_are_the_same() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_eq!(one.reveal().len(), 64);
        assert_ne!(one.reveal(), other.reveal());
    }
}
