use proptest::prelude::*;

use super::*;

/// The request of the implementation guide, section 6.1.1.
const REPLACE: &str = r#"<?xml version = "1.0" encoding = "UTF-8"?>
<imsx_POXEnvelopeRequest xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0">
  <imsx_POXHeader>
    <imsx_POXRequestHeaderInfo>
      <imsx_version>V1.0</imsx_version>
      <imsx_messageIdentifier>999999123</imsx_messageIdentifier>
    </imsx_POXRequestHeaderInfo>
  </imsx_POXHeader>
  <imsx_POXBody>
    <replaceResultRequest>
      <resultRecord>
        <sourcedGUID><sourcedId>3124567</sourcedId></sourcedGUID>
        <result>
          <resultScore><language>en</language><textString>0.92</textString></resultScore>
        </result>
      </resultRecord>
    </replaceResultRequest>
  </imsx_POXBody>
</imsx_POXEnvelopeRequest>"#;

/// The answer of section 6.1.2.
const READ: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeResponse xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0">
  <imsx_POXHeader>
    <imsx_POXResponseHeaderInfo>
      <imsx_version>V1.0</imsx_version>
      <imsx_messageIdentifier>1313355158804</imsx_messageIdentifier>
      <imsx_statusInfo>
        <imsx_codeMajor>success</imsx_codeMajor>
        <imsx_severity>status</imsx_severity>
        <imsx_description>Result read</imsx_description>
        <imsx_messageRefIdentifier>999999123</imsx_messageRefIdentifier>
        <imsx_operationRefIdentifier>readResult</imsx_operationRefIdentifier>
      </imsx_statusInfo>
    </imsx_POXResponseHeaderInfo>
  </imsx_POXHeader>
  <imsx_POXBody>
    <readResultResponse>
      <result>
        <resultScore><language>en</language><textString>0.91</textString></resultScore>
      </result>
    </readResultResponse>
  </imsx_POXBody>
</imsx_POXEnvelopeResponse>"#;

fn replaced(score: Option<&str>, data: Option<Data>) -> Request {
    Request {
        message: "999999123".into(),
        operation: Operation::Replace {
            sourcedid: "3124567".into(),
            score: score.map(str::to_owned),
            data,
        },
    }
}

#[test]
fn the_messages_of_the_specification() {
    let request = read_request(REPLACE.as_bytes()).unwrap();
    assert_eq!(request, replaced(Some("0.92"), None));
    assert_eq!(
        read_request(write_request(&request).as_bytes()),
        Ok(request)
    );
    let response = read_response(READ.as_bytes()).unwrap();
    assert_eq!(
        response,
        Response {
            message: "1313355158804".into(),
            code: Code::Success,
            minor: None,
            description: "Result read".into(),
            answers: Some("999999123".into()),
            operation: "readResult".into(),
            score: Some("0.91".into()),
        }
    );
    let written = write_response(&response);
    assert_eq!(read_response(written.as_bytes()), Ok(response));
}

#[test]
fn what_was_handed_in_comes_along() {
    let with = |data: &str| {
        let end = "</resultScore>";
        let body = REPLACE.replace(end, &format!("{end}<resultData>{data}</resultData>"));
        read_request(body.as_bytes())
    };
    let text = Data::Text("a < b & c\nd".into());
    assert_eq!(
        with("<text>a &lt; b <![CDATA[& c]]>\nd</text>"),
        Ok(replaced(Some("0.92"), Some(text)))
    );
    let url = Data::Url("https://tool.example/1".into());
    assert_eq!(
        with("<url>https://tool.example/1</url>"),
        Ok(replaced(Some("0.92"), Some(url)))
    );
    assert_eq!(
        with("<text>a</text><url>https://tool.example/1</url>"),
        Err(EnvelopeError::SeveralData)
    );
    assert_eq!(with("<film>a</film>"), Ok(replaced(Some("0.92"), None)));
}

#[test]
fn an_operation_that_nobody_knows_has_a_name() {
    let body = REPLACE.replace("replaceResultRequest", "flyToTheMoonRequest");
    let request = read_request(body.as_bytes()).unwrap();
    assert_eq!(request.operation, Operation::Unknown("flyToTheMoon".into()));
    assert_eq!(request.message, "999999123");
}

#[test]
fn hostile_messages_are_refused() {
    const BOMB: &str = r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
        <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><imsx_POXEnvelopeRequest>&b;</imsx_POXEnvelopeRequest>"#;
    let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
    let wide = REPLACE.replace("<result>", &format!("<result>{}", "<a/>".repeat(1_000)));
    let long = REPLACE.replace("3124567", &"x".repeat(LONGEST));
    for (body, error) in [
        (BOMB, EnvelopeError::Doctype),
        ("<!DOCTYPE x><a/>", EnvelopeError::Doctype),
        (
            "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><a/>",
            EnvelopeError::Doctype,
        ),
        (&deep, EnvelopeError::TooLong),
        (&wide, EnvelopeError::TooLong),
        (&long, EnvelopeError::TooLong),
        ("", EnvelopeError::Malformed),
        ("<a>", EnvelopeError::Malformed),
        ("<a>&lol;</a>", EnvelopeError::Malformed),
        ("{}", EnvelopeError::Malformed),
        ("<html/>", EnvelopeError::Missing("imsx_POXEnvelopeRequest")),
        (
            &REPLACE.replace("3124567", " "),
            EnvelopeError::Missing("sourcedId"),
        ),
        (
            &REPLACE.replace("999999123", ""),
            EnvelopeError::Missing("imsx_messageIdentifier"),
        ),
    ] {
        let shown: String = body.chars().take(60).collect();
        assert_eq!(read_request(body.as_bytes()), Err(error), "{shown}");
    }
    assert_eq!(read_request(&[0xff, 0xfe]), Err(EnvelopeError::Malformed));
}

