//! IO: what a client of Kafka notices about its connection, said once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

/// Whether the brokers can be reached, as one client sees it: says a loss once
/// and a return once, and keeps the library's own chatter at debug level.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    who: &'static str,
    away: Arc<AtomicBool>,
}

impl Link {
    pub(crate) fn new(who: &'static str) -> Self {
        Self {
            who,
            away: Arc::default(),
        }
    }

    /// Something came through.
    pub(crate) fn is_up(&self) {
        if self.away.load(Ordering::Relaxed) && self.away.swap(false, Ordering::Relaxed) {
            tracing::info!(client = self.who, "kafka is there again");
        }
    }

    /// No broker answers.
    pub(crate) fn is_down(&self) {
        if !self.away.swap(true, Ordering::Relaxed) {
            tracing::warn!(client = self.who, "kafka is away; waiting for it");
        }
    }
}

impl ClientContext for Link {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(client = self.who, facility, message, "librdkafka");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) => self.is_down(),
            Some(RDKafkaErrorCode::Authentication) => {
                tracing::error!(client = self.who, reason, "kafka refuses our login");
            }
            Some(RDKafkaErrorCode::SSL) => {
                tracing::error!(
                    client = self.who,
                    reason,
                    "kafka's certificate is not trusted"
                );
            }
            _ => tracing::debug!(client = self.who, %error, reason, "kafka client"),
        }
    }
}

impl ConsumerContext for Link {}
