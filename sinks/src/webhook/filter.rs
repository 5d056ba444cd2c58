//! Which alerts an endpoint is told of. Pure.

use std::collections::BTreeSet;

use events::output::{Alert, AlertPriority, AlertState};

/// Which alerts an endpoint is told of; what is empty asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose.
    pub tenant: String,
    /// Of which sites.
    pub sites: BTreeSet<String>,
    /// Of which wards.
    pub wards: BTreeSet<String>,
    /// Of which rules.
    pub rules: BTreeSet<String>,
    /// Of this priority or a higher one: 1 low, 2 medium, 3 high.
    pub least_priority: AlertPriority,
    /// Those that one of these roles is told of now.
    pub roles: BTreeSet<String>,
    /// Rules that tell one of `roles` sooner or later. What tells nobody, because somebody has it
    /// or it is over, is passed on of these: nobody else would tell whoever was called.
    pub rules_of_roles: BTreeSet<String>,
}

impl Filter {
    /// Whether the endpoint is told of this change of an alert.
    pub(crate) fn passes(&self, alert: &Alert) -> bool {
        // Over before anybody could know: it never called anybody.
        let is_news = alert.state() != AlertState::Retrospective;
        is_news
            && self.tenant == alert.tenant
            && is_among(&self.sites, &alert.site)
            && is_among(&self.wards, &alert.ward)
            && is_among(&self.rules, &alert.rule)
            && alert.priority >= self.least_priority as i32
            && self.is_for_its_roles(alert)
    }

    fn is_for_its_roles(&self, alert: &Alert) -> bool {
        match alert.notify.as_str() {
            "" => self.roles.is_empty() || self.rules_of_roles.contains(&alert.rule),
            role => is_among(&self.roles, role),
        }
    }
}

fn is_among(wanted: &BTreeSet<String>, name: &str) -> bool {
    wanted.is_empty() || wanted.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(change: impl FnOnce(&mut Filter)) -> Filter {
        let mut filter = Filter {
            tenant: "demo".to_owned(),
            ..Filter::default()
        };
        change(&mut filter);
        filter
    }

    fn only(name: &str) -> BTreeSet<String> {
        BTreeSet::from([name.to_owned()])
    }

    fn alert() -> Alert {
        Alert {
            tenant: "demo".to_owned(),
            site: "north".to_owned(),
            ward: "MED-B".to_owned(),
            rule: "bed_dirty".to_owned(),
            priority: AlertPriority::Medium.into(),
            state: AlertState::Raised.into(),
            notify: "cleaner".to_owned(),
            ..Alert::default()
        }
    }

    #[test]
    fn an_endpoint_is_told_of_what_it_asks_for_and_of_nothing_of_another_tenant() {
        assert!(filter(|_| {}).passes(&alert()));
        let others = [
            filter(|f| f.tenant = "other".to_owned()),
            filter(|f| f.sites = only("south")),
            filter(|f| f.wards = only("MED-A")),
            filter(|f| f.rules = only("ward_full")),
            filter(|f| f.least_priority = AlertPriority::High),
            filter(|f| f.roles = only("bed_manager")),
        ];
        for other in others {
            assert!(!other.passes(&alert()), "{other:?}");
        }
        let all = filter(|f| {
            f.sites = only("north");
            f.wards = only("MED-B");
            f.rules = only("bed_dirty");
            f.least_priority = AlertPriority::Medium;
            f.roles = only("cleaner");
        });
        assert!(all.passes(&alert()));
    }

    #[test]
    fn who_may_have_been_called_is_told_that_it_is_over() {
        let cleaner = filter(|f| {
            f.roles = only("cleaner");
            f.rules_of_roles = only("bed_dirty");
        });
        let mut over = alert();
        over.notify.clear();
        over.state = AlertState::Cleared.into();
        assert!(cleaner.passes(&over));
        over.rule = "ward_full".to_owned();
        assert!(!cleaner.passes(&over), "it never told a cleaner");
    }

    #[test]
    fn what_was_over_before_anybody_could_know_is_not_told() {
        let mut late = alert();
        late.state = AlertState::Retrospective.into();
        assert!(!filter(|_| {}).passes(&late));
    }
}
