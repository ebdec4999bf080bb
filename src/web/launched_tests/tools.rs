//! External tools by LTI 1.1: adding one, launching it, what it is told, and what it reports.

mod back;
mod consent;
mod picking;
mod registered;
mod remains;
mod reporting;

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use http::StatusCode;
use oauth1_request::{Builder, Credentials, HmacSha1, ParameterList};

use super::*;
use crate::store::ids::ToolId;
use crate::store::rows::tools::Tool;
use crate::store::trees::{Items, Tools};
use crate::tools::registry;

/// Public, and never asked for anything.
const LAUNCH: &str = "https://9.9.9.9/launch?unit=7";
const KEY: &str = "key-1";
const SECRET: &str = "se:cret";
const PASSPORT: &str = "reader:key-1:se:cret";

/// What a teacher enters, with other values for some fields.
fn entry<'a>(other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("title", "Reader"),
        ("version", "1.1"),
        ("passport", PASSPORT),
        ("launch_url", LAUNCH),
        ("grades", "on"),
        ("place", "frame"),
    ];
    let mut fields = other.to_vec();
    for (name, value) in usual {
        if !other.iter().any(|(known, _)| *known == name) {
            fields.push((name, value));
        }
    }
    fields
}

/// Adds a tool; answers its item.
async fn added(teacher: &Visitor<'_>, other: &[(&str, &str)]) -> ItemId {
    let answer = teacher.post("tools/new", &entry(other)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let location = answer.header("location").unwrap();
    let id = location.strip_prefix("../media/").unwrap();
    id.split(['?', '/']).next().unwrap().parse().unwrap()
}

/// Likewise, placed in the teacher's course.
async fn placed(teacher: &Visitor<'_>, other: &[(&str, &str)]) -> ItemId {
    let item = added(teacher, other).await;
    let answer = teacher.post(&format!("media/{item}/place"), &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    item
}

fn tool_of(running: &Running, item: ItemId) -> (ToolId, Tool) {
    let id = running.app.store.get::<Items>(&item).unwrap().unwrap();
    let id = id.tool.unwrap();
    (id, running.app.store.get::<Tools>(&id).unwrap().unwrap())
}

fn decoded(text: &str) -> String {
    let entities = [
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(text.to_owned(), |text, (name, c)| text.replace(name, c))
}

/// The fields of the form on a page.
fn fields(page: &Answer) -> BTreeMap<String, String> {
    let inputs = page.text().split("<input type=\"hidden\" name=\"").skip(1);
    inputs
        .map(|input| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            let value = rest.split('"').next().unwrap();
            (decoded(name), decoded(value))
        })
        .collect()
}

/// Launches an item; answers the signed form's fields.
async fn launched(visitor: &Visitor<'_>, item: ItemId) -> BTreeMap<String, String> {
    let page = visitor.get(&format!("media/{item}/launch")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    fields(&page)
}

/// The signature that an independent signer gives these fields.
fn signature(fields: &BTreeMap<String, String>, url: &str, query: &[(&str, &str)]) -> String {
    let signed = fields.iter().filter(|(name, _)| *name != "oauth_signature");
    // The signer brings these itself.
    let own = [
        "oauth_callback",
        "oauth_consumer_key",
        "oauth_nonce",
        "oauth_signature_method",
        "oauth_timestamp",
    ];
    let mut pairs: Vec<(&str, &str)> = signed
        .filter(|(name, _)| !own.contains(&name.as_str()) && *name != "oauth_version")
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .chain(query.iter().copied())
        .collect();
    pairs.sort_unstable();
    let time: u64 = fields["oauth_timestamp"].parse().unwrap();
    let header = Builder::<_, _, &str>::new(Credentials::new(KEY, SECRET), HmacSha1::new())
        .nonce(fields["oauth_nonce"].as_str())
        .timestamp(NonZeroU64::new(time).unwrap())
        .version(true)
        .callback("about:blank")
        .authorize("POST", url, &ParameterList::new(pairs));
    let (_, rest) = header.split_once("oauth_signature=\"").unwrap();
    let encoded = rest.split('"').next().unwrap();
    percent_encoding::percent_decode_str(encoded)
        .decode_utf8()
        .unwrap()
        .into_owned()
}

#[tokio::test]
async fn a_teacher_adds_a_tool_and_a_student_opens_it() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let custom = "vbid=12\nBook-ID=$ResourceLink.title\ncourse=$CourseSection.title\n\
                  mail=$Person.email.primary\nwho=$User.id";
    let item = placed(
        &ada,
        &[
            ("custom", custom),
            ("title", "Waves & <sound>"),
            ("height", "480"),
        ],
    )
    .await;

    let sam = SAM.arrives(&running).await;
    let page = sam.get(&format!("media/{item}")).await;
    let frame = format!("<iframe class=\"tool-frame\" src=\"{item}/launch\"");
    assert!(page.text().contains(&frame), "{}", page.text());
    assert!(page.text().contains("height=\"480\""));
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("frame-src 'self' https://9.9.9.9 https:;"),
        "{policy}"
    );
    assert!(policy.contains("form-action 'self';"), "{policy}");
    assert!(!page.text().contains(SECRET));

    let page = sam.get(&format!("media/{item}/launch")).await;
    // The form leads to the tool by itself, and by its button without JavaScript.
    let text = page.text();
    assert!(text.contains(&format!("action=\"{LAUNCH}\"")), "{text}");
    assert!(text.contains("data-auto-submit") && text.contains("<button type=\"submit\""));
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("form-action 'self' https://9.9.9.9 https:;"),
        "{policy}"
    );
    assert!(
        policy.contains("frame-ancestors 'self' https://lms.example"),
        "{policy}"
    );

    let form = fields(&page);
    let (tool, _) = tool_of(&running, item);
    for (name, value) in [
        ("lti_message_type", "basic-lti-launch-request"),
        ("lti_version", "LTI-1p0"),
        ("resource_link_title", "Waves & <sound>"),
        ("roles", "Learner"),
        ("context_title", "Course of physics"),
        ("tool_consumer_info_product_family_code", "lanterna"),
        ("launch_presentation_document_target", "iframe"),
        ("launch_presentation_height", "480"),
        ("oauth_consumer_key", KEY),
        ("oauth_callback", "about:blank"),
        ("custom_vbid", "12"),
        ("custom_Book-ID", "Waves & <sound>"),
        ("custom_book_id", "Waves & <sound>"),
        ("custom_course", "Course of physics"),
        // Nobody agreed to tell it.
        ("custom_mail", "$Person.email.primary"),
    ] {
        assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(form["custom_who"], form["user_id"]);
    let outcomes = format!("http://127.0.0.1:8080/tools/{tool}/outcomes");
    assert_eq!(form["lis_outcome_service_url"], outcomes);
    assert!(form.contains_key("lis_result_sourcedid"));
    assert!(
        !form.keys().any(|name| name.starts_with("lis_person")),
        "{form:?}"
    );
    assert_eq!(
        form["oauth_signature"],
        signature(&form, "https://9.9.9.9/launch", &[("unit", "7")])
    );

    // The same name at every launch, and another for everybody else and for another tool.
    assert_eq!(launched(&sam, item).await["user_id"], form["user_id"]);
    let of_ada = launched(&ada, item).await;
    assert_ne!(of_ada["user_id"], form["user_id"]);
    assert_eq!(of_ada["roles"], "Instructor");
    // Teachers have no results.
    assert!(!of_ada.contains_key("lis_result_sourcedid"));
    let other = placed(&ada, &[]).await;
    assert_ne!(launched(&sam, other).await["user_id"], form["user_id"]);
}

#[tokio::test]
async fn a_tool_opens_for_nobody_else() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let (private, shown) = (added(&ada, &[]).await, placed(&ada, &[]).await);
    let sam = SAM.arrives(&running).await;
    let elsewhere = Coming {
        course: Some("biology"),
        ..SAM
    };
    let elsewhere = elsewhere.arrives(&running).await;
    let stranger = Coming {
        connection: 2,
        ..SAM
    };
    let stranger = stranger.arrives(&running).await;
    for (visitor, item, opens) in [
        (&ada, private, true),
        (&sam, private, false),
        (&sam, shown, true),
        (&elsewhere, shown, false),
        (&stranger, shown, false),
    ] {
        for below in ["", "/launch"] {
            let answer = visitor.get(&format!("media/{item}{below}")).await;
            let status = if opens {
                StatusCode::OK
            } else {
                StatusCode::NOT_FOUND
            };
            assert_eq!(answer.status, status, "{item}{below}");
        }
    }
    // Outside a launch there is nobody to launch it for, whatever its owner wants.
    for visibility in ["public", "unlisted"] {
        let change = [("title", "Reader"), ("visibility", visibility)];
        let answer = ada.post(&format!("media/{private}/edit"), &change).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{visibility}");
    }
    let school = [("title", "Reader"), ("visibility", "school")];
    let answer = ada.post(&format!("media/{private}/edit"), &school).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(
        sam.get(&format!("media/{private}")).await.status,
        StatusCode::OK
    );
    let outside = get(&running, &format!("/media/{private}"), &[]).await;
    assert_eq!(outside.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn adding_and_changing_are_for_those_who_may() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    assert_eq!(ada.get("tools/new").await.status, StatusCode::OK);
    let item = placed(&ada, &[]).await;
    let sam = SAM.arrives(&running).await;
    for answer in [
        sam.get("tools/new").await,
        sam.post("tools/new", &entry(&[])).await,
    ] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.code(), "tools-for-staff");
    }
    let ben = Coming {
        subject: "ben",
        ..ADA
    };
    let ben = ben.arrives(&running).await;
    for visitor in [&sam, &ben] {
        let page = visitor.get(&format!("media/{item}/tool")).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        let change = visitor
            .post(&format!("media/{item}/tool"), &entry(&[]))
            .await;
        assert_eq!(change.status, StatusCode::FORBIDDEN);
    }
    let page = ada.get(&format!("media/{item}/tool")).await;
    assert!(page.text().contains(LAUNCH) && !page.text().contains(SECRET));
    // The secret stays where none is entered.
    let renamed = entry(&[("title", "Another"), ("passport", "")]);
    let answer = ada.post(&format!("media/{item}/tool"), &renamed).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let form = launched(&sam, item).await;
    assert_eq!(form["oauth_consumer_key"], KEY);
    let from_afar = ada.post_from("cross-site", "tools/new", &entry(&[])).await;
    assert_eq!(from_afar.code(), "cross-site");
}

