use std::fs;
use std::path::PathBuf;

use image::{ImageBuffer, Rgb};
use proptest::prelude::*;

use super::*;
use crate::library::testing::{Library, teacher};
use crate::store::rows::library::Visibility;

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = ImageBuffer::from_fn(width, height, |x, y| {
        let [.., x] = x.to_be_bytes();
        let [.., y] = y.to_be_bytes();
        Rgb([x, y, 90])
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn size(jpeg: &[u8]) -> (u32, u32) {
    let reader = ImageReader::with_format(Cursor::new(jpeg), ImageFormat::Jpeg);
    reader.into_dimensions().unwrap()
}

#[test]
fn a_picture_is_drawn_in_each_width_and_never_enlarged() {
    for (width, height, expected) in [
        (1280, 720, vec![(320, (320, 180)), (960, (960, 540))]),
        (640, 360, vec![(320, (320, 180)), (960, (640, 360))]),
        (200, 100, vec![(320, (200, 100))]),
        (100, 4000, vec![(320, (32, 1280))]),
    ] {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let drawn = draw(&picture(width, height, format)).unwrap();
            let drawn: Vec<_> = drawn.iter().map(|d| (d.width, size(&d.bytes))).collect();
            assert_eq!(drawn, expected, "{width} × {height} {format:?}");
        }
    }
}

#[test]
fn what_is_no_picture_that_is_taken_is_refused() {
    let jpeg = picture(64, 64, ImageFormat::Jpeg);
    // A picture that says it is larger than it can be: width and height of a PNG's first chunk.
    let mut bomb = picture(8, 8, ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
    for bytes in [
        &b""[..],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        &picture(8, 8, ImageFormat::Gif),
        &jpeg[..20],
        &bomb,
    ] {
        assert_eq!(draw(bytes), None);
    }
}

fn files_of(folder: PathBuf) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn a_new_picture_takes_the_place_of_the_old() {
    let library = Library::new();
    let teacher = teacher();
    let id = library.item(&teacher, Visibility::Private, b"a film").await;
    let folder = library.kept(id).parent().unwrap().to_owned();
    let row = || library.store.get::<Items>(&id).unwrap().unwrap();
    let large = picture(1280, 720, ImageFormat::Jpeg);
    for (bytes, widths) in [
        (large.clone(), vec![320, 960]),
        (picture(300, 200, ImageFormat::WebP), vec![320]),
        (large, vec![320, 960]),
    ] {
        let item = library.editable(&teacher, id);
        set(
            &library.store,
            &library.world,
            &library.folder,
            &item,
            bytes,
        )
        .await
        .unwrap();
        assert_eq!(row().pictures, widths);
        for width in &widths {
            let file = library.store.get::<Files>(&(id, rendition(*width)));
            let file = file.unwrap().unwrap();
            assert_eq!(file.media_type, "image/jpeg");
            library.folder.open(&file).await.unwrap();
        }
        assert_eq!(files_of(folder.clone()), 1 + widths.len());
    }

    let item = library.editable(&teacher, id);
    let bad = set(
        &library.store,
        &library.world,
        &library.folder,
        &item,
        b"not a picture".to_vec(),
    );
    assert!(matches!(bad.await, Err(Error::BadPicture)));
    assert_eq!(row().pictures, [320, 960], "what was there stays");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_change_of_a_picture_is_taken_without_panic(
        changes in prop::collection::vec((0_usize..600, any::<u8>()), 1..20),
        cut in 0_usize..600,
        format in prop::sample::select(vec![ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP]),
    ) {
        let mut bytes = picture(24, 16, format);
        for (at, byte) in changes {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let _ = draw(&bytes);
        bytes.truncate(cut);
        let _ = draw(&bytes);
    }
}
