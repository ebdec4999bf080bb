//! The roster of a course for tools (Names and Role Provisioning Services 2.0): filtered by role,
//! page by page.

use serde_json::{Value, json};
use url::Url;

use crate::app::{Form, Page};
use crate::lti::launch::{Context, Person};

/// The media type of a page of the roster.
const MEDIA_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";
/// The scope that a tool needs.
pub const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";
/// What the roles of a course begin with.
const MEMBERSHIP: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership";

/// Somebody in the roster.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The platform's id of the person.
    pub user: String,
    /// Their roles.
    pub roles: Vec<String>,
    /// Whether they still belong to the course.
    pub active: bool,
    /// What is told about them.
    pub person: Person,
}

/// What a tool asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    role: Option<String>,
    limit: usize,
    from: usize,
}

impl Asked {
    /// Reads the query; a page has at most `most` people. `None` when it makes no sense.
    pub fn read(query: &Form, most: usize) -> Option<Self> {
        let number = |name: &str| query.get(name).map(str::parse::<usize>).transpose().ok();
        let limit = number("limit")?.unwrap_or(most);
        (limit > 0).then_some(Self {
            role: query.get("role").map(str::to_owned),
            limit: limit.min(most),
            from: number("from")?.unwrap_or(0),
        })
    }

    /// Whether somebody has the role that is asked for: by its whole name, or by its short one where
    /// it is one of a course (section 2.4).
    fn wants(&self, entry: &Entry) -> bool {
        let Some(role) = &self.role else {
            return true;
        };
        let full = |known: &str| {
            known == role
                || known
                    .strip_prefix(MEMBERSHIP)
                    .is_some_and(|rest| rest.strip_prefix('#') == Some(role))
        };
        entry.roles.iter().any(|known| full(known))
    }

    /// The page that is asked for of the roster at `address`, which keeps its query.
    pub fn page(&self, address: &Url, context: &Context, roster: &[Entry]) -> Roster {
        let wanted: Vec<&Entry> = roster.iter().filter(|entry| self.wants(entry)).collect();
        let shown = wanted.iter().skip(self.from).take(self.limit);
        let end = self.from.saturating_add(self.limit);
        Roster {
            document: json!({
                "id": address.as_str(),
                "context": {
                    "id": context.id,
                    "label": context.label,
                    "title": context.title,
                },
                "members": shown.map(|entry| member(entry)).collect::<Vec<_>>(),
            }),
            next: (end < wanted.len()).then(|| self.next(address, end)),
        }
    }

    fn next(&self, address: &Url, from: usize) -> String {
        let own = ["from", "limit", "role"];
        let kept: Vec<(String, String)> = address
            .query_pairs()
            .into_owned()
            .filter(|(name, _)| !own.contains(&name.as_str()))
            .collect();
        let mut next = address.clone();
        next.query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .append_pair("limit", &self.limit.to_string())
            .append_pair("from", &from.to_string());
        if let Some(role) = &self.role {
            next.query_pairs_mut().append_pair("role", role);
        }
        next.into()
    }
}

fn member(entry: &Entry) -> Value {
    let person = &entry.person;
    let status = if entry.active { "Active" } else { "Inactive" };
    let mut member = json!({
        "user_id": entry.user,
        "status": status,
        "roles": entry.roles,
    });
    for (name, value) in [
        ("name", &person.name),
        ("given_name", &person.given_name),
        ("family_name", &person.family_name),
        ("email", &person.email),
    ] {
        if let Some(value) = value {
            member[name] = value.as_str().into();
        }
    }
    member
}

/// A page of a roster.
#[derive(Debug, Clone)]
pub struct Roster {
    /// What it says.
    pub document: Value,
    /// The address of the page after it.
    pub next: Option<String>,
}

impl Roster {
    /// The answer.
    pub fn answer(&self) -> Page {
        let page = Page::whole(MEDIA_TYPE, self.document.to_string());
        match &self.next {
            Some(next) => page.with(http::header::LINK, &format!("<{next}>; rel=\"next\"")),
            None => page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
    const ASSISTANT: &str =
        "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";

    fn roster() -> Vec<Entry> {
        let entry = |user: usize| Entry {
            user: user.to_string(),
            roles: vec![if user == 3 { ASSISTANT } else { LEARNER }.to_owned()],
            active: user != 2,
            person: Person::default(),
        };
        (0..7).map(entry).collect()
    }

    fn context() -> Context {
        Context {
            id: "light".into(),
            types: Vec::new(),
            label: None,
            title: None,
        }
    }

    /// The people of all pages, and how many pages there were.
    fn walk(query: &str) -> (Vec<String>, usize) {
        let mut url = Url::parse(&format!("https://lms.example/m?course=1&{query}")).unwrap();
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            pages += 1;
            assert!(pages < 10);
            let form = Form::parse(url.query().unwrap().as_bytes());
            let asked = Asked::read(&form, 5).unwrap();
            let roster = asked.page(&url, &context(), &roster());
            let members = roster.document["members"].as_array().unwrap();
            let user = |member: &Value| member["user_id"].as_str().unwrap().to_owned();
            seen.extend(members.iter().map(user));
            let Some(next) = roster.next else {
                return (seen, pages);
            };
            url = Url::parse(&next).unwrap();
            assert!(url.query_pairs().any(|(name, _)| name == "course"));
        }
    }

    #[test]
    fn every_page_is_reached_once() {
        let all: Vec<String> = (0..7).map(|user| user.to_string()).collect();
        assert_eq!(walk(""), (all.clone(), 2));
        assert_eq!(walk("limit=1"), (all.clone(), 7));
        assert_eq!(walk("limit=1000"), (all, 2));
    }

    #[test]
    fn roles_are_named_in_short_or_in_full() {
        assert_eq!(walk("role=Learner&limit=4").0.len(), 6);
        let full = format!("role={}", LEARNER.replace('#', "%23"));
        assert_eq!(walk(&full).0.len(), 6);
        assert_eq!(
            walk("role=TeachingAssistant").0.len(),
            0,
            "no role of a course in short"
        );
        let full = format!("role={}", ASSISTANT.replace('#', "%23"));
        assert_eq!(walk(&full).0, ["3"]);
    }

    #[test]
    fn nonsense_is_none() {
        for query in ["limit=0", "limit=-1", "limit=x", "from=x"] {
            assert_eq!(
                Asked::read(&Form::parse(query.as_bytes()), 5),
                None,
                "{query}"
            );
        }
    }
}
