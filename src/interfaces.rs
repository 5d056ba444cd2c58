//! The section `[hl7]`: who may send messages over MLLP, where, and what is agreed with
//! each: whose they are, their zone and character set, and the mapping file with their
//! names and codes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use events::id::{SiteId, TenantId};
use events::place::Site;
use ingest::hl7::charset::Charset;
use ingest::hl7::local::{AppointmentStatus, BedStatus, Local, Location};
use ingest::hl7::{self, Interface};
use ingest::mllp::{Limits, Listener, tls};
use ingest::{Pseudonyms, Tenants};
use serde::Deserialize;

const MIB: usize = 1 << 20;

/// The section `[hl7]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    frame_mib: usize,
    connections: usize,
    unanswered: usize,
    header_s: u64,
    idle_s: u64,
    frame_s: u64,
    listeners: Vec<Said>,
}

/// One listener, as it is configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    listen: SocketAddr,
    tenant: String,
    site: String,
    #[serde(default = "utc")]
    zone: String,
    #[serde(default = "utf8")]
    charset: String,
    #[serde(default)]
    mapping: String,
    #[serde(default)]
    cert_file: String,
    #[serde(default)]
    key_file: String,
    #[serde(default)]
    client_ca_file: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn utf8() -> String {
    "UNICODE UTF-8".to_owned()
}

impl Settings {
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let most = hl7::MESSAGE_BYTES_MAX / MIB;
        ensure!(
            (1..=most).contains(&self.frame_mib),
            "hl7.frame_mib: must be from 1 to {most}"
        );
        ensure!(
            (1..=10_000).contains(&self.connections),
            "hl7.connections: must be from 1 to 10000"
        );
        ensure!(
            (1..=1_000).contains(&self.unanswered),
            "hl7.unanswered: must be from 1 to 1000"
        );
        let times = [
            ("header_s", self.header_s),
            ("idle_s", self.idle_s),
            ("frame_s", self.frame_s),
        ];
        for (key, seconds) in times {
            ensure!(
                (1..=86_400).contains(&seconds),
                "hl7.{key}: must be from 1 to 86400"
            );
        }
        Ok(())
    }

    /// Who can reach a listener can move patients.
    pub(crate) fn check_open(&self, allow_unauthenticated_hl7: bool) -> anyhow::Result<()> {
        for said in &self.listeners {
            let knows_senders = !said.client_ca_file.is_empty();
            if !said.listen.ip().is_loopback() && !knows_senders && !allow_unauthenticated_hl7 {
                bail!(
                    "hl7.listeners: {} is not a loopback address, and whoever reaches it can move patients; \
                     name the authority of the senders' certificates in client_ca_file, or give \
                     --allow-unauthenticated-hl7",
                    said.listen
                );
            }
        }
        Ok(())
    }

    /// Reads every file that is named.
    pub(crate) fn check_files(&self, tenants: &Tenants) -> anyhow::Result<()> {
        // The key decides about names only.
        self.listeners(tenants, &Pseudonyms::new(&[0; 32]))?;
        Ok(())
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            frame_bytes: self.frame_mib * MIB,
            connections: self.connections,
            unanswered: self.unanswered,
            header: Duration::from_secs(self.header_s),
            idle: Duration::from_secs(self.idle_s),
            frame: Duration::from_secs(self.frame_s),
        }
    }

    pub(crate) fn listeners(
        &self,
        tenants: &Tenants,
        pseudonyms: &Pseudonyms,
    ) -> anyhow::Result<Vec<Listener>> {
        self.listeners
            .iter()
            .map(|said| {
                let named = || format!("hl7.listeners: {}", said.listen);
                said.listener(tenants, pseudonyms).with_context(named)
            })
            .collect()
    }
}

impl Said {
    fn listener(&self, tenants: &Tenants, pseudonyms: &Pseudonyms) -> anyhow::Result<Listener> {
        let tenant = TenantId::new(&self.tenant).context("tenant")?;
        ensure!(
            tenants.contains(&tenant),
            "tenant: {tenant} is none of the configured tenants"
        );
        let zone = jiff::tz::TimeZone::get(&self.zone).context("zone")?;
        let mut local = match self.mapping.as_str() {
            "" => Local::default(),
            file => mapping(Path::new(file))?,
        };
        local.charset = Charset::by_name(&self.charset)
            .with_context(|| format!("charset: {:?} is not in table 0211", self.charset))?;
        let site = Site {
            tenant,
            site: SiteId::new(&self.site).context("site")?,
        };
        Ok(Listener {
            listen: self.listen,
            interface: Interface {
                site,
                zone,
                pseudonyms: pseudonyms.clone(),
                local,
            },
            tls: self.files()?.as_ref().map(tls::acceptor).transpose()?,
        })
    }

