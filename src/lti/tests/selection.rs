//! Selections: the request of LTI 1.1, and the answers of both versions, there and back.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use crate::lti::basic;
use crate::lti::check::Checks;
use crate::lti::content::{
    Answer, Content, ContentItem, Iframe, LaunchLink, LineItem, MOST_ITEMS, Period, Picture, Window,
};
use crate::lti::content_item;
use crate::lti::deep_linking::{Expected, Received, Reply, response};
use crate::lti::fixtures::{NOW, other_key, platform_keys, tool_key};
use crate::lti::jwks::{self, KeySet};
use crate::lti::key::SigningKey;
use crate::lti::launch::{DeepLinkingSettings, DocumentTarget, Launch, Message};
use crate::lti::names::claim;
use crate::lti::oauth1::{Address, Method, Pair, Signer, Unverified as Form, Verified};
use crate::lti::refusal::Refusal;
use crate::lti::token::Unverified;
use crate::world::Time;

const RETURN: &str = "https://lms.example/return?course=2&sesskey=k";

fn url(path: &str) -> Url {
    Url::parse("https://tool.example/")
        .unwrap()
        .join(path)
        .unwrap()
}

#[allow(clippy::unnecessary_wraps, reason = "what it makes is optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn picture() -> Picture {
    Picture {
        url: url("thumb.png?a=b"),
        width: Some(320),
        height: Some(180),
    }
}

fn launch_link() -> LaunchLink {
    LaunchLink {
        url: Some(url("lti/launch/p1")),
        custom: BTreeMap::from([
            ("placement".into(), "p1".into()),
            ("empty".into(), String::new()),
        ]),
        line_item: Some(LineItem {
            maximum: 12.5,
            label: some("Waves"),
            resource_id: some("p1"),
            tag: some("watching"),
            released: Some(true),
        }),
        available: Some(Period {
            start: Some(NOW),
            end: None,
        }),
        submission: Some(Period {
            start: Some(NOW),
            end: Some(NOW.after(Duration::from_millis(1500))),
        }),
    }
}

/// An item of every type, with everything that it can say.
fn every() -> Vec<ContentItem> {
    let contents = [
        Content::Launch(launch_link()),
        Content::Launch(LaunchLink::default()),
        Content::Link {
            url: url("media/1"),
            embed: some("<iframe src=\"x\"></iframe>"),
        },
        Content::File {
            url: url("files/1"),
            media_type: None,
            expires: Some(NOW),
        },
        Content::Html("<p>ü & <b>\"</b></p>".into()),
        Content::Image {
            url: url("picture.png"),
            media_type: None,
            width: Some(1),
            height: Some(2),
        },
    ];
    let items = contents.map(|content| ContentItem {
        content,
        title: some("Wellen: Öberg-学生"),
        text: some("What to look for"),
        icon: Some(picture()),
        thumbnail: Some(Picture {
            width: None,
            height: None,
            ..picture()
        }),
        iframe: Some(Iframe {
            src: Some(url("embed/1")),
            width: Some(640),
            height: Some(472),
        }),
        window: Some(Window {
            name: some("media"),
            width: Some(800),
            height: None,
            features: some("noopener"),
        }),
    });
    items.into()
}

fn answer() -> Answer {
    Answer {
        items: every(),
        message: some("Two items were picked."),
        log: some("2 items"),
        error: some("Not all of them"),
        error_log: some("1 refused"),
        data: some("csrf:\u{1} ü"),
    }
}

fn reply() -> Reply<'static> {
    Reply {
        client_id: "client-1",
        issuer: "https://lms.example",
        deployment: "deployment-1",
        nonce: "nonce-9",
        at: NOW,
        lifetime: Duration::from_mins(5),
    }
}

fn expected(data: Option<&str>) -> Expected<'_> {
    Expected {
        client_id: "client-1",
        issuer: "https://lms.example",
        deployment: "deployment-1",
        data,
        leeway: Duration::from_mins(1),
        max_age: Duration::from_mins(5),
    }
}

fn tool_keys() -> KeySet {
    let set = jwks::document([tool_key().public()]).to_string();
    KeySet::parse(set.as_bytes()).unwrap()
}

fn received(token: &str, expected: &Expected<'_>, now: Time) -> Result<Received, Refusal> {
    let mut checks = Checks::new();
    let token = Unverified::parse(token, &mut checks)?;
    token
        .verify(&tool_keys(), &mut checks)?
        .response(expected, now, &mut checks)
}

