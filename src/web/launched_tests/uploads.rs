//! Uploads by tus.

use std::time::Duration;

use super::*;
use crate::store::rows::library::Visibility;
use crate::store::trees::Items;

#[tokio::test]
async fn it_says_what_it_can() {
    let running = running(&[("LANTERNA_STORAGE__MAX_UPLOAD", "1 MB")]).await;
    let ada = ADA.arrives(&running).await;
    // The one request that needs no version.
    let answer = ada.ask(Method::OPTIONS, "uploads", &[]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("tus-version"), Some("1.0.0"));
    assert_eq!(answer.header("tus-max-size"), Some("1000000"));
    assert_eq!(
        answer.header("tus-extension"),
        Some("creation,creation-with-upload,termination,expiration,checksum")
    );
    assert_eq!(answer.header("tus-checksum-algorithm"), Some("sha1,sha256"));
}

#[tokio::test]
async fn another_version_is_refused() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    for headers in [&[][..], &[("tus-resumable", "0.2.2")]] {
        for method in [Method::POST, Method::HEAD, Method::PATCH, Method::DELETE] {
            let answer = ada.ask(method, "uploads", headers).await;
            assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
            assert_eq!(answer.header("tus-version"), Some("1.0.0"));
        }
    }
}

#[tokio::test]
async fn a_file_goes_up_in_parts() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let film = film();
    let names = metadata(&[
        ("filename", "waves.mp4"),
        ("title", "Wellen & Wogen ü"),
        ("visibility", "course"),
    ]);
    let upload = ada.begin(film.len(), &names).await;
    let answer = ada.patch(&upload, 0, &film[..400]).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("upload-offset"), Some("400"));
    assert_eq!(answer.header("tus-resumable"), Some("1.0.0"));
    // A week after the clock's 1_800_000_000.
    let ends = "Fri, 22 Jan 2027 08:00:00 GMT";
    assert_eq!(answer.header("upload-expires"), Some(ends));
    assert_eq!(answer.header("lanterna-item"), None);

    let answer = ada.tus(Method::HEAD, &upload, &[], b"").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("upload-offset"), Some("400"));
    assert_eq!(answer.header("upload-length"), Some("1000"));
    assert_eq!(answer.header("upload-metadata"), Some(names.as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    let answer = ada.patch(&upload, 400, &film[400..]).await;
    let item: ItemId = answer.header("lanterna-item").unwrap().parse().unwrap();
    let answer = ada.tus(Method::HEAD, &upload, &[], b"").await;
    assert_eq!(answer.header("lanterna-item"), Some(&*item.to_string()));
    let row = running.app.store.get::<Items>(&item).unwrap().unwrap();
    assert_eq!(row.title, "Wellen & Wogen ü");
    assert_eq!(row.visibility, Visibility::Course);

    let answer = ada.tus(Method::DELETE, &upload, &[], b"").await;
    assert_eq!(answer.code(), "upload-complete");
}

#[tokio::test]
async fn what_arrived_before_a_break_is_kept() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let film = film();
    let upload = ada.begin(film.len(), "").await;
    let answer = ada.broken_patch(&upload, "0", b"\0\0\0\x18ftypmp42").await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(answer.code(), "upload-interrupted");

    // In another session of the same person, in another course.
    let elsewhere = Coming {
        course: Some("art"),
        ..ADA
    };
    let later = elsewhere.arrives(&running).await;
    let answer = later.tus(Method::HEAD, &upload, &[], b"").await;
    assert_eq!(answer.header("upload-offset"), Some("12"));
    let answer = later.patch(&upload, 0, &film).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.code(), "upload-offset");
    let answer = later.patch(&upload, 12, &film[12..]).await;
    assert!(answer.header("lanterna-item").is_some());
}

#[tokio::test]
async fn an_upload_is_nobody_elses() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let upload = ada.begin(1000, "").await;
    let colleague = Coming {
        subject: "carl",
        ..ADA
    };
    let elsewhere = Coming {
        connection: 2,
        ..ADA
    };
    for other in [colleague, SAM, elsewhere] {
        let other = other.arrives(&running).await;
        for answer in [
            other.tus(Method::HEAD, &upload, &[], b"").await,
            other.patch(&upload, 0, b"mine").await,
            other.tus(Method::DELETE, &upload, &[], b"").await,
        ] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            assert_eq!(answer.header("tus-resumable"), Some("1.0.0"));
            assert_eq!(answer.header("upload-offset"), None);
        }
    }
    let answer = ada.tus(Method::HEAD, &upload, &[], b"").await;
    assert_eq!(answer.header("upload-offset"), Some("0"));
}

/// `Upload-Checksum` of these bytes.
fn sha256(bytes: &[u8]) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    format!("sha256 {}", STANDARD.encode(digest))
}