    fn files(&self) -> anyhow::Result<Option<tls::Files>> {
        if self.cert_file.is_empty() {
            ensure!(
                self.key_file.is_empty() && self.client_ca_file.is_empty(),
                "cert_file: must name our certificate when key_file or client_ca_file is given"
            );
            return Ok(None);
        }
        ensure!(
            !self.key_file.is_empty(),
            "key_file: must name the key of cert_file"
        );
        let authority = &self.client_ca_file;
        Ok(Some(tls::Files {
            certificate: PathBuf::from(&self.cert_file),
            key: PathBuf::from(&self.key_file),
            client_authority: (!authority.is_empty()).then(|| PathBuf::from(authority)),
        }))
    }
}

/// What stands in a mapping file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mapping {
    a08_moves: bool,
    wards: BTreeMap<String, String>,
    beds: BTreeMap<String, String>,
    bed_statuses: BTreeMap<String, String>,
    appointment_statuses: BTreeMap<String, String>,
}

/// Reads a mapping file: what a sender's names and codes are here.
pub(crate) fn mapping(file: &Path) -> anyhow::Result<Local> {
    let named = || format!("mapping {}", file.display());
    let text = std::fs::read_to_string(file).with_context(named)?;
    let mapping: Mapping = toml::from_str(&text).with_context(named)?;
    mapping.local().with_context(named)
}

impl Mapping {
    fn local(self) -> anyhow::Result<Local> {
        let location = |text: &str| {
            Location::parse(text).with_context(|| format!("beds: {text:?} is not WARD^ROOM^BED"))
        };
        let beds = self
            .beds
            .iter()
            .map(|(theirs, ours)| Ok((location(theirs)?, location(ours)?)))
            .collect::<anyhow::Result<_>>()?;
        Ok(Local {
            charset: Charset::default(),
            a08_moves: self.a08_moves,
            wards: self.wards,
            beds,
            bed_statuses: codes("bed_statuses", self.bed_statuses, BedStatus::by_code)?,
            appointment_statuses: codes(
                "appointment_statuses",
                self.appointment_statuses,
                AppointmentStatus::by_name,
            )?,
        })
    }
}

fn codes<T>(
    table: &str,
    said: BTreeMap<String, String>,
    by_name: fn(&str) -> Option<T>,
) -> anyhow::Result<BTreeMap<String, T>> {
    said.into_iter()
        .map(|(code, name)| {
            let unknown = || format!("{table}: {name:?} is no status; docs/hl7.md lists them");
            let meaning = by_name(&name).with_context(unknown)?;
            Ok((code, meaning))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> anyhow::Result<Local> {
        toml::from_str::<Mapping>(text)?.local()
    }

    #[test]
    fn a_mapping_says_names_codes_and_what_an_update_does() {
        let local = local(
            "a08_moves = true\n[wards]\nW1 = \"MED-A\"\n[beds]\n\"W1^1^9\" = \"MED-A^R1^A-09\"\n\
             [bed_statuses]\n1 = \"U\"\n[appointment_statuses]\nARR = \"arrived\"\n",
        )
        .unwrap();
        assert!(local.a08_moves);
        assert_eq!(local.wards["W1"], "MED-A");
        let theirs = Location::parse("W1^1^9").unwrap();
        assert_eq!(local.beds[&theirs].bed, "A-09");
        assert_eq!(local.bed_statuses["1"], BedStatus::Unoccupied);
        assert!(local.appointment_statuses.contains_key("ARR"));
    }

    #[test]
    fn what_is_wrong_with_a_mapping_is_said_with_its_table() {
        let error = |text: &str| format!("{:#}", local(text).unwrap_err());
        assert!(error("[ward]\n").contains("unknown field `ward`"));
        assert!(error("[beds]\n\"A^1^9^X\" = \"B\"\n").contains("beds: \"A^1^9^X\""));
        assert!(error("[bed_statuses]\n1 = \"free\"\n").contains("bed_statuses: \"free\""));
        let said = error("[appointment_statuses]\nX = \"here\"\n");
        assert!(said.contains("appointment_statuses: \"here\""), "{said}");
    }
}
