//! The secrets of an endpoint, and what a message is signed with: as the open convention “Standard
//! Webhooks” does it, HMAC-SHA256 over `id.timestamp.body`. Pure. While a secret is exchanged there
//! are two, and a message has a signature by each: its receiver needs to know only one of them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// In front of every secret.
const PREFIX: &str = "whsec_";
/// How long a secret may be, in bytes.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that an endpoint shares with us. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a text is no secret; the text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ and 24 to 64 bytes in base64")]
pub struct NoSecret;

impl Secret {
    /// Reads `whsec_` and base64; white space around it is not part of it.
    ///
    /// # Errors
    /// It is none.
    pub fn read(text: &str) -> Result<Self, NoSecret> {
        let text = text.trim().strip_prefix(PREFIX).ok_or(NoSecret)?;
        let bytes = STANDARD.decode(text).map_err(|_| NoSecret)?;
        let is_good = BYTES.contains(&bytes.len());
        is_good.then_some(Self(bytes)).ok_or(NoSecret)
    }

    fn mac(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().to_vec()
    }

    /// A name for `text` that tells nothing of it to whoever does not have the secret.
    pub(crate) fn name_of(&self, text: &str) -> String {
        let mac = self.mac(&[b"alert.", text.as_bytes()]);
        mac.iter().take(12).map(|b| format!("{b:02x}")).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The header `webhook-signature`: a signature by each secret, the newest first.
pub(crate) fn header(secrets: &[Secret], id: &str, timestamp_s: u64, body: &[u8]) -> String {
    let timestamp = timestamp_s.to_string();
    let parts = [
        id.as_bytes(),
        b".",
        timestamp.as_bytes(),
        b".".as_slice(),
        body,
    ];
    let signed = |secret: &Secret| format!("v1,{}", STANDARD.encode(secret.mac(&parts)));
    let all: Vec<_> = secrets.iter().map(signed).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the convention's own libraries.
    #[test]
    fn it_is_signed_as_the_convention_says() {
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = header(&[secret], id, 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_give_two_signatures() {
        let secret = |text: &str| Secret::read(text).unwrap();
        let new = secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        let old = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let both = header(&[new.clone(), old.clone()], "a", 1, b"{}");
        let (first, second) = both.split_once(' ').unwrap();
        assert_eq!(first, header(&[new], "a", 1, b"{}"));
        assert_eq!(second, header(&[old], "a", 1, b"{}"));
    }

    #[test]
    fn what_is_no_secret_is_refused_and_none_is_printed() {
        for text in ["", "secret", "whsec_", "whsec_%%", "whsec_AAAA"] {
            assert_eq!(Secret::read(text), Err(NoSecret), "{text}");
        }
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
