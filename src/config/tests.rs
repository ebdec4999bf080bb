//! The configuration: its layers, its keys, and what is told of mistakes.

mod fitting;
mod secrets;

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
fn paths_are_relative_to_the_file() {
    let case = Case::new("[storage]\ndata_dir = \"here\"\nmedia_dir = \"/mnt/nas\"\n");
    let storage = case.config().storage;
    assert_eq!(storage.data_dir, case.path("here"));
    assert_eq!(storage.media(), Path::new("/mnt/nas"));
    assert_eq!(storage.control_socket(), case.path("here/control.sock"));
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
