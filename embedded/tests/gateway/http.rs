//! HTTP as `curl` would speak it: what goes over the wire is what the test says.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

pub(crate) async fn post(url: &str, target: &str, headers: &[&str], body: &[u8]) -> Answer {
    let length = format!("Content-Length: {}", body.len());
    send(
        url,
        &format!("POST {target}"),
        &[headers, &[&length]].concat(),
        body,
    )
    .await
}

pub(crate) async fn get(url: &str, target: &str, headers: &[&str]) -> Answer {
    send(url, &format!("GET {target}"), headers, b"").await
}

/// Sends exactly these headers, and `Host` unless they hold one.
pub(crate) async fn send(url: &str, request: &str, headers: &[&str], body: &[u8]) -> Answer {
    let address = url.strip_prefix("http://").expect("an http address");
    let mut head = format!("{request} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|header| header.starts_with("Host:")) {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for header in headers {
        head.push_str(&format!("{header}\r\n"));
    }
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream
        .write_all(format!("{head}\r\n").as_bytes())
        .await
        .expect("the head is sent");
    // A server that refuses early need not read it all.
    let _ = stream.write_all(body).await;
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.expect("an answer");
    let end = received
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a whole head");
    let head = String::from_utf8_lossy(&received[..end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Answer {
        status: status.expect("a status"),
        head,
        body: received[end + 4..].to_vec(),
    }
}
