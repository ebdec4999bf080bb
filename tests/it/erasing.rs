//! Erasing people, through the built binary: by the pages of administration, killed in the middle,
//! and with an older copy of the data put back; and their exports, read by an independent program.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::admin::first;
use crate::harness::client::{Answer, Browser};
use crate::harness::platform::{Platform, roles};
use crate::harness::server::{Server, Setup};

/// Files that somebody owns: enough that a kill comes in between.
const FILES: usize = 60;
/// Looks at a page until something in the background has to be done.
const LOOKS: usize = 20_000;

fn film(len: usize) -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08moov\0\0\0\0mdat".to_vec();
    film.resize(len, 7);
    film
}

/// Launches somebody.
async fn launch(platform: &Platform, server: &Server, subject: &str, roles: &[&str]) -> String {
    let mut browser = Browser::new();
    let launched = platform.launch(&mut browser, server, subject, roles).await;
    launched.assert_opened()
}

/// Gives Tess so many files.
fn import(server: &Server, number: usize) {
    let media = tempfile::tempdir().unwrap();
    for index in 0..number {
        fs::write(media.path().join(format!("{index}.mp4")), film(1000)).unwrap();
    }
    let folder = media.path().to_str().unwrap();
    let owner = ["--connection", "moodle", "--owner", "Tess"];
    let (done, _, errors) = server.run(&[&["import", folder], &owner[..]].concat());
    assert!(done, "{errors}");
}

/// The path of the page of a person.
async fn page_of(admin: &mut Browser, server: &Server, subject: &str) -> Option<String> {
    let url = server.url(&format!("/admin/people?user_id={subject}"));
    let answer = admin.open(&url).await;
    answer.status.is_redirection().then(|| answer.location())
}

/// Asks for an erasure, with these fields besides the token.
async fn erase(
    admin: &mut Browser,
    server: &Server,
    person: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let url = server.url(&format!("{person}/erase"));
    let page = admin.open(&url).await;
    let token = page.field("form_token").unwrap();
    let token = [("form_token", token.as_str())];
    admin.post(&url, &[], &[&token, fields].concat()).await
}

/// How many items have files.
fn items(folder: &Path) -> usize {
    let shelves = fs::read_dir(folder.join("data/media/items")).unwrap();
    let number = |shelf: fs::DirEntry| fs::read_dir(shelf.path()).unwrap().count();
    shelves.map(|shelf| number(shelf.unwrap())).sum()
}

