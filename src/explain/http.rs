//! `GET /v1/{tenant}/{site}/kpis/{kpi}/explain`, for links from boards and panels. One
//! at a time: each folds the log again, on a thread of its own, until it is there or
//! nobody waits for it any more.

use std::sync::Arc;
use std::thread;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use ingest::Tenants;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::question::{Fault, Question, Words};
use super::{Problem, Sources, explain};

/// Explanations at once.
const AT_ONCE: usize = 1;
/// When to ask again, in seconds.
const RETRY_AFTER: &str = "5";
/// What can be asked for.
const PARAMETERS: [&str; 6] = [
    "ward",
    "window",
    "resolution",
    "stat",
    "revision",
    "as_known_at",
];

struct Desk {
    sources: Sources,
    tenants: Tenants,
    turns: Arc<Semaphore>,
}

/// Explains the numbers of these tenants.
pub(crate) fn router(sources: Sources, tenants: Tenants) -> Router {
    let desk = Desk {
        sources,
        tenants,
        turns: Arc::new(Semaphore::new(AT_ONCE)),
    };
    Router::new()
        .route("/v1/{tenant}/{site}/kpis/{kpi}/explain", get(ask))
        .with_state(Arc::new(desk))
}

async fn ask(
    State(desk): State<Arc<Desk>>,
    Path((tenant, site, kpi)): Path<(String, String, String)>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Response {
    let words = Words {
        tenant,
        site,
        kpi,
        ..Words::default()
    };
    match answer(&desk, words, query).await {
        Ok(answer) => Json(answer).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn answer(
    desk: &Desk,
    mut words: Words,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Value, Refusal> {
    if desk.tenants.iter().all(|known| known.as_str() != words.tenant) {
        return Err(Refusal::TenantUnknown);
    }
    let unreadable = |_| Refusal::Wrong("?", "is no list of NAME=VALUE".to_owned());
    let Query(query) = query.map_err(unreadable)?;
    for (name, value) in query {
        let field = match name.as_str() {
            "ward" => &mut words.ward,
            "window" => &mut words.window,
            "resolution" => &mut words.resolution,
            "stat" => &mut words.stat,
            "revision" => &mut words.revision,
            "as_known_at" => &mut words.as_known_at,
            _ => {
                let detail = format!("are {}, and nothing else", PARAMETERS.join(", "));
                return Err(Refusal::Wrong("parameters", detail));
            }
        };
        if field.replace(value).is_some() {
            let detail = format!("{name} is given twice");
            return Err(Refusal::Wrong("parameters", detail));
        }
    }
    let question = words.read();
    let question = question.map_err(|Fault(field, detail)| Refusal::Wrong(field, detail))?;
    let turn = Arc::clone(&desk.turns).try_acquire_owned();
    let turn = turn.map_err(|_| Refusal::TooMany)?;
    on_a_thread(desk.sources.clone(), question, turn).await
}

/// Runs beside the server: folding keeps a thread busy.
async fn on_a_thread(
    sources: Sources,
    question: Question,
    turn: OwnedSemaphorePermit,
) -> Result<Value, Refusal> {
    let (mut done, answer) = oneshot::channel();
    let runtime = Handle::current();
    let run = move || {
        let _turn = turn;
        let explained = runtime.block_on(async {
            tokio::select! {
                explained = explain(&sources, question) => Some(explained),
                () = done.closed() => None,
            }
        });
        if let Some(explained) = explained {
            let _ = done.send(explained.map(|answer| answer.json()));
        }
    };
    let thread = thread::Builder::new().name("explain".to_owned());
    thread.spawn(run).map_err(|_| Refusal::TooMany)?;
    let explained = answer.await.map_err(|_| Refusal::Away)?;
    explained.map_err(|problem| match problem {
        Problem::Unknown(what) => Refusal::Nothing(what),
        Problem::Away(error) => {
            let error = format!("{error:#}");
            tracing::warn!(%error, "a number can't be explained");
            Refusal::Away
        }
    })
}

/// Why there is no answer: RFC 9457 problem details.
enum Refusal {
    Away,
    Nothing(String),
    TenantUnknown,
    TooMany,
    Wrong(&'static str, String),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, title) = match &self {
            Self::Away => (
                StatusCode::SERVICE_UNAVAILABLE,
                "history-away",
                "The tables or the log do not answer; ask again.",
            ),
            Self::Nothing(_) => (
                StatusCode::NOT_FOUND,
                "number-unknown",
                "There is no such number.",
            ),
            Self::TenantUnknown => (
                StatusCode::NOT_FOUND,
                "tenant-unknown",
                "Nobody knows this tenant.",
            ),
            Self::TooMany => (
                StatusCode::SERVICE_UNAVAILABLE,
                "too-many",
                "Another number is being explained; ask again.",
            ),
            Self::Wrong(..) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "question-wrong",
                "The question can't be understood.",
            ),
        };
        let mut problem = json!({
            "type": format!("urn:medaxis:problem:{code}"),
            "title": title,
            "status": status.as_u16(),
        });
        match self {
            Self::Nothing(what) => problem["detail"] = what.into(),
            Self::Wrong(field, detail) => {
                problem["errors"] = json!([{ "field": field, "detail": detail }]);
            }
            Self::Away | Self::TenantUnknown | Self::TooMany => {}
        }
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, problem.to_string()).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let after = header::HeaderValue::from_static(RETRY_AFTER);
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        response
    }
}
