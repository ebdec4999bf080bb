//! What the first packet of a stream tells.

/// What positions in a stream count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Samples: so many a second, from such a position on.
    Samples {
        /// How many a second.
        rate: u32,
        /// At which position it begins.
        from: u64,
    },
    /// Frames of video since the last one that stands alone, and before that.
    Frames {
        /// How many in so many seconds.
        rate: u32,
        /// See above.
        seconds: u32,
        /// How many bits count those since.
        shift: u32,
    },
}

/// The codec of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Codec {
    pub(super) name: &'static str,
    pub(super) measure: Measure,
    /// Width and height, in pixels.
    pub(super) size: Option<(u32, u32)>,
    /// Bytes of its second packet before the comments.
    pub(super) before_comments: usize,
}

impl Codec {
    /// What a stream's first packet tells; `None` of one that is not known. Vorbis I, 4.2.2; RFC
    /// 7845, 5.1; RFC 9639, 10.1; the Speex manual, "Ogg file format"; Theora specification, 6.2.
    pub(super) fn read(packet: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u32::from_le_bytes(packet.get(at..at + 4)?.try_into().ok()?));
        let sound = |name, rate, from, before_comments| Self {
            name,
            measure: Measure::Samples { rate, from },
            size: None,
            before_comments,
        };
        if packet.starts_with(b"\x01vorbis") {
            return Some(sound("vorbis", number(12)?, 0, 7));
        }
        if packet.starts_with(b"OpusHead") {
            let skipped = packet.get(10..12)?.try_into().ok()?;
            return Some(sound(
                "opus",
                48_000,
                u64::from(u16::from_le_bytes(skipped)),
                8,
            ));
        }
        if packet.starts_with(b"Speex   ") {
            return Some(sound("speex", number(36)?, 0, 0));
        }
        if packet.starts_with(b"\x7fFLAC") {
            let bytes = packet.get(27..30)?;
            let rate = bytes.iter().fold(0, |n, b| n << 8 | u32::from(*b)) >> 4;
            return Some(sound("flac", rate, 0, 4));
        }
        Self::video(packet.strip_prefix(b"\x80theora")?)
    }

    fn video(header: &[u8]) -> Option<Self> {
        let number = |at: usize, len: usize| {
            let bytes = header.get(at..at + len)?;
            Some(bytes.iter().fold(0, |n, b| n << 8 | u32::from(*b)))
        };
        let size = (number(7, 3)?, number(10, 3)?);
        Some(Self {
            name: "theora",
            measure: Measure::Frames {
                rate: number(15, 4).unwrap_or(0),
                seconds: number(19, 4).unwrap_or(0),
                // Six bits of quality lie before it, five behind.
                shift: number(33, 2).unwrap_or(0) >> 5 & 0x1f,
            },
            size: (size.0 > 0 && size.1 > 0).then_some(size),
            before_comments: 7,
        })
    }

    /// The time of a position, in milliseconds.
    pub(super) fn milliseconds(&self, position: u64) -> Option<u64> {
        let (units, rate) = match self.measure {
            Measure::Samples { rate, from } => {
                (u128::from(position.checked_sub(from)?), u128::from(rate))
            }
            Measure::Frames {
                rate,
                seconds,
                shift,
            } => {
                let frames = (position >> shift) + (position & ((1 << shift) - 1));
                (u128::from(frames) * u128::from(seconds), u128::from(rate))
            }
        };
        u64::try_from((units * 1000).checked_div(rate)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_since_the_last_whole_one_count() {
        let codec = Codec {
            name: "theora",
            measure: Measure::Frames {
                rate: 30_000,
                seconds: 1_001,
                shift: 6,
            },
            size: None,
            before_comments: 7,
        };
        assert_eq!(codec.milliseconds((2 << 6) + 28), Some(1001));
        assert!(codec.milliseconds(u64::MAX >> 1).is_some());
        let none = Codec {
            measure: Measure::Samples { rate: 0, from: 0 },
            ..codec
        };
        assert_eq!(none.milliseconds(1), None);
    }

    #[test]
    fn flac_tells_its_rate() {
        let mut packet = b"\x7fFLAC\x01\0\0\x01fLaC\0\0\0\x22".to_vec();
        packet.extend([0; 10]);
        packet.extend([0x0a, 0xc4, 0x42, 0xf0]);
        let codec = Codec::read(&packet).unwrap();
        assert_eq!(
            codec.measure,
            Measure::Samples {
                rate: 44_100,
                from: 0
            }
        );
    }
}
