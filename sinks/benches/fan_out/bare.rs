//! The ceiling: sockets of the same library with the same buffers, to each of which the same text is
//! written as often as a board is told something, one after the other, by one loop that does nothing
//! else. Written more often, several would arrive together, and cost less each.

use std::time::Duration;

use anyhow::Result;
use futures_util::SinkExt as _;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::process;

const BUFFER: usize = 4 * 1024;
/// As deltas are.
const EVERY: Duration = Duration::from_millis(100);

/// Writes texts of so many bytes to so many sockets until its parent is gone.
pub(crate) fn serve(sockets: usize, bytes: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        process::say(listener.local_addr()?);
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER);
        let mut open = Vec::with_capacity(sockets);
        while open.len() < sockets {
            let (stream, _) = listener.accept().await?;
            let mut socket = accept_async_with_config(stream, Some(config)).await?;
            // As a board's first frame, for which its client waits.
            socket.send(text(bytes)).await?;
            open.push(socket);
        }
        process::all_are_there().await?;
        let text = text(bytes);
        let mut next = interval(EVERY);
        next.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            next.tick().await;
            for socket in &mut open {
                socket.send(text.clone()).await?;
            }
        }
    })
}

fn text(bytes: usize) -> Message {
    let mut text = String::from(r#"{"type":"snapshot","bare":""#);
    let rest = bytes.saturating_sub(text.len() + 2);
    text.extend(std::iter::repeat_n('x', rest));
    text.push_str("\"}");
    Message::Text(Utf8Bytes::from(text))
}
