//! IO: what ClickHouse holds, asked over HTTP: KPIs, alerts and beds, each with both of its
//! times: when it was true, and when it was said. `as_known_at` goes back to what was known at
//! a time. Questions are bounded in length, in number and in what they give back; while
//! ClickHouse is away they are refused, since nothing else knows the answer.

mod charts;
mod corridor;
mod cursor;
mod history;
mod number;
mod problem;
mod question;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Json, Router};
use clickhouse::Client;
use events::access::{Act, Grant};
use events::id::{SiteId, TenantId};
use events::place::Site;
use events::time::{Clock, EventTime};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::clickhouse::{ClickHouseConfig, client};
use question::{Kind, Question};

pub use number::{NumberKey, Stored, StoredNumber, stored_number};
pub use problem::Problem;
pub use question::Fault;

/// Rows of one answer; what lies beyond is cut off, and the answer says so.
pub const ROWS_MAX: usize = 10_000;
/// Questions that ClickHouse is asked at once.
const AT_ONCE: usize = 4;
/// For ClickHouse's answer to one.
const ANSWER: Duration = Duration::from_secs(10);

/// Answers from the tables.
#[derive(Clone)]
pub struct Answers(Arc<Shared>);

struct Shared {
    client: Client,
    tenants: BTreeSet<TenantId>,
    clock: Clock,
    turns: Semaphore,
    registry: Value,
}

impl Answers {
    /// Answers for these tenants. What there is to ask for is said in `registry`: an
    /// object whose `kpis` is a list of KPIs, each with its `name`.
    pub fn new(
        config: &ClickHouseConfig,
        tenants: BTreeSet<TenantId>,
        clock: Clock,
        registry: Value,
    ) -> Self {
        let client = client(config)
            .with_database(&config.database)
            .with_setting("max_execution_time", ANSWER.as_secs().to_string());
        Self(Arc::new(Shared {
            client,
            tenants,
            clock,
            turns: Semaphore::new(AT_ONCE),
            registry,
        }))
    }

    /// A page of the values of a KPI, as over HTTP: `next` is the `after` of the next page.
    ///
    /// # Errors
    /// Nobody knows the KPI, a parameter is wrong, or ClickHouse does not answer.
    pub async fn kpi(
        &self,
        site: Site,
        kpi: &str,
        parameters: &[(String, String)],
    ) -> Result<Value, Problem> {
        self.of_kpi(Kind::Kpi, None, site, kpi, parameters).await
    }

    /// The days of a KPI as a control chart, as over HTTP.
    ///
    /// # Errors
    /// As of [`Self::kpi`].
    pub async fn spc(
        &self,
        site: Site,
        kpi: &str,
        parameters: &[(String, String)],
    ) -> Result<Value, Problem> {
        self.of_kpi(Kind::Spc, None, site, kpi, parameters).await
    }

    async fn of_kpi(
        &self,
        kind: Kind,
        grant: Option<&Grant>,
        site: Site,
        kpi: &str,
        parameters: &[(String, String)],
    ) -> Result<Value, Problem> {
        let shared = &*self.0;
        let listed = shared.registry["kpis"].as_array();
        let mut listed = listed.into_iter().flatten();
        if listed.all(|known| known["name"] != *kpi) {
            let what = "no KPI has this name; GET /v1/kpis lists them";
            return Err(Problem::NothingThere(what.to_owned()));
        }
        let mut question = Question::read(kind, site, parameters).map_err(Problem::Wrong)?;
        question.kpi = Some(kpi.to_owned());
        if let Some(grant) = grant {
            question = question.within(grant).ok_or(Problem::SiteUnknown)?;
        }
        ask(shared, question).await
    }
}

/// `GET /v1/{tenant}/{site}/kpis`, `/alerts`, `/beds`, `/no_free_bed`, `/kpis/{kpi}` and
/// `/kpis/{kpi}/spc`, and `GET /v1/kpis`.
pub fn answers_router(answers: Answers) -> Router {
    let route = |kind: Kind| {
        get(
            move |State(answers): State<Answers>,
                  Extension(grant): Extension<Arc<Grant>>,
                  path: Result<Path<(String, String)>, PathRejection>,
                  query: Result<Query<Vec<(String, String)>>, QueryRejection>| async move {
                match answer(&answers.0, &grant, kind, path, query).await {
                    Ok(answer) => Json(answer).into_response(),
                    Err(problem) => problem.into_response(),
                }
            },
        )
    };
    Kind::ALL
        .into_iter()
        .fold(Router::new(), |router, kind| {
            let path = format!("/v1/{{tenant}}/{{site}}/{}", kind.name());
            router.route(&path, route(kind))
        })
        .route("/v1/kpis", get(registry))
        .route("/v1/{tenant}/{site}/kpis/{kpi}", get(kpi))
        .route("/v1/{tenant}/{site}/kpis/{kpi}/spc", get(spc))
        .with_state(answers)
}

async fn registry(
    State(answers): State<Answers>,
    Extension(grant): Extension<Arc<Grant>>,
) -> Result<Json<Value>, Problem> {
    match grant.may(Act::ReadNumbers) {
        true => Ok(Json(answers.0.registry.clone())),
        false => Err(Problem::NotAllowed),
    }
}

