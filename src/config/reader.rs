//! Reads sections out of the merged layers and notes every problem on the way.

use std::path::{Path, PathBuf};

use figment::value::{Dict, Value};

use super::layers::{Layers, read_failure};
use super::problems::{KeyPath, Problem};
use super::section::Section;
use super::sections;
use super::setting::{Setting, Wrong};

/// Reads a table: the whole configuration or one section.
pub(super) struct Reader<'a> {
    layers: &'a Layers,
    base: &'a Path,
    problems: &'a mut Vec<Problem>,
    table: &'a Dict,
    path: KeyPath,
}

impl<'a> Reader<'a> {
    /// A reader of everything. Relative paths are relative to `base`.
    pub(super) fn new(
        layers: &'a Layers,
        base: &'a Path,
        everything: &'a Dict,
        problems: &'a mut Vec<Problem>,
    ) -> Self {
        Self {
            layers,
            base,
            problems,
            table: everything,
            path: KeyPath::default(),
        }
    }

    /// Refuses sections that do not exist.
    pub(super) fn refuse_unknown_sections(&mut self) {
        let known = || sections::ALL.iter().map(|section| section.name.to_owned());
        for name in self.table.keys() {
            if !known().any(|known| known == *name) {
                let hint = elsewhere(name).or_else(|| nearest(name, known()));
                self.unknown(&self.path.key(name), hint);
            }
        }
    }

    /// Reads `[section]`; `None` when there were problems.
    pub(super) fn table<S: Section>(&mut self) -> Option<S> {
        let name = S::DESCRIPTION.name;
        let value = self.table.get(name)?;
        self.section(value, self.path.key(name), &format!("[{name}]"))
    }

    /// Reads every `[[section]]` that has no problems.
    pub(super) fn entries<S: Section>(&mut self) -> Vec<S> {
        let name = S::DESCRIPTION.name;
        let path = self.path.key(name);
        let right = format!("[[{name}]]");
        let entries = match self.table.get(name) {
            None => return Vec::new(),
            Some(Value::Array(_, entries)) => entries,
            Some(value) => {
                self.wrong(&path, &Wrong::new(value, right), false);
                return Vec::new();
            }
        };
        let read = |(index, entry)| self.section(entry, path.index(index), &right);
        entries.iter().enumerate().filter_map(read).collect()
    }

    fn section<S: Section>(&mut self, value: &Value, path: KeyPath, right: &str) -> Option<S> {
        let Value::Dict(_, table) = value else {
            let right = format!("a section {right} with keys below it");
            self.wrong(&path, &Wrong::new(value, right), false);
            return None;
        };
        let mut reader = Reader {
            layers: self.layers,
            base: self.base,
            problems: self.problems,
            table,
            path,
        };
        reader.refuse_unknown_keys::<S>();
        S::read(&mut reader)
    }

    fn refuse_unknown_keys<S: Section>(&mut self) {
        let known = || S::DESCRIPTION.names();
        for name in self.table.keys() {
            if !known().any(|known| known == *name) {
                let hint = nearest(name, known()).or_else(|| elsewhere(name));
                self.unknown(&self.path.key(name), hint);
            }
        }
    }

    /// Reads the value of `key`; `None` when there was a problem.
    pub(super) fn value<T: Setting>(&mut self, key: &str) -> Option<T> {
        let path = self.path.key(key);
        if T::SECRET
            && let Some(twin) = self.twin(key)
        {
            let (path, value) = self.pointed_to(key, &twin)?;
            return self.setting(&path, &value);
        }
        match self.table.get(key) {
            Some(value) => self.setting(&path, value),
            None => T::missing().or_else(|| {
                self.problem(&path, "this key is missing");
                None
            }),
        }
    }

    /// The key that points to where the value of `key` stands, when there is one.
    fn twin(&self, key: &str) -> Option<String> {
        let twins = ["_env", "_file"].map(|end| format!("{key}{end}"));
        twins.into_iter().find(|twin| self.names(twin))
    }

    /// Whether `key` is there and says something.
    fn names(&self, key: &str) -> bool {
        let value = self.table.get(key);
        value.is_some_and(|value| value.as_str() != Some(""))
    }

    /// What stands where `twin` points to, in the place of `key`.
    fn pointed_to(&mut self, key: &str, twin: &str) -> Option<(KeyPath, Value)> {
        let place = self.path.key(twin);
        let others = [key.to_owned(), format!("{key}_file")];
        let mut others = others.iter().filter(|other| *other != twin);
        if let Some(other) = others.find(|other| self.names(other)) {
            let other = self.path.key(other);
            self.problem(&place, format!("only one of this and {other} can be set"));
            return None;
        }
        let value = self.table.get(twin)?.clone();
        let found = if twin.ends_with("_env") {
            self.variable(&place, &value)
        } else {
            self.content_of(&place, &value)
        };
        found.map(|value| (place, value))
    }

    fn variable(&mut self, place: &KeyPath, name: &Value) -> Option<Value> {
        let name: String = self.setting(place, name)?;
        match self.layers.secret(&name) {
            Ok(secret) => Some(Value::from(secret.trim())),
            Err(why) => {
                self.problem(place, why);
                None
            }
        }
    }

    fn content_of(&mut self, place: &KeyPath, file: &Value) -> Option<Value> {
        let file: PathBuf = self.setting(place, file)?;
        match std::fs::read_to_string(&file) {
            Ok(content) => Some(Value::from(content.trim())),
            Err(error) => {
                let why = read_failure(&error);
                self.problem(place, format!("{} cannot be read: {why}", file.display()));
                None
            }
        }
    }

    fn setting<T: Setting>(&mut self, path: &KeyPath, value: &Value) -> Option<T> {
        let mut read = T::read(value, self.base);
        if read.is_err() && self.layers.is_variable(path) {
            // A variable is a text; numbers, lists and the like are written in it as in TOML.
            let Ok(typed) = value.as_str().unwrap_or_default().parse::<Value>();
            read = T::read(&typed, self.base);
        }
        match read {
            Ok(setting) => Some(setting),
            Err(wrong) => {
                self.wrong(path, &wrong, T::SECRET);
                None
            }
        }
    }

    fn wrong(&mut self, path: &KeyPath, wrong: &Wrong, secret: bool) {
        let path = wrong
            .index
            .map_or_else(|| path.clone(), |index| path.index(index));
        self.problem(&path, wrong.message(secret));
    }

    fn unknown(&mut self, path: &KeyPath, hint: Option<String>) {
        let hint = hint.map(|known| format!("; did you mean \"{known}\"?"));
        self.problem(
            path,
            format!("there is no such key{}", hint.unwrap_or_default()),
        );
    }

    /// Notes a problem with the value at `path`.
    pub(super) fn problem(&mut self, path: &KeyPath, message: impl Into<String>) {
        self.problems.push(Problem {
            place: self.layers.place(path),
            key: path.to_string(),
            message: message.into(),
        });
    }
}

/// The known name that is most like `name`, when one is.
fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    const ALIKE: f64 = 0.8;
    known
        .map(|known| (strsim::jaro_winkler(name, &known), known))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// The key of that very name in some section.
fn elsewhere(name: &str) -> Option<String> {
    let section = sections::ALL
        .iter()
        .find(|section| section.names().any(|known| known == name))?;
    Some(format!("{}.{name}", section.name))
}
