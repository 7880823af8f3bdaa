//! Independent checks in Python, with the packages that they need.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A script of `tests/interop`, ready to run with the packages of `requirements.txt`.
pub fn script(name: &str) -> Command {
    let mut command = python();
    command.arg(interop(name));
    command
}

/// Python with those packages.
pub fn python() -> Command {
    static PACKAGES: OnceLock<String> = OnceLock::new();
    let packages = PACKAGES.get_or_init(|| {
        let output = Command::new("python3").arg(interop("python.py")).output().expect("python3 is needed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the packages of tests/interop/requirements.txt cannot be had: {said}");
        String::from_utf8(output.stdout).expect("a path").trim().to_owned()
    });
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", packages);
    command
}

fn interop(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(name)
}
