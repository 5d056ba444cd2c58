//! IO: `GET /v1/{tenant}/{site}/labels`: what staff call those who lie in the beds that they see,
//! who come and who leave. It is looked up when it is asked for, and is in no frame and no table.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Json, Router};
use events::access::{Grant, Tier};
use events::id::{SiteId, TenantId};
use events::label::Label;
use events::place::Site;
use serde::Serialize;
use tokio::time::Instant;

use crate::answers::Problem;
use crate::board::SiteName;
use crate::frames::View;
use crate::websocket::{Live, may_look};

/// Gives the label of a visit, if it has one.
pub type Lookup =
    Arc<dyn Fn(Site, String) -> Pin<Box<dyn Future<Output = Option<Label>> + Send>> + Send + Sync>;

/// How long a label is taken for what it was: so late a wish not to be named shows.
const FRESH: Duration = Duration::from_secs(30);
/// Labels that are remembered; then all are forgotten, and looked up again.
const KNOWN_MAX: usize = 50_000;

/// The labels of a site, for whoever looks as staff.
pub fn labels_router(live: Live, lookup: Lookup) -> Router {
    let book = Book {
        live,
        lookup,
        known: Arc::default(),
    };
    Router::new()
        .route("/v1/{tenant}/{site}/labels", get(labels))
        .with_state(book)
}

#[derive(Clone)]
struct Book {
    live: Live,
    lookup: Lookup,
    known: Arc<Mutex<Known>>,
}

/// Labels as they were when they were looked up last, and when that was.
type Known = HashMap<(Site, String), (Option<Label>, Instant)>;

#[derive(Serialize)]
struct Labels {
    labels: Vec<Named>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Named {
    visit: String,
    /// What staff call them; `null` where they wish not to be named.
    label: Option<String>,
    /// Whether somebody else of the ward has the same family name.
    same_name: bool,
}

async fn labels(
    State(book): State<Book>,
    Extension(grant): Extension<Arc<Grant>>,
    Path(name): Path<SiteName>,
) -> Result<impl IntoResponse, Problem> {
    may_look(&grant, &name)?;
    if grant.tier < Tier::Staff {
        return Err(Problem::NotAllowed);
    }
    let shown = book.live.visits(&name, &View::of(&grant));
    let shown = shown.ok_or(Problem::SiteUnknown)?;
    let site = site(&name).ok_or(Problem::SiteUnknown)?;
    let mut found = BTreeMap::new();
    for (_, visit) in &shown {
        if !found.contains_key(visit)
            && let Some(label) = book.look_up(&site, visit).await
        {
            found.insert(visit.clone(), label);
        }
    }
    let labels = Labels {
        labels: named(&shown, &found),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(labels)))
}

impl Book {
    async fn look_up(&self, site: &Site, visit: &str) -> Option<Label> {
        let name = (site.clone(), visit.to_owned());
        if let Some((label, at)) = self.known().get(&name)
            && at.elapsed() < FRESH
        {
            return label.clone();
        }
        let label = (self.lookup)(site.clone(), visit.to_owned()).await;
        let mut known = self.known();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(name, (label.clone(), Instant::now()));
        label
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn site((tenant, site): &SiteName) -> Option<Site> {
    Some(Site {
        tenant: TenantId::new(tenant).ok()?,
        site: SiteId::new(site).ok()?,
    })
}

/// Each visit once, with a warning where two visits of a ward have the same family name.
fn named(shown: &[(String, String)], found: &BTreeMap<String, Label>) -> Vec<Named> {
    let mut of_ward: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (ward, visit) in shown {
        if let Some(label) = found.get(visit).filter(|label| !label.alike.is_empty()) {
            let visits = of_ward.entry((ward, &label.alike)).or_default();
            if !visits.contains(&visit.as_str()) {
                visits.push(visit);
            }
        }
    }
    let several = of_ward.values().filter(|visits| visits.len() > 1);
    let same: Vec<&str> = several.flatten().copied().collect();
    let named = found.iter().map(|(visit, label)| Named {
        visit: visit.clone(),
        label: (!label.is_hidden()).then(|| label.text.clone()),
        same_name: same.contains(&visit.as_str()),
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_a_ward_with_one_family_name_are_said_to_be() {
        let label = |alike: &str| Label {
            text: format!("X {alike}"),
            alike: alike.to_owned(),
        };
        let found: BTreeMap<String, Label> = [
            ("v1", label("m")),
            ("v2", label("m")),
            ("v3", label("o")),
            ("v4", label("o")),
            ("v5", Label::hidden()),
            ("v6", Label::hidden()),
        ]
        .map(|(visit, label)| (visit.to_owned(), label))
        .into();
        // v1 is in a bed, and said to leave it.
        let wards = [
            ("a", "v1"),
            ("a", "v1"),
            ("a", "v2"),
            ("a", "v3"),
            ("b", "v4"),
        ];
        let hidden = [("a", "v5"), ("a", "v6")];
        let shown: Vec<_> = wards
            .into_iter()
            .chain(hidden)
            .map(|(ward, visit)| (ward.to_owned(), visit.to_owned()))
            .collect();
        let named = named(&shown, &found);
        let same: Vec<_> = named.iter().map(|one| one.same_name).collect();
        assert_eq!(same, [true, true, false, false, false, false]);
        assert_eq!(named[0].label.as_deref(), Some("X m"));
        assert_eq!(named[4].label, None);
    }
}
