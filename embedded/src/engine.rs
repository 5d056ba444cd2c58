//! The engine as safe Rust: loads `libchdb.so`, opens connections, runs statements. This file
//! and its `symbols` hold all `unsafe` of the project.
//!
//! It promises that every handle of the library is freed exactly once, that no pointer of the
//! library outlives its handle, and that what the library says is either an [`Answer`] or an
//! [`Exception`], never lost. It knows nothing of HTTP.
#![allow(
    unsafe_code,
    reason = "libchdb is a C library; this file is the wall around it"
)]

mod symbols;

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr;

use self::symbols::{AnalysisReport, Symbols};
use crate::exception::{Exception, Reason};

/// Settings of every connection, so of every request. `SET` and the settings of a request are
/// applied after them and may override them.
const CONNECTION_SETTINGS: [&str; 3] = [
    // Without it `junk` means `SELECT junk`.
    "--implicit_select=0",
    // An answer is held whole in memory: beyond this an error (code 396), never a cut answer.
    "--max_result_bytes=268435456",
    // A client that went away does not cancel its statement; this does.
    "--max_execution_time=300",
];

/// Settings of the server inside the library, read once at boot. The defaults are for a server
/// that owns its machine (90 % of the memory, 5 GB of caches).
const SERVER_SETTINGS: [&str; 6] = [
    "--max_server_memory_usage=4294967296",
    "--mark_cache_size=67108864",
    "--uncompressed_cache_size=0",
    "--index_mark_cache_size=16777216",
    "--background_pool_size=2",
    "--background_schedule_pool_size=4",
];

/// What `chdb_version` must begin with: the declarations in `symbols` are those of its header.
const VERSION: &str = "26.7.";

/// Why the engine could not be started.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The library is not there or is not libchdb of the pinned version.
    #[error("cannot load the engine from {}", path.display())]
    Load {
        /// The path that was given.
        path: PathBuf,
        /// What the loader says.
        source: libloading::Error,
    },
    /// The data folder cannot be used; the engine has written its reason to stderr.
    #[error("the engine cannot open the data folder {}", .0.display())]
    Open(PathBuf),
    /// It is libchdb, but of a version whose functions may differ from those declared here.
    #[error("the engine is libchdb {0}, and this program is made for {VERSION}*")]
    Version(String),
    /// The path of the data folder holds a NUL byte.
    #[error("the path of the data folder holds a NUL byte")]
    PathWithNul,
}

/// The engine of this process: one for a process, on one data folder.
pub(crate) struct Engine {
    symbols: &'static Symbols,
    arguments: Vec<CString>,
    // Closing the last connection would shut the engine down: this one stays open.
    _keeper: Connection,
}

impl Engine {
    /// Loads `library` and boots the engine on `data`, which is created when it is not there.
    pub(crate) fn start(library: &Path, data: &Path) -> Result<Self, EngineError> {
        let symbols = Symbols::load(library).map_err(|source| EngineError::Load {
            path: library.to_owned(),
            source,
        })?;
        // SAFETY: returns a static NUL-terminated string.
        let version = unsafe { text((symbols.version)()) }.unwrap_or_default();
        if !version.starts_with(VERSION) {
            return Err(EngineError::Version(version));
        }
        // SAFETY: takes an int and touches only the library's own flag. Before the first
        // connection, so that the library never takes this process's signal handlers.
        unsafe { (symbols.set_signal_handlers_enabled)(0) };
        let path = CString::new(format!("--path={}", data.display()))
            .map_err(|_| EngineError::PathWithNul)?;
        let argument = |text: &str| CString::new(text).expect("constants hold no NUL byte");
        let mut arguments = vec![argument("clickhouse"), path];
        arguments.extend(CONNECTION_SETTINGS.map(argument));
        let boot: Vec<_> = arguments
            .iter()
            .cloned()
            .chain(SERVER_SETTINGS.map(argument))
            .collect();
        let keeper =
            Connection::open(symbols, &boot).ok_or_else(|| EngineError::Open(data.to_owned()))?;
        Ok(Self {
            symbols,
            arguments,
            _keeper: keeper,
        })
    }