#[tokio::test]
async fn a_part_that_changed_on_its_way_is_not_kept() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let film = film();
    let upload = ada.begin(film.len(), "").await;
    let [first, rest] = [&film[..400], &film[400..]].map(sha256);
    for (offset, checksum, body, status) in [
        ("0", first.as_str(), &film[..399], 460),
        ("0", "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", &film[..400], 460),
        ("0", "md5 kAFQmDzST7DWlj99KOF/cg==", &film[..400], 400),
        ("0", "sha256", &film[..400], 400),
        ("0", first.as_str(), &film[..400], 204),
        ("400", first.as_str(), &film[400..], 460),
        ("400", rest.as_str(), &film[400..], 204),
    ] {
        let headers = [
            PATCHES[1],
            ("upload-offset", offset),
            ("upload-checksum", checksum),
        ];
        let answer = ada.tus(Method::PATCH, &upload, &headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{offset} {checksum}");
        match status {
            460 => assert_eq!(answer.code(), "upload-checksum"),
            400 => assert_eq!(answer.code(), "upload-bad-checksum"),
            _ => continue,
        }
        let answer = ada.tus(Method::HEAD, &upload, &[], b"").await;
        assert_eq!(answer.header("upload-offset"), Some(offset));
    }
    let answer = ada.tus(Method::HEAD, &upload, &[], b"").await;
    assert!(answer.header("lanterna-item").is_some());
}

#[tokio::test]
async fn a_file_that_comes_with_its_creation_is_checked_too() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let film = film();
    let [right, wrong] = [&film[..], b"another"].map(sha256);
    for (checksum, status) in [(wrong.as_str(), 460), ("crc32 AAAA", 400), (&right, 201)] {
        let headers = [
            PATCHES[1],
            ("upload-length", "1000"),
            ("upload-checksum", checksum),
        ];
        let answer = ada.tus(Method::POST, "uploads", &headers, &film).await;
        assert_eq!(answer.status.as_u16(), status, "{checksum}");
        assert_eq!(answer.header("lanterna-item").is_some(), status == 201);
        let page = ada.get("upload").await;
        assert!(!page.text().contains("data-state=\"left\""), "{checksum}");
    }
}

#[tokio::test]
async fn one_request_at_a_time_writes() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let upload = ada.begin(1000, "").await;
    let headers = [PATCHES, &[("upload-offset", "0")]].concat();
    let silent = StreamBody::new(stream::pending::<Result<Frame<Bytes>, std::io::Error>>());
    let first = ada.send(Method::PATCH, &upload, &headers, silent);
    let second = async {
        tokio::task::yield_now().await;
        ada.patch(&upload, 0, b"more").await
    };
    tokio::select! {
        biased;
        _ = first => panic!("its body never ends"),
        answer = second => {
            assert_eq!(answer.status, StatusCode::LOCKED);
            assert_eq!(answer.code(), "upload-locked");
        }
    }
}

#[tokio::test]
async fn a_file_can_come_with_its_creation() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let film = film();
    let headers = [PATCHES[1], ("upload-length", "1000")];
    let answer = ada.tus(Method::POST, "uploads", &headers, &film).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("upload-offset"), Some("1000"));
    assert!(answer.header("lanterna-item").is_some());

    let answer = ada
        .tus(Method::POST, "uploads", &headers, &film[..10])
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("upload-offset"), Some("10"));
    let upload = answer.header("location").unwrap();
    let answer = ada.patch(upload, 10, &film[10..]).await;
    assert!(answer.header("lanterna-item").is_some());

    let longer = [film.as_slice(), b"!"].concat();
    let answer = ada.tus(Method::POST, "uploads", &headers, &longer).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.code(), "upload-too-long");
}

