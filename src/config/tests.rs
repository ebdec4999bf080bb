use std::fs;
use std::time::Duration;

use tempfile::TempDir;

use super::*;

/// A file, its directory and an environment to load from.
struct Case {
    directory: TempDir,
    environment: Vec<(OsString, OsString)>,
}

impl Case {
    fn new(text: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("config.toml"), text).unwrap();
        Self {
            directory,
            environment: Vec::new(),
        }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn load(&self) -> Result<Loaded, Problems> {
        Config::load(Some(&self.path("config.toml")), self.environment.clone())
    }

    fn config(&self) -> Config {
        self.load().unwrap().config
    }

    /// Every problem, without the directory in front of the file's name.
    fn problems(&self) -> Vec<String> {
        let directory = format!("{}/", self.directory.path().display());
        let shown = |problem: &Problem| problem.to_string().replace(&directory, "");
        self.load().unwrap_err().0.iter().map(shown).collect()
    }
}

fn without_file(environment: &[(&str, &str)]) -> Result<Loaded, Problems> {
    let owned = environment
        .iter()
        .map(|(name, value)| (name.into(), value.into()));
    Config::load_file(None, owned)
}

fn defaults() -> Config {
    without_file(&[]).unwrap().config
}

#[test]
fn without_anything_it_runs_on_this_machine() {
    let loaded = without_file(&[]).unwrap();
    let config = &loaded.config;
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        config.server.public_url.to_string(),
        "http://127.0.0.1:8080"
    );
    assert_eq!(
        config.storage.data_dir,
        std::env::current_dir().unwrap().join("data")
    );
    assert_eq!(
        config.storage.media(),
        config.storage.data_dir.join("media")
    );
    assert_eq!(config.storage.max_upload, ByteSize::gib(8));
    assert!(config.practice_on());
    assert!(!config.people.email);
    assert_eq!(loaded.source.to_string(), "defaults, without a file");
}

#[test]
fn the_example_file_is_the_example() {
    let file = include_str!("../../config.toml");
    assert!(
        file == example(),
        "regenerate it: cargo run -- config > config.toml"
    );
}

#[test]
fn the_example_is_all_comment() {
    assert!(
        example()
            .lines()
            .all(|line| line.is_empty() || line.starts_with('#'))
    );
    assert!(example().lines().all(|line| line.chars().count() <= 100));
    let case = Case::new(&example());
    let config = case.config();
    let data_dir = case.path("data");
    let expected = defaults();
    assert_eq!(config.storage.data_dir, data_dir);
    assert_eq!(
        Config {
            storage: expected.storage.clone(),
            ..config
        },
        expected
    );
}

/// The example with the `#` removed from every key and section.
fn uncommented() -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => format!("{rest}\n"),
        _ => String::new(),
    };
    example().lines().map(line).collect()
}

