//! Collections: made and kept in order by their owner, shown as one page, placed like everything
//! else, and opening no more than their owner might show.

use http::StatusCode;

use super::*;

/// Makes a collection with these items in it.
pub(super) async fn collected(owner: &Visitor<'_>, title: &str, items: &[ItemId]) -> ItemId {
    let answer = owner.post("collections/new", &[("title", title)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let location = answer.header("location").unwrap();
    let id = location.strip_prefix("../media/").unwrap();
    let id: ItemId = id.strip_suffix("/contents").unwrap().parse().unwrap();
    for item in items {
        put(owner, id, "add", *item).await;
    }
    id
}

async fn put(owner: &Visitor<'_>, id: ItemId, act: &str, item: ItemId) {
    let item = item.to_string();
    let answer = owner
        .post(&format!("media/{id}/contents"), &[(act, &item)])
        .await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "{act}: {}",
        answer.text()
    );
}

async fn place(teacher: &Visitor<'_>, item: ItemId) {
    let answer = teacher.post(&format!("media/{item}/place"), &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

async fn opens(visitor: &Visitor<'_>, item: ItemId) -> bool {
    let answer = visitor.get(&format!("media/{item}")).await;
    match answer.status {
        StatusCode::OK => true,
        StatusCode::NOT_FOUND => false,
        other => panic!("{other}"),
    }
}

/// The titles that a collection's page lists, in order.
async fn listed(visitor: &Visitor<'_>, id: ItemId) -> Vec<String> {
    let page = visitor.get(&format!("media/{id}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let Some((_, list)) = page.text().split_once("<nav class=\"collection-list\"") else {
        return Vec::new();
    };
    let list = list.split("</nav>").next().unwrap();
    let titles = list.split("<span>").skip(1);
    titles
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_collection_shows_each_thing_in_its_order() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let one = ada.uploads("one.mp4", "private", &film()).await;
    let two = ada.uploads("two.mp4", "private", &film()).await;
    let id = collected(&ada, "Waves", &[one, two, one]).await;
    assert_eq!(listed(&ada, id).await, ["one", "two"]);
    put(&ada, id, "up", two).await;
    put(&ada, id, "up", two).await;
    assert_eq!(listed(&ada, id).await, ["two", "one"]);
    let second = ada.get(&format!("media/{id}?at=2")).await;
    assert!(second.text().contains(&format!("/files/{one}/original")));
    assert!(!second.text().contains(&format!("/files/{two}/original")));
    assert!(second.text().contains(&format!("{one}/watched")));
    let inside = ada.get(&format!("embed/{id}?at=2")).await;
    assert!(inside.text().contains(&format!("/files/{one}/original")));
    put(&ada, id, "down", two).await;
    assert_eq!(listed(&ada, id).await, ["one", "two"]);
    put(&ada, id, "remove", one).await;
    assert_eq!(listed(&ada, id).await, ["two"]);
    // What is deleted is in no collection.
    ada.post(&format!("media/{two}/delete"), &[]).await;
    assert_eq!(listed(&ada, id).await, Vec::<String>::new());
    ada.post(&format!("media/{two}/restore"), &[]).await;
    assert_eq!(listed(&ada, id).await, ["two"]);
    ada.post(&format!("media/{two}/delete"), &[]).await;
    ada.post(&format!("media/{two}/delete-for-good"), &[]).await;
    assert_eq!(listed(&ada, id).await, Vec::<String>::new());
}

#[tokio::test]
async fn placing_a_collection_places_what_is_in_it() {
    let running = running(&[]).await;
    let (ada, sam) = (ADA.arrives(&running).await, SAM.arrives(&running).await);
    let one = ada.uploads("one.mp4", "private", &film()).await;
    let two = ada.uploads("two.mp4", "private", &film()).await;
    let id = collected(&ada, "Waves", &[one]).await;
    assert!(!opens(&sam, id).await && !opens(&sam, one).await);
    place(&ada, id).await;
    assert!(opens(&sam, id).await && opens(&sam, one).await);
    assert!(!opens(&sam, two).await);
    assert_eq!(listed(&sam, id).await, ["one"]);
    // In another course it opens nothing.
    let elsewhere = Coming {
        course: Some("biology"),
        ..SAM
    };
    let elsewhere = elsewhere.arrives(&running).await;
    assert!(!opens(&elsewhere, id).await && !opens(&elsewhere, one).await);
    // What comes later opens, what goes closes.
    put(&ada, id, "add", two).await;
    assert!(opens(&sam, two).await);
    put(&ada, id, "remove", one).await;
    assert!(!opens(&sam, one).await);
    ada.post(&format!("media/{id}/delete"), &[]).await;
    assert!(!opens(&sam, two).await && !opens(&sam, id).await);
}

#[tokio::test]
async fn a_collection_shows_nothing_that_its_owner_might_not() {
    let running = running(&[]).await;
    let ben = Coming {
        subject: "ben",
        name: Some("Ben"),
        course: Some("biology"),
        ..ADA
    };
    let (ada, ben) = (ADA.arrives(&running).await, ben.arrives(&running).await);
    let sam = SAM.arrives(&running).await;
    // Ben's biology course may see it; that does not make it Ada's to show to hers.
    let his = ben.uploads("his.mp4", "course", &film()).await;
    let in_his = Coming {
        course: Some("biology"),
        ..ADA
    };
    let in_his = in_his.arrives(&running).await;
    assert!(opens(&in_his, his).await);
    let id = collected(&in_his, "Mine", &[his]).await;
    assert_eq!(listed(&in_his, id).await, ["his"]);
    place(&ada, id).await;
    assert!(opens(&sam, id).await);
    assert!(!opens(&sam, his).await);
    assert_eq!(listed(&sam, id).await, Vec::<String>::new());
    // A collection that is shown to the whole school opens nothing by itself.
    let own = ada.uploads("own.mp4", "private", &film()).await;
    put(&ada, id, "add", own).await;
    let change = [("title", "Mine"), ("visibility", "school")];
    let answer = ada.post(&format!("media/{id}/edit"), &change).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(opens(&ben, id).await && !opens(&ben, own).await);
}

#[tokio::test]
async fn only_its_editors_change_a_collection() {
    let running = running(&[]).await;
    let (ada, sam) = (ADA.arrives(&running).await, SAM.arrives(&running).await);
    let own = sam.uploads("own.mp4", "private", &film()).await;
    let hers = ada.uploads("hers.mp4", "private", &film()).await;
    let id = collected(&ada, "Waves", &[hers]).await;
    place(&ada, id).await;
    let add = [("add", &*own.to_string())];
    let answer = sam.post(&format!("media/{id}/contents"), &add).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        sam.get(&format!("media/{id}/contents")).await.status,
        StatusCode::FORBIDDEN
    );
    // What one may not open cannot be put in, nor a collection into itself.
    let add = [("add", &*own.to_string())];
    let answer = ada.post(&format!("media/{id}/contents"), &add).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let add = [("add", &*id.to_string())];
    let answer = ada.post(&format!("media/{id}/contents"), &add).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let answer = ada.post(&format!("media/{hers}/contents"), &add).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    // Students have collections, too: of their own, for themselves.
    let mine = collected(&sam, "Mine", &[own]).await;
    assert_eq!(listed(&sam, mine).await, ["own"]);
    assert!(!opens(&ada, mine).await);
    let untitled = sam.post("collections/new", &[("title", " ")]).await;
    assert_eq!(untitled.status, StatusCode::BAD_REQUEST);
}
