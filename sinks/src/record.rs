//! Records of the log, decoded as far as sinks need them, and their place.

use events::fact::Told;
use events::log::LogRecord;
use events::output::{Change, DeadLetter, Output};
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

/// A record that gives rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    /// Of the topic `dead-letter`, without the original.
    DeadLetter(DeadLetter),
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
            // The numbers of a ward follow from its beds and from the KPIs; that a bed was heard,
            // from the readings.
            Self::Output(Output::Board(change)) => {
                usize::from(matches!(&change.change, Some(Change::Bed(bed)) if !bed.heard_only))
            }
            Self::DeadLetter(_) | Self::Output(_) => 1,
        }
    }

    /// Its place, if it is an output.
    pub(crate) fn seq(&self) -> Option<Seq> {
        match self {
            Self::Output(output) => Some(seq(output)),
            _ => None,
        }
    }
}

/// The place of an output.
pub(crate) fn seq(output: &Output) -> Seq {
    let (epoch, index) = match output {
        Output::Alert(alert) => (alert.epoch, alert.index),
        Output::Board(change) => (change.epoch, change.index),
        Output::Kpi(kpi) => (kpi.epoch, kpi.index),
        Output::Late(late) => (late.epoch, late.index),
    };
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
            output(topic, bytes)?.map(Item::Output)
        }
    })
}

/// What a record of an output topic carries; nothing for the other topics.
///
/// # Errors
/// The bytes are no record of this topic.
pub(crate) fn output(topic: KafkaTopic, bytes: &[u8]) -> Result<Option<Output>, WireError> {
    Ok(Some(match topic {
        KafkaTopic::Alerts => Output::Alert(wire::decode(bytes)?),
        KafkaTopic::Board => Output::Board(wire::decode(bytes)?),
        KafkaTopic::Kpis => Output::Kpi(wire::decode(bytes)?),
        KafkaTopic::Late => Output::Late(wire::decode(bytes)?),
        _ => return Ok(None),
    }))
}
