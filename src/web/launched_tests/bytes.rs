//! The bytes of media: who gets them, and which.

use std::time::Duration;

use super::*;

fn secured(answer: &Answer) {
    for (name, value) in [
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("cache-control", "private, no-cache"),
        ("referrer-policy", "no-referrer"),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{}", answer.status);
    }
}

#[tokio::test]
async fn a_player_gets_what_it_asks_for() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let film = film();
    let item = ada.uploads("waves ü.mp4", "private", &film).await;
    let address = ada.address(item).await;
    let whole = get(&running, &address, &[]).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert_eq!(whole.body, film);
    assert_eq!(whole.header("content-type"), Some("video/mp4"));
    assert_eq!(whole.header("content-length"), Some("1000"));
    assert_eq!(
        whole.header("content-disposition"),
        Some("inline; filename=\"waves _.mp4\"; filename*=UTF-8''waves%20%C3%BC.mp4")
    );
    secured(&whole);
    let etag = whole.header("etag").unwrap();
    for (headers, status, range, body) in [
        (
            &[("range", "bytes=10-19")][..],
            206,
            Some("bytes 10-19/1000"),
            &film[10..20],
        ),
        (
            &[("range", "bytes=-5")],
            206,
            Some("bytes 995-999/1000"),
            &film[995..],
        ),
        (&[("range", "bytes=1000-")], 416, Some("bytes */1000"), b""),
        (
            &[("range", "bytes=0-1"), ("if-range", etag)],
            206,
            Some("bytes 0-1/1000"),
            &film[..2],
        ),
        (
            &[("range", "bytes=0-1"), ("if-range", "\"old\"")],
            200,
            None,
            &film,
        ),
        (&[("if-none-match", etag)], 304, None, b""),
        (&[("if-none-match", "\"old\"")], 200, None, &film),
    ] {
        let answer = get(&running, &address, headers).await;
        assert_eq!(answer.status.as_u16(), status, "{headers:?}");
        assert_eq!(answer.header("content-range"), range, "{headers:?}");
        assert_eq!(answer.body, body, "{headers:?}");
        assert_eq!(answer.header("etag"), Some(etag), "{headers:?}");
        secured(&answer);
    }
}

#[tokio::test]
async fn several_ranges_come_in_one_answer() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let address = ada.address(item).await;
    let answer = get(&running, &address, &[("range", "bytes=0-1,500-501")]).await;
    assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT);
    let kind = answer.header("content-type").unwrap().to_owned();
    let boundary = kind.strip_prefix("multipart/byteranges; boundary=");
    let boundary = boundary.unwrap();
    let film = film();
    let part = |from: usize, to: usize| {
        let head = format!(
            "\r\n--{boundary}\r\nContent-Type: video/mp4\r\n\
             Content-Range: bytes {from}-{to}/1000\r\n\r\n"
        );
        [head.as_bytes(), &film[from..=to]].concat()
    };
    let end = format!("\r\n--{boundary}--\r\n");
    let whole = [part(0, 1), part(500, 501), end.into_bytes()].concat();
    let expected = whole.strip_prefix(b"\r\n").unwrap();
    let body = answer.body.strip_prefix(b"\r\n").unwrap_or(&answer.body);
    assert_eq!(
        String::from_utf8_lossy(body),
        String::from_utf8_lossy(expected)
    );
    assert_eq!(answer.header("content-range"), None);
    secured(&answer);
}

#[tokio::test]
async fn head_tells_without_sending() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let address = ada.address(item).await;
    let head = request(Method::HEAD, &address, &[], Full::<Bytes>::default());
    let answer = send(&running, head).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-length"), Some("1000"));
    assert!(answer.body.is_empty());
    secured(&answer);

    let post = request(Method::POST, &address, &[], Full::<Bytes>::default());
    let answer = send(&running, post).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn what_could_run_is_a_download() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    for (name, content) in [
        ("a.html", &b"<!DOCTYPE html><script>alert(1)</script>"[..]),
        ("a.svg", b"<svg onload=alert(1)>"),
        ("a.mp4", b"<html>"),
    ] {
        let item = ada.uploads(name, "private", content).await;
        let answer = get(&running, &ada.address(item).await, &[]).await;
        assert_eq!(
            answer.header("content-type"),
            Some("application/octet-stream")
        );
        let disposition = answer.header("content-disposition").unwrap();
        assert!(disposition.starts_with("attachment"), "{disposition}");
        secured(&answer);
    }
}

