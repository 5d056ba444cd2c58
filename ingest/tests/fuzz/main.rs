//! Real messages, broken in every way: nothing panics, and what is read holds what it
//! promises. Some rounds with each test run; `make fuzz` goes on for a minute each. A
//! failure names the seed, with which it comes again.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by unwrapping")]

mod corpus;
mod json;
mod messages;
mod mutate;
mod protobuf;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use mutate::Mutator;

/// Inputs of a test run, unless it is told how long to go on.
const INPUTS: u64 = 3_000;
/// Longest input, in bytes.
const BYTES_MAX: usize = 64 * 1024;

/// Gives `check` one broken message after the other. `MEDAXIS_FUZZ_S` says for how many
/// seconds, `MEDAXIS_FUZZ_SEED` with which choices.
fn fuzz(target: &str, corpus: &[Vec<u8>], check: impl Fn(&[u8])) {
    let number = |name| std::env::var(name).ok().map(|text| text.parse().unwrap());
    let seed: u64 = number("MEDAXIS_FUZZ_SEED").unwrap_or(1);
    let long = number("MEDAXIS_FUZZ_S").map(Duration::from_secs);
    let began = now();
    let mut mutator = Mutator::new(seed, corpus);
    let mut inputs = 0;
    while long.map_or(inputs < INPUTS, |long| began.elapsed() < long) {
        let input = mutator.next(BYTES_MAX);
        let checked = catch_unwind(AssertUnwindSafe(|| check(input)));
        if let Err(panic) = checked {
            eprintln!(
                "{target}: input {inputs} of seed {seed}, as a text: {}",
                input.escape_ascii()
            );
            resume_unwind(panic);
        }
        inputs += 1;
    }
    println!("{target}: {inputs} inputs, no finding");
}

#[expect(clippy::disallowed_methods, reason = "edge: a run goes on for a time")]
fn now() -> Instant {
    Instant::now()
}
