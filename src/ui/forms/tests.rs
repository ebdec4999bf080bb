use super::*;

const FIELD: Field<'static> = Field {
    name: "title",
    id: None,
    label: "Title",
    hint: Some("As students see it"),
    error: Some("Please give it a title"),
    required: true,
    depends: false,
};

#[test]
fn hint_and_error_are_read_with_the_field() {
    let markup = text_field(Messages::default(), &FIELD, &Text::default()).0;
    assert!(markup.contains(r#"<label for="field-title">Title</label>"#));
    assert!(markup.contains(r#"aria-describedby="field-title-hint field-title-error""#));
    assert!(markup.contains(r#"id="field-title-hint""#));
    assert!(markup.contains(r#"id="field-title-error""#));
    assert!(markup.contains(r#"aria-invalid="true""#));
}

#[test]
fn a_good_field_says_nothing_of_errors() {
    let field = Field {
        hint: None,
        error: None,
        ..FIELD
    };
    let markup = text_field(Messages::default(), &field, &Text::default()).0;
    assert!(!markup.contains("aria-"));
    assert!(!markup.contains("optional"));
}

#[test]
fn what_was_typed_is_escaped_and_passwords_are_not_repeated() {
    let text = Text {
        value: "\"><script>",
        ..Text::default()
    };
    let markup = text_field(Messages::default(), &FIELD, &text).0;
    assert!(!markup.contains("<script>"));
    let markup = password_field(Messages::default(), &FIELD, Password::New).0;
    assert!(!markup.contains("value="));
    assert!(markup.contains("new-password"));
}

#[test]
fn lines_are_escaped_and_begin_where_they_did() {
    let lines = Lines {
        value: "\n</textarea><b>",
        rows: 5,
        max_length: Some(10),
    };
    let markup = text_area(Messages::default(), &FIELD, &lines).0;
    assert!(markup.contains(">\n\n&lt;/textarea&gt;&lt;b&gt;</textarea>"));
}

#[test]
fn an_unchecked_box_is_told_from_a_missing_one() {
    let on = checkbox(Messages::default(), &FIELD, true).0;
    assert!(on.contains(r#"type="hidden" name="title" value="off""#));
    assert_eq!(on.matches(" checked").count(), 1);
    let off = checkbox(Messages::default(), &FIELD, false).0;
    assert!(!off.contains(" checked"));
}

#[test]
fn a_form_carries_its_hidden_fields_and_its_way() {
    let markup = form(
        &Form {
            action: "launch",
            hidden: &[("state", "a&b")],
            auto_submit: true,
            ..Form::default()
        },
        &html! {},
    )
    .0;
    assert!(markup.contains(r#"name="state" value="a&amp;b""#));
    assert!(markup.contains("data-auto-submit"));
    assert!(markup.contains(r#"method="post""#));
    let search = Form {
        sending: Sending::Get,
        ..Form::default()
    };
    let markup = form(&search, &html! {}).0;
    assert!(markup.contains(r#"method="get""#));
    assert!(!markup.contains("data-auto-submit"));
}

#[test]
fn exactly_the_selected_choice_is_chosen() {
    let choices = ["private", "course"].map(|value| Choice {
        value,
        label: value,
        hint: None,
    });
    let radios = radio_group(Messages::default(), &FIELD, &choices, "course").0;
    assert_eq!(radios.matches(" checked").count(), 1);
    assert!(radios.contains(r#"value="course" checked"#));
    let list = select(Messages::default(), &FIELD, &choices, "none of them").0;
    assert!(!list.contains(" selected"));
}
