//! Where in a stream of bytes the messages are: `0x0B message 0x1C 0x0D`. Pure and
//! incremental: in whatever pieces the bytes come, the frames are the same. Bytes
//! before a start block belong to no message and are counted. A frame over the bound
//! is read to its end and kept only in part, so that its sender can be told.
//!
//! An end block without its carriage return is taken for an end when a start block
//! follows it at once; no message may hold either of the two.

use sha2::{Digest, Sha256};

use crate::dead_letter::ORIGINAL_MAX;

/// Before a message.
pub const START: u8 = 0x0B;
/// After a message, and then [`RETURN`].
pub const END: u8 = 0x1C;
/// The last byte of a frame.
pub const RETURN: u8 = 0x0D;

/// What stands between a start block and the end that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message.
    Whole(Vec<u8>),
    /// More than is taken.
    Oversize(Oversize),
}

/// What is known of a frame over the bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oversize {
    /// Its first bytes, at most [`ORIGINAL_MAX`].
    pub head: Vec<u8>,
    /// How many bytes it had.
    pub length: u64,
    /// The SHA-256 of all of them.
    pub sha256: [u8; 32],
}

/// Finds the frames of one connection.
#[derive(Debug)]
pub struct Frames {
    /// Largest message, in bytes.
    most: usize,
    filling: Option<Filling>,
    skipped: u64,
}

#[derive(Debug, Default)]
struct Filling {
    data: Vec<u8>,
    /// Length and hash of all that has come, once that is over the bound.
    over: Option<(u64, Sha256)>,
    /// The end block has come, and what follows it has not.
    is_ending: bool,
}

impl Frames {
    /// Takes messages of at most `most` bytes.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            filling: None,
            skipped: 0,
        }
    }

    /// Reads on in `bytes` to the end of a frame, and leaves what follows it there.
    /// `None`: all of them are read, and no frame has ended.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Option<Frame> {
        while !bytes.is_empty() {
            let Some(filling) = &mut self.filling else {
                self.skip(bytes);
                continue;
            };
            if filling.read(bytes, self.most) {
                return self.filling.take().map(Filling::frame);
            }
        }
        None
    }

    /// Whether a frame has begun and not ended.
    pub fn is_inside(&self) -> bool {
        self.filling.is_some()
    }

    /// How many bytes of a frame that has not ended are kept.
    pub fn kept(&self) -> usize {
        self.filling
            .as_ref()
            .map_or(0, |filling| filling.data.len())
    }

    /// How many bytes outside of frames there were since this was asked last.
    pub fn take_skipped(&mut self) -> u64 {
        std::mem::take(&mut self.skipped)
    }

    fn skip(&mut self, bytes: &mut &[u8]) {
        let start = bytes.iter().position(|byte| *byte == START);
        let before = start.unwrap_or(bytes.len());
        self.skipped += before as u64;
        *bytes = &bytes[before..];
        if start.is_some() {
            *bytes = &bytes[1..];
            self.filling = Some(Filling::default());
        }
    }
}

impl Filling {
    /// Takes bytes, and says whether the frame has ended.
    fn read(&mut self, bytes: &mut &[u8], most: usize) -> bool {
        if self.is_ending {
            match bytes.first() {
                Some(&RETURN) => {
                    *bytes = &bytes[1..];
                    return true;
                }
                Some(&START) => return true,
                _ => {}
            }
            self.is_ending = false;
            self.append(&[END], most);
        }
        let end = bytes.iter().position(|byte| *byte == END);
        let before = end.unwrap_or(bytes.len());
        self.append(&bytes[..before], most);
        *bytes = &bytes[before..];
        if end.is_some() {
            *bytes = &bytes[1..];
            self.is_ending = true;
        }
        false
    }

    fn append(&mut self, bytes: &[u8], most: usize) {
        if let Some((length, hash)) = &mut self.over {
            *length += bytes.len() as u64;
            hash.update(bytes);
        } else if self.data.len() + bytes.len() <= most {
            self.data.extend_from_slice(bytes);
            return;
        } else {
            let mut hash = Sha256::new_with_prefix(&self.data);
            hash.update(bytes);
            self.over = Some(((self.data.len() + bytes.len()) as u64, hash));
            self.data.truncate(ORIGINAL_MAX);
            self.data.shrink_to_fit();
        }
        let room = ORIGINAL_MAX.saturating_sub(self.data.len());
        self.data.extend_from_slice(&bytes[..room.min(bytes.len())]);
    }

