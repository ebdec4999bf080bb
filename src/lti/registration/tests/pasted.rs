//! What is pasted into platforms in place of registering.

use super::*;

#[test]
fn canvas_takes_the_json() {
    let json = wanted().canvas_json();
    assert_eq!(
        json["oidc_initiation_url"],
        "https://media.example/lti/login"
    );
    assert_eq!(json["public_jwk_url"], "https://media.example/lti/jwks");
    assert_eq!(json["custom_fields"]["history"], "$Context.id.history");
    let extension = &json["extensions"][0];
    assert_eq!(extension["privacy_level"], "name_only");
    let placements = extension["settings"]["placements"].as_array().unwrap();
    let told: Vec<_> = placements
        .iter()
        .map(|p| {
            (
                p["placement"].as_str().unwrap(),
                p["message_type"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("editor_button", "LtiDeepLinkingRequest"),
            ("assignment_selection", "LtiDeepLinkingRequest"),
            ("link_selection", "LtiDeepLinkingRequest"),
            ("course_navigation", "LtiResourceLinkRequest"),
        ]
    );
}

#[test]
fn the_cartridge_names_what_lti_1p1_needs() {
    let wanted = Wanted {
        name: "A & B <media>".into(),
        ..wanted()
    };
    let cartridge = wanted.cartridge();
    for line in [
        "<blti:title>A &amp; B &lt;media&gt;</blti:title>",
        "<blti:launch_url>https://media.example/lti/launch</blti:launch_url>",
        "<blti:secure_launch_url>https://media.example/lti/launch</blti:secure_launch_url>",
        "<lticm:property name=\"history\">$Context.id.history</lticm:property>",
        "<lticm:options name=\"editor_button\">",
        "<lticm:property name=\"privacy_level\">name_only</lticm:property>",
    ] {
        assert!(cartridge.contains(line), "{line}\n{cartridge}");
    }
    // Whatever is opened is closed.
    for name in [
        "blti:title",
        "blti:custom",
        "blti:extensions",
        "lticm:options",
    ] {
        let opened = cartridge.matches(&format!("<{name}")).count();
        assert_eq!(opened, cartridge.matches(&format!("</{name}>")).count());
    }
}
