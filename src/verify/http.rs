//! `GET /v1/{tenant}/{site}/verify`: a day or less of one site, for boards and for links in
//! Grafana. One at a time, on a thread of its own that goes after everything else of the
//! node, and that ends when nobody waits for it any more.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use anyhow::Context;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use events::access::Grant;
use events::id::TenantId;
use serde_json::Value;
use sinks::{Problem, proof_question};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{Period, Verifier};
use crate::recompute::give_way;

/// Differences that an answer lists; it counts all of them.
const LISTED_MAX: usize = 100;

/// What can be asked, and who may ask.
struct Shared {
    verifier: Verifier,
    tenants: BTreeSet<TenantId>,
    turns: Arc<Semaphore>,
}

/// The route.
pub(crate) fn router(verifier: Verifier, tenants: BTreeSet<TenantId>) -> Router {
    let shared = Shared {
        verifier,
        tenants,
        turns: Arc::new(Semaphore::new(1)),
    };
    Router::new()
        .route("/v1/{tenant}/{site}/verify", get(answer))
        .with_state(Arc::new(shared))
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    Extension(grant): Extension<Arc<Grant>>,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Response {
    match verified(&shared, &grant, path, query).await {
        Ok(found) => Json(found).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn verified(
    shared: &Shared,
    grant: &Grant,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Value, Problem> {
    let (site, (from_ms, to_ms)) = proof_question(&shared.tenants, grant, path, query)?;
    let Ok(turn) = Arc::clone(&shared.turns).try_acquire_owned() else {
        return Err(Problem::TooMany);
    };
    let period = Period {
        from_ms,
        to_ms,
        site: Some(site),
    };
    let found = apart(shared.verifier.clone(), period, turn);
    found.await.map_err(|error| {
        tracing::warn!("a period could not be verified: {error:#}");
        Problem::Away
    })
}

/// Runs beside the node's own tasks. The turn is over when the thread is.
async fn apart(
    verifier: Verifier,
    period: Period,
    turn: OwnedSemaphorePermit,
) -> anyhow::Result<Value> {
    let (mut asked, answer) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(crate::BLOCKING_MAX)
        .build()?;
    let verify = move || {
        give_way();
        let found = runtime.block_on(async {
            tokio::select! {
                found = verifier.verify(&period, LISTED_MAX) => Some(found),
                () = asked.closed() => None,
            }
        });
        // What still waits for Kafka is left behind.
        runtime.shutdown_background();
        // Whoever has an answer may ask again at once.
        drop(turn);
        if let Some(found) = found {
            let _ = asked.send(found.map(|found| found.json()));
        }
    };
    let verify = thread::Builder::new()
        .name("verify".to_owned())
        .spawn(verify);
    verify.context("thread verify")?;
    answer.await?
}

#[cfg(test)]
mod tests {
    use events::access::{Label, Role};

    use super::*;
    use crate::config::Config;

    async fn asked(tenant: &str, to: &str) -> Problem {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::load(None).unwrap();
        config.store.folder = folder.path().to_owned();
        let shared = Shared {
            verifier: Verifier::new(&config, "log").unwrap(),
            tenants: config.tenant_ids().unwrap(),
            // One is under way.
            turns: Arc::new(Semaphore::new(0)),
        };
        let path = Path((tenant.to_owned(), "north".to_owned()));
        let from = ("from", "2026-01-02T00:00:00Z");
        let query = [from, ("to", to)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let grant = crate::access::whole(
            TenantId::new(tenant).unwrap(),
            Role::Operator,
            Label::new("operator").unwrap(),
        );
        let found = verified(&shared, &grant, Ok(path), Ok(Query(query.to_vec())));
        match found.await {
            Ok(found) => panic!("{found:#}"),
            Err(problem) => problem,
        }
    }

    #[tokio::test]
    async fn one_at_a_time_and_only_a_day_of_a_tenant_that_is_known() {
        let day = "2026-01-03T00:00:00Z";
        assert!(matches!(asked("demo", day).await, Problem::TooMany));
        assert!(matches!(asked("other", day).await, Problem::SiteUnknown));
        let more = "2026-01-03T00:00:01Z";
        assert!(matches!(asked("demo", more).await, Problem::Wrong(_)));
    }
}