#[test]
fn the_example_shows_every_key_with_its_default() {
    let case = Case::new(&uncommented());
    let config = case.config();
    assert_eq!(config.storage.data_dir, case.path("data"));
    assert_eq!(
        (
            config.platforms.len(),
            config.consumers.len(),
            config.tools.len()
        ),
        (1, 1, 1)
    );
    let expected = Config {
        storage: Storage {
            data_dir: case.path("data"),
            ..defaults().storage
        },
        platforms: config.platforms.clone(),
        consumers: config.consumers.clone(),
        tools: config.tools.clone(),
        ..defaults()
    };
    assert_eq!(config, expected);
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_defaults() {
    let case = Case::new("[sessions]\nidle = \"1 h\"\nlifetime = \"5 h\"\n")
        .variable("LANTERNA_SESSIONS__IDLE", "30 min")
        .variable("HOME", "/nowhere");
    let loaded = case.load().unwrap();
    assert_eq!(loaded.config.sessions.idle.as_secs(), 30 * 60);
    assert_eq!(loaded.config.sessions.lifetime.as_secs(), 5 * 3600);
    assert_eq!(loaded.config.admin, defaults().admin);
    assert_eq!(loaded.source.environment, ["LANTERNA_SESSIONS__IDLE"]);
    assert!(
        loaded
            .source
            .to_string()
            .ends_with("config.toml, LANTERNA_SESSIONS__IDLE")
    );
}

#[test]
fn variables_are_typed_by_their_key() {
    let config = without_file(&[
        ("LANTERNA_METRICS__TOKEN", "123456"),
        ("LANTERNA_PEOPLE__EMAIL", "true"),
        ("LANTERNA_LAUNCHES__FAILURES_KEPT", "7"),
        ("LANTERNA_PRACTICE__ENABLED", "false"),
        (
            "LANTERNA_OUTBOUND__TRUSTED_HOSTS",
            "[\"moodle.lan\", \"http://10.1.2.3:8080\"]",
        ),
    ])
    .unwrap()
    .config;
    assert_eq!(config.metrics.token.unwrap().expose(), "123456");
    assert!(config.people.email);
    assert_eq!(config.launches.failures_kept, 7);
    assert_eq!(config.practice.enabled, Switch::Off);
    assert_eq!(config.outbound.trusted_hosts.len(), 2);
}

#[test]
fn wrong_variables_are_named() {
    let shown = |name, value| without_file(&[(name, value)]).unwrap_err().to_string();
    assert_eq!(
        shown("LANTERNA_STORAGE__MAX_UPLOAD", "8"),
        "environment LANTERNA_STORAGE__MAX_UPLOAD: storage.max_upload: found 8; expected a size \
         with its unit in quotes, such as \"8 GiB\" or \"500 MB\""
    );
    assert_eq!(
        shown("LANTERNA_SERVER__LISTN", "x"),
        "environment LANTERNA_SERVER__LISTN: server.listn: there is no such key; did you mean \
         \"listen\"?"
    );
    assert_eq!(
        shown("LANTERNA_SERVR__LISTEN", "x"),
        "environment LANTERNA_SERVR__LISTEN: servr: there is no such key; did you mean \"server\"?"
    );
    assert_eq!(
        shown("LANTERNA_SERVER_PUBLIC_URL", "x"),
        "environment LANTERNA_SERVER_PUBLIC_URL: two underscores stand before the key: \
         LANTERNA_SERVER__PUBLIC_URL"
    );
    assert_eq!(
        shown("LANTERNA_CONSUMER__SECRET", "x"),
        "environment LANTERNA_CONSUMER__SECRET: [[consumer]] can only stand in the file"
    );
}

#[test]
fn variables_of_container_platforms_are_left_alone() {
    let names = [
        "LANTERNA_PORT",
        "LANTERNA_SERVICE_HOST",
        "LANTERNA_PORT_8080_TCP_ADDR",
        "LANTERNA_",
    ];
    for name in names {
        let loaded = without_file(&[(name, "tcp://10.0.0.1:8080")]).unwrap();
        assert!(loaded.source.environment.is_empty(), "{name}");
    }
}

#[test]
fn every_problem_is_told_with_its_line() {
    let case = Case::new(
        "[server]\n\
         listen = \"localhost:8080\"\n\
         pubic_url = \"https://media.example\"\n\
         trusted_proxies = [\"10.0.0.1\", \"ten\"]\n\
         \n\
         [storage]\n\
         max_upload = 8\n\
         upload_lifetime = \"7\"\n\
         token = \"x\"\n\
         \n\
         [strage]\n\
         [tls]\n\
         mode = \"acme\"\n",
    );
    assert_eq!(
        case.problems(),
        [
            "config.toml:11: strage: there is no such key; did you mean \"storage\"?",
            "config.toml:3: server.pubic_url: there is no such key; did you mean \"public_url\"?",
            "config.toml:2: server.listen: found \"localhost:8080\"; expected an IP address and a \
             port, such as \"127.0.0.1:8080\", \"0.0.0.0:443\" or \"[::]:443\"",
            "config.toml:4: server.trusted_proxies[1]: found \"ten\"; expected an IP address or a \
             network, such as \"10.0.0.5\" or \"10.0.0.0/8\"",
            "config.toml:13: tls.mode: found \"acme\"; expected \"off\" or \"files\"; \"acme\" is \
             not available in this version",
            "config.toml:9: storage.token: there is no such key; did you mean \"metrics.token\"?",
            "config.toml:7: storage.max_upload: found 8; expected a size with its unit in quotes, \
             such as \"8 GiB\" or \"500 MB\"",
            "config.toml:8: storage.upload_lifetime: found \"7\"; expected a duration with its \
             unit in quotes, such as \"30 s\", \"5 min\" or \"7 days\"",
        ]
    );
}

#[test]
fn a_key_without_its_section_is_recognised() {
    let case = Case::new("listen = \"127.0.0.1:1\"\n");
    assert_eq!(
        case.problems(),
        ["config.toml:1: listen: there is no such key; did you mean \"server.listen\"?"]
    );
}

#[test]
fn entries_are_checked_like_sections() {
    let case = Case::new(
        "[[platform]]\n\
         name = \"Moodle\"\n\
         issuer = \"https://moodle.example\"\n\
         client = \"abc\"\n\
         auth_url = \"moodle\"\n\
         token_url = \"https://moodle.example/token\"\n\
         jwks_url = \"https://moodle.example/certs\"\n\
         \n\
         [[tool]]\n\
         name = \"Reader\"\n\
         launch_url = \"https://reader.example\"\n\
         passport = \"topsecret\"\n",
    );
    assert_eq!(
        case.problems(),
        [
            "config.toml:4: platform[0].client: there is no such key; did you mean \"client_id\"?",
            "config.toml:1: platform[0].client_id: this key is missing",
            "config.toml:5: platform[0].auth_url: found \"moodle\"; expected a web address, such \
             as \"https://moodle.school.example/\"",
            "config.toml:12: tool[0].passport: found a value that is not shown here; expected a \
             passport, such as \"name:key:secret\" (the passport has no key between its first two \
             colons)",
        ]
    );
}

#[test]
fn brackets_must_be_right() {
    assert_eq!(
        Case::new("server = 5\n[tool]\nname = \"x\"\n").problems(),
        [
            "config.toml:1: server: found 5; expected a section [server] with keys below it",
            "config.toml:2: tool: found a table; expected [[tool]]",
        ]
    );
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let problems = Case::new("[server]\nlisten = 127.0.0.1\n").problems();
    assert!(
        problems[0].starts_with("config.toml:2: this is not TOML: "),
        "{problems:?}"
    );
    assert_eq!(problems.len(), 1);
}

#[test]
fn a_named_file_must_be_there() {
    let missing = Config::load(Some(Path::new("/nowhere/lanterna.toml")), []).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "/nowhere/lanterna.toml: cannot be read: there is no such file"
    );
}

