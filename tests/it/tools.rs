//! External tools through the built server: those of the file and of administration, and a library
//! that another one holds as its tool.

use std::fs;
use std::time::{Duration, Instant};

use http::Method;

use crate::harness::admin;
use crate::harness::client::{Answer, Browser};
use crate::harness::consumer::{self, Consumer, Parameters};
use crate::harness::platform::{Platform, roles};
use crate::harness::server::{Server, Setup};

/// How long a score may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

const TOOL: &str = "[[tool]]\nname = \"Book reader\"\npassport = \"reader:key-1:a:b\"\n\
                    launch_url = \"https://reader.example/launch\"\ncustom_parameters = [\"vbid=12\"]\n";

/// Somebody in the library, by a launch.
struct Visit<'a> {
    server: &'a Server,
    browser: Browser,
    session: String,
}

impl<'a> Visit<'a> {
    async fn new(platform: &Platform, server: &'a Server, who: &str, roles: &[&str]) -> Self {
        let mut browser = Browser::new();
        let answer = platform.launch(&mut browser, server, who, roles).await;
        let session = answer.assert_opened();
        Self {
            server,
            browser,
            session,
        }
    }

    fn at(&self, below: &str) -> String {
        self.server.url(&format!("{}{below}", self.session))
    }

    async fn get(&mut self, below: &str) -> Answer {
        let url = self.at(below);
        self.browser.get(&url).await
    }

    async fn post(&mut self, below: &str, fields: &[(&str, &str)]) -> Answer {
        let url = self.at(below);
        let from = [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-dest", "iframe"),
        ];
        self.browser.post(&url, &from, fields).await
    }

    /// Adds the school's tool that the page offers; answers its item.
    async fn adds(&mut self) -> String {
        let page = self.get("tools/new").await;
        let tool = page.field("tool").expect("the school has a tool");
        let answer = self.post("tools/new", &[("tool", &tool)]).await;
        let location = answer.location();
        let item = location.strip_prefix("../media/").unwrap();
        item.split('?').next().unwrap().to_owned()
    }

