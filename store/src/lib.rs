//! What is kept beside the log, in a folder or in a bucket: snapshots of the
//! processor's state, from which it starts again, the archive of everything
//! that came in, for good, and what only the holder of a key can read.
//!
//! Nothing here knows what a bed is. What is written is never changed: objects
//! are created under names that say what they hold, and let go of when they are old.

pub mod archive;
pub mod location;
pub mod sealed;
pub mod snapshots;

#[cfg(test)]
mod testing;
