//! What goes later: written meanwhile, or because somebody comes no more.

use super::*;

#[tokio::test]
async fn what_was_written_meanwhile_goes_with_the_second_look() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    scene.erase(Media::Remove).await;
    assert_eq!(
        scene
            .left()
            .iter()
            .filter(|one| !one.starts_with("erasures"))
            .count(),
        0,
        "{:?}",
        scene.left()
    );
    // A request that was under way.
    let member = crate::store::rows::people::Member::new(
        crate::store::rows::people::Role::Member,
        running.app.world.now(),
    );
    let course = CourseId(12);
    let mut commit = Commit::new();
    commit
        .put::<Members>(&(course, scene.id), &member)
        .put::<MemberOf>(&(scene.id, course), &());
    running.app.store.commit(commit).await.unwrap();
    scene.is_done_after_two_looks().await;
    assert_eq!(scene.left(), Vec::<String>::new());
}

impl Scene<'_> {
    async fn is_done_after_two_looks(&self) {
        self.running.clock.advance(Duration::from_mins(16));
        self.running.app.privacy.round().await.unwrap();
        self.is_done().await;
    }
}

#[tokio::test]
async fn whoever_comes_no_more_is_erased_in_time_but_for_media_that_others_use() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let (app, kept) = (&running.app, Duration::from_hours(24 * 100));
    running.clock.advance(Duration::from_hours(24 * 99));
    ADA.arrives(&running).await;
    app.privacy.retire(kept).await.unwrap();
    assert_eq!(app.privacy.due(kept).unwrap().number, 0);
    running.clock.advance(Duration::from_hours(48));
    assert_eq!(app.privacy.due(kept).unwrap().number, 2, "all but Ada");
    let sams = user(&running, &SAM);
    app.privacy.retire(kept).await.unwrap();
    assert!(app.store.get::<Users>(&sams).unwrap().is_none());
    assert!(app.store.get::<Users>(&scene.id).unwrap().is_some());
    let (waiting, more) = app.privacy.waiting(kept, None, 10).unwrap();
    assert_eq!(
        waiting.iter().map(|one| one.id).collect::<Vec<_>>(),
        [scene.id]
    );
    assert!(more.is_none());
}
