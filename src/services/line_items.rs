//! Line items: the column of a resource link, found where there is one, made where there is none,
//! never a second one (Assignment and Grade Services 2.0, section 3.2).

use http::Method;
use http::header::LINK;
use serde_json::{Map, Value};
use url::Url;

use super::grading::{Ask, Gradebook, Refused};
use crate::lti::ags::{LineItem, line_item, media_type};
use crate::lti::names::scope;
use crate::lti::nrps::next_page;
use crate::lti::origin::same_origin;

/// Pages of line items that are looked through.
const MOST_PAGES: usize = 20;

/// The column that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The resource link that it belongs to.
    pub link: &'a str,
    /// Our own id of what is graded: the placement.
    pub resource: &'a str,
    /// Our word for what is graded about it.
    pub tag: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// The most points, in hundredths.
    pub maximum: u32,
}

impl Wanted<'_> {
    /// How well a line item fits: the link's own of ours, the link's own, ours that belongs to no
    /// link (a copied course has such). That of another link fits never.
    fn fit(&self, item: &LineItem) -> Option<u8> {
        let same = |one: &Option<String>, own: &str| one.as_deref() == Some(own);
        let ours = same(&item.resource, self.resource);
        let tagged = same(&item.tag, self.tag);
        match &item.resource_link {
            Some(link) if link == self.link => Some(match (ours, tagged) {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => 2,
                (false, false) => 3,
            }),
            Some(_) => None,
            None => (ours && tagged).then_some(4),
        }
    }
}

/// The points, as the services have them.
pub fn points(hundredths: u32) -> f64 {
    f64::from(hundredths) / 100.0
}

impl Gradebook<'_> {
    /// The column of a link, where the platform has one; `except` is one that is known to be gone.
    pub async fn find(
        &self,
        line_items: &Url,
        wanted: &Wanted<'_>,
        except: Option<&str>,
    ) -> Result<Option<LineItem>, Refused> {
        let own = self.best(
            line_items,
            ("resource_link_id", wanted.link),
            wanted,
            except,
        );
        if let Some(found) = own.await? {
            return Ok(Some(found));
        }
        self.best(line_items, ("resource_id", wanted.resource), wanted, except)
            .await
    }

    /// The best of those that a query answers. Platforms that don't know the query answer all.
    async fn best(
        &self,
        line_items: &Url,
        (name, value): (&str, &str),
        wanted: &Wanted<'_>,
        except: Option<&str>,
    ) -> Result<Option<LineItem>, Refused> {
        let mut url = line_items.clone();
        url.query_pairs_mut().append_pair(name, value);
        let mut found = Vec::new();
        let mut next = Some(url);
        for _ in 0..MOST_PAGES {
            let Some(page) = next else {
                break;
            };
            let answer = self
                .ask(self.reading(&page, media_type::LINE_ITEMS))
                .await?;
            let links = answer.headers.get_all(LINK).iter();
            next = next_page(links.filter_map(|link| link.to_str().ok()), &page)
                .map_err(|_| Refused::Address)?;
            let status = answer.status.as_u16();
            let items =
                line_item::container(&answer.body).map_err(|_| Refused::NotAnAnswer(status))?;
            found.extend(items);
        }
        // A token goes to whatever address is answered: it has to be the platform's.
        let usable = |item: &LineItem| {
            let url = item.id.as_ref();
            url.is_some_and(|url| same_origin(url, line_items) && Some(url.as_str()) != except)
        };
        let fits = found.into_iter().filter(usable);
        let fits = fits.filter_map(|item| Some((wanted.fit(&item)?, item)));
        Ok(fits.min_by_key(|(fit, _)| *fit).map(|(_, item)| item))
    }

    /// Makes the column. Whoever calls has looked for it, and lets nobody else do so meanwhile.
    pub async fn make(&self, line_items: &Url, wanted: &Wanted<'_>) -> Result<LineItem, Refused> {
        let item = LineItem {
            resource_link: Some(wanted.link.to_owned()),
            resource: Some(wanted.resource.to_owned()),
            tag: Some(wanted.tag.to_owned()),
            ..LineItem::new(wanted.label.to_owned(), points(wanted.maximum))
        };
        let answer = self
            .ask(Ask {
                method: Method::POST,
                url: line_items,
                scope: scope::LINE_ITEM,
                accept: media_type::LINE_ITEM,
                body: Some((media_type::LINE_ITEM, item.document().to_string())),
            })
            .await?;
        let not_one = || Refused::NotAnAnswer(answer.status.as_u16());
        let made = LineItem::answered(&answer.body).map_err(|_| not_one())?;
        match &made.id {
            Some(url) if same_origin(url, line_items) => Ok(made),
            _ => Err(Refused::Address),
        }
    }

    /// Gives a column another title and maximum. Whatever else the platform has there stays: a PUT
    /// replaces all of it.
    pub async fn rename(&self, url: &Url, label: &str, maximum: u32) -> Result<(), Refused> {
        let answer = self.ask(self.reading(url, media_type::LINE_ITEM)).await?;
        let known: Map<String, Value> = serde_json::from_slice(&answer.body)
            .map_err(|_| Refused::NotAnAnswer(answer.status.as_u16()))?;
        let changed = LineItem::new(label.to_owned(), points(maximum)).document();
        let mut document = known;
        for name in ["label", "scoreMaximum"] {
            document.insert(name.to_owned(), changed[name].clone());
        }
        self.ask(Ask {
            method: Method::PUT,
            url,
            scope: scope::LINE_ITEM,
            accept: media_type::LINE_ITEM,
            body: Some((media_type::LINE_ITEM, Value::Object(document).to_string())),
        })
        .await
        .map(drop)
    }

    fn reading<'a>(&self, url: &'a Url, accept: &'static str) -> Ask<'a> {
        let writes = self.may(scope::LINE_ITEM);
        Ask {
            method: Method::GET,
            url,
            scope: if writes {
                scope::LINE_ITEM
            } else {
                scope::LINE_ITEM_READ
            },
            accept,
            body: None,
        }
    }
}

#[cfg(test)]
mod tests;
