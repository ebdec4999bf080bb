//! A small LTI 1.1 consumer, written from RFC 5849 and independent of the crate under test: it signs
//! whatever it is told to.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;

use super::client::{Answer, Browser};
use super::server::Server;
use super::{counterpart, now};

/// Where its pages are.
pub(crate) const LMS: &str = "https://old-lms.example";
/// Its installation.
pub(crate) const GUID: &str = "old-lms.example";

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A consumer with one key.
#[derive(Debug, Clone)]
pub(crate) struct Consumer {
    /// The consumer key.
    pub(crate) key: String,
    /// The secret.
    pub(crate) secret: String,
}

impl Consumer {
    /// A consumer with this key, and a secret that takes encoding.
    pub(crate) fn new(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            secret: format!("s&c rét+{key}"),
        }
    }

    /// Its entry in the configuration, to which further keys may be added.
    pub(crate) fn entry(&self) -> String {
        let Self { key, secret } = self;
        format!("[[consumer]]\nname = \"LMS {key}\"\nkey = \"{key}\"\nsecret = \"{secret}\"\n")
    }

    /// The parameters of a launch, unsigned.
    pub(crate) fn launch(&self, user: &str, roles: &str) -> Parameters {
        let fields = [
            ("lti_message_type", "basic-lti-launch-request"),
            ("lti_version", "LTI-1p0"),
            ("resource_link_id", "link-1"),
            ("resource_link_title", "Week one"),
            ("user_id", user),
            ("roles", roles),
            ("lis_person_name_full", &format!("{user} Doe")),
            ("context_id", "course-1"),
            ("context_title", "Biology"),
            ("launch_presentation_return_url", &format!("{LMS}/course/1")),
            ("tool_consumer_instance_guid", GUID),
            ("tool_consumer_info_product_family_code", "testing"),
            ("oauth_callback", "about:blank"),
            ("oauth_consumer_key", &self.key),
            ("oauth_nonce", &nonce()),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &now().to_string()),
            ("oauth_version", "1.0"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Parameters(fields.map(owned).to_vec())
    }

    /// The parameters of a sign-in: a launch from no link of no course.
    pub(crate) fn sign_in(&self, user: &str) -> Parameters {
        let mut parameters = self.launch(user, "Instructor");
        let of_a_course = |name: &str| {
            name.starts_with("resource_link") || name.starts_with("context") || name == "roles"
        };
        parameters.0.retain(|(name, _)| !of_a_course(name));
        parameters
    }

    /// Signs parameters for an address, whose query is signed with them.
    pub(crate) fn sign(&self, url: &str, parameters: &Parameters) -> Parameters {
        let signature = self.signature("POST", url, &parameters.0);
        parameters.with("oauth_signature", &signature)
    }

    /// The signature of parameters for an address.
    pub(crate) fn signature(
        &self,
        method: &str,
        url: &str,
        parameters: &[(String, String)],
    ) -> String {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let query = form_urlencoded::parse(query.as_bytes()).into_owned();
        let all = query.chain(parameters.iter().cloned());
        let mut pairs: Vec<(String, String)> = all
            .map(|(name, value)| (encode(&name), encode(&value)))
            .collect();
        pairs.sort();
        let joined: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let text = format!("{method}&{}&{}", encode(base), encode(&joined.join("&")));
        let mut own = parameters.iter();
        let named = own.find(|(name, _)| name == "oauth_signature_method");
        let algorithm = match named.map(|(_, value)| value.as_str()) {
            Some("HMAC-SHA256") => hmac::HMAC_SHA256,
            _ => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        };
        let key = hmac::Key::new(algorithm, format!("{}&", encode(&self.secret)).as_bytes());
        let ours = STANDARD.encode(hmac::sign(&key, text.as_bytes()));
        if let Some(theirs) = counterpart::signature(method, url, &self.secret, parameters) {
            assert_eq!(ours, theirs, "{method} {url}");
        }
        ours
    }

    /// A whole launch at this path.
    pub(crate) async fn launches(
        &self,
        browser: &mut Browser,
        server: &Server,
        path: &str,
        parameters: &Parameters,
    ) -> Answer {
        let url = server.url(path);
        let signed = self.sign(&url, parameters);
        post(browser, &url, LMS, &signed).await
    }
}

/// Posts a signed form from a page of `origin` into a frame.
pub(crate) async fn post(
    browser: &mut Browser,
    url: &str,
    origin: &str,
    signed: &Parameters,
) -> Answer {
    post_into((origin, "iframe"), browser, url, signed).await
}

/// Posts a signed form from a page of `origin` into `place` (`Sec-Fetch-Dest`).
pub(crate) async fn post_into(
    (origin, place): (&str, &str),
    browser: &mut Browser,
    url: &str,
    signed: &Parameters,
) -> Answer {
    let fields: Vec<(&str, &str)> = signed
        .0
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let headers = [
        ("origin", origin),
        ("sec-fetch-dest", place),
        ("sec-fetch-site", "cross-site"),
    ];
    browser.post(url, &headers, &fields).await
}

fn nonce() -> String {
    use ring::rand::{SecureRandom, SystemRandom};
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).unwrap();
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// Parameters of a form, in order.
#[derive(Debug, Clone)]
pub(crate) struct Parameters(pub(crate) Vec<(String, String)>);

impl Parameters {
    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        let (_, value) = pairs.find(|(known, _)| known == name)?;
        Some(value)
    }

    /// The same, with this parameter in the place of its namesakes.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    /// The same with one parameter more.
    pub(crate) fn and(&self, name: &str, value: &str) -> Self {
        let mut more = self.clone();
        more.0.push((name.to_owned(), value.to_owned()));
        more
    }

    /// The same without this parameter.
    pub(crate) fn without(&self, name: &str) -> Self {
        let mut less = self.clone();
        less.0.retain(|(known, _)| known != name);
        less
    }
}