    fn frame(self) -> Frame {
        match self.over {
            None => Frame::Whole(self.data),
            Some((length, hash)) => Frame::Oversize(Oversize {
                head: self.data,
                length,
                sha256: hash.finalize().into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All frames of a stream that comes in pieces of these lengths, in turns; and
    /// how many bytes lay outside.
    fn read(stream: &[u8], most: usize, pieces: &[usize]) -> (Vec<Frame>, u64) {
        let mut frames = Frames::new(most);
        let mut found = Vec::new();
        let mut rest = stream;
        for piece in pieces.iter().cycle() {
            let (mut bytes, after) = rest.split_at((*piece).min(rest.len()));
            while let Some(frame) = frames.next(&mut bytes) {
                found.push(frame);
            }
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let skipped = frames.take_skipped();
        (found, skipped)
    }

    #[track_caller]
    fn check(stream: &[u8], expected: &[&str], outside: u64) {
        let whole = |text: &&str| Frame::Whole(text.as_bytes().to_vec());
        let expected: Vec<Frame> = expected.iter().map(whole).collect();
        assert_eq!(read(stream, 100, &[stream.len()]), (expected, outside));
    }

    #[test]
    fn frames_are_found_also_when_several_come_at_once() {
        check(b"\x0BMSH|a\rPID|1\r\x1C\r", &["MSH|a\rPID|1\r"], 0);
        check(b"\x0Ba\x1C\r\x0Bb\x1C\r\x0Bc", &["a", "b"], 0);
        check(b"\x0B\x1C\r", &[""], 0);
    }

    #[test]
    fn bytes_outside_of_frames_are_counted_and_belong_to_nobody() {
        check(b"hello\x0Ba\x1C\r\r\n\x0Bb\x1C\r!", &["a", "b"], 8);
        check(b"\x1C\r\x1C\r", &[], 4);
    }

    #[test]
    fn an_end_needs_its_return_unless_another_frame_begins() {
        check(b"\x0Ba\x1C\x0Bb\x1C\r", &["a", "b"], 0);
        check(b"\x0Ba\x1Cb\x1C\x1C\r", &["a\x1Cb\x1C"], 0);
        check(b"\x0Ba\x0Bb\x1C\r", &["a\x0Bb"], 0);
    }

    #[test]
    fn a_frame_over_the_bound_is_known_by_its_head_length_and_hash() {
        let large = vec![b'x'; ORIGINAL_MAX + 10];
        let stream = [b"\x0B", &large[..], b"\x1C\r\x0Bb\x1C\r"].concat();
        let (found, _) = read(&stream, ORIGINAL_MAX + 9, &[1_000]);
        let over = Oversize {
            head: large[..ORIGINAL_MAX].to_vec(),
            length: large.len() as u64,
            sha256: Sha256::digest(&large).into(),
        };
        let fits = Frame::Whole(b"b".to_vec());
        assert_eq!(found, [Frame::Oversize(over), fits]);
        let (found, _) = read(&stream, ORIGINAL_MAX + 10, &[1_000]);
        assert_eq!(found[0], Frame::Whole(large));
    }

    /// Numbers that only look random.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (self.0 >> 33) as usize % end
        }
    }

    #[test]
    fn any_pieces_give_the_same_frames() {
        let mut dice = Dice(7);
        for _ in 0..2_000 {
            let alphabet = [START, END, RETURN, b'a', b'b'];
            let stream: Vec<u8> = (0..dice.below(60))
                .map(|_| alphabet[dice.below(alphabet.len())])
                .collect();
            let most = dice.below(20);
            let at_once = read(&stream, most, &[stream.len().max(1)]);
            let pieces: Vec<usize> = (0..4).map(|_| dice.below(5) + 1).collect();
            assert_eq!(
                read(&stream, most, &pieces),
                at_once,
                "{stream:?} {pieces:?}"
            );
            assert_eq!(read(&stream, most, &[1]), at_once, "{stream:?}");
        }
    }
}
