//! Names of topics, and which lane a key belongs to. MQTT:
//! `medaxis/v1/{tenant}/{site}/{ward}/{room}/{bed}/{device}/{stream}`, where
//! room and bed may be `-` (unknown, none). Kafka: a prefix and one of
//! [`KafkaTopic`].

use twox_hash::XxHash3_64;

use crate::id::{BedId, DeviceId, IdError, RoomId, SiteId, TenantId, WardId};
use crate::place::{Place, Site};
use crate::reason::{Reason, Rejected};

/// What the gateway subscribes to.
pub const MQTT_FILTER: &str = "medaxis/v1/#";

/// A device and where it stands: its MQTT topic without the stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DevicePath {
    /// Its site.
    pub site: Site,
    /// Its bed or ward place.
    pub place: Place,
    /// The device.
    pub device: DeviceId,
}

impl DevicePath {
    /// Reads `tenant/site/ward/room/bed/device`.
    ///
    /// # Errors
    /// Says which level is wrong.
    pub fn parse(path: &str) -> Result<Self, Rejected> {
        let levels: Vec<&str> = path.split('/').collect();
        let [tenant, site, ward, room, bed, device] = levels[..] else {
            let detail = format!("{} levels where 6 belong", levels.len());
            return Err(Rejected::new(Reason::TopicDepth, detail));
        };
        Ok(Self {
            site: Site {
                tenant: level("tenant", tenant, TenantId::new)?,
                site: level("site", site, SiteId::new)?,
            },
            place: Place {
                ward: level("ward", ward, WardId::new)?,
                room: known(room, |text| level("room", text, RoomId::new))?,
                bed: known(bed, |text| level("bed", text, BedId::new))?,
            },
            device: level("device", device, DeviceId::new)?,
        })
    }

    /// Writes `tenant/site/ward/room/bed/device`.
    pub fn path(&self) -> String {
        let Self {
            site,
            place,
            device,
        } = self;
        let room = place.room.as_ref().map_or("-", RoomId::as_str);
        let bed = place.bed.as_ref().map_or("-", BedId::as_str);
        format!(
            "{}/{}/{}/{room}/{bed}/{device}",
            site.tenant, site.site, place.ward
        )
    }

    /// The MQTT topic of one of its streams.
    pub fn mqtt_topic(&self, stream: &str) -> String {
        format!("medaxis/v1/{}/{stream}", self.path())
    }
}

/// Splits an MQTT topic into the device's path and the stream.
///
/// # Errors
/// The topic's prefix, depth or characters are wrong.
pub fn parse_mqtt(topic: &str) -> Result<(DevicePath, &str), Rejected> {
    let wrong = || {
        Rejected::new(
            Reason::TopicDepth,
            "topic does not have 9 levels under medaxis/v1",
        )
    };
    let rest = topic.strip_prefix("medaxis/v1/").ok_or_else(wrong)?;
    let (path, stream) = rest.rsplit_once('/').ok_or_else(wrong)?;
    if path.split('/').count() != 6 {
        return Err(wrong());
    }
    Ok((DevicePath::parse(path)?, stream))
}

fn level<T>(name: &str, text: &str, new: fn(&str) -> Result<T, IdError>) -> Result<T, Rejected> {
    new(text).map_err(|error| Rejected::new(Reason::TopicCharacters, format!("{name} {error}")))
}

fn known<T>(text: &str, read: impl Fn(&str) -> Result<T, Rejected>) -> Result<Option<T>, Rejected> {
    if text == "-" {
        Ok(None)
    } else {
        read(text).map(Some)
    }
}

/// The topics on Kafka.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KafkaTopic {
    /// Input: configuration that changes results. One lane.
    Control,
    /// Input: what became true, told by people and systems.
    Facts,
    /// Input: what devices read.
    Signals,
    /// Output: alerts and their changes.
    Alerts,
    /// Output: what the boards show.
    Board,
    /// Output: what could not be understood.
    DeadLetter,
    /// Output: KPI values.
    Kpis,
    /// Output: what came too late or was refused.
    Late,
}

impl KafkaTopic {
    /// The input topics, in the order in which an epoch is folded.
    pub const INPUTS: [Self; 3] = [Self::Control, Self::Facts, Self::Signals];

