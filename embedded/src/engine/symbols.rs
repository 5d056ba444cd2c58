//! The functions of `libchdb.so` that the engine uses, as `chdb.h` of the pinned version declares
//! them. Declarations only: what holds when they are called is said in `engine.rs`.

use std::ffi::{c_char, c_int, c_void};
use std::path::Path;

use libloading::Library;

/// `chdb_query_analysis_v1`; the first field tells the library the size of the struct.
#[repr(C)]
pub(super) struct AnalysisReport {
    struct_size: u32,
    pub(super) statement_count: u32,
    flags: u32,
    query_class: u32,
}

impl Default for AnalysisReport {
    fn default() -> Self {
        Self {
            struct_size: 4 * 4,
            statement_count: 0,
            flags: 0,
            query_class: 0,
        }
    }
}

macro_rules! symbols {
    ($($name:ident: $type:ty = $symbol:literal,)*) => {
        /// The functions of the library, found by name.
        pub(super) struct Symbols { $(pub(super) $name: $type,)* }

        impl Symbols {
            /// Loads the library for good: it starts threads, so it can never be unloaded.
            pub(super) fn load(path: &Path) -> Result<&'static Self, libloading::Error> {
                // SAFETY: libchdb's initialisers are C++ static constructors that rely on nothing
                // of this process; the path is the one the operator chose.
                let library: &'static Library = Box::leak(Box::new(unsafe { Library::new(path) }?));
                // SAFETY: the types below are those of chdb.h of the pinned version. A version
                // that lacks one of the functions is refused here.
                Ok(Box::leak(Box::new(unsafe { Self { $($name: *library.get($symbol)?,)* } })))
            }
        }
    };
}

type Handle = *mut c_void;
type Text = *const c_char;

symbols! {
    set_signal_handlers_enabled: unsafe extern "C" fn(c_int) = b"chdb_set_signal_handlers_enabled\0",
    version: unsafe extern "C" fn() -> Text = b"chdb_version\0",
    connect: unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut Handle = b"chdb_connect\0",
    close_conn: unsafe extern "C" fn(*mut Handle) = b"chdb_close_conn\0",
    classify_query_n: unsafe extern "C" fn(
        Handle, Text, usize, Text, usize, *mut AnalysisReport,
    ) -> c_int = b"chdb_classify_query_n\0",
    query_with_params_n: unsafe extern "C" fn(
        Handle, Text, usize, Text, usize,
        *const Text, *const usize, *const Text, *const usize, usize,
    ) -> Handle = b"chdb_query_with_params_n\0",
    stream_insert_n: unsafe extern "C" fn(
        Handle, Text, usize, Text, usize,
    ) -> Handle = b"chdb_stream_insert_n\0",
    stream_append: unsafe extern "C" fn(Handle, *const c_void, usize) -> c_int = b"chdb_stream_append\0",
    stream_done: unsafe extern "C" fn(Handle) -> Handle = b"chdb_stream_done\0",
    stream_insert_error: unsafe extern "C" fn(Handle) -> Text = b"chdb_stream_insert_error\0",
    destroy_insert_stream: unsafe extern "C" fn(Handle) = b"chdb_destroy_insert_stream\0",
    result_buffer: unsafe extern "C" fn(Handle) -> *mut c_char = b"chdb_result_buffer\0",
    result_length: unsafe extern "C" fn(Handle) -> usize = b"chdb_result_length\0",
    result_rows_written: unsafe extern "C" fn(Handle) -> u64 = b"chdb_result_rows_written\0",
    result_storage_rows_read: unsafe extern "C" fn(Handle) -> u64 = b"chdb_result_storage_rows_read\0",
    result_error: unsafe extern "C" fn(Handle) -> Text = b"chdb_result_error\0",
    destroy_query_result: unsafe extern "C" fn(Handle) = b"chdb_destroy_query_result\0",
}
