//! Selections by LTI 1.1, and answers of both versions from any values.

use super::*;

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

pub(super) fn taken(fields: Vec<Pair>, sent: Option<&str>) -> Result<Answer, Refusal> {
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
