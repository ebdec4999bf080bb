//! Where somebody stopped watching, as the page's player tells it.

use std::time::Duration;

use http::StatusCode;

use super::Error;
use crate::app::{App, Input, Page};
use crate::library::{self, Viewer};
use crate::people::Member;
use crate::store::ids::ItemId;
use crate::watching::{self, Reached};

/// Two numbers take no more.
const LIMIT: usize = 1024;
/// Nothing plays longer.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// `POST /s/{token}/media/{item}/position` with `seconds` and, where the player knows it,
/// `duration`, both in seconds. For whoever may open the item.
pub async fn position(
    app: &App,
    member: &Member,
    input: &mut Input,
    item: ItemId,
) -> Result<Page, Error> {
    let fields = input.form(LIMIT).await?;
    let position = fields.get("seconds").and_then(seconds);
    let reached = Reached {
        position: position.ok_or(Error::BadRequest)?,
        duration: fields.get("duration").and_then(seconds),
    };
    let opened = library::open(&app.store, &Viewer::of(member), item)?;
    watching::keep(&app.store, &app.world, member, &opened, reached).await?;
    Ok(Page::empty(StatusCode::NO_CONTENT))
}

/// A time in seconds, such as `754.25`.
fn seconds(text: &str) -> Option<Duration> {
    let time = Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
    (time <= LONGEST).then_some(time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_numbers_of_seconds() {
        assert_eq!(seconds("754.25"), Some(Duration::from_millis(754_250)));
        assert_eq!(seconds("0"), Some(Duration::ZERO));
        for wrong in ["", "-1", "NaN", "inf", "1e300", "12:34", "31536001"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_without_panic(text: String, number: f64) {
            let _ = seconds(&text);
            prop_assert!(seconds(&number.to_string()).is_none_or(|time| time <= LONGEST));
        }
    }
}
