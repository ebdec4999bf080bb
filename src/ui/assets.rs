//! Embedded files: style sheets, scripts, pictures.
//!
//! They are served under `/assets/{version}/{name}`. The version is a hash over all of them, so an
//! address never outlives its content, and scripts can import each other by relative names.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use ring::digest::{Context, SHA256};
use rust_embed::Embed;

/// Everything below `assets/`. Debug builds read the folder, release builds carry it.
#[derive(Embed)]
#[folder = "assets"]
struct Embedded;

/// The folder of texts, which are for this program and not for browsers.
const MESSAGES: &str = "messages/";

/// For an address with the present version: its content never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// For an address with another version, as a page asks that was open during an update.
const REVALIDATE: &str = "no-cache";

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Embedded::iter().collect();
    names.sort_unstable();
    let mut hash = Context::new(&SHA256);
    for name in names {
        if let Some(file) = Embedded::get(&name) {
            hash.update(name.as_bytes());
            hash.update(&file.metadata.sha256_hash());
        }
    }
    let digest = hash.finish();
    URL_SAFE_NO_PAD.encode(digest.as_ref().get(..9).unwrap_or_default())
});

/// One embedded file.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Bytes,
    /// Its media type, with the character set where it is text.
    pub media_type: String,
    /// A strong entity tag, without quotes.
    pub etag: String,
}

/// An embedded file as it is to be answered.
#[derive(Debug, Clone)]
pub struct Served {
    /// The file.
    pub asset: Asset,
    /// The value of `Cache-Control`.
    pub cache_control: &'static str,
}

/// The embedded file of this name, such as `css/base.css`.
pub fn get(name: &str) -> Option<Asset> {
    // Debug builds look the name up in a folder, where dots would lead elsewhere.
    if name.starts_with(MESSAGES) || name.split('/').any(|part| part.starts_with('.')) {
        return None;
    }
    let file = Embedded::get(name)?;
    let hash = file.metadata.sha256_hash();
    let mime = file.metadata.mimetype();
    Some(Asset {
        bytes: match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        },
        media_type: if mime.starts_with("text/") {
            format!("{mime}; charset=utf-8")
        } else {
            mime.to_owned()
        },
        etag: URL_SAFE_NO_PAD.encode(hash.get(..15).unwrap_or_default()),
    })
}

/// The answer to `/assets/{tail}`, where the tail is `{version}/{name}`.
pub fn serve(tail: &str) -> Option<Served> {
    let (version, name) = tail.split_once('/')?;
    Some(Served {
        asset: get(name)?,
        cache_control: if version == *VERSION {
            FOREVER
        } else {
            REVALIDATE
        },
    })
}

/// The address of an embedded file.
///
/// `base` is the path of the configured public address without its last slash: empty at the root.
pub fn url(base: &str, name: &str) -> String {
    debug_assert!(get(name).is_some(), "no embedded file {name}");
    format!("{base}/assets/{}/{name}", *VERSION)
}

/// The names of all files that [`get`] knows.
pub fn names() -> impl Iterator<Item = Cow<'static, str>> {
    Embedded::iter().filter(|name| !name.starts_with(MESSAGES))
}

/// The texts in one language.
pub(super) fn texts(language: &str) -> String {
    Embedded::get(&format!("{MESSAGES}{language}.ftl"))
        .map(|file| String::from_utf8_lossy(&file.data).into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_a_type_and_a_tag() {
        let css = get("css/base.css").unwrap();
        assert_eq!(css.media_type, "text/css; charset=utf-8");
        assert_eq!(css.etag.len(), 20);
        assert!(!css.bytes.is_empty());
        let js = get("js/main.js").unwrap();
        assert_eq!(js.media_type, "text/javascript; charset=utf-8");
        assert_ne!(js.etag, css.etag);
        assert_eq!(get("img/favicon.svg").unwrap().media_type, "image/svg+xml");
    }

    #[test]
    fn what_is_not_for_browsers_is_not_there() {
        assert!(get("messages/en.ftl").is_none());
        assert!(get("../Cargo.toml").is_none());
        assert!(get("css/../messages/en.ftl").is_none());
        assert!(get("").is_none());
        assert!(names().all(|name| get(&name).is_some()));
    }

    #[test]
    fn an_address_carries_base_and_version_and_is_served_for_ever() {
        let url = url("/lanterna", "css/base.css");
        let tail = url.strip_prefix("/lanterna/assets/").unwrap();
        assert_eq!(serve(tail).unwrap().cache_control, FOREVER);
    }

    #[test]
    fn an_old_version_is_served_but_not_kept() {
        assert_eq!(
            serve("older/css/base.css").unwrap().cache_control,
            REVALIDATE
        );
        assert!(serve("css").is_none());
        assert!(serve("older/css/none.css").is_none());
    }
}
