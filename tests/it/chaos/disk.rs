//! A small disk for the processor's snapshots, which a test can fill. It is a `tmpfs` in a mount
//! namespace of its own, held by a process: so nobody has to be root, and nothing stays.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness::process::Process;
use harness::wait_for;

/// A mounted disk.
pub(crate) struct Disk {
    holder: Process,
    folder: PathBuf,
}

impl Disk {
    /// A disk of 8 MiB, seen at `folder` by who is started with [`Disk::run`].
    pub(crate) fn mount(folder: &Path, log: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
        unshare.arg("mount -t tmpfs -o size=8m medaxis \"$0\" && echo mounted && read -r _");
        let holder = Process::spawn(unshare.arg(folder), log).unwrap();
        let mounted = wait_for(Duration::from_secs(30), "a small disk", || {
            Ok(holder.log()?.contains("mounted").then_some(()))
        });
        mounted.unwrap_or_else(|error| panic!("{error:#}\n{}", holder.log().unwrap()));
        Self {
            holder,
            folder: folder.to_owned(),
        }
    }

    /// A command that sees the disk.
    pub(crate) fn run(&self, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.holder.id().to_string()]);
        command.args(["--user", "--mount", "--preserve-credentials"]);
        command.arg(program);
        command
    }

    /// Fills it to the last byte.
    pub(crate) fn fill(&self) {
        let mut file = std::fs::File::create(self.filler()).unwrap();
        let error = loop {
            if let Err(error) = file.write_all(&[0; 4096]) {
                break error;
            }
        };
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    }

    /// Makes room again.
    pub(crate) fn clear(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        let folder = self.folder.strip_prefix("/").unwrap();
        root.join(folder).join("filler")
    }
}