#[tokio::test]
async fn what_cannot_become_an_upload_is_refused() {
    let running = running(&[("LANTERNA_STORAGE__MAX_UPLOAD", "1 kB")]).await;
    let ada = ADA.arrives(&running).await;
    let title = metadata(&[("title", &"t".repeat(201))]);
    let everybody = metadata(&[("visibility", "everybody")]);
    let len = ("upload-length", "10");
    for (headers, status, code) in [
        (&[][..], 400, "upload-length"),
        (&[("upload-defer-length", "1")], 400, "upload-length"),
        (&[("upload-length", "-1")], 400, "upload-length"),
        (&[("upload-length", "+1")], 400, "upload-length"),
        (
            &[("upload-length", "99999999999999999999")],
            400,
            "upload-length",
        ),
        (&[("upload-length", "0")], 400, "upload-empty"),
        (&[("upload-length", "1001")], 413, "upload-too-large"),
        (&[len, ("upload-metadata", "title !")], 400, "bad-request"),
        (&[len, ("upload-metadata", &everybody)], 400, "bad-request"),
        (&[len, ("upload-metadata", &title)], 400, "bad-title"),
    ] {
        let answer = ada.tus(Method::POST, "uploads", headers, b"").await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
        assert_eq!(answer.code(), code, "{headers:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    let sam = SAM.arrives(&running).await;
    let course = metadata(&[("visibility", "course")]);
    let headers = [len, ("upload-metadata", course.as_str())];
    let answer = sam.tus(Method::POST, "uploads", &headers, b"").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.code(), "visibility-refused");
}

#[tokio::test]
async fn what_is_no_part_of_an_upload_is_refused() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let upload = ada.begin(10, "").await;
    let offset = ("upload-offset", "0");
    let bytes = PATCHES[1];
    for (headers, body, status, code) in [
        (&[offset][..], &b"1"[..], 415, "upload-type"),
        (
            &[offset, ("content-type", "text/plain")],
            b"1",
            415,
            "upload-type",
        ),
        (&[bytes], b"1", 400, "bad-request"),
        (&[bytes, ("upload-offset", "x")], b"1", 400, "bad-request"),
        (&[bytes, ("upload-offset", "1")], b"1", 409, "upload-offset"),
        (&[bytes, offset], b"12345678901", 400, "upload-too-long"),
    ] {
        let answer = ada.tus(Method::PATCH, &upload, headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
        assert_eq!(answer.code(), code, "{headers:?}");
    }
    // Nor is the method that a header names the request's.
    let headers = [bytes, offset, ("x-http-method-override", "PATCH")];
    let answer = ada.tus(Method::POST, &upload, &headers, b"1").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn an_upload_ends_by_wish_and_by_time() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let upload = ada.begin(10, "").await;
    let answer = ada.tus(Method::DELETE, &upload, &[], b"").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let answer = ada.tus(Method::HEAD, &upload, &[], b"").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);

    let upload = ada.begin(10, "").await;
    running.clock.advance(Duration::from_hours(24 * 7));
    let later = ADA.arrives(&running).await;
    let answer = later.tus(Method::HEAD, &upload, &[], b"").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_lists_what_the_person_left_and_the_room_there_is() {
    let quota = [("LANTERNA_STORAGE__QUOTA_PER_PERSON", "500 kB")];
    let running = running(&quota).await;
    let ada = ADA.arrives(&running).await;
    let film = film();
    let told = metadata(&[
        ("filename", "waves & tides.mp4"),
        ("modified", "1795356300000"),
    ]);
    let upload = ada.begin(film.len(), &told).await;
    ada.patch(&upload, 0, &film[..400]).await;
    ada.uploads("done.mp4", "private", &film).await;

    // A later session of the same person.
    let page = ADA.arrives(&running).await.get("upload").await;
    let id = upload.strip_prefix("uploads/").unwrap();
    let row = format!(
        "data-id=\"{id}\" data-name=\"waves &amp; tides.mp4\" data-size=\"1000\" \
         data-modified=\"1795356300000\""
    );
    assert!(page.text().contains(&row), "{}", page.text());
    assert_eq!(page.text().matches("data-state=\"left\"").count(), 1);
    assert_eq!(page.attribute("data-room"), Some("498000"));

    let others = SAM.arrives(&running).await.get("upload").await;
    assert!(!others.text().contains("data-state=\"left\""));
    assert_eq!(others.attribute("data-room"), Some("500000"));
}

#[tokio::test]
async fn each_is_offered_what_their_launch_may_show() {
    let running = running(&[]).await;
    for (who, offered) in [
        (&ADA, &["private", "course", "school"][..]),
        (&SAM, &["private"]),
    ] {
        let visitor = who.arrives(&running).await;
        let page = visitor.get("upload").await;
        for visibility in ["private", "course", "school", "unlisted", "public"] {
            let found = page.text().contains(&format!("value=\"{visibility}\""));
            assert_eq!(found, offered.contains(&visibility), "{visibility}");
        }
        for visibility in offered {
            visitor.uploads("a.mp4", visibility, &film()).await;
        }
    }
}

#[tokio::test]
async fn a_course_that_is_full_says_so_to_everybody_in_it() {
    let quota = [("LANTERNA_STORAGE__QUOTA_PER_COURSE", "500 kB")];
    let running = running(&quota).await;
    let (ada, sam) = (ADA.arrives(&running).await, SAM.arrives(&running).await);
    ada.begin(400_000, &metadata(&[("filename", "a.mp4")]))
        .await;
    let page = sam.get("upload").await;
    assert_eq!(page.attribute("data-room"), Some("100000"));
    sam.begin(100_000, &metadata(&[("filename", "b.mp4")]))
        .await;
    let told = metadata(&[("filename", "c.mp4")]);
    let headers = [("upload-length", "1"), ("upload-metadata", told.as_str())];
    let refused = sam.tus(Method::POST, "uploads", &headers, b"").await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        refused.text().contains("upload-course-quota"),
        "{}",
        refused.text()
    );
}
