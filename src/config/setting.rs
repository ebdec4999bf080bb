//! What can be the value of a key.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use figment::value::Value;
use ipnet::IpNet;

use crate::world::Time;

/// A type that a key can have.
pub(super) trait Setting: Sized {
    /// Whether its value is never shown, and may come from the file that `<key>_file` names.
    const SECRET: bool = false;

    /// What a key has that is not there; `None` when it must be there.
    fn missing() -> Option<Self> {
        None
    }

    /// The setting that `value` is. Relative paths are relative to `base`.
    fn read(value: &Value, base: &Path) -> Result<Self, Wrong>;
}

/// A value that is not right.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Its position in a list.
    pub(super) index: Option<usize>,
    /// What was found.
    found: String,
    /// What would be right.
    right: Cow<'static, str>,
}

impl Wrong {
    /// `value` is not `right`.
    pub(super) fn new(value: &Value, right: impl Into<Cow<'static, str>>) -> Self {
        Self {
            index: None,
            found: describe(value),
            right: right.into(),
        }
    }

    /// What was found and what would be right; a secret is not shown.
    pub(super) fn message(&self, secret: bool) -> String {
        let found = if secret {
            "a value that is not shown here"
        } else {
            &self.found
        };
        format!("found {found}; expected {}", self.right)
    }
}

/// The value as a person would write it, shortened.
fn describe(value: &Value) -> String {
    const SHOWN: usize = 80;
    match value {
        Value::String(_, text) if text.chars().count() > SHOWN => {
            let start: String = text.chars().take(SHOWN).collect();
            format!("{:?}", start + "…")
        }
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, char) => format!("{char:?}"),
        Value::Bool(_, bool) => bool.to_string(),
        Value::Num(_, number) => match (whole_number(value), number.to_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(fraction)) => fraction.to_string(),
            (None, None) => "a number".into(),
        },
        Value::Dict(..) => "a table".into(),
        Value::Array(..) => "a list".into(),
        Value::Empty(..) => "nothing".into(),
    }
}

/// The crate keeps signed and unsigned numbers apart.
fn whole_number(value: &Value) -> Option<i128> {
    let unsigned = value.to_u128().and_then(|number| number.try_into().ok());
    unsigned.or_else(|| value.to_i128())
}

/// Reads a text with `parse`, which answers what would be right when it is not.
pub(super) fn from_text<T, R: Into<Cow<'static, str>>>(
    value: &Value,
    right: &'static str,
    parse: impl FnOnce(&str) -> Result<T, R>,
) -> Result<T, Wrong> {
    let text = value.as_str().ok_or_else(|| Wrong::new(value, right))?;
    parse(text).map_err(|right| Wrong::new(value, right))
}

impl Setting for bool {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        value
            .to_bool()
            .ok_or_else(|| Wrong::new(value, "true or false"))
    }
}

impl Setting for u32 {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        whole_number(value)
            .and_then(|number| number.try_into().ok())
            .ok_or_else(|| Wrong::new(value, "a whole number, such as 1000"))
    }
}

impl Setting for NonZeroU32 {
    fn read(value: &Value, base: &Path) -> Result<Self, Wrong> {
        u32::read(value, base)
            .ok()
            .and_then(Self::new)
            .ok_or_else(|| Wrong::new(value, "a whole number from 1 upwards"))
    }
}

impl Setting for String {
    /// Never empty: where there may be no text, the type is an `Option`.
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = "a text in quotes that is not empty";
        from_text(value, RIGHT, |text| match text.trim() {
            "" => Err(RIGHT),
            text => Ok(text.to_owned()),
        })
    }
}

impl Setting for PathBuf {
    fn read(value: &Value, base: &Path) -> Result<Self, Wrong> {
        String::read(value, base)
            .map(|path| base.join(path))
            .map_err(|_| Wrong::new(value, "a path in quotes"))
    }
}

impl Setting for SocketAddr {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str =
            r#"an IP address and a port, such as "127.0.0.1:8080", "0.0.0.0:443" or "[::]:443""#;
        from_text(value, RIGHT, |text| text.parse().map_err(|_| RIGHT))
    }
}

impl Setting for Time {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#"a moment in quotes, such as "2027-01-31T00:00:00Z""#;
        from_text(value, RIGHT, |text| {
            let moment: jiff::Timestamp = text.trim().parse().map_err(|_| RIGHT)?;
            u64::try_from(moment.as_millisecond())
                .map(Self)
                .map_err(|_| RIGHT)
        })
    }
}

impl Setting for IpNet {
    fn read(value: &Value, _: &Path) -> Result<Self, Wrong> {
        const RIGHT: &str = r#"an IP address or a network, such as "10.0.0.5" or "10.0.0.0/8""#;
        from_text(value, RIGHT, |text| {
            let address = text.parse().map(|address: IpAddr| Self::from(address));
            text.parse().or(address).map_err(|_| RIGHT)
        })
    }
}

impl<T: Setting> Setting for Option<T> {
    const SECRET: bool = T::SECRET;

    fn missing() -> Option<Self> {
        Some(None)
    }

    /// An empty text is none.
    fn read(value: &Value, base: &Path) -> Result<Self, Wrong> {
        match value.as_str() {
            Some("") => Ok(None),
            _ => T::read(value, base).map(Some),
        }
    }
}

impl<T: Setting> Setting for Vec<T> {
    const SECRET: bool = T::SECRET;

    fn missing() -> Option<Self> {
        Some(Self::new())
    }

    fn read(value: &Value, base: &Path) -> Result<Self, Wrong> {
        let elements = value
            .as_array()
            .ok_or_else(|| Wrong::new(value, r#"a list, such as ["one", "two"]"#))?;
        let read = |(index, element)| {
            T::read(element, base).map_err(|wrong| Wrong {
                index: Some(index),
                ..wrong
            })
        };
        elements.iter().enumerate().map(read).collect()
    }
}
