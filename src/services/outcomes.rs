//! Basic Outcomes (LTI 1.1.1 Implementation Guide, section 6): one score of one person on one link.
//! Signed by LTI 1.1; by LTI 1.3 with an access token.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method as Verb};
use url::Url;

use super::calls::Calls;
use super::grading::{Refused, body_of};
use super::signing::Signature;
use super::tokens::{Client, Tokens};
use crate::lti::names::scope;
use crate::lti::outcomes::{
    self, Code, MEDIA_TYPE, Operation, Score, read_response, write_request,
};
use crate::outbound::{Request, Response};
use crate::world::World;

/// How a platform lets us send a score.
#[derive(Debug, Clone, Copy)]
pub enum Access<'a> {
    /// LTI 1.3: with an access token.
    Token(Client<'a>),
    /// LTI 1.1: with a signature.
    Signed(Signature<'a>),
}

/// Sends and reads scores.
#[derive(Debug, Clone, Copy)]
pub struct Outcomes<'a> {
    /// Time and randomness.
    pub world: &'a World,
    /// Calls to platforms.
    pub calls: &'a Calls,
    /// Access tokens.
    pub tokens: &'a Tokens,
}

impl Outcomes<'_> {
    /// Makes `score`, from 0 to 1, the result that `sourcedid` names.
    pub async fn replace(
        &self,
        access: Access<'_>,
        url: &Url,
        sourcedid: &str,
        score: f64,
    ) -> Result<(), Refused> {
        let score = Score::new(score).map_err(|_| Refused::Here)?;
        let operation = Operation::Replace {
            sourcedid: sourcedid.to_owned(),
            score: Some(score.to_string()),
            data: None,
        };
        self.ask(access, url, operation).await.map(drop)
    }

    /// The result that `sourcedid` names, from 0 to 1; `None`: there is none.
    pub async fn read(
        &self,
        access: Access<'_>,
        url: &Url,
        sourcedid: &str,
    ) -> Result<Option<f64>, Refused> {
        let operation = Operation::Read {
            sourcedid: sourcedid.to_owned(),
        };
        let answer = self.ask(access, url, operation).await?;
        let score = answer.score.filter(|score| !score.is_empty());
        match score.map(|score| Score::parse(&score)) {
            None => Ok(None),
            Some(Ok(score)) => Ok(Some(score.value())),
            Some(Err(_)) => Err(Refused::NotAnAnswer(200)),
        }
    }

    /// Whether it was done stands in the answer's code, whatever its status and its media type.
    async fn ask(
        &self,
        access: Access<'_>,
        url: &Url,
        operation: Operation,
    ) -> Result<outcomes::Response, Refused> {
        let message = format!("{:032x}", u128::from_be_bytes(self.world.random()));
        let body = write_request(&outcomes::Request { message, operation });
        let mut request = Request {
            method: Verb::POST,
            body: body.into(),
            ..Request::get(url.clone(), outcomes::LONGEST)
        };
        let xml = HeaderValue::from_static(MEDIA_TYPE);
        request.headers.insert(CONTENT_TYPE, xml.clone());
        request.headers.insert(ACCEPT, xml);
        let response = self.send(access, request).await?;
        let status = response.status.as_u16();
        let Ok(answer) = read_response(&response.body) else {
            body_of(&response)?;
            return Err(Refused::NotAnAnswer(status));
        };
        match answer.code {
            Code::Success | Code::Processing => Ok(answer),
            Code::Failure | Code::Unsupported => Err(Refused::Code(answer.description)),
        }
    }

    async fn send(&self, access: Access<'_>, mut request: Request) -> Result<Response, Refused> {
        match access {
            Access::Token(client) => {
                let scopes = [scope::BASIC_OUTCOME];
                Ok(self.tokens.call(&client, &scopes, &request).await?)
            }
            Access::Signed(signature) => {
                let signed = signature.sign(self.world, &mut request);
                signed.map_err(|_| Refused::Address)?;
                Ok(self.calls.send(signature.source, request).await?)
            }
        }
    }
}

#[cfg(test)]
mod tests;
