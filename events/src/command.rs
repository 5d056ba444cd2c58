//! What somebody asks for at a board. A command goes the way of everything else: into the
//! log, through the fold, and back to the boards with what came of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::access::CommandKind;
use crate::fact::BedTap;
use crate::id::WardId;
use crate::place::Place;
use crate::time::{HOUR_MS, MINUTE_MS};

/// Longest text of a command: a remark, a reason, a name; in characters.
pub const TEXT_MAX: usize = 500;
/// Longest name of an alert, in bytes.
pub const ALERT_MAX: usize = 300;
/// An alert is out of the way, and a rule silent, for this long at most, in milliseconds.
pub const SHELVED_MAX_MS: i64 = 24 * HOUR_MS;
/// A command can be taken back for this long, in milliseconds.
pub const UNDO_MS: i64 = 5 * MINUTE_MS;

/// The UUID of a command, as its sender made it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommandId(u128);

/// A text is no UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no UUID of 32 hexadecimal digits in five groups")]
pub struct NoUuid;

/// Where the groups of a UUID end.
const DASHES: [usize; 4] = [8, 13, 18, 23];

impl FromStr for CommandId {
    type Err = NoUuid;

    fn from_str(text: &str) -> Result<Self, NoUuid> {
        let fits = |(place, byte): (usize, u8)| match DASHES.contains(&place) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        };
        if text.len() != 36 || !text.bytes().enumerate().all(fits) {
            return Err(NoUuid);
        }
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        u128::from_str_radix(&digits, 16)
            .map(Self)
            .map_err(|_| NoUuid)
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        let [a, b, c, d] = [0..8, 8..12, 12..16, 16..20].map(|group| &digits[group]);
        write!(f, "{a}-{b}-{c}-{d}-{}", &digits[20..])
    }
}

impl fmt::Debug for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who acts, as the history shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// As their token calls them.
    pub label: String,
    /// Name of their [`crate::access::Role`].
    pub role: String,
    /// The device that their token is bound to; empty where it is not.
    pub device: String,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Names it; said again, it is the same one.
    pub id: CommandId,
    /// Who asks.
    pub by: Actor,
    /// What its sender saw: of an alert its revision; of a bed since when it has been as
    /// clean or dirty as it is, in milliseconds. Where it is another by now, the command is
    /// refused.
    pub expects: Option<i64>,
    /// For what.
    pub action: Action,
}

/// Which alerts a silence is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Silenced {
    /// Of which ward.
    pub ward: WardId,
    /// Of which rule.
    pub rule: String,
    /// Of which subject; empty: of all.
    pub subject: String,
}

/// What can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// I have seen this alert, and look after it.
    Acknowledge {
        /// Its name.
        alert: String,
    },
    /// Somebody is to look after this alert.
    Assign {
        /// Its name.
        alert: String,
        /// Who.
        to: String,
    },
    /// This alert is to be out of the way for a while.
    Shelve {
        /// Its name.
        alert: String,
        /// For how long, in milliseconds.
        for_ms: i64,
        /// Why.
        reason: String,
    },
    /// This alert is back before its time.
    Unshelve {
        /// Its name.
        alert: String,
    },
    /// Whoever is next is to be told of this alert now.
    Escalate {
        /// Its name.
        alert: String,
    },
    /// A remark on an alert.
    Comment {
        /// Its name.
        alert: String,
        /// The remark.
        text: String,
    },
    /// A bed is as this says.
    Tap {
        /// Which; always has a bed.
        place: Place,
        /// How it is.
        tap: BedTap,
    },
    /// A remark about a ward at a time.
    Annotate {
        /// The ward.
        ward: WardId,
        /// The remark.
        text: String,
    },
    /// Alerts of a rule on a ward are to call nobody for a while.
    Silence {
        /// Which.
        of: Silenced,
        /// For how long, in milliseconds.
        for_ms: i64,
        /// Why.
        reason: String,
    },
    /// They are to call again before their time.
    Unsilence {
        /// Which.
        of: Silenced,
    },
    /// An earlier command was a mistake.
    Undo {
        /// Which.
        command: CommandId,
        /// The ward that it was about.
        ward: WardId,
    },
}

