//! `GET /v1/{tenant}/{site}/kpis/{kpi}/explain`, for links from boards and panels. One
//! at a time: each folds the log again, on a thread of its own, until it is there or
//! nobody waits for it any more.

use std::sync::Arc;
use std::thread;

use anyhow::Context;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use events::access::{Act, Grant};
use ingest::Tenants;
use serde_json::Value;
use sinks::{Fault, Problem};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::question::{Question, Words};
use super::{Sources, Why, explain};
use crate::recompute;

/// Explanations at once.
const AT_ONCE: usize = 1;
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
    Extension(grant): Extension<Arc<Grant>>,
    path: Result<Path<(String, String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Response {
    match answer(&desk, &grant, path, query).await {
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn answer(
    desk: &Desk,
    grant: &Grant,
    path: Result<Path<(String, String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Value, Problem> {
    let Path((tenant, site, kpi)) = path.map_err(|_| Problem::PathUnknown)?;
    let place = Ok(Path((tenant.clone(), site.clone())));
    sinks::asked_site(&desk.tenants, grant, Act::Explain, place)?;
    let wrong = |fault| Problem::Wrong(vec![fault]);
    let Query(query) = query.map_err(|_| wrong(Fault::unreadable()))?;
    let mut words = Words {
        tenant,
        site,
        kpi,
        ..Words::default()
    };
    for (name, value) in query {
        take(&mut words, &name, value).map_err(wrong)?;
    }
    let question = words.read().map_err(wrong)?;
    let is_seen = match &question.scope {
        Some(ward) => grant.sees_ward(ward),
        None => grant.sees_all_wards(),
    };
    if !is_seen {
        return Err(Problem::SiteUnknown);
    }
    let turn = Arc::clone(&desk.turns).try_acquire_owned();
    let turn = turn.map_err(|_| Problem::TooMany)?;
    let explained = apart(desk.sources.clone(), question, turn).await;
    explained.map_err(|why| match why {
        Why::NothingThere(what) => Problem::NothingThere(what),
        Why::Away(error) => {
            tracing::warn!("a number could not be explained: {error:#}");
            Problem::Away
        }
    })
}

fn take(words: &mut Words, name: &str, value: String) -> Result<(), Fault> {
    let field = match name {
        "ward" => &mut words.ward,
        "window" => &mut words.window,
        "resolution" => &mut words.resolution,
        "stat" => &mut words.stat,
        "revision" => &mut words.revision,
        "as_known_at" => &mut words.as_known_at,
        _ => {
            let detail = format!("is none of {}", PARAMETERS.join(", "));
            return Err(Fault::new(name, detail));
        }
    };
    match field.replace(value) {
        Some(_) => Err(Fault::new(name, "is given twice")),
        None => Ok(()),
    }
}

/// Runs beside the node's own tasks. The turn is over when the thread is.
async fn apart(
    sources: Sources,
    question: Question,
    turn: OwnedSemaphorePermit,
) -> Result<Value, Why> {
    let (mut asked, answer) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the async runtime")?;
    let run = move || {
        recompute::give_way();
        let explained = runtime.block_on(async {
            tokio::select! {
                explained = explain(&sources, question) => Some(explained),
                () = asked.closed() => None,
            }
        });
        // What still waits for Kafka is left behind.
        runtime.shutdown_background();
        // Whoever has an answer may ask again at once.
        drop(turn);
        if let Some(explained) = explained {
            let _ = asked.send(explained.map(|answer| answer.json()));
        }
    };
    let thread = thread::Builder::new().name("explain".to_owned());
    thread.spawn(run).context("thread explain")?;
    answer.await.context("thread explain")?
}
