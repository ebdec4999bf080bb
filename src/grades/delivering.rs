//! One score on its way: where it goes, by which service, and what became of it.

use url::Url;

use super::columns::Columns;
use super::counting;
use super::verdict::Verdict;
use crate::lti::ags::Standing;
use crate::lti::names::scope;
use crate::lti::origin::web_url;
use crate::people::secrets::Secrets;
use crate::services::calls::Calls;
use crate::services::grading::{Gradebook, Refused};
use crate::services::outcomes::{Access, Outcomes};
use crate::services::scores::Earned;
use crate::services::signing::Signature;
use crate::services::tokens::{self, Client, Tokens};
use crate::store::ids::{ConnectionId, GradeKey, LinkKey};
use crate::store::rows::grades::{Column, Grade, Outcome, Service, Target, Value};
use crate::store::rows::people::Connection;
use crate::store::trees::{Columns as ColumnRows, Connections, Targets};
use crate::store::{Error, Store};
use crate::world::World;

/// Points that differ by less are the same: platforms round.
const NOISE: f64 = 0.000_5;

/// Sends scores.
#[derive(Debug)]
pub(super) struct Delivering {
    store: Store,
    world: World,
    calls: Calls,
    tokens: Tokens,
    secrets: Secrets,
    pub(super) columns: Columns,
}

/// What is known of where a score goes.
struct Way<'a> {
    id: ConnectionId,
    connection: &'a Connection,
    key: &'a GradeKey,
    target: &'a Target,
}

impl Delivering {
    pub(super) fn new(
        store: &Store,
        world: &World,
        calls: &Calls,
        tokens: &Tokens,
        secrets: Secrets,
    ) -> Self {
        Self {
            store: store.clone(),
            world: world.clone(),
            calls: calls.clone(),
            tokens: tokens.clone(),
            secrets,
            columns: Columns::new(store),
        }
    }

    /// Sends a grade; fails only where our own store does.
    pub(super) async fn deliver(&self, key: &GradeKey, grade: &Grade) -> Result<Verdict, Error> {
        let id = key.link.connection;
        let Some(connection) = self.store.get::<Connections>(&id)? else {
            return Ok(Verdict::No("connection-gone".into()));
        };
        let target = self.store.get::<Targets>(key)?;
        let column = self.store.get::<ColumnRows>(&key.link)?;
        let (Some(target), Some(column)) = (target, column) else {
            return Ok(Verdict::No("no-service".into()));
        };
        if connection.deleted.is_some() {
            return Ok(Verdict::No("connection-gone".into()));
        }
        if !connection.enabled {
            return Ok(Verdict::Held("switched-off".into()));
        }
        let way = Way {
            id,
            connection: &connection,
            key,
            target: &target,
        };
        match (&column.service, &target.outcome) {
            (_, Some(outcome)) => {
                // What the platform that it was had told is not believed of this one.
                if target.moved != connection.moved {
                    return Ok(Verdict::No("moved".into()));
                }
                let sent = self.replace(&way, &outcome.url, &outcome.sourcedid, grade.value);
                Ok(sent.await.map_or_else(Into::into, |()| Verdict::Taken))
            }
            (Some(service), None) => {
                if service.moved != connection.moved {
                    return Ok(Verdict::No("moved".into()));
                }
                self.score(&way, service, grade).await
            }
            (None, None) => Ok(Verdict::No("no-service".into())),
        }
    }

    /// By Basic Outcomes.
    async fn replace(
        &self,
        way: &Way<'_>,
        url: &str,
        sourcedid: &str,
        value: Value,
    ) -> Result<(), Refused> {
        let url = web_url(url).ok_or(Refused::Address)?;
        let access = self.access(way.id, way.connection)?;
        let score = f64::from(value.part) / f64::from(counting::WHOLE);
        let outcomes = self.outcomes();
        outcomes.replace(access, &url, sourcedid, score).await
    }

    /// What stands there for one person by Basic Outcomes, from 0 to 1; `None`: no score.
    pub(super) async fn outcome(
        &self,
        key: &GradeKey,
        target: &Target,
        outcome: &Outcome,
    ) -> Result<Result<Option<f64>, Refused>, Error> {
        let id = key.link.connection;
        let connection = self.store.get::<Connections>(&id)?;
        let connection = connection.filter(|one| one.enabled && one.deleted.is_none());
        let Some(connection) = connection else {
            return Ok(Err(Refused::Here));
        };
        let url = web_url(&outcome.url).filter(|_| target.moved == connection.moved);
        let access = self.access(id, &connection);
        let (Some(url), Ok(access)) = (url, access) else {
            return Ok(Err(Refused::Address));
        };
        let outcomes = self.outcomes();
        Ok(outcomes.read(access, &url, &outcome.sourcedid).await)
    }

