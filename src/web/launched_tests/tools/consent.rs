//! What tools are told of people, who agree or not.

use super::*;

/// Whether a launch tells who this is.
fn tells(form: &BTreeMap<String, String>) -> bool {
    form.contains_key("lis_person_name_full")
}

#[tokio::test]
async fn a_tool_is_told_what_people_agree_to() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let asks = [
        ("ask_name", "on"),
        ("ask_username", "on"),
        ("custom", "name=$Person.name.full\nuser=$User.username"),
    ];
    let item = placed(&ada, &asks).await;
    let (sam, own) = (SAM.arrives(&running).await, format!("media/{item}"));
    let question = sam.get(&own).await;
    assert!(question.text().contains("May Reader know who you are?"));
    assert!(question.text().contains("your name and your user name"));
    assert!(!question.text().contains("<iframe"));
    // Whoever has not answered is not told of.
    assert!(!tells(&launched(&sam, item).await));

    let answer = |answer: &'static str| [("answer", answer)];
    let consent = format!("{own}/consent");
    let back = sam.post(&consent, &answer("agree")).await;
    assert_eq!(back.header("location"), Some(format!("../{item}").as_str()));
    let form = launched(&sam, item).await;
    assert_eq!(form["lis_person_name_full"], "Sam");
    assert_eq!(form["lis_person_sourcedid"], "sam");
    assert_eq!(form["custom_name"], "Sam");
    assert_eq!(form["custom_user"], "sam");
    assert!(!form.contains_key("lis_person_contact_email_primary"));
    let page = sam.get(&own).await;
    assert!(page.text().contains("<iframe") && page.text().contains("Stop telling it"));
    // It is remembered for this person alone.
    let again = SAM.arrives(&running).await;
    assert!(tells(&launched(&again, item).await));
    assert!(ada.get(&own).await.text().contains("May Reader know"));

    sam.post(&consent, &answer("decline")).await;
    assert!(!tells(&launched(&sam, item).await));
    assert_eq!(launched(&sam, item).await["custom_user"], "$User.username");
    sam.post(&consent, &answer("agree")).await;
    let nonsense = sam.post(&consent, &answer("perhaps")).await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
    assert!(tells(&launched(&sam, item).await));
}

#[tokio::test]
async fn consent_ends_when_the_tool_becomes_another() {
    let running = running(&[]).await;
    let ada = ADA.arrives(&running).await;
    let item = placed(&ada, &[("ask_name", "on")]).await;
    let (sam, own) = (SAM.arrives(&running).await, format!("media/{item}"));
    let agree = async || {
        sam.post(&format!("{own}/consent"), &[("answer", "agree")])
            .await;
        assert!(tells(&launched(&sam, item).await));
    };
    let change = async |other: &[(&str, &str)]| {
        let answer = ada.post(&format!("{own}/tool"), &entry(other)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    };
    agree().await;
    // Another path of the same host is the same tool.
    change(&[("ask_name", "on"), ("launch_url", "https://9.9.9.9/other")]).await;
    assert!(tells(&launched(&sam, item).await));
    change(&[
        ("ask_name", "on"),
        ("launch_url", "https://149.112.112.112/"),
    ])
    .await;
    assert!(!tells(&launched(&sam, item).await));
    assert!(sam.get(&own).await.text().contains("May Reader know"));
    agree().await;
    change(&[
        ("ask_name", "on"),
        ("ask_email", "on"),
        ("launch_url", "https://149.112.112.112/"),
    ])
    .await;
    assert!(!tells(&launched(&sam, item).await));
    agree().await;
    // An administrator can forbid it, whoever agreed.
    let (id, _) = tool_of(&running, item);
    let (store, world) = (&running.app.store, &running.app.world);
    let forbid = |tool: &mut Tool| tool.private = true;
    registry::change(store, world, id, forbid, |_| {})
        .await
        .unwrap();
    assert!(!tells(&launched(&sam, item).await));
    assert!(sam.get(&own).await.text().contains("<iframe"));
}
