//! Records of the log, decoded as far as sinks need them, and their place.

use events::fact::Told;
use events::log::LogRecord;
use events::output::{
    BedView, BoardChange, Change, DeadLetter, EpochEnd, Folded, Output, OutputRecord,
};
use events::proto::SensorFrame;
use events::topic::KafkaTopic;
use events::wire::{self, Record, WireError};

/// The place of an output among those of its lane: the same in every replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq {
    /// The epoch that made it.
    pub epoch: u64,
    /// Its place within the epoch.
    pub index: u32,
}

/// A record that gives rows, or says how far those before it are complete.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    /// Of the topic `dead-letter`, without the original.
    DeadLetter(DeadLetter),
    /// Of an output topic.
    EpochEnd(EpochEnd),
    /// Of an output topic.
    Folded(Folded),
    /// Of the topic `signals`.
    Frame(SensorFrame),
    /// Of an output topic.
    Output(Output),
    /// Of the topic `facts`.
    Told(Told),
}

impl Item {
    /// Rows that it gives.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Frame(frame) => frame.source.len(),
            Self::Told(told) => told.facts.len(),
            Self::Output(Output::Board(change)) => usize::from(
                kept_bed(change).is_some() || matches!(change.change, Some(Change::Command(_))),
            ),
            Self::DeadLetter(_) | Self::Output(_) => 1,
            Self::EpochEnd(_) | Self::Folded(_) => 0,
        }
    }

    /// The epoch that said it, if it is of an output topic.
    pub(crate) fn epoch(&self) -> Option<u64> {
        match self {
            Self::Output(output) => Some(seq(output).epoch),
            Self::EpochEnd(end) => Some(end.epoch),
            Self::Folded(folded) => Some(folded.epoch),
            _ => None,
        }
    }
}

/// The bed that a change of a board gives a row of, if it gives one. The numbers of a ward follow
/// from its beds and from the KPIs; that a bed was heard, from the readings.
pub(crate) fn kept_bed(change: &BoardChange) -> Option<&BedView> {
    match &change.change {
        Some(Change::Bed(bed)) if !bed.heard_only => Some(bed),
        _ => None,
    }
}

/// The place of an output.
pub(crate) fn seq(output: &Output) -> Seq {
    let (epoch, index) = output.placed();
    Seq { epoch, index }
}

/// What a record carries for the tables; nothing for the clock and for configuration.
///
/// # Errors
/// The bytes are no record of this topic.
pub(crate) fn item(topic: KafkaTopic, record: &LogRecord) -> Result<Option<Item>, WireError> {
    let bytes = &record.value;
    Ok(match topic {
        KafkaTopic::Control => None,
        KafkaTopic::Facts => match wire::decode_facts(bytes)? {
            Record::Tick(_) => None,
            Record::Data(told) => Some(Item::Told(told)),
        },
        KafkaTopic::Signals => match wire::decode_signals(bytes)? {
            Record::Tick(_) => None,
            Record::Data(frame) => Some(Item::Frame(frame)),
        },
        KafkaTopic::DeadLetter => {
            let mut letter: DeadLetter = wire::decode(bytes)?;
            // It may name a patient, and 64 KiB each would not be bounded by rows.
            letter.original = Vec::new();
            Some(Item::DeadLetter(letter))
        }
        KafkaTopic::Alerts | KafkaTopic::Board | KafkaTopic::Kpis | KafkaTopic::Late => {
            wire::decode_output(topic, bytes)?.map(|record| match record {
                OutputRecord::Output(output) => Item::Output(output),
                OutputRecord::EpochEnd(end) => Item::EpochEnd(end),
                OutputRecord::Folded(folded) => Item::Folded(folded),
            })
        }
    })
}
