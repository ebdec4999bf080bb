//! The command line, through the built binary.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A directory to run in, so that neither this repository's file nor its data is used.
struct Case(TempDir);

impl Case {
    fn new(config: &str) -> Self {
        let case = Self(tempfile::tempdir().unwrap());
        fs::write(case.path().join("config.toml"), config).unwrap();
        case
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied()).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lanterna"));
        command.args(arguments).current_dir(self.path()).env_clear();
        command
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A port of loopback on which nothing listens.
fn unused_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A configuration for a small disk, on a port of its own.
fn small() -> String {
    let port = unused_port();
    format!("[server]\nlisten = \"127.0.0.1:{port}\"\n[storage]\nreserve = \"1 kB\"\n")
}

#[test]
fn help_shows_what_one_needs() {
    let output = Case::new("").run(&["--help"]);
    assert!(output.status.success());
    let help = out(&output);
    let needed = [
        "serve",
        "check",
        "config",
        "admin",
        "import",
        "healthcheck",
        "--config <FILE>",
        "Examples:",
        "/etc/lanterna/config.toml",
        "LANTERNA_SERVER__LISTEN",
        "Exit status:",
    ];
    for part in needed {
        assert!(help.contains(part), "{part} is missing in\n{help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn unknown_arguments_are_refused() {
    for argument in ["--confg", "serv"] {
        let output = Case::new("").run(&[argument]);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains("similar"), "{}", err(&output));
    }
}

#[test]
fn config_prints_the_example() {
    let output = Case::new("this is not = even [TOML").run(&["config"]);
    assert!(output.status.success());
    assert_eq!(out(&output), include_str!("../../config.toml"));
}

#[test]
fn a_broken_configuration_stops_every_start() {
    let case = Case::new("[server]\nlisten = \"localhost\"\n[storage]\nmax_uplod = \"1 GiB\"\n");
    for command in ["serve", "check", "admin", "healthcheck"] {
        let output = case.run(&[command]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        let told = err(&output);
        assert!(
            told.contains("\nconfig.toml:2: server.listen: found \"localhost\"; expected an IP")
        );
        assert!(
            told.contains("\nconfig.toml:4: storage.max_uplod: "),
            "{told}"
        );
        assert!(told.contains("did you mean \"max_upload\"?"), "{told}");
    }
    assert!(!case.path().join("data").exists());
}

#[test]
fn the_named_file_is_read_and_the_environment_wins() {
    let case = Case::new("broken");
    fs::write(case.path().join("other.toml"), "[log]\nlevel = \"loud\"\n").unwrap();
    let arguments = ["check", "--config", "other.toml"];
    let told = err(&case.run(&arguments));
    assert!(
        told.contains("other.toml:2: log.level: found \"loud\""),
        "{told}"
    );

    let told = err(&case.run_with(&arguments, &[("LANTERNA_LOG__LEVEL", "quiet")]));
    assert!(
        told.contains("environment LANTERNA_LOG__LEVEL: log.level: found \"quiet\""),
        "{told}"
    );
}

#[test]
fn check_says_that_all_is_well() {
    let case = Case::new(&small());
    let output = case.run(&["check"]);
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    let shown = out(&output);
    assert!(shown.lines().all(|line| line.starts_with("✓ ")), "{shown}");
    assert!(shown.contains("✓ configuration: config.toml\n"), "{shown}");
    let left: Vec<_> = fs::read_dir(case.path()).unwrap().collect();
    assert_eq!(
        left.len(),
        1,
        "nothing but the configuration is left behind"
    );
}

#[test]
fn check_says_what_is_amiss() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let case = Case::new(&format!(
        "[server]\nlisten = \"{address}\"\npublic_url = \"https://localhost\"\n\
         [storage]\nreserve = \"8 EB\"\n\
         [tls]\nmode = \"files\"\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n\
         [outbound]\nca_file = \"ca.pem\"\n"
    ));
    let output = case.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = out(&output);
    assert!(shown.contains(&format!(
        "✗ address: {address} is used by another program\n"
    )));
    assert!(shown.contains("✗ data directory: ") && shown.contains("nothing new is written\n"));
    assert!(shown.contains("✗ certificate: ") && shown.contains("cert.pem cannot be read"));
    assert!(
        shown.contains("✗ requests to others: outbound.ca_file: "),
        "{shown}"
    );
}

#[test]
fn healthcheck_fails_where_nothing_answers() {
    let output = Case::new(&small()).run(&["healthcheck"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).starts_with("lanterna: nothing answers at 127.0.0.1:"));

    let free = Case::new("[server]\nlisten = \"127.0.0.1:0\"\n");
    let output = free.run(&["healthcheck"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(err(&output), "lanterna: no server is running\n");
}

/// A server that is stopped when it goes out of scope.
struct Running(Child);

impl Running {
    /// Starts a server and waits until it says that it is ready.
    fn start(case: &Case) -> Self {
        let mut child = case
            .command(&["serve"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.any(|line| line.unwrap().starts_with("Ready: "));
        assert!(ready, "the server ended before it was ready");
        Self(child)
    }

    /// Asks it to end, as a service manager does.
    fn stop(mut self) -> ExitStatus {
        let pid = Pid::from_child(&self.0);
        kill_process(pid, Signal::TERM).unwrap();
        self.0.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn subcommands_reach_the_running_server() {
    let case = Case::new(&format!("{}[practice]\nenabled = false\n", small()));
    let server = Running::start(&case);

    let well = case.run(&["healthcheck"]);
    assert_eq!(out(&well), "well\n", "{}", err(&well));
    let link = case.run(&["admin"]);
    assert!(out(&link).contains("/admin/claim/"), "{}", err(&link));
    let check = case.run(&["check"]);
    assert!(check.status.success(), "{}", out(&check));
    assert!(out(&check).contains("✓ store: in use by the running Lanterna "));

    assert_eq!(server.stop().code(), Some(0));
    assert!(!case.path().join("data/control.sock").exists());
}

#[test]
fn without_a_server_subcommands_open_the_store() {
    let case = Case::new(&small());
    let link = case.run(&["admin"]);
    assert!(out(&link).contains("/admin/claim/"), "{}", err(&link));
    let check = case.run(&["check"]);
    assert!(out(&check).contains("✓ store: opens\n"), "{}", out(&check));

    let anywhere = case.run_with(&["admin"], &[("LANTERNA_SERVER__LISTEN", "127.0.0.1:0")]);
    assert_eq!(anywhere.status.code(), Some(1));
    assert!(err(&anywhere).contains("start it, then ask again"));
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let case = Case::new(&format!("{}[practice]\nenabled = false\n", small()));
    let _server = Running::start(&case);
    let second = case.run_with(&["serve"], &[("LANTERNA_SERVER__LISTEN", "127.0.0.1:0")]);
    assert_eq!(second.status.code(), Some(1));
    assert!(
        err(&second).contains("in use by another Lanterna"),
        "{}",
        err(&second)
    );
}

#[test]
fn healthcheck_speaks_tls_where_the_server_does() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls");
    let case = Case::new(&format!(
        "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://moodle.test/lanterna\"\n\
         [tls]\nmode = \"files\"\ncertificate = \"{fixtures}/server.pem\"\n\
         key = \"{fixtures}/server.key\"\n\
         [storage]\nreserve = \"1 kB\"\n"
    ));
    let _server = Running::start(&case);
    let well = case.run(&["healthcheck"]);
    assert_eq!(out(&well), "well\n", "{}", err(&well));
}
