//! Scores by Assignment and Grade Services 2.0, and the results that became of them.

use http::Method;
use http::header::LINK;
use url::Url;

use super::grading::{Ask, Gradebook, Refused};
use super::line_items::points;
use crate::lti::ags::{
    Activity, Given, Grading, Score, Standing, Submission, media_type, results_of, scores_of,
    standing,
};
use crate::lti::names::scope;
use crate::lti::nrps::next_page;
use crate::world::Time;

/// Pages of results that are read.
const MOST_PAGES: usize = 200;
/// The most results of one line item.
const MOST_RESULTS: usize = 20_000;

/// What somebody has earned.
#[derive(Debug, Clone, Copy)]
pub struct Earned<'a> {
    /// The platform's own name for the person.
    pub subject: &'a str,
    /// Points, in hundredths.
    pub points: u32,
    /// Out of how many, in hundredths.
    pub maximum: u32,
    /// Whether nothing more can be earned.
    pub whole: bool,
    /// When: later than whatever was reported of this person before, by whole seconds.
    pub at: Time,
}

impl Earned<'_> {
    fn document(&self) -> String {
        let at = self.at.into();
        let score = Score {
            user: self.subject.to_owned(),
            at,
            activity: if self.whole {
                Activity::Completed
            } else {
                Activity::InProgress
            },
            // Whatever else is said here, most platforms drop the score.
            grading: Grading::FullyGraded,
            given: Some(Given {
                points: points(self.points),
                maximum: points(self.maximum),
            }),
            comment: None,
            submission: Some(Submission {
                started: None,
                submitted: Some(at),
            }),
            by: None,
        };
        score.document().to_string()
    }
}

impl Gradebook<'_> {
    /// Sends a score to a line item.
    pub async fn send(&self, line_item: &Url, earned: &Earned<'_>) -> Result<(), Refused> {
        self.ask(Ask {
            method: Method::POST,
            url: &scores_of(line_item),
            scope: scope::SCORE,
            accept: "*/*",
            body: Some((media_type::SCORE, earned.document())),
        })
        .await
        .map(drop)
    }

    /// What stands in a line item: of everybody, or of one person.
    pub async fn results(
        &self,
        line_item: &Url,
        subject: Option<&str>,
    ) -> Result<Vec<Standing>, Refused> {
        let mut url = results_of(line_item);
        if let Some(subject) = subject {
            url.query_pairs_mut().append_pair("user_id", subject);
        }
        let mut found: Vec<Standing> = Vec::new();
        let mut next = Some(url);
        for _ in 0..MOST_PAGES {
            let Some(page) = next.filter(|_| found.len() < MOST_RESULTS) else {
                break;
            };
            let answer = self
                .ask(Ask {
                    method: Method::GET,
                    url: &page,
                    scope: scope::RESULT_READ,
                    accept: media_type::RESULTS,
                    body: None,
                })
                .await?;
            let links = answer.headers.get_all(LINK).iter();
            next = next_page(links.filter_map(|link| link.to_str().ok()), &page)
                .map_err(|_| Refused::Address)?;
            let results = standing::container(&answer.body);
            found.extend(results.map_err(|_| Refused::NotAnAnswer(answer.status.as_u16()))?);
        }
        Ok(found)
    }
}