    /// Every topic.
    pub const ALL: [Self; 8] = [
        Self::Control,
        Self::Facts,
        Self::Signals,
        Self::Alerts,
        Self::Board,
        Self::DeadLetter,
        Self::Kpis,
        Self::Late,
    ];

    /// Its name without the prefix.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Facts => "facts",
            Self::Signals => "signals",
            Self::Alerts => "alerts",
            Self::Board => "board",
            Self::DeadLetter => "dead-letter",
            Self::Kpis => "kpis",
            Self::Late => "late",
        }
    }

    /// Its name on Kafka.
    pub fn full_name(self, prefix: &str) -> String {
        format!("{prefix}{}", self.name())
    }

    /// How many lanes it has where `lanes` are configured.
    pub const fn lanes(self, lanes: u32) -> u32 {
        match self {
            Self::Control => 1,
            _ => lanes,
        }
    }
}

/// The lane of `signals` of the device with this path
/// (`tenant/site/ward/room/bed/device`). Where the device stands has no part in
/// it: one that is moved to another bed stays in its lane, and what it said
/// before is still known there.
pub fn device_lane(path: &str, lanes: u32) -> u32 {
    lane(&device_key(path), lanes)
}

/// What a device is known by, `tenant/site/device`, of its path. A text that is
/// no path is its own key.
pub fn device_key(path: &str) -> String {
    let mut levels = path.split('/');
    match (levels.next(), levels.next(), levels.nth(3), levels.next()) {
        (Some(tenant), Some(site), Some(device), None) => format!("{tenant}/{site}/{device}"),
        _ => path.to_owned(),
    }
}

/// The lane of a key: the same for ever, whatever the process or its version.
/// Facts, outputs and boards use the site; for signals there is [`device_lane`].
pub fn lane(key: &str, lanes: u32) -> u32 {
    let hash = XxHash3_64::oneshot(key.as_bytes());
    u32::try_from(hash % u64::from(lanes.max(1))).expect("a remainder of a u32 fits one")
}

/// The key of everything that is about a site.
pub fn site_key(site: &Site) -> String {
    format!("{}/{}", site.tenant, site.site)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "medaxis/v1/demo/north/ward-a/r1/b1/pad-1/bed";

    #[test]
    fn a_topic_gives_device_and_stream_and_back() {
        let (device, stream) = parse_mqtt(TOPIC).unwrap();
        assert_eq!(stream, "bed");
        assert_eq!(device.mqtt_topic(stream), TOPIC);
        assert_eq!(device.place.bed_key().unwrap().bed.as_str(), "b1");
    }

    #[test]
    fn unknown_room_and_missing_bed_are_a_dash() {
        let (device, _) = parse_mqtt("medaxis/v1/demo/north/ward-a/-/-/pump-1/equipment").unwrap();
        assert_eq!((device.place.room, device.place.bed), (None, None));
    }

    #[test]
    fn wrong_topics_say_what_is_wrong() {
        let reason = |topic| parse_mqtt(topic).unwrap_err().reason;
        assert_eq!(reason("medaxis/v1/demo/bed"), Reason::TopicDepth);
        assert_eq!(
            reason("other/v1/demo/north/w/r/b/d/bed"),
            Reason::TopicDepth
        );
        assert_eq!(
            reason("medaxis/v1/d/n/w/r/b/d/bed/more"),
            Reason::TopicDepth
        );
        assert_eq!(
            reason("medaxis/v1/de mo/n/w/r/b/d/bed"),
            Reason::TopicCharacters
        );
        assert_eq!(reason("medaxis/v1//n/w/r/b/d/bed"), Reason::TopicCharacters);
    }

    #[test]
    fn a_device_is_known_by_its_site_and_its_name_wherever_it_stands() {
        assert_eq!(device_key("demo/north/a/r1/b1/pump-1"), "demo/north/pump-1");
        assert_eq!(device_key("demo/north/b/-/-/pump-1"), "demo/north/pump-1");
        assert_eq!(device_key("demo/north/a/r1"), "demo/north/a/r1");
        assert_eq!(device_key("a/b/c/d/e/f/g"), "a/b/c/d/e/f/g");
        let lane = device_lane("demo/north/a/r1/b1/pump-1", 64);
        assert_eq!(lane, device_lane("demo/north/b/-/-/pump-1", 64));
    }

    #[test]
    fn lanes_never_move() {
        assert_eq!(lane("demo/north", 4), 1);
        assert_eq!(lane("demo/north", 64), 21);
    }
}
