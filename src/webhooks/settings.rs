//! The section `[webhooks]`: who is told of alerts outside, of which, and how closely.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use events::access::{Role, Tier};
use events::id::{SiteId, TenantId, WardId};
use events::output::AlertPriority;
use ingest::Tenants;
use serde::Deserialize;
use sinks::{Endpoint, Filter, Patience, Secret};
use stream::alert;

/// The source of its dead letters, and the first part of its groups' names.
pub(crate) const SOURCE: &str = "webhook";
/// Most endpoints.
const ENDPOINTS_MAX: usize = 16;
/// Longest name of one.
const NAME_MAX: usize = 32;

/// The section `[webhooks]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    attempts: u32,
    give_up_s: u64,
    pause_ms: u64,
    attempt_s: u64,
    pub(crate) queue: usize,
    endpoints: Vec<Said>,
}

/// One endpoint, as it is configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    name: String,
    url: String,
    #[serde(default)]
    allow_http: bool,
    #[serde(default)]
    ca_file: String,
    secret_file: String,
    #[serde(default)]
    previous_secret_file: String,
    tenant: String,
    #[serde(default)]
    sites: Vec<String>,
    #[serde(default)]
    wards: Vec<String>,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    least_priority: Least,
    #[serde(default)]
    tier: Closely,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Least {
    #[default]
    Low,
    Medium,
    High,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Closely {
    #[default]
    Corridor,
    Staff,
}

impl Settings {
    /// Whether the numbers and names are good; no file is read.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let numbers = [
            ("attempts", u64::from(self.attempts), 1..=100),
            ("give_up_s", self.give_up_s, 1..=86_400),
            ("pause_ms", self.pause_ms, 1..=60_000),
            ("attempt_s", self.attempt_s, 1..=60),
            ("queue", self.queue as u64, 4..=100_000),
        ];
        for (key, number, range) in numbers {
            let (least, most) = (range.start(), range.end());
            ensure!(
                range.contains(&number),
                "webhooks.{key}: must be from {least} to {most}"
            );
        }
        ensure!(
            self.endpoints.len() <= ENDPOINTS_MAX,
            "webhooks.endpoints: there may be {ENDPOINTS_MAX}"
        );
        let names: BTreeSet<_> = self.endpoints.iter().map(|said| &said.name).collect();
        ensure!(
            names.len() == self.endpoints.len(),
            "webhooks.endpoints: two have one name"
        );
        self.endpoints.iter().try_for_each(Said::check)
    }

    pub(crate) fn patience(&self) -> Patience {
        Patience {
            attempts: self.attempts,
            give_up: Duration::from_secs(self.give_up_s),
            pause: Duration::from_millis(self.pause_ms),
            attempt: Duration::from_secs(self.attempt_s),
        }
    }

    /// Every endpoint, with its files read.
    pub(crate) fn endpoints(&self, tenants: &Tenants) -> anyhow::Result<Vec<Endpoint>> {
        let all = self.endpoints.iter();
        all.map(|said| said.read(tenants)).collect()
    }

    /// The endpoint with this name.
    pub(crate) fn endpoint(&self, name: &str, tenants: &Tenants) -> anyhow::Result<Endpoint> {
        let found = self.endpoints.iter().find(|said| said.name == name);
        let names: Vec<_> = self.endpoints.iter().map(|said| &*said.name).collect();
        let found = found.with_context(|| {
            format!(
                "webhooks.endpoints: {name:?} is none of those that there are: {}",
                names.join(", ")
            )
        })?;
        found.read(tenants)
    }
}

impl Said {
    fn named(&self) -> String {
        format!("webhooks.endpoints: {}", self.name)
    }

    fn check(&self) -> anyhow::Result<()> {
        let is_good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        ensure!(
            (1..=NAME_MAX).contains(&self.name.len()) && self.name.bytes().all(is_good),
            "webhooks.endpoints: {:?}: name: must be 1 to {NAME_MAX} of a to z, 0 to 9 and -",
            self.name
        );
        sinks::check_url(&self.url, self.allow_http).with_context(|| self.named())?;
        ensure!(
            !self.secret_file.is_empty(),
            "{}: secret_file: must name the file with the secret",
            self.named()
        );
        self.filter().map(drop).with_context(|| self.named())
    }

