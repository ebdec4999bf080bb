use proptest::prelude::*;

use super::Status::{Active, Deleted, Inactive};
use super::*;
use crate::lti::roles::CourseRole;

fn container(body: &str) -> Container {
    read(body.as_bytes()).unwrap()
}

#[test]
fn a_roster_as_the_specification_shows_it() {
    let container = container(
        r#"{
        "id": "https://lms.example/sections/2923/memberships",
        "context": {"id": "2923-abc", "label": "CPS 435", "title": "CPS 435 Learning Analytics"},
        "members": [{
            "status": "Active",
            "name": "Jane Q. Public",
            "picture": "https://platform.example.edu/jane.jpg",
            "given_name": "Jane",
            "family_name": "Doe",
            "middle_name": "Marie",
            "email": "jane@platform.example.edu",
            "user_id": "0ae836b9-7fc9-4060-006f-27b2066ac545",
            "lis_person_sourcedid": "59254-6782-12ab",
            "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
            "message": [{
                "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
                "https://purl.imsglobal.org/spec/lti/claim/custom": {"country": "Canada", "n": 1},
                "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {
                    "lis_result_sourcedid": "example.edu:71ee7e42",
                    "lis_outcome_service_url": "https://www.example.edu/2344"
                }
            }]
        }]}"#,
    );
    assert_eq!(container.context.unwrap().id, "2923-abc");
    assert_eq!(container.nameless, 0);
    let jane = &container.members[0];
    assert_eq!(jane.subject, "0ae836b9-7fc9-4060-006f-27b2066ac545");
    assert_eq!(jane.standing().role, CourseRole::Manager);
    assert_eq!(jane.person.name.as_deref(), Some("Jane Q. Public"));
    assert_eq!(jane.lis_person.as_deref(), Some("59254-6782-12ab"));
    let link = jane.link.as_ref().unwrap();
    assert_eq!(link.custom.len(), 1);
    assert_eq!(
        link.outcome.as_ref().unwrap().sourcedid,
        "example.edu:71ee7e42"
    );
}

#[test]
fn only_an_id_is_needed() {
    let container = container(
        r#"{"members": [
            {"user_id": "1", "roles": ["Learner"]},
            {"user_id": 2},
            {"user_id": "3", "roles": "Instructor", "status": "INACTIVE", "name": 7, "picture": "x"},
            {"user_id": "4", "roles": [], "status": "Deleted", "message": "none"},
            {"user_id": "5", "roles": [1, "Mentor"], "status": "Enrolled", "name": "  "},
            {"roles": ["Learner"]}, {"user_id": ""}, {"user_id": null}, {"user_id": "a\u0000"}, 7
        ]}"#,
    );
    let subjects: Vec<&str> = container
        .members
        .iter()
        .map(|m| m.subject.as_str())
        .collect();
    assert_eq!(subjects, ["1", "2", "3", "4", "5"]);
    assert_eq!(container.nameless, 5);
    let statuses: Vec<Status> = container.members.iter().map(|m| m.status).collect();
    assert_eq!(statuses, [Active, Active, Inactive, Deleted, Active]);
    assert!(container.members[2].roles.is_empty());
    assert_eq!(container.members[4].roles, ["Mentor"]);
    assert_eq!(container.members[4].person.name, None);
    assert_eq!(container.members[3].link, None);
}

#[test]
fn what_is_no_roster_is_refused() {
    for body in [
        "",
        "<html></html>",
        "[]",
        "{}",
        r#"{"members": {}}"#,
        r#"{"members": null}"#,
    ] {
        assert_eq!(read(body.as_bytes()), Err(NotARoster), "{body}");
    }
    assert!(container(r#"{"members": []}"#).members.is_empty());
}

#[test]
fn a_test_user_is_one_by_role() {
    let container = container(
        r#"{"members": [{"user_id": "1", "roles": ["Learner",
            "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]}]}"#,
    );
    assert!(container.members[0].standing().test_user);
}

#[test]
fn questions_join_the_query_that_is_there() {
    let url = |text: &str| Url::parse(text).unwrap();
    let query = Query {
        role: Some("http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"),
        limit: Some(100),
        resource_link: Some("a&b"),
    };
    assert_eq!(
        query
            .address(&url("https://l.example/m?type_id=%20x"))
            .as_str(),
        "https://l.example/m?type_id=%20x\
         &role=http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Learner\
         &limit=100&rlid=a%26b"
    );
    let bare = url("https://l.example/m?a=%7e");
    assert_eq!(Query::default().address(&bare), bare);
    let limited = Query {
        limit: Some(5),
        ..Query::default()
    };
    assert_eq!(
        limited
            .address(&url("https://l.example/m?limit=9&a=1"))
            .as_str(),
        "https://l.example/m?a=1&limit=5"
    );
    assert_eq!(
        limited.address(&url("https://l.example/m")).as_str(),
        "https://l.example/m?limit=5"
    );
}

prop_compose! {
    fn members()(
        subject in "[a-zA-Z0-9ü-]{1,40}",
        roles in prop::collection::vec("[a-zA-Z/]{1,20}", 0..4),
        status in prop::sample::select(vec![Active, Inactive, Deleted]),
        name in prop::option::of("[a-zü]{1,30}"),
        email in prop::option::of("[a-z]{1,8}@[a-z]{1,8}"),
        custom in prop::option::of(prop::collection::btree_map("[a-z]{1,5}", "[^\u{0}]{0,5}", 0..3)),
    ) -> Membership {
        Membership {
            subject,
            roles,
            status,
            person: Person { name, email, ..Person::default() },
            lis_person: None,
            link: custom.map(|custom| LinkSection { custom, outcome: None }),
        }
    }
}

proptest! {
    #[test]
    fn never_panics(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&body);
    }

    #[test]
    fn what_is_written_is_read(people in prop::collection::vec(members(), 0..6)) {
        let context = Context {
            id: "c".into(),
            types: Vec::new(),
            label: None,
            title: Some("Course".into()),
        };
        let url = Url::parse("https://l.example/m").unwrap();
        let written = write(&url, &context, &people).to_string();
        let container = read(written.as_bytes()).unwrap();
        prop_assert_eq!(container.members, people);
        prop_assert_eq!(container.context, Some(context));
        prop_assert_eq!(container.id.as_deref(), Some(url.as_str()));
    }
}
