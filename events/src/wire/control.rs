//! Control records to and from their bytes.

use super::{Record, WireError, decode, encode, id, optional};
use crate::control::{
    BedMaster, Control, Horizons, MasterBed, MasterWard, OccupancySource, Setting, Threshold,
};
use crate::hours::Hours;
use crate::id::{BedId, RoomId, SiteId, TenantId, WardId};
use crate::place::Site;
use crate::proto;

/// Writes a value of the topic `control`.
pub fn encode_control(control: &Control) -> Vec<u8> {
    let what = match &control.setting {
        Setting::Master(master) => proto::control::What::Master(proto::BedMaster {
            label: master.label.clone(),
            time_zone: master.time_zone.clone(),
            wards: master.wards.iter().map(encode_ward).collect(),
        }),
        Setting::Threshold(threshold) => proto::control::What::Threshold(proto::Threshold {
            ward: threshold
                .ward
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            rule: threshold.rule.clone(),
            name: threshold.name.clone(),
            value: threshold.value,
        }),
        Setting::Horizons(horizons) => proto::control::What::Horizons(proto::Horizons {
            correction_ms: horizons.correction_ms,
            disorder_ms: horizons.disorder_ms,
        }),
        Setting::Version(version) => proto::control::What::Version(*version),
    };
    encode(&proto::ControlRecord {
        record: Some(proto::control_record::Record::Control(proto::Control {
            tenant: control.site.tenant.to_string(),
            site: control.site.site.to_string(),
            what: Some(what),
        })),
    })
}

/// Reads a value of the topic `control`.
///
/// # Errors
/// The bytes are no such record.
pub fn decode_control(bytes: &[u8]) -> Result<Record<Control>, WireError> {
    let control = match decode::<proto::ControlRecord>(bytes)?.record {
        Some(proto::control_record::Record::Tick(tick)) => return Ok(Record::Tick(tick.into())),
        Some(proto::control_record::Record::Control(control)) => control,
        None => return Err(WireError::Empty),
    };
    let setting = match control.what.ok_or(WireError::Empty)? {
        proto::control::What::Master(master) => Setting::Master(BedMaster {
            label: master.label,
            time_zone: master.time_zone,
            wards: master
                .wards
                .iter()
                .map(decode_ward)
                .collect::<Result<_, _>>()?,
        }),
        proto::control::What::Threshold(threshold) => Setting::Threshold(Threshold {
            ward: optional("ward", &threshold.ward, WardId::new)?,
            rule: threshold.rule,
            name: threshold.name,
            value: threshold.value,
        }),
        proto::control::What::Horizons(horizons) => Setting::Horizons(Horizons {
            correction_ms: horizons.correction_ms,
            disorder_ms: horizons.disorder_ms,
        }),
        proto::control::What::Version(version) => Setting::Version(version),
    };
    Ok(Record::Data(Control {
        site: Site {
            tenant: id("tenant", &control.tenant, TenantId::new)?,
            site: id("site", &control.site, SiteId::new)?,
        },
        setting,
    }))
}

fn encode_ward(ward: &MasterWard) -> proto::Ward {
    proto::Ward {
        ward: ward.ward.to_string(),
        label: ward.label.clone(),
        source: encode_source(ward.source) as i32,
        beds: ward.beds.iter().map(encode_bed).collect(),
    }
}

fn decode_ward(ward: &proto::Ward) -> Result<MasterWard, WireError> {
    Ok(MasterWard {
        ward: id("ward", &ward.ward, WardId::new)?,
        label: ward.label.clone(),
        source: match ward.source() {
            proto::OccupancySource::Pad => OccupancySource::Pad,
            proto::OccupancySource::Visits => OccupancySource::Visits,
            proto::OccupancySource::Both => OccupancySource::Both,
            proto::OccupancySource::Unspecified => return Err(WireError::Meaning("source")),
        },
        beds: ward.beds.iter().map(decode_bed).collect::<Result<_, _>>()?,
    })
}

fn encode_source(source: OccupancySource) -> proto::OccupancySource {
    match source {
        OccupancySource::Pad => proto::OccupancySource::Pad,
        OccupancySource::Visits => proto::OccupancySource::Visits,
        OccupancySource::Both => proto::OccupancySource::Both,
    }
}

fn encode_bed(bed: &MasterBed) -> proto::Bed {
    proto::Bed {
        bed: bed.bed.to_string(),
        room: bed
            .room
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        label: bed.label.clone(),
        staffed: bed.staffed,
        hours: encode_hours(&bed.hours),
    }
}

fn decode_bed(bed: &proto::Bed) -> Result<MasterBed, WireError> {
    Ok(MasterBed {
        bed: id("bed", &bed.bed, BedId::new)?,
        room: optional("room", &bed.room, RoomId::new)?,
        label: bed.label.clone(),
        staffed: bed.staffed,
        hours: decode_hours(&bed.hours)?,
    })
}

fn encode_hours(hours: &Hours) -> Vec<proto::Stretch> {
    let stretches = hours.stretches().iter();
    let stretch = |(from, to): &(u16, u16)| proto::Stretch {
        from: u32::from(*from),
        to: u32::from(*to),
    };
    stretches.map(stretch).collect()
}

fn decode_hours(hours: &[proto::Stretch]) -> Result<Hours, WireError> {
    let minutes = |stretch: &proto::Stretch| {
        let from = u16::try_from(stretch.from).ok()?;
        Some((from, u16::try_from(stretch.to).ok()?))
    };
    let stretches: Option<Vec<_>> = hours.iter().map(minutes).collect();
    let hours = stretches.and_then(|stretches| Hours::of_week(stretches).ok());
    hours.ok_or(WireError::Meaning("hours"))
}