    const fn outcomes(&self) -> Outcomes<'_> {
        Outcomes {
            world: &self.world,
            calls: &self.calls,
            tokens: &self.tokens,
        }
    }

    /// With a token by LTI 1.3, signed by LTI 1.1.
    fn access<'a>(
        &'a self,
        id: ConnectionId,
        connection: &'a Connection,
    ) -> Result<Access<'a>, Refused> {
        Ok(match &connection.consumer {
            Some(consumer) => Access::Signed(Signature {
                source: connection.source,
                key: &consumer.key,
                secret: self
                    .secrets
                    .signing(connection, self.world.now())
                    .ok_or(Refused::Here)?,
            }),
            None => Access::Token(Client::of(id, connection)?),
        })
    }

    /// By Assignment and Grade Services.
    async fn score(
        &self,
        way: &Way<'_>,
        service: &Service,
        grade: &Grade,
    ) -> Result<Verdict, Error> {
        let scopes = scopes(service);
        if !scopes.contains(&scope::SCORE) {
            return Ok(Verdict::No("scope-missing".into()));
        }
        let client = match Client::of(way.id, way.connection) {
            Ok(client) => client,
            Err(error) => return Ok(Refused::from(error).into()),
        };
        let book = Gradebook {
            tokens: &self.tokens,
            client,
            scopes: &scopes,
        };
        let link = &way.key.link;
        let found = self.columns.line_item(&book, link, None).await?;
        let sent = match found {
            Ok(url) => (self.send(&book, way, grade, &url).await, url),
            Err(verdict) => return Ok(verdict),
        };
        let (mut sent, mut url) = sent;
        // The line item may have been replaced by another one: it is looked for once more.
        if let Err(Refused::Status(answer)) = &sent
            && matches!(answer.status, 404 | 410)
        {
            match self.columns.line_item(&book, link, Some(&url)).await? {
                Ok(other) => {
                    sent = self.send(&book, way, grade, &other).await;
                    url = other;
                }
                Err(verdict) => return Ok(verdict),
            }
        }
        let verdict = sent.map_or_else(Verdict::from, |()| Verdict::Taken);
        if verdict == Verdict::Superseded {
            return Ok(self.compared(&book, way, grade, &url).await);
        }
        Ok(verdict)
    }

    /// What stands in the column of a link.
    pub(super) async fn results(
        &self,
        link: &LinkKey,
        column: &Column,
        needed: &str,
    ) -> Result<Result<Vec<Standing>, Refused>, Error> {
        let id = link.connection;
        let connection = self.store.get::<Connections>(&id)?;
        let connection = connection.filter(|one| one.enabled && one.deleted.is_none());
        let (Some(connection), Some(service)) = (connection, &column.service) else {
            return Ok(Err(Refused::Here));
        };
        let line_item = column
            .line_item
            .as_ref()
            .and_then(|item| web_url(&item.url));
        let (Some(url), true) = (line_item, service.moved == connection.moved) else {
            return Ok(Err(Refused::Address));
        };
        let scopes = scopes(service);
        let client = match Client::of(id, &connection) {
            Ok(client) => client,
            Err(error) => return Ok(Err(error.into())),
        };
        let book = Gradebook {
            tokens: &self.tokens,
            client,
            scopes: &scopes,
        };
        if !book.may(needed) {
            return Ok(Err(Refused::Token(tokens::Error::NothingGranted)));
        }
        Ok(book.results(&url, None).await)
    }

    async fn send(
        &self,
        book: &Gradebook<'_>,
        way: &Way<'_>,
        grade: &Grade,
        url: &Url,
    ) -> Result<(), Refused> {
        let earned = Earned {
            subject: &way.target.subject,
            points: grade.value.points(),
            maximum: grade.value.maximum,
            whole: grade.value.part == counting::WHOLE,
            at: grade.stamp,
        };
        book.send(url, &earned).await
    }

    /// The platform has something as new. Where that is no less than what is owed (it may be that
    /// very score, sent before a crash), all is well; else it is sent with a newer timestamp.
    async fn compared(
        &self,
        book: &Gradebook<'_>,
        way: &Way<'_>,
        grade: &Grade,
        url: &Url,
    ) -> Verdict {
        if !book.may(scope::RESULT_READ) {
            return Verdict::Taken;
        }
        let subject = way.target.subject.as_str();
        let Ok(results) = book.results(url, Some(subject)).await else {
            return Verdict::Superseded;
        };
        let mut own = results.iter().filter(|result| result.user == subject);
        let part = own.find_map(|result| Some(result.score? / result.maximum));
        let owed = f64::from(grade.value.part) / f64::from(counting::WHOLE);
        if part.is_some_and(|part| part + NOISE >= owed) {
            Verdict::Taken
        } else {
            Verdict::Superseded
        }
    }
}

/// Everything of the gradebook that the platform lets be asked for: one token is good for all.
pub(super) fn scopes(service: &Service) -> Vec<&'static str> {
    [
        scope::LINE_ITEM,
        scope::LINE_ITEM_READ,
        scope::RESULT_READ,
        scope::SCORE,
    ]
    .into_iter()
    .filter(|wanted| service.scopes.iter().any(|scope| scope == wanted))
    .collect()
}
