//! Commands to and from their bytes.

use super::facts::{decode_tap, encode_tap};
use super::{WireError, id};
use crate::command::{Action, Actor, Command, CommandId, Silenced};
use crate::fact::What;
use crate::id::WardId;
use crate::proto::{self, command_fact::Action as Wire};

pub(super) fn encode(command: &Command) -> proto::CommandFact {
    let alert = |alert: &String| alert.clone();
    let action = match &command.action {
        Action::Acknowledge { alert: name } => Wire::Acknowledge(alert(name)),
        Action::Assign { alert: name, to } => Wire::Assign(proto::Assign {
            alert: alert(name),
            to: to.clone(),
        }),
        Action::Shelve {
            alert: name,
            for_ms,
            reason,
        } => Wire::Shelve(proto::Shelve {
            alert: alert(name),
            for_ms: *for_ms,
            reason: reason.clone(),
        }),
        Action::Unshelve { alert: name } => Wire::Unshelve(alert(name)),
        Action::Escalate { alert: name } => Wire::Escalate(alert(name)),
        Action::Comment { alert: name, text } => Wire::Comment(proto::Remark {
            alert: alert(name),
            text: text.clone(),
        }),
        Action::Tap { place, tap } => Wire::Tap(encode_tap(place, tap)),
        Action::Annotate { ward, text } => Wire::Annotate(proto::Annotate {
            ward: ward.to_string(),
            text: text.clone(),
        }),
        Action::Silence { of, for_ms, reason } => {
            Wire::Silence(silence(of, *for_ms, reason.clone()))
        }
        Action::Unsilence { of } => Wire::Unsilence(silence(of, 0, String::new())),
        Action::Undo { command, ward } => Wire::Undo(proto::Undo {
            command: command.to_string(),
            ward: ward.to_string(),
        }),
    };
    proto::CommandFact {
        command: command.id.to_string(),
        label: command.by.label.clone(),
        role: command.by.role.clone(),
        device: command.by.device.clone(),
        expects: command.expects,
        action: Some(action),
    }
}

pub(super) fn decode(command: proto::CommandFact) -> Result<What, WireError> {
    let uuid = |text: &str| {
        text.parse::<CommandId>()
            .map_err(|_| WireError::Meaning("command"))
    };
    let action = match command.action.ok_or(WireError::Meaning("action"))? {
        Wire::Acknowledge(alert) => Action::Acknowledge { alert },
        Wire::Assign(proto::Assign { alert, to }) => Action::Assign { alert, to },
        Wire::Shelve(proto::Shelve {
            alert,
            for_ms,
            reason,
        }) => Action::Shelve {
            alert,
            for_ms,
            reason,
        },
        Wire::Unshelve(alert) => Action::Unshelve { alert },
        Wire::Escalate(alert) => Action::Escalate { alert },
        Wire::Comment(proto::Remark { alert, text }) => Action::Comment { alert, text },
        Wire::Tap(tap) => {
            let (place, tap) = decode_tap(tap)?;
            Action::Tap { place, tap }
        }
        Wire::Annotate(proto::Annotate { ward, text }) => Action::Annotate {
            ward: id("ward", &ward, WardId::new)?,
            text,
        },
        Wire::Silence(silence) => Action::Silence {
            of: silenced(&silence)?,
            for_ms: silence.for_ms,
            reason: silence.reason,
        },
        Wire::Unsilence(silence) => Action::Unsilence {
            of: silenced(&silence)?,
        },
        Wire::Undo(proto::Undo { command, ward }) => Action::Undo {
            command: uuid(&command)?,
            ward: id("ward", &ward, WardId::new)?,
        },
    };
    Ok(What::Command(Box::new(Command {
        id: uuid(&command.command)?,
        by: Actor {
            label: command.label,
            role: command.role,
            device: command.device,
        },
        expects: command.expects,
        action,
    })))
}

fn silence(of: &Silenced, for_ms: i64, reason: String) -> proto::Silence {
    proto::Silence {
        ward: of.ward.to_string(),
        rule: of.rule.clone(),
        subject: of.subject.clone(),
        for_ms,
        reason,
    }
}

fn silenced(silence: &proto::Silence) -> Result<Silenced, WireError> {
    Ok(Silenced {
        ward: id("ward", &silence.ward, WardId::new)?,
        rule: silence.rule.clone(),
        subject: silence.subject.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_comes_back_as_it_was() {
        let of = Silenced {
            ward: WardId::new("icu").unwrap(),
            rule: "device_silent".to_owned(),
            subject: "pump-7".to_owned(),
        };
        let silence = Action::Silence {
            of: of.clone(),
            for_ms: 60_000,
            reason: "in repair".to_owned(),
        };
        for action in [silence, Action::Unsilence { of }] {
            let command = Command {
                id: "0192f7a0-3c4d-7abc-8def-00123456789a".parse().unwrap(),
                by: Actor {
                    label: "Ann".to_owned(),
                    role: "charge_nurse".to_owned(),
                    device: String::new(),
                },
                expects: None,
                action,
            };
            let What::Command(read) = decode(encode(&command)).unwrap() else {
                panic!("it is a command");
            };
            assert_eq!(*read, command);
        }
    }
}
