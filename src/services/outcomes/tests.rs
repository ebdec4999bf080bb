use std::sync::Arc;

use super::*;
use crate::app::testing::Running;
use http::header::AUTHORIZATION;

use crate::lti::oauth1::{Address, Unverified};
use crate::services::testing::{Fake, response};
use crate::store::rows::people::Source;

/// As a real Moodle 4.5 answered.
const TAKEN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeResponse xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"><imsx_POXHeader><imsx_POXResponseHeaderInfo><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>364195304</imsx_messageIdentifier><imsx_statusInfo><imsx_codeMajor>success</imsx_codeMajor><imsx_severity>status</imsx_severity><imsx_description>Grade replace response</imsx_description><imsx_messageRefIdentifier>110f6c77dbae4c069d0750b672ce2d6e</imsx_messageRefIdentifier><imsx_operationRefIdentifier>replaceResultRequest</imsx_operationRefIdentifier></imsx_statusInfo></imsx_POXResponseHeaderInfo></imsx_POXHeader><imsx_POXBody><replaceResultResponse/></imsx_POXBody></imsx_POXEnvelopeResponse>
"#;
const UNSIGNED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeResponse xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"><imsx_POXHeader><imsx_POXResponseHeaderInfo><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>1299391356</imsx_messageIdentifier><imsx_statusInfo><imsx_codeMajor>failure</imsx_codeMajor><imsx_severity>status</imsx_severity><imsx_description>Message signature not valid
* line 68 of /mod/lti/service.php: Exception thrown
</imsx_description><imsx_messageRefIdentifier/><imsx_operationRefIdentifier>unknownRequest</imsx_operationRefIdentifier></imsx_statusInfo></imsx_POXResponseHeaderInfo></imsx_POXHeader><imsx_POXBody><unknownResponse/></imsx_POXBody></imsx_POXEnvelopeResponse>
"#;
const READ: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeResponse xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"><imsx_POXHeader><imsx_POXResponseHeaderInfo><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>1924276025</imsx_messageIdentifier><imsx_statusInfo><imsx_codeMajor>success</imsx_codeMajor><imsx_severity>status</imsx_severity><imsx_description>Result read</imsx_description><imsx_messageRefIdentifier>ba8a34de9dcb4b26af1923a54de6e3ca</imsx_messageRefIdentifier><imsx_operationRefIdentifier>readResultRequest</imsx_operationRefIdentifier></imsx_statusInfo></imsx_POXResponseHeaderInfo></imsx_POXHeader><imsx_POXBody><readResultResponse><result><resultScore><language>en</language><textString>0.75</textString></resultScore></result></readResultResponse></imsx_POXBody></imsx_POXEnvelopeResponse>
"#;
/// Moodle's sourcedIds are JSON.
const SOURCEDID: &str = r#"{"data":{"instanceid":"21","userid":"5"},"hash":"254e&<"}"#;
const AT: &str = "https://moodle.example/mod/lti/service.php?a=b%20c";

async fn asked(status: u16, body: &'static str) -> (Result<(), Refused>, Request) {
    let running = Running::with(&[]).await;
    let platform = Fake::new(move |_| response(status, body));
    let calls = Calls::new(&running.app.outbound);
    calls.practice(Arc::new(platform.clone()));
    let outcomes = Outcomes {
        world: &running.app.world,
        calls: &calls,
        tokens: &running.app.tokens,
    };
    let access = Access::Signed(Signature {
        source: Source::Practice,
        key: "key",
        secret: "secret",
    });
    let url = AT.parse().unwrap();
    let sent = outcomes.replace(access, &url, SOURCEDID, 0.75).await;
    (sent, platform.asked().remove(0))
}

#[tokio::test]
async fn what_moodle_takes_is_taken_and_the_request_is_signed_with_its_body() {
    let (sent, request) = asked(200, TAKEN).await;
    assert_eq!(sent, Ok(()));
    let asked = outcomes::read_request(&request.body).unwrap();
    let Operation::Replace {
        sourcedid, score, ..
    } = asked.operation
    else {
        panic!("{:?}", asked.operation);
    };
    assert_eq!(
        (sourcedid.as_str(), score.as_deref()),
        (SOURCEDID, Some("0.75"))
    );
    assert_eq!(request.headers[CONTENT_TYPE], "application/xml");
    let header = request.headers[AUTHORIZATION].to_str().unwrap();
    let query = vec![("a".to_owned(), "b c".to_owned())];
    let unverified = Unverified::parse(query, Vec::new(), Some(header)).unwrap();
    let place = Address::parse(AT).unwrap();
    let verified = unverified.verify("POST", &place, "secret", false).unwrap();
    assert!(verified.covers(&request.body));
    assert!(!verified.covers(b"another"));
}

#[tokio::test]
async fn a_refusal_by_its_code_is_one_whatever_the_status() {
    for status in [200, 403] {
        let (sent, _) = asked(status, UNSIGNED).await;
        let Err(Refused::Code(said)) = sent else {
            panic!("{sent:?}");
        };
        assert!(said.starts_with("Message signature not valid"));
    }
    assert_eq!(
        asked(200, "<html>Log in").await.0,
        Err(Refused::NotAnAnswer(200))
    );
    assert_eq!(asked(200, "").await.0, Err(Refused::NotAnAnswer(200)));
    assert!(matches!(
        asked(503, "busy").await.0,
        Err(Refused::Status(_))
    ));
}

#[tokio::test]
async fn a_result_is_read_back() {
    let running = Running::with(&[]).await;
    let platform = Fake::new(move |_| response(200, READ));
    let calls = Calls::new(&running.app.outbound);
    calls.practice(Arc::new(platform));
    let outcomes = Outcomes {
        world: &running.app.world,
        calls: &calls,
        tokens: &running.app.tokens,
    };
    let access = Access::Signed(Signature {
        source: Source::Practice,
        key: "key",
        secret: "secret",
    });
    let read = outcomes.read(access, &AT.parse().unwrap(), SOURCEDID).await;
    assert_eq!(read, Ok(Some(0.75)));
}
