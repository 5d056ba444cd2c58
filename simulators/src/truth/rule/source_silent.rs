//! A source of facts should have been heard fifteen times since it was heard.

use events::id::WardId;
use events::output::WHOLE_SITE;

use super::{Alert, Rule};

pub(super) const RULE: Rule = Rule {
    name: "source_silent",
    alerts: |timeline| {
        let sources = timeline.sources.iter();
        let lost = sources.flat_map(|source| {
            let subject = format!("{}/{}", source.name, source.feed);
            source.lost.iter().map(move |span| Alert {
                ward: WardId::new(WHOLE_SITE).expect("a dash is an id"),
                subject: subject.clone(),
                span: *span,
            })
        });
        let known = lost.filter(|alert| timeline.versions.know(SINCE, alert.span.from));
        known.collect()
    },
};

/// The version that says it first.
const SINCE: u32 = 4;
