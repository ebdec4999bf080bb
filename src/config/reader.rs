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
            && let Some(file) = self.named_file(key)
        {
            let (path, value) = self.content_of(&path, key, &file)?;
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

    /// The file that `<key>_file` names.
    fn named_file(&self, key: &str) -> Option<Value> {
        let value = self.table.get(&format!("{key}_file"))?;
        (value.as_str() != Some("")).then(|| value.clone())
    }

    /// The content of the file that stands in the place of `key`.
    fn content_of(&mut self, path: &KeyPath, key: &str, file: &Value) -> Option<(KeyPath, Value)> {
        let twin = self.path.key(&format!("{key}_file"));
        let named_twice = self
            .table
            .get(key)
            .is_some_and(|value| value.as_str() != Some(""));
        if named_twice {
            self.problem(&twin, format!("only one of this and {path} can be set"));
            return None;
        }
        let file: PathBuf = self.setting(&twin, file)?;
        match std::fs::read_to_string(&file) {
            Ok(content) => Some((twin, Value::from(content.trim()))),
            Err(error) => {
                let why = read_failure(&error);
                self.problem(&twin, format!("{} cannot be read: {why}", file.display()));
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
