//! The bytes of media, for whoever holds a ticket or a link's key, and public ones for everybody.

use std::fmt::Write;

use http::Method;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL,
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Error, ticket};
use crate::app::{App, CROSS_ORIGIN_RESOURCE_POLICY, Cache, Content, Form, Input, Page};
use crate::library::bytes::{self, Plan, Readable, Rendition};
use crate::library::{self, Viewer};
use crate::people::{Member, sessions};
use crate::store::ids::ItemId;

/// Nothing in a file may run, load or submit anything, even when it is opened by itself.
const POLICY: &str = "default-src 'none'; sandbox";

/// All but `attr-char` (RFC 8187, section 3.2.1).
const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// How long a browser keeps a picture without asking again.
const PICTURES_KEPT: &str = "private, max-age=3600";
/// The ticket in the address is one person's, and ends with the session; every use is asked for.
const ASKED_AGAIN: &str = "private, no-cache";

/// `GET` and `HEAD /files/{item}/{rendition}` with `t={ticket}`, `k={key}` or nothing in the query;
/// with `download` besides, the original comes as a file to keep. Whatever does not open is not
/// found.
pub async fn file(app: &App, input: &Input, item: ItemId, name: &str) -> Result<Page, Error> {
    let asked = Rendition::named(name).ok_or(library::Error::NotFound)?;
    let query = input.query();
    let looking = looking(app, &query).await?;
    let opened = library::open(&app.store, &looking.viewer, item)?;
    let user = looking.member.as_ref().map(|member| member.session().user);
    let readable = bytes::rendition(&app.store, &opened, user, asked)?;
    // What browsers do not show in place is a file to keep, however it is asked for.
    let keeps =
        asked == Rendition::Original && (query.get("download").is_some() || !readable.is_shown());
    if keeps && !opened.item().downloadable && !looking.edits(app, item) {
        return Err(Error::NoDownload);
    }
    let plan = readable.plan(&input.method, &input.headers);
    let content = if plan.body_len().is_some() && input.method == Method::GET {
        Content::Stream(Box::pin(readable.stream(&app.folder, &plan).await?))
    } else {
        Content::Empty
    };
    let kept = match asked {
        Rendition::Picture(_) => PICTURES_KEPT,
        _ => ASKED_AGAIN,
    };
    let shown = readable.is_shown() && !keeps && asked != Rendition::Upload;
    let page = Page::new(plan.status(), content)
        .cache(Cache::Own)
        .with(CACHE_CONTROL, kept);
    Ok(with_headers(page, &plan, &readable, shown))
}

/// Who asks for bytes.
struct Looking {
    viewer: Viewer,
    /// The person, where there is one.
    member: Option<Member>,
}

impl Looking {
    fn edits(&self, app: &App, item: ItemId) -> bool {
        let member = self.member.as_ref();
        member.is_some_and(|member| library::editable(&app.store, member, item).is_ok())
    }
}

/// Who the query says that looks: whoever holds a ticket of a session (`t`), or anybody from
/// outside, perhaps with the key of a link (`k`).
async fn looking(app: &App, query: &Form) -> Result<Looking, Error> {
    let Some(ticket) = query.get("t") else {
        return Ok(Looking {
            viewer: Viewer::outside(query.get("k"), app.publishing()),
            member: None,
        });
    };
    let (session, granted) = ticket::open(app, ticket).ok_or(library::Error::NotFound)?;
    let (store, world) = (&app.store, &app.world);
    match sessions::behind_ticket(store, world, app.lifetimes(), session).await {
        Ok(member) => Ok(Looking {
            viewer: Viewer::of_ticket(member.session(), granted),
            member: Some(member),
        }),
        Err(sessions::Error::Store(error)) => Err(error.into()),
        Err(_) => Err(library::Error::NotFound.into()),
    }
}

fn with_headers(page: Page, plan: &Plan, readable: &Readable, shown: bool) -> Page {
    let page = page
        .with(CONTENT_SECURITY_POLICY, POLICY)
        .with(ACCEPT_RANGES, "bytes")
        // A platform may show us in a sandboxed frame, whose pages have no origin to be the same as.
        // What the address carries is what opens the bytes; no cookie is looked at.
        .with(CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin")
        .with(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .with(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            "Accept-Ranges, Content-Range",
        )
        .with(ETAG, &readable.etag());
    let page = match plan.content_range() {
        Some(range) => page.with(CONTENT_RANGE, &range),
        None => page,
    };
    let Some(len) = plan.body_len() else {
        return page;
    };
    let media_type = match plan {
        Plan::Parts(parts) => parts.content_type(),
        _ => readable.media_type().to_owned(),
    };
    page.with(CONTENT_LENGTH, &len.to_string())
        .with(CONTENT_TYPE, &media_type)
        .with(
            CONTENT_DISPOSITION,
            &disposition(shown, &readable.file().name),
        )
}

/// The `Content-Disposition` header (RFC 6266), with the name once in ASCII for old clients where
/// it is not, and once in full.
fn disposition(inline: bool, name: &str) -> String {
    let how = if inline { "inline" } else { "attachment" };
    let plain = |c: char| (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%');
    let ascii: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    let mut header = format!("{how}; filename=\"{ascii}\"");
    if ascii != name {
        let full = utf8_percent_encode(name, EXTENDED);
        // Writing into a `String` cannot fail.
        let _ = write!(header, "; filename*=UTF-8''{full}");
    }
    header
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_told_in_full() {
        for (name, expected) in [
            ("waves.mp4", "inline; filename=\"waves.mp4\""),
            ("two words.mp4", "inline; filename=\"two words.mp4\""),
            (
                "Wörter \"und\" 100%.mp4",
                "inline; filename=\"W_rter _und_ 100_.mp4\"; \
                 filename*=UTF-8''W%C3%B6rter%20%22und%22%20100%25.mp4",
            ),
            (
                "a\\b;c'd.mp4",
                "inline; filename=\"a_b;c'd.mp4\"; filename*=UTF-8''a%5Cb%3Bc%27d.mp4",
            ),
        ] {
            assert_eq!(disposition(true, name), expected);
        }
        assert!(disposition(false, "a").starts_with("attachment;"));
    }

    proptest! {
        #[test]
        fn whatever_the_name_it_is_one_header(name: String) {
            let header = disposition(true, &name);
            prop_assert!(HeaderValue::from_str(&header).is_ok());
            prop_assert_eq!(header.matches('"').count(), 2);
        }
    }
}
