//! How steps are written down. Heartbeats come at nearly the same distance, one number
//! after the other: a byte or two for each is enough.

use std::collections::VecDeque;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Step;

const NUMBERS: u32 = (1 << Step::NUMBER_BITS) - 1;

#[derive(Serialize, Deserialize)]
struct Written {
    /// Of each step, how much longer it is than the one before, in milliseconds.
    longer: Vec<i32>,
    /// So many numbers, in so many steps one after the other.
    numbers: Vec<(u8, u16)>,
}

pub(super) fn serialize<S: Serializer>(
    steps: &VecDeque<Step>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut written = Written {
        longer: Vec::with_capacity(steps.len()),
        numbers: Vec::new(),
    };
    let mut before = 0;
    for step in steps {
        let ms = (step.0 >> Step::NUMBER_BITS).cast_signed();
        written.longer.push(ms - before);
        before = ms;
        let numbers = u8::try_from(step.0 & NUMBERS).expect("it has 8 bits");
        match written.numbers.last_mut() {
            Some((same, times)) if *same == numbers && *times < u16::MAX => *times += 1,
            _ => written.numbers.push((numbers, 1)),
        }
    }
    written.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<VecDeque<Step>, D::Error> {
    let Written { longer, numbers } = Written::deserialize(deserializer)?;
    let each = |(numbers, times): (u8, u16)| std::iter::repeat_n(numbers, usize::from(times));
    let mut numbers = numbers.into_iter().flat_map(each);
    let mut ms = 0_i32;
    let mut steps = VecDeque::with_capacity(longer.len());
    for longer in longer {
        ms = ms.wrapping_add(longer);
        let fits = u32::try_from(ms)
            .ok()
            .filter(|ms| ms >> (u32::BITS - Step::NUMBER_BITS) == 0);
        let (Some(ms), Some(numbers)) = (fits, numbers.next()) else {
            return Err(D::Error::custom("no such step"));
        };
        steps.push_back(Step(ms << Step::NUMBER_BITS | u32::from(numbers)));
    }
    Ok(steps)
}