    /// Opens a connection (about 0.1 ms). One for a request: a connection is a session, and what
    /// one request sets must not reach the next.
    pub(crate) fn connect(&self) -> Result<Connection, Exception> {
        Connection::open(self.symbols, &self.arguments)
            .ok_or_else(|| broken("the engine refuses a connection"))
    }
}

/// A session of the engine. It may move between threads; it runs one statement at a time.
pub(crate) struct Connection {
    symbols: &'static Symbols,
    handle: *mut *mut c_void,
}

// SAFETY: the library ties a connection to no thread; `Connection` is not `Sync` and all its
// methods that reach the session take `&mut self`, so no two threads use one at once.
unsafe impl Send for Connection {}
// SAFETY: no method takes `&self` but the private `raw`, which only copies a pointer.
unsafe impl Sync for Connection {}

impl Connection {
    fn open(symbols: &'static Symbols, arguments: &[CString]) -> Option<Self> {
        let mut argv: Vec<*mut c_char> = arguments
            .iter()
            .map(|argument| argument.as_ptr().cast_mut())
            .collect();
        let argc = c_int::try_from(argv.len()).expect("a dozen arguments");
        // SAFETY: `argv` holds `argc` NUL-terminated strings that live until the call returns;
        // the library copies them and does not write to them.
        let handle = unsafe { (symbols.connect)(argc, argv.as_mut_ptr()) };
        // SAFETY: a handle that is not null points to a connection pointer.
        (!handle.is_null() && unsafe { !(*handle).is_null() }).then_some(Self { symbols, handle })
    }

    fn raw(&self) -> *mut c_void {
        // SAFETY: `open` has checked that the handle is valid; only `drop` closes it.
        unsafe { *self.handle }
    }

    /// Counts the statements of `sql` with the engine's own parser: 0 when it does not parse.
    /// Nothing is run.
    pub(crate) fn count_statements(&mut self, sql: &str) -> Result<u32, Exception> {
        let mut report = AnalysisReport::default();
        // SAFETY: `sql` is valid for its length, no target database is named (null, 0), and
        // `report` has the size that it states.
        let state = unsafe {
            (self.symbols.classify_query_n)(
                self.raw(),
                sql.as_ptr().cast(),
                sql.len(),
                ptr::null(),
                0,
                &raw mut report,
            )
        };
        if state != 0 {
            return Err(broken("the parser did not answer"));
        }
        Ok(report.statement_count)
    }

    /// Runs one statement and returns its whole output in `format` (unless the text names one).
    /// `parameters` fill the `{name:Type}` places.
    pub(crate) fn query(
        &mut self,
        sql: &str,
        format: &str,
        parameters: &[(String, String)],
    ) -> Result<Answer, Exception> {
        let names = Pieces::of(parameters.iter().map(|(name, _)| name));
        let values = Pieces::of(parameters.iter().map(|(_, value)| value));
        // SAFETY: every pointer is valid for the length beside it and outlives the call; the two
        // pairs of arrays have `parameters.len()` entries each.
        let result = unsafe {
            (self.symbols.query_with_params_n)(
                self.raw(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
                names.starts.as_ptr(),
                names.lengths.as_ptr(),
                values.starts.as_ptr(),
                values.lengths.as_ptr(),
                parameters.len(),
            )
        };
        Answer::of(self.symbols, result)
    }

    /// Runs an `INSERT` (its text without `FORMAT` and data) with `data` in `format`.
    pub(crate) fn insert(
        &mut self,
        sql: &str,
        format: &str,
        data: &[u8],
    ) -> Result<Answer, Exception> {
        // SAFETY: both texts are valid for the length beside them and outlive the call.
        let handle = unsafe {
            (self.symbols.stream_insert_n)(
                self.raw(),
                sql.as_ptr().cast(),
                sql.len(),
                format.as_ptr().cast(),
                format.len(),
            )
        };
        // Dropped before the connection can be used again: it borrows `self` only by convention,
        // so it must not leave this function.
        let stream = InsertStream {
            symbols: self.symbols,
            handle,
        };
        stream.check()?;
        for chunk in data.chunks(INSERT_CHUNK_BYTES) {
            stream.append(chunk)?;
        }
        stream.finish()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the handle came from `connect`, and nothing uses it afterwards.
        unsafe { (self.symbols.close_conn)(self.handle) }
    }
}

fn broken(detail: &str) -> Exception {
    Exception::refusal(Reason::STD_EXCEPTION, detail)
}

/// The library copies each chunk and keeps at most 16 of them.
const INSERT_CHUNK_BYTES: usize = 1 << 20;

struct InsertStream {
    symbols: &'static Symbols,
    handle: *mut c_void,
}

impl InsertStream {
    fn check(&self) -> Result<(), Exception> {
        // SAFETY: the handle is never null (documented) and is alive until `drop`; the text
        // belongs to it and is copied at once.
        match unsafe { text((self.symbols.stream_insert_error)(self.handle)) } {
            Some(message) => Err(Exception::from_engine(message)),
            None => Ok(()),
        }
    }

