//! `lanterna import`, through the built binary: with and without a running server, broken off in
//! the middle, and what it refuses.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::harness::client::Browser;
use crate::harness::platform::{Platform, roles};
use crate::harness::server::{Server, Setup, Stopped, command};

const CAPTIONS: &str = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n";
/// Long enough to be broken off in the middle.
const LONG: u64 = 192 << 20;

/// A server with a teacher, Tess, and a student, Stu, of one course.
async fn known(setup: Setup) -> (Platform, Server) {
    let platform = Platform::start("moodle").await;
    let server = setup.with(&platform.entry()).start();
    library(&platform, &server, "Tess", roles::TEACHER, "mine").await;
    library(&platform, &server, "Stu", roles::STUDENT, "mine").await;
    (platform, server)
}

/// A page of somebody's library.
async fn library(
    platform: &Platform,
    server: &Server,
    subject: &str,
    roles: &[&str],
    view: &str,
) -> String {
    let mut browser = Browser::new();
    let launched = platform.launch(&mut browser, server, subject, roles).await;
    let path = launched.assert_opened();
    let page = browser
        .get(&server.url(&format!("{path}library?view={view}")))
        .await;
    page.text()
}

fn film(len: usize) -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08moov\0\0\0\0mdat".to_vec();
    film.resize(len, 7);
    film
}

/// A folder of media.
struct Media(TempDir);

impl Media {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// A file of [`LONG`] bytes, and one before and after it.
    fn long() -> Self {
        let media = Self::new();
        media.file("a.mp4", film(1000));
        let path = media.file("b.mp4", film(1000));
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(LONG)
            .unwrap();
        media.file("c.mp4", film(2000));
        media
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let owner = ["--connection", "moodle", "--owner", "Tess"];
        [&["import", self.path()], &owner[..], more].concat()
    }
}

