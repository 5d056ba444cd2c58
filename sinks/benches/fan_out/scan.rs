//! Frames of a WebSocket, as far as a client that counts them must look at them.

/// Bytes of a text that are looked at: its type and its `seq`.
const LOOKED: usize = 64;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Delta { epoch: u64, index: u32 },
    Snapshot,
    Error,
    Other,
}

/// Where a connection is in its frames.
#[derive(Default)]
pub(crate) struct Scan {
    /// Of a frame, as long as its length is not known.
    head: Vec<u8>,
    /// Of its payload.
    seen: Vec<u8>,
    length: usize,
    left: usize,
}

impl Scan {
    /// Takes what has arrived; tells each text that is there, and its length.
    pub(crate) fn take(&mut self, mut bytes: &[u8], told: &mut impl FnMut(Text, usize)) {
        while !bytes.is_empty() {
            if self.left == 0 {
                self.head.push(bytes[0]);
                bytes = &bytes[1..];
                if let Some(length) = length(&self.head) {
                    (self.length, self.left) = (length, length);
                    self.head.clear();
                    self.seen.clear();
                }
                continue;
            }
            let here = self.left.min(bytes.len());
            let looked = here.min(LOOKED - self.seen.len());
            self.seen.extend_from_slice(&bytes[..looked]);
            bytes = &bytes[here..];
            self.left -= here;
            if self.left == 0 {
                told(what(&self.seen), self.length);
            }
        }
    }
}

/// The length of a frame of a server, which masks nothing, once its head is whole.
fn length(head: &[u8]) -> Option<usize> {
    let big = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| n << 8 | usize::from(*byte));
    match (*head.get(1)?, head.len()) {
        (126, 4) => Some(big(&head[2..])),
        (127, 10) => Some(big(&head[2..])),
        (126 | 127, _) => None,
        (short, _) => Some(usize::from(short)),
    }
}

fn what(seen: &[u8]) -> Text {
    if let Some(rest) = seen.strip_prefix(br#"{"type":"delta","seq":["#) {
        let mut numbers = rest.split(|byte| !byte.is_ascii_digit());
        let mut next = || str::from_utf8(numbers.next()?).ok()?.parse::<u64>().ok();
        let epoch = next().unwrap_or_default();
        let index = next().unwrap_or_default();
        let index = u32::try_from(index).unwrap_or_default();
        return Text::Delta { epoch, index };
    }
    if seen.starts_with(br#"{"type":"snapshot""#) {
        return Text::Snapshot;
    }
    if seen.starts_with(br#"{"type":"error""#) {
        return Text::Error;
    }
    Text::Other
}
