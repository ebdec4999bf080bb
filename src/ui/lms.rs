//! What is said of single LMSs on more than one page.

use maud::{Markup, html};

use super::Messages;
use super::tables::facts;

/// Where each LMS takes the address of an invitation.
pub fn where_to_paste(m: Messages) -> Markup {
    let places = [
        ("Moodle", "register-where-moodle"),
        ("Canvas", "register-where-canvas"),
        ("Brightspace", "register-where-brightspace"),
        ("Sakai", "register-where-sakai"),
    ];
    let places = places.map(|(name, id)| (name, html! { (m.text(id)) }));
    facts(&places)
}