fn payload(token: &str) -> Value {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn what_a_tool_answers_a_platform_reads() {
    let token = response(&answer(), &reply(), tool_key()).unwrap();
    let data = answer().data;
    let received = received(&token, &expected(data.as_deref()), NOW).unwrap();
    assert_eq!(received.nonce, "nonce-9");
    assert_eq!(received.answer, answer());
}

#[test]
fn the_token_says_what_the_specification_asks_for() {
    let token = response(&answer(), &reply(), tool_key()).unwrap();
    let claims = payload(&token);
    assert_eq!(claims["iss"], "client-1");
    // Some platforms refuse a list.
    assert_eq!(claims["aud"], "https://lms.example");
    assert_eq!(claims["nonce"], "nonce-9");
    assert_eq!(claims["iat"], NOW.seconds());
    assert_eq!(claims["exp"], NOW.seconds() + 300);
    assert!(claims.get("sub").is_none());
    let lti = |name: &str| &claims[format!("https://purl.imsglobal.org/spec/lti/claim/{name}")];
    assert_eq!(lti("message_type"), "LtiDeepLinkingResponse");
    assert_eq!(lti("version"), "1.3.0");
    assert_eq!(lti("deployment_id"), "deployment-1");
    let items = claims[claim::CONTENT_ITEMS].as_array().unwrap();
    let types: Vec<&str> = items
        .iter()
        .map(|item| item["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "ltiResourceLink",
            "ltiResourceLink",
            "link",
            "file",
            "html",
            "image"
        ]
    );
    let link = &items[0];
    assert_eq!(link["url"], "https://tool.example/lti/launch/p1");
    assert_eq!(link["custom"]["placement"], "p1");
    assert_eq!(link["lineItem"]["scoreMaximum"], json!(12.5));
    assert_eq!(link["lineItem"]["resourceId"], "p1");
    assert_eq!(link["iframe"]["width"], 640);
    assert_eq!(link["available"]["startDateTime"], "2026-11-22T06:46:40Z");
    assert_eq!(items[2]["embed"]["html"], "<iframe src=\"x\"></iframe>");
    let header = token.split('.').next().unwrap();
    let header = payload(&format!("x.{header}.x"));
    assert_eq!(header["kid"], tool_key().kid());
    assert_eq!(header["alg"], "RS256");
}

#[test]
fn nothing_picked_is_an_empty_list_and_no_data_stays_none() {
    let token = response(&Answer::default(), &reply(), tool_key()).unwrap();
    let claims = payload(&token);
    assert_eq!(claims[claim::CONTENT_ITEMS], json!([]));
    for absent in [
        claim::DEEP_LINKING_DATA,
        claim::DEEP_LINKING_MSG,
        claim::DEEP_LINKING_ERRORMSG,
    ] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    let received = received(&token, &expected(None), NOW).unwrap();
    assert_eq!(received.answer, Answer::default());
}

#[test]
fn data_comes_back_exactly_or_not_at_all() {
    for (sent, returned, good) in [
        (None, None, true),
        (Some(""), Some(""), true),
        (Some("a"), Some("a"), true),
        (Some("a"), Some("a "), false),
        (Some("a"), None, false),
        (Some(""), None, false),
        (None, Some("a"), false),
        (None, Some(""), false),
    ] {
        let answer = Answer {
            data: returned.map(str::to_owned),
            ..Answer::default()
        };
        let token = response(&answer, &reply(), tool_key()).unwrap();
        let by_token = received(&token, &expected(sent), NOW).map(|_| ());
        let by_form = taken(content_item::parameters(&answer), sent).map(|_| ());
        let due = if good {
            Ok(())
        } else {
            Err(Refusal::DataNotReturned)
        };
        assert_eq!((&by_token, &by_form), (&due, &due), "{sent:?} {returned:?}");
    }
}

/// The tool's answer with one claim replaced; `null` removes it.
fn changed(name: &str, value: Value) -> String {
    let token = response(&Answer::default(), &reply(), tool_key()).unwrap();
    let mut claims = payload(&token);
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name).unwrap();
    } else {
        claims[name] = value;
    }
    tool_key().sign(&claims).unwrap()
}

