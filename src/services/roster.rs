//! Rosters: who is in a course, as its platform says, page by page.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use http::header::{ACCEPT, LINK};
use http::{HeaderValue, StatusCode};
use tokio::time::timeout;
use url::Url;

use super::calls::{self, Calls};
use super::signing::Signature;
use super::tokens::{self, Client, Tokens};
use crate::lti::nrps::{self, Container, ForeignNext, Membership, Query, next_page};
use crate::outbound::{self, Request, Response};
use crate::world::World;

/// About how many people a page should have; platforms give fewer as they like.
const PAGE: usize = 500;
/// The largest page, in bytes: some platforms send a whole course in one.
const MAX_PAGE: usize = 8 << 20;
/// The most bytes of all pages together: what people are called stays in memory until the end.
const MOST_BYTES: usize = if cfg!(test) { 2 << 20 } else { 64 << 20 };
/// The most pages: Canvas has at most 50 people on one.
const MOST_PAGES: usize = 500;
/// The most people of a course.
pub const MOST_PEOPLE: usize = 20_000;
/// Pages in a row that may bring nobody new before the roster counts as ended.
const MOST_BARREN: usize = 3;
/// How long all pages may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// Why there is no roster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no access token for it.
    #[error(transparent)]
    Token(tokens::Error),
    /// The platform could not be asked.
    #[error("the platform could not be asked for the roster: {0}")]
    Unreachable(calls::Error),
    /// The platform refused.
    #[error("the platform answered {0} when asked for the roster")]
    Refused(u16),
    /// Its answer is none.
    #[error("the platform's answer is no roster")]
    NotARoster,
    /// The next page lies elsewhere.
    #[error(transparent)]
    Foreign(#[from] ForeignNext),
    /// It is another course's, or does not say whose.
    #[error("the platform's answer is not this course's roster")]
    OtherCourse,
    /// More people, or more pages, than any course has.
    #[error("the roster does not end")]
    Endless,
    /// It took too long.
    #[error("the roster took too long")]
    Slow,
    /// The address cannot be signed for.
    #[error("the address of the roster is not usable")]
    Address,
}

impl From<tokens::Error> for Error {
    fn from(error: tokens::Error) -> Self {
        match error {
            tokens::Error::Unreachable(calls::Error::Outbound(outbound::Error::TooLarge {
                ..
            })) => Self::Endless,
            tokens::Error::Unreachable(error) => Self::Unreachable(error),
            other => Self::Token(other),
        }
    }
}

/// How a platform lets us read a roster.
#[derive(Debug, Clone, Copy)]
pub enum Access<'a> {
    /// LTI 1.3: with an access token.
    Token(Client<'a>),
    /// LTI 1.1: with a signature.
    Signed {
        /// The signature.
        signature: Signature<'a>,
        /// The course, by the platform's own name for it: no other's roster is taken. The signature
        /// opens every course's, and the address comes through the hands of one course's teachers.
        context: &'a str,
    },
}

impl Access<'_> {
    /// Whether a page is of the course that it was asked for.
    fn admits(&self, page: &Container) -> Result<(), Error> {
        let Self::Signed { context, .. } = self else {
            return Ok(());
        };
        let course = page.context.as_ref().map(|context| context.id.as_str());
        if course == Some(*context) {
            Ok(())
        } else {
            Err(Error::OtherCourse)
        }
    }
}

/// A whole roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The people, each once, in the order of their ids.
    pub members: Vec<Membership>,
    /// How many pages there were.
    pub pages: usize,
    /// How many entries named nobody.
    pub nameless: usize,
}

/// Asks for rosters.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Time and randomness.
    pub world: &'a World,
    /// Calls to platforms.
    pub calls: &'a Calls,
    /// Access tokens.
    pub tokens: &'a Tokens,
}

impl Asking<'_> {
    /// The whole roster at `url`.
    pub async fn roster(&self, access: Access<'_>, url: &Url) -> Result<Roster, Error> {
        timeout(PATIENCE, self.pages(access, url))
            .await
            .map_err(|_| Error::Slow)?
    }

    async fn pages(&self, access: Access<'_>, url: &Url) -> Result<Roster, Error> {
        let limit = Some(PAGE);
        let query = Query {
            limit,
            ..Query::default()
        };
        let mut next = Some(query.address(url));
        let (mut gathered, mut bytes) = (Gathered::default(), 0);
        // An address that comes again begins a circle: everybody was seen.
        let mut visited: HashSet<Url> = HashSet::new();
        while let Some(page) = next.filter(|page| visited.insert(page.clone())) {
            if visited.len() > MOST_PAGES {
                return Err(Error::Endless);
            }
            let response = self.page(access, &page).await?;
            bytes += response.body.len();
            if bytes > MOST_BYTES {
                return Err(Error::Endless);
            }
            let links = response.headers.get_all(LINK).iter();
            next = next_page(links.filter_map(|link| link.to_str().ok()), &page)?;
            let container = nrps::read(&response.body).map_err(|_| Error::NotARoster)?;
            access.admits(&container)?;
            gathered.take(container)?;
            if gathered.barren >= MOST_BARREN {
                break;
            }
        }
        Ok(Roster {
            members: gathered.people.into_values().collect(),
            pages: visited.len(),
            nameless: gathered.nameless,
        })
    }

    async fn page(&self, access: Access<'_>, url: &Url) -> Result<Response, Error> {
        let mut request = Request::get(url.clone(), MAX_PAGE);
        let wanted = HeaderValue::from_static(nrps::MEDIA_TYPE);
        request.headers.insert(ACCEPT, wanted);
        let response = match access {
            Access::Token(client) => {
                let scopes = [nrps::SCOPE];
                self.tokens.call(&client, &scopes, &request).await
            }
            Access::Signed { signature, .. } => {
                let signed = signature.sign(self.world, &mut request);
                signed.map_err(|_| Error::Address)?;
                let sent = self.calls.send(signature.source, request).await;
                sent.map_err(tokens::Error::from)
            }
        };
        let response = response.map_err(Error::from)?;
        match response.status {
            StatusCode::OK => Ok(response),
            other => Err(Error::Refused(other.as_u16())),
        }
    }
}

/// What the pages brought so far.
#[derive(Default)]
struct Gathered {
    people: BTreeMap<String, Membership>,
    nameless: usize,
    /// How many pages in a row brought nobody new.
    barren: usize,
}

impl Gathered {
    fn take(&mut self, container: Container) -> Result<(), Error> {
        let before = self.people.len();
        self.nameless += container.nameless;
        for member in container.members {
            match self.people.get_mut(&member.subject) {
                Some(known) => join(known, member),
                None => {
                    self.people.insert(member.subject.clone(), member);
                }
            }
        }
        if self.people.len() > MOST_PEOPLE {
            return Err(Error::Endless);
        }
        self.barren = if self.people.len() > before {
            0
        } else {
            self.barren + 1
        };
        Ok(())
    }
}

/// Somebody who is there twice, such as in several sections: what is active counts.
fn join(known: &mut Membership, again: Membership) {
    let active = |member: &Membership| member.status == nrps::Status::Active;
    if active(&again) && !active(known) {
        *known = again;
    } else if active(&again) == active(known) {
        let new = again.roles.into_iter();
        let new: Vec<String> = new.filter(|role| !known.roles.contains(role)).collect();
        known.roles.extend(new);
    }
}

#[cfg(test)]
mod tests;
