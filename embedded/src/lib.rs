//! The ClickHouse engine for a demo and for tests: `libchdb.so` in a child process, behind
//! ClickHouse's HTTP interface.
//!
//! ```text
//! parent: Supervisor --stdin: the lifeline--> child: serve --> http --> session --> engine (FFI)
//!            url()   <--stdout: its address--            ^ request, form, statement, blocks: pure
//! ```
//!
//! It promises that what a client was told is stored is stored, and that what it cannot do is
//! refused with ClickHouse's code and text, never done in part and in silence. It has no users, no
//! passwords and no sessions, and its engine reads every file that the process may read: it
//! listens on loopback only. In production a ClickHouse server takes its place behind the same URL.

mod blocks;
mod engine;
mod exception;
mod form;
mod http;
mod library;
mod native;
mod request;
mod serve;
mod session;
mod statement;
mod supervisor;

pub use engine::EngineError;
pub use http::Limits;
pub use library::{LibraryMissing, locate};
pub use serve::{ServeError, ServeOptions, serve};
pub use supervisor::{Supervisor, SupervisorError, SupervisorOptions};
