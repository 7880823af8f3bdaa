//! A foreign issuer: npm's `oidc-provider`, a certified OpenID provider, run by Node.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Once;

use serde_json::Value;

static INSTALLED: Once = Once::new();

/// A running `oidc-provider`. It ends with the test.
pub struct Issuer {
    pub url: String,
    process: Child,
    stdin: Option<ChildStdin>,
    lines: BufReader<std::process::ChildStdout>,
}

impl Issuer {
    /// Starts it with two clients: `basic` and `post`, named for the way they prove themselves.
    pub fn start(secret: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/oidc-provider");
        INSTALLED.call_once(|| install(&folder));
        let mut node = Command::new("node");
        node.arg("server.mjs").current_dir(&folder).env("CLIENT_SECRET", secret);
        let mut process =
            node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node runs: install Node 20 or newer");
        let stdin = process.stdin.take();
        let mut lines = BufReader::new(process.stdout.take().expect("piped"));
        let mut url = String::new();
        lines.read_line(&mut url).expect("the issuer says where it is");
        assert!(url.starts_with("http://"), "the issuer did not start: {url}");
        Self { url: url.trim_end().to_owned(), process, stdin, lines }
    }

    /// Ends it and answers what it saw: for each token request how the client proved itself, and the outcome.
    pub fn stop(mut self) -> Vec<Value> {
        drop(self.stdin.take());
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).expect("the issuer says what it saw");
        rest.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.process.wait();
    }
}

/// Brings the packages that the lock file names into the checkout, unless they are there.
fn install(folder: &Path) {
    let wanted = std::fs::read(folder.join("package-lock.json")).expect("the lock file is there");
    let mark = folder.join("node_modules/.installed");
    if std::fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
    assert!(npm.status().expect("npm runs: install Node 20 or newer").success(), "npm ci failed");
    std::fs::write(mark, wanted).expect("the folder can be written to");
}
