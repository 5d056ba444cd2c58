//! Posting over HTTP/1.1 on one kept connection, with an idempotency key:
//! repeated with back-off until it is accepted, refused or given up.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request as HttpRequest, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::request::Request;

/// How often a request is tried: with the back-off, for about four minutes.
const ATTEMPTS_MAX: u32 = 60;
const BACK_OFF_MAX: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The last answer; absent when there was none.
    pub status: Option<u16>,
    /// How often it was tried.
    pub attempts: u32,
}

impl Posted {
    /// Whether the server has taken it.
    pub fn is_accepted(self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// A connection to a server, opened when needed.
pub struct Http {
    address: SocketAddr,
    token: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
enum PostError {
    #[error("connect: {0}")]
    Connect(#[from] std::io::Error),
    #[error("http: {0}")]
    Http(#[from] hyper::Error),
    #[error("no answer within {} s", ANSWER_WITHIN.as_secs())]
    Slow,
}

impl Http {
    /// A client of the server at this address, with a token that it knows.
    pub fn new(address: SocketAddr, token: &str) -> Self {
        Self {
            address,
            token: token.to_owned(),
            connection: None,
        }
    }

    /// Posts until the server accepts or refuses, at most [`ATTEMPTS_MAX`] times.
    pub async fn post(&mut self, key: &str, request: &Request) -> Posted {
        let mut back_off = Duration::from_millis(100);
        let mut posted = Posted {
            status: None,
            attempts: 0,
        };
        loop {
            posted.attempts += 1;
            match self.attempt(key, request).await {
                Ok(status) => {
                    posted.status = Some(status.as_u16());
                    if !worth_repeating(status) {
                        return posted;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "post failed");
                    self.connection = None;
                }
            }
            if posted.attempts == ATTEMPTS_MAX {
                return posted;
            }
            tokio::time::sleep(back_off).await;
            back_off = (back_off * 2).min(BACK_OFF_MAX);
        }
    }

    async fn attempt(&mut self, key: &str, request: &Request) -> Result<StatusCode, PostError> {
        let exchange = async {
            let bearer = format!("Bearer {}", self.token);
            let connection = self.connection().await?;
            let message = HttpRequest::builder()
                .method(Method::POST)
                .uri(&request.path)
                .header(HOST, "medaxis")
                .header(AUTHORIZATION, bearer)
                .header(CONTENT_TYPE, "application/json")
                .header("idempotency-key", key)
                .body(Full::new(Bytes::from(request.body.clone())))
                .expect("paths, keys and tokens are plain ASCII");
            let answer = connection.send_request(message).await?;
            let status = answer.status();
            // Read to its end, so that the connection can be used again.
            answer.into_body().collect().await?;
            Ok(status)
        };
        match tokio::time::timeout(ANSWER_WITHIN, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(PostError::Slow),
        }
    }

    async fn connection(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, PostError> {
        let mut kept = self.connection.take();
        if let Some(connection) = &mut kept
            && connection.ready().await.is_err()
        {
            kept = None;
        }
        if kept.is_none() {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
            // Ends with the server or with the sender.
            tokio::spawn(connection);
            sender.ready().await?;
            kept = Some(sender);
        }
        Ok(self
            .connection
            .insert(kept.expect("it has just been opened")))
    }
}

/// Too busy, under way, or failed: the same request may be accepted later.
fn worth_repeating(status: StatusCode) -> bool {
    status.is_server_error()
        || [
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::CONFLICT,
            StatusCode::TOO_MANY_REQUESTS,
        ]
        .contains(&status)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one connection with these lines in turn, an empty one by closing
    /// it; gives the requests.
    async fn server(listener: TcpListener, answers: Vec<&'static str>) -> Vec<String> {
        let (mut requests, mut stream) = (Vec::new(), None);
        for answer in answers {
            if stream.is_none() {
                stream = Some(listener.accept().await.unwrap().0);
            }
            let open = stream.as_mut().unwrap();
            let mut bytes = vec![0; 4_096];
            let length = open.read(&mut bytes).await.unwrap();
            requests.push(String::from_utf8(bytes[..length].to_vec()).unwrap());
            if answer.is_empty() {
                stream = None;
            } else {
                let text = format!("HTTP/1.1 {answer}\r\ncontent-length: 2\r\n\r\n{{}}");
                open.write_all(text.as_bytes()).await.unwrap();
            }
        }
        requests
    }

    async fn post(answers: Vec<&'static str>) -> (Posted, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut http = Http::new(listener.local_addr().unwrap(), "token");
        let server = tokio::spawn(server(listener, answers));
        let request = Request {
            path: "/v1/demo/north/beds".to_owned(),
            body: "{}".to_owned(),
        };
        let posted = http.post("7-1", &request).await;
        (posted, server.await.unwrap())
    }

    #[tokio::test]
    async fn it_is_repeated_with_the_same_key_until_accepted() {
        let answers = vec![
            "503 Service Unavailable",
            "",
            "409 Conflict",
            "202 Accepted",
        ];
        let (posted, requests) = post(answers).await;
        assert!(posted.is_accepted());
        assert_eq!((posted.attempts, requests.len()), (4, 4));
        assert!(
            requests
                .iter()
                .all(|request| request.contains("idempotency-key: 7-1")
                    && request.contains("authorization: Bearer token"))
        );
        assert!(requests[0].starts_with("POST /v1/demo/north/beds HTTP/1.1"));
    }

    #[tokio::test]
    async fn what_is_refused_is_not_repeated() {
        let (posted, _) = post(vec!["422 Unprocessable Content"]).await;
        assert_eq!((posted.status, posted.attempts), (Some(422), 1));
        assert!(!posted.is_accepted());
    }
}
