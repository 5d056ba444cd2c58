//! Every way out of MedAxis: rows into ClickHouse, live boards over WebSocket, alerts to others over
//! HTTP. All are fed with [`events::log::Chunk`]s of the log, and can be fed the same records again
//! without harm.
//!
//! ```text
//!           chunks   record: decoded    batch: blocks      rows     retry
//! log ──┬──────────> ───────────────> ───────────────> ──────────> clickhouse ──> tables, progress
//!       │            record: decoded    board: projection   frames
//!       ├──────────> ───────────────> ──────────────────> ──────> websocket ───> /live
//!       │            record: decoded    place, filter       message
//!       └──────────> ───────────────> ──────────────────> ──────> webhook ─────> pagers, chats
//! ```
//!
//! IO is in `clickhouse`, `migrations`, `answers` (what the tables hold, over HTTP), `labels` (who lies there), `proof` (is it what the
//! log says?), `webhook` and `websocket`; the rest is pure and is given the time.

mod answers;
mod batch;
mod board;
mod clickhouse;
mod counters;
mod epochs;
mod frames;
mod fresh;
mod labels;
mod migrations;
mod proof;
mod record;
mod retry;
mod rows;
mod source;
mod webhook;
mod websocket;
mod words;

pub use answers::{
    Answers, Fault, NumberKey, Problem, ROWS_MAX, Stored, StoredNumber, answers_router, asked_site,
    proof_question, stored_number,
};
pub use batch::{BatchLimits, Position};
pub use clickhouse::{ClickHouse, ClickHouseConfig, ClickHouseError, Run, RunOf};
pub use counters::Counters;
pub use epochs::{Epochs, Violation};
pub use fresh::BOARD_TOPICS;
pub use labels::{Lookup, labels_router};
pub use migrations::{KpiDescription, MigrationError, migrate};
pub use proof::{Difference, Proof, ProofError, ProofOf, Report, Unknown};
pub use record::Seq;
pub use rows::ProgressRow;
pub use source::{Source, SourceState};
pub use webhook::{
    Answer, Endpoint, EndpointError, Filter, Keeper, NoSecret, Patience, Place, Places, Secret,
    Unsent, WebhookCounters, WebhookError, Webhooks, check_endpoint, check_url, endpoint_of,
    place_behind, send_once, test_body,
};
pub use websocket::{Ended, Live, LiveOptions, Pulse, live_description, live_router};
