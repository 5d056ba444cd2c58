//! Of the time of which it is known how equipment was, the time it was not faulty.

use events::fact::EquipmentStatus;
use events::output::Stat;

use super::{Kpi, lasted};

pub(super) const KPI: Kpi = Kpi {
    name: "equipment_uptime",
    terms: |timeline, window| {
        let mut terms = Vec::new();
        for device in &timeline.devices {
            for (status, ward, span) in &device.status {
                let what = match status {
                    EquipmentStatus::InUse | EquipmentStatus::Idle => "usable",
                    EquipmentStatus::Fault => "faulty",
                };
                terms.extend(lasted(ward, device.device.as_str(), what, *span, window));
            }
        }
        terms
    },
    rows: |timeline, window| {
        let (mut up, mut known) = (0, 0);
        for device in &timeline.devices {
            for (status, _, span) in &device.status {
                let ms = span.overlap_ms(window.from, window.to);
                known += ms;
                if *status != EquipmentStatus::Fault {
                    up += ms;
                }
            }
        }
        match known {
            0 => Vec::new(),
            _ => vec![(Stat::Value, up, known)],
        }
    },
};