async fn kpi(
    State(answers): State<Answers>,
    Extension(grant): Extension<Arc<Grant>>,
    path: Result<Path<(String, String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let (site, kpi) = site_and_kpi(&answers, &grant, path)?;
    let (kind, parameters) = (Kind::Kpi, parameters(query)?);
    let answer = answers.of_kpi(kind, Some(&grant), site, &kpi, &parameters);
    Ok(Json(answer.await?))
}

async fn spc(
    State(answers): State<Answers>,
    Extension(grant): Extension<Arc<Grant>>,
    path: Result<Path<(String, String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let (site, kpi) = site_and_kpi(&answers, &grant, path)?;
    let (kind, parameters) = (Kind::Spc, parameters(query)?);
    let answer = answers.of_kpi(kind, Some(&grant), site, &kpi, &parameters);
    Ok(Json(answer.await?))
}

fn site_and_kpi(
    answers: &Answers,
    grant: &Grant,
    path: Result<Path<(String, String, String)>, PathRejection>,
) -> Result<(Site, String), Problem> {
    let Path((tenant, of, kpi)) = path.map_err(|_| Problem::PathUnknown)?;
    let path = Ok(Path((tenant, of)));
    let site = asked_site(&answers.0.tenants, grant, Act::ReadNumbers, path)?;
    Ok((site, kpi))
}

/// What a request for a proof asks for: of which site what was said from when until when, in
/// milliseconds of cell time. At most a day.
///
/// # Errors
/// The site is none that the grant sees in full, or something is wrong with the parameters.
pub fn proof_question(
    tenants: &BTreeSet<TenantId>,
    grant: &Grant,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<(Site, (i64, i64)), Problem> {
    let site = asked_site(tenants, grant, Act::Verify, path)?;
    // What it finds is about every ward.
    if !grant.sees_all_wards() {
        return Err(Problem::NotAllowed);
    }
    let period = question::proof_period(&parameters(query)?).map_err(Problem::Wrong)?;
    Ok((site, period))
}

/// The site of a path, where this may be done. What a grant does not see is not there.
///
/// # Errors
/// There is no such site for whoever has the grant, or it is not for this.
pub fn asked_site(
    tenants: &BTreeSet<TenantId>,
    grant: &Grant,
    act: Act,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Site, Problem> {
    let Path((tenant, site)) = path.map_err(|_| Problem::PathUnknown)?;
    let site = Site {
        tenant: TenantId::new(&tenant).map_err(|_| Problem::SiteUnknown)?,
        site: SiteId::new(&site).map_err(|_| Problem::SiteUnknown)?,
    };
    if !grant.sees_site(&site) || !tenants.contains(&site.tenant) {
        return Err(Problem::SiteUnknown);
    }
    match grant.may(act) {
        true => Ok(site),
        false => Err(Problem::NotAllowed),
    }
}

fn parameters(
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Vec<(String, String)>, Problem> {
    let Query(query) = query.map_err(|_| Problem::Wrong(vec![Fault::unreadable()]))?;
    Ok(query)
}

async fn answer(
    shared: &Shared,
    grant: &Grant,
    kind: Kind,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Value, Problem> {
    let site = asked_site(&shared.tenants, grant, Act::ReadNumbers, path)?;
    let question = Question::read(kind, site, &parameters(query)?).map_err(Problem::Wrong)?;
    let question = question.within(grant).ok_or(Problem::SiteUnknown)?;
    ask(shared, question).await
}

async fn ask(shared: &Shared, mut question: Question) -> Result<Value, Problem> {
    let known_at = question.known_at.unwrap_or(EventTime((shared.clock)().0));
    // What is asked for later with this time is the rest of the same, or the same again.
    if matches!(question.kind, Kind::Kpi | Kind::NoFreeBed | Kind::Spc) {
        question.known_at = Some(known_at);
    }
    let Ok(_turn) = shared.turns.try_acquire() else {
        return Err(Problem::TooMany);
    };
    let asked = async {
        let rows = history::rows(&shared.client, &question).await?;
        let marked = history::incomplete_days(&shared.client, &question).await?;
        Ok((rows, marked))
    };
    let asked = timeout(ANSWER, asked)
        .await
        .unwrap_or(Err(clickhouse::error::Error::TimedOut));
    let (mut rows, marked) = asked.map_err(|error| {
        let error: String = error.to_string().chars().take(300).collect();
        tracing::warn!(%error, "a question to clickhouse has no answer");
        Problem::Away
    })?;
    let truncated = rows.len() > question.limit;
    rows.truncate(question.limit);
    let next = rows.last().filter(|_| truncated).and_then(history::cursor);
    let mut answer = json!({
        "known_at": known_at.to_string(),
        "truncated": truncated,
        question.kind.name(): rows,
    });
    if question.kind == Kind::Kpi {
        answer["next"] = next.map(|next| next.to_string()).into();
    }
    if question.kind == Kind::Spc {
        let (from, to) = question.limits;
        answer["limits"] = json!({ "from": history::time(from), "to": history::time(to) });
    }
    if let Some(marked) = marked {
        answer["incomplete_days"] = marked.into();
    }
    Ok(answer)
}
