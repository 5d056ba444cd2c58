//! Who looks: as closely as a tier, at all wards or at some. Boards with the same view get the
//! same frames. The one place where it is chosen what of a site a view shows.

use std::collections::BTreeSet;

use events::access::{Grant, Tier, Wards};
use events::output::{Alert, BedView, CommandView, KpiValue, SilenceView, SiteView, WardView};

use super::SiteNames;
use crate::board::{BedName, Delta, SiteBoard};

/// How closely, and at which wards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct View {
    pub(crate) tier: Tier,
    /// Nothing for all.
    wards: Option<BTreeSet<String>>,
    /// Whether what is said of the whole site is seen, too.
    whole_site: bool,
}

/// What a client can choose of what its grant sees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// What is said of the whole site.
    Site,
    /// What is said of a ward, by its id.
    Ward(String),
}

/// The ward of what is said of a whole site.
const WHOLE_SITE: &str = "-";

impl View {
    /// The view of a grant.
    pub(crate) fn of(grant: &Grant) -> Self {
        let wards = match &grant.wards {
            Wards::All => None,
            Wards::These(wards) => Some(wards.iter().map(ToString::to_string).collect()),
        };
        Self {
            tier: grant.tier,
            whole_site: wards.is_none(),
            wards,
        }
    }

    /// Of this view only these topics; nothing if it does not see each, or there is no such ward.
    pub(crate) fn narrowed(&self, topics: &BTreeSet<Topic>, site: &SiteBoard) -> Option<Self> {
        let known = site.known_wards();
        let mut wards = BTreeSet::new();
        let mut whole_site = false;
        for topic in topics {
            match topic {
                Topic::Site if self.whole_site => whole_site = true,
                Topic::Ward(ward) if self.sees(ward) && known.contains(ward.as_str()) => {
                    wards.insert(ward.clone());
                }
                Topic::Site | Topic::Ward(_) => return None,
            }
        }
        Some(Self {
            tier: self.tier,
            wards: Some(wards),
            whole_site,
        })
    }

    fn sees(&self, ward: &str) -> bool {
        if ward == WHOLE_SITE {
            return self.whole_site;
        }
        self.wards.as_ref().is_none_or(|wards| wards.contains(ward))
    }

    /// Whether more than counts are seen.
    fn sees_beds(&self) -> bool {
        self.tier > Tier::Public
    }

    /// Whether it is told which sources of the site are silent.
    fn sees_sources(&self) -> bool {
        self.whole_site && self.sees_beds()
    }

    fn shows_of<'a, T>(
        &self,
        all: impl Iterator<Item = &'a T>,
        ward: impl Fn(&'a T) -> &'a str,
    ) -> Vec<&'a T> {
        all.filter(|one| self.sees(ward(one))).collect()
    }

    /// The silences of the wards that are seen; nothing where the list is the same as before.
    fn silences<'a>(&self, site: Option<&'a SiteView>) -> Option<Vec<&'a SilenceView>> {
        let silences = site?.silences.iter();
        Some(self.close(self.shows_of(silences, |silence| &silence.ward)))
    }

    fn close<T>(&self, seen: Vec<T>) -> Vec<T> {
        if self.sees_beds() { seen } else { Vec::new() }
    }
}

/// What of a site, or of a change of it, a view shows.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    site: Option<&'a SiteView>,
    has_sources: bool,
    silences: Option<Vec<&'a SilenceView>>,
    pub(super) wards: Vec<&'a WardView>,
    pub(super) beds: Vec<&'a BedView>,
    pub(super) gone: Vec<&'a BedName>,
    pub(super) alerts: Vec<&'a Alert>,
    pub(super) kpis: Vec<&'a KpiValue>,
    pub(super) commands: Vec<&'a CommandView>,
}

impl<'a> Parts<'a> {
    /// How the site is called, and what of it is silent.
    pub(super) fn names(&self) -> Option<SiteNames<'a>> {
        self.site.map(|site| SiteNames::new(site, self.has_sources))
    }

    /// The silences, in the words of a tier; nothing where they are as before.
    pub(super) fn silences<T>(&self, of: impl Fn(&'a SilenceView) -> T) -> Option<Vec<T>> {
        let silences = self.silences.as_ref()?;
        Some(silences.iter().copied().map(of).collect())
    }

    /// Of all that is shown.
    pub(super) fn of_site(site: &'a SiteBoard, view: &View) -> Self {
        Self {
            site: site.site.as_ref(),
            has_sources: view.sees_sources(),
            silences: view.silences(site.site.as_ref()),
            wards: view.shows_of(site.wards.shown(), |ward| &ward.ward),
            beds: view.close(view.shows_of(site.beds.shown(), ward_of)),
            gone: Vec::new(),
            alerts: view.close(view.shows_of(site.alerts.values(), |alert| &alert.ward)),
            kpis: view.close(view.shows_of(site.kpis.shown(), |kpi| &kpi.ward)),
            commands: view.close(view.shows_of(site.commands.iter(), |command| &command.ward)),
        }
    }

    /// Of what has changed; nothing where nothing of it is seen.
    pub(super) fn of_delta(delta: &'a Delta, view: &View) -> Option<Self> {
        let is_close = |(_, bed): &&BedName| bed.is_empty() || view.sees_beds();
        let gone = view.shows_of(delta.gone.iter(), |(ward, _)| ward);
        let parts = Self {
            site: delta.site.as_ref(),
            has_sources: view.sees_sources(),
            silences: view.silences(delta.site.as_ref()),
            wards: view.shows_of(delta.wards.iter(), |ward| &ward.ward),
            beds: view.close(view.shows_of(delta.beds.iter(), ward_of)),
            gone: gone.into_iter().filter(is_close).collect(),
            alerts: view.close(view.shows_of(delta.alerts.iter(), |alert| &alert.ward)),
            kpis: view.close(view.shows_of(delta.kpis.iter(), |kpi| &kpi.ward)),
            commands: view.close(view.shows_of(delta.commands.iter(), |command| &command.ward)),
        };
        let is_empty = parts.site.is_none()
            && parts.wards.is_empty()
            && parts.beds.is_empty()
            && parts.gone.is_empty()
            && parts.alerts.is_empty()
            && parts.kpis.is_empty()
            && parts.commands.is_empty();
        (!is_empty).then_some(parts)
    }
}

fn ward_of(bed: &BedView) -> &str {
    bed.place.as_ref().map_or("", |place| &place.ward)
}
