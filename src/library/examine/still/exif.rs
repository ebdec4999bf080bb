//! The orientation that Exif tells (CIPA DC-008, 4.6.4, tag 274): the one thing in it that is
//! needed to show a picture.

use crate::store::rows::library::Facts;

const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;
/// The most entries of a directory that are looked at.
const ENTRIES_MAX: usize = 512;

/// How a stored picture is turned and mirrored to be shown: 2 to 8; 1 is as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    /// What Exif data, which begin with a TIFF header, tell; `None` when the picture is shown as it
    /// is stored.
    pub(super) fn read(tiff: &[u8]) -> Option<Self> {
        let big = match tiff.get(..4)? {
            b"MM\0*" => true,
            b"II*\0" => false,
            _ => return None,
        };
        let number = |at: usize, len: usize| -> Option<usize> {
            let bytes = tiff.get(at..at.checked_add(len)?)?;
            let fold = |n: usize, b: &u8| n << 8 | usize::from(*b);
            Some(if big {
                bytes.iter().fold(0, fold)
            } else {
                bytes.iter().rev().fold(0, fold)
            })
        };
        let directory = number(4, 4)?;
        let count = number(directory, 2)?.min(ENTRIES_MAX);
        (0..count).find_map(|index| {
            let entry = directory.checked_add(2 + index * 12)?;
            let is_it = number(entry, 2)? == usize::from(ORIENTATION)
                && number(entry.checked_add(2)?, 2)? == usize::from(SHORT);
            let value = number(entry.checked_add(8)?, 2)?;
            let value = u8::try_from(value).ok()?;
            (is_it && (2..=8).contains(&value)).then_some(Self(value))
        })
    }

    /// The same alone, as Exif data that begin with a TIFF header.
    pub(super) fn alone(self) -> Vec<u8> {
        let mut tiff = b"MM\0*\0\0\0\x08\0\x01".to_vec();
        tiff.extend(ORIENTATION.to_be_bytes());
        tiff.extend(SHORT.to_be_bytes());
        tiff.extend([0, 0, 0, 1, 0, self.0, 0, 0, 0, 0, 0, 0]);
        tiff
    }

    /// The turn in it, in degrees clockwise.
    fn rotation(self) -> u16 {
        match self.0 {
            3 | 4 => 180,
            6 | 7 => 90,
            5 | 8 => 270,
            _ => 0,
        }
    }

    /// The same for the crate that decodes.
    pub(super) fn applied(self) -> Option<image::metadata::Orientation> {
        image::metadata::Orientation::from_exif(self.0)
    }
}

/// Facts of a picture that is stored in this size.
pub(super) fn facts(width: u32, height: u32, orientation: Option<Orientation>) -> Facts {
    let rotation = orientation.map_or(0, Orientation::rotation);
    let (width, height) = match rotation {
        90 | 270 => (height, width),
        _ => (width, height),
    };
    Facts {
        width: Some(width).filter(|n| *n > 0),
        height: Some(height).filter(|n| *n > 0),
        rotation,
        ..Facts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        for value in 2..=8 {
            let orientation = Orientation(value);
            assert_eq!(Orientation::read(&orientation.alone()), Some(orientation));
        }
        assert_eq!(Orientation::read(&Orientation(1).alone()), None);
        assert_eq!(Orientation::read(&Orientation(9).alone()), None);
    }

    #[test]
    fn both_byte_orders_are_read() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        assert_eq!(Orientation::read(little), Some(Orientation(6)));
        for len in 0..little.len() - 6 {
            assert_eq!(Orientation::read(&little[..len]), None, "{len}");
        }
    }

    #[test]
    fn a_turned_picture_is_as_wide_as_it_was_high() {
        let facts = facts(30, 20, Some(Orientation(6)));
        assert_eq!(
            (facts.width, facts.height, facts.rotation),
            (Some(20), Some(30), 90)
        );
    }
}