#[test]
fn a_platform_takes_nothing_else() {
    let lti = |name: &str| format!("https://purl.imsglobal.org/spec/lti/claim/{name}");
    let nested = |item: Value| json!([item]);
    let refused = [
        ("iss".to_owned(), json!("client-2"), "wrong-issuer"),
        (
            "aud".to_owned(),
            json!("https://other.example"),
            "wrong-audience",
        ),
        ("exp".to_owned(), Value::Null, "missing-expiry"),
        ("exp".to_owned(), json!(NOW.seconds() - 61), "token-expired"),
        (
            "iat".to_owned(),
            json!(NOW.seconds() - 400),
            "issued-long-ago",
        ),
        (
            "iat".to_owned(),
            json!(NOW.seconds() + 61),
            "issued-in-future",
        ),
        ("nonce".to_owned(), Value::Null, "missing-nonce"),
        ("nonce".to_owned(), json!(""), "missing-nonce"),
        (lti("deployment_id"), json!("2"), "wrong-deployment"),
        (lti("deployment_id"), Value::Null, "missing-deployment"),
        (
            lti("message_type"),
            json!("LtiResourceLinkRequest"),
            "unknown-message-type",
        ),
        (lti("version"), json!("1.1"), "wrong-version"),
        (claim::CONTENT_ITEMS.to_owned(), json!({}), "invalid-claim"),
        (
            claim::CONTENT_ITEMS.to_owned(),
            json!(["x"]),
            "invalid-claim",
        ),
        (
            claim::CONTENT_ITEMS.to_owned(),
            nested(json!({})),
            "invalid-claim",
        ),
        (
            claim::CONTENT_ITEMS.to_owned(),
            nested(json!({"type": "link", "url": "javascript:alert(1)"})),
            "invalid-claim",
        ),
        (
            claim::CONTENT_ITEMS.to_owned(),
            nested(json!({"type": "ltiResourceLink", "url": "data:text/html,x"})),
            "invalid-claim",
        ),
        (
            claim::CONTENT_ITEMS.to_owned(),
            nested(json!({"type": "ltiResourceLink", "lineItem": {"scoreMaximum": 0}})),
            "invalid-claim",
        ),
        (
            claim::CONTENT_ITEMS.to_owned(),
            json!(vec![json!({"type": "html", "html": ""}); MOST_ITEMS + 1]),
            "invalid-claim",
        ),
    ];
    for (name, value, code) in refused {
        let token = changed(&name, value.clone());
        let refusal = received(&token, &expected(None), NOW).unwrap_err();
        assert_eq!(refusal.code(), code, "{name} {value}");
    }
}

#[test]
fn only_the_tools_own_key_counts() {
    let signed_by = |key: &SigningKey| response(&answer(), &reply(), key).unwrap();
    let refusal = received(&signed_by(other_key()), &expected(None), NOW).unwrap_err();
    assert_eq!(refusal.code(), "unknown-key");
    let mut checks = Checks::new();
    let token = signed_by(tool_key());
    let unverified = Unverified::parse(&token, &mut checks).unwrap();
    assert!(unverified.verify(&platform_keys(), &mut checks).is_err());
}

#[test]
fn types_that_nobody_knows_are_passed_over() {
    let listed = json!([
        {"type": "https://vendor.example/quiz", "url": "https://x.example"},
        {"type": "html", "html": "x"},
    ]);
    let token = changed(claim::CONTENT_ITEMS, listed);
    let received = received(&token, &expected(None), NOW).unwrap();
    let html = ContentItem::new(Content::Html("x".into()));
    assert_eq!(received.answer.items, [html]);
}

fn signed(fields: Vec<Pair>, secret: &str) -> Vec<Pair> {
    let signer = Signer {
        consumer_key: "school",
        secret,
        method: Method::HmacSha1,
        nonce: "n",
        at: NOW,
    };
    signer.form(&Address::parse(RETURN).unwrap(), fields)
}

fn verified(form: Vec<Pair>) -> Result<Verified, Refusal> {
    let query = Url::parse(RETURN)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    let address = Address::parse(RETURN).unwrap();
    Form::parse(query, form, None)?.verify("POST", &address, "secret", false)
}

fn taken(fields: Vec<Pair>, sent: Option<&str>) -> Result<Answer, Refusal> {
    let form = verified(signed(fields, "secret"))?;
    content_item::read(&form, sent, &mut Checks::new())
}

