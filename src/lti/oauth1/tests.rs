//! The vectors, an independent signer as the counterpart, and whatever else comes.

use std::num::NonZeroU64;
use std::time::Duration;

use oauth1_request::{Builder, Credentials, HmacSha1, ParameterList};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/oauth1.json")).unwrap()
}

fn pairs(text: &str) -> Vec<Pair> {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[test]
fn the_vectors_hold() {
    let cases = vectors()["cases"].as_array().unwrap().clone();
    assert_eq!(cases.len(), 7);
    for case in &cases {
        let name = text(case, "name");
        let address = Address::parse(text(case, "url")).unwrap();
        let (body, signature) = (pairs(text(case, "body")), text(case, "signature"));
        let mut signed = body.clone();
        signed.retain(|(name, _)| name != SIGNATURE);
        let carried = signed.len() < body.len();
        signed.push((SIGNATURE.into(), signature.into()));
        signed.extend((!body.iter().any(|(name, _)| name == METHOD)).then(|| {
            let method = text(case, "method");
            (METHOD.to_owned(), method.to_owned())
        }));
        let query = || address.query().to_vec();
        let verify = |form| {
            let request = Unverified::parse(query(), form, None).unwrap();
            request.verify("POST", &address, text(case, "secret"), false)
        };
        assert!(verify(signed).is_ok(), "{name}");
        // One case shows which signature an added parameter would need.
        if carried && case["note"].is_string() {
            assert_eq!(verify(body), Err(Refusal::QueryNotSigned), "{name}");
        } else if carried {
            assert!(verify(body).is_ok(), "{name}");
        }
    }
}

#[test]
fn body_hashes_and_signed_calls_hold() {
    let vectors = vectors();
    for case in vectors["body_hash"].as_array().unwrap() {
        let body = text(case, "body");
        assert_eq!(body_hash(body.as_bytes()), text(case, "sha1"));
    }
    let call = &vectors["outcome"];
    let signature = format!("oauth_signature=\"{}\"", encode(text(call, "signature")));
    let header = format!("{}, {signature}", text(call, "authorization"));
    let (address, secret) = (
        Address::parse(text(call, "url")).unwrap(),
        text(call, "secret"),
    );
    let parse = |header: &str| Unverified::parse(Vec::new(), Vec::new(), Some(header)).unwrap();
    let call_is = parse(&header)
        .verify("POST", &address, secret, false)
        .unwrap();
    assert_eq!(call_is.consumer_key(), "__consumer_key__");
    assert_eq!(call_is.nonce(), "18821463");
    assert!(call_is.covers(text(call, "body").as_bytes()));
    assert!(!call_is.covers(text(call, "body").replace("0.32", "1.0").as_bytes()));
    for (method, address, secret) in [
        ("PUT", text(call, "url"), secret),
        ("POST", "https://testurl/x", secret),
        ("POST", text(call, "url"), "other"),
    ] {
        let address = Address::parse(address).unwrap();
        assert!(
            parse(&header)
                .verify(method, &address, secret, true)
                .is_err()
        );
    }
}

const ADDRESS: &str = "https://media.example/lti/launch";

fn signer(method: Method) -> Signer<'static> {
    Signer {
        consumer_key: "school",
        secret: "s&c rét",
        method,
        nonce: "n-1",
        at: Time::from_seconds(1_700_000_000),
    }
}

fn signed(fields: &[(&str, &str)]) -> Vec<Pair> {
    let fields = fields.iter().map(|(n, v)| ((*n).into(), (*v).into()));
    let address = Address::parse(ADDRESS).unwrap();
    signer(Method::HmacSha1).form(&address, fields.collect())
}

fn verify(query: &[Pair], form: Vec<Pair>, body_only: bool) -> Result<Verified, Refusal> {
    let address = Address::parse(ADDRESS).unwrap();
    let request = Unverified::parse(query.to_vec(), form, None)?;
    request.verify("POST", &address, "s&c rét", body_only)
}

