//! What boards are told of each source that feeds them; who starts the sinks judges it.

use serde::Serialize;

/// Whether something that feeds us answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceState {
    /// It answers, and nothing waits.
    Live,
    /// It answers, and is catching up or just starting.
    Late,
    /// It does not.
    Lost,
}

/// How something that feeds us is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Whether it answers.
    pub state: SourceState,
    /// Since when it is so, in milliseconds of cell time; 0 unknown.
    pub since_ms: i64,
    /// How far behind it is, in milliseconds of cell time; 0 where that is not known.
    pub behind_ms: i64,
}
