//! Records of the output topics: an output, the end of an epoch, or how far it is folded.

use crate::output::{EpochEnd, EpochEnds, Folded, Output, OutputRecord};
use crate::proto::{EpochEndRecord, FoldedRecord};
use crate::topic::{self, KafkaTopic};

use super::{VERSION, WireError, decode, encode};

/// How the end of an epoch begins: version, and the key of `EpochEndRecord.end`. An
/// output begins with its epoch, field 1.
const END: [u8; 3] = [VERSION, 0xfa, 0x07];
/// Likewise, of `FoldedRecord.folded`.
const FOLDED: [u8; 3] = [VERSION, 0xf2, 0x07];

/// A record for a lane of an output topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputBytes {
    /// Which topic.
    pub topic: KafkaTopic,
    /// Which of its lanes.
    pub lane: u32,
    /// Tenant and site that it is about; none for what is about the lane.
    pub key: Option<String>,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// Writes what an epoch says of some sites, then how it ends in each of their `lanes`
/// lanes. Whoever says something in a lane says all of it in one go.
///
/// # Errors
/// The first of `write`.
pub fn write_epoch<E>(
    outputs: &[Output],
    lanes: u32,
    mut write: impl FnMut(OutputBytes) -> Result<(), E>,
) -> Result<(), E> {
    let epoch = outputs.first().map_or(0, |output| output.placed().0);
    let mut ends = EpochEnds::of(epoch);
    for output in outputs {
        let (key, topic) = (output.site_key(), output.topic());
        let lane = topic::lane(&key, topic.lanes(lanes));
        let value = encode_output(output);
        ends.count_in(topic, lane, &value);
        write(OutputBytes {
            topic,
            lane,
            key: Some(key),
            value,
        })?;
    }
    ends.into_iter().try_for_each(|((topic, lane), end)| {
        write(OutputBytes {
            topic,
            lane,
            key: None,
            value: encode_epoch_end(end),
        })
    })
}

/// The bytes of an output.
pub fn encode_output(output: &Output) -> Vec<u8> {
    match output {
        Output::Alert(alert) => encode(alert),
        Output::Board(change) => encode(change),
        Output::Kpi(kpi) => encode(kpi),
        Output::Late(late) => encode(late),
    }
}

/// The bytes of the end of an epoch, the same in each output topic.
pub fn encode_epoch_end(end: EpochEnd) -> Vec<u8> {
    encode(&EpochEndRecord { end: Some(end) })
}

/// The bytes of how far the log is folded, the same in each output topic.
pub fn encode_folded(folded: Folded) -> Vec<u8> {
    encode(&FoldedRecord {
        folded: Some(folded),
    })
}

/// What a record of an output topic says; nothing for the other topics.
///
/// # Errors
/// The bytes are no record of this topic.
pub fn decode_output(topic: KafkaTopic, bytes: &[u8]) -> Result<Option<OutputRecord>, WireError> {
    let output = match topic {
        KafkaTopic::Control | KafkaTopic::Facts | KafkaTopic::Signals | KafkaTopic::DeadLetter => {
            return Ok(None);
        }
        _ if bytes.starts_with(&END) => {
            let EpochEndRecord { end } = decode(bytes)?;
            return Ok(Some(OutputRecord::EpochEnd(end.ok_or(WireError::Empty)?)));
        }
        _ if bytes.starts_with(&FOLDED) => {
            let FoldedRecord { folded } = decode(bytes)?;
            let folded = folded.ok_or(WireError::Empty)?;
            return Ok(Some(OutputRecord::Folded(folded)));
        }
        KafkaTopic::Alerts => Output::Alert(decode(bytes)?),
        KafkaTopic::Board => Output::Board(decode(bytes)?),
        KafkaTopic::Kpis => Output::Kpi(decode(bytes)?),
        KafkaTopic::Late => Output::Late(decode(bytes)?),
    };
    Ok(Some(OutputRecord::Output(output)))
}