/// What of an item LTI 1.1 has words for.
fn in_a_form(item: ContentItem) -> ContentItem {
    let embedded = matches!(item.content, Content::Html(_) | Content::Image { .. });
    let text = item
        .text
        .filter(|_| !matches!(item.content, Content::Html(_)));
    let content = match item.content {
        Content::Launch(link) => Content::Launch(LaunchLink {
            line_item: link.line_item.map(|line| LineItem {
                tag: None,
                released: None,
                ..line
            }),
            available: None,
            submission: None,
            ..link
        }),
        Content::Link { url, .. } => Content::Link { url, embed: None },
        Content::File { url, .. } => Content::File {
            url,
            media_type: some("application/octet-stream"),
            expires: None,
        },
        Content::Image { url, .. } => Content::Image {
            url,
            media_type: some("image/png"),
            width: None,
            height: None,
        },
        html @ Content::Html(_) => html,
    };
    let iframe = item.iframe.filter(|_| !embedded);
    ContentItem {
        content,
        text,
        iframe: iframe.map(|frame| Iframe { src: None, ..frame }),
        window: None,
        ..item
    }
}

#[test]
fn by_lti_1p1_a_platform_reads_what_a_form_can_say() {
    let fields = content_item::parameters(&answer());
    let read = taken(fields, answer().data.as_deref()).unwrap();
    let items = every().into_iter().map(in_a_form).collect();
    assert_eq!(read, Answer { items, ..answer() });
}