    fn read(&self, tenants: &Tenants) -> anyhow::Result<Endpoint> {
        self.read_files(tenants).with_context(|| self.named())
    }

    fn read_files(&self, tenants: &Tenants) -> anyhow::Result<Endpoint> {
        let tenant = TenantId::new(&self.tenant).context("tenant")?;
        ensure!(
            tenants.contains(&tenant),
            "tenant: {tenant} is none of the configured tenants"
        );
        let mut secrets = vec![secret("secret_file", &self.secret_file)?];
        if !self.previous_secret_file.is_empty() {
            secrets.push(secret("previous_secret_file", &self.previous_secret_file)?);
        }
        let ca = (!self.ca_file.is_empty()).then(|| text("ca_file", &self.ca_file));
        let endpoint = Endpoint {
            // There are a few, and they live as long as the process.
            name: self.name.clone().leak(),
            url: self.url.clone(),
            ca: ca.transpose()?,
            secrets,
            tier: match self.tier {
                Closely::Corridor => Tier::Corridor,
                Closely::Staff => Tier::Staff,
            },
            filter: self.filter()?,
        };
        sinks::check_endpoint(&endpoint)?;
        Ok(endpoint)
    }

    fn filter(&self) -> anyhow::Result<Filter> {
        let site = |name: &String| Ok(SiteId::new(name).context("sites")?.to_string());
        let ward = |name: &String| Ok(WardId::encode(name).context("wards")?.to_string());
        let roles: BTreeSet<_> = self
            .roles
            .iter()
            .map(|name| role(name))
            .collect::<Result<_, _>>()?;
        let tells = |rule: &&alert::RuleSpec| {
            let mut chain = rule.response.chain.iter();
            chain.any(|role| roles.contains(role.name()))
        };
        let rules_of_roles = alert::all().iter().filter(tells);
        Ok(Filter {
            tenant: self.tenant.clone(),
            sites: self.sites.iter().map(site).collect::<anyhow::Result<_>>()?,
            wards: self.wards.iter().map(ward).collect::<anyhow::Result<_>>()?,
            rules: self
                .rules
                .iter()
                .map(|name| rule(name))
                .collect::<Result<_, _>>()?,
            least_priority: match self.least_priority {
                Least::Low => AlertPriority::Low,
                Least::Medium => AlertPriority::Medium,
                Least::High => AlertPriority::High,
            },
            rules_of_roles: rules_of_roles.map(|rule| rule.name.to_owned()).collect(),
            roles,
        })
    }
}

fn role(name: &str) -> anyhow::Result<String> {
    let role: Role = name.parse().with_context(|| format!("roles: {name:?}"))?;
    Ok(role.name().to_owned())
}

fn rule(name: &str) -> anyhow::Result<String> {
    let names: Vec<_> = alert::all().iter().map(|rule| rule.name).collect();
    ensure!(
        names.contains(&name),
        "rules: {name:?} is none of {}",
        names.join(", ")
    );
    Ok(name.to_owned())
}

fn secret(key: &str, file: &str) -> anyhow::Result<Secret> {
    Secret::read(&text(key, file)?).with_context(|| format!("{key} {file}"))
}

