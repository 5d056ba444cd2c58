//! Of the time that equipment could be used, the time that it was.

use events::fact::EquipmentStatus;
use events::output::Stat;

use super::{Kpi, lasted};

pub(super) const KPI: Kpi = Kpi {
    name: "equipment_utilisation",
    terms: |timeline, window| {
        let mut terms = Vec::new();
        for device in &timeline.devices {
            for (status, ward, span) in &device.status {
                let what = match status {
                    EquipmentStatus::InUse => "in use",
                    EquipmentStatus::Idle => "idle",
                    EquipmentStatus::Fault => continue,
                };
                terms.extend(lasted(ward, device.device.as_str(), what, *span, window));
            }
        }
        terms
    },
    rows: |timeline, window| {
        let time = |wanted: EquipmentStatus| -> i64 {
            let devices = timeline.devices.iter();
            devices
                .flat_map(|device| &device.status)
                .filter(|(status, ..)| *status == wanted)
                .map(|(.., span)| span.overlap_ms(window.from, window.to))
                .sum()
        };
        let (used, idle) = (time(EquipmentStatus::InUse), time(EquipmentStatus::Idle));
        match used + idle {
            0 => Vec::new(),
            usable => vec![(Stat::Value, used, usable)],
        }
    },
};
