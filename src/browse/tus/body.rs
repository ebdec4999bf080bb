//! The body of an upload, as it arrives.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt, unfold};

use crate::app::BodyError;
use crate::app::input::Body;

/// How long a body may pause. An upload has no other limit of time.
const MOST_IDLE: Duration = Duration::from_mins(1);

/// The body, which ends with [`BodyError::TooSlow`] when nothing arrives for too long: a phone that
/// went out of reach must not keep its upload busy.
pub(super) fn lively(body: Body) -> impl Stream<Item = Result<Bytes, BodyError>> + Send {
    unfold(Some(body), |body| async {
        let mut body = body?;
        match tokio::time::timeout(MOST_IDLE, body.next()).await {
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(body))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(BodyError::TooSlow), None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use futures_util::stream::{iter, once, pending};

    use super::*;

    const PIECE: Result<Bytes, BodyError> = Ok(Bytes::from_static(b"piece"));

    #[tokio::test(start_paused = true)]
    async fn a_body_that_falls_silent_ends() {
        let body: Body = Box::pin(once(async { PIECE }).chain(pending()));
        let pieces: Vec<_> = lively(body).collect().await;
        assert_eq!(pieces, [PIECE, Err(BodyError::TooSlow)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_goes_on_for_ever() {
        let slow = iter(0..100).then(|_| async {
            tokio::time::sleep(Duration::from_secs(59)).await;
            PIECE
        });
        assert_eq!(lively(Box::pin(slow)).count().await, 100);
    }

    #[tokio::test]
    async fn nothing_follows_an_error() {
        let body = iter([PIECE, Err(BodyError::Broken), PIECE]);
        let pieces: Vec<_> = lively(Box::pin(body)).collect().await;
        assert_eq!(pieces, [PIECE, Err(BodyError::Broken)]);
    }
}