#[test]
fn secrets_stand_in_files_too() {
    let case = Case::new(
        "[metrics]\ntoken_file = \"token\"\n\
         [[consumer]]\nname = \"Old\"\nkey = \"school\"\nsecret_file = \"secret\"\n",
    )
    .file("token", "  abc\n")
    .file("secret", "def");
    let config = case.config();
    assert_eq!(config.metrics.token.as_ref().unwrap().expose(), "abc");
    assert_eq!(config.consumers[0].secret.expose(), "def");
    let shown = format!("{config:?}");
    assert!(
        !shown.contains("abc") && !shown.contains("\"def\""),
        "{shown}"
    );
}

#[test]
fn a_secret_stands_in_one_place() {
    let case = Case::new("[metrics]\ntoken_file = \"token\"\n")
        .file("token", "abc")
        .variable("LANTERNA_METRICS__TOKEN", "def");
    assert_eq!(
        case.problems(),
        ["config.toml:2: metrics.token_file: only one of this and metrics.token can be set"]
    );
}

#[test]
fn secrets_of_entries_stand_in_variables_too() {
    const NAME: &str = "LANTERNA_SECRET_OLD";
    let entry = |more: &str| format!("[[consumer]]\nname = \"Old\"\nkey = \"school\"\n{more}\n");
    let by_env = entry("secret_env = \"LANTERNA_SECRET_OLD\"");
    let case = Case::new(&by_env).variable(NAME, "s3cret\n");
    assert_eq!(case.config().consumers[0].secret.expose(), "s3cret");
    for (case, problem) in [
        (Case::new(&by_env), "there is no environment variable"),
        (
            Case::new(&by_env).variable(NAME, ""),
            "that is not shown here",
        ),
        (
            Case::new(&entry("secret_env = \"HOME\"")).variable("HOME", "/root"),
            "expected a name that begins with LANTERNA_SECRET_",
        ),
        (
            Case::new(&entry(
                "secret = \"a\"\nsecret_env = \"LANTERNA_SECRET_OLD\"",
            )),
            "only one of this and consumer[0].secret can be set",
        ),
        (
            Case::new(&entry(
                "secret_file = \"a\"\nsecret_env = \"LANTERNA_SECRET_OLD\"",
            )),
            "only one of this and consumer[0].secret_file can be set",
        ),
        (
            Case::new("[metrics]\ntoken_env = \"LANTERNA_SECRET_OLD\"\n"),
            "no such key",
        ),
    ] {
        let problems = case.problems();
        assert!(problems[0].contains(problem), "{problems:?}");
        assert!(!problems[0].contains("/root"), "{problems:?}");
    }
}

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
fn a_missing_or_empty_secret_file_is_told() {
    let case = Case::new("[metrics]\ntoken_file = \"token\"\n");
    let path = case.path("token");
    let shown = case.load().unwrap_err().to_string();
    assert!(shown.contains(&format!(
        "{} cannot be read: there is no such file",
        path.display()
    )));

    let entry = "[[consumer]]\nname = \"Old\"\nkey = \"school\"\nsecret_file = \"secret\"\n";
    let case = Case::new(entry).file("secret", "\n");
    assert_eq!(
        case.problems(),
        [
            "config.toml:4: consumer[0].secret_file: found a value that is not shown here; expected \
          a text in quotes that is not empty"
        ]
    );
}

