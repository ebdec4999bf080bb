//! The messages that crossed between the practice course and Lanterna, decoded, for people to look
//! at. They are kept in memory, a bounded number of them, and hold neither secrets nor anything that
//! could be used again: whoever notes a message has taken those out.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::world::Time;

/// How many messages are kept.
const MOST: usize = 200;
/// Lines of one part of a message.
const MOST_LINES: usize = 120;
/// Characters of one line's value.
const LONGEST: usize = 4_000;
/// Characters of one line's name: whoever sends a message names its parameters.
const LONGEST_NAME: usize = 200;

/// Who a message goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// From the platform to the tool.
    Tool,
    /// From the tool to the platform.
    Platform,
}

/// What is known of a message's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// It has none.
    None,
    /// The sender's: by this method and key.
    Signed(String),
    /// The receiver verified it.
    Verified(String),
    /// The receiver did not take it, for this reason.
    Refused(String),
}

/// Some lines of a message that belong together, such as the claims of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The id of the message that names it.
    pub title: &'static str,
    /// Names and values, the interesting ones first.
    pub lines: Vec<(String, String)>,
}

/// A message that crossed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// Its number.
    pub number: u64,
    /// When it crossed.
    pub at: Time,
    /// The id of the message that says what it is.
    pub kind: &'static str,
    /// Who it went to.
    pub towards: Towards,
    /// By which method to which address, without its query.
    pub address: String,
    /// What is known of its signature.
    pub signature: Signature,
    /// What it says.
    pub parts: Vec<Part>,
}

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    messages: VecDeque<Crossing>,
}

/// The last messages. Those that came first give way.
#[derive(Debug, Default)]
pub struct Wire(Mutex<Kept>);

impl Wire {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a message; its number is given here.
    pub fn note(&self, mut crossing: Crossing) {
        shorten(&mut crossing.address, LONGEST);
        for part in &mut crossing.parts {
            part.lines.truncate(MOST_LINES);
            for (name, value) in &mut part.lines {
                shorten(name, LONGEST_NAME);
                shorten(value, LONGEST);
            }
        }
        let mut kept = self.kept();
        kept.last += 1;
        crossing.number = kept.last;
        if kept.messages.len() == MOST {
            kept.messages.pop_front();
        }
        kept.messages.push_back(crossing);
    }

    /// The last messages, newest first.
    pub fn recent(&self, limit: usize) -> Vec<Crossing> {
        self.kept()
            .messages
            .iter()
            .rev()
            .take(limit)
            .cloned()
            .collect()
    }

    /// Forgets all of them; numbers go on.
    pub fn clear(&self) {
        self.kept().messages.clear();
    }
}

fn shorten(value: &mut String, longest: usize) {
    if let Some((end, _)) = value.char_indices().nth(longest) {
        value.truncate(end);
        value.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crossing(value: &str) -> Crossing {
        Crossing {
            number: 0,
            at: Time(0),
            kind: "login",
            towards: Towards::Tool,
            address: "GET /login".into(),
            signature: Signature::None,
            parts: vec![Part {
                title: "parameters",
                lines: vec![("iss".into(), value.into()); MOST_LINES + 1],
            }],
        }
    }

    #[test]
    fn it_holds_no_more_than_it_may() {
        let wire = Wire::default();
        for _ in 0..MOST + 5 {
            wire.note(crossing(&"é".repeat(LONGEST + 1)));
        }
        let recent = wire.recent(usize::MAX);
        assert_eq!(recent.len(), MOST);
        assert_eq!(recent[0].number, MOST as u64 + 5);
        assert_eq!(recent[MOST - 1].number, 6);
        let lines = &recent[0].parts[0].lines;
        assert_eq!(lines.len(), MOST_LINES);
        assert_eq!(lines[0].1.chars().count(), LONGEST + 1);
        wire.clear();
        assert!(wire.recent(1).is_empty());
        wire.note(crossing("x"));
        assert_eq!(wire.recent(1)[0].number, MOST as u64 + 6);
    }
}
