//! The layers of a configuration: defaults, the file, the environment. And what stands where.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use toml_edit::{ImDocument, Item};

use super::example;
use super::problems::{KeyPath, Place, Problem, Step};
use super::sections;

/// The prefix of environment variables that are configuration.
const PREFIX: &str = "LANTERNA_";
/// The prefix of those that hold the secrets of repeated sections.
const SECRET_PREFIX: &str = "LANTERNA_SECRET_";

/// The configuration file.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    document: ImDocument<String>,
}

impl File {
    /// Reads and parses the file at `path`.
    pub(super) fn read(path: &Path) -> Result<Self, Problem> {
        let problem = |line, message| Problem {
            place: Place::File(path.to_owned(), line),
            key: String::new(),
            message,
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| problem(None, format!("cannot be read: {}", read_failure(&error))))?;
        let document = ImDocument::parse(text.clone()).map_err(|error| {
            let line = error.span().map(|span| line_at(&text, span.start));
            problem(line, format!("this is not TOML: {}", error.message()))
        })?;
        Ok(Self {
            path: path.to_owned(),
            document,
        })
    }

    /// What stands at `path`.
    fn item(&self, path: &KeyPath) -> Option<&Item> {
        path.steps()
            .iter()
            .try_fold(self.document.as_item(), |item, step| match step {
                Step::Key(key) => item.get(key),
                Step::Index(index) => item.get(index),
            })
    }

    /// The line of what stands at `path`.
    fn line(&self, path: &KeyPath) -> Option<usize> {
        let span = self.item(path)?.span()?;
        Some(line_at(self.document.raw(), span.start))
    }

    /// The line of the nearest section around `path`.
    fn line_around(&self, path: &KeyPath) -> Option<usize> {
        let around = std::iter::successors(path.parent(), KeyPath::parent);
        around
            .filter(|path| !path.steps().is_empty())
            .find_map(|path| self.line(&path))
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count() + 1
}

/// Why a file cannot be read, in words.
pub(super) fn read_failure(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file",
        io::ErrorKind::PermissionDenied => "this user may not read it",
        io::ErrorKind::IsADirectory => "it is a directory",
        io::ErrorKind::InvalidData => "it is not UTF-8 text",
        _ => "reading failed",
    }
}

/// The environment variables that are configuration. Their values are texts here.
#[derive(Default)]
pub(super) struct Environment {
    /// (section, key) → value.
    values: BTreeMap<(String, String), String>,
    /// Those that keys of the file may name.
    secrets: BTreeMap<String, OsString>,
}

impl std::fmt::Debug for Environment {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Environment {
    /// Takes what begins with [`PREFIX`] out of `variables`.
    pub(super) fn read(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut values = BTreeMap::new();
        let mut secrets = BTreeMap::new();
        for (name, value) in variables {
            if let Some(name) = name.to_str().filter(|name| name.starts_with(SECRET_PREFIX)) {
                secrets.insert(name.to_owned(), value);
                continue;
            }
            let Some((name, rest)) = name
                .to_str()
                .and_then(|name| Some((name, name.strip_prefix(PREFIX)?)))
            else {
                continue;
            };
            match variable(rest, value) {
                Ok(Some((path, value))) => {
                    values.insert(path, value);
                }
                Ok(None) => {}
                Err(message) => problems.push(Problem {
                    place: Place::Environment(name.to_owned()),
                    key: String::new(),
                    message,
                }),
            }
        }
        Self { values, secrets }
    }

    /// The names of the variables that are in force.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.values
            .keys()
            .map(|(section, key)| variable_name(section, key))
    }

    /// The variable that holds the key at `path`.
    fn name(&self, path: &KeyPath) -> Option<String> {
        let [Step::Key(section), Step::Key(key), ..] = path.steps() else {
            return None;
        };
        self.values
            .contains_key(&(section.clone(), key.clone()))
            .then(|| variable_name(section, key))
    }

    /// The first variable of the section at `path`.
    fn in_section(&self, path: &KeyPath) -> Option<String> {
        let [Step::Key(section)] = path.steps() else {
            return None;
        };
        let mut keys = self.values.keys();
        let (section, key) = keys.find(|(name, _)| name == section)?;
        Some(variable_name(section, key))
    }
}

