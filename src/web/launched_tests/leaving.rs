//! What the people of a deleted connection left: removed in the background once an administrator
//! wants it, but nothing of those who came over to another connection.

use super::*;
use crate::app::leaving::round;
use crate::people::arrival::Joins;
use crate::people::connections::changes::delete;
use crate::people::connections::gone::want_removal;
use crate::store::trees::Items;

const OLD: Coming = Coming {
    connection: 2,
    ..ADA
};

#[tokio::test]
async fn what_was_left_is_removed_once_it_is_wanted() {
    let running = running(&[]).await;
    let app = &running.app;
    let bytes = film();
    let left = OLD.arrives(&running).await;
    let left = left.uploads("Film.mp4", "public", &bytes).await;
    let of_another = ADA.arrives(&running).await;
    let of_another = of_another.uploads("Film.mp4", "private", &bytes).await;
    let joined = Coming {
        subject: "old-grace",
        ..OLD
    };
    let kept = joined.arrives(&running).await;
    let kept = kept.uploads("Film.mp4", "private", &bytes).await;
    let joins = Joins {
        consumer: ConnectionId(2),
        user: "old-grace".into(),
        context: None,
    };
    let grace = Coming {
        subject: "grace",
        ..ADA
    };
    let came_for = (None, None);
    let grace = grace
        .comes_joining(&running, &grace.launch(), came_for, Some(joins))
        .await;

    let there = || {
        let items = app.store.page::<Items>(&(), None, 10).unwrap();
        let mut ids: Vec<ItemId> = items.into_iter().map(|(id, _)| id).collect();
        ids.sort_unstable();
        ids
    };
    let mut all = vec![left, of_another, kept];
    all.sort_unstable();
    let old = ConnectionId(2);
    let wants = async || {
        let by = ("grace", app.world.now());
        want_removal(&app.store, old, by, |_| {}).await.unwrap()
    };
    assert!(!wants().await, "it is not deleted");
    round(app, || false).await.unwrap();
    delete(&app.store, &app.world, old, |_| {}).await.unwrap();
    round(app, || false).await.unwrap();
    assert_eq!(there(), all, "nobody wants it");
    assert!(wants().await);
    round(app, || true).await.unwrap();
    assert_eq!(there(), all, "it is to stop");
    round(app, || false).await.unwrap();
    all.retain(|id| *id != left);
    assert_eq!(there(), all);
    let row = app.store.get::<Connections>(&old).unwrap().unwrap();
    let removal = row.removal.unwrap();
    assert_eq!((removal.items, removal.bytes), (1, 1000));
    assert!(removal.done.is_some());
    let page = grace.get(&format!("media/{kept}/edit")).await;
    assert_eq!(page.status, StatusCode::OK);
    let outside = get(&running, &format!("/media/{left}"), &[]).await;
    assert_eq!(outside.status, StatusCode::NOT_FOUND);
}
