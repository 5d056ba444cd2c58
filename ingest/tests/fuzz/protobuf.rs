//! The records of the log: what can be read is read the same after it was written again.

use events::output::{DeadLetter, OutputRecord};
use events::topic::KafkaTopic;
use events::wire::{self, Record};

use crate::{corpus, fuzz};

#[test]
fn input_records() {
    fuzz("inputs", &corpus::records(), |bytes| {
        let _ = wire::tick(bytes);
        if let Ok(Record::Data(told)) = wire::decode_facts(bytes) {
            let again = wire::decode_facts(&wire::encode_facts(&told));
            assert_eq!(again.unwrap(), Record::Data(told));
        }
        if let Ok(Record::Data(control)) = wire::decode_control(bytes) {
            let again = wire::decode_control(&wire::encode_control(&control));
            assert_eq!(again.unwrap(), Record::Data(control));
        }
        if let Ok(Record::Data(frame)) = wire::decode_signals(bytes) {
            let sources = frame.sources.len();
            for (source, _) in wire::readings(&frame) {
                assert!(source < sources, "a reading has its source");
            }
        }
    });
}

#[test]
fn output_records() {
    let topics = [
        KafkaTopic::Alerts,
        KafkaTopic::Board,
        KafkaTopic::Kpis,
        KafkaTopic::Late,
    ];
    fuzz("outputs", &corpus::records(), |bytes| {
        for topic in topics {
            let Ok(Some(record)) = wire::decode_output(topic, bytes) else {
                continue;
            };
            let written = match &record {
                OutputRecord::Output(output) => wire::encode_output(output),
                OutputRecord::EpochEnd(end) => wire::encode_epoch_end(*end),
                OutputRecord::Folded(folded) => wire::encode_folded(*folded),
            };
            assert_eq!(wire::decode_output(topic, &written).unwrap(), Some(record));
        }
    });
}

/// The dead letters, which only people read.
#[test]
fn dead_letters() {
    fuzz("dead letters", &corpus::records(), |bytes| {
        if let Ok(letter) = wire::decode::<DeadLetter>(bytes) {
            let again: DeadLetter = wire::decode(&wire::encode(&letter)).unwrap();
            assert_eq!(again, letter);
        }
    });
}
