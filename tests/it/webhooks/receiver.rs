//! A receiver as a pager's vendor would write it: it knows the convention and our secret, and
//! nothing else of us. It answers as a test tells it to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::chaos::clock::wall_ms;

/// What is shared with it, and what was before; the convention's own example and another.
pub(super) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(super) const OLD_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A message that came.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) path: String,
    pub(super) id: String,
    pub(super) body: Value,
    bytes: Vec<u8>,
    /// What was answered.
    pub(super) status: u16,
}

/// How it answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    /// With this status.
    Status(u16),
    /// That it should be asked later, in so many seconds.
    Later(u64),
    /// Elsewhere.
    Moved,
    /// Not at all.
    Hangs,
}

/// Decides how to answer: path, body, and how often its id came before.
type Decide = Box<dyn Fn(&str, &Value, usize) -> Reply + Send>;

struct Desk {
    hits: Vec<Hit>,
    decide: Decide,
}

/// A running receiver.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
    _runtime: Runtime,
}

impl Receiver {
    pub(super) fn start(decide: impl Fn(&str, &Value, usize) -> Reply + Send + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let desk = Arc::new(Mutex::new(Desk {
            hits: Vec::new(),
            decide: Box::new(decide),
        }));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(take).with_state(Arc::clone(&desk));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            desk,
            _runtime: runtime,
        }
    }

    /// From now on it answers like this.
    pub(super) fn answers(&self, decide: impl Fn(&str, &Value, usize) -> Reply + Send + 'static) {
        self.desk.lock().unwrap().decide = Box::new(decide);
    }

    /// All that came to a path so far, in order.
    pub(super) fn hits(&self, path: &str) -> Vec<Hit> {
        let desk = self.desk.lock().unwrap();
        let hits = desk.hits.iter().filter(|hit| hit.path == path);
        hits.cloned().collect()
    }

    /// What it has taken at a path, each id once, in the order in which it was taken first. What came
    /// again was the same.
    pub(super) fn taken(&self, path: &str) -> Vec<Hit> {
        let mut taken: Vec<Hit> = Vec::new();
        for hit in self.hits(path) {
            match taken.iter().find(|known| known.id == hit.id) {
                Some(known) => assert_eq!(known.bytes, hit.bytes, "{} is another", hit.id),
                None if hit.status == 204 => taken.push(hit),
                None => {}
            }
        }
        taken
    }
}

async fn take(
    State(desk): State<Arc<Mutex<Desk>>>,
    headers: HeaderMap,
    uri: Uri,
    bytes: Bytes,
) -> Response {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (id, timestamp) = (text("webhook-id"), text("webhook-timestamp"));
    for secret in [SECRET, OLD_SECRET] {
        let signature = format!("v1,{}", signature(secret, &id, &timestamp, &bytes));
        let said = text("webhook-signature");
        assert!(said.split(' ').any(|one| one == signature), "{id}: {said}");
    }
    let age_s = wall_ms() / 1_000 - timestamp.parse::<i64>().unwrap();
    assert!((0..60).contains(&age_s), "it is signed when it is sent");
    let body: Value = serde_json::from_slice(&bytes).unwrap();
    let reply = {
        let mut desk = desk.lock().unwrap();
        let before = desk.hits.iter().filter(|hit| hit.id == id).count();
        let path = uri.path().to_owned();
        let reply = (desk.decide)(&path, &body, before);
        desk.hits.push(Hit {
            path,
            id,
            body,
            bytes: bytes.to_vec(),
            status: match reply {
                Reply::Status(status) => status,
                Reply::Later(_) => 429,
                Reply::Moved => 307,
                Reply::Hangs => 0,
            },
        });
        reply
    };
    answer(reply).await
}

async fn answer(reply: Reply) -> Response {
    match reply {
        Reply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Reply::Later(s) => (
            StatusCode::TOO_MANY_REQUESTS,
            [("retry-after", s.to_string())],
        )
            .into_response(),
        Reply::Moved => {
            (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response()
        }
        Reply::Hangs => {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

/// By the text of the convention: base64 of HMAC-SHA256 of `id.timestamp.body`.
fn signature(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let key = STANDARD
        .decode(secret.trim_start_matches("whsec_"))
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}
