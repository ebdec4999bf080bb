//! Scores as LTI 1.1 writes them: a decimal number from 0 to 1.

/// A score from 0 to 1. 0 is one.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Score(f64);

/// Why a score cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadScore {
    /// It is no decimal number.
    #[error("the score is not a decimal number")]
    NotANumber,
    /// It is less than 0 or more than 1.
    #[error("the score is not between 0 and 1")]
    OutOfRange,
}

/// The longest score that is read, in bytes.
const LONGEST: usize = 64;

impl Score {
    /// Reads a score as it was written.
    pub fn parse(text: &str) -> Result<Self, BadScore> {
        let text = text.trim();
        // Rust also reads "inf" and "NaN".
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
        if text.len() > LONGEST || !text.chars().all(plain) {
            return Err(BadScore::NotANumber);
        }
        Self::new(text.parse().map_err(|_| BadScore::NotANumber)?)
    }

    /// The score of this value.
    pub fn new(value: f64) -> Result<Self, BadScore> {
        if !value.is_finite() {
            Err(BadScore::NotANumber)
        } else if (0.0..=1.0).contains(&value) {
            // Without the sign of a negative zero.
            Ok(Self(value.abs()))
        } else {
            Err(BadScore::OutOfRange)
        }
    }

    /// The value.
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl std::fmt::Display for Score {
    /// A decimal number, never with an exponent.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
