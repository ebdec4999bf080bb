use proptest::prelude::*;

use super::*;

const TAG: &str = "\"0123abc-sent\"";

fn subject(len: u64) -> Subject {
    Subject {
        etag: TAG.to_owned(),
        len,
        media_type: "video/mp4",
    }
}

fn plan(method: &Method, pairs: &[(HeaderName, &str)]) -> Plan {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name.clone(), value.parse().unwrap());
    }
    subject(1000).plan(method, &headers)
}

fn parts(plan: Plan) -> Parts {
    match plan {
        Plan::Parts(parts) => parts,
        other => panic!("{other:?}"),
    }
}

const WHOLE: Plan = Plan::Whole { len: 1000 };
const BEYOND: Plan = Plan::Unsatisfiable { total: 1000 };
const PART: Plan = Plan::Part {
    span: Span { start: 10, len: 10 },
    total: 1000,
};

#[test]
fn requests_get_what_the_standard_says() {
    let weak = format!("W/{TAG}");
    let listed = format!("\"other\", {weak}");
    let exact = format!("\"other\", {TAG}");
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let (range, if_range) = (header::RANGE, header::IF_RANGE);
    let (known, meant) = (header::IF_NONE_MATCH, header::IF_MATCH);
    let ask = (range.clone(), "bytes=10-19");
    let far = (range.clone(), "bytes=1000-");
    let cases: Vec<(Vec<(HeaderName, &str)>, Plan)> = vec![
        (vec![], WHOLE),
        (vec![ask.clone()], PART),
        (vec![(range.clone(), "bytes=10-15,12-19")], PART),
        (vec![far.clone()], BEYOND),
        (vec![(range, "bytes=nonsense")], WHOLE),
        (vec![ask.clone(), ask.clone()], WHOLE),
        // `If-Range`: only the very same tag.
        (vec![ask.clone(), (if_range.clone(), TAG)], PART),
        (vec![ask.clone(), (if_range.clone(), &weak)], WHOLE),
        (vec![ask.clone(), (if_range.clone(), "\"other\"")], WHOLE),
        (vec![far.clone(), (if_range.clone(), "\"other\"")], WHOLE),
        (vec![ask.clone(), (if_range.clone(), date)], WHOLE),
        (
            vec![ask.clone(), (if_range.clone(), TAG), (if_range, TAG)],
            WHOLE,
        ),
        // `If-None-Match`: before any range.
        (vec![(known.clone(), TAG)], Plan::NotModified),
        (vec![(known.clone(), &weak)], Plan::NotModified),
        (vec![(known.clone(), &listed)], Plan::NotModified),
        (vec![(known.clone(), "*")], Plan::NotModified),
        (vec![(known.clone(), TAG), ask.clone()], Plan::NotModified),
        (vec![(known.clone(), TAG), far.clone()], Plan::NotModified),
        (vec![(known.clone(), "\"other\"")], WHOLE),
        (vec![(known.clone(), "\"other\""), ask.clone()], PART),
        // `If-Match`: before all of them, and never by a weak tag.
        (vec![(meant.clone(), TAG)], WHOLE),
        (vec![(meant.clone(), "*"), ask.clone()], PART),
        (vec![(meant.clone(), &exact), ask.clone()], PART),
        (vec![(meant.clone(), &weak)], Plan::Another),
        (vec![(meant.clone(), "\"other\""), ask], Plan::Another),
        (vec![(meant.clone(), "\"other\""), far], Plan::Another),
        (vec![(meant, "\"other\""), (known, TAG)], Plan::Another),
    ];
    for (pairs, expected) in cases {
        assert_eq!(plan(&Method::GET, &pairs), expected, "{pairs:?}");
    }
    let ranges = (header::RANGE, "bytes=10-19");
    assert_eq!(plan(&Method::HEAD, &[ranges]), WHOLE);
    let known = (header::IF_NONE_MATCH, TAG);
    assert_eq!(plan(&Method::HEAD, &[known]), Plan::NotModified);
}

#[test]
fn plans_say_status_and_range() {
    let several = plan(&Method::GET, &[(header::RANGE, "bytes=0-0,-1")]);
    let len = several.body_len();
    for (plan, status, range, body) in [
        (WHOLE, 200, None, Some(1000)),
        (PART, 206, Some("bytes 10-19/1000"), Some(10)),
        (several, 206, None, len),
        (Plan::NotModified, 304, None, None),
        (Plan::Another, 412, None, None),
        (BEYOND, 416, Some("bytes */1000"), None),
    ] {
        assert_eq!(plan.status(), status);
        assert_eq!(plan.content_range().as_deref(), range);
        assert_eq!(plan.body_len(), body);
    }
}

#[test]
fn several_parts_have_a_head_each() {
    let parts = parts(plan(&Method::GET, &[(header::RANGE, "bytes=0-0,-1")]));
    assert_eq!(
        parts.content_type(),
        "multipart/byteranges; boundary=part-0123abcsent"
    );
    let bodies = parts.each().map(|(head, span)| (head, span.start));
    let head = |range| {
        format!("--part-0123abcsent\r\nContent-Type: video/mp4\r\nContent-Range: {range}\r\n\r\n")
    };
    assert_eq!(
        bodies.collect::<Vec<_>>(),
        [
            (head("bytes 0-0/1000"), 0),
            (format!("\r\n{}", head("bytes 999-999/1000")), 999),
        ]
    );
    assert_eq!(parts.close(), "\r\n--part-0123abcsent--\r\n");
}

proptest! {
    #[test]
    fn any_headers_are_taken_without_panic(
        range in "(bytes=)?[0-9,-]{0,30}",
        tag in "[ -~]{0,20}",
        len: u64,
    ) {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        for name in [header::IF_RANGE, header::IF_MATCH, header::IF_NONE_MATCH] {
            headers.insert(name, tag.parse().unwrap());
            let plan = subject(len).plan(&Method::GET, &headers);
            // No body is longer than the file and what stands around sixteen parts.
            prop_assert!(plan.body_len().is_none_or(|body| body <= len.saturating_add(16 * 300)));
        }
    }
}
