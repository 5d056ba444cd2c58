//! Every reason for which something is set aside, as a bounded set of codes:
//! they label metrics, dead letters and refusals.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// Why a reading, a message or a fact was not taken as it came.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Reason {
            $($(#[$doc])* $variant,)*
        }

        impl Reason {
            /// Every reason, in the order of this file.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its code, as it stands in metrics and tables.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

reasons! {
    /// More than 24 h ahead of the cell's clock.
    ClockFarAhead = "clock_far_ahead",
    /// Its `boot` is older than the last two.
    BootTooOld = "boot_too_old",
    /// It came after the correction horizon.
    BeyondHorizon = "beyond_horizon",
    /// Neither bytes nor readings in it.
    Empty = "empty",
    /// A field that must be there is not.
    FieldMissing = "field_missing",
    /// A field nobody knows, so that a typo is not lost.
    FieldUnknown = "field_unknown",
    /// The HL7 message has no header, or one we cannot read.
    Hl7Header = "hl7_header",
    /// The HL7 message names no patient.
    Hl7NoPatient = "hl7_no_patient",
    /// The HL7 message lacks PV1, or PV1 a location, where the event needs one.
    Hl7NoPlace = "hl7_no_place",
    /// The bytes are no HL7 v2 message.
    Hl7Syntax = "hl7_syntax",
    /// A name that cannot become an id.
    IdInvalid = "id_invalid",
    /// Text that is not JSON; so are the numbers that JSON does not have, NaN and
    /// the infinite ones.
    NotJson = "not_json",
    /// A number outside its range.
    OutOfRange = "out_of_range",
    /// Over 256 KiB.
    PayloadTooLarge = "payload_too_large",
    /// The bed has another state than this event needs.
    RefusedBedState = "refused_bed_state",
    /// The visit, appointment or slot has another state than this event needs.
    RefusedVisitState = "refused_visit_state",
    /// A retained copy of something that is not `state`.
    Retained = "retained",
    /// Its `seq` is more than 1,024 behind the newest of its boot.
    SeqTooOld = "seq_too_old",
    /// Its site has as many wards, beds, devices or visits as are kept, and knows
    /// nothing of this one.
    SiteFull = "site_full",
    /// Before 1970.
    TimeBefore1970 = "time_before_1970",
    /// Not RFC 3339.
    TimeInvalid = "time_invalid",
    /// More than 500 readings in one payload.
    TooManyReadings = "too_many_readings",
    /// A topic level that is no id.
    TopicCharacters = "topic_characters",
    /// A topic of another depth or prefix.
    TopicDepth = "topic_depth",
    /// A stream nobody knows.
    StreamUnknown = "stream_unknown",
    /// A tenant nobody knows.
    TenantUnknown = "tenant_unknown",
    /// An HL7 event that we do not know at all.
    TriggerUnknown = "trigger_unknown",
    /// A field of another type than it should be.
    TypeWrong = "type_wrong",
    /// Bytes that are not UTF-8.
    Utf8Invalid = "utf8_invalid",
    /// MSH-18 of an HL7 message names a character set that nobody knows.
    CharsetUnknown = "charset_unknown",
    /// A code that is in no table and not in the mapping of its sender.
    CodeUnknown = "code_unknown",
    /// A unit in which nothing of the kind is measured.
    UnitUnknown = "unit_unknown",
    /// A vital sign that nobody alive can have.
    VitalImplausible = "vital_implausible",
    /// No such alert is known within the correction horizon.
    AlertUnknown = "alert_unknown",
    /// The alert is over.
    AlertOver = "alert_over",
    /// Somebody else has acknowledged the alert.
    AlertTaken = "alert_taken",
    /// What the command is about is not as its sender saw it.
    ChangedSince = "changed_since",
    /// No such command of the last days was done.
    CommandUnknown = "command_unknown",
    /// A command of this kind can't be taken back, or was taken back.
    CommandFinal = "command_final",
    /// Commands can be taken back for five minutes.
    CommandTooOld = "command_too_old",
    /// There is no rule of this name.
    RuleUnknown = "rule_unknown",
    /// Alerts of this rule are of high priority from the beginning, and are not silenced.
    RuleUrgent = "rule_urgent",
    /// Nothing is silenced like this.
    SilenceUnknown = "silence_unknown",
    /// Whoever acts may not do this to what somebody else did.
    NotYours = "not_yours",
    /// The site goes by a version of the computation that knows no answers to alerts.
    VersionTooOld = "version_too_old",
    /// The receiver of a webhook wants nothing more.
    WebhookGone = "webhook_gone",
    /// More waits for the receiver of a webhook than may.
    WebhookQueueFull = "webhook_queue_full",
    /// The receiver of a webhook refuses the message, and would refuse it again.
    WebhookRefused = "webhook_refused",
    /// The receiver of a webhook has not taken the message, however often it was tried.
    WebhookUnanswered = "webhook_unanswered",
}

impl Reason {
    /// The reason with this code.
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.code() == code)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A reason with the words that help to mend it. `detail` names the field and
/// what is wrong with it, and never repeats its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Rejected {
    /// The code.
    pub reason: Reason,
    /// Field and fault, for a person.
    pub detail: String,
}

impl Rejected {
    /// A rejection with its detail.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::ALL.len());
        let again = |reason: &Reason| Reason::by_code(reason.code()) == Some(*reason);
        assert!(Reason::ALL.iter().all(again));
        assert_eq!(Reason::by_code("none of them"), None);
    }
}
