//! What a client of `/live` may say, and what it is told when it may not. Nothing here does IO; an
//! error never holds anything of what was said.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::ws::{CloseCode, Message, Utf8Bytes, close_code};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::frames::{self, Topic};
use crate::record::Seq;

/// Largest message, in bytes.
pub(super) const MESSAGE_MAX: usize = 4 * 1024;
/// Most topics that a client chooses.
const TOPICS_MAX: usize = 64;
/// Messages at once, pings included.
const BURST: u32 = 20;
/// One more is taken each time that this has passed.
const EACH: Duration = Duration::from_millis(100);

/// What a client says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// What it wants to be told.
    Hello(Hello),
    /// It has lost the thread, and wants the whole picture.
    Resync,
    /// A ping or its answer; the other end of the socket looks after them.
    Nothing,
}

/// What a client wants to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hello {
    /// Empty: all that its grant sees.
    pub(super) topics: BTreeSet<Topic>,
    /// What it saw before it lost the connection.
    pub(super) last: Option<Last>,
}

/// Up to where a client knows a series of frames.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) series: String,
    pub(super) seq: Seq,
}

/// What is wrong with what a client said, or why it can't stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    BadField,
    HelloTwice,
    NotJson,
    NotText,
    TokenEnded,
    TooFast,
    TooLarge,
    TooManyTopics,
    TooManyViews,
    TopicUnknown,
    TypeUnknown,
}