#[test]
fn every_required_parameter_is_named_when_it_is_missing_or_twice() {
    for name in [CONSUMER_KEY, METHOD, TIMESTAMP, NONCE, SIGNATURE] {
        let mut form = signed(&[]);
        form.retain(|(known, _)| known != name);
        let refused = verify(&[], form.clone(), true).unwrap_err();
        assert_eq!(refused, ParameterError::Missing(name).into());
        assert_eq!(refused.parameter(), Some(name));
        form.push((name.into(), String::new()));
        let refused = verify(&[], form, true).unwrap_err();
        assert_eq!(refused, ParameterError::Missing(name).into());
    }
    for name in NAMED.into_iter().chain(["oauth_whatever"]) {
        let mut form = signed(&[("oauth_whatever", "x"), ("oauth_body_hash", "y")]);
        let pair = form
            .iter()
            .find(|(known, _)| known == name)
            .cloned()
            .unwrap();
        let shown = if name == "oauth_whatever" {
            "oauth_*"
        } else {
            name
        };
        let twice = Err(ParameterError::Repeated(shown).into());
        assert_eq!(
            verify(std::slice::from_ref(&pair), form.clone(), true),
            twice
        );
        form.push(pair);
        assert_eq!(verify(&[], form, true), twice);
    }
}

fn with(name: &str, value: &str) -> Vec<Pair> {
    let mut form = signed(&[]);
    let pair = form.iter_mut().find(|(known, _)| known == name).unwrap();
    value.clone_into(&mut pair.1);
    form
}

#[test]
fn only_two_methods_and_one_version_are_taken() {
    for method in ["PLAINTEXT", "RSA-SHA1", "HMAC-SHA512", "hmac-sha1", "none"] {
        let refused = Refusal::UnsupportedSignatureMethod(method.into());
        assert_eq!(verify(&[], with(METHOD, method), true), Err(refused));
    }
    // The right name of the wrong method is a wrong signature.
    let refused = verify(&[], with(METHOD, "HMAC-SHA256"), true).unwrap_err();
    assert_eq!(refused.code(), "wrong-oauth-signature");
    let refused = Refusal::WrongOauthVersion("2.0".into());
    assert_eq!(verify(&[], with(VERSION, "2.0"), true), Err(refused));
    let mut form = signed(&[]);
    form.retain(|(name, _)| name != VERSION);
    let refused = verify(&[], form, true).unwrap_err();
    assert_eq!(refused.code(), "wrong-oauth-signature", "it was signed");
}

#[test]
fn a_timestamp_is_digits_within_the_window() {
    for timestamp in ["-1", "+1", "1.5", "now", "99999999999999999999999"] {
        let refused = verify(&[], with(TIMESTAMP, timestamp), true).unwrap_err();
        assert_eq!(refused.code(), "malformed-timestamp");
    }
    let request = Unverified::parse(Vec::new(), signed(&[]), None).unwrap();
    let at = 1_700_000_000;
    let check = |now| request.check_time(Time::from_seconds(now), Duration::from_mins(5));
    for now in [at - 300, at, at + 300] {
        assert_eq!(check(now), Ok(()));
    }
    assert_eq!(check(at + 301), Err(Refusal::TimestampOld { minutes: 6 }));
    assert_eq!(
        check(at - 301),
        Err(Refusal::TimestampInFuture { minutes: 6 })
    );
    assert_eq!(check(0).unwrap_err().code(), "timestamp-in-future");
    assert_eq!(check(u64::MAX).unwrap_err().code(), "timestamp-old");
}

