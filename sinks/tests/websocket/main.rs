//! `/live` as a board sees it: a real server, real sockets.

mod access;
mod bad_input;
mod frames;
mod hello;
#[path = "../outputs/mod.rs"]
mod outputs;
#[path = "../../src/frames/schema.rs"]
mod schema;
mod server;
