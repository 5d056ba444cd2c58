//! The rows of a file, one at a time, in bounded memory whatever the file is.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use sha2::{Digest as _, Sha256};

use super::{Error, ROWS_MAX};

/// Longest row, in bytes: what is no CSV may have no line end at all.
pub const ROW_BYTES_MAX: u64 = 1 << 20;
/// Bytes that are read at once.
const BUFFER: usize = 64 * 1024;
/// What is said of a row that is too long.
const TOO_LONG: &str = "the row is longer than 1 MiB: is this a CSV file?";

/// How far a file has been read, in bytes; for whoever watches.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    /// Bytes that have been read.
    pub fn bytes(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// The rows of a file after its header.
pub struct Rows<R> {
    csv: ::csv::Reader<Gauge<R>>,
    separator: u8,
    header: Vec<String>,
    record: ::csv::ByteRecord,
    row_began: Arc<AtomicU64>,
    meter: Meter,
    read: u64,
    /// The first line at which the next row can begin.
    next_line: u64,
}

impl<R: Read> Rows<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// There is none, or it is no text.
    pub fn new(file: R, separator: u8, meter: &Meter) -> Result<Self, Error> {
        let row_began = Arc::new(AtomicU64::new(0));
        let gauge = Gauge {
            file,
            hash: Sha256::new(),
            meter: meter.clone(),
            row_began: Arc::clone(&row_began),
        };
        let mut csv = ::csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(gauge);
        let header = csv.byte_headers().map_err(|error| unreadable(&error))?;
        let header = header.iter().map(|name| {
            let name = std::str::from_utf8(name).map_err(|_| header_is("is not UTF-8"))?;
            Ok(name.trim().to_owned())
        });
        let header: Vec<String> = header.collect::<Result<_, Error>>()?;
        if header.is_empty() {
            return Err(header_is("is missing: the file is empty"));
        }
        Ok(Self {
            csv,
            separator,
            header,
            record: ::csv::ByteRecord::new(),
            row_began,
            meter: meter.clone(),
            read: 0,
            next_line: 2,
        })
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Rows that were read.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// The row that was taken last, as CSV: quoted where that is needed, without a line end.
    /// Its quotes may not be those of the file.
    pub fn original(&self) -> Vec<u8> {
        let mut csv = ::csv::WriterBuilder::new()
            .delimiter(self.separator)
            .flexible(true)
            .from_writer(Vec::new());
        csv.write_byte_record(&self.record)
            .expect("memory takes any row");
        let mut row = csv.into_inner().expect("memory takes any row");
        row.pop_if(|byte| *byte == b'\n');
        row
    }

    /// Takes the next row, with its line; or why it can't be looked at. Nothing at the end.
    ///
    /// # Errors
    /// The file can't be read on.
    pub fn next<T>(
        &mut self,
        take: impl FnOnce(u64, Result<&[&str], String>) -> T,
    ) -> Result<Option<T>, Error> {
        self.row_began.store(self.meter.bytes(), Relaxed);
        let is_there = self.csv.read_byte_record(&mut self.record);
        if !is_there.map_err(|error| unreadable(&error))? {
            return Ok(None);
        }
        self.read += 1;
        if self.read > ROWS_MAX {
            return Err(Error::TooManyRows);
        }
        let line = self.line();
        let (there, belong) = (self.record.len(), self.header.len());
        if there != belong {
            let reason = format!("has {there} fields where {belong} belong");
            return Ok(Some(take(line, Err(reason))));
        }
        let texts: Result<Vec<&str>, _> = self.record.iter().map(std::str::from_utf8).collect();
        let row = texts.as_deref().map_err(|_| "is not UTF-8".to_owned());
        Ok(Some(take(line, row)))
    }

    /// The line at which the row begins. Of `\r\n` the parser may not have counted the second
    /// yet.
    fn line(&mut self) -> u64 {
        let said = self.record.position().map_or(0, ::csv::Position::line);
        let line = said.max(self.next_line);
        let within = self.record.as_slice().iter().filter(|byte| **byte == b'\n');
        self.next_line = line + 1 + within.count() as u64;
        line
    }

    /// SHA-256 of what was read.
    pub fn end(self) -> [u8; 32] {
        self.csv.into_inner().hash.finalize().into()
    }
}

fn header_is(wrong: &str) -> Error {
    Error::Header(format!("the header {wrong}"))
}

/// Says where, and nothing of what stands there.
fn unreadable(error: &::csv::Error) -> Error {
    let line = error.position().map_or(0, ::csv::Position::line);
    let reason = match error.kind() {
        ::csv::ErrorKind::Io(error) => error.to_string(),
        _ => "is no CSV".to_owned(),
    };
    Error::Unreadable { line, reason }
}

/// Counts and hashes what goes by, and lets no row become too long.
struct Gauge<R> {
    file: R,
    hash: Sha256,
    meter: Meter,
    row_began: Arc<AtomicU64>,
}

impl<R: Read> Read for Gauge<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.meter.bytes() - self.row_began.load(Relaxed) > ROW_BYTES_MAX {
            return Err(io::Error::other(TOO_LONG));
        }
        let length = self.file.read(buffer)?;
        self.hash.update(&buffer[..length]);
        self.meter.0.fetch_add(length as u64, Relaxed);
        Ok(length)
    }
}