#[tokio::test]
async fn what_is_entered_wrong_is_named() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    for (field, value, says) in [
        ("passport", "", "Enter the passport"),
        ("passport", "reader:key", "has no secret"),
        ("passport", "reader::secret", "has no key"),
        ("passport", ":key:secret", "has no name"),
        (
            "custom",
            "a=1\nchapter 12",
            "Line 2 is not name=value: chapter 12",
        ),
        ("custom", "a=1\na=2", "Line 2 says again what a is"),
        ("launch_url", "reader", "not a web address"),
        ("launch_url", "javascript:alert(1)", "not a web address"),
        ("launch_url", "https://me@9.9.9.9/", "not a web address"),
        ("launch_url", "http://9.9.9.9/launch", "not encrypted"),
        (
            "launch_url",
            "http://127.0.0.1:8080/lti/launch",
            "of this library itself",
        ),
        (
            "launch_url",
            "http://localhost:8080/",
            "of this library itself",
        ),
        ("launch_url", "http://127.0.0.1:8081/", "not encrypted"),
        ("launch_url", "https://10.0.0.8/", "public internet"),
        ("launch_url", "https://169.254.169.254/", "public internet"),
        (
            "launch_url",
            "https://[::ffff:10.0.0.8]/",
            "public internet",
        ),
        ("height", "7", "whole number from 100"),
        ("title", " ", "title"),
    ] {
        let answer = ada.post("tools/new", &entry(&[(field, value)])).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field} {value}");
        let (_, error) = answer.text().split_once("field-error").unwrap();
        assert!(
            error[..400].contains(says),
            "{field} {value}: {}",
            &error[..400]
        );
        // A secret is never sent back.
        assert!(!answer.text().contains(SECRET));
    }
    let shelf = ada.get("library?view=mine").await;
    assert!(!shelf.text().contains("kind-tool"), "nothing was added");
}

