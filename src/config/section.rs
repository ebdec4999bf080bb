//! What a section is: a struct whose documentation and defaults are also those of the example
//! file, so that the two cannot drift apart.

use super::reader::Reader;

/// A section as its reader and the example file need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Description {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// Whether it may stand more than once, as `[[name]]`.
    pub(super) repeated: bool,
    /// What it is for, line by line.
    pub(super) about: &'static [&'static str],
    /// Its keys, in order.
    pub(super) keys: &'static [Key],
}

/// A key of a section.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its name.
    pub(super) name: &'static str,
    /// What it does, line by line.
    pub(super) about: &'static [&'static str],
    /// In a single section its default, in a repeated one an example; as TOML.
    pub(super) value: &'static str,
    /// Whether it may also come from elsewhere: see [`Description::twins`].
    pub(super) secret: bool,
}

impl Description {
    /// Every name that may stand in the section.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.keys.iter().flat_map(|key| {
            let twins = self.twins(key).iter();
            let twins = twins.map(|twin| format!("{}{twin}", key.name));
            std::iter::once(key.name.to_owned()).chain(twins)
        })
    }

    /// What the names of a key's other places end with: a secret may stand in a file. Keys of a
    /// single section are variables themselves; those of a repeated one can name one.
    pub(super) const fn twins(&self, key: &Key) -> &'static [&'static str] {
        match (key.secret, self.repeated) {
            (false, _) => &[],
            (true, false) => &["_file"],
            (true, true) => &["_file", "_env"],
        }
    }
}

/// A struct that is read from a section.
pub(super) trait Section: Sized {
    /// The section.
    const DESCRIPTION: Description;

    /// Reads every key, so that all problems are found; `None` when there were any.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
}

/// Declares a section: `table Name "name" { key: Type = default; }`, or `repeated` with an example
/// in place of the default. Values are written as in TOML.
macro_rules! section {
    ($(#[doc = $about:literal])* $form:ident $name:ident $title:literal {
        $($(#[doc = $doc:literal])* $key:ident: $type:ty = $value:tt;)*
    }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[doc = $doc])* pub $key: $type,)*
        }

        impl $crate::config::section::Section for $name {
            const DESCRIPTION: $crate::config::section::Description =
                $crate::config::section::Description {
                    name: $title,
                    repeated: $crate::config::section::section!(@repeated $form),
                    about: &[$($about),*],
                    keys: &[$($crate::config::section::Key {
                        name: stringify!($key),
                        about: &[$($doc),*],
                        value: stringify!($value),
                        secret: <$type as $crate::config::setting::Setting>::SECRET,
                    }),*],
                };

            fn read(reader: &mut $crate::config::reader::Reader<'_>) -> Option<Self> {
                $(let $key = reader.value(stringify!($key));)*
                Some(Self { $($key: $key?),* })
            }
        }
    };
    (@repeated table) => { false };
    (@repeated repeated) => { true };
}
pub(super) use section;