    fn append(&self, chunk: &[u8]) -> Result<(), Exception> {
        // SAFETY: `chunk` is valid for its length and is copied before the call returns.
        let state = unsafe {
            (self.symbols.stream_append)(self.handle, chunk.as_ptr().cast(), chunk.len())
        };
        if state == 0 {
            return Ok(());
        }
        self.check()?;
        Err(broken("the insert ended before its data"))
    }

    fn finish(self) -> Result<Answer, Exception> {
        // SAFETY: the handle is alive; the result is a new handle of its own.
        Answer::of(self.symbols, unsafe {
            (self.symbols.stream_done)(self.handle)
        })
    }
}

impl Drop for InsertStream {
    fn drop(&mut self) {
        // SAFETY: the handle came from `stream_insert_n` and is not used afterwards. An insert
        // that was not finished is cancelled by this.
        unsafe { (self.symbols.destroy_insert_stream)(self.handle) }
    }
}

/// The output of a statement, held where the engine wrote it.
pub(crate) struct Answer {
    symbols: &'static Symbols,
    handle: *mut c_void,
}

// SAFETY: a result is plain memory that no other handle of the library refers to.
unsafe impl Send for Answer {}
// SAFETY: through `&self` it is only read.
unsafe impl Sync for Answer {}

impl Answer {
    fn of(symbols: &'static Symbols, handle: *mut c_void) -> Result<Self, Exception> {
        if handle.is_null() {
            return Err(broken("the engine gave no answer"));
        }
        let answer = Self { symbols, handle };
        // SAFETY: the handle is alive; the text belongs to it and is copied at once.
        match unsafe { text((symbols.result_error)(handle)) } {
            Some(message) => Err(Exception::from_engine(message)),
            None => Ok(answer),
        }
    }

    /// Rows that the statement wrote.
    pub(crate) fn rows_written(&self) -> u64 {
        // SAFETY: the handle is alive until `drop`.
        unsafe { (self.symbols.result_rows_written)(self.handle) }
    }

    /// Rows that the statement read from tables.
    pub(crate) fn rows_read(&self) -> u64 {
        // SAFETY: the handle is alive until `drop`.
        unsafe { (self.symbols.result_storage_rows_read)(self.handle) }
    }
}

impl AsRef<[u8]> for Answer {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the handle is alive until `drop`, and a result does not change.
        let (start, length) = unsafe {
            (
                (self.symbols.result_buffer)(self.handle),
                (self.symbols.result_length)(self.handle),
            )
        };
        if start.is_null() || length == 0 {
            return &[];
        }
        // SAFETY: the library holds `length` bytes at `start` until the result is destroyed,
        // which the lifetime of `self` excludes.
        unsafe { std::slice::from_raw_parts(start.cast(), length) }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: the handle came from the library and nothing refers to it any more.
        unsafe { (self.symbols.destroy_query_result)(self.handle) }
    }
}

/// Starts and lengths of strings, as the library wants them.
struct Pieces {
    starts: Vec<*const c_char>,
    lengths: Vec<usize>,
}

impl Pieces {
    fn of<'a>(texts: impl Iterator<Item = &'a String>) -> Self {
        let (starts, lengths) = texts.map(|text| (text.as_ptr().cast(), text.len())).unzip();
        Self { starts, lengths }
    }
}

/// # Safety
/// `start` is null or a NUL-terminated string that stays until this returns.
unsafe fn text(start: *const c_char) -> Option<String> {
    // SAFETY: promised by the caller.
    (!start.is_null()).then(|| {
        unsafe { CStr::from_ptr(start) }
            .to_string_lossy()
            .into_owned()
    })
}
