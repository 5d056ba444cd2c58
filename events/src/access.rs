//! Who acts, and what they may do. A grant is what a token stands for: a tenant, sites, a
//! role, wards, and how closely its bearer may look (the privacy tier). The one table of who
//! may do what is [`Role::permit`]; `docs/access.md` shows it, and a test compares the two.
//!
//! A grant never says what is there: outside of its tenant, sites and wards there is nothing.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::id::{DeviceId, SiteId, TenantId, WardId};
use crate::place::Site;

/// Longest label of a grant, in characters.
pub const LABEL_MAX: usize = 64;
/// Most sites, and most wards, that a grant may list.
pub const LISTED_MAX: usize = 1_000;

/// Makes an enum whose values have one name each, the same in files, tables and answers.
macro_rules! named {
    ($(#[$doc:meta])* $what:ident { $($(#[$value_doc:meta])* $value:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $what {$(
            $(#[$value_doc])*
            $value,
        )*}

        impl $what {
            /// Every one of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$value,)*];

            /// Its name in files, tables and answers.
            pub fn name(self) -> &'static str {
                match self { $(Self::$value => $name,)* }
            }
        }

        impl FromStr for $what {
            type Err = Unknown;

            fn from_str(name: &str) -> Result<Self, Unknown> {
                let found = Self::ALL.iter().find(|value| value.name() == name);
                found.copied().ok_or(Unknown(&[$($name,)*]))
            }
        }

        impl fmt::Display for $what {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

/// A name that is none of those that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is none of {}", .0.join(", "))]
pub struct Unknown(pub &'static [&'static str]);

named! {
    /// In which role somebody acts.
    Role {
        /// Leads a shift on a ward.
        ChargeNurse = "charge_nurse",
        /// Gives beds to patients, over many wards.
        BedManager = "bed_manager",
        /// Makes beds ready.
        Cleaner = "cleaner",
        /// Looks at numbers of weeks.
        Analyst = "analyst",
        /// A screen on a wall, bound to a device; never changes anything.
        Kiosk = "kiosk",
        /// A system that tells facts, over HTTP or FHIR.
        Source = "source",
        /// Runs the system.
        Operator = "operator",
    }
}

named! {
    /// How closely somebody may look; each one sees what those before it see, and more.
    Tier {
        /// Counts of wards, small ones rounded: no beds, no visits.
        Public = "public",
        /// Beds and what is the matter with them: no visits, no expected times of a person.
        Corridor = "corridor",
        /// Everything that boards can show.
        Staff = "staff",
    }
}

named! {
    /// What somebody may ask for at a board.
    CommandKind {
        /// Somebody has seen an alert.
        Acknowledge = "acknowledge",
        /// Somebody is to look after an alert.
        Assign = "assign",
        /// An alert is out of the way for a while.
        Shelve = "shelve",
        /// Alerts of a rule on a ward call nobody for a while.
        Silence = "silence",
        /// An alert goes to whoever is next.
        Escalate = "escalate",
        /// A remark.
        Comment = "comment",
        /// What a tap on a bed tells: occupied, free, dirty, clean.
        TapBed = "tap_bed",
        /// A bed can't be used for a while.
        BlockBed = "block_bed",
        /// A remark about a time, as charts show it.
        Annotate = "annotate",
        /// Takes back a command.
        Undo = "undo",
    }
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Live boards: `/live`, their sites and snapshots.
    ReadBoards,
    /// Numbers of the tables: answers, KPIs, charts.
    ReadNumbers,
    /// The records that made a number.
    Explain,
    /// Whether the tables say what the log says.
    Verify,
    /// Facts over HTTP or FHIR.
    TellFacts,
    /// A command of somebody at a board.
    Command(CommandKind),
}

impl Act {
    /// Every act, commands last.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = [
            Self::ReadBoards,
            Self::ReadNumbers,
            Self::Explain,
            Self::Verify,
            Self::TellFacts,
        ];
        let commands = CommandKind::ALL.iter().copied().map(Self::Command);
        plain.into_iter().chain(commands)
    }

    /// Its name in documents and problems.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadBoards => "read_boards",
            Self::ReadNumbers => "read_numbers",
            Self::Explain => "explain",
            Self::Verify => "verify",
            Self::TellFacts => "tell_facts",
            Self::Command(kind) => kind.name(),
        }
    }

    /// The tier from which on it is possible: what is done must be about what can be seen.
    pub fn tier(self) -> Tier {
        match self {
            // Whoever tells facts reads nothing.
            Self::ReadBoards | Self::TellFacts => Tier::Public,
            Self::ReadNumbers | Self::Verify | Self::Command(_) => Tier::Corridor,
            // The records name visits.
            Self::Explain => Tier::Staff,
        }
    }
}