    /// The signed form that launches an item.
    async fn launches(&mut self, item: &str) -> Parameters {
        let page = self.get(&format!("media/{item}/launch")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        let inputs = text.split("<input type=\"hidden\" ").skip(1);
        let names = inputs.map(|input| {
            let (_, rest) = input.split_once("name=\"").unwrap();
            rest.split('"').next().unwrap().to_owned()
        });
        let pairs = names.map(|name| {
            let value = page.field(&name).unwrap();
            (name, value)
        });
        Parameters(pairs.collect())
    }
}

#[tokio::test]
async fn the_file_declares_tools_and_keeps_their_secrets() {
    let platform = Platform::start("tools-file").await;
    let setup = Setup::new().on_one_port();
    let server = setup.with(&format!("{}{TOOL}", platform.entry())).start();
    let mut tess = Visit::new(&platform, &server, "tess", roles::TEACHER).await;
    let item = tess.adds().await;
    let form = tess.launches(&item).await;
    let school = Consumer {
        key: "key-1".into(),
        secret: "a:b".into(),
    };
    assert_eq!(form.get("custom_vbid"), Some("12"));
    let signed = form.without("oauth_signature");
    let signature = school.signature("POST", "https://reader.example/launch", &signed.0);
    assert_eq!(form.get("oauth_signature"), Some(signature.as_str()));
    // What is renamed nowhere keeps its people, whatever else of it changes.
    let known = form.get("user_id").unwrap().to_owned();
    let file = server.folder().join("config.toml");
    let text = fs::read_to_string(&file).unwrap();
    let (_, stopped) = server.terminate();
    fs::write(&file, text.replace("key-1:a:b", "key-2:c")).unwrap();
    let server = stopped.start();
    let mut tess = Visit::new(&platform, &server, "tess", roles::TEACHER).await;
    let form = tess.launches(&item).await;
    assert_eq!(form.get("oauth_consumer_key"), Some("key-2"));
    assert_eq!(form.get("user_id"), Some(known.as_str()));
    // What leaves the file launches no more, and is as it was when it comes back.
    let (_, stopped) = server.terminate();
    let (before, _) = text.split_once("[[tool]]").unwrap();
    fs::write(&file, before).unwrap();
    let server = stopped.start();
    let mut tess = Visit::new(&platform, &server, "tess", roles::TEACHER).await;
    let launch = tess.get(&format!("media/{item}/launch")).await;
    launch.assert_problem(404, "tool-gone");
    let (_, stopped) = server.terminate();
    fs::write(&file, &text).unwrap();
    let server = stopped.start();
    let mut tess = Visit::new(&platform, &server, "tess", roles::TEACHER).await;
    let form = tess.launches(&item).await;
    assert_eq!(form.get("user_id"), Some(known.as_str()));
}

#[test]
fn a_malformed_passport_is_refused_by_name() {
    let tool = TOOL.replace("reader:key-1:a:b", "reader:key-1");
    let (started, errors) = Setup::new().with(&tool).fail();
    assert!(!started);
    assert!(errors.contains("tool[0].passport"), "{errors}");
    assert!(errors.contains("no secret"), "{errors}");
    assert!(!errors.contains("key-1"), "{errors}");
}

#[tokio::test]
async fn administrators_add_change_and_forbid_tools() {
    let platform = Platform::start("tools-admin").await;
    let server = Setup::new()
        .with(&format!("{}{TOOL}", platform.entry()))
        .start();
    let mut ada = admin::first(&server).await;
    let new = server.url("/admin/tools/new");
    let page = ada.open(&new).await;
    assert!(
        page.header("content-security-policy")
            .ends_with("frame-ancestors 'none'")
    );
    let token = page.field("form_token").unwrap();
    let entry = |token: &str, passport: &str| {
        [
            ("form_token", token),
            ("title", "Atlas"),
            ("version", "1.1"),
            ("passport", passport),
            ("launch_url", "https://atlas.example/lti"),
            ("grades", "on"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    };
    let send = async |browser: &mut Browser, url: &str, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        browser.post(url, &[], &fields).await
    };
    let foreign = send(&mut ada, &new, &entry("made up", "a:b:c")).await;
    foreign.assert_problem(403, "foreign-form");
    let wrong = send(&mut ada, &new, &entry(&token, "atlas")).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("has no key"), "{}", wrong.text());
    let made = send(&mut ada, &new, &entry(&token, "atlas:map:top-secret")).await;
    let own = server.url(&made.location());
    let page = ada.open(&own).await;
    assert!(page.text().contains("atlas.example"));
    assert!(!page.text().contains("top-secret"));
    let list = ada.open(&server.url("/admin/tools")).await;
    assert!(list.text().contains("Atlas") && list.text().contains("Book reader"));

    let mut tess = Visit::new(&platform, &server, "tess", roles::TEACHER).await;
    let offered = tess.get("tools/new").await;
    assert!(offered.text().contains("Atlas") && offered.text().contains("Book reader"));
    // Nobody else gets there, and a tool of the file is changed in the file.
    let stranger = Browser::new().open(&own).await;
    assert_eq!(stranger.location(), "/admin/sign-in");
    let by_form = [("form_token", token.clone())];
    let forbidden = send(&mut ada, &format!("{own}/forbid"), &by_form).await;
    assert_eq!(forbidden.status, 303);
    let offered = tess.get("tools/new").await;
    assert!(!offered.text().contains("Atlas"));
    send(&mut ada, &format!("{own}/allow"), &by_form).await;
    assert!(tess.get("tools/new").await.text().contains("Atlas"));
    let list = list.text();
    let (before, _) = list.split_once(">Book reader<").unwrap();
    let (_, of_file) = before.rsplit_once("href=\"").unwrap();
    let of_file = server.url(of_file.trim_end_matches('"'));
    for act in ["", "/delete"] {
        let fields = entry(&token, "");
        let answer = send(&mut ada, &format!("{of_file}{act}"), &fields).await;
        answer.assert_problem(403, "of-the-file");
    }
    let deleted = send(&mut ada, &format!("{own}/delete"), &by_form).await;
    assert_eq!(deleted.location(), "/admin/tools");
    let gone = ada.open(&own).await;
    gone.assert_problem(404, "not-found");
}

/// A teacher of one library places an item of another as an external tool; a student opens it; a
/// score comes back.
#[tokio::test]
async fn one_library_holds_an_item_of_another() {
    let platform = Platform::start("tools-circle").await;
    let setup = Setup::new().on_one_port();
    let archive = Setup::new()
        .with(&format!(
            "[outbound]\ntrusted_hosts = [\"http://{}\"]\n\
             [[consumer]]\nname = \"School\"\nkey = \"school\"\nsecret = \"a:b\"",
            setup.listen(),
        ))
        .start();
    let school = setup
        .with(&format!(
            "{}[outbound]\ntrusted_hosts = [\"http://{}\"]\n\
             [[tool]]\nname = \"Archive\"\npassport = \"archive:school:a:b\"\nlaunch_url = \"{}\"",
            platform.entry(),
            archive.authority,
            archive.url("/lti/launch"),
        ))
        .start();
    // The teacher is somebody in the archive as well, by the tool, and places a picture there.
    let mut tess = Visit::new(&platform, &school, "tess", roles::TEACHER).await;
    let item = tess.adds().await;
    let form = tess.launches(&item).await;
    let from = school.url("");
    let mut teacher = Browser::new();
    let arrived = consumer::post(&mut teacher, &archive.url("/lti/launch"), &from, &form).await;
    let there = archive.url(&arrived.assert_opened());
    let kept = upload(&mut teacher, &format!("{there}uploads")).await;
    let posts = [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-dest", "iframe"),
    ];
    let shared = format!("{there}media/{kept}/share");
    teacher
        .post(&shared.replace("/share", "/place"), &posts, &[])
        .await;
    let page = teacher.get(&shared).await;
    let address = page.attribute("id=\"placement-address\" type=\"text\" value");
    let address = address.expect("it is placed");

    // That placement is a tool of its own in the school's library.
    let fields = [
        ("title", "Waves"),
        ("version", "1.1"),
        ("passport", "waves:school:a:b"),
        ("launch_url", &address),
        ("grades", "on"),
        ("place", "frame"),
    ];
    let made = tess.post("tools/new", &fields).await;
    let location = made.location();
    let waves = location.strip_prefix("../media/").unwrap();
    let waves = waves.split('?').next().unwrap().to_owned();
    let placed = tess.post(&format!("media/{waves}/place"), &[]).await;
    assert_eq!(placed.status, 303, "{}", placed.text());

    let mut sam = Visit::new(&platform, &school, "sam", roles::STUDENT).await;
    let form = sam.launches(&waves).await;
    assert!(form.get("lis_person_name_full").is_none());
    let mut student = Browser::new();
    let arrived = consumer::post(&mut student, &address, &from, &form).await;
    let opened = arrived.location();
    assert!(opened.ends_with(&format!("/media/{kept}")), "{opened}");
    let opened = archive.url(&opened);
    let page = student.get(&opened).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("lecture"), "{}", page.text());

