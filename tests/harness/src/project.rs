//! Where the project's files are, and how a program is found or installed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the harness lives two folders below the root")
        .to_owned()
}

/// Where downloads are kept: `MEDAXIS_CACHE`, or `.cache` in the root.
pub(crate) fn cache() -> PathBuf {
    root().join(std::env::var_os("MEDAXIS_CACHE").unwrap_or_else(|| ".cache".into()))
}

/// Runs one step at a time among all tests of this machine: they start together, and must not
/// install or download the same thing twice. Given back when the file is dropped.
pub(crate) fn only_one(step: &str) -> Result<File> {
    fs::create_dir_all(cache())?;
    let file = File::create(cache().join(format!("{step}.lock")))?;
    file.lock()
        .with_context(|| format!("cannot wait for another {step}"))?;
    Ok(file)
}

/// The path of `program`; as root, its Debian `package` is installed when it is missing.
///
/// # Errors
/// When it is missing and cannot be installed: the text says what to do.
pub(crate) fn program(program: &str, package: &str) -> Result<PathBuf> {
    let _lock = only_one(&format!("install-{package}"))?;
    if let Some(path) = find(program) {
        return Ok(path);
    }
    if !rustix::process::geteuid().is_root() || find("apt-get").is_none() {
        bail!("{program} is missing: install it (Debian: apt-get install {package})");
    }
    eprintln!("harness: installing the Debian package {package}");
    apt_get(&["update"])?;
    apt_get(&["install", "-y", "--no-install-recommends", package])?;
    find(program).with_context(|| format!("the package {package} has brought no {program}"))
}

/// Runs a command to its end and gives what it printed on its standard output.
///
/// # Errors
/// When it fails: with all that it printed.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {name}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!(
            "{name} failed ({}): {printed}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(printed)
}

fn apt_get(args: &[&str]) -> Result<String> {
    run(Command::new("apt-get")
        .args(["-q", "-o", "DPkg::Lock::Timeout=120"])
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Debian keeps servers in /usr/sbin, which is on root's `PATH` only.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}
