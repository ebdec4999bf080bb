//! A platform with very many deployments: Canvas may have one for each course.

use super::act;
use crate::harness::admin;
use crate::harness::client::Browser;
use crate::harness::platform::{Platform, roles};
use crate::harness::server::Setup;

const LIST: &str = "/admin/connections/1/deployments";

#[tokio::test]
async fn a_new_deployment_waits_and_is_approved_beside_hundreds() {
    let mut platform = Platform::start("many").await;
    let declared: Vec<String> = (0..300).map(|n| format!("\"course {n:03}\"")).collect();
    let entry = platform.entry();
    let entry = entry.replace("[\"1\"]", &format!("[{}]", declared.join(", ")));
    let server = Setup::new().with(&entry).start();
    let mut admin = admin::first(&server).await;

    platform.deployment = "zoology & more".into();
    let mut browser = Browser::new();
    let launch = async |browser: &mut Browser, platform: &Platform| {
        let answer = platform.launch(browser, &server, "ada", roles::TEACHER);
        answer.await
    };
    let waits = launch(&mut browser, &platform).await;
    waits.assert_problem(403, "deployment-waiting");
    for (path, told) in [
        ("/admin/", "1 deployment waits"),
        ("/admin/connections", "1 deployment waits"),
        ("/admin/connections/1", "zoology &amp; more"),
        (LIST, "zoology &amp; more"),
    ] {
        let page = admin.open(&server.url(path)).await;
        assert!(page.text().contains(told), "{path}: {}", page.text());
    }
    let doctor = format!("/admin/launches/{}", waits.reference());
    let page = admin.open(&server.url(&doctor)).await;
    assert!(page.text().contains("Approve this deployment"));

    let fields = [
        ("deployment", "zoology & more"),
        ("approved", "yes"),
        ("listed", "course 249"),
    ];
    let answer = act(&mut admin, &server, LIST, &fields).await;
    let back = answer.location();
    assert_eq!(back, format!("{LIST}?after=course+249"));
    launch(&mut browser, &platform).await.assert_opened();
    let page = admin.open(&server.url(&back)).await;
    assert!(page.text().contains("course 250") && page.text().contains("course 299"));
    assert!(!page.text().contains("course 249<"));
    let page = admin.open(&server.url("/admin/")).await;
    assert!(page.text().contains("Nothing waits"), "{}", page.text());

    // What the file declares is taken out there.
    let fields = [("deployment", "course 007"), ("approved", "no")];
    let refused = act(&mut admin, &server, LIST, &fields).await;
    refused.assert_problem(403, "of-the-file");
    let unknown = [("deployment", "never seen"), ("approved", "yes")];
    let refused = act(&mut admin, &server, LIST, &unknown).await;
    refused.assert_problem(404, "not-found");
}

#[tokio::test]
async fn the_list_goes_on_page_by_page() {
    let platform = Platform::start("paged").await;
    let declared: Vec<String> = (0..120).map(|n| format!("\"course {n:03}\"")).collect();
    let entry = platform.entry();
    let entry = entry.replace("[\"1\"]", &format!("[{}]", declared.join(", ")));
    let server = Setup::new().with(&entry).start();
    let mut admin = admin::first(&server).await;
    let mut next = Some(LIST.to_owned());
    let mut seen = 0;
    while let Some(path) = next {
        let page = admin.open(&server.url(&path)).await;
        let text = page.text();
        seen += text.matches("<code>course ").count();
        next = text.split_once("rel=\"next\"").map(|(before, _)| {
            let (_, href) = before.rsplit_once("href=\"").unwrap();
            href.split('"').next().unwrap().to_owned()
        });
    }
    assert_eq!(seen, 120);
    let one = admin.open(&server.url("/admin/connections/1")).await;
    assert_eq!(one.text().matches("<code>course ").count(), 10);
    assert!(one.text().contains(&format!("href=\"{LIST}\"")));
    let stranger = Browser::new().open(&server.url(LIST)).await;
    assert_eq!(stranger.location(), "/admin/sign-in");
}
