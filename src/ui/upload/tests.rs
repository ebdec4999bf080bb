//! The panel as it is rendered.

use super::*;

#[test]
fn variables_stay_open_for_the_script() {
    let markup = upload_panel(Messages::default(), &UploadPanel::default()).0;
    for open in [
        "{percent}",
        "{speed}",
        "{left}",
        "{name}",
        "{reason}",
        "{item}",
    ] {
        assert!(markup.contains(open), "{open}");
    }
}

#[test]
fn without_javascript_it_says_so() {
    let markup = upload_panel(Messages::default(), &UploadPanel::default()).0;
    assert!(markup.contains("<noscript>"));
    assert!(markup.contains("<div class=\"upload\" hidden"));
}

#[test]
fn those_who_have_no_choice_are_not_asked() {
    let m = Messages::default();
    let one = upload_panel(m, &UploadPanel::default()).0;
    assert!(one.contains(r#"type="hidden" name="visibility" value="private""#));
    assert!(!one.contains("radio"));
    let panel = UploadPanel {
        visibilities: &[Visibility::Private, Visibility::Course],
        ..UploadPanel::default()
    };
    let two = upload_panel(m, &panel).0;
    assert_eq!(two.matches(r#"type="radio""#).count(), 2);
    assert!(two.contains(r#"value="private" checked"#));
}

#[test]
fn a_new_file_for_an_item_is_one_and_asks_nothing() {
    let panel = UploadPanel {
        replaces: Some(Replaced {
            id: "0a",
            title: "Waves",
        }),
        visibilities: &[Visibility::Private, Visibility::Course],
        ..UploadPanel::default()
    };
    let markup = upload_panel(Messages::default(), &panel).0;
    assert!(markup.contains(r#"data-replaces="0a""#));
    assert_eq!(markup.matches(r#"href="media/0a""#).count(), 2);
    for absent in ["name=\"visibility\"", " multiple", "upload-folder"] {
        assert!(!markup.contains(absent), "{absent}");
    }
    let several = upload_panel(Messages::default(), &UploadPanel::default()).0;
    assert!(!several.contains("data-replaces"));
    assert!(several.contains(" multiple"));
}

#[test]
fn what_an_earlier_visit_left_is_listed() {
    let panel = UploadPanel {
        unfinished: &[Unfinished {
            id: "0a",
            name: "waves & tides.mp4",
            bytes: 2_000_000,
            offset: 500_000,
            modified: Some(1_795_356_300_000),
        }],
        ..UploadPanel::default()
    };
    let markup = upload_panel(Messages::default(), &panel).0;
    for part in [
        r#"data-state="left" data-id="0a" data-name="waves &amp; tides.mp4""#,
        r#"data-size="2000000" data-modified="1795356300000""#,
        "500 kB of 2 MB",
    ] {
        assert!(markup.contains(part), "{part}");
    }
}

#[test]
fn captions_that_come_along_have_words_and_a_place() {
    let markup = upload_panel(Messages::default(), &UploadPanel::default()).0;
    for part in [
        r#"data-captions-href="media/{item}/captions""#,
        r#"data-part="captions""#,
        "data-say-captions-with",
        "data-say-captions-added",
        "data-say-captions-refused",
        "data-fail-captions",
    ] {
        assert!(markup.contains(part), "{part}");
    }
}
