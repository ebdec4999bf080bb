//! Where people stopped: offered to go on with, on any device, and told to whoever reviews.

use super::*;
use crate::store::rows::library::Location;

/// Notes of ten pages for the whole course.
async fn notes(running: &Running, owner: &Visitor<'_>) -> ItemId {
    let id = owner.uploads("a.pdf", "course", b"%PDF-1.7 paper").await;
    knows(running, id, |item| item.facts.pages = Some(10)).await;
    id
}

#[tokio::test]
async fn pages_and_openings_count_in_their_own_way() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let paper = ada.uploads("a.pdf", "course", b"%PDF-1.7 paper").await;
    knows(&running, paper, |item| item.facts.pages = Some(4)).await;
    let page = opens(&sam, paper).await;
    assert!(page.text().contains("You have looked at 0 of 4 pages."));
    assert!(page.text().contains("data-watched-to"));
    let told = tell(&sam, paper, &[("pages", "1,2,3,4")]).await;
    assert_eq!(told["percent"], 0, "nobody reads four pages in no time");
    pass(&running, 1);
    let told = tell(&sam, paper, &[("pages", "1,4,5,4000000000")]).await;
    assert_eq!(told["text"], "You have looked at 2 of 4 pages.");
    assert_eq!(told["percent"], 50);
    let picture = ada
        .uploads("a.png", "course", b"\x89PNG\r\n\x1a\n picture")
        .await;
    knows(&running, picture, |item| item.location = Location::Untold).await;
    let page = opens(&sam, picture).await;
    assert!(page.text().contains("You have opened it."));
    let told = views(&running).iter().map(|view| view.percent).max();
    assert_eq!(told, Some(10_000));
}

#[tokio::test]
async fn whoever_reads_goes_on_at_the_page_on_any_device() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let paper = notes(&running, &ada).await;
    assert!(!opens(&sam, paper).await.text().contains("You stopped"));
    // Whoever saw the first page only has nothing to go on with.
    pass(&running, 5);
    tell(&sam, paper, &[("pages", "1"), ("page", "1")]).await;
    assert!(!opens(&sam, paper).await.text().contains("You stopped"));
    pass(&running, 5);
    let told = tell(&sam, paper, &[("pages", "2,7"), ("page", "7")]).await;
    assert_eq!(told["text"], "You have looked at 3 of 10 pages.");
    // On another device, by a launch of its own.
    let sam = SAM.arrives(&running).await;
    let page = opens(&sam, paper).await;
    for shown in ["You stopped at page 7.", "Continue at page 7", "#page=7"] {
        assert!(page.text().contains(shown), "{shown}: {}", page.text());
    }
    let library = sam.get("library?view=course").await;
    assert!(library.text().contains("Stopped at page 7"));
    assert!(library.text().contains(r#"<rect width="60""#));
    // It is each person's own, and a page turned back is told, too.
    assert!(!opens(&ada, paper).await.text().contains("You stopped"));
    pass(&running, 5);
    tell(&sam, paper, &[("page", "3")]).await;
    assert!(
        opens(&sam, paper)
            .await
            .text()
            .contains("You stopped at page 3.")
    );
    // The last page leaves nothing to turn to, whatever was skipped.
    pass(&running, 5);
    let told = tell(&sam, paper, &[("page", "10")]).await;
    assert_eq!(told["percent"], 30, "to stand there is not to look at it");
    assert!(!opens(&sam, paper).await.text().contains("You stopped"));
    let library = sam.get("library?view=course").await;
    assert!(!library.text().contains("Continue where you stopped"));
}

#[tokio::test]
async fn a_page_of_staff_is_kept_and_counts_for_nothing() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let paper = notes(&running, &ada).await;
    let told = tell(&ada, paper, &[("pages", "7"), ("page", "7")]).await;
    assert_eq!(
        (&told["counts"], &told["percent"]),
        (&false.into(), &0.into())
    );
    assert!(
        opens(&ada, paper)
            .await
            .text()
            .contains("You stopped at page 7.")
    );
    let to = format!("media/{paper}/watched");
    for wrong in ["0", "-1", "seven", "1.5", "99999999999"] {
        let answer = ada.post(&to, &[("page", wrong)]).await;
        assert_eq!(answer.code(), "bad-request", "{wrong}");
    }
}

#[tokio::test]
async fn what_was_begun_stands_above_the_list() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let library = async |who: &Visitor<'_>| who.get("library?view=course").await;
    let begun = |page: &Answer| page.text().contains("Continue where you stopped");
    let item = hour(&running, &ada).await;
    assert!(!begun(&library(&sam).await));
    tell(&sam, item, &[("position", "754")]).await;
    let page = library(&sam).await;
    assert!(begun(&page) && page.text().contains("Stopped at 12:34"));
    assert!(page.text().contains(r#"<rect width="20""#));
    assert!(!begun(&library(&ada).await), "it is each person's own");
    assert!(!begun(&sam.get("library?view=course&q=a").await));
    // Not in another course, not what is finished, and not what is no longer theirs to see.
    let elsewhere = Coming {
        course: Some("art"),
        ..SAM
    };
    assert!(!begun(&library(&elsewhere.arrives(&running).await).await));
    pass(&running, 60);
    tell(&sam, item, &[("position", "3599")]).await;
    assert!(!begun(&library(&sam).await));
    pass(&running, 60);
    tell(&sam, item, &[("position", "754")]).await;
    assert!(begun(&library(&sam).await));
    let fields = [("title", "a"), ("visibility", "private")];
    ada.post(&format!("media/{item}/edit"), &fields).await;
    assert!(!begun(&library(&sam).await));
}

#[tokio::test]
async fn a_review_tells_what_was_seen_and_not_where_somebody_skipped_to() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let item = hour(&running, &ada).await;
    let launch = Launch {
        message: Message::SubmissionReview {
            for_user: "sam".into(),
        },
        ..ADA.launch()
    };
    opens(&sam, item).await;
    let ada = ADA.comes(&running, &launch, Some(item), None).await;
    assert!(
        opens(&ada, item)
            .await
            .text()
            .contains("Nothing watched yet")
    );
    pass(&running, 360);
    let fields = [("played", "0-360"), ("position", "3590")];
    tell(&sam, item, &fields).await;
    let page = opens(&ada, item).await;
    assert!(
        page.text()
            .contains("Has seen 10 % of it. Stopped at the end.")
    );
}

#[tokio::test]
async fn a_review_names_the_page_and_of_pictures_no_place() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let paper = notes(&running, &ada).await;
    let picture = ada
        .uploads("a.png", "course", b"\x89PNG\r\n\x1a\n picture")
        .await;
    knows(&running, picture, |item| item.location = Location::Untold).await;
    opens(&sam, picture).await;
    opens(&sam, paper).await;
    pass(&running, 5);
    tell(&sam, paper, &[("pages", "1,7"), ("page", "7")]).await;
    let launch = Launch {
        message: Message::SubmissionReview {
            for_user: "sam".into(),
        },
        ..ADA.launch()
    };
    let ada = ADA.comes(&running, &launch, Some(paper), None).await;
    let told = opens(&ada, paper).await;
    assert!(
        told.text()
            .contains("Has seen 20 % of it. Stopped at page 7. Last:")
    );
    let told = opens(&ada, picture).await;
    assert!(
        told.text().contains("Has seen 100 % of it. Last:"),
        "{}",
        told.text()
    );
}