#[tokio::test]
async fn what_is_not_offered_for_download_is_not_kept_by_others() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let video = ada.uploads("a.mp4", "course", &film()).await;
    let page = b"<!DOCTYPE html>";
    let document = ada.uploads("a.html", "course", page).await;
    let off = [("title", "a"), ("downloadable", "off")];
    let on = [("title", "a"), ("downloadable", "on")];
    for item in [video, document] {
        let (address, own) = (sam.address(item).await, ada.address(item).await);
        for (switch, kept) in [(off, StatusCode::FORBIDDEN), (on, StatusCode::OK)] {
            ada.post(&format!("media/{item}/edit"), &switch).await;
            let in_place = if item == video { StatusCode::OK } else { kept };
            assert_eq!(status(&running, &address).await, in_place);
            assert_eq!(status(&running, &format!("{address}&download")).await, kept);
            assert_eq!(
                status(&running, &format!("{own}&download")).await,
                StatusCode::OK
            );
        }
    }
}

async fn status(running: &Running, address: &str) -> StatusCode {
    get(running, address, &[]).await.status
}

#[tokio::test]
async fn a_ticket_opens_its_item_while_its_session_may() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let sam = SAM.arrives(&running).await;
    let shown = ada.uploads("a.mp4", "course", &film()).await;
    let other = ada.uploads("b.mp4", "course", &film()).await;
    let address = sam.address(shown).await;
    assert_eq!(status(&running, &address).await, StatusCode::OK);

    let (path, ticket) = address.split_once("?t=").unwrap();
    let first = if ticket.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{first}{}", &ticket[1..]);
    for forged in [
        format!("/files/{other}/original?t={ticket}"),
        path.to_owned(),
        format!("{path}?t="),
        format!("{path}?t={}", sam.token),
        format!("{path}?t={ticket}A"),
        format!("{path}?t={changed}"),
        "/files/nonsense/original".to_owned(),
        format!("/files/{shown}/other?t={ticket}"),
    ] {
        assert_eq!(
            status(&running, &forged).await,
            StatusCode::NOT_FOUND,
            "{forged}"
        );
    }

    // The owner hides it.
    let fields = [("title", "a"), ("visibility", "private")];
    ada.post(&format!("media/{shown}/edit"), &fields).await;
    assert_eq!(status(&running, &address).await, StatusCode::NOT_FOUND);
    let fields = [("title", "a"), ("visibility", "course")];
    ada.post(&format!("media/{shown}/edit"), &fields).await;
    assert_eq!(status(&running, &address).await, StatusCode::OK);

    // Signing out ends it, as time does.
    sam.post("sign-out", &[]).await;
    assert_eq!(status(&running, &address).await, StatusCode::NOT_FOUND);
    let address = ada.address(shown).await;
    connect(&running, 1, false).await;
    assert_eq!(status(&running, &address).await, StatusCode::NOT_FOUND);
    connect(&running, 1, true).await;
    assert_eq!(status(&running, &address).await, StatusCode::OK);
    running.clock.advance(Duration::from_hours(3));
    assert_eq!(status(&running, &address).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_long_film_outlives_the_idle_end() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = ada.uploads("a.mp4", "private", &film()).await;
    let address = ada.address(item).await;
    for _ in 0..11 {
        running.clock.advance(Duration::from_hours(1));
        assert_eq!(status(&running, &address).await, StatusCode::OK);
    }
    // But not the end of the session's lifetime.
    running.clock.advance(Duration::from_hours(1));
    assert_eq!(status(&running, &address).await, StatusCode::NOT_FOUND);
}
