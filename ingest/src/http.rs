//! The HTTP interface: `POST /v1/{tenant}/{site}/{visits,appointments,slots,staff,beds}`
//! and `GET /openapi.json`; FHIR in [`fhir`]. Who sends a request, the root has found out. A request is taken whole or not at all, and answered
//! with 202 only once Kafka has it for good. A repeated `Idempotency-Key` gets
//! the same answer without a second write.

mod appointments;
pub mod batch;
mod beds;
pub mod commands;
pub mod fhir;
pub mod fields;
pub mod idempotency;
mod pace;
pub mod problem;
pub mod recall;
mod slots;
mod staff;
pub mod turns;
mod visits;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use events::access::{Act, Grant};
use events::fact::{Receipt, Told};
use events::id::{SiteId, TenantId, WardId};
use events::place::Site;
use events::time::Clock;
use serde_json::json;

use crate::counters::Counters;
use crate::hl7::local::Local;
use crate::intake::Tenants;
use crate::kafka_writer::{WriteError, Writer};
use crate::label::Labels;
use crate::pseudonym::Pseudonyms;
use crate::told;
use batch::{Caller, Refused, Resource};
use idempotency::{Claim, Requests};
use pace::Paces;
use problem::Problem;
use recall::{Past, Unread};
use turns::{Turn, Turns};

/// Largest body, in bytes.
pub const BODY_MAX: usize = 1024 * 1024;
/// [`Told::source`] of what came this way.
const SOURCE: &str = "http";
/// Longest idempotency key, in bytes.
const KEY_MAX: usize = 255;

/// The interface's description, for people and generators.
pub const OPENAPI: &str = include_str!("http/openapi.json");

/// What the interface needs; shared by all requests.
pub struct Api {
    tenants: Tenants,
    lanes: u32,
    pseudonyms: Pseudonyms,
    writer: Writer,
    clock: Clock,
    counters: Arc<Counters>,
    requests: Requests,
    turns: Turns,
    paces: Paces,
    past: Past,
    /// The facts that were told over FHIR.
    said: Requests,
    locals: BTreeMap<Site, Local>,
    labels: Option<Labels>,
    absent: Option<Absent>,
}

/// Whether it is certain that nothing was ever said of a site, or of a ward of it.
pub type Absent = Arc<dyn Fn(&Site, Option<&WardId>) -> bool + Send + Sync>;

impl Api {
    /// Serves these tenants. `lanes` as on Kafka.
    pub fn new(
        tenants: Tenants,
        lanes: u32,
        pseudonyms: Pseudonyms,
        writer: Writer,
        clock: Clock,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            tenants,
            lanes,
            pseudonyms,
            writer,
            clock,
            counters,
            requests: Requests::default(),
            turns: Turns::default(),
            paces: Paces::default(),
            past: Past::default(),
            said: Requests::default(),
            locals: BTreeMap::new(),
            labels: None,
            absent: None,
        }
    }

    /// The log was there before us: requests with a key are refused for the time
    /// being, until [`recall::run`] has read the lane of their site.
    #[must_use]
    pub fn with_a_past(self) -> Self {
        let past = Past {
            unread: Unread::all(self.lanes),
            ..self.past
        };
        Self { past, ..self }
    }

    /// At these sites FHIR resources go by names and codes of their own.
    #[must_use]
    pub fn naming(self, locals: BTreeMap<Site, Local>) -> Self {
        Self { locals, ..self }
    }

    /// What staff call those who are named goes here; without, names are not looked at.
    #[must_use]
    pub fn labelling(self, labels: Option<Labels>) -> Self {
        Self { labels, ..self }
    }

    /// The labels of a site where anybody is to be named.
    fn labels_of(&self, site: &Site) -> Option<&Labels> {
        self.labels
            .as_ref()
            .filter(|labels| labels.are_made_for(site))
    }

    /// Somebody here knows what is not there: nothing is asked for there. Facts are taken
    /// all the same, since the first one makes a site.
    #[must_use]
    pub fn without(self, absent: Absent) -> Self {
        let absent = Some(absent);
        Self { absent, ..self }
    }

    fn is_absent(&self, site: &Site, ward: Option<&WardId>) -> bool {
        self.absent
            .as_ref()
            .is_some_and(|absent| absent(site, ward))
    }

    /// Somebody else writes into the log, too, and remembers in `requests` what.
    #[must_use]
    pub fn beside(self, requests: Requests) -> Self {
        Self { requests, ..self }
    }

    /// What is known of HL7 messages, or will be when the log has been read.
    pub fn past(&self) -> Past {
        self.past.clone()
    }

    /// What is agreed about FHIR at a site; by default what the standard says.
    fn local(&self, site: &Site) -> &Local {
        static STANDARD: LazyLock<Local> = LazyLock::new(Local::default);
        self.locals.get(site).unwrap_or(&STANDARD)
    }

    /// Counts a refusal on its way to the caller.
    fn refused(&self, problem: Problem) -> Problem {
        self.counters.refused(problem.code());
        problem
    }

    /// Writes what was told and waits until it is durable.
    async fn write(&self, told: &Told) -> Result<(), WriteError> {
        let record = told::outgoing(told, self.lanes);
        self.writer.send(record).await?.await?;
        self.counters.facts(told.facts.len() as u64);
        Ok(())
    }
}

/// `GET /openapi.json`, which is the same for everybody.
pub fn description() -> Router {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Router::new().route("/openapi.json", get(move || async move { (kind, OPENAPI) }))
}

