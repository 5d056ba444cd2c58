//! The wall clock of all processes of a node, which a test can set. The binary is the real one:
//! only what the C library answers when it is asked for the time is another.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// A clock that can be set.
pub(crate) struct Clock {
    library: PathBuf,
    /// How many seconds it is ahead of the machine's.
    file: PathBuf,
}

impl Clock {
    /// One that is right.
    pub(crate) fn new(folder: &Path) -> Self {
        let clock = Self {
            library: folder.join("clock.so"),
            file: folder.join("clock"),
        };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/chaos/clock.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]);
        let compiled = compiler
            .arg(&clock.library)
            .arg(source)
            .arg("-ldl")
            .status();
        assert!(compiled.expect("cc, a C compiler").success());
        clock.set(0);
        clock
    }

    /// Sets it so many seconds ahead of the machine's, also for who runs.
    pub(crate) fn set(&self, ahead_s: i64) {
        // Renamed into place: who reads it meanwhile finds the one or the other.
        let next = self.file.with_extension("next");
        std::fs::write(&next, ahead_s.to_string()).unwrap();
        std::fs::rename(&next, &self.file).unwrap();
    }

    /// Lets a process live by it.
    pub(crate) fn rules(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library);
        command.env("MEDAXIS_TEST_CLOCK", &self.file);
    }
}

/// The machine's own clock, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "edge: devices have clocks")]
pub(crate) fn wall_ms() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since_1970.as_millis()).unwrap()
}
