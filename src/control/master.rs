//! The bed master as people write it, in TOML.

use std::path::Path;

use anyhow::Context;
use events::control::{BedMaster, Control, MasterBed, MasterWard, OccupancySource, Setting};
use events::id::{BedId, RoomId, WardId};
use events::zone::Zone;
use serde::Deserialize;

use super::site_of;

pub(crate) fn read_master(file: &Path) -> anyhow::Result<Control> {
    let named = || format!("bed master {}", file.display());
    let text = std::fs::read_to_string(file).with_context(named)?;
    let master: MasterFile = toml::from_str(&text).with_context(named)?;
    master.control().with_context(named)
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MasterFile {
    tenant: String,
    site: String,
    label: Option<String>,
    time_zone: Option<String>,
    #[serde(rename = "ward")]
    wards: Vec<WardEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WardEntry {
    name: String,
    source: Source,
    #[serde(default, rename = "bed")]
    beds: Vec<BedEntry>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    Pad,
    Visits,
    Both,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BedEntry {
    name: String,
    room: Option<String>,
    #[serde(default = "staffed")]
    staffed: bool,
}

const fn staffed() -> bool {
    true
}

impl MasterFile {
    fn control(&self) -> anyhow::Result<Control> {
        let wards = self
            .wards
            .iter()
            .map(WardEntry::ward)
            .collect::<anyhow::Result<_>>()?;
        if let Some(zone) = &self.time_zone {
            Zone::named(zone).with_context(|| {
                format!("time_zone: {zone:?} is no IANA name such as Europe/Vienna")
            })?;
        }
        Ok(Control {
            site: site_of(&self.tenant, &self.site)?,
            setting: Setting::Master(BedMaster {
                label: self.label.clone(),
                time_zone: self.time_zone.clone(),
                wards,
            }),
        })
    }
}

impl WardEntry {
    fn ward(&self) -> anyhow::Result<MasterWard> {
        let named = || format!("ward {:?}", self.name);
        Ok(MasterWard {
            ward: WardId::encode(&self.name).with_context(named)?,
            label: self.name.clone(),
            source: match self.source {
                Source::Pad => OccupancySource::Pad,
                Source::Visits => OccupancySource::Visits,
                Source::Both => OccupancySource::Both,
            },
            beds: self
                .beds
                .iter()
                .map(BedEntry::bed)
                .collect::<anyhow::Result<_>>()
                .with_context(named)?,
        })
    }
}

impl BedEntry {
    fn bed(&self) -> anyhow::Result<MasterBed> {
        let room = self.room.as_deref().map(RoomId::encode).transpose();
        Ok(MasterBed {
            bed: BedId::encode(&self.name).with_context(|| format!("bed {:?}", self.name))?,
            room: room.with_context(|| format!("room of bed {:?}", self.name))?,
            label: self.name.clone(),
            staffed: self.staffed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bed_master_is_read_as_people_write_it() {
        let text = r#"
            tenant = "demo"
            site = "north"
            label = "North campus"
            time_zone = "Europe/Vienna"
            [[ward]]
            name = "Ward 3"
            source = "both"
            bed = [{ name = "Bed 9", room = "12" }, { name = "Bed 10", staffed = false }]
        "#;
        let control = toml::from_str::<MasterFile>(text)
            .unwrap()
            .control()
            .unwrap();
        let Setting::Master(master) = control.setting else {
            panic!("a bed master was read");
        };
        assert_eq!(master.label.as_deref(), Some("North campus"));
        assert_eq!(master.time_zone.as_deref(), Some("Europe/Vienna"));
        assert_eq!(master.wards[0].ward.as_str(), "Ward_x203");
        assert_eq!(master.wards[0].beds[0].label, "Bed 9");
        assert!(!master.wards[0].beds[1].staffed);
    }

    #[test]
    fn a_zone_that_nobody_knows_is_refused_by_name() {
        let text = "tenant = \"demo\"\nsite = \"north\"\ntime_zone = \"Middle/Earth\"\nward = []";
        let refused = toml::from_str::<MasterFile>(text).unwrap().control();
        let said = format!("{:#}", refused.unwrap_err());
        assert!(said.contains("time_zone: \"Middle/Earth\""), "{said}");
    }
}
