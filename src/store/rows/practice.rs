//! What the practice course remembers as an LMS: its courses' activities and the tool that was
//! registered with it. Lanterna's own side knows none of it.

use minicbor::{Decode, Encode};

use crate::store::tree::rows;
use crate::world::Time;

/// By which of its connections the practice course launches something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Way {
    /// LTI 1.3, registered from the start.
    #[n(0)]
    Token,
    /// LTI 1.1.
    #[n(1)]
    Form,
    /// LTI 1.3, registered dynamically.
    #[n(2)]
    Registered,
}

/// A course of the practice course.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PracticeCourse {
    /// Its context id.
    #[n(0)]
    pub context: String,
    /// Its title; `None` for the usual one.
    #[n(1)]
    pub title: Option<String>,
    /// The contexts that it was copied from, closest first.
    #[n(2)]
    pub history: Vec<String>,
    /// The number of the next activity.
    #[n(3)]
    pub next: u32,
}

/// Something that a teacher picked in Lanterna for a course.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PracticeActivity {
    /// Its title.
    #[n(0)]
    pub title: String,
    /// What the tool says about it.
    #[n(1)]
    pub text: Option<String>,
    /// Its resource link id.
    #[n(2)]
    pub link: String,
    /// The connection that it was picked by.
    #[n(3)]
    pub way: Way,
    /// Where its launches lead; `None` for the tool's usual address.
    #[n(4)]
    pub url: Option<String>,
    /// The custom parameters that came with it.
    #[n(5)]
    pub custom: Vec<(String, String)>,
    /// The most that can be reached in it, in hundredths, when it counts towards the grade.
    #[n(6)]
    pub score: Option<u64>,
    /// When it was added.
    #[n(7)]
    pub added: Time,
    /// The path of a small picture of it, on this very server.
    #[n(8)]
    pub picture: Option<String>,
}

/// A tool that registered itself.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PracticeTool {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// Where its logins begin.
    #[n(1)]
    pub login_url: String,
    /// Where tokens may be sent.
    #[n(2)]
    pub redirect_uris: Vec<String>,
    /// Where its launches lead.
    #[n(3)]
    pub target: String,
    /// Custom parameters for all of its launches.
    #[n(4)]
    pub custom: Vec<(String, String)>,
    /// The scopes that it may ask for.
    #[n(5)]
    pub scopes: Vec<String>,
    /// Its deployment.
    #[n(6)]
    pub deployment: String,
    /// When it registered.
    #[n(7)]
    pub registered: Time,
}

rows!(PracticeCourse = 1, PracticeActivity = 1, PracticeTool = 1);