    // Looking at it counts there, and the school hears of it.
    let grades = format!("{there}course/grades");
    let page = teacher.get(&grades).await;
    let link = page.field("link").expect("the activity is known");
    let counting = [
        ("link", link.as_str()),
        ("graded", "on"),
        ("maximum", "10"),
        ("counts", "completion"),
        ("threshold", "90"),
    ];
    let decided = teacher.post(&grades, &posts, &counting).await;
    assert_eq!(decided.status, 303, "{}", decided.text());
    student.get(&opened).await;
    let begun = Instant::now();
    let scores = loop {
        let page = tess.get(&format!("course/scores/{waves}")).await;
        if page.text().contains("<td") || begun.elapsed() > PATIENCE {
            break page.text();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(
        scores.contains("sam Doe") && scores.contains("100"),
        "{scores}"
    );
    let own = sam.get(&format!("media/{waves}")).await;
    assert!(own.text().contains("Your score:"), "{}", own.text());
}

/// A small picture.
const PICTURE: &[u8] = include_bytes!("../fixtures/media/alpha.png");

/// Uploads a picture; answers its item.
async fn upload(browser: &mut Browser, url: &str) -> String {
    let length = PICTURE.len().to_string();
    // filename lecture.png
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-length", length.as_str()),
        ("upload-metadata", "filename bGVjdHVyZS5wbmc="),
        ("sec-fetch-dest", "empty"),
    ];
    let begun = browser.send(Method::POST, url, &headers, "").await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let to = url::Url::parse(url).unwrap();
    let to = to.join(begun.header("location")).unwrap();
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-offset", "0"),
        ("content-type", "application/offset+octet-stream"),
        ("sec-fetch-dest", "empty"),
    ];
    let done = browser
        .send(Method::PATCH, to.as_str(), &headers, PICTURE)
        .await;
    assert_eq!(done.status, 204, "{}", done.text());
    done.header("lanterna-item").to_owned()
}
