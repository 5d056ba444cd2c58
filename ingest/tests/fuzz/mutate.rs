//! Broken messages: a real one, with a few things done to it that tend to break readers.

/// Bytes that mean something somewhere.
const TOKENS: [&[u8]; 24] = [
    b"\x0b",
    b"\x1c\r",
    b"\r",
    b"\n",
    b"|",
    b"^",
    b"~",
    b"\\",
    b"&",
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"-1",
    b"1e999",
    b"9223372036854775808",
    b"20260231",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\xc3\x28",
    b"2026-01-02T03:04:05.999999999999Z",
];
const CHANGES_MAX: u64 = 6;

/// Makes inputs, the same for the same seed.
pub(crate) struct Mutator<'a> {
    corpus: &'a [Vec<u8>],
    input: Vec<u8>,
    state: u64,
}

impl<'a> Mutator<'a> {
    pub(crate) fn new(seed: u64, corpus: &'a [Vec<u8>]) -> Self {
        assert!(!corpus.is_empty(), "there is nothing to break");
        Self {
            corpus,
            input: Vec::new(),
            state: seed,
        }
    }

    /// The next input, of at most so many bytes.
    pub(crate) fn next(&mut self, bytes_max: usize) -> &[u8] {
        self.input = self.other().to_vec();
        for _ in 0..self.below(CHANGES_MAX + 1) {
            self.change();
        }
        self.input.truncate(bytes_max);
        &self.input
    }

    fn change(&mut self) {
        let from = self.place();
        let to = (from + self.length()).min(self.input.len());
        match self.below(8) {
            0 => {
                let byte = 1 << self.below(8);
                self.put(from, from, &[byte]);
            }
            1 => {
                let bit = 1 << self.below(8);
                if let Some(byte) = self.input.get_mut(from) {
                    *byte ^= bit;
                }
            }
            2 => self.put(from, to, &[]),
            3 => {
                let part = self.input[from..to].to_vec();
                self.put(to, to, &part);
            }
            4 => self.input.truncate(from),
            5 => {
                let token = TOKENS[self.index(TOKENS.len())];
                let end = if self.below(2) == 0 { from } else { to };
                self.put(from, end, token);
            }
            6 => {
                let other = self.other();
                let begin = self.index(other.len() + 1);
                self.input.truncate(from);
                self.input.extend_from_slice(&other[begin..]);
            }
            _ => {
                let byte = [0, 0x7f, 0x80, 0xff][self.index(4)];
                self.input[from..to].fill(byte);
            }
        }
    }

    fn put(&mut self, from: usize, to: usize, bytes: &[u8]) {
        self.input.splice(from..to, bytes.iter().copied());
    }

    fn other(&mut self) -> &'a [u8] {
        &self.corpus[self.index(self.corpus.len())]
    }

    fn place(&mut self) -> usize {
        self.index(self.input.len() + 1)
    }

    /// Mostly short.
    fn length(&mut self) -> usize {
        let bits = self.below(10);
        self.index(1 << bits) + 1
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    /// Below `limit`, which is not 0.
    fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
