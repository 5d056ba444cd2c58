//! How the sayings of a device are written down. They are nearly always of one boot and
//! of one place, so both are written once for many.

use std::sync::Arc;

use events::fact::EquipmentStatus;
use events::place::Place;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Saying;
use crate::life::{Order, Timeline};

/// Sayings one after the other, at one place and in one boot.
#[derive(Serialize, Deserialize)]
struct Run {
    place: Arc<Place>,
    topic: u8,
    lane: u32,
    major: u64,
    /// Milliseconds and numbers since the saying before, and what the equipment was doing.
    said: Vec<(i64, i64, Option<EquipmentStatus>)>,
}

pub(super) fn serialize<S: Serializer>(
    said: &Timeline<Saying>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut runs: Vec<Run> = Vec::new();
    let mut before = (0_i64, 0_u64);
    for ((at, order), saying) in said.iter() {
        let minor = order.minor.wrapping_sub(before.1).cast_signed();
        let next = (at.wrapping_sub(before.0), minor, saying.status);
        before = (at, order.minor);
        let alike = |run: &Run| {
            (run.topic, run.lane, run.major) == (order.topic, order.lane, order.major)
                && run.place == saying.place
        };
        match runs.last_mut().filter(|run| alike(run)) {
            Some(run) => run.said.push(next),
            None => runs.push(Run {
                place: saying.place.clone(),
                topic: order.topic,
                lane: order.lane,
                major: order.major,
                said: vec![next],
            }),
        }
    }
    runs.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Timeline<Saying>, D::Error> {
    let mut said = Timeline::default();
    let (mut at, mut minor) = (0_i64, 0_u64);
    for run in Vec::<Run>::deserialize(deserializer)? {
        for (ms, numbers, status) in run.said {
            at = at.wrapping_add(ms);
            minor = minor.wrapping_add(numbers.cast_unsigned());
            let order = Order {
                topic: run.topic,
                lane: run.lane,
                major: run.major,
                minor,
            };
            let place = run.place.clone();
            said.insert((at, order), Saying { place, status });
        }
    }
    Ok(said)
}