#[test]
fn paths_are_relative_to_the_file() {
    let case = Case::new("[storage]\ndata_dir = \"here\"\nmedia_dir = \"/mnt/nas\"\n");
    let storage = case.config().storage;
    assert_eq!(storage.data_dir, case.path("here"));
    assert_eq!(storage.media(), Path::new("/mnt/nas"));
    assert_eq!(storage.control_socket(), case.path("here/control.sock"));
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

#[test]
fn what_the_file_names_is_trusted_as_written() {
    let case = Case::new(
        "[outbound]\ntrusted_hosts = [\"moodle.lan\"]\n\
         [[platform]]\nname = \"A\"\nissuer = \"http://m.lan\"\nclient_id = \"1\"\n\
         auth_url = \"http://m.lan/a\"\ntoken_url = \"http://m.lan:81/t\"\n\
         jwks_url = \"http://m.lan/j\"\n\
         [[tool]]\nname = \"T\"\npassport = \"a:b:c\"\nlaunch_url = \"http://t.lan/launch\"\n",
    );
    let origins: Vec<_> = case
        .config()
        .trusted_origins()
        .map(|o| o.to_string())
        .collect();
    assert_eq!(
        origins,
        [
            "https://moodle.lan",
            "http://m.lan",
            "http://m.lan:81",
            "http://m.lan",
            "http://t.lan"
        ]
    );
}

#[test]
fn log_levels_are_levels() {
    let level = |level: &str| Case::new(&format!("[log]\nlevel = {level:?}\n")).load();
    assert!(level("debug").is_ok() && level("warn,lanterna::store=trace").is_ok());
    assert!(level("verbose").is_err() && level("").is_err() && level("a=b").is_err());
}
