//! How a call gets to a platform: over the network, or, when the platform is the practice course of
//! this very process, by a function. So the practice course needs no exception from the rules of
//! the network.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use crate::outbound::{self, Outbound, Request, Response};
use crate::store::rows::people::Source;

/// An answer under way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// A platform in this process.
pub trait Inside: fmt::Debug + Send + Sync {
    /// Answers a request as it would over the network.
    fn answer(&self, request: Request) -> Answering<'_>;
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The platform could not be asked.
    #[error(transparent)]
    Outbound(#[from] outbound::Error),
    /// The practice course is switched off, or is just starting.
    #[error("the practice course is not there")]
    NotThere,
}

/// Calls to platforms. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Calls {
    outbound: Outbound,
    practice: Arc<OnceLock<Arc<dyn Inside>>>,
}

impl Calls {
    /// Calls through `outbound`; there is no practice course yet.
    pub fn new(outbound: &Outbound) -> Self {
        Self {
            outbound: outbound.clone(),
            practice: Arc::default(),
        }
    }

    /// Says who answers for the practice course. The first word counts.
    pub fn practice(&self, answers: Arc<dyn Inside>) {
        if self.practice.set(answers).is_err() {
            tracing::warn!("the practice course was there already");
        }
    }

    /// Sends a request to the platform of a connection that comes from `source`.
    pub async fn send(&self, source: Source, request: Request) -> Result<Response, Error> {
        if source == Source::Practice {
            let practice = self.practice.get().ok_or(Error::NotThere)?;
            return Ok(practice.answer(request).await);
        }
        Ok(self.outbound.send(request).await?)
    }
}
