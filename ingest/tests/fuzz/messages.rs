//! MLLP frames and HL7 messages.

use events::id::{SiteId, TenantId};
use events::place::Site;
use events::time::CellTime;
use events::wire::{self, Record};
use ingest::hl7::local::Local;
use ingest::hl7::{Interface, Outcome};
use ingest::mllp::frames::{END, Frame, Frames, RETURN, START};
use ingest::{Pseudonyms, hl7::charset::Charset};
use jiff::tz::TimeZone;

use crate::{corpus, fuzz};

const NOW: CellTime = CellTime(1_767_323_046_000); // 2026-01-02T03:04:06Z
/// Small, so that many frames are larger.
const FRAME_MAX: usize = 2_000;

/// In whatever pieces bytes come, the frames are the same, and none is over the bound.
#[test]
fn mllp_frames() {
    let framed = |message: Vec<u8>| [&[START][..], &message, &[END, RETURN]].concat();
    let corpus: Vec<Vec<u8>> = corpus::hl7()
        .chunks(3)
        .take(200)
        .map(|messages| messages.iter().cloned().flat_map(framed).collect())
        .collect();
    fuzz("mllp", &corpus, |bytes| {
        let (whole, skipped) = frames(bytes, bytes.len().max(1));
        let piece = usize::from(bytes.first().copied().unwrap_or(0)) % 7 + 1;
        assert_eq!(frames(bytes, piece), (whole.clone(), skipped));
        for frame in whole {
            match frame {
                Frame::Whole(message) => assert!(message.len() <= FRAME_MAX),
                Frame::Oversize(over) => assert!(over.length > FRAME_MAX as u64),
            }
        }
    });
}

fn frames(bytes: &[u8], piece: usize) -> (Vec<Frame>, u64) {
    let mut frames = Frames::new(FRAME_MAX);
    let mut found = Vec::new();
    for mut piece in bytes.chunks(piece) {
        while let Some(frame) = frames.next(&mut piece) {
            found.push(frame);
        }
    }
    (found, frames.take_skipped())
}

/// What is told can be written to the log and read back; what is refused has a reason that
/// repeats nothing of a patient.
#[test]
fn hl7_mapping() {
    let interfaces = [
        Local::default(),
        Local {
            charset: Charset::by_name("8859/1").unwrap(),
            a08_moves: true,
            ..Local::default()
        },
    ]
    .map(|local| Interface {
        site: Site {
            tenant: TenantId::new("demo").unwrap(),
            site: SiteId::new("north").unwrap(),
        },
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        pseudonyms: Pseudonyms::new(&[7; 32]),
        local,
    });
    fuzz("hl7", &corpus::hl7(), |bytes| {
        for interface in &interfaces {
            for now in [None, Some(NOW)] {
                match interface.read(bytes, now) {
                    Outcome::Facts(told) => {
                        assert!(!told.facts.is_empty());
                        let read = wire::decode_facts(&wire::encode_facts(&told)).unwrap();
                        assert_eq!(read, Record::Data(told));
                    }
                    Outcome::Ignored(event) => assert!(!event.is_empty()),
                    Outcome::Dead(rejected) => {
                        let said = rejected.to_string();
                        assert!(!said.is_empty());
                        let leaked = of_patients(bytes).find(|value| said.contains(value));
                        assert_eq!(leaked, None, "{said}");
                    }
                }
            }
        }
    });
}

/// What the patients' segments say, in words that no reason uses.
fn of_patients(message: &[u8]) -> impl Iterator<Item = &str> {
    let segments = message.split(|byte| *byte == b'\r');
    let patients = segments.filter(|segment| segment.starts_with(b"PID|"));
    let words = patients.flat_map(|segment| segment.split(|byte| !byte.is_ascii_alphanumeric()));
    let words = words.filter_map(|word| std::str::from_utf8(word).ok());
    words.filter(|word| word.len() >= 8)
}
