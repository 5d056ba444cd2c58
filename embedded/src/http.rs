//! ClickHouse's HTTP interface: `POST /`, `GET /` (which writes nothing) and `GET /ping`.
//!
//! It promises that an answer with status 200 is whole, that a failure carries ClickHouse's code
//! and text, and that bodies, statements at once and waiting are bounded ([`Limits`]). It listens
//! for programs on this machine; a web page that reaches for it is refused.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::engine::Engine;
use crate::exception::{Exception, Reason};
use crate::request::Request;
use crate::session::{self, Output};
use crate::{blocks, form};

/// What the gateway takes on at most; beyond it a request is refused, and says so.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of one body, plain or unpacked: 413 beyond.
    pub body_bytes: usize,
    /// Bytes of all bodies that are being received or run: 503 beyond.
    pub bodies_bytes: usize,
    /// Statements that run at once.
    pub statements: usize,
    /// How long a request waits for its turn: 503 beyond.
    pub wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 << 20,
            bodies_bytes: 1 << 30,
            statements: 16,
            wait: Duration::from_secs(30),
        }
    }
}

/// The interface over `engine`.
pub(crate) fn router(engine: Engine, limits: Limits) -> Router {
    let gateway = Gateway {
        engine,
        turns: Semaphore::new(limits.statements),
        memory: Arc::new(Semaphore::new(limits.bodies_bytes / BUDGET_UNIT)),
        limits,
    };
    Router::new()
        .route("/", get(statement).post(statement))
        .route("/ping", get(async || "Ok.\n"))
        .with_state(Arc::new(gateway))
}

struct Gateway {
    engine: Engine,
    turns: Semaphore,
    memory: Arc<Semaphore>,
    limits: Limits,
}

/// Memory for bodies is counted in these.
const BUDGET_UNIT: usize = 4096;

async fn statement(
    State(gateway): State<Arc<Gateway>>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if is_from_a_web_page(&headers) {
        let detail = "requests of web pages and for other host names are refused";
        return failure(&Exception::refusal(Reason::AUTHENTICATION_FAILED, detail));
    }
    let request = match Request::parse(query.as_deref().unwrap_or_default(), &headers) {
        Ok(request) => request,
        Err(exception) => return failure(&exception),
    };
    if method != Method::POST && request.query.is_none() {
        return "Ok.\n".into_response();
    }
    match gateway.answer(&method, request, &headers, body).await {
        Ok(response) => response,
        Err(exception) => failure(&exception),
    }
}

