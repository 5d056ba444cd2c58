//! ClickHouse's own compressed blocks: a body with `decompress=1`, an answer with `compress=1`.
//!
//! A block is a 16-byte checksum, a method byte, the size of the packed data with this 9-byte
//! header, the size of the unpacked data (both little-endian, 4 bytes), and the packed data. The
//! checksum (CityHash128 of header and data) is always verified.

use cityhash_rs::cityhash_102_128;

use crate::exception::{Exception, Reason};

const CHECKSUM: usize = 16;
const HEADER: usize = 9;
const METHOD_LZ4: u8 = 0x82;
const METHOD_NONE: u8 = 0x02;

/// Unpacks all blocks of `packed`. More than `limit` bytes of output are refused before they are
/// made: a small body must not fill the memory.
pub(crate) fn unpack(mut packed: &[u8], limit: usize) -> Result<Vec<u8>, Exception> {
    let mut unpacked = Vec::new();
    while !packed.is_empty() {
        let block = Block::read(packed)?;
        if unpacked.len().saturating_add(block.unpacked_bytes) > limit {
            let detail = format!("the unpacked body is larger than {limit} bytes");
            return Err(Exception::refusal(Reason::TOO_MANY_BYTES, &detail));
        }
        block.append_to(&mut unpacked)?;
        packed = &packed[CHECKSUM + HEADER + block.data.len()..];
    }
    Ok(unpacked)
}

/// Packs `plain` into blocks of at most 1 MiB of plain data.
pub(crate) fn pack(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(plain.len() / 2);
    for piece in plain.chunks(1 << 20) {
        let data = lz4_flex::block::compress(piece);
        let mut block = Vec::with_capacity(HEADER + data.len());
        block.push(METHOD_LZ4);
        block.extend_from_slice(&size(HEADER + data.len()));
        block.extend_from_slice(&size(piece.len()));
        block.extend_from_slice(&data);
        let checksum = cityhash_102_128(&block).rotate_left(64);
        packed.extend_from_slice(&checksum.to_le_bytes());
        packed.extend_from_slice(&block);
    }
    packed
}

fn size(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes)
        .expect("a block holds about 1 MiB")
        .to_le_bytes()
}

struct Block<'a> {
    method: u8,
    unpacked_bytes: usize,
    data: &'a [u8],
}

impl<'a> Block<'a> {
    fn read(packed: &'a [u8]) -> Result<Self, Exception> {
        let (checksum, rest) = packed
            .split_first_chunk::<CHECKSUM>()
            .ok_or_else(|| broken("a checksum is cut off"))?;
        let (header, _) = rest
            .split_first_chunk::<HEADER>()
            .ok_or_else(|| broken("a header is cut off"))?;
        let [method, a, b, c, d, e, f, g, h] = *header;
        let packed_bytes = u32::from_le_bytes([a, b, c, d]) as usize;
        let data = rest
            .get(HEADER..packed_bytes)
            .ok_or_else(|| broken("a block is shorter than its header says"))?;
        if cityhash_102_128(&rest[..packed_bytes]) != stored(*checksum) {
            let detail = "a compressed block does not match its checksum";
            return Err(Exception::refusal(Reason::CHECKSUM_DOESNT_MATCH, detail));
        }
        Ok(Self {
            method,
            unpacked_bytes: u32::from_le_bytes([e, f, g, h]) as usize,
            data,
        })
    }

    fn append_to(&self, unpacked: &mut Vec<u8>) -> Result<(), Exception> {
        match self.method {
            METHOD_LZ4 => {
                let start = unpacked.len();
                unpacked.resize(start + self.unpacked_bytes, 0);
                let written = lz4_flex::block::decompress_into(self.data, &mut unpacked[start..])
                    .map_err(|error| broken(&format!("lz4: {error}")))?;
                if written != self.unpacked_bytes {
                    return Err(broken(
                        "a block unpacks to another size than its header says",
                    ));
                }
            }
            METHOD_NONE if self.data.len() == self.unpacked_bytes => {
                unpacked.extend_from_slice(self.data);
            }
            method => {
                return Err(broken(&format!(
                    "method 0x{method:02x}; only lz4 is understood"
                )));
            }
        }
        Ok(())
    }
}

/// The two halves of the hash are stored high half first, each little-endian.
fn stored(checksum: [u8; CHECKSUM]) -> u128 {
    u128::from_le_bytes(checksum).rotate_left(64)
}

fn broken(detail: &str) -> Exception {
    Exception::refusal(
        Reason::CANNOT_DECOMPRESS,
        &format!("compressed body: {detail}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_unpacks() {
        for length in [0, 1, 1000, (1 << 20) + 1] {
            let plain: Vec<u8> = (0..length).map(|at: u32| (at % 251) as u8).collect();
            assert_eq!(unpack(&pack(&plain), 2 << 20).expect("whole blocks"), plain);
        }
    }

    #[test]
    fn a_damaged_block_is_refused() {
        let packed = pack(b"bed 12 is free, bed 12 is free, bed 12 is free");
        let refused = |packed: &[u8]| unpack(packed, 1 << 20).map_err(|exception| exception.code());
        for end in 1..packed.len() {
            assert_eq!(refused(&packed[..end]), Err(271), "cut at {end}");
        }
        let mut flipped = packed.clone();
        *flipped.last_mut().expect("bytes") ^= 1;
        assert_eq!(refused(&flipped), Err(40));
    }

    #[test]
    fn a_small_body_cannot_fill_the_memory() {
        let packed = pack(&[0; 1 << 20]);
        assert_eq!(
            unpack(&packed, 1 << 19).map_err(|exception| exception.code()),
            Err(307)
        );
    }
}