/// How far somebody may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Not at all.
    No,
    /// To what they did themselves.
    Own,
    /// To what anybody did.
    Any,
}

impl Role {
    /// The table of who may do what.
    pub fn permit(self, act: Act) -> Permit {
        use CommandKind::{Annotate, Comment, Silence, TapBed, Undo};
        let yes = |yes: bool| if yes { Permit::Any } else { Permit::No };
        match (self, act) {
            (Self::ChargeNurse | Self::BedManager, act) => yes(act != Act::TellFacts),
            (Self::Cleaner | Self::Operator, Act::Command(Undo)) => Permit::Own,
            (Self::Cleaner, Act::Command(kind)) => yes(matches!(kind, TapBed | Comment)),
            (Self::Analyst, Act::Command(kind)) => yes(matches!(kind, Annotate | Comment)),
            (Self::Cleaner | Self::Kiosk, act) => yes(act == Act::ReadBoards),
            (Self::Source, act) => yes(act == Act::TellFacts),
            // A sensor that lies, for instance: it calls people until it is mended.
            (Self::Operator, Act::Command(kind)) => yes(kind == Silence),
            (Self::Analyst | Self::Operator, act) => yes(act != Act::TellFacts),
        }
    }
}

/// Which sites of its tenant a grant is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sites {
    /// All there are, and will be.
    All,
    /// These.
    These(BTreeSet<SiteId>),
}

/// Which wards of its sites a grant is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wards {
    /// All there are, and will be; and the whole site.
    All,
    /// These; what is said of the whole site is not theirs.
    These(BTreeSet<WardId>),
}

impl Wards {
    /// Whether a ward is among them.
    pub fn has(&self, ward: &WardId) -> bool {
        match self {
            Self::All => true,
            Self::These(wards) => wards.contains(ward),
        }
    }
}

/// Why a text is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing, or nothing but space.
    #[error("is empty")]
    Empty,
    /// More than [`LABEL_MAX`] characters.
    #[error("is longer than {LABEL_MAX} characters")]
    TooLong,
    /// Space around it, or a character that can't be shown.
    #[error("has space around it, or a control character")]
    Character,
}

/// Who acts, as histories show it: a name or a duty, one a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Arc<str>);

impl Label {
    /// Takes a label as it stands.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn new(text: &str) -> Result<Self, LabelError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            Err(LabelError::Empty)
        } else if text.chars().count() > LABEL_MAX {
            Err(LabelError::TooLong)
        } else if trimmed != text || text.chars().any(char::is_control) {
            Err(LabelError::Character)
        } else {
            Ok(Self(text.into()))
        }
    }

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose data.
    pub tenant: TenantId,
    /// Of which sites.
    pub sites: Sites,
    /// In which role.
    pub role: Role,
    /// How closely.
    pub tier: Tier,
    /// Of which wards.
    pub wards: Wards,
    /// Who it is.
    pub label: Label,
    /// The device that a kiosk's token is bound to; no other role has one.
    pub device: Option<DeviceId>,
}

impl Grant {
    /// Whether a site is there for its bearer.
    pub fn sees_site(&self, site: &Site) -> bool {
        self.tenant == site.tenant
            && match &self.sites {
                Sites::All => true,
                Sites::These(sites) => sites.contains(&site.site),
            }
    }

    /// Whether a ward of a site that it sees is there for its bearer.
    pub fn sees_ward(&self, ward: &WardId) -> bool {
        self.wards.has(ward)
    }

    /// Whether what is said of a whole site is for its bearer.
    pub fn sees_all_wards(&self) -> bool {
        self.wards == Wards::All
    }

    /// Whether its bearer may do this, at least to what they did themselves.
    pub fn may(&self, act: Act) -> bool {
        self.permit(act) != Permit::No
    }

    /// Whether its bearer may do this to what `whose` did, of the same tenant.
    pub fn may_to(&self, act: Act, whose: &Label) -> bool {
        match self.permit(act) {
            Permit::No => false,
            Permit::Own => *whose == self.label,
            Permit::Any => true,
        }
    }

    fn permit(&self, act: Act) -> Permit {
        if self.tier < act.tier() {
            Permit::No
        } else {
            self.role.permit(act)
        }
    }
}

#[cfg(test)]
mod tests;