#[test]
fn what_nobody_signed_is_refused_or_gone() {
    let form = signed(&[("roles", "Learner")]);
    let roles = |value: &str| vec![("roles".to_owned(), value.to_owned())];
    let appended = roles("Instructor");
    assert_eq!(
        verify(&appended, form.clone(), false),
        Err(Refusal::QueryNotSigned)
    );
    let taken = verify(&appended, form.clone(), true).unwrap();
    assert_eq!(taken.parameters(), form);
    // A consumer that signs its query is taken whole, switch or no switch.
    let address = Address::parse(&format!("{ADDRESS}?roles=Instructor")).unwrap();
    let whole = signer(Method::HmacSha1).form(&address, Vec::new());
    for body_only in [false, true] {
        let taken = verify(&appended, whole.clone(), body_only).unwrap();
        assert!(taken.parameters().contains(&appended[0]));
        let other = verify(&roles("Learner"), whole.clone(), body_only);
        assert_eq!(other.unwrap_err().code(), "wrong-oauth-signature");
    }
    // OAuth's own parameters in an unsigned query could be exchanged at will.
    let mut form = form;
    let nonce = form.iter().position(|(name, _)| name == NONCE).unwrap();
    form.remove(nonce);
    let signature = signer(Method::HmacSha1).sign("POST", &Address::parse(ADDRESS).unwrap(), &form);
    let at = form.iter().position(|(name, _)| name == SIGNATURE).unwrap();
    form[at].1 = signature;
    let refused = verify(&[(NONCE.into(), "any".into())], form, true);
    assert_eq!(refused.unwrap_err().code(), "wrong-oauth-signature");
}

fn any_method() -> impl Strategy<Value = Method> {
    prop_oneof![Just(Method::HmacSha1), Just(Method::HmacSha256)]
}

fn any_pairs() -> impl Strategy<Value = Vec<Pair>> {
    let own = |(name, value): Pair| (format!("x{name}"), value);
    prop::collection::vec(any::<Pair>().prop_map(own), 0..8)
}

