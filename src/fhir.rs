//! The section `[fhir]`: what the resources of a site call otherwise, in a mapping file as
//! HL7's listeners have it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use events::id::{SiteId, TenantId};
use events::place::Site;
use ingest::Tenants;
use ingest::hl7::local::Local;
use serde::Deserialize;

use crate::interfaces;

/// The section `[fhir]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    sites: Vec<Said>,
}

/// One site, as it is configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    tenant: String,
    site: String,
    mapping: PathBuf,
}

impl Settings {
    /// Reads every mapping that is named.
    pub(crate) fn locals(&self, tenants: &Tenants) -> anyhow::Result<BTreeMap<Site, Local>> {
        let mut locals = BTreeMap::new();
        for said in &self.sites {
            let named = || format!("fhir.sites: {}/{}", said.tenant, said.site);
            let (site, local) = said.read(tenants).with_context(named)?;
            ensure!(
                locals.insert(site, local).is_none(),
                "{}: stands there twice",
                named()
            );
        }
        Ok(locals)
    }
}

impl Said {
    fn read(&self, tenants: &Tenants) -> anyhow::Result<(Site, Local)> {
        let tenant = TenantId::new(&self.tenant).context("tenant")?;
        ensure!(
            tenants.contains(&tenant),
            "tenant: {tenant} is none of the configured tenants"
        );
        let site = SiteId::new(&self.site).context("site")?;
        let local = interfaces::mapping(&self.mapping)?;
        Ok((Site { tenant, site }, local))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locals(text: &str) -> anyhow::Result<BTreeMap<Site, Local>> {
        let tenants = Tenants::from([TenantId::new("demo").unwrap()]);
        toml::from_str::<Settings>(text)?.locals(&tenants)
    }

    #[test]
    fn a_site_has_one_mapping_and_a_tenant_that_is_configured() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mapping.toml");
        std::fs::write(&file, "[beds]\n\"Location/17\" = \"MED-A^R1^A-09\"\n").unwrap();
        let site = |tenant: &str| {
            let file = file.display();
            format!("[[sites]]\ntenant = \"{tenant}\"\nsite = \"north\"\nmapping = \"{file}\"\n")
        };
        let read = locals(&site("demo")).unwrap();
        assert_eq!(read.values().next().unwrap().beds.len(), 1);
        let error = |text: String| format!("{:#}", locals(&text).unwrap_err());
        let other = error(site("other"));
        assert!(other.contains("fhir.sites: other/north: tenant"), "{other}");
        let twice = error(site("demo") + &site("demo"));
        assert!(twice.contains("demo/north: stands there twice"), "{twice}");
        assert!(locals("sites = []").unwrap().is_empty());
    }
}
