//! embedded
pub mod engine;
