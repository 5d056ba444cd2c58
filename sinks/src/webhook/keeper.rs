//! What must outlive the process: messages that an endpoint did not get, and how far each has come.
//! Whoever starts the sink keeps it in the log.

use events::reason::Reason;

use super::courier::Message;
use super::place::Place;

/// A message that an endpoint did not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Whose.
    pub tenant: String,
    /// Its id, which names its endpoint.
    pub id: String,
    /// Why.
    pub reason: Reason,
    /// What was answered, in words; nothing of the answer itself.
    pub detail: String,
    /// What was to be sent.
    pub body: Vec<u8>,
}

impl Unsent {
    pub(super) fn of(message: &Message, reason: Reason, detail: String) -> Self {
        Self {
            tenant: message.tenant.clone(),
            id: message.id.clone(),
            reason,
            detail,
            body: message.body.clone(),
        }
    }
}

/// Keeps what must outlive the process.
pub trait Keeper: Send + Sync + 'static {
    /// Makes a dead letter of a message; it is durable when this comes back.
    ///
    /// # Errors
    /// The log does not take it.
    fn bury(&self, unsent: Unsent) -> impl Future<Output = Result<(), String>> + Send;

    /// Keeps how far an endpoint has come in some lanes of the topic `alerts`.
    ///
    /// # Errors
    /// It can't be kept now; it will be tried again.
    fn keep(
        &self,
        endpoint: &'static str,
        places: Vec<(u32, Place)>,
    ) -> impl Future<Output = Result<(), String>> + Send;
}
