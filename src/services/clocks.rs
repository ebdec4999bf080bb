//! How far platforms' clocks are from ours, as the `Date` of their answers tells. Launches that
//! come "too late" or "from the future" are understood by it.

use std::time::Duration;

use http::header::AGE;

use crate::outbound::Response;
use crate::store::ids::ConnectionId;
use crate::store::rows::launchlog::Clock;
use crate::store::trees;
use crate::store::{Commit, Store};
use crate::world::{Time, World};

/// A difference that is as it was is written down again after this time.
const RENEWED: Duration = Duration::from_hours(1);
/// What two measurements may differ by without saying anything: answers take a while.
const NOISE_SECONDS: u64 = 2;

/// The platforms' clocks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clocks {
    store: Store,
    world: World,
}

impl Clocks {
    /// Clocks written to `store`.
    pub fn new(store: &Store, world: &World) -> Self {
        Self {
            store: store.clone(),
            world: world.clone(),
        }
    }

    /// Notes what an answer of a connection's platform says of its clock. What cannot be written
    /// down is not missed.
    pub async fn note(&self, id: ConnectionId, response: &Response) {
        let Some(theirs) = told(response) else {
            return;
        };
        let ours = self.world.now();
        let clock = Clock { ours, theirs };
        if self.is_news(id, clock) {
            let mut commit = Commit::new();
            commit.put::<trees::Clocks>(&id, &clock);
            if let Err(error) = self.store.commit(commit).await {
                tracing::debug!(connection = %id, %error, "a clock was not written down");
            }
        }
    }

    fn is_news(&self, id: ConnectionId, clock: Clock) -> bool {
        let known = self.store.get::<trees::Clocks>(&id).ok().flatten();
        known.is_none_or(|known| {
            clock.ours.since(known.ours) > RENEWED
                || clock.ahead().abs_diff(known.ahead()) > NOISE_SECONDS
        })
    }
}

/// The time by the other's clock. A cache in between may have kept the answer for a while, and says
/// so (RFC 9111, section 5.1).
fn told(response: &Response) -> Option<Time> {
    let age = response.headers.get(AGE);
    let age = age.and_then(|age| age.to_str().ok()?.trim().parse().ok());
    let age = Duration::from_secs(age.unwrap_or(0));
    Some(response.date?.after(age))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode};

    use super::*;

    fn answer(date: Option<u64>, age: Option<&'static str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(age) = age {
            headers.insert(AGE, HeaderValue::from_static(age));
        }
        Response {
            status: StatusCode::OK,
            headers,
            body: bytes::Bytes::new(),
            date: date.map(Time::from_seconds),
        }
    }

    #[test]
    fn a_kept_answer_is_as_old_as_it_says() {
        let at = |seconds| Some(Time::from_seconds(seconds));
        assert_eq!(told(&answer(Some(100), None)), at(100));
        assert_eq!(told(&answer(Some(100), Some("40"))), at(140));
        assert_eq!(told(&answer(Some(100), Some("old"))), at(100));
        assert_eq!(told(&answer(None, Some("40"))), None);
    }

    #[tokio::test]
    async fn differences_are_written_down_when_they_are_news() {
        let clock = crate::world::ManualClock::new(Time::from_seconds(1000));
        let world = World::with_clock(std::sync::Arc::new(clock.clone()));
        let (store, id) = (Store::temporary(), ConnectionId(7));
        let clocks = Clocks::new(&store, &world);
        let known = || store.get::<trees::Clocks>(&id).unwrap();
        clocks.note(id, &answer(None, None)).await;
        assert_eq!(known(), None);
        clocks.note(id, &answer(Some(700), None)).await;
        assert_eq!(known().unwrap().ahead(), -300);
        clocks.note(id, &answer(Some(702), None)).await;
        assert_eq!(known().unwrap().ahead(), -300, "no news");
        clocks.note(id, &answer(Some(1400), None)).await;
        assert_eq!(known().unwrap().ahead(), 400);
        clock.advance(RENEWED * 2);
        clocks.note(id, &answer(Some(8600), None)).await;
        assert_eq!(known().unwrap().ours, Time::from_seconds(8200));
    }
}