#[tokio::test]
async fn a_host_that_the_configuration_trusts_is_taken_as_written() {
    let trusts = (
        "LANTERNA_OUTBOUND__TRUSTED_HOSTS",
        "[\"http://127.0.0.1:9999\"]",
    );
    let running = running(&[trusts]).await;
    let ada = ADA.arrives(&running).await;
    added(&ada, &[("launch_url", "http://127.0.0.1:9999/launch")]).await;
    let other = entry(&[("launch_url", "http://127.0.0.1:9998/launch")]);
    let answer = ada.post("tools/new", &other).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_tool_is_shown_as_its_item_says() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let window = placed(
        &ada,
        &[("place", "window"), ("button", "Begin the exercise")],
    )
    .await;
    let sam = SAM.arrives(&running).await;
    let page = sam.get(&format!("media/{window}")).await;
    assert!(page.text().contains("Begin the exercise"));
    assert!(page.text().contains("target=\"_blank\"") && !page.text().contains("<iframe"));
    let form = fields(&sam.post(&format!("media/{window}/launch"), &[]).await);
    assert_eq!(form["launch_presentation_document_target"], "window");
    // Where no cookie comes back there is a press more.
    let unbound = Visitor {
        cookie: None,
        ..SAM.arrives(&running).await
    };
    let page = unbound.get(&format!("media/{window}")).await;
    let (_, form) = page.text().split_once("/launch\"").unwrap();
    assert!(!form[..200].contains("_blank"), "{}", &form[..200]);
    let page = unbound.get(&format!("media/{window}/launch")).await;
    assert!(page.text().contains("target=\"_blank\""));
    assert!(!page.text().contains("data-auto-submit"));

    let hidden = placed(
        &ada,
        &[("hide_launch", "on"), ("description", "Next week.")],
    )
    .await;
    let page = sam.get(&format!("media/{hidden}")).await;
    assert!(page.text().contains("Next week.") && !page.text().contains("<iframe"));
    assert!(!page.text().contains(&format!("{hidden}/launch")));
    let answer = sam.get(&format!("media/{hidden}/launch")).await;
    assert_eq!(answer.code(), "tool-hidden");
    let embedded = sam.get(&format!("embed/{window}")).await;
    assert!(
        embedded
            .text()
            .contains(&format!("../media/{window}/launch"))
    );
}

#[tokio::test]
async fn what_an_administrator_forbids_launches_no_more() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = placed(&ada, &[]).await;
    let (id, _) = tool_of(&running, item);
    let (store, world) = (&running.app.store, &running.app.world);
    let forbid = |tool: &mut Tool| tool.forbidden = Some(world.now());
    registry::change(store, world, id, forbid, |_| {})
        .await
        .unwrap();
    let sam = SAM.arrives(&running).await;
    let page = sam.get(&format!("media/{item}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("not allowed at your school") && !page.text().contains("<iframe"));
    let launch = sam.get(&format!("media/{item}/launch")).await;
    assert_eq!(launch.code(), "tool-forbidden");
    let delete = |tool: &mut Tool| tool.deleted = Some(world.now());
    registry::change(store, world, id, delete, |_| {})
        .await
        .unwrap();
    let launch = sam.get(&format!("media/{item}/launch")).await;
    assert_eq!(launch.code(), "tool-gone");
}