/// The signature that a client of another author makes of these parameters.
fn counterparts(method: &str, secret: &str, all: &[Pair]) -> String {
    let of = |name: &str| {
        let found = all.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let mut builder = Builder::<_, _>::new(Credentials::new("school", secret), HmacSha1::new());
    builder
        .nonce(of(NONCE))
        .timestamp(NonZeroU64::new(of(TIMESTAMP).unwrap().parse().unwrap()))
        .callback(of(CALLBACK))
        .version(true);
    // The client adds these by itself.
    let own = [
        CONSUMER_KEY,
        NONCE,
        TIMESTAMP,
        METHOD,
        VERSION,
        CALLBACK,
        SIGNATURE,
    ];
    let others = all.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let list = ParameterList::new(others.map(|(n, v)| (n, v)).collect::<Vec<_>>());
    let header = header::parse(&builder.authorize(method, ADDRESS, &list)).unwrap();
    let signature = header.into_iter().find(|(name, _)| name == SIGNATURE);
    signature.unwrap().1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_signed_holds_in_any_order(
        query in any_pairs(), form in any_pairs(), method in any_method(), secret: String,
    ) {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish();
        let address = Address::parse(&format!("{ADDRESS}?{text}")).unwrap();
        prop_assert_eq!(address.query(), &query);
        let signer = Signer { secret: &secret, ..signer(method) };
        let mut form = signer.form(&address, form);
        form.reverse();
        let request = Unverified::parse(query.clone(), form.clone(), None).unwrap();
        let taken = request.verify("POST", &address, &secret, false).unwrap();
        prop_assert_eq!(taken.parameters().len(), query.len() + form.len());
    }

    #[test]
    fn anything_else_than_what_was_signed_is_refused(
        form in any_pairs(), method in any_method(), at: prop::sample::Index, added: char,
        into_name: bool,
    ) {
        let address = Address::parse(ADDRESS).unwrap();
        let form = signer(method).form(&address, form);
        let mut changed = form.clone();
        let at = at.index(changed.len());
        let pair = &mut changed[at];
        if into_name { pair.0.push(added) } else { pair.1.push(added) }
        prop_assert!(verify(&[], changed, true).is_err());
        let mut less = form;
        less.remove(at);
        prop_assert!(verify(&[], less, true).is_err());
    }

    #[test]
    fn any_parameters_are_read_or_refused(query: Vec<Pair>, form: Vec<Pair>, header: String) {
        let _ = Unverified::parse(query, form, Some(&header));
    }

    /// What we sign, a client of another author signs alike: forms, and calls by their bodies.
    #[test]
    fn the_counterpart_signs_alike(
        form in prop::collection::btree_map("[a-z][a-z_]{0,8}", any::<String>(), 0..6),
        query in prop::collection::btree_map("[A-Z]{1,8}", any::<String>(), 0..3),
        nonce in "[A-Za-z0-9._~-]{1,20}", secret: String, at in 1..u64::MAX / 1000,
        body in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish();
        let address = Address::parse(&format!("{ADDRESS}?{text}")).unwrap();
        let own = Signer {
            secret: &secret,
            nonce: &nonce,
            at: Time::from_seconds(at),
            ..signer(Method::HmacSha1)
        };
        for (method, signed) in [
            ("POST", own.form(&address, form.into_iter().collect())),
            ("PUT", header::parse(&own.authorization("PUT", &address, &body)).unwrap()),
        ] {
            let ours = signed.iter().find(|(name, _)| name == SIGNATURE).unwrap().1.clone();
            let all: Vec<Pair> = signed.into_iter().chain(query.clone()).collect();
            prop_assert_eq!(ours, counterparts(method, &secret, &all));
        }
    }

    /// What a client of another author signs holds, in the header and in the form.
    #[test]
    fn the_counterpart_agrees(
        form in prop::collection::btree_map("[a-z][a-z_]{0,8}", any::<String>(), 0..6),
        nonce in "[A-Za-z0-9._~-]{1,20}", secret: String, at in 1..u64::MAX / 1000,
    ) {
        let mut builder = Builder::<_, _>::new(Credentials::new("school", &*secret), HmacSha1::new());
        builder.nonce(&*nonce).timestamp(NonZeroU64::new(at));
        let list = ParameterList::new(form.iter().collect::<Vec<_>>());
        let header = builder.authorize("POST", ADDRESS, &list);
        let address = Address::parse(ADDRESS).unwrap();
        let form: Vec<Pair> = form.into_iter().collect();
        let mut whole = header::parse(&header).unwrap();
        whole.extend(form.iter().cloned());
        let request = Unverified::parse(Vec::new(), whole, None).unwrap();
        prop_assert!(request.verify("POST", &address, &secret, false).is_ok());
        let request = Unverified::parse(Vec::new(), form, Some(&header)).unwrap();
        prop_assert_eq!(request.check_time(Time::from_seconds(at), Duration::ZERO), Ok(()));
        prop_assert!(request.verify("POST", &address, &secret, false).is_ok());
    }
}

#[test]
fn either_of_two_secrets_holds_while_both_are_good() {
    let address = Address::parse("https://tool.example/launch?a=1").unwrap();
    let request = |secret: &str| {
        let signer = Signer {
            consumer_key: "school",
            secret,
            method: Method::HmacSha1,
            nonce: "n",
            at: Time::from_seconds(1),
        };
        let form = signer.form(&address, pairs("x=1"));
        Unverified::parse(address.query().to_vec(), form, None).unwrap()
    };
    let by = |secret: &str, present: &str, former: Option<&str>| {
        let secrets = Secrets { present, former };
        let verified = request(secret).verify_either("POST", &address, secrets, false);
        verified.map(|verified| verified.by_former()).ok()
    };
    assert_eq!(by("new", "new", Some("old")), Some(false));
    assert_eq!(by("old", "new", Some("old")), Some(true));
    assert_eq!(by("new", "new", None), Some(false));
    assert_eq!(by("same", "same", Some("same")), Some(false));
    for (secret, present, former) in [
        ("old", "new", None),
        ("other", "new", Some("old")),
        ("", "new", Some("old")),
    ] {
        assert_eq!(by(secret, present, former), None, "{secret}");
    }
}
