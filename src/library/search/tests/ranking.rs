//! What is found, and what comes first.

use proptest::test_runner::TestRunner;

use super::*;

#[tokio::test]
async fn words_are_found_in_any_order_and_any_field() {
    let library = Library::new();
    let tides = item(
        &library,
        "Tides of the North Sea",
        "geography",
        "Moon and sun",
    )
    .await;
    let waves = item(&library, "Standing waves", "physics, Wave optics", "").await;
    for (text, expected) in [
        ("tides", vec![tides]),
        ("sea north", vec![tides]),
        ("moon TIDES geography", vec![tides]),
        ("wav", vec![waves]),
        ("optics standing", vec![waves]),
        ("lecture", vec![waves, tides]),
        ("tides waves", vec![]),
        ("oon", vec![]),
        ("sea nor", vec![tides]),
        ("no sea", vec![]),
        ("\"north sea\"", vec![tides]),
        ("\"sea north\"", vec![]),
        ("“North Sea” tid", vec![tides]),
        ("\"north se", vec![tides]),
        ("!?", vec![]),
    ] {
        assert_eq!(found(&library, text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn case_and_diacritics_do_not_matter() {
    let library = Library::new();
    let item = item(&library, "Größenordnungen & Élan", "光の波", "Ёлка").await;
    for text in [
        "grossenordnungen",
        "GRÖSSEN",
        "elan",
        "e\u{301}lan",
        "елка",
        "の波",
        "光の波",
    ] {
        assert_eq!(found(&library, text).await, [item], "{text}");
    }
    assert!(found(&library, "波光").await.is_empty());
}

#[tokio::test]
async fn title_before_tags_before_description_before_nearly() {
    let library = Library::new();
    let title = item(&library, "Lenses", "x", "x").await;
    let begins = item(&library, "Lensesmaker", "x", "x").await;
    let tag = item(&library, "B", "lenses", "x").await;
    let description = item(&library, "C", "x", "about lenses").await;
    let nearly = item(&library, "Lensis", "x", "x").await;
    let nearly_described = item(&library, "D", "x", "about lensis").await;
    item(&library, "Lemmas", "x", "x").await;
    let expected = [title, begins, tag, description, nearly, nearly_described];
    assert_eq!(found(&library, "lenses").await, expected);
    let wanted = looking_for("lenses");
    let paged = walk(&library, &teacher(), List::Mine, &wanted, 1).await;
    assert_eq!(paged, expected);
}

#[tokio::test]
async fn one_letter_may_be_wrong_in_long_words_without_digits() {
    let library = Library::new();
    let optics = item(&library, "Optics", "", "").await;
    let week = item(&library, "Week12 wave", "", "").await;
    for (text, expected) in [
        ("optisc", vec![optics]),
        ("optcs", vec![optics]),
        ("optixs", vec![optics]),
        ("optixx", vec![]),
        ("wavs", vec![]),
        ("week13", vec![]),
        ("week1", vec![week]),
    ] {
        assert_eq!(found(&library, text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn what_fits_alike_comes_newest_first() {
    let library = Library::new();
    let older = item(&library, "Waves waves waves", "", "").await;
    let newer = item(&library, "Something on waves and more", "", "").await;
    assert_eq!(found(&library, "waves").await, [newer, older]);
}

#[tokio::test]
async fn hostile_questions_are_answered() {
    let library = Library::new();
    item(&library, "Waves", "", "").await;
    library.search.index_now().await;
    let mut texts: Vec<String> = [
        "AND OR NOT",
        "title:waves",
        "*",
        "~",
        "wave~2",
        "[a TO b]",
        "(((((",
        "\"",
        "\"\"",
        "\\",
        "\0",
        "a\u{0}b",
        "\u{202e}",
        "+-",
        "^9",
        "waves AND",
        "/(a+)+$/",
        "\u{fffd}",
    ]
    .map(str::to_owned)
    .into();
    texts.extend(["x ", "\"a\" ", "光", "ab\u{301}", "\"a b"].map(|text| text.repeat(5_000)));
    for text in texts {
        let found = found(&library, &text).await;
        assert!(found.len() <= 1, "{text}");
    }
}

#[test]
fn questions_are_bounded() {
    let many = Words::parse(&"a ".repeat(TEXT_MAX));
    let few = Words::parse(&"a ".repeat(20));
    assert_eq!(many, few);
    assert!(Words::parse(" \u{301}…").is_empty());
}

#[test]
fn no_question_fails() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let library = runtime.block_on(async {
        let library = Library::new();
        item(&library, "abc cab", "a, b", "c").await;
        library
    });
    let questions = "\\PC{0,60}|[a-c\" *]{0,30}";
    TestRunner::default()
        .run(&questions, |text| {
            runtime.block_on(found(&library, &text));
            Ok(())
        })
        .unwrap();
}