/// The files of items, by their length.
fn kept(folder: &Path) -> Vec<u64> {
    let items = folder.join("data/media/items");
    let inside = |dir: PathBuf| {
        fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    let files = inside(items).flat_map(inside).flat_map(inside);
    let originals = files.filter(|path| path.ends_with("original"));
    let mut lens: Vec<_> = originals
        .map(|path| path.metadata().unwrap().len())
        .collect();
    lens.sort_unstable();
    lens
}

#[tokio::test]
async fn a_folder_comes_in_beside_a_running_server() {
    let (platform, server) = known(Setup::new()).await;
    let media = Media::new();
    media.file("Physics/Waves/interference.mp4", film(1000));
    media.file("Physics/Waves/interference.en.vtt", CAPTIONS);
    media.file(
        "Physics/Waves/interference.de.srt",
        "1\n00:00:01,000 --> 00:00:02,000\nHallo\n",
    );
    media.file("Physics/Waves/interference.txt", "Two slits");
    media.file("Physics/notes.pdf", "%PDF-1.7 notes");
    media.file("Physics/damaged.mp4", film(1500));
    let damaged = media.file("Physics/damaged.vtt", "WEBVTT\n\n00:01.000 --> soon\nx\n");
    media.file("orphan.vtt", CAPTIONS);
    media.file(".hidden.mp4", film(1));
    media.file("empty.mp4", "");
    symlink("/etc/passwd", media.0.path().join("elsewhere.mp4")).unwrap();
    let report = media.0.path().join("report.csv");
    let report = report.to_str().unwrap();

    let socket = server.folder().join("data/control.sock");
    let mode = fs::metadata(socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (done, output, errors) =
        server.run(&media.arguments(&["--tag", "import", "--report", report]));
    assert!(!done, "{output}{errors}");
    assert!(output.contains("3 imported"), "{output}{errors}");
    for amiss in [
        "Physics/damaged.mp4: captions Physics/damaged.vtt: line 3 does not say",
        "orphan.vtt: no video or recording",
        "empty.mp4: it is empty",
        "elsewhere.mp4: it leads out of the folder",
    ] {
        assert!(output.contains(amiss), "{amiss} is missing in\n{output}");
    }
    let told = fs::read_to_string(report).unwrap();
    assert!(told.contains("\".hidden.mp4\",\"0\",\"passed\""), "{told}");
    assert_eq!(kept(&server.folder()), [14, 1000, 1500]);
    fs::remove_file(report).unwrap();

    let mine = library(&platform, &server, "Tess", roles::TEACHER, "mine").await;
    for title in ["interference", "notes", "damaged"] {
        assert!(mine.contains(title), "{mine}");
    }
    let course = library(&platform, &server, "Stu", roles::STUDENT, "course").await;
    assert!(!course.contains("interference"), "{course}");

    // Nothing twice; what was corrected comes in.
    fs::write(damaged, CAPTIONS).unwrap();
    for name in ["orphan.vtt", "empty.mp4", "elsewhere.mp4"] {
        fs::remove_file(media.0.path().join(name)).unwrap();
    }
    let (done, output, errors) = server.run(&media.arguments(&[]));
    assert!(done, "{output}{errors}");
    assert!(output.contains("3 imported before"), "{output}");
    assert_eq!(kept(&server.folder()), [14, 1000, 1500]);
}

#[tokio::test]
async fn without_a_server_it_comes_in_as_well() {
    let (platform, server) = known(Setup::new()).await;
    let (_, stopped) = server.terminate();
    let media = Media::new();
    media.file("Optics/lens.mp4", film(1000));
    media.file("Optics/lens.vtt", CAPTIONS);
    let shown = ["--course", "course-1", "--visibility", "course"];
    let (done, output, errors) = stopped.run(&media.arguments(&shown));
    assert!(done, "{output}{errors}");
    assert!(output.contains("1 imported (1000 B)"), "{output}");
    let server = stopped.start();
    let course = library(&platform, &server, "Stu", roles::STUDENT, "course").await;
    assert!(course.contains("lens"), "{course}");
    // Known to the server, too.
    let (done, output, _) = server.run(&media.arguments(&shown));
    assert!(done && output.contains("1 imported before"), "{output}");
}

/// Begins an import and waits until bytes of the long file have arrived.
fn begin(folder: &Path, media: &Media) -> Child {
    let child = command(folder)
        .args(media.arguments(&[]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let uploads = folder.join("data/media/uploads");
    let enough = |path: PathBuf| path.metadata().is_ok_and(|file| file.len() > LONG / 2);
    while !fs::read_dir(&uploads)
        .unwrap()
        .any(|entry| enough(entry.unwrap().path()))
    {
        std::thread::yield_now();
    }
    child
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn out(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(text).unwrap()
}

const ALL: [u64; 3] = [1000, 2000, LONG];

#[tokio::test]
async fn an_import_that_was_killed_goes_on() {
    let (_platform, server) = known(Setup::new()).await;
    let media = Media::long();
    let mut child = begin(&server.folder(), &media);
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    let (done, output, errors) = server.run(&media.arguments(&[]));
    assert!(done, "{output}{errors}");
    assert!(output.contains("1 imported before"), "{output}");
    assert!(output.contains("2 imported ("), "{output}");
    assert_eq!(kept(&server.folder()), ALL);
}

#[tokio::test]
async fn an_import_without_a_server_that_was_killed_goes_on() {
    let (platform, server) = known(Setup::new()).await;
    let (_, stopped) = server.terminate();
    let media = Media::long();
    let mut child = begin(stopped.folder(), &media);
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    let (done, output, errors) = stopped.run(&media.arguments(&[]));
    assert!(done, "{output}{errors}");
    assert_eq!(kept(stopped.folder()), ALL);
    let server = stopped.start();
    let mine = library(&platform, &server, "Tess", roles::TEACHER, "mine").await;
    for title in [">a<", ">b<", ">c<"] {
        assert_eq!(mine.matches(title).count(), 1, "{title} in {mine}");
    }
}

#[tokio::test]
async fn a_server_that_was_killed_loses_and_doubles_nothing() {
    let (_platform, server) = known(Setup::new()).await;
    let media = Media::long();
    let child = begin(&server.folder(), &media);
    let stopped = server.kill();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    assert!(out(&output).contains("did not answer"), "{}", out(&output));
    let server = stopped.start();
    let (done, output, errors) = server.run(&media.arguments(&[]));
    assert!(done, "{output}{errors}");
    assert_eq!(kept(&server.folder()), ALL);
}

#[tokio::test]
async fn a_server_that_ends_does_not_wait_for_an_import() {
    let (_platform, server) = known(Setup::new()).await;
    let media = Media::long();
    let child = begin(&server.folder(), &media);
    let (status, stopped) = server.terminate();
    assert!(status.success());
    assert!(!stopped.log.contains("did not close"), "{}", stopped.log);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
    let (done, output, errors) = stopped.run(&media.arguments(&[]));
    assert!(done, "{output}{errors}");
    assert_eq!(kept(stopped.folder()), ALL);
}

#[tokio::test]
async fn ctrl_c_ends_it_well() {
    let (_platform, server) = known(Setup::new()).await;
    let media = Media::long();
    let child = begin(&server.folder(), &media);
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", out(&output));
    let told = out(&output);
    assert!(told.contains("goes on from here"), "{told}");
    let (done, output, errors) = server.run(&media.arguments(&[]));
    assert!(done, "{output}{errors}");
    assert_eq!(kept(&server.folder()), ALL);
}

#[tokio::test]
async fn a_dry_run_brings_nothing_in() {
    let (_platform, server) = known(Setup::new()).await;
    let media = Media::new();
    media.file("a.mp4", film(1000));
    media.file("a.vtt", CAPTIONS);
    let (done, output, errors) = server.run(&media.arguments(&["--dry-run"]));
    assert!(done, "{output}{errors}");
    assert!(output.contains("1 would be imported"), "{output}");
    assert!(kept(&server.folder()).is_empty());
    server.run(&media.arguments(&[]));
    let (_, output, _) = server.run(&media.arguments(&["--dry-run"]));
    assert!(output.contains("1 imported before"), "{output}");
    let (_, stopped) = server.terminate();
    let (_, output, _) = stopped.run(&media.arguments(&["--dry-run"]));
    assert!(output.contains("1 imported before"), "{output}");
}

/// Runs an import that is refused as a whole; answers why.
fn refused(stopped: &Stopped, arguments: &[&str]) -> String {
    let (done, output, errors) = stopped.run(arguments);
    assert!(!done, "{output}");
    assert!(kept(stopped.folder()).is_empty());
    errors
}

#[tokio::test]
async fn it_is_for_somebody_known_who_may() {
    let (_platform, server) = known(Setup::new()).await;
    let media = Media::new();
    media.file("a.mp4", film(1000));
    let (done, output, errors) = server.run(&["import", media.path(), "--connection", "moodle"]);
    assert!(
        !done && errors.contains("choose one of them with --owner"),
        "{errors}"
    );
    assert!(output.contains("--owner \"Tess\"  Tess Doe"), "{output}");
    assert!(output.contains("in course-1 (Biology)"), "{output}");
    assert!(!output.contains("Stu"), "{output}");

    let (_, stopped) = server.terminate();
    let import = |connection, owner, more: &[&str]| {
        let whom = [
            "import",
            media.path(),
            "--connection",
            connection,
            "--owner",
            owner,
        ];
        refused(&stopped, &[&whom[..], more].concat())
    };
    let told = import("canvas", "Tess", &[]);
    assert!(
        told.contains("no connection called so; there are: moodle"),
        "{told}"
    );
    let told = import("moodle", "Nobody", &[]);
    assert!(
        told.contains("nobody of this connection was launched"),
        "{told}"
    );
    let told = import("moodle", "Tess", &["--course", "course-2"]);
    assert!(
        told.contains("nobody was launched from that course"),
        "{told}"
    );
    let course = ["--course", "course-1", "--visibility", "course"];
    let told = import("moodle", "Stu", &course);
    assert!(told.contains("no staff of that course"), "{told}");
    let told = import("moodle", "Tess", &["--visibility", "school"]);
    assert!(told.contains("--course"), "{told}");
    let told = import("moodle", "Tess", &["--visibility", "public"]);
    assert!(told.contains("possible values"), "{told}");
    let missing = refused(&stopped, &["import", "missing", "--connection", "moodle"]);
    assert!(missing.contains("missing cannot be read"), "{missing}");
    // A student's own shelf is theirs to fill.
    let (done, output, errors) = stopped.run(&[
        "import",
        media.path(),
        "--connection",
        "moodle",
        "--owner",
        "Stu",
    ]);
    assert!(done, "{output}{errors}");
}

#[tokio::test]
async fn limits_hold() {
    let setup = Setup::new()
        .env("LANTERNA_STORAGE__QUOTA_PER_PERSON", "200 kB")
        .env("LANTERNA_STORAGE__MAX_UPLOAD", "200 kB");
    let (_platform, server) = known(setup).await;
    let media = Media::new();
    media.file("a.mp4", film(150_000));
    media.file("b.mp4", film(180_000));
    media.file("c.mp4", film(250_000));
    let (done, output, _) = server.run(&media.arguments(&[]));
    assert!(!done);
    assert!(
        output.contains("b.mp4: the owner's quota has 50000 bytes left"),
        "{output}"
    );
    assert!(
        output.contains("c.mp4: it is larger than 195.3 KiB"),
        "{output}"
    );
    let (done, output, _) = server.run(&media.arguments(&["--ignore-quota"]));
    assert!(!done, "{output}");
    assert_eq!(kept(&server.folder()), [150_000, 180_000]);
}
