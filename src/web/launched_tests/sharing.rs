//! Sharing by name, links and placements, as their owner meets them.

use super::doors::{Scene, in_course};
use super::*;
use crate::library::links;
use crate::store::Commit;
use crate::store::ids::UserId;
use crate::store::rows::library::Claim;
use crate::store::trees::{ClaimedFrom, Claims, Courses, Placed};

/// Somebody new in the course of physics.
fn newcomer(subject: &'static str, name: &'static str, role: &'static str) -> Coming {
    Coming {
        subject,
        name: Some(name),
        role,
        ..ADA
    }
}

#[tokio::test]
async fn people_of_the_course_are_offered_staff_first() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "private").await;
    newcomer("zoe", "Zoë Teacher", TEACHER)
        .arrives(&running)
        .await;
    in_course(&newcomer("far", "Far Away", STUDENT), "art")
        .arrives(&running)
        .await;
    let page = scene.ada.get(&scene.below("share")).await;
    let (_, rest) = page.text().split_once("People of this course").unwrap();
    let (zoe, sam) = (rest.find("Zoë Teacher"), rest.find("Sam"));
    assert!(zoe.unwrap() < sam.unwrap());
    for absent in ["Far Away", "Ada Lovelace", "Vera Rubin"] {
        assert!(!rest.contains(absent), "{absent}");
    }
    assert!(
        page.text().contains("Vera Rubin"),
        "among those who have it"
    );
    assert!(
        page.text()
            .contains("You, 2 people you chose and everyone in the course “Course of chemistry”")
    );
}

#[tokio::test]
async fn many_people_come_in_pages_and_are_found() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "private").await;
    for number in 0..45 {
        let subject: &'static str = format!("s{number}").leak();
        let name: &'static str = format!("Student {number:02} <b>").leak();
        newcomer(subject, name, STUDENT).arrives(&running).await;
    }
    let share = scene.below("share");
    let count = |text: &str| text.matches("Let them see it").count();
    let mut below = share.clone();
    let mut pages = Vec::new();
    loop {
        let page = scene.ada.get(&below).await;
        assert!(!page.text().contains("<b>"));
        pages.push(count(page.text()));
        let Some((_, rest)) = page.text().split_once(r#"<a class="button" href="share?"#) else {
            break;
        };
        let query = rest.split(['"', '#']).next().unwrap().replace("&amp;", "&");
        below = format!("{share}?{query}");
    }
    // Sam and the 45.
    assert_eq!(pages, [20, 20, 6]);
    let found = scene.ada.get(&format!("{share}?name=student+07")).await;
    assert!(found.text().contains("Student 07 &lt;b&gt;"));
    assert_eq!(count(found.text()), 1);
    let none = scene
        .ada
        .get(&format!("{share}?name=nobody&from=99999999999"))
        .await;
    assert!(
        none.text()
            .contains("Nobody of this course has such a name.")
    );
}

#[tokio::test]
async fn sharing_gives_and_takes_at_once() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "private").await;
    let sam = SAM.arrives(&running).await;
    let id = scene.user(&SAM).await;
    let page = format!("media/{}", scene.item);
    let file = scene.file(&sam, "original");
    let edit = scene.below("edit");
    let states = async || {
        [
            sam.get(&page).await.status.as_u16(),
            get(&running, &file, &[]).await.status.as_u16(),
            sam.get(&edit).await.status.as_u16(),
        ]
    };
    assert_eq!(states().await, [404, 404, 404]);
    let user = ("user", id.as_str());
    scene.does("share", &[user, ("role", "viewer")]).await;
    assert_eq!(states().await, [200, 200, 403]);
    assert!(
        sam.get(&page)
            .await
            .text()
            .contains("The people it was shared with")
    );
    scene.does("share", &[user, ("role", "editor")]).await;
    assert_eq!(states().await, [200, 200, 200]);
    scene.does("unshare", &[user]).await;
    assert_eq!(states().await, [404, 404, 404]);
    for fields in [
        &[][..],
        &[user],
        &[user, ("role", "owner")],
        &[("user", "x"), ("role", "viewer")],
    ] {
        let answer = scene.ada.post(&scene.below("share"), fields).await;
        assert_eq!(answer.code(), "bad-request");
    }
    let nobody = [("user", "0000000000000001"), ("role", "viewer")];
    let answer = scene.ada.post(&scene.below("share"), &nobody).await;
    assert_eq!(answer.code(), "sharing-refused");
}

