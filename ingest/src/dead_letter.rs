//! The record that is kept of what could not be understood: where it came from,
//! why, and the first 64 KiB of it with the length and hash of the whole. Pure.

use events::id::TenantId;
use events::output::DeadLetter;
use events::reason::Rejected;
use events::time::CellTime;
use events::topic::{self, KafkaTopic};
use events::wire;
use sha2::{Digest, Sha256};

use crate::kafka_writer::Outgoing;

/// How much of an original is kept, in bytes.
pub const ORIGINAL_MAX: usize = 64 * 1024;
/// How much of a topic, path or file name is kept, in bytes.
const POSITION_MAX: usize = 256;

/// Where something came from that could not be understood.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Whose, when that is known.
    pub tenant: Option<&'a TenantId>,
    /// `mqtt`, `http` or `hl7`.
    pub source: &'static str,
    /// Topic, path, or file and number of the message.
    pub position: &'a str,
}

/// The dead letter of `original`, received at `now`.
pub fn dead_letter(
    origin: Origin<'_>,
    rejected: &Rejected,
    original: &[u8],
    now: CellTime,
) -> DeadLetter {
    DeadLetter {
        tenant: origin.tenant.map(ToString::to_string).unwrap_or_default(),
        source: origin.source.to_owned(),
        position: shortened(origin.position).to_owned(),
        reason: rejected.reason.code().to_owned(),
        detail: rejected.detail.clone(),
        original: original[..original.len().min(ORIGINAL_MAX)].to_vec(),
        length: original.len() as u64,
        sha256: Sha256::digest(original).to_vec(),
        received_ms: now.0,
    }
}

/// The dead letter as a record for Kafka; equal positions share a lane.
pub fn outgoing(letter: &DeadLetter, lanes: u32) -> Outgoing {
    Outgoing {
        topic: KafkaTopic::DeadLetter,
        lane: topic::lane(&letter.position, KafkaTopic::DeadLetter.lanes(lanes)),
        key: None,
        value: wire::encode(letter),
    }
}

fn shortened(text: &str) -> &str {
    let end = (0..=text.len().min(POSITION_MAX))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::reason::Reason;

    #[test]
    fn a_long_original_is_cut_and_its_whole_is_hashed() {
        let original = vec![b'x'; ORIGINAL_MAX + 1];
        let origin = Origin {
            tenant: None,
            source: "mqtt",
            position: &"ü".repeat(200),
        };
        let rejected = Rejected::new(Reason::NotJson, "not JSON at line 1 column 1");
        let letter = dead_letter(origin, &rejected, &original, CellTime(5));
        assert_eq!(letter.original.len(), ORIGINAL_MAX);
        assert_eq!(letter.length, ORIGINAL_MAX as u64 + 1);
        assert_eq!(letter.sha256, Sha256::digest(&original).to_vec());
        assert_eq!(
            (letter.reason.as_str(), letter.received_ms),
            ("not_json", 5)
        );
        assert_eq!(letter.position.len(), POSITION_MAX);
        let record = outgoing(&letter, 4);
        assert_eq!(record.topic, KafkaTopic::DeadLetter);
        assert_eq!(wire::decode::<DeadLetter>(&record.value).unwrap(), letter);
    }
}