#[test]
fn scores_are_decimal_numbers_from_0_to_1() {
    for (text, value) in [
        ("0", 0.0),
        ("0.0", 0.0),
        ("-0.0", 0.0),
        (" 1 ", 1.0),
        ("1.0", 1.0),
        (".5", 0.5),
        ("0.92", 0.92),
        ("1e-3", 0.001),
    ] {
        let score = Score::parse(text).map(Score::value);
        assert_eq!(score, Ok(value), "{text}");
        assert!(score.is_ok_and(f64::is_sign_positive), "{text}");
    }
    for text in [
        "", "NaN", "inf", "-inf", "nan", "0,5", "one", "0x1", "1.0.0",
    ] {
        assert_eq!(Score::parse(text), Err(BadScore::NotANumber), "{text}");
    }
    for text in ["1.0001", "-0.1", "92", "1e300"] {
        assert_eq!(Score::parse(text), Err(BadScore::OutOfRange), "{text}");
    }
    assert_eq!(Score::parse("1e999"), Err(BadScore::NotANumber));
    assert_eq!(Score::parse("0.0000001").unwrap().to_string(), "0.0000001");
}

#[test]
fn results_of_lti_2() {
    let read = |text: &str| ToolResult::read(text.as_bytes());
    let whole = read(
        r#"{"@context": "http://purl.imsglobal.org/ctx/lis/v2/Result", "@type": "Result",
            "resultScore": 0, "comment": "Well tried."}"#,
    );
    let whole = whole.unwrap();
    assert_eq!(whole.score.map(Score::value), Some(0.0));
    assert_eq!(whole.comment.as_deref(), Some("Well tried."));
    assert_eq!(
        ToolResult::read(whole.write().to_string().as_bytes()),
        Ok(whole)
    );
    assert_eq!(read(r#"[{"@type": "Result"}]"#), Ok(ToolResult::default()));
    assert_eq!(
        read(r#"{"@type": "Result", "resultScore": "0.5"}"#).map(|r| r.score),
        Ok(Score::new(0.5).ok())
    );
    for (text, error) in [
        ("", BadResult::NotAResult),
        ("[]", BadResult::NotAResult),
        ("[{}, {}]", BadResult::NotAResult),
        ("{}", BadResult::WrongType),
        (r#"{"@type": "Score"}"#, BadResult::WrongType),
        (
            r#"{"@type": "Result", "resultScore": 1.5}"#,
            BadScore::OutOfRange.into(),
        ),
        (
            r#"{"@type": "Result", "resultScore": true}"#,
            BadScore::NotANumber.into(),
        ),
        (
            r#"{"@type": "Result", "resultScore": NaN}"#,
            BadResult::NotAResult,
        ),
        (r#"{"@type": "Result", "comment": 5}"#, BadResult::Comment),
    ] {
        assert_eq!(read(text), Err(error), "{text}");
    }
}

/// Text that XML can say, as it is read back: without white space around it.
fn words() -> impl Strategy<Value = String> {
    "[ -~äß€\n]{1,40}"
        .prop_map(|text| text.trim().to_owned())
        .prop_filter("empty", |text| !text.is_empty())
}

fn handed_in() -> impl Strategy<Value = Option<Data>> {
    prop::option::of(prop_oneof![
        words().prop_map(Data::Text),
        words().prop_map(Data::Url),
        words().prop_map(Data::LaunchUrl),
    ])
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        (words(), prop::option::of(words()), handed_in()).prop_map(|(sourcedid, score, data)| {
            Operation::Replace {
                sourcedid,
                score,
                data,
            }
        }),
        words().prop_map(|sourcedid| Operation::Read { sourcedid }),
        words().prop_map(|sourcedid| Operation::Delete { sourcedid }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(message in words(), operation in operation()) {
        let request = Request { message, operation };
        prop_assert_eq!(read_request(write_request(&request).as_bytes()), Ok(request));
    }

    #[test]
    fn answers_are_read_as_written(
        words in prop::collection::vec(words(), 4),
        code in prop::sample::select(Code::ALL.to_vec()),
        score in prop::option::of("[01]?"),
    ) {
        let response = Response {
            message: words[0].clone(),
            code,
            minor: Some(words[1].clone()),
            description: words[2].clone(),
            answers: Some(words[3].clone()),
            operation: "readResult".into(),
            score,
        };
        prop_assert_eq!(read_response(write_response(&response).as_bytes()), Ok(response));
    }

    #[test]
    fn any_text_is_written_so_that_it_is_read(text: String) {
        let request = Request {
            message: "1".into(),
            operation: Operation::Read { sourcedid: format!("x{text}x") },
        };
        prop_assert!(read_request(write_request(&request).as_bytes()).is_ok());
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>, text: String) {
        let _ = (read_request(&bytes), read_response(&bytes), ToolResult::read(&bytes));
        let _ = (read_request(text.as_bytes()), Score::parse(&text));
    }

    #[test]
    fn every_score_is_read_as_it_is_written(value in 0.0f64..=1.0) {
        let score = Score::new(value).unwrap();
        prop_assert_eq!(Score::parse(&score.to_string()), Ok(score));
    }
}
