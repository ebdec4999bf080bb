//! Each page and form × each kind of person.

use std::time::Duration;

use super::*;

/// What an item's page, its form, its deletion and its upload page answer, in the order of
/// [`statuses`].
type Statuses = [u16; 4];

const OWNER: Statuses = [200, 303, 303, 200];
const MAY_SEE: Statuses = [200, 403, 403, 200];
const NOTHING: Statuses = [404, 404, 404, 200];
const NOBODY: Statuses = [403, 403, 403, 403];

/// Deletion comes last: it works for the owner.
async fn statuses(visitor: &Visitor<'_>, item: ItemId) -> Statuses {
    let page = format!("media/{item}");
    let seen = visitor.get(&page).await.status;
    let upload = visitor.get("upload").await.status;
    let edit = format!("{page}/edit");
    let changed = visitor.post(&edit, &[("title", "New")]).await.status;
    let deleted = visitor.post(&format!("{page}/delete"), &[]).await.status;
    [seen, changed, deleted, upload].map(|status| status.as_u16())
}

#[tokio::test]
async fn an_item_opens_for_its_owner_and_by_its_visibility() {
    let colleague = Coming {
        subject: "carl",
        ..ADA
    };
    let other_course = Coming {
        course: Some("art"),
        ..colleague.clone()
    };
    let no_course = Coming {
        course: None,
        ..colleague.clone()
    };
    // The same names at another platform are other people and another course.
    let elsewhere = Coming {
        connection: 2,
        ..ADA
    };
    let owner_elsewhere = Coming {
        course: Some("art"),
        ..ADA
    };
    for (who, private, course) in [
        (&colleague, NOTHING, MAY_SEE),
        (&SAM, NOTHING, MAY_SEE),
        (&other_course, NOTHING, NOTHING),
        (&no_course, NOTHING, NOTHING),
        (&elsewhere, NOTHING, NOTHING),
        (&ADA, OWNER, OWNER),
        (&owner_elsewhere, OWNER, OWNER),
    ] {
        let running = running(&[]).await;
        let ada = ADA.arrives(&running).await;
        let hidden = ada.uploads("a.mp4", "private", &film()).await;
        let shown = ada.uploads("b.mp4", "course", &film()).await;
        let visitor = who.arrives(&running).await;
        assert_eq!(statuses(&visitor, hidden).await, private, "{who:?}");
        assert_eq!(statuses(&visitor, shown).await, course, "{who:?}");
    }
}

#[tokio::test]
async fn without_a_living_session_nothing_opens() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "course", &film()).await;

    let unknown = Visitor {
        token: "A".repeat(43),
        running: &running,
        cookie: None,
    };
    assert_eq!(statuses(&unknown, item).await, NOBODY);
    assert_eq!(unknown.get("library").await.code(), "session-ended");

    let signed_out = ADA.arrives(&running).await;
    assert_eq!(signed_out.get("library").await.status, StatusCode::OK);
    let answer = signed_out.post("sign-out", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text().contains("close this page"));
    assert_eq!(statuses(&signed_out, item).await, NOBODY);

    let other_browser = Visitor {
        token: ada.token.clone(),
        running: &running,
        cookie: None,
    };
    assert_eq!(statuses(&other_browser, item).await, NOBODY);
    let answer = other_browser.get("library").await;
    assert_eq!(answer.code(), "session-other-browser");
    assert!(
        answer.header("x-frame-options").is_none(),
        "it is read where it is shown"
    );

    connect(&running, 1, false).await;
    assert_eq!(statuses(&ada, item).await, NOBODY);
    connect(&running, 1, true).await;
    assert_eq!(ada.get("library").await.status, StatusCode::OK);

    running.clock.advance(Duration::from_hours(3));
    assert_eq!(statuses(&ada, item).await, NOBODY);
}

#[tokio::test]
async fn a_session_without_cookie_is_no_page_of_its_own() {
    let running = running(&[]).await;
    let mut ada = ADA.arrives(&running).await;
    ada.cookie = None;
    assert_eq!(ada.get("library").await.status, StatusCode::OK);
    let document = [("sec-fetch-dest", "document")];
    let answer = ada.ask(Method::GET, "library", &document).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.code(), "cookie-needed");
}