#[tokio::test]
async fn an_editor_changes_words_and_nothing_else() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "private").await;
    let sam = SAM.arrives(&running).await;
    let id = scene.user(&SAM).await;
    scene
        .does("share", &[("user", &id), ("role", "editor")])
        .await;
    let edit = scene.below("edit");
    let form = sam.get(&edit).await;
    for absent in ["visibility", "downloadable", "delete"] {
        assert!(!form.text().contains(absent), "{absent}");
    }
    let answer = sam.post(&edit, &[("title", "By Sam"), ("tags", "x")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    for more in [("visibility", "private"), ("downloadable", "on")] {
        let answer = sam.post(&edit, &[("title", "Again"), more]).await;
        assert_eq!(answer.code(), "not-yours");
    }
    let page = scene.ada.get(&format!("media/{}", scene.item)).await;
    assert!(page.text().contains("<h1>By Sam</h1>"));
}

#[tokio::test]
async fn an_unlisted_item_has_so_many_links() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "unlisted").await;
    let share = scene.below("share");
    for _ in 0..links::MOST {
        scene.does("link", &[]).await;
    }
    let page = scene.ada.get(&share).await;
    assert_eq!(page.text().matches("Take it back").count(), links::MOST);
    assert!(page.text().contains("There are 20 links"));
    assert!(page.text().contains("whoever has one of your 20 links"));
    let answer = scene.ada.post(&scene.below("link"), &[]).await;
    assert_eq!(answer.code(), "too-many-links");
    scene.shows("private").await;
    let answer = scene.ada.post(&scene.below("link"), &[]).await;
    assert_eq!(answer.code(), "not-unlisted");
}

#[tokio::test]
async fn a_placement_opens_its_course_until_it_is_taken_out() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "private").await;
    let there = in_course(&ADA, "art").arrives(&running).await;
    let student = in_course(&SAM, "art").arrives(&running).await;
    let page = format!("media/{}", scene.item);
    let file = scene.file(&student, "original");
    let opens = async || {
        let [page, bytes] = [
            student.get(&page).await.status,
            get(&running, &file, &[]).await.status,
        ];
        assert_eq!(page, bytes);
        page == StatusCode::OK
    };
    assert!(!opens().await);
    // Pressing twice makes one.
    for _ in 0..2 {
        there.post(&scene.below("place"), &[]).await;
    }
    assert!(opens().await);
    assert!(
        student
            .get(&page)
            .await
            .text()
            .contains("Everyone in this course")
    );

    let share = there.get(&scene.below("share")).await;
    let public = running.app.public().join("/lti/launch/");
    let (_, rest) = share
        .text()
        .split_once(&format!("value=\"{public}"))
        .unwrap();
    let placement = rest.split('"').next().unwrap();
    assert!(share.text().contains(&format!("placement={placement}")));
    assert_eq!(
        share.text().matches("Take it out").count(),
        2,
        "here and chemistry"
    );
    assert!(share.text().contains("“Course of chemistry”"));
    scene.does("unplace", &[("placement", placement)]).await;
    assert!(!opens().await);
    let answer = scene
        .ada
        .post(&scene.below("unplace"), &[("placement", "x")])
        .await;
    assert_eq!(answer.code(), "bad-request");
    let nothing = "0".repeat(32);
    let answer = scene
        .ada
        .post(&scene.below("unplace"), &[("placement", &nothing)])
        .await;
    assert_eq!(answer.code(), "not-found");
}