impl Action {
    /// What may be done with it is in the table of roles.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Acknowledge { .. } => CommandKind::Acknowledge,
            Self::Assign { .. } => CommandKind::Assign,
            Self::Shelve { .. } | Self::Unshelve { .. } => CommandKind::Shelve,
            Self::Silence { .. } | Self::Unsilence { .. } => CommandKind::Silence,
            Self::Escalate { .. } => CommandKind::Escalate,
            Self::Comment { .. } => CommandKind::Comment,
            Self::Tap {
                tap: BedTap::Clean | BedTap::Dirty,
                ..
            } => CommandKind::TapBed,
            Self::Tap { .. } => CommandKind::BlockBed,
            Self::Annotate { .. } => CommandKind::Annotate,
            Self::Undo { .. } => CommandKind::Undo,
        }
    }

    /// Its name in tables and on boards.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Acknowledge { .. } => "acknowledge",
            Self::Assign { .. } => "assign",
            Self::Shelve { .. } => "shelve",
            Self::Unshelve { .. } => "unshelve",
            Self::Silence { .. } => "silence",
            Self::Unsilence { .. } => "unsilence",
            Self::Escalate { .. } => "escalate",
            Self::Comment { .. } => "comment",
            Self::Tap { tap, .. } => match tap {
                BedTap::Clean => "clean",
                BedTap::Dirty => "dirty",
                BedTap::Blocked { .. } => "block",
                BedTap::Open => "open",
            },
            Self::Annotate { .. } => "annotate",
            Self::Undo { .. } => "undo",
        }
    }

    /// The alert that it is about, if it is about one.
    pub fn alert(&self) -> Option<&str> {
        match self {
            Self::Acknowledge { alert }
            | Self::Assign { alert, .. }
            | Self::Shelve { alert, .. }
            | Self::Unshelve { alert }
            | Self::Escalate { alert }
            | Self::Comment { alert, .. } => Some(alert),
            Self::Tap { .. }
            | Self::Annotate { .. }
            | Self::Silence { .. }
            | Self::Unsilence { .. }
            | Self::Undo { .. } => None,
        }
    }

    /// The ward that it is about; none when the name of its alert is no name.
    pub fn ward(&self) -> Option<WardId> {
        match self {
            Self::Tap { place, .. } => Some(place.ward.clone()),
            Self::Annotate { ward, .. } | Self::Undo { ward, .. } => Some(ward.clone()),
            Self::Silence { of, .. } | Self::Unsilence { of } => Some(of.ward.clone()),
            _ => alert_parts(self.alert()?).map(|(_, ward, ..)| ward),
        }
    }

    /// What was said with it: to whom, why, or what was remarked.
    pub fn text(&self) -> &str {
        match self {
            Self::Assign { to: text, .. }
            | Self::Shelve { reason: text, .. }
            | Self::Silence { reason: text, .. }
            | Self::Comment { text, .. }
            | Self::Annotate { text, .. }
            | Self::Tap {
                tap: BedTap::Blocked { reason: text, .. },
                ..
            } => text,
            _ => "",
        }
    }
}

/// The parts of an alert's name, `RULE:WARD:SUBJECT:SINCE`; a subject may have colons.
pub fn alert_parts(name: &str) -> Option<(&str, WardId, &str, i64)> {
    let (rule, rest) = name.split_once(':')?;
    let (ward, rest) = rest.split_once(':')?;
    let (subject, since) = rest.rsplit_once(':')?;
    let ward = WardId::new(ward).ok()?;
    Some((rule, ward, subject, since.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_read_and_written_back() {
        let text = "0192f7a0-3c4d-7abc-8def-00123456789a";
        let id: CommandId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        let upper: CommandId = text.to_uppercase().parse().unwrap();
        assert_eq!(upper, id);
        let wrong = [
            "",
            "0192f7a03c4d7abc8def00123456789a",
            "0192f7a0-3c4d-7abc-8def-00123456789g",
            "+192f7a0-3c4d-7abc-8def-00123456789a",
        ];
        for text in wrong {
            assert_eq!(text.parse::<CommandId>(), Err(NoUuid), "{text}");
        }
    }

    #[test]
    fn the_name_of_an_alert_tells_what_it_is_about() {
        let parts = alert_parts("source_silent:-:hl7:HIS:1700000000000").unwrap();
        assert_eq!((parts.0, parts.2), ("source_silent", "hl7:HIS"));
        assert_eq!((parts.1.as_str(), parts.3), ("-", 1_700_000_000_000));
        assert_eq!(alert_parts("bed_dirty:icu:b1"), None);
        assert_eq!(alert_parts("bed_dirty:i u:b1:3"), None);
    }
}
