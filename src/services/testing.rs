//! A platform that answers in process, for tests.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::calls::{Answering, Inside};
use crate::outbound::{Request, Response};

type Answer = Box<dyn FnMut(&Request) -> Response + Send>;

/// Answers with a closure, and remembers what it was asked.
#[derive(Clone)]
pub(crate) struct Fake {
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fake")
    }
}

impl Fake {
    pub(crate) fn new(answer: impl FnMut(&Request) -> Response + Send + 'static) -> Self {
        Self {
            answer: Arc::new(Mutex::new(Box::new(answer))),
            asked: Arc::default(),
        }
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

impl Inside for Fake {
    fn answer(&self, request: Request) -> Answering<'_> {
        Box::pin(async move {
            // Whoever asks at the same time gets the chance to.
            tokio::task::yield_now().await;
            let response = (self.answer.lock().unwrap())(&request);
            self.asked.lock().unwrap().push(request);
            response
        })
    }
}

/// An answer with this status and body.
pub(crate) fn response(status: u16, body: impl Into<Bytes>) -> Response {
    Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.into(),
        date: None,
    }
}