#[test]
fn a_form_says_what_the_specification_asks_for() {
    let fields = content_item::parameters(&answer());
    let field = |name: &str| {
        let found = fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    assert_eq!(field("lti_message_type"), "ContentItemSelection");
    assert_eq!(field("lti_version"), "LTI-1p0");
    assert_eq!(field("lti_msg"), "Two items were picked.");
    let items: Value = serde_json::from_str(field("content_items")).unwrap();
    assert_eq!(
        items["@context"],
        "http://purl.imsglobal.org/ctx/lti/v1/ContentItem"
    );
    let link = &items["@graph"][0];
    assert_eq!(link["@type"], "LtiLinkItem");
    assert_eq!(link["mediaType"], "application/vnd.ims.lti.v1.ltilink");
    assert_eq!(link["url"], "https://tool.example/lti/launch/p1");
    assert_eq!(
        link["thumbnail"]["@id"],
        "https://tool.example/thumb.png?a=b"
    );
    let advice = &link["placementAdvice"];
    assert_eq!(advice["presentationDocumentTarget"], "iframe");
    assert_eq!(advice["displayWidth"], 640);
    let limits = &link["lineItem"]["scoreConstraints"];
    assert_eq!(limits["normalMaximum"], json!(12.5));
    assert_eq!(link["lineItem"]["assignedActivity"]["activityId"], "p1");
}

#[test]
fn a_form_of_anybody_else_is_none() {
    let fields = content_item::parameters(&Answer::default());
    assert!(verified(signed(fields.clone(), "other")).is_err());
    let mut touched = signed(fields, "secret");
    touched.push(("lti_msg".into(), "x".into()));
    assert!(verified(touched).is_err());
    let launch = vec![
        (
            "lti_message_type".to_owned(),
            "basic-lti-launch-request".to_owned(),
        ),
        ("lti_version".to_owned(), "LTI-1p0".to_owned()),
    ];
    assert_eq!(
        taken(launch, None).unwrap_err().code(),
        "unknown-message-type"
    );
    for items in ["[]", "x", "{\"@graph\": 7}", "{\"a\":1,\"a\":1}"] {
        let mut fields = content_item::parameters(&Answer::default());
        fields[2].1 = items.to_owned();
        assert_eq!(
            taken(fields, None).unwrap_err().code(),
            "invalid-claim",
            "{items}"
        );
    }
}

fn asked() -> DeepLinkingSettings {
    DeepLinkingSettings {
        return_url: Url::parse(RETURN).unwrap(),
        accept_types: ["ltiResourceLink", "link", "file", "html", "image"]
            .map(str::to_owned)
            .into(),
        accept_targets: vec![DocumentTarget::Iframe, DocumentTarget::Window],
        accept_media_types: vec!["*/*".into()],
        accept_multiple: true,
        accept_lineitem: None,
        auto_create: true,
        title: some("A title"),
        text: some("A text"),
        data: some(""),
    }
}

fn request(settings: &DeepLinkingSettings) -> Launch {
    serde_json::from_value(json!({
        "version": "1.1", "message": {"DeepLinking": settings}, "deployment": "",
        "subject": "user-1", "person": {}, "roles": ["Instructor"], "mentored": [],
        "context": {"id": "c", "types": []}, "platform": {}, "presentation": {}, "custom": {},
        "target_link_uri": "https://tool.example/lti/launch", "lis": {},
    }))
    .unwrap()
}

fn requested(fields: Vec<Pair>) -> Result<Launch, Refusal> {
    const ADDRESS: &str = "https://tool.example/lti/launch";
    let signer = Signer {
        consumer_key: "school",
        secret: "secret",
        method: Method::HmacSha256,
        nonce: "n",
        at: NOW,
    };
    let address = Address::parse(ADDRESS).unwrap();
    let form = Form::parse(Vec::new(), signer.form(&address, fields), None).unwrap();
    let form = form.verify("POST", &address, "secret", false).unwrap();
    basic::read(
        &form,
        &Url::parse(ADDRESS).unwrap(),
        basic::Leaves::default(),
        &mut Checks::new(),
    )
}

#[test]
fn a_request_by_lti_1p1_says_the_same_as_one_by_1p3() {
    let launch = request(&asked());
    assert_eq!(requested(basic::parameters(&launch)), Ok(launch));
}

#[test]
fn media_types_say_which_items_are_taken() {
    for (media_types, types) in [
        (
            "application/vnd.ims.lti.v1.ltilink",
            &["ltiResourceLink"][..],
        ),
        ("text/html", &["link", "html"]),
        ("image/*, text/html", &["link", "file", "html", "image"]),
        ("video/mp4", &["file"]),
        (
            "application/vnd.ims.lti.v1.ltilink,application/pdf",
            &["ltiResourceLink", "file"],
        ),
    ] {
        let mut fields = basic::parameters(&request(&asked()));
        let given = fields
            .iter_mut()
            .find(|(name, _)| name == "accept_media_types");
        media_types.clone_into(&mut given.unwrap().1);
        let Message::DeepLinking(settings) = requested(fields).unwrap().message else {
            panic!("not a selection");
        };
        assert_eq!(settings.accept_types, types, "{media_types}");
    }
}

#[test]
fn a_request_without_a_way_back_is_refused() {
    for (name, value, code) in [
        ("content_item_return_url", "", "missing-parameter"),
        (
            "content_item_return_url",
            "javascript:alert(1)",
            "missing-settings",
        ),
        ("accept_media_types", "", "missing-parameter"),
    ] {
        let mut fields = basic::parameters(&request(&asked()));
        let given = fields.iter_mut().find(|(known, _)| known == name);
        value.clone_into(&mut given.unwrap().1);
        assert_eq!(
            requested(fields).unwrap_err().code(),
            code,
            "{name}={value}"
        );
    }
}

fn texts() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[^\\p{Cc}\\s][^\\p{Cc}]{0,30}[^\\p{Cc}\\s]")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_answer_survives_both_ways(
        (title, text, data, message) in (texts(), texts(), any::<Option<String>>(), texts()),
        custom in prop::collection::btree_map("\\PC{1,20}", any::<String>(), 0..4),
        size in any::<(Option<u32>, Option<u32>)>(),
        maximum in 1_u32..=1_000_000,
    ) {
        let item = ContentItem {
            title,
            text,
            iframe: Some(Iframe { src: None, width: size.0, height: size.1 }),
            ..ContentItem::new(Content::Launch(LaunchLink {
                url: Some(url("lti/launch")),
                custom,
                line_item: Some(LineItem {
                    maximum: f64::from(maximum) / 100.0,
                    label: None,
                    resource_id: None,
                    tag: None,
                    released: None,
                }),
                ..LaunchLink::default()
            }))
        };
        let answer = Answer { items: vec![item], message, data, ..Answer::default() };
        let token = response(&answer, &reply(), tool_key()).unwrap();
        let by_token = received(&token, &expected(answer.data.as_deref()), NOW).unwrap();
        prop_assert_eq!(&by_token.answer, &answer);
        let by_form = taken(content_item::parameters(&answer), answer.data.as_deref()).unwrap();
        prop_assert_eq!(by_form, answer);
    }

    #[test]
    fn any_items_are_read_or_refused(text in "\\PC{0,200}", types: Vec<String>) {
        let mut fields = content_item::parameters(&Answer::default());
        fields[2].1 = text;
        let _ = taken(fields, None);
        let listed: Vec<Value> = types
            .into_iter()
            .map(|name| json!({"type": name, "url": name, "html": 1, "iframe": [], "icon": {}}))
            .collect();
        let _ = received(&changed(claim::CONTENT_ITEMS, listed.into()), &expected(None), NOW);
    }
}
