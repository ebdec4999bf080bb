//! The body of an upload, as it arrives.

use std::pin::pin;
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
    .fuse()
}

/// How much of a refused body is read: more than our pages send at a time.
const MOST_DRAINED: usize = 64 * 1024 * 1024;

/// Reads on for a while and throws away. Over HTTP/1.1 browsers see an answer only when they could
/// send everything, and else know no more than that the connection broke.
pub(super) async fn drain(body: impl Stream<Item = Result<Bytes, BodyError>>) {
    let mut body = pin!(body);
    let mut drained = 0;
    let all = async {
        while let Some(Ok(piece)) = body.next().await {
            drained += piece.len();
            if drained > MOST_DRAINED {
                break;
            }
        }
    };
    // Whether everything came or not, the answer goes out.
    let _ = tokio::time::timeout(MOST_IDLE, all).await;
}

#[cfg(test)]
mod tests {
    use futures_util::stream::{iter, once, pending, repeat_with};

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

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_is_read_for_a_while() {
        let large = || Ok(vec![0; 1024 * 1024].into());
        drain(repeat_with(large)).await;
        let slow = repeat_with(large).then(|piece| async {
            tokio::time::sleep(Duration::from_secs(59)).await;
            piece
        });
        drain(slow).await;
    }

    #[tokio::test]
    async fn nothing_follows_an_error() {
        let body = iter([PIECE, Err(BodyError::Broken), PIECE]);
        let pieces: Vec<_> = lively(Box::pin(body)).collect().await;
        assert_eq!(pieces, [PIECE, Err(BodyError::Broken)]);
    }
}
