//! Rosters for tools: of whom they have met, as far as these agreed.

use super::*;

#[tokio::test]
async fn a_roster_names_only_whom_the_tool_has_met() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = registered(&ada, &[]).await;
    let never = Coming {
        subject: "eve",
        name: Some("Eve"),
        ..SAM
    };
    never.arrives(&running).await;
    let tooling = Tooling::of(&running, item).await;
    let token = tooling.token("1", &[scope::ROSTER]).await;
    let answer = tooling
        .call(&token, Method::GET, &tooling.memberships, None)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let document: Value = serde_json::from_slice(&answer.body).unwrap();
    let members = document["members"].as_array().unwrap();
    let mut users: Vec<&str> = members
        .iter()
        .map(|one| one["user_id"].as_str().unwrap())
        .collect();
    users.sort_unstable();
    let mut expected = [tooling.student.as_str(), &tooling.teacher];
    expected.sort_unstable();
    assert_eq!(users, expected);
    assert!(!answer.text().contains("Sam") && !answer.text().contains("Ada"));
    let learners = format!("{}?role=Learner", tooling.memberships);
    let learners = tooling.call(&token, Method::GET, &learners, None).await;
    assert!(!learners.text().contains(&tooling.teacher));

    let grades = tooling.token("2", &GRADES).await;
    let refused = tooling
        .call(&grades, Method::GET, &tooling.memberships, None)
        .await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let (before, _) = tooling.memberships.rsplit_once('/').unwrap();
    let elsewhere = format!("{before}/00000000000000ff");
    let refused = tooling.call(&token, Method::GET, &elsewhere, None).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

/// The roster as the tool gets it.
async fn roster(tooling: &Tooling<'_>, id: &str) -> Vec<Value> {
    let token = tooling.token(id, &[scope::ROSTER]).await;
    let answer = tooling
        .call(&token, Method::GET, &tooling.memberships, None)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let document: Value = serde_json::from_slice(&answer.body).unwrap();
    document["members"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_roster_tells_what_each_person_agreed_to() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = registered(&ada, &[("ask_name", "on")]).await;
    let tooling = Tooling::of(&running, item).await;
    let sam = SAM.arrives(&running).await;
    let answers = async |answer: &str| {
        let path = format!("media/{item}/consent");
        let page = sam.post(&path, &[("answer", answer)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
    };
    let names = |members: Vec<Value>| {
        let names = members.iter().map(|one| one.get("name").cloned());
        names.flatten().collect::<Vec<Value>>()
    };
    assert!(
        names(roster(&tooling, "1").await).is_empty(),
        "nobody was asked"
    );
    answers("agree").await;
    let members = roster(&tooling, "2").await;
    let of_sam = members.iter().find(|one| one["user_id"] == tooling.student);
    assert_eq!(of_sam.unwrap()["name"], "Sam");
    assert_eq!(of_sam.unwrap().get("email"), None, "it may not know that");
    assert_eq!(of_sam.unwrap().get("lis_person_sourcedid"), None);
    assert_eq!(names(members), ["Sam"], "nobody else agreed");

    // What they agreed to was to be told at another place.
    let elsewhere = [("launch_url", "https://8.8.8.8/launch"), ("ask_name", "on")];
    let moved = ada
        .post(&format!("media/{item}/tool"), &own(&elsewhere))
        .await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text());
    assert!(names(roster(&tooling, "3").await).is_empty());
    let back = [("ask_name", "on")];
    ada.post(&format!("media/{item}/tool"), &own(&back)).await;
    assert_eq!(names(roster(&tooling, "4").await), ["Sam"]);
    answers("decline").await;
    assert!(names(roster(&tooling, "5").await).is_empty(), "withdrawn");
    answers("agree").await;
    let (store, world) = (&running.app.store, &running.app.world);
    let silence = |tool: &mut Tool| tool.private = true;
    registry::change(store, world, tooling.tool, silence, |_| {})
        .await
        .unwrap();
    assert!(
        names(roster(&tooling, "6").await).is_empty(),
        "an administrator forbids it"
    );
}

#[tokio::test]
async fn a_roster_tells_roles_as_launches_do() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = registered(&ada, &[]).await;
    let tooling = Tooling::of(&running, item).await;
    let assistant =
        "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";
    let developer = "http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper";
    for (subject, role) in [("tim", assistant), ("dev", developer)] {
        let somebody = Coming {
            subject,
            role,
            ..SAM
        };
        let visitor = somebody.arrives(&running).await;
        authenticate(&running, &asked(&visitor, item).await).await;
    }
    let members = roster(&tooling, "1").await;
    let mut roles: Vec<&str> = members
        .iter()
        .map(|one| one["roles"][0].as_str().unwrap())
        .collect();
    roles.sort_unstable();
    let mut expected = [TEACHER, STUDENT, assistant, developer];
    expected.sort_unstable();
    assert_eq!(roles, expected);
    let token = tooling.token("2", &[scope::ROSTER]).await;
    for (role, number) in [
        ("Instructor", 2),
        ("Learner", 1),
        ("TeachingAssistant", 0),
        (&assistant.replace('#', "%23"), 1),
    ] {
        let path = format!("{}?role={role}", tooling.memberships);
        let answer = tooling.call(&token, Method::GET, &path, None).await;
        let document: Value = serde_json::from_slice(&answer.body).unwrap();
        let found = document["members"].as_array().unwrap().len();
        assert_eq!(found, number, "{role}");
    }
}