fn variable_name(section: &str, key: &str) -> String {
    format!("{PREFIX}{}__{}", section.to_uppercase(), key.to_uppercase())
}

type Variable = ((String, String), String);

/// What the variable `LANTERNA_{rest}` sets; `None` when it is not meant for us.
fn variable(rest: &str, value: OsString) -> Result<Option<Variable>, String> {
    let rest = rest.to_lowercase();
    let Some((section, key)) = rest.split_once("__") else {
        // Container platforms set variables such as LANTERNA_PORT by themselves: only what is
        // certainly a slip is refused.
        return match slip(&rest) {
            Some(meant) => Err(format!("two underscores stand before the key: {meant}")),
            None => Ok(None),
        };
    };
    if sections::ALL
        .iter()
        .any(|s| s.repeated && s.name == section)
    {
        return Err(format!("[[{section}]] can only stand in the file"));
    }
    let value = value
        .into_string()
        .map_err(|_| "its value is not UTF-8 text".to_owned())?;
    Ok(Some(((section.to_owned(), key.to_owned()), value)))
}

/// The variable that was meant by one with a single underscore.
fn slip(rest: &str) -> Option<String> {
    sections::ALL.iter().find_map(|section| {
        let key = rest.strip_prefix(section.name)?.strip_prefix('_')?;
        let known = section.names().any(|name| name == key);
        known.then(|| variable_name(section.name, key))
    })
}

impl Provider for &Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut sections = BTreeMap::<String, Dict>::new();
        for ((section, key), value) in &self.values {
            let keys = sections.entry(section.clone()).or_default();
            keys.insert(key.clone(), Value::from(value.as_str()));
        }
        let sections = sections
            .into_iter()
            .map(|(name, keys)| (name, Value::from(keys)));
        Ok(Profile::Default.collect(sections.collect()))
    }
}

/// Everything that was found, merged, with where it stands.
#[derive(Debug)]
pub(super) struct Layers {
    file: Option<File>,
    environment: Environment,
}

impl Layers {
    pub(super) const fn new(file: Option<File>, environment: Environment) -> Self {
        Self { file, environment }
    }

    /// Defaults, then the file, then the environment.
    pub(super) fn merged(&self) -> Result<Dict, Problem> {
        let text = self.file.as_ref().map_or("", |file| file.document.raw());
        Figment::from(Toml::string(&example::defaults()))
            .merge(Toml::string(text))
            .merge(&self.environment)
            .extract()
            .map_err(|error| Problem {
                place: self.place(&KeyPath::default()),
                key: String::new(),
                message: error.to_string(),
            })
    }

    /// Where the value at `path` stands; for a value that is missing, where it would stand.
    pub(super) fn place(&self, path: &KeyPath) -> Place {
        if let Some(name) = self.environment.name(path) {
            return Place::Environment(name);
        }
        let line = self.file.as_ref().and_then(|file| file.line(path));
        match (&self.file, line, self.environment.in_section(path)) {
            (_, None, Some(name)) => Place::Environment(name),
            (None, ..) => Place::Nowhere,
            (Some(file), line, _) => {
                let line = line.or_else(|| file.line_around(path));
                Place::File(file.path.clone(), line)
            }
        }
    }

    /// Whether the file or the environment names the key.
    pub(super) fn names(&self, path: &KeyPath) -> bool {
        let in_file = self.file.as_ref().and_then(|file| file.item(path));
        in_file.is_some() || self.is_variable(path)
    }

    /// The secret that the variable `name` holds; else why there is none.
    pub(super) fn secret(&self, name: &str) -> Result<&str, String> {
        if !name.starts_with(SECRET_PREFIX) {
            return Err(format!("expected a name that begins with {SECRET_PREFIX}"));
        }
        let value = self.environment.secrets.get(name);
        let value = value.ok_or_else(|| format!("there is no environment variable {name}"))?;
        value
            .to_str()
            .ok_or_else(|| format!("the value of {name} is not UTF-8 text"))
    }

    /// Whether the value at `path` comes from the environment, where everything is a text.
    pub(super) fn is_variable(&self, path: &KeyPath) -> bool {
        self.environment.name(path).is_some()
    }
}
