//! FHIR over HTTP: `POST /fhir/{tenant}/{site}/{type}`, `PUT` with an id, a `Bundle` at
//! `POST /fhir/{tenant}/{site}`, `GET .../metadata`. What is taken is answered with 202
//! once Kafka has it for good; each answer is a FHIR resource.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Router};
use events::access::{Act, Grant};
use events::fact::{Fact, Told};
use events::place::Site;
use serde_json::Value as Json;

use super::problem::Problem;
use super::turns::Turn;
use super::{Api, site};
use crate::fhir::bundle::{self, Kind};
use crate::fhir::fault::{Fault, Issue};
use crate::fhir::outcome::{self, Taken};
use crate::fhir::seen::{self, Claimed, ContentId};
use crate::fhir::{Became, CAPABILITIES, SOURCE, Said, SaidFact, Speaker};
use crate::told;

/// Most facts of one request: they become one record of the log.
pub const FACTS_MAX: usize = 4_000;

/// What is asked for.
enum Asked {
    Bundle,
    Resource { kind: String, id: Option<String> },
}

/// What came in a request.
struct Came {
    /// How its resources belong together, when they came in a bundle.
    kind: Option<Kind>,
    entries: Vec<Result<Said, Fault>>,
}

/// Why a request is not taken.
enum Refused {
    /// As any other over HTTP.
    Problem(Problem),
    /// Something is wrong with what was sent as this.
    Fault(String, Fault),
    /// Another request is telling the same now.
    UnderWay,
}

type Who = Extension<Arc<Grant>>;
type Parts = Result<Path<Vec<String>>, PathRejection>;

pub(super) fn routes() -> Router<Arc<Api>> {
    let take = async |State(api): State<Arc<Api>>, who: Who, path: Parts, request: Request| {
        answer(&api, &who, path, request).await
    };
    let refuse = |problem: Problem| {
        move |State(api): State<Arc<Api>>| async move {
            Refused::Problem(api.refused(problem)).into_response()
        }
    };
    Router::new()
        .route("/{tenant}/{site}", post(take))
        .route("/{tenant}/{site}/", post(take))
        .route("/{tenant}/{site}/metadata", get(capabilities))
        .route("/{tenant}/{site}/{type}", post(take))
        .route("/{tenant}/{site}/{type}/{id}", put(take))
        .method_not_allowed_fallback(refuse(Problem::MethodUnknown))
        .fallback(refuse(Problem::PathUnknown))
}

async fn capabilities(State(api): State<Arc<Api>>, who: Who, path: Parts) -> Response {
    let known = path
        .map_err(|_| Problem::PathUnknown)
        .and_then(|Path(parts)| site(&api, &who, Act::TellFacts, &parts[0], &parts[1]));
    match known {
        Ok(_) => resource(StatusCode::OK, CAPABILITIES.to_owned()),
        Err(problem) => Refused::Problem(api.refused(problem)).into_response(),
    }
}

async fn answer(api: &Arc<Api>, grant: &Grant, path: Parts, request: Request) -> Response {
    let taken = match path {
        Ok(Path(parts)) => take(api, grant, parts, request).await,
        Err(_) => Err(Refused::Problem(Problem::PathUnknown)),
    };
    taken.unwrap_or_else(|refused| {
        api.counters.refused(refused.code());
        refused.into_response()
    })
}

async fn take(
    api: &Arc<Api>,
    grant: &Grant,
    parts: Vec<String>,
    request: Request,
) -> Result<Response, Refused> {
    let site = site(api, grant, Act::TellFacts, &parts[0], &parts[1])?;
    if api.past.unread.contains(told::lane(&site, api.lanes)) {
        return Err(Problem::Recalling.into());
    }
    let mut parts = parts.into_iter().skip(2);
    let asked = match parts.next() {
        None => Asked::Bundle,
        Some(kind) => Asked::Resource {
            kind,
            id: parts.next(),
        },
    };
    let (body, turn) = api.turns.take(request).await?;
    let came = read(api, &site, asked, &body)?;
    if let Some(labels) = api.labels_of(&site) {
        for (visit, person) in crate::fhir::people(&body) {
            labels.hear(&site, visit, &person);
        }
    }
    // A task of its own: a caller who hangs up must neither leave claims open nor make
    // room for others while the facts still wait for Kafka.
    tokio::spawn(tell(Arc::clone(api), site, came, turn))
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

fn read(api: &Api, site: &Site, asked: Asked, body: &[u8]) -> Result<Came, Refused> {
    let json: Json = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Problem::NotJson(format!("not JSON at line {line} column {column}"))
    })?;
    let speaker = Speaker {
        site,
        pseudonyms: &api.pseudonyms,
        local: api.local(site),
    };
    let now = (api.clock)();
    match asked {
        Asked::Bundle => {
            let bundle = bundle::read(&speaker, &json, now);
            let bundle = bundle.map_err(|fault| refused(api, "Bundle", fault))?;
            if bundle.kind == Kind::Transaction
                && let Some((index, fault)) = first_fault(&bundle)
            {
                return Err(refused(api, &format!("Bundle.entry[{index}]"), fault));
            }
            Ok(Came {
                kind: Some(bundle.kind),
                entries: bundle.entries,
            })
        }
        Asked::Resource { kind, id } => {
            let said = speaker.read(&kind, id.as_deref(), &json, now);
            let said = said.map_err(|fault| refused(api, root(&kind), fault))?;
            Ok(Came {
                kind: None,
                entries: vec![Ok(said)],
            })
        }
    }
}

