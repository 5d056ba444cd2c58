//! A piece of equipment says that it is broken.

use events::fact::EquipmentStatus;

use super::{Alert, Rule};

pub(super) const RULE: Rule = Rule {
    name: "equipment_fault",
    alerts: |timeline| {
        let mut alerts = Vec::new();
        for device in &timeline.devices {
            let faults = device.status.iter();
            let faults = faults.filter(|(status, ..)| *status == EquipmentStatus::Fault);
            alerts.extend(faults.map(|(_, ward, span)| Alert {
                ward: ward.clone(),
                subject: device.device.to_string(),
                span: *span,
            }));
        }
        alerts
    },
};