#[tokio::test]
async fn a_copy_opens_it_until_it_is_taken_out_and_again() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "private").await;
    let student = in_course(&SAM, "art").arrives(&running).await;
    let store = &running.app.store;
    let ((origin, _, placement), ()) = store.page::<Placed>(&(), None, 1).unwrap().remove(0);
    let courses = store.page::<Courses>(&(), None, 9).unwrap();
    let art = courses
        .iter()
        .find(|(_, row)| row.title.as_deref() == Some("Course of art"));
    let copy = art.unwrap().0;
    let claim = Claim {
        placement,
        by: UserId(1),
        created: running.app.world.now(),
        by_history: true,
        through: None,
        revoked: None,
    };
    let mut commit = Commit::new();
    commit
        .put::<Claims>(&(copy, origin), &claim)
        .put::<ClaimedFrom>(&(origin, copy), &());
    store.commit(commit).await.unwrap();

    let (page, share) = (format!("media/{}", scene.item), scene.below("share"));
    let course = copy.to_string();
    for (door, label, status) in [
        ("withdraw", "Take it out", StatusCode::NOT_FOUND),
        ("allow", "Let it open again", StatusCode::OK),
    ] {
        let shown = scene.ada.get(&share).await;
        let action = format!("action=\"{door}\"");
        assert!(shown.text().contains(&action) && shown.text().contains(label));
        scene.does(door, &[("course", &course)]).await;
        assert_eq!(student.get(&page).await.status, status, "{door}");
        let answer = scene.ada.post(&scene.below(door), &[]).await;
        assert_eq!(answer.code(), "bad-request");
    }
}

#[tokio::test]
async fn many_courses_come_in_pages() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "private").await;
    for number in 0..52 {
        let course: &'static str = format!("course {number}").leak();
        let there = in_course(&ADA, course).arrives(&running).await;
        there.post(&scene.below("place"), &[]).await;
        running.clock.advance(std::time::Duration::from_secs(1));
    }
    let ada = ADA.arrives(&running).await;
    let share = scene.below("share");
    for (query, found) in [("", 50), ("?places=50", 3), ("?places=99", 0)] {
        let page = ada.get(&format!("{share}{query}")).await;
        assert_eq!(page.text().matches("Take it out").count(), found, "{query}");
        assert_eq!(
            page.text().contains("share?places=50#course"),
            query.is_empty()
        );
    }
}

#[tokio::test]
async fn colleagues_place_what_the_course_sees_and_see_no_more() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "school").await;
    let carl = newcomer("carl", "Carl Gauss", TEACHER);
    let carl = in_course(&carl, "art").arrives(&running).await;
    let page = carl.get(&format!("media/{}", scene.item)).await;
    assert!(page.text().contains("Use in this course"));
    carl.post(&scene.below("place"), &[]).await;
    let page = carl.get(&scene.below("share")).await;
    assert!(page.text().contains("/lti/launch/"));
    for owners in ["Vera Rubin", "chemistry", "Take it out", "Links", "unshare"] {
        assert!(!page.text().contains(owners), "{owners}");
    }
    // Hidden again, it stays where it was put: that is what the owner takes back.
    scene.shows("private").await;
    assert_eq!(
        carl.get(&format!("media/{}", scene.item)).await.status,
        StatusCode::OK
    );
    assert_eq!(
        carl.get(&scene.below("share")).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn an_embedded_page_is_the_item_alone() {
    let running = running(&[]).await;
    let scene = Scene::new(&running, "course").await;
    let sam = SAM.arrives(&running).await;
    let page = sam.get(&format!("embed/{}", scene.item)).await;
    assert!(page.text().contains("<h1>Waves</h1>"));
    assert!(page.text().contains("<video"));
    for absent in ["<nav", "<header", "sign-out", "<form", sam.token.as_str()] {
        assert!(!page.text().contains(absent), "{absent}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("frame-ancestors 'self' {PLATFORM}")));
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn students_keep_to_themselves() {
    let running = running(&[]).await;
    let sam = SAM.arrives(&running).await;
    let item = sam.uploads("a.mp4", "private", &film()).await;
    let page = sam.get(&format!("media/{item}")).await;
    assert!(page.text().contains("Only you"));
    assert!(!page.text().contains(&format!("{item}/share")));
    for (door, fields) in [
        (
            "share",
            &[("user", "0000000000000001"), ("role", "viewer")][..],
        ),
        ("place", &[]),
        ("edit", &[("title", "x"), ("visibility", "unlisted")]),
    ] {
        let answer = sam.post(&format!("media/{item}/{door}"), fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{door}");
    }
    let answer = sam.post(&format!("media/{item}/link"), &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
}
