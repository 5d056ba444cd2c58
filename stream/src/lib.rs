//! The processor: a pure function of the log. It depends on the vocabulary and
//! on timely, on nothing that reads a clock, a socket or a disk.
//!
//! ```text
//!  chunks of lanes                                        outputs by (epoch, index)
//!  signals --> lane: dedup, silence, what changed --.
//!  facts   -----------------------------------------+--> site: lives, traces --> alerts, windows, boards
//!  control -----------------------------------------'
//! ```
//!
//! A record's epoch is its place in its lane: the last tick before it, plus one.
//! An epoch is folded when every lane has ticked past it, in the order topic,
//! lane, offset; so the same log gives the same outputs for any number of
//! workers, any batch sizes and any schedule.

pub mod alarms;
pub mod alert;
pub mod dataflow;
pub mod feed;
pub mod kpi;
pub mod lane;
pub mod life;
pub mod master;
pub mod replay;
pub mod shared;
pub mod site;
pub mod snapshot;
pub mod source;
pub mod thresholds;
pub mod trace;
pub mod version;
pub mod weeks;
pub mod windows;
pub mod worker;
