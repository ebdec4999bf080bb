//! What others use is handed over to somebody.

use super::*;
use crate::library::leaving::NOBODY;

#[tokio::test]
async fn what_others_use_is_handed_over_and_the_rest_goes() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let (store, adas) = (&running.app.store, user(&running, &ADA));
    let before = store.get::<Usage>(&adas).unwrap().unwrap();
    let unused = scene.herm.uploads("unused.mp4", "private", &film()).await;
    scene.erase(Media::HandOver(adas)).await;
    scene.is_done().await;
    assert_eq!(scene.left(), Vec::<String>::new());
    for item in [scene.placed, scene.private] {
        let row = store.get::<Items>(&item).unwrap().unwrap();
        assert_eq!(row.owner, adas, "placed, and shared with Ada");
    }
    assert!(store.get::<Items>(&unused).unwrap().is_none());
    let after = store.get::<Usage>(&adas).unwrap().unwrap();
    assert_eq!(after.items, before.items + 2);
    assert_eq!(after.bytes, before.bytes + 2 * film().len() as u64);
    assert_eq!(store.page::<Owned>(&(adas,), None, 9).unwrap().len(), 3);
    for (visitor, status) in [(&scene.ada, 200), (&scene.sam, 200)] {
        let page = visitor.get(&format!("media/{}", scene.placed)).await;
        assert_eq!(page.status.as_u16(), status);
    }
    let edit = scene.ada.get(&format!("media/{}/edit", scene.placed)).await;
    assert_eq!(edit.status, StatusCode::OK);
}

#[tokio::test]
async fn only_somebody_of_the_same_lms_takes_over() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let elsewhere = Coming {
        connection: 2,
        ..ADA
    };
    elsewhere.arrives(&running).await;
    let privacy = &running.app.privacy;
    for heir in [user(&running, &elsewhere), scene.id, UserId(4)] {
        let refused = privacy.erase(scene.id, Media::HandOver(heir), "ada").await;
        assert!(matches!(refused, Err(privacy::Error::NoHeir)), "{heir}");
    }
    assert!(running.app.store.get::<Users>(&scene.id).unwrap().is_some());
}

#[tokio::test]
async fn an_heir_who_goes_too_leaves_media_to_nobody() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let (app, adas) = (&running.app, user(&running, &ADA));
    app.privacy
        .erase(scene.id, Media::HandOver(adas), "ada")
        .await
        .unwrap();
    app.privacy.erase(adas, Media::Remove, "ada").await.unwrap();
    app.privacy.round().await.unwrap();
    scene.is_done().await;
    assert_eq!(scene.left(), Vec::<String>::new());
    let row = app.store.get::<Items>(&scene.placed).unwrap().unwrap();
    assert_eq!(row.owner, NOBODY);
    let page = scene.sam.get(&format!("media/{}", scene.placed)).await;
    assert_eq!(page.status, StatusCode::OK, "courses go on");
}

#[tokio::test]
async fn what_is_nobodys_is_given_to_somebody_of_the_same_lms() {
    let running = running(&[]).await;
    let scene = Scene::new(&running).await;
    let (app, adas) = (&running.app, user(&running, &ADA));
    let store = &app.store;
    scene.erase(Media::HandOver(adas)).await;
    app.privacy
        .erase(adas, Media::HandOver(user(&running, &SAM)), "ada")
        .await
        .unwrap();
    // Sam goes before anything became his.
    app.privacy
        .erase(user(&running, &SAM), Media::Remove, "ada")
        .await
        .unwrap();
    app.privacy.round().await.unwrap();
    scene.is_done().await;
    let left = app.privacy.nobodys().unwrap().number;
    assert_eq!(
        store.get::<Items>(&scene.placed).unwrap().unwrap().owner,
        NOBODY
    );
    assert!(left > 0);

    let elsewhere = Coming {
        connection: 2,
        ..ADA
    };
    elsewhere.arrives(&running).await;
    let other = user(&running, &elsewhere);
    assert_eq!(app.privacy.adopt(other, "ada").await.unwrap(), 0);
    let unknown = app.privacy.adopt(UserId(4), "ada").await;
    assert!(matches!(unknown, Err(privacy::Error::NoHeir)));
    let kim = Coming {
        subject: "kim",
        ..ADA
    };
    let visitor = kim.arrives(&running).await;
    let kims = user(&running, &kim);
    assert_eq!(app.privacy.adopt(kims, "ada").await.unwrap(), left);
    assert_eq!(app.privacy.nobodys().unwrap().number, 0);
    let row = store.get::<Items>(&scene.placed).unwrap().unwrap();
    assert_eq!(row.owner, kims);
    let edit = visitor.get(&format!("media/{}/edit", scene.placed)).await;
    assert_eq!(edit.status, StatusCode::OK);
    let usage = store.get::<Usage>(&kims).unwrap().unwrap();
    assert_eq!(usage.items, left as u64);
}
