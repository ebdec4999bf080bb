//! Captions as they are kept: cues alone, each of them checked, so that nothing else survives.

use std::fmt::Write;

use super::markup;
use super::settings;

/// The most bytes of a captions file.
pub const BYTES_MAX: usize = 2 * 1024 * 1024;
/// The most cues of a file.
pub const CUES_MAX: usize = 20_000;
/// The most bytes of a line.
pub const LINE_MAX: usize = 4 * 1024;
/// The most bytes of the text of a cue.
pub const CUE_MAX: usize = 64 * 1024;

/// Why captions cannot be taken. Lines count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCaptions {
    /// More than [`BYTES_MAX`] bytes.
    #[error("the captions are longer than 2 MiB")]
    TooLarge,
    /// Neither WebVTT nor SubRip.
    #[error("neither WebVTT nor SubRip")]
    NotCaptions,
    /// More than [`CUES_MAX`] cues.
    #[error("more than 20,000 cues")]
    TooManyCues,
    /// A line of more than [`LINE_MAX`] bytes.
    #[error("line {line} is longer than 4 KiB")]
    LineTooLong {
        /// The line.
        line: usize,
    },
    /// The text of a cue is longer than [`CUE_MAX`] bytes.
    #[error("the cue in line {line} is longer than 64 KiB")]
    CueTooLong {
        /// The line with its times.
        line: usize,
    },
    /// A line has an arrow but no two times.
    #[error("line {line} does not say from when to when")]
    Timing {
        /// The line.
        line: usize,
    },
    /// A cue ends before it begins.
    #[error("the cue in line {line} ends before it begins")]
    Backwards {
        /// The line.
        line: usize,
    },
    /// Not a single cue with words.
    #[error("there is no cue with words")]
    Empty,
}

/// One cue: when it is shown, where, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When it appears, in milliseconds from the beginning of the media.
    start: u64,
    /// When it disappears, in milliseconds; later than it appears.
    end: u64,
    /// WebVTT cue settings, perhaps none; see [`settings::clean`].
    settings: String,
    /// WebVTT cue text; see [`markup::clean`].
    pub(super) text: String,
}

impl Cue {
    /// A cue with these times in milliseconds, settings and text as a file has them. `None` when
    /// nothing of it would be seen.
    pub(super) fn new(start: u64, end: u64, settings: &str, text: &str) -> Option<Self> {
        if start >= end {
            return None;
        }
        Some(Self {
            start,
            end,
            settings: settings::clean(settings),
            text: markup::clean(text, start, end)?,
        })
    }
}

/// Checked captions: 1 to [`CUES_MAX`] cues in the order in which they appear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captions(Vec<Cue>);

impl Captions {
    /// Captions of these cues.
    pub(super) fn of(mut cues: Vec<Cue>) -> Result<Self, BadCaptions> {
        match cues.len() {
            0 => return Err(BadCaptions::Empty),
            len if len > CUES_MAX => return Err(BadCaptions::TooManyCues),
            _ => {}
        }
        cues.sort_by_key(|cue| cue.start);
        let captions = Self(cues);
        // Escaped, it may have become longer.
        if captions.to_vtt().len() > BYTES_MAX {
            return Err(BadCaptions::TooLarge);
        }
        Ok(captions)
    }

    /// How many cues there are.
    pub fn cues(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// The captions as a WebVTT file (WebVTT, section 4.1). Reading it gives the same captions.
    pub fn to_vtt(&self) -> String {
        let mut out = String::from("WEBVTT\n");
        for cue in &self.0 {
            let (start, end) = (timestamp(cue.start), timestamp(cue.end));
            let gap = if cue.settings.is_empty() { "" } else { " " };
            // Writing into a `String` cannot fail.
            let _ = write!(
                out,
                "\n{start} --> {end}{gap}{}\n{}\n",
                cue.settings, cue.text
            );
        }
        out
    }
}

/// A WebVTT timestamp of `time` milliseconds.
pub(super) fn timestamp(time: u64) -> String {
    let (seconds, millis) = (time / 1000, time % 1000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03}")
}
