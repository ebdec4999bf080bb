use std::fs;
use std::path::PathBuf;

use super::*;
use crate::library::testing::{Library, teacher};
use crate::store::rows::library::Visibility;

fn pictures(widths: &[u32]) -> Vec<Picture> {
    let picture = |width: &u32| Picture {
        width: *width,
        media_type: "image/jpeg".into(),
        bytes: vec![0; 10],
    };
    widths.iter().map(picture).collect()
}

fn files_of(folder: PathBuf) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn a_new_picture_takes_the_place_of_the_old() {
    let mut library = Library::new();
    let (store, world, folder) = (
        &library.store.clone(),
        &library.world.clone(),
        &library.folder.clone(),
    );
    let teacher = teacher();
    let id = library.item(&teacher, Visibility::Private, b"a film").await;
    let kept = library.kept(id).parent().unwrap().to_owned();
    let row = || store.get::<Items>(&id).unwrap().unwrap();
    let item = library.editable(&teacher, id);
    for widths in [&[320, 960][..], &[200], &[320, 960]] {
        set(store, world, &library.uploads, &item, pictures(widths))
            .await
            .unwrap();
        assert_eq!(row().pictures, widths);
        for width in widths {
            let file = store.get::<Files>(&(id, rendition(*width)));
            let file = file.unwrap().unwrap();
            folder.open(&file.path, file.len).await.unwrap();
        }
        assert_eq!(files_of(kept.clone()), 1 + widths.len());
    }

    let bad = set(store, world, &library.uploads, &item, Vec::new()).await;
    assert!(matches!(bad, Err(Error::BadPicture)));
    library.reserve(u64::MAX / 2);
    let full = set(store, world, &library.uploads, &item, pictures(&[200])).await;
    assert!(matches!(full, Err(Error::DiskFull)));
    assert_eq!(row().pictures, [320, 960], "what was there stays");
}