#[tokio::test]
async fn an_erasure_goes_on_after_a_kill() {
    let platform = Platform::start("moodle").await;
    let setup = Setup::new().on_one_port().with(&platform.entry());
    let mut server = setup.start();
    launch(&platform, &server, "Tess", roles::TEACHER).await;
    launch(&platform, &server, "Stu", roles::STUDENT).await;
    import(&server, FILES);
    assert_eq!(items(&server.folder()), FILES);
    let mut admin = first(&server).await;
    let person = page_of(&mut admin, &server, "Tess").await.unwrap();
    let name = admin.open(&server.url(&format!("{person}/erase"))).await;
    let typed = name.text();
    let (_, typed) = typed.split_once("id=\"field-name-hint\">").unwrap();
    let typed = typed.split('<').next().unwrap().to_owned();
    let fields = [("name", typed.as_str())];
    let answer = erase(&mut admin, &server, &person, &fields).await;
    assert_eq!(answer.location(), "/admin/people", "{}", answer.text());
    server = server.kill().start();
    let mut last = String::new();
    for _ in 0..LOOKS {
        last = admin.open(&server.url("/admin/people")).await.text();
        if last.contains("removed") {
            break;
        }
    }
    assert!(last.contains("removed"), "{last}");
    assert_eq!(items(&server.folder()), 0);
    assert!(page_of(&mut admin, &server, "Tess").await.is_none());
    assert!(page_of(&mut admin, &server, "Stu").await.is_some());
    // Whoever comes back is somebody new, and stays so over a restart.
    launch(&platform, &server, "Tess", roles::TEACHER).await;
    let again = page_of(&mut admin, &server, "Tess").await.unwrap();
    assert_ne!(again, person);
    server = server.kill().start();
    assert_eq!(page_of(&mut admin, &server, "Tess").await, Some(again));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_file() {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn an_older_copy_brings_nobody_back() {
    let platform = Platform::start("moodle").await;
    let setup = Setup::new().on_one_port().with(&platform.entry());
    let server = setup.start();
    launch(&platform, &server, "Tess", roles::TEACHER).await;
    launch(&platform, &server, "Stu", roles::STUDENT).await;
    import(&server, 3);
    let mut admin = first(&server).await;
    let (_, stopped) = server.terminate();
    let data = stopped.folder().join("data");
    let kept = tempfile::tempdir().unwrap();
    copy(&data, kept.path());

    let server = stopped.start();
    let person = page_of(&mut admin, &server, "Tess").await.unwrap();
    let shown = admin.open(&server.url(&person)).await.text();
    let (_, name) = shown.split_once("<h1>").unwrap();
    let name = name.split('<').next().unwrap().to_owned();
    let answer = erase(&mut admin, &server, &person, &[("name", &name)]).await;
    assert_eq!(answer.location(), "/admin/people", "{}", answer.text());
    let (_, stopped) = server.terminate();
    let erasures = fs::read_to_string(data.join("erasures")).unwrap();
    for word in ["Tess", name.as_str()] {
        assert!(!erasures.contains(word), "{erasures}");
    }

    fs::remove_dir_all(&data).unwrap();
    copy(kept.path(), &data);
    fs::write(data.join("erasures"), &erasures).unwrap();
    let server = stopped.start();
    assert!(page_of(&mut admin, &server, "Tess").await.is_none());
    assert!(page_of(&mut admin, &server, "Stu").await.is_some());
    let mut left = usize::MAX;
    for _ in 0..LOOKS {
        admin.open(&server.url("/admin/people")).await;
        left = items(&server.folder());
        if left == 0 {
            break;
        }
    }
    assert_eq!(left, 0);
}

#[tokio::test]
async fn erasing_takes_the_name_an_heir_and_an_administrator() {
    let platform = Platform::start("moodle").await;
    let setup = Setup::new().with(&platform.entry());
    let server = setup.start();
    launch(&platform, &server, "Tess", roles::TEACHER).await;
    let mut admin = first(&server).await;
    let person = page_of(&mut admin, &server, "Tess").await.unwrap();
    let shown = admin.open(&server.url(&person)).await.text();
    let (_, name) = shown.split_once("<h1>").unwrap();
    let name = name.split('<').next().unwrap().to_owned();
    for (fields, error) in [
        (vec![], "That is not what stands above"),
        (vec![("name", "tess")], "That is not what stands above"),
        (
            vec![
                ("name", name.as_str()),
                ("media", "hand-over"),
                ("heir", "nobody"),
            ],
            "Nobody else of this LMS",
        ),
        (
            vec![
                ("name", name.as_str()),
                ("media", "hand-over"),
                ("heir", "Tess"),
            ],
            "Nobody else of this LMS",
        ),
    ] {
        let answer = erase(&mut admin, &server, &person, &fields).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        let text = answer.text();
        // Without media that others use the page asks for no heir.
        assert!(
            text.contains(error) || text.contains("Nothing was erased"),
            "{text}"
        );
    }
    let url = server.url(&format!("{person}/erase"));
    let fields = [("name", name.as_str()), ("form_token", "made up")];
    admin
        .post(&url, &[], &fields)
        .await
        .assert_problem(403, "foreign-form");
    let stranger = Browser::new().post(&url, &[], &fields).await;
    assert_eq!(stranger.location(), "/admin/sign-in");
    for below in ["", "/items", "/erase"] {
        let stranger = Browser::new()
            .open(&server.url(&format!("{person}{below}")))
            .await;
        assert_eq!(stranger.location(), "/admin/sign-in");
    }
    assert!(page_of(&mut admin, &server, "Tess").await.is_some());
    for (path, status) in [
        ("/admin/people/0000000000000001", 404),
        ("/admin/people/x", 404),
        ("/admin/people?user_id=nobody", 200),
        ("/admin/people?name=tes", 200),
    ] {
        assert_eq!(admin.open(&server.url(path)).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn python_reads_what_is_exported() {
    let platform = Platform::start("moodle").await;
    let server = Setup::new().with(&platform.entry()).start();
    launch(&platform, &server, "Tess", roles::TEACHER).await;
    import(&server, 3);
    let mut admin = first(&server).await;
    let person = page_of(&mut admin, &server, "Tess").await.unwrap();
    let page = admin.open(&server.url(&person)).await;
    let token = page.field("form_token").unwrap();
    let url = server.url(&format!("{person}/export"));
    let fields = [
        ("form_token", token.as_str()),
        ("media", "off"),
        ("media", "on"),
    ];
    let answer = admin.post(&url, &[], &fields).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment")
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.zip");
    fs::write(&path, &answer.body).unwrap();
    let program = "import json, sys, zipfile\n\
                   z = zipfile.ZipFile(sys.argv[1])\n\
                   assert z.testzip() is None\n\
                   items = json.load(z.open('items.json'))\n\
                   assert len(items) == 3, items\n\
                   for item in items:\n\
                   \x20   data = z.read(item['file']['in_archive'])\n\
                   \x20   assert len(data) == item['file']['bytes'] == 1000\n\
                   assert json.load(z.open('person.json'))['known_as'][0]['lms_user_id'] == 'Tess'\n\
                   print(len(z.namelist()))\n";
    let python = Command::new("python3")
        .args(["-c", program])
        .arg(&path)
        .stdin(Stdio::null())
        .output();
    let Ok(output) = python else {
        eprintln!("skipped: there is no python3 here");
        return;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}
