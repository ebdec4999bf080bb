//! What must fit together between keys that are right each for itself.

use std::hash::Hash;
use std::time::Duration;

use super::problems::KeyPath;
use super::sections::TlsMode;
use super::{Config, Reader};

/// The greatest difference between clocks that signatures are still safe with.
const MOST_LEEWAY: Duration = Duration::from_mins(5);

/// A key signs longer than it is announced and kept.
const LEAST_ROTATION: Duration = Duration::from_hours(30 * 24);

/// Whoever comes once a month is not to be forgotten in between.
const LEAST_KEPT: Duration = Duration::from_hours(30 * 24);

/// The greatest that a consumer may have; nonces are remembered for twice as long.
const MOST_WINDOW: Duration = Duration::from_hours(1);

/// Notes everything that does not fit together.
pub(super) fn check(config: &Config, reader: &mut Reader<'_>) {
    check_tls(config, reader);
    check_durations(config, reader);
    check_practice(config, reader);
    check_windows(config, reader);
    check_former_secrets(config, reader);
    check_duplicates(config, reader);
}

/// Beyond this machine the practice course asks for an administrator's sign-in, whose cookie no
/// other site gets.
fn check_practice(config: &Config, reader: &mut Reader<'_>) {
    let own_site = config.practice.url.is_some() && config.practice_on();
    if own_site && !config.server.public_url.is_loopback() {
        let message = "found a site of its own; expected none, unless server.public_url is on \
                       this machine";
        reader.problem(&KeyPath::of("practice", "url"), message);
    }
}

fn check_tls(config: &Config, reader: &mut Reader<'_>) {
    if config.tls.mode != TlsMode::Files {
        return;
    }
    for (key, path) in [
        ("certificate", &config.tls.certificate),
        ("key", &config.tls.key),
    ] {
        if path.is_none() {
            let message = "this key is missing; tls.mode = \"files\" needs it";
            reader.problem(&KeyPath::of("tls", key), message);
        }
    }
    if !config.server.public_url.is_https() {
        let message = "found an http address; expected an https one, since tls.mode is \"files\"";
        reader.problem(&KeyPath::of("server", "public_url"), message);
    }
}

fn check_durations(config: &Config, reader: &mut Reader<'_>) {
    if config.launches.clock_leeway > MOST_LEEWAY {
        let message = "found a longer time; expected at most \"5 min\"";
        reader.problem(&KeyPath::of("launches", "clock_leeway"), message);
    }
    let sessions = ("sessions", config.sessions.idle, config.sessions.lifetime);
    let admin = ("admin", config.admin.idle, config.admin.lifetime);
    for (section, idle, lifetime) in [sessions, admin] {
        if idle > lifetime {
            let message =
                format!("found a longer time than {section}.lifetime; expected a shorter one");
            reader.problem(&KeyPath::of(section, "idle"), message);
        }
        if idle.is_zero() {
            reader.problem(&KeyPath::of(section, "idle"), "expected more than no time");
        }
    }
    if config
        .keys
        .rotate_after
        .is_some_and(|after| after < LEAST_ROTATION)
    {
        let message = "found a shorter time; expected at least \"30 days\"";
        reader.problem(&KeyPath::of("keys", "rotate_after"), message);
    }
    let kept = config.people.kept_after_last_launch;
    if kept.is_some_and(|kept| kept < LEAST_KEPT) {
        let message = "found a shorter time; expected at least \"30 days\"";
        reader.problem(&KeyPath::of("people", "kept_after_last_launch"), message);
    }
    if config.storage.snapshot_every < Duration::from_mins(1) {
        let message = "found a shorter time; expected at least \"1 min\"";
        reader.problem(&KeyPath::of("storage", "snapshot_every"), message);
    }
}

fn check_windows(config: &Config, reader: &mut Reader<'_>) {
    for (index, consumer) in config.consumers.iter().enumerate() {
        let path = KeyPath::default().key("consumer").index(index);
        let path = path.key("timestamp_window");
        if consumer.window() > MOST_WINDOW {
            reader.problem(&path, "found a longer time; expected at most \"1 h\"");
        }
        if consumer.window().is_zero() {
            reader.problem(&path, "expected more than no time");
        }
    }
}

/// A former secret that is good for ever is a second one, and the change never ends.
fn check_former_secrets(config: &Config, reader: &mut Reader<'_>) {
    for (index, consumer) in config.consumers.iter().enumerate() {
        let path = KeyPath::default().key("consumer").index(index);
        match (&consumer.former_secret, consumer.former_secret_until) {
            (Some(_), None) => {
                let message = "this key is missing; former_secret needs it";
                reader.problem(&path.key("former_secret_until"), message);
            }
            (None, Some(_)) => {
                let message = "this key is missing; former_secret_until needs it";
                reader.problem(&path.key("former_secret"), message);
            }
            _ => {}
        }
    }
}

fn check_duplicates(config: &Config, reader: &mut Reader<'_>) {
    let platforms = &config.platforms;
    refuse_repeated(
        reader,
        "platform",
        "name",
        platforms.iter().map(|p| &p.name),
    );
    let registrations = platforms.iter().map(|p| (&p.issuer, &p.client_id));
    refuse_repeated(reader, "platform", "client_id", registrations);
    refuse_repeated(
        reader,
        "consumer",
        "name",
        config.consumers.iter().map(|c| &c.name),
    );
    refuse_repeated(
        reader,
        "consumer",
        "key",
        config.consumers.iter().map(|c| &c.key),
    );
    refuse_repeated(reader, "tool", "name", config.tools.iter().map(|t| &t.name));
    let passports = config.tools.iter().map(|t| &t.passport.name);
    refuse_repeated(reader, "tool", "passport", passports);
}

/// Refuses every value that stood in an earlier entry already.
fn refuse_repeated<T: PartialEq + Hash>(
    reader: &mut Reader<'_>,
    section: &str,
    key: &str,
    values: impl Iterator<Item = T>,
) {
    let values: Vec<T> = values.collect();
    for (index, value) in values.iter().enumerate() {
        if let Some(first) = values[..index].iter().position(|earlier| earlier == value) {
            let path = KeyPath::default().key(section).index(index).key(key);
            reader.problem(
                &path,
                format!("the same stands in {section}[{first}] already"),
            );
        }
    }
}
