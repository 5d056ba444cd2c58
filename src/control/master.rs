//! The bed master as people write it, in TOML.

use std::path::Path;

use anyhow::Context;
use events::control::{BedMaster, Control, MasterBed, MasterWard, OccupancySource, Setting};
use events::hours::Hours;
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
    /// Of those of its beds that have none of their own.
    hours: Option<String>,
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
    hours: Option<String>,
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
        let hours = hours(self.hours.as_deref()).with_context(named)?;
        let hours = hours.unwrap_or_default();
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
                .map(|bed| bed.bed(&hours))
                .collect::<anyhow::Result<_>>()
                .with_context(named)?,
        })
    }
}

impl BedEntry {
    /// A bed of a ward that has these hours.
    fn bed(&self, of_ward: &Hours) -> anyhow::Result<MasterBed> {
        let room = self.room.as_deref().map(RoomId::encode).transpose();
        let named = || format!("bed {:?}", self.name);
        let hours = hours(self.hours.as_deref()).with_context(named)?;
        Ok(MasterBed {
            bed: BedId::encode(&self.name).with_context(named)?,
            room: room.with_context(|| format!("room of bed {:?}", self.name))?,
            label: self.name.clone(),
            staffed: self.staffed,
            hours: hours.unwrap_or_else(|| of_ward.clone()),
        })
    }
}

fn hours(text: Option<&str>) -> anyhow::Result<Option<Hours>> {
    let hours = text.map(Hours::parse).transpose();
    hours.map_err(|error| anyhow::anyhow!("hours: {error}"))
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
    fn a_bed_has_hours_of_its_own_or_those_of_its_ward() {
        let read = |bed: &str| {
            let text = format!(
                "tenant = 'demo'\nsite = 'north'\n[[ward]]\nname = 'Day'\nsource = 'visits'\n\
                 hours = 'Mon-Fri 07:00-19:00'\nbed = [{{ name = '1' }}, {{ name = '2', hours = '{bed}' }}]"
            );
            let control = toml::from_str::<MasterFile>(&text).unwrap().control();
            control.map(|control| match control.setting {
                Setting::Master(master) => master.wards[0].beds.clone(),
                _ => panic!("a bed master was read"),
            })
        };
        let beds = read("always").unwrap();
        assert_eq!(beds[0].hours, Hours::parse("Mon-Fri 07:00-19:00").unwrap());
        assert!(beds[1].hours.is_always());
        let said = format!("{:#}", read("Montag 07:00-19:00").unwrap_err());
        let reason = "ward \"Day\": bed \"2\": hours: name a day that is not Mon, Tue, Wed, Thu, \
                      Fri, Sat or Sun";
        assert_eq!(said, reason);
    }

    #[test]
    fn a_zone_that_nobody_knows_is_refused_by_name() {
        let text = "tenant = \"demo\"\nsite = \"north\"\ntime_zone = \"Middle/Earth\"\nward = []";
        let refused = toml::from_str::<MasterFile>(text).unwrap().control();
        let said = format!("{:#}", refused.unwrap_err());
        assert!(said.contains("time_zone: \"Middle/Earth\""), "{said}");
    }
}