/// The engine reads any file that this process may read: a page in a browser must not reach it,
/// neither by a request across origins nor by a name that resolves to this machine.
fn is_from_a_web_page(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    headers.contains_key(header::ORIGIN) || !matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

impl Gateway {
    async fn answer(
        self: Arc<Self>,
        method: &Method,
        mut request: Request,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Response, Exception> {
        let body = self.receive(body).await?;
        if method != Method::POST {
            request.settings.push(("readonly".into(), "2".into()));
        }
        let boundary = headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| form::boundary(kind.to_str().ok()?))
            .map(str::to_owned);
        self.take_turn().await?;
        let task = tokio::task::spawn_blocking(move || {
            let _turn = GiveBack(&self.turns);
            let body = self.unpack(&mut request, body, boundary.as_deref())?;
            let output = session::run(&self.engine, &request, body.bytes)?;
            Ok(success(output, &request))
        });
        task.await
            .map_err(|_| Exception::refusal(Reason::STD_EXCEPTION, "the statement broke off"))?
    }

    /// Reads the whole body. What a client breaks off never reaches the engine.
    async fn receive(&self, body: Body) -> Result<Received, Exception> {
        let limit = self.limits.body_bytes;
        let too_large = || {
            let detail = format!("the body is larger than {limit} bytes");
            Exception::refusal(Reason::TOO_MANY_BYTES, &detail)
        };
        if body.size_hint().lower() > limit as u64 {
            return Err(too_large());
        }
        let mut body = std::pin::pin!(body);
        let (mut received, mut memory) = (Vec::new(), self.reserve(0)?);
        while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
            let frame = frame.map_err(|error| {
                Exception::refusal(
                    Reason::BAD_ARGUMENTS,
                    &format!("the body broke off: {error}"),
                )
            })?;
            let Ok(piece) = frame.into_data() else {
                continue;
            };
            if received.len() + piece.len() > limit {
                return Err(too_large());
            }
            received.extend_from_slice(&piece);
            let reserved = memory.num_permits() * BUDGET_UNIT;
            memory.merge(self.reserve(received.len().saturating_sub(reserved))?);
        }
        Ok(Received {
            bytes: received.into(),
            _memory: memory,
        })
    }

    /// Takes memory for bodies, to be given back when the permit is dropped.
    fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Exception> {
        let units = u32::try_from(bytes.div_ceil(BUDGET_UNIT)).unwrap_or(u32::MAX);
        Arc::clone(&self.memory)
            .try_acquire_many_owned(units)
            .map_err(|_| {
                let detail = "the bodies of all requests are larger than the memory for them";
                Exception::refusal(Reason::TOO_MANY_SIMULTANEOUS_QUERIES, detail)
            })
    }

    /// Waits until another statement may run. The turn goes with the statement and not with the
    /// client: when that goes away, the statement runs on and still counts.
    async fn take_turn(&self) -> Result<(), Exception> {
        let busy = |_| {
            let detail = format!("{} statements are running", self.limits.statements);
            Exception::refusal(Reason::TOO_MANY_SIMULTANEOUS_QUERIES, &detail)
        };
        let turn = timeout(self.limits.wait, self.turns.acquire())
            .await
            .map_err(busy)?;
        turn.expect("the semaphore is never closed").forget();
        Ok(())
    }

    /// Undoes blocks and form, so that what is left is statement and data.
    fn unpack(
        &self,
        request: &mut Request,
        body: Received,
        boundary: Option<&str>,
    ) -> Result<Received, Exception> {
        if request.packed_body {
            let bytes = blocks::unpack(&body.bytes, self.limits.body_bytes)?;
            let _memory = self.reserve(bytes.len())?;
            return Ok(Received {
                bytes: bytes.into(),
                _memory,
            });
        }
        let Some(boundary) = boundary else {
            return Ok(body);
        };
        for (name, value) in form::fields(&body.bytes, boundary)? {
            request.take(&name, value)?;
        }
        Ok(Received {
            bytes: Bytes::new(),
            ..body
        })
    }
}

/// A whole body and the memory that it counts for.
struct Received {
    bytes: Bytes,
    _memory: OwnedSemaphorePermit,
}

struct GiveBack<'a>(&'a Semaphore);

impl Drop for GiveBack<'_> {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

fn success(output: Output, request: &Request) -> Response {
    let body = if request.packed_answer {
        blocks::pack(&output.body).into()
    } else {
        output.body
    };
    let mut response = Body::from(body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(&output.format)),
    );
    let summary = format!(
        r#"{{"read_rows":"{}","written_rows":"{}"}}"#,
        output.rows_read, output.rows_written
    );
    for (name, value) in [
        ("x-clickhouse-format", Some(&output.format)),
        ("x-clickhouse-summary", Some(&summary)),
        ("x-clickhouse-query-id", request.query_id.as_ref()),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

fn content_type(format: &str) -> &'static str {
    match format {
        _ if format.starts_with("JSON") => "application/json; charset=UTF-8",
        _ if format.starts_with("CSV") => "text/csv; charset=UTF-8",
        _ if format.starts_with("TabSeparated") || format.starts_with("TSV") => {
            "text/tab-separated-values; charset=UTF-8"
        }
        _ if format.starts_with("Pretty") || format == "Vertical" => "text/plain; charset=UTF-8",
        _ => "application/octet-stream",
    }
}

fn failure(exception: &Exception) -> Response {
    let status = StatusCode::from_u16(exception.status()).expect("the table holds HTTP statuses");
    let code = HeaderValue::from(exception.code());
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=UTF-8"),
        ),
        (
            header::HeaderName::from_static("x-clickhouse-exception-code"),
            code,
        ),
    ];
    (status, headers, format!("{exception}\n")).into_response()
}