fn text(key: &str, file: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(Path::new(file)).with_context(|| format!("{key} {file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: &str =
        "attempts = 8\ngive_up_s = 600\npause_ms = 1000\nattempt_s = 10\nqueue = 1000\n";
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";

    /// An endpoint that is good, but for what `others` say in place of some.
    fn read(others: &[(&str, &str)]) -> anyhow::Result<Vec<Endpoint>> {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            format!("\"{}\"", file.display())
        };
        let mut said = std::collections::BTreeMap::from([
            ("name", "\"pager\"".to_owned()),
            ("url", "\"https://pager.example/a/key\"".to_owned()),
            ("secret_file", file("secret", SECRET)),
            ("tenant", "\"demo\"".to_owned()),
        ]);
        for (key, value) in others {
            let value = value
                .strip_prefix("FILE ")
                .map_or((*value).to_owned(), |text| file(key, text));
            said.insert(key, value);
        }
        let lines: Vec<_> = said
            .iter()
            .map(|(key, value)| format!("{key} = {value}\n"))
            .collect();
        let text = format!("{NUMBERS}[[endpoints]]\n{}", lines.concat());
        let settings: Settings = toml::from_str(&text)?;
        settings.check()?;
        settings.endpoints(&Tenants::from([TenantId::new("demo").unwrap()]))
    }

    #[test]
    fn an_endpoint_is_read_with_its_secrets_and_filter() {
        let others = [
            (
                "previous_secret_file",
                "FILE whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            ),
            ("sites", "[\"north\"]"),
            ("wards", "[\"MED-B\"]"),
            ("rules", "[\"bed_dirty\"]"),
            ("roles", "[\"operator\"]"),
            ("least_priority", "\"high\""),
            ("tier", "\"staff\""),
        ];
        let all = read(&others).unwrap();
        let [endpoint] = &all[..] else { panic!() };
        assert_eq!((endpoint.secrets.len(), endpoint.tier), (2, Tier::Staff));
        assert_eq!(endpoint.filter.least_priority, AlertPriority::High);
        let told: Vec<_> = endpoint.filter.rules_of_roles.iter().collect();
        assert_eq!(told, ["devices_silent", "source_silent"]);
        assert_eq!(read(&[]).unwrap()[0].tier, Tier::Corridor);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_endpoint_and_the_key() {
        let cases = [
            ("name", "\"Pager One\"", "name: must be 1 to 32 of a to z"),
            ("url", "\"http://pager.example/\"", "pager: url: plain http"),
            (
                "url",
                "\"pager.example\"",
                "pager: url: must begin with https://",
            ),
            ("tenant", "\"other\"", "pager: tenant: other is none"),
            ("sites", "[\"a b\"]", "pager: sites"),
            (
                "rules",
                "[\"bed_dirt\"]",
                "rules: \"bed_dirt\" is none of appointment_waiting",
            ),
            (
                "roles",
                "[\"nurse\"]",
                "roles: \"nurse\": is none of charge_nurse",
            ),
            (
                "secret_file",
                "FILE secret",
                "must be whsec_ and 24 to 64 bytes",
            ),
            ("secret_file", "\"\"", "pager: secret_file: must name"),
            ("secret_file", "\"/nowhere\"", "secret_file /nowhere"),
            ("ca_file", "FILE none", "ca_file: holds no certificate"),
            ("tier", "\"public\"", "unknown variant `public`"),
            ("colour", "1", "unknown field `colour`"),
        ];
        for (key, value, words) in cases {
            let error = format!("{:#}", read(&[(key, value)]).unwrap_err());
            assert!(error.contains(words), "{key}: {error}");
            assert!(
                !error.contains("a/key"),
                "the address may be a secret: {error}"
            );
        }
    }

    #[test]
    fn numbers_have_bounds_and_names_are_not_shared() {
        let said = |text: &str| toml::from_str::<Settings>(text).unwrap().check();
        let error = |text: &str| format!("{:#}", said(text).unwrap_err());
        assert!(said(&format!("{NUMBERS}endpoints = []")).is_ok());
        let none = NUMBERS.replace("attempts = 8", "attempts = 0") + "endpoints = []";
        assert_eq!(error(&none), "webhooks.attempts: must be from 1 to 100");
        let one = "[[endpoints]]\nname = \"a\"\nurl = \"https://a.example\"\nsecret_file = \"s\"\ntenant = \"demo\"\n";
        let two = format!("{NUMBERS}{one}{one}");
        assert!(error(&two).contains("two have one name"));
    }
}
