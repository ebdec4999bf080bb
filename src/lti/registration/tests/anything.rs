//! Any configuration, any answer, any bytes.

use super::*;

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9:/._$-]{1,20}"
}

fn web() -> impl Strategy<Value = String> {
    "https://[a-z]{1,8}\\.example(/[a-z0-9]{1,8}){0,3}"
}

prop_compose! {
    fn any_configuration()(
        addresses in vec(web(), 5),
        authorization_server in option::of(web()),
        lists in vec(option::of(vec(word(), 0..4)), 3),
        texts in vec(option::of("[a-zA-Z0-9ü]{1,20}"), 3),
        messages in option::of(vec((word(), vec(word(), 0..4)), 0..4)),
    ) -> Configuration {
        let message = |(kind, placements)| SupportedMessage { kind, placements };
        Configuration {
            issuer: addresses[0].clone(),
            authorization_endpoint: addresses[1].clone(),
            token_endpoint: addresses[2].clone(),
            jwks_uri: addresses[3].clone(),
            registration_endpoint: addresses[4].clone(),
            authorization_server,
            scopes: lists[0].clone(),
            claims: lists[1].clone(),
            variables: lists[2].clone(),
            family: texts[0].clone(),
            version: texts[1].clone(),
            account: texts[2].clone(),
            messages: messages.map(|list| list.into_iter().map(message).collect()),
        }
    }
}

proptest! {
    #[test]
    fn a_configuration_is_read_as_it_was_written(configuration in any_configuration()) {
        let document = configuration.document().to_string();
        prop_assert_eq!(Configuration::parse(document.as_bytes()), Ok(configuration));
    }

    #[test]
    fn only_what_is_known_is_asked_for(configuration in any_configuration()) {
        let request = wanted().of(&configuration);
        if let Some(known) = &configuration.scopes {
            prop_assert!(request.scopes.iter().all(|scope| known.contains(scope)));
        }
        for message in &request.messages {
            let known = configuration.message(&message.kind);
            for placement in &message.placements {
                prop_assert!(known.is_some_and(|known| known.placements.contains(placement)));
            }
        }
        let document = request.document().to_string();
        prop_assert_eq!(Request::parse(document.as_bytes()), Ok(request));
    }

    #[test]
    fn custom_parameters_survive(custom in btree_map(word(), ".{0,20}", 0..5)) {
        let wanted = Wanted { custom, ..wanted() };
        let request = wanted.of(&configuration(MOODLE));
        let read = Request::parse(request.document().to_string().as_bytes()).unwrap();
        prop_assert_eq!(read.custom, wanted.custom);
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Configuration::parse(&bytes);
        let _ = Request::parse(&bytes);
        let _ = Answer::parse(&bytes);
        let _ = complaint(&bytes);
    }

    #[test]
    fn any_member_is_answered(member in "[a-z_]{0,20}", value in any_value()) {
        let mut document: Value = serde_json::from_str(MOODLE).unwrap();
        document[member.as_str()] = value.clone();
        document[name::PLATFORM] = value.clone();
        document[name::TOOL] = value;
        let text = document.to_string();
        let _ = Configuration::parse(text.as_bytes());
        let _ = Request::parse(text.as_bytes());
        let _ = Answer::parse(text.as_bytes());
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-z_]{0,12}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
