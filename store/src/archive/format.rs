//! A stretch as the bytes of a Parquet file, and back. The columns are described
//! in `docs/archive.md`; the same stretch always gives the same bytes.
//!
//! Parquet's own checks would not notice every altered byte, so the footer carries
//! a digest of what the rows say, and whoever reads compares it.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use events::time::CellTime;
use events::wire::{Tick, tick};
use parquet::basic::{Compression, Encoding};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, TypePtr};
use sha2::{Digest as _, Sha256};
use twox_hash::XxHash3_64;

use super::rows::{Held, Row, Stretch, newer};

/// Key of the digest in the footer.
const DIGEST: &str = "medaxis.rows.xxh3";
/// Key of another that files of before have: the SHA-256 of the same.
const DIGEST_BEFORE: &str = "medaxis.rows.sha256";
/// A page is packed where it was put together: in a core's own cache.
const PAGE_BYTES: usize = 128 * 1024;
const RECORD: &[u8] = b"record";
const TICKS: &[u8] = b"ticks";

static SCHEMA: LazyLock<TypePtr> = LazyLock::new(|| {
    let schema = parse_message_type(
        "message lane {
            required int64 offset (INTEGER(64,false));
            required binary kind (UTF8);
            optional int64 epoch (INTEGER(64,false));
            optional int64 cell_time (TIMESTAMP(MILLIS,true));
            optional binary value;
            optional group ticks (LIST) {
                repeated group list {
                    required int64 element (TIMESTAMP(MILLIS,true));
                }
            }
        }",
    );
    Arc::new(schema.expect("a constant that every test parses"))
});

