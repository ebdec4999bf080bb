//! The example file, made from the sections' own documentation and defaults.

use std::fmt::{self, Write};

use super::section::{Description, Key};
use super::sections;

const HEAD: &str = "\
# The configuration of Lanterna.
#
# Everything here has a default, so this file may be empty or missing. Each line that begins with
# \"#\" and a key shows the default of that key: remove the \"#\", and that of the [section] above it,
# to change it. Paths are relative to this file.
#
# Every key is also an environment variable, which wins over this file:
# LANTERNA_SERVER__LISTEN is listen in [server]. A secret can stand in a file of its own, which
# its key with \"_file\" at the end names; one of a [[section]] also in an environment variable whose
# name begins with LANTERNA_SECRET_, which its key with \"_env\" at the end names.
";

/// The example file: every line is a comment, so using it unchanged equals having no file. Lines
/// that begin with `#` and no space are keys and sections; the others are text.
pub fn example() -> String {
    let mut text = HEAD.to_owned();
    // Writing into a string cannot fail.
    let _ = sections::ALL
        .iter()
        .try_for_each(|section| write_commented(&mut text, section));
    text
}

/// The defaults as a TOML file.
pub(super) fn defaults() -> String {
    let mut text = String::new();
    for section in sections::ALL.iter().filter(|section| !section.repeated) {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "[{}]", section.name);
        for key in section.keys {
            let _ = writeln!(text, "{} = {}", key.name, key.value);
        }
    }
    text
}

fn write_commented(out: &mut String, section: &Description) -> fmt::Result {
    writeln!(out)?;
    write_about(out, section.about)?;
    if section.repeated {
        writeln!(out, "#[[{}]]", section.name)?;
    } else {
        writeln!(out, "#[{}]", section.name)?;
    }
    let mut keys = section.keys.iter();
    keys.try_for_each(|key| write_key(out, key, section.twins(key)))
}

fn write_key(out: &mut String, key: &Key, twins: &[&str]) -> fmt::Result {
    writeln!(out)?;
    write_about(out, key.about)?;
    writeln!(out, "#{} = {}", key.name, key.value)?;
    let mut twins = twins.iter();
    twins.try_for_each(|twin| writeln!(out, "#{}{twin} = \"\"", key.name))
}

fn write_about(out: &mut String, about: &[&str]) -> fmt::Result {
    about.iter().try_for_each(|line| writeln!(out, "#{line}"))
}