#[tokio::test]
async fn other_sites_change_nothing() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let page = format!("media/{item}");
    let forms = [
        "edit",
        "delete",
        "restore",
        "delete-for-good",
        "share",
        "unshare",
        "link",
        "unlink",
        "place",
        "unplace",
        "withdraw",
        "allow",
    ];
    let mut forms = forms.map(|form| format!("{page}/{form}")).to_vec();
    forms.extend(["tab", "sign-out", "uploads"].map(String::from));
    for below in &forms {
        let answer = ada
            .post_from("cross-site", below, &[("title", "New")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{below}");
        assert_eq!(answer.code(), "cross-site", "{below}");
    }
    for method in [Method::PATCH, Method::DELETE] {
        let headers = [("sec-fetch-site", "cross-site"), ("tus-resumable", "1.0.0")];
        let answer = ada.ask(method, "uploads/00", &headers).await;
        assert_eq!(answer.code(), "cross-site");
    }
    // It makes a link.
    let headers = [("sec-fetch-site", "cross-site")];
    let code = format!("embed-code/{item}");
    assert_eq!(
        ada.ask(Method::GET, &code, &headers).await.code(),
        "cross-site"
    );
    let answer = ada.get(&page).await;
    assert!(answer.text().contains("<h1>a</h1>"), "nothing changed");
}

#[tokio::test]
async fn a_foreign_form_does_not_decide_the_binding() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let blind = Visitor {
        token: ada.token.clone(),
        running: &running,
        cookie: None,
    };
    blind.post_from("cross-site", "tab", &[]).await;
    assert_eq!(ada.get("library").await.status, StatusCode::OK);
    assert_eq!(blind.get("library").await.code(), "session-other-browser");
}

#[tokio::test]
async fn each_address_has_its_methods() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    for (below, method, allowed) in [
        ("library", Method::POST, "GET"),
        ("upload", Method::DELETE, "GET"),
        ("media/0000000000000001", Method::POST, "GET"),
        ("media/0000000000000001/edit", Method::PUT, "GET, POST"),
        ("media/0000000000000001/share", Method::PUT, "GET, POST"),
        ("media/0000000000000001/delete", Method::GET, "POST"),
        ("media/0000000000000001/link", Method::GET, "POST"),
        ("embed/0000000000000001", Method::POST, "GET"),
        ("embed-code/0000000000000001", Method::POST, "GET"),
        ("tab", Method::GET, "POST"),
        ("sign-out", Method::GET, "POST"),
        ("uploads", Method::PATCH, "POST, OPTIONS"),
        (
            "uploads/00000000000000000000000000000001",
            Method::POST,
            "HEAD, PATCH, DELETE, OPTIONS",
        ),
        (
            "uploads/00000000000000000000000000000001",
            Method::GET,
            "HEAD, PATCH, DELETE, OPTIONS",
        ),
        ("", Method::POST, "GET"),
    ] {
        let answer = ada.ask(method, below, &[("tus-resumable", "1.0.0")]).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{below}");
        assert_eq!(answer.header("allow"), Some(allowed), "{below}");
    }
    for below in [
        "other",
        "media",
        "media/1",
        "media/0000000000000001/other",
        "uploads/1/2",
    ] {
        let answer = ada.ask(Method::GET, below, &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{below}");
    }
    let head = ada.ask(Method::HEAD, "library", &[]).await;
    assert_eq!(head.status, StatusCode::OK);
}

#[tokio::test]
async fn the_entrance_leads_to_the_library_and_opens_nothing() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    for path in [format!("/s/{}", ada.token), ada.at("")] {
        // No cookie comes to this address, which must not unbind the session.
        let answer = get(&running, &path, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), Some(ada.at("library").as_str()));
    }
    assert_eq!(ada.get("library").await.status, StatusCode::OK);
    let blind = Visitor {
        token: ada.token.clone(),
        running: &running,
        cookie: None,
    };
    assert_eq!(blind.get("library").await.status, StatusCode::FORBIDDEN);
    let answer = get(&running, "/s/nonsense", &[]).await;
    assert_eq!(answer.code(), "session-ended");
}

#[tokio::test]
async fn a_tab_gets_a_ticket_that_opens_it_once() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let answer = ada.post("tab", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer
            .text()
            .contains(r#"action="/lti/window" method="post""#)
    );
    assert!(answer.text().contains(r#"target="_blank""#));
    let ticket = answer.attribute("name=\"ticket\" value").unwrap();
    let form = format!("ticket={ticket}");
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    let press = || {
        let body = Full::<Bytes>::from(form.clone());
        send(
            &running,
            request(Method::POST, "/lti/window", &headers, body),
        )
    };
    let first = press().await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    let location = first.header("location").unwrap();
    assert!(location.starts_with("/s/") && !location.contains(&ada.token));
    assert_eq!(press().await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pages_are_kept_by_nobody_and_framed_by_the_platform() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    for below in ["library", "upload", &format!("media/{item}"), "nowhere"] {
        let answer = ada.get(below).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{below}");
        assert_eq!(
            answer.header("referrer-policy"),
            Some("no-referrer"),
            "{below}"
        );
        let policy = answer.header("content-security-policy").unwrap();
        let ancestors = format!("frame-ancestors 'self' {PLATFORM}");
        assert!(policy.contains(&ancestors), "{below}: {policy}");
        assert!(
            !answer.text().contains(&ada.token),
            "{below} shows the token"
        );
    }
}
