//! What must fit together between keys that are right each for itself.

use super::*;

#[test]
fn a_consumers_window_is_bounded() {
    let case = |window: &str| {
        Case::new(&format!(
            "[[consumer]]\nname = \"Old\"\nkey = \"a\"\nsecret = \"b\"\n{window}\n"
        ))
    };
    let consumer = case("").config().consumers[0].clone();
    assert_eq!(consumer.window(), Duration::from_mins(5));
    assert!(!consumer.body_only());
    let longest = case("timestamp_window = \"1 h\"").config();
    assert_eq!(longest.consumers[0].window(), Duration::from_hours(1));
    for window in ["61 min", "0 s"] {
        let problems = case(&format!("timestamp_window = \"{window}\"")).problems();
        assert!(problems[0].contains("config.toml:5: consumer[0].timestamp_window"));
    }
}

#[test]
fn the_public_url_follows_a_listener_on_this_machine() {
    let url = |text: &str| Case::new(text).config().server.public_url.to_string();
    assert_eq!(
        url("[server]\nlisten = \"[::1]:9000\"\n"),
        "http://[::1]:9000"
    );
    assert_eq!(
        url("[server]\nlisten = \"127.0.0.1:0\"\n"),
        "http://127.0.0.1:0"
    );
    assert_eq!(
        url("[server]\nlisten = \"0.0.0.0:9000\"\n"),
        "http://127.0.0.1:8080"
    );
    let named = "[server]\nlisten = \"127.0.0.1:9000\"\npublic_url = \"https://media.example\"\n";
    assert_eq!(url(named), "https://media.example");
}

#[test]
fn port_0_becomes_the_port_that_was_taken() {
    let case = Case::new(
        "[server]\nlisten = \"127.0.0.1:0\"\n\
         [practice]\nurl = \"http://practice.localhost:0\"\n",
    );
    let mut config = case.config();
    config.bound_to("127.0.0.1:4711".parse().unwrap());
    assert_eq!(config.server.listen.port(), 4711);
    assert_eq!(
        config.server.public_url.to_string(),
        "http://127.0.0.1:4711"
    );
    let practice = config.practice.url.unwrap().to_string();
    assert_eq!(practice, "http://practice.localhost:4711");
}

#[test]
fn a_practice_site_of_its_own_is_for_this_machine() {
    let text = |url: &str, enabled: &str| {
        format!(
            "[server]\npublic_url = \"{url}\"\n[practice]\nenabled = {enabled}\n\
             url = \"https://practice.example\"\n"
        )
    };
    for (url, enabled) in [
        ("http://localhost:8080", "true"),
        ("https://media.example", "false"),
        ("https://media.example", "\"auto\""),
    ] {
        Case::new(&text(url, enabled)).config();
    }
    let problems = Case::new(&text("https://media.example", "true")).problems();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("practice.url: found a site of its own"));
}

#[test]
fn practice_is_on_by_itself_only_on_this_machine() {
    let on = |url: &str, enabled: &str| {
        let text = format!("[server]\npublic_url = {url:?}\n[practice]\nenabled = {enabled}\n");
        Case::new(&text).config().practice_on()
    };
    assert!(on("http://localhost:8080", "\"auto\""));
    assert!(!on("https://media.example", "\"auto\""));
    assert!(on("https://media.example", "true"));
    assert!(!on("http://localhost:8080", "false"));
}

#[test]
fn certificate_files_are_needed_by_their_mode() {
    let case = Case::new("[tls]\nmode = \"files\"\ncertificate = \"a.pem\"\n");
    assert_eq!(
        case.problems(),
        ["config.toml:1: tls.key: this key is missing; tls.mode = \"files\" needs it"]
    );
    let case = Case::new("[tls]\nmode = \"files\"\ncertificate = \"a.pem\"\nkey = \"b.pem\"\n");
    let config = case.config();
    assert_eq!(config.tls.key, Some(case.path("b.pem")));
    assert_eq!(
        config.server.public_url.to_string(),
        "https://127.0.0.1:8080"
    );

    let plain = "[server]\npublic_url = \"http://localhost\"\n";
    let files = "[tls]\nmode = \"files\"\ncertificate = \"a.pem\"\nkey = \"b.pem\"\n";
    let problems = Case::new(&format!("{plain}{files}")).problems();
    assert!(problems[0].starts_with("config.toml:2: server.public_url: found an http address"));
}

#[test]
fn durations_must_fit_together() {
    let case = Case::new(
        "[launches]\nclock_leeway = \"6 min\"\n\
         [sessions]\nidle = \"2 h\"\nlifetime = \"1 h\"\n\
         [admin]\nidle = \"0 s\"\n\
         [storage]\nsnapshot_every = \"1 s\"\n",
    );
    let problems = case.problems();
    let starts = [
        "config.toml:2: launches.clock_leeway: ",
        "config.toml:4: sessions.idle: ",
        "config.toml:7: admin.idle: ",
        "config.toml:9: storage.snapshot_every: ",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
    assert!(
        Case::new("[launches]\nclock_leeway = \"5 min\"\n")
            .load()
            .is_ok()
    );
}

#[test]
fn names_and_registrations_stand_once() {
    let platform = |name: &str, client: &str| {
        format!(
            "[[platform]]\nname = {name:?}\nissuer = \"https://m.example\"\nclient_id = {client:?}\n\
             auth_url = \"https://m.example/a\"\ntoken_url = \"https://m.example/t\"\n\
             jwks_url = \"https://m.example/j\"\n"
        )
    };
    let twice = |one, two| Case::new(&format!("{one}{two}"));
    assert_eq!(
        twice(platform("A", "1"), platform("A", "2")).problems(),
        ["config.toml:9: platform[1].name: the same stands in platform[0] already"]
    );
    assert_eq!(
        twice(platform("A", "1"), platform("B", "1")).problems(),
        ["config.toml:11: platform[1].client_id: the same stands in platform[0] already"]
    );
    assert!(twice(platform("A", "1"), platform("B", "2")).load().is_ok());
}
