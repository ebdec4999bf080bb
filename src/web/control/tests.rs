//! The control socket, as both its ends see it.

use tempfile::TempDir;

use super::*;

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn start(path: &Path) -> Result<Control, Error> {
    listen(path, |request, body| async move {
        match request {
            Request::Admin => Response::Admin {
                url: "https://media.example/admin/claim".into(),
            },
            Request::Invite(_) | Request::Status | Request::Connections => {
                Response::Failed { why: "test".into() }
            }
            Request::Import(_) => {
                let pieces: Vec<_> = body.collect().await;
                let why = match pieces.into_iter().collect::<io::Result<Vec<_>>>() {
                    Ok(pieces) => format!("{} bytes", pieces.concat().len()),
                    Err(error) => error.kind().to_string(),
                };
                Response::Failed { why }
            }
        }
    })
}

fn bytes(len: u64) -> Request {
    Request::Import(import::Ask::Bytes {
        whom: import::Whom {
            connection: String::new(),
            owner: String::new(),
            course: None,
            shown: import::Shown::Private,
        },
        upload: String::new(),
        offset: 0,
        len,
    })
}

#[tokio::test]
async fn what_follows_a_request_arrives() {
    let directory = directory();
    let path = directory.path().join("control.sock");
    let _control = start(&path).unwrap();
    let piece = || Ok(Bytes::from(vec![7; 100_000]));
    let pieces = || stream::iter((0..10).map(|_| piece()));
    let answer = send(&path, &bytes(1_000_000), pieces()).await.unwrap();
    let why = "1000000 bytes".to_owned();
    assert_eq!(answer, Response::Failed { why });
    // More than was announced is not read.
    let answer = send(&path, &bytes(250_000), pieces()).await.unwrap();
    let why = "250000 bytes".to_owned();
    assert_eq!(answer, Response::Failed { why });
    let broken = pieces().chain(stream::iter([Err(io::ErrorKind::Interrupted.into())]));
    let answer = send(&path, &bytes(u64::MAX), broken).await;
    assert!(matches!(answer, Err(AskError::Silent(error))
        if error.kind() == io::ErrorKind::Interrupted));
}

#[tokio::test]
async fn the_end_cuts_off_who_is_being_answered() {
    let directory = directory();
    let path = directory.path().join("control.sock");
    let control = start(&path).unwrap();
    let (sender, body) = tokio::sync::mpsc::channel::<io::Result<Bytes>>(1);
    let body = stream::unfold(body, |mut body| async { Some((body.recv().await?, body)) });
    let sending = tokio::spawn({
        let path = path.clone();
        async move { send(&path, &bytes(1000), body).await }
    });
    sender.send(Ok(Bytes::from_static(b"x"))).await.unwrap();
    drop(control);
    drop(sender);
    assert!(sending.await.unwrap().is_err());
}

async fn ask_at(path: &Path, request: Request) -> Result<Response, AskError> {
    let path = path.to_owned();
    let asked = tokio::task::spawn_blocking(move || ask(&path, &request));
    asked.await.unwrap()
}

#[tokio::test]
async fn requests_are_answered_and_the_socket_goes_with_its_owner() {
    let directory = directory();
    let path = directory.path().join("control.sock");
    let control = start(&path).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for _ in 0..3 {
        let answer = ask_at(&path, Request::Admin).await.unwrap();
        let url = "https://media.example/admin/claim".to_owned();
        assert_eq!(answer, Response::Admin { url });
    }
    drop(control);
    assert!(!path.exists());
    let gone = ask_at(&path, Request::Admin).await;
    assert!(matches!(gone, Err(AskError::NotRunning)));
}

#[tokio::test]
async fn a_second_server_is_refused_and_a_stale_socket_replaced() {
    let directory = directory();
    let path = directory.path().join("control.sock");
    let first = start(&path).unwrap();
    assert!(matches!(start(&path), Err(Error::InUse(_))));
    drop(first);

    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let stale = ask_at(&path, Request::Status).await;
    assert!(matches!(stale, Err(AskError::NotRunning)));
    let _second = start(&path).unwrap();
    assert!(ask_at(&path, Request::Status).await.is_ok());
}

#[tokio::test]
async fn a_file_in_the_way_is_not_removed() {
    let directory = directory();
    let path = directory.path().join("control.sock");
    fs::write(&path, "mine").unwrap();
    assert!(matches!(start(&path), Err(Error::NotASocket(_))));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

#[tokio::test]
async fn long_paths_work() {
    let directory = directory();
    let long = directory.path().join("d".repeat(120));
    fs::create_dir(&long).unwrap();
    let path = long.join("control.sock");
    let _control = start(&path).unwrap();
    assert!(ask_at(&path, Request::Admin).await.is_ok());
}

#[tokio::test]
async fn what_is_no_request_is_answered_as_such() {
    let directory = directory();
    let path = directory.path().join("control.sock");
    let _control = start(&path).unwrap();
    for line in ["nonsense\n", "\"reboot\"\n", "\n"] {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        stream.write_all(line.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("another version"), "{answer}");
    }
}

#[tokio::test]
async fn endless_lines_are_cut_off() {
    let directory = directory();
    let path = directory.path().join("control.sock");
    let _control = start(&path).unwrap();
    let stream = UnixStream::connect(&path).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let endless = vec![b'x'; usize::try_from(LONGEST_LINE).unwrap() * 4];
    // The server may be gone before all of it is written.
    let _ = writing.write_all(&endless).await;
    let mut answer = Vec::new();
    let _ = reading.read_to_end(&mut answer).await;
    assert!(answer.len() < 200);
}