/// A type that is not known is not repeated, either.
fn root(kind: &str) -> &'static str {
    let mut known = crate::fhir::TYPES.into_iter();
    known.find(|known| *known == kind).unwrap_or("Resource")
}

fn first_fault(bundle: &bundle::Bundle) -> Option<(usize, Fault)> {
    let mut entries = bundle.entries.iter().enumerate();
    entries.find_map(|(index, entry)| Some((index, entry.as_ref().err()?.clone())))
}

fn refused(api: &Api, root: &str, fault: Fault) -> Refused {
    api.counters.fhir_resource(Became::Refused);
    Refused::Fault(root.to_owned(), fault)
}

impl Came {
    fn facts(&self) -> Vec<&SaidFact> {
        let said = self.entries.iter().filter_map(|entry| entry.as_ref().ok());
        said.flat_map(|said| &said.facts).collect()
    }

    /// What becomes of each entry, and the facts that are told of all of them.
    fn divided(self, mut new: BTreeSet<ContentId>) -> (Vec<Result<Taken, Fault>>, Vec<Fact>) {
        let mut told = Vec::with_capacity(new.len());
        let mut divide = |said: Said| {
            let all = said.facts.len();
            let facts = said.facts.into_iter();
            let fresh = facts.filter(|said| new.remove(&said.id));
            let before = told.len();
            told.extend(fresh.map(|said| said.fact));
            let fresh = told.len() - before;
            Taken {
                told: fresh,
                repeated: all - fresh,
                too_old: said.too_old,
            }
        };
        let entries = self.entries.into_iter();
        let taken = entries.map(|entry| entry.map(&mut divide)).collect();
        (taken, told)
    }
}

/// Tells what had not been told before, and says so when it is durable.
async fn tell(api: Arc<Api>, site: Site, came: Came, _turn: Turn) -> Result<Response, Refused> {
    let now = (api.clock)();
    let (kind, facts) = (came.kind, came.facts());
    if facts.len() > FACTS_MAX {
        let fault = Fault::new(
            Issue::TooCostly,
            "",
            format!("says more than {FACTS_MAX} facts"),
        );
        let root = kind.map_or("Resource", |_| "Bundle");
        return Err(refused(&api, root, fault));
    }
    let receipt = seen::request_receipt(&site, &facts);
    let claimed = api
        .said
        .look(|known| seen::claim(known, &site, &facts, now));
    let claimed = claimed.ok_or(Refused::UnderWay)?;
    let (taken, facts) = came.divided(claimed.new.clone());
    if !facts.is_empty() {
        let told = Told {
            site,
            source: SOURCE.to_owned(),
            facts,
            receipt: Some(receipt),
        };
        write(&api, &told, &claimed).await?;
    }
    api.said.look(|known| claimed.remember(known, now));
    for entry in &taken {
        let became = entry.as_ref().map_or(Became::Refused, Taken::became);
        api.counters.fhir_resource(became);
    }
    Ok(match (kind, &taken[..]) {
        (None, [Ok(taken)]) => resource(StatusCode::ACCEPTED, taken.json().to_string()),
        (kind, entries) => {
            let answers = outcome::bundle(kind.unwrap_or(Kind::Batch), entries);
            resource(StatusCode::OK, answers.to_string())
        }
    })
}

async fn write(api: &Api, told: &Told, claimed: &Claimed) -> Result<(), Problem> {
    api.counters.http_write_begins();
    let written = api.write(told).await;
    api.counters.http_write_ends();
    written.map_err(|error| {
        tracing::error!(%error, "facts are not durable");
        api.said.look(|known| claimed.release(known));
        Problem::NotDurable
    })
}

fn resource(status: StatusCode, body: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/fhir+json")];
    (status, kind, body).into_response()
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Refused {
    /// One of the codes of [`super::problem`].
    const fn code(&self) -> &'static str {
        match self {
            Self::Problem(problem) => problem.code(),
            Self::Fault(..) => "facts_refused",
            Self::UnderWay => "under_way",
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => {
                let answer = outcome::problem(issue(&problem), &problem.text());
                again(problem.status(), problem.retry_after(), answer)
            }
            Self::Fault(root, fault) => {
                let status = StatusCode::from_u16(fault.issue.status());
                let status = status.expect("a fault has a status of HTTP");
                resource(status, outcome::fault(&root, &fault).to_string())
            }
            Self::UnderWay => {
                let text = "Another request is telling some of this now; send it again later.";
                let answer = outcome::problem("lock-error", text);
                again(StatusCode::CONFLICT, Some("1"), answer)
            }
        }
    }
}

fn again(status: StatusCode, seconds: Option<&'static str>, answer: Json) -> Response {
    let after = seconds.map(|seconds| [(header::RETRY_AFTER, seconds)]);
    (after, resource(status, answer.to_string())).into_response()
}

/// The code of FHIR's value set of issue types.
const fn issue(problem: &Problem) -> &'static str {
    match problem {
        Problem::BodySlow => "timeout",
        Problem::BodyTooLarge => "too-long",
        Problem::MethodUnknown => "not-supported",
        Problem::NotDurable | Problem::Recalling => "transient",
        Problem::NotAllowed => "forbidden",
        Problem::PathUnknown | Problem::SiteUnknown => "not-found",
        Problem::TooMany => "throttled",
        _ => "structure",
    }
}