/// The routes. Each request carries the grant of who sends it: the root puts it there.
pub fn router(api: Arc<Api>) -> Router {
    let refuse =
        |problem: Problem| move |State(api): State<Arc<Api>>| async move { api.refused(problem) };
    Resource::ALL
        .into_iter()
        .fold(Router::new(), |router, resource| {
            let take = move |State(api): State<Arc<Api>>,
                             Extension(grant): Extension<Arc<Grant>>,
                             path: Result<Path<(String, String)>, PathRejection>,
                             request: Request| async move {
                let taken = match path {
                    Ok(Path((tenant, site))) => {
                        take(&api, &grant, resource, (&tenant, &site), request).await
                    }
                    Err(_) => Err(Problem::PathUnknown),
                };
                taken.map_err(|problem| api.refused(problem))
            };
            router.route(&path(resource, "{tenant}", "{site}"), post(take))
        })
        .route(
            "/v1/{tenant}/{site}/commands",
            post(command).layer(DefaultBodyLimit::max(commands::BODY_MAX)),
        )
        .nest("/fhir", fhir::routes())
        .method_not_allowed_fallback(refuse(Problem::MethodUnknown))
        .fallback(refuse(Problem::PathUnknown))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(api)
}

async fn command(
    State(api): State<Arc<Api>>,
    Extension(grant): Extension<Arc<Grant>>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let taken = commands::take(&api, &grant, path.map(|Path(path)| path), request).await;
    taken.map_err(|problem| api.refused(problem))
}

fn path(resource: Resource, tenant: &str, site: &str) -> String {
    format!("/v1/{tenant}/{site}/{}", resource.name())
}

async fn take(
    api: &Arc<Api>,
    grant: &Grant,
    resource: Resource,
    (tenant, site): (&str, &str),
    request: Request,
) -> Result<Response, Problem> {
    let site = self::site(api, grant, Act::TellFacts, tenant, site)?;
    let key = key(request.headers())?;
    if key.is_some() && api.past.unread.contains(told::lane(&site, api.lanes)) {
        return Err(Problem::Recalling);
    }
    let (body, turn) = api.turns.take(request).await?;
    let path = path(resource, tenant, site.site.as_str());
    let receipt = key.map(|key| idempotency::receipt(&path, &key, &body));
    let told = told(api, resource, site, &body, receipt.clone())?;
    if let Some(labels) = api.labels_of(&told.site) {
        for (visit, person) in resource.people(&body) {
            labels.hear(&told.site, visit, &person);
        }
    }
    if let Some(receipt) = &receipt {
        let now = (api.clock)();
        match api.requests.look(|requests| requests.claim(receipt, now)) {
            Claim::New => {}
            Claim::Repeated(facts) => return Ok(taken(facts)),
            Claim::OtherBody => return Err(Problem::KeyReused),
            Claim::UnderWay => return Err(Problem::KeyUnderWay),
        }
    }
    // A task of its own: a caller who hangs up must neither leave the claim open
    // nor make room for others while the facts still wait for Kafka.
    tokio::spawn(finish(Arc::clone(api), told, turn))
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// The site of a path, where this may be done. What a grant does not see is not there.
fn site(api: &Api, grant: &Grant, act: Act, tenant: &str, site: &str) -> Result<Site, Problem> {
    let site = seen_site(api, grant, tenant, site)?;
    match grant.may(act) {
        true => Ok(site),
        false => Err(Problem::NotAllowed),
    }
}

/// The site of a path, whatever may be done there.
fn seen_site(api: &Api, grant: &Grant, tenant: &str, site: &str) -> Result<Site, Problem> {
    let site = Site {
        tenant: TenantId::new(tenant).map_err(|_| Problem::SiteUnknown)?,
        site: SiteId::new(site).map_err(|_| Problem::SiteUnknown)?,
    };
    if !grant.sees_site(&site) || !api.tenants.contains(&site.tenant) {
        return Err(Problem::SiteUnknown);
    }
    Ok(site)
}

async fn finish(api: Arc<Api>, told: Told, _turn: Turn) -> Result<Response, Problem> {
    api.counters.http_write_begins();
    let written = api.write(&told).await;
    api.counters.http_write_ends();
    if let Err(error) = written {
        tracing::error!(%error, "facts are not durable");
        if let Some(receipt) = &told.receipt {
            api.requests.look(|requests| requests.release(receipt));
        }
        return Err(Problem::NotDurable);
    }
    api.requests.look(|requests| requests.recall(&told));
    Ok(taken(told.facts.len()))
}

fn taken(facts: usize) -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "accepted": facts }))).into_response()
}

fn told(
    api: &Api,
    resource: Resource,
    site: Site,
    body: &[u8],
    receipt: Option<Receipt>,
) -> Result<Told, Problem> {
    let caller = Caller {
        site: &site,
        pseudonyms: &api.pseudonyms,
    };
    let facts = resource.facts(body, &caller, (api.clock)());
    let facts = facts.map_err(|refused| match refused {
        Refused::NotJson(detail) => Problem::NotJson(detail),
        Refused::Faults(faults) => Problem::Facts(faults),
    })?;
    Ok(Told {
        site,
        source: SOURCE.to_owned(),
        facts,
        receipt,
    })
}

fn key(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Problem> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = key.as_bytes();
    let is_key = !key.is_empty() && key.len() <= KEY_MAX && key.iter().all(u8::is_ascii_graphic);
    is_key
        .then(|| Some(key.to_vec()))
        .ok_or(Problem::KeyInvalid)
}