/// Why bytes are no file of ours.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FormatError {
    #[error("{0}")]
    Parquet(#[from] ParquetError),
    #[error("column {0} does not fit the others")]
    Column(&'static str),
    #[error("its rows are not those that were written")]
    Digest,
}

/// The file of a stretch.
pub(crate) fn write(stretch: &Stretch) -> Result<Vec<u8>, FormatError> {
    write_with(stretch, DIGEST, digest(&stretch.rows))
}

fn write_with(stretch: &Stretch, key: &str, digest: String) -> Result<Vec<u8>, FormatError> {
    let rows = &stretch.rows;
    let properties = Arc::new(properties(key, digest));
    let mut file = Vec::with_capacity(stretch.bytes / 2);
    let mut writer = SerializedFileWriter::new(&mut file, Arc::clone(&SCHEMA), properties)?;
    let mut group = writer.next_row_group()?;

    let offsets: Vec<i64> = rows.iter().map(|row| row.offset.cast_signed()).collect();
    column::<Int64Type>(&mut group, &offsets, None, None)?;

    let kind = |row: &Row| match row.held {
        Held::Record(_) => ByteArray::from(RECORD),
        Held::Ticks(_) => ByteArray::from(TICKS),
    };
    let kinds: Vec<ByteArray> = rows.iter().map(kind).collect();
    column::<ByteArrayType>(&mut group, &kinds, None, None)?;

    let ticks = || rows.iter().filter_map(|row| row.before);
    let is_known: Vec<i16> = rows.iter().map(|row| row.before.is_some().into()).collect();
    let epochs: Vec<i64> = ticks().map(|tick| tick.epoch.cast_signed()).collect();
    column::<Int64Type>(&mut group, &epochs, Some(&is_known), None)?;
    let times: Vec<i64> = ticks().map(|tick| tick.at.0).collect();
    column::<Int64Type>(&mut group, &times, Some(&is_known), None)?;

    let value = |row: &Row| match &row.held {
        Held::Record(value) => Some(ByteArray::from(value.clone())),
        Held::Ticks(_) => None,
    };
    let values: Vec<Option<ByteArray>> = rows.iter().map(value).collect();
    let is_record: Vec<i16> = values.iter().map(|value| value.is_some().into()).collect();
    let values: Vec<ByteArray> = values.into_iter().flatten().collect();
    column::<ByteArrayType>(&mut group, &values, Some(&is_record), None)?;

    let lists = Lists::of(rows);
    let levels = (
        Some(lists.defined.as_slice()),
        Some(lists.repeated.as_slice()),
    );
    column::<Int64Type>(&mut group, &lists.times, levels.0, levels.1)?;

    group.close()?;
    writer.close()?;
    Ok(file)
}

/// The stretch of a file.
pub(crate) fn read(file: Bytes) -> Result<Stretch, FormatError> {
    let reader = SerializedFileReader::new(file)?;
    let metadata = reader.metadata().file_metadata();
    if metadata.schema_descr().root_schema() != &**SCHEMA {
        return Err(FormatError::Column("schema"));
    }
    let pairs = metadata.key_value_metadata();
    let said = |key: &str| {
        let pair = pairs?.iter().find(|pair| pair.key == key)?;
        pair.value.clone()
    };
    let (said, before) = (said(DIGEST), said(DIGEST_BEFORE));

    let mut columns = Columns::default();
    for group in 0..reader.num_row_groups() {
        columns.read(&*reader.get_row_group(group)?)?;
    }
    let rows = columns.rows()?;
    let is_written = match (said, before) {
        (None, Some(before)) => before == digest_before(&rows),
        (said, _) => said == Some(digest(&rows)),
    };
    if !is_written {
        return Err(FormatError::Digest);
    }
    Ok(stretch(rows))
}

fn properties(key: &str, digest: String) -> WriterProperties {
    let builder = WriterProperties::builder()
        .set_created_by("medaxis".to_owned())
        // Its pages pack what they hold where it is; those of the first are copied before.
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_key_value_metadata(Some(vec![KeyValue::new(key.to_owned(), digest)]))
        .set_compression(Compression::SNAPPY)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_encoding(Encoding::PLAIN)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_dictionary_enabled("kind".into(), true);
    let builder = ["value", "ticks.list.element"]
        .into_iter()
        .fold(builder, |builder, name| {
            builder.set_column_statistics_enabled(path(name), EnabledStatistics::None)
        });
    let numbers = ["offset", "epoch", "cell_time", "ticks.list.element"];
    let builder = numbers.into_iter().fold(builder, |builder, name| {
        builder.set_column_encoding(path(name), Encoding::DELTA_BINARY_PACKED)
    });
    builder.build()
}

fn path(name: &str) -> ColumnPath {
    ColumnPath::new(name.split('.').map(str::to_owned).collect())
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
    values: &[T::T],
    defined: Option<&[i16]>,
    repeated: Option<&[i16]>,
) -> Result<(), FormatError> {
    let mut column = group.next_column()?.ok_or(FormatError::Column("count"))?;
    column.typed::<T>().write_batch(values, defined, repeated)?;
    Ok(column.close()?)
}

/// The column `ticks`, as Parquet has lists: for each tick, or each row that has
/// none, whether it is one (2 or 0) and whether it goes on the row before it (1).
#[derive(Default)]
struct Lists {
    times: Vec<i64>,
    defined: Vec<i16>,
    repeated: Vec<i16>,
}

impl Lists {
    fn of(rows: &[Row]) -> Self {
        let mut lists = Self::default();
        for row in rows {
            match &row.held {
                Held::Record(_) => {
                    lists.defined.push(0);
                    lists.repeated.push(0);
                }
                Held::Ticks(times) => {
                    lists.times.extend(times);
                    lists.defined.extend(times.iter().map(|_| 2));
                    lists
                        .repeated
                        .extend((0..times.len()).map(|at| i16::from(at > 0)));
                }
            }
        }
        lists
    }
}

/// The columns of a file as they are read.
#[derive(Default)]
struct Columns {
    offsets: Vec<i64>,
    kinds: Vec<ByteArray>,
    epochs: Vec<i64>,
    is_known: Vec<i16>,
    times: Vec<i64>,
    values: Vec<ByteArray>,
    lists: Lists,
}

impl Columns {
    fn read(&mut self, group: &dyn RowGroupReader) -> Result<(), FormatError> {
        let mut ignored = Vec::new();
        fetch::<Int64Type>(group, 0, None, None, &mut self.offsets)?;
        fetch::<ByteArrayType>(group, 1, None, None, &mut self.kinds)?;
        fetch::<Int64Type>(group, 2, Some(&mut self.is_known), None, &mut self.epochs)?;
        fetch::<Int64Type>(group, 3, Some(&mut ignored), None, &mut self.times)?;
        fetch::<ByteArrayType>(group, 4, Some(&mut ignored), None, &mut self.values)?;
        let Lists {
            times,
            defined,
            repeated,
        } = &mut self.lists;
        fetch::<Int64Type>(group, 5, Some(defined), Some(repeated), times)
    }

    fn rows(self) -> Result<Vec<Row>, FormatError> {
        let mut epochs = self.epochs.into_iter();
        let mut times = self.times.into_iter();
        let mut values = self.values.into_iter();
        let mut ticks = self.lists.times.into_iter();
        let mut continues = self.lists.repeated.into_iter().skip(1).peekable();
        let mut rows = Vec::with_capacity(self.offsets.len());
        let known = self.is_known.iter().map(|known| *known == 1);
        for ((offset, kind), is_known) in self.offsets.iter().zip(&self.kinds).zip(known) {
            let before = if is_known {
                let epoch = epochs.next().ok_or(FormatError::Column("epoch"))?;
                let at = times.next().ok_or(FormatError::Column("cell_time"))?;
                let (epoch, at) = (epoch.cast_unsigned(), CellTime(at));
                Some(Tick { epoch, at })
            } else {
                None
            };
            let mut more = 0;
            while continues.next_if(|level| *level == 1).is_some() {
                more += 1;
            }
            continues.next();
            let held = if kind.data() == TICKS {
                Held::Ticks(ticks.by_ref().take(1 + more).collect())
            } else {
                let value = values.next().ok_or(FormatError::Column("value"))?;
                Held::Record(Bytes::copy_from_slice(value.data()))
            };
            let offset = offset.cast_unsigned();
            rows.push(Row {
                offset,
                before,
                held,
            });
        }
        Ok(rows)
    }
}

fn fetch<T: DataType>(
    group: &dyn RowGroupReader,
    index: usize,
    defined: Option<&mut Vec<i16>>,
    repeated: Option<&mut Vec<i16>>,
    values: &mut Vec<T::T>,
) -> Result<(), FormatError> {
    let column = group.get_column_reader(index)?;
    let mut column = T::get_column_reader(column).ok_or(FormatError::Column("type"))?;
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    let (mut defined, mut repeated) = (defined, repeated);
    let mut read = 0;
    while read < rows {
        let (defined, repeated) = (defined.as_deref_mut(), repeated.as_deref_mut());
        let (records, ..) = column.read_records(rows - read, defined, repeated, values)?;
        if records == 0 {
            return Err(FormatError::Column("length"));
        }
        read += records;
    }
    Ok(())
}

/// The stretch that these rows are.
fn stretch(rows: Vec<Row>) -> Stretch {
    let before = rows.first().and_then(|row| row.before);
    let newest = rows.iter().fold(before, |newest, row| match &row.held {
        Held::Record(value) => newer(newest, tick(value)),
        Held::Ticks(times) => times.iter().fold(newest, |newest, at| {
            newer(newest, Some(Tick::at(CellTime(*at))))
        }),
    });
    Stretch::of(rows, newest)
}

/// XXH3 of what the rows say, each row's seeded with the one before it. It finds what went
/// wrong on a disk; against hands, the manifest has the SHA-256 of the file.
fn digest(rows: &[Row]) -> String {
    let mut hash = 0;
    let mut take = |bytes: &[u8]| hash = XxHash3_64::oneshot_with_seed(hash, bytes);
    for row in rows {
        take(&row.offset.to_le_bytes());
        if let Some(tick) = row.before {
            take(&tick.epoch.to_le_bytes());
            take(&tick.at.0.to_le_bytes());
        }
        match &row.held {
            Held::Record(value) => {
                take(b"r");
                take(value);
            }
            Held::Ticks(times) => {
                take(b"t");
                times.iter().for_each(|at| take(&at.to_le_bytes()));
            }
        }
    }
    format!("{hash:016x}")
}

/// As files of before have it.
fn digest_before(rows: &[Row]) -> String {
    let mut sha = Sha256::new();
    for row in rows {
        sha.update(row.offset.to_le_bytes());
        if let Some(tick) = row.before {
            sha.update(tick.epoch.to_le_bytes());
            sha.update(tick.at.0.to_le_bytes());
        }
        match &row.held {
            Held::Record(value) => {
                sha.update(b"r");
                sha.update(value.len().to_le_bytes());
                sha.update(value);
            }
            Held::Ticks(times) => {
                sha.update(b"t");
                sha.update(times.len().to_le_bytes());
                times.iter().for_each(|at| sha.update(at.to_le_bytes()));
            }
        }
    }
    super::hex(&sha.finalize())
}

#[cfg(test)]
mod tests {
    use events::log::LogRecord;

    use super::*;

    #[test]
    fn a_file_of_before_is_read_and_checked_by_its_own_digest() {
        let mut stretch = Stretch::default();
        for (offset, text) in [(7, "admitted"), (8, "discharged")] {
            let value = text.as_bytes().to_vec();
            stretch.push(LogRecord { offset, value });
        }
        let digest = digest_before(&stretch.rows);
        let file = write_with(&stretch, DIGEST_BEFORE, digest).unwrap();
        assert_eq!(read(file.into()).unwrap().rows, stretch.rows);
        let wrong = write_with(&stretch, DIGEST_BEFORE, "0".repeat(64)).unwrap();
        assert!(matches!(read(wrong.into()), Err(FormatError::Digest)));
    }
}
