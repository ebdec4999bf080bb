//! Secrets: where they may stand, and that none is shown.

use super::*;

#[test]
fn secrets_stand_in_files_too() {
    let case = Case::new(
        "[metrics]\ntoken_file = \"token\"\n\
         [[consumer]]\nname = \"Old\"\nkey = \"school\"\nsecret_file = \"secret\"\n",
    )
    .file("token", "  abc\n")
    .file("secret", "def");
    let config = case.config();
    assert_eq!(config.metrics.token.as_ref().unwrap().expose(), "abc");
    assert_eq!(config.consumers[0].secret.expose(), "def");
    let shown = format!("{config:?}");
    assert!(
        !shown.contains("abc") && !shown.contains("\"def\""),
        "{shown}"
    );
}

#[test]
fn a_secret_stands_in_one_place() {
    let case = Case::new("[metrics]\ntoken_file = \"token\"\n")
        .file("token", "abc")
        .variable("LANTERNA_METRICS__TOKEN", "def");
    assert_eq!(
        case.problems(),
        ["config.toml:2: metrics.token_file: only one of this and metrics.token can be set"]
    );
}

#[test]
fn secrets_of_entries_stand_in_variables_too() {
    const NAME: &str = "LANTERNA_SECRET_OLD";
    let entry = |more: &str| format!("[[consumer]]\nname = \"Old\"\nkey = \"school\"\n{more}\n");
    let by_env = entry("secret_env = \"LANTERNA_SECRET_OLD\"");
    let case = Case::new(&by_env).variable(NAME, "s3cret\n");
    assert_eq!(case.config().consumers[0].secret.expose(), "s3cret");
    for (case, problem) in [
        (Case::new(&by_env), "there is no environment variable"),
        (
            Case::new(&by_env).variable(NAME, ""),
            "that is not shown here",
        ),
        (
            Case::new(&entry("secret_env = \"HOME\"")).variable("HOME", "/root"),
            "expected a name that begins with LANTERNA_SECRET_",
        ),
        (
            Case::new(&entry(
                "secret = \"a\"\nsecret_env = \"LANTERNA_SECRET_OLD\"",
            )),
            "only one of this and consumer[0].secret can be set",
        ),
        (
            Case::new(&entry(
                "secret_file = \"a\"\nsecret_env = \"LANTERNA_SECRET_OLD\"",
            )),
            "only one of this and consumer[0].secret_file can be set",
        ),
        (
            Case::new("[metrics]\ntoken_env = \"LANTERNA_SECRET_OLD\"\n"),
            "no such key",
        ),
    ] {
        let problems = case.problems();
        assert!(problems[0].contains(problem), "{problems:?}");
        assert!(!problems[0].contains("/root"), "{problems:?}");
    }
}

#[test]
fn a_missing_or_empty_secret_file_is_told() {
    let case = Case::new("[metrics]\ntoken_file = \"token\"\n");
    let path = case.path("token");
    let shown = case.load().unwrap_err().to_string();
    assert!(shown.contains(&format!(
        "{} cannot be read: there is no such file",
        path.display()
    )));

    let entry = "[[consumer]]\nname = \"Old\"\nkey = \"school\"\nsecret_file = \"secret\"\n";
    let case = Case::new(entry).file("secret", "\n");
    assert_eq!(
        case.problems(),
        [
            "config.toml:4: consumer[0].secret_file: found a value that is not shown here; expected \
          a text in quotes that is not empty"
        ]
    );
}

#[test]
fn a_former_secret_has_an_end() {
    let case = |more: &str| {
        Case::new(&format!(
            "[[consumer]]\nname = \"Old\"\nkey = \"a\"\nsecret = \"b\"\n{more}\n"
        ))
    };
    let both = "former_secret = \"c\"\nformer_secret_until = \"2027-01-31T01:00:00+01:00\"";
    let config = case(both).config();
    let until = "2027-01-31T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let former = config.consumers[0].former();
    assert_eq!(former.map(|(secret, _)| secret), Some("c"));
    assert_eq!(former.map(|(_, until)| until.timestamp()), Some(until));
    assert_eq!(case("").config().consumers[0].former(), None);
    for (more, problem) in [
        ("former_secret = \"c\"", "former_secret needs it"),
        (
            "former_secret_until = \"2027-01-31T00:00:00Z\"",
            "former_secret_until needs it",
        ),
        (
            "former_secret = \"c\"\nformer_secret_until = \"soon\"",
            "expected a moment",
        ),
        (
            "former_secret = \"c\"\nformer_secret_until = \"1960-01-31T00:00:00Z\"",
            "expected a moment",
        ),
    ] {
        let problems = case(more).problems();
        assert!(problems[0].contains(problem), "{problems:?}");
    }
}