impl Wrong {
    /// The code and the reason, as in `docs/live-protocol.md`.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::BadField => (
                "field_wrong",
                "a field is unknown, missing or of another type",
            ),
            Self::HelloTwice => ("hello_twice", "a client says hello once"),
            Self::NotJson => ("not_json", "a message is a JSON object"),
            Self::NotText => ("not_text", "a message is a text"),
            Self::TokenEnded => ("token_ended", "the token has ended"),
            Self::TooFast => ("too_fast", "more than 10 messages a second"),
            Self::TooLarge => ("too_large", "a message has 4 KiB at most"),
            Self::TooManyTopics => ("too_many_topics", "a client has 64 topics at most"),
            Self::TooManyViews => ("too_many_views", "the site is looked at in too many ways"),
            Self::TopicUnknown => ("topic_unknown", "there is no such topic for this token"),
            Self::TypeUnknown => ("type_unknown", "the type is none of hello, resync"),
        }
    }

    /// The frame that says so.
    pub(super) fn frame(self) -> Utf8Bytes {
        let (code, reason) = self.words();
        frames::error(code, reason)
    }

    /// The code of the close; nothing where the connection goes on.
    pub(super) fn close(self) -> Option<CloseCode> {
        Some(match self {
            Self::HelloTwice | Self::TypeUnknown => return None,
            Self::NotJson => close_code::INVALID,
            Self::NotText => close_code::UNSUPPORTED,
            Self::TooLarge => close_code::SIZE,
            Self::TooManyViews => close_code::AGAIN,
            Self::BadField
            | Self::TokenEnded
            | Self::TooFast
            | Self::TooManyTopics
            | Self::TopicUnknown => close_code::POLICY,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HelloFields {
    #[serde(rename = "type")]
    _type: String,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    last: Option<LastFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LastFields {
    series: String,
    seq: (u64, u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResyncFields {
    #[serde(rename = "type")]
    _type: String,
}

/// What a message says.
///
/// # Errors
/// It says nothing that a client may say.
pub(super) fn read(message: &Message) -> Result<Said, Wrong> {
    let text = match message {
        Message::Text(text) => text,
        Message::Binary(_) => return Err(Wrong::NotText),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(Said::Nothing),
    };
    let json: Value = serde_json::from_str(text).map_err(|_| Wrong::NotJson)?;
    if !json.is_object() {
        return Err(Wrong::NotJson);
    }
    match json["type"].as_str() {
        Some("hello") => hello(json).map(Said::Hello),
        Some("resync") => {
            let fields = serde_json::from_value::<ResyncFields>(json);
            fields.map(|_| Said::Resync).map_err(|_| Wrong::BadField)
        }
        _ => Err(Wrong::TypeUnknown),
    }
}

fn hello(json: Value) -> Result<Hello, Wrong> {
    let fields: HelloFields = serde_json::from_value(json).map_err(|_| Wrong::BadField)?;
    if fields.topics.len() > TOPICS_MAX {
        return Err(Wrong::TooManyTopics);
    }
    let topics = fields.topics.iter().map(|name| topic(name));
    Ok(Hello {
        topics: topics.collect::<Result<_, _>>()?,
        last: fields.last.map(|LastFields { series, seq }| Last {
            series,
            seq: Seq {
                epoch: seq.0,
                index: seq.1,
            },
        }),
    })
}

fn topic(name: &str) -> Result<Topic, Wrong> {
    if name == "site" {
        return Ok(Topic::Site);
    }
    let ward = name.strip_prefix("ward/").ok_or(Wrong::TopicUnknown)?;
    Ok(Topic::Ward(ward.to_owned()))
}

/// How fast a client may speak.
#[derive(Debug)]
pub(super) struct Pace {
    /// When it will have used up nothing.
    even: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { even: now }
    }

    /// Whether one more message is taken now.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        let after = self.even.max(now) + EACH;
        let fits = after <= now + EACH * BURST;
        if fits {
            self.even = after;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<Said, Wrong> {
        read(&Message::text(text))
    }

    #[test]
    fn a_client_says_hello_and_asks_for_the_whole_picture() {
        let all = Hello {
            topics: BTreeSet::new(),
            last: None,
        };
        assert_eq!(said(r#"{"type":"hello"}"#), Ok(Said::Hello(all)));
        let some =
            r#"{"type":"hello","topics":["site","ward/b"],"last":{"series":"s","seq":[7,2]}}"#;
        let some_said = Hello {
            topics: [Topic::Site, Topic::Ward("b".to_owned())].into(),
            last: Some(Last {
                series: "s".to_owned(),
                seq: Seq { epoch: 7, index: 2 },
            }),
        };
        assert_eq!(said(some), Ok(Said::Hello(some_said)));
        assert_eq!(said(r#"{"type":"resync"}"#), Ok(Said::Resync));
    }

    #[test]
    fn whatever_else_it_says_is_refused_by_name() {
        let many = vec!["\"site\""; TOPICS_MAX + 1].join(",");
        let many = format!(r#"{{"type":"hello","topics":[{many}]}}"#);
        for (text, wrong) in [
            ("{", Wrong::NotJson),
            ("[]", Wrong::NotJson),
            ("{}", Wrong::TypeUnknown),
            (r#"{"type":7}"#, Wrong::TypeUnknown),
            (r#"{"type":"delta"}"#, Wrong::TypeUnknown),
            (r#"{"type":"resync","seq":[1,1]}"#, Wrong::BadField),
            (r#"{"type":"hello","topic":"site"}"#, Wrong::BadField),
            (r#"{"type":"hello","topics":"site"}"#, Wrong::BadField),
            (r#"{"type":"hello","last":[1,1]}"#, Wrong::BadField),
            (
                r#"{"type":"hello","last":{"series":"s","seq":[-1,1]}}"#,
                Wrong::BadField,
            ),
            (
                r#"{"type":"hello","topics":["bed/b1"]}"#,
                Wrong::TopicUnknown,
            ),
            (&many, Wrong::TooManyTopics),
        ] {
            assert_eq!(said(text), Err(wrong), "{text}");
        }
        assert_eq!(read(&Message::binary(vec![1])), Err(Wrong::NotText));
    }

    #[tokio::test]
    async fn a_burst_is_taken_and_then_ten_a_second() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        let mut taken = |at| (0..100).filter(|_| pace.admits(begin + at)).count();
        assert_eq!(taken(Duration::ZERO), 20);
        assert_eq!(taken(Duration::from_millis(99)), 0);
        assert_eq!(taken(Duration::from_secs(1)), 10);
        assert_eq!(taken(Duration::from_secs(60)), 20);
    }
}
