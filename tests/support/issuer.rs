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
    /// The private keys of its clients, by their algorithms, and the certificates.
    pub folder: tempfile::TempDir,
    process: Child,
    stdin: Option<ChildStdin>,
    lines: BufReader<std::process::ChildStdout>,
}

impl Issuer {
    /// Starts it; its clients that have one share the secret.
    pub fn start(secret: &str) -> Self {
        Self::run(secret, tempfile::tempdir().expect("a temporary folder"), false)
    }

    /// Starts it with TLS, where clients show their certificates.
    pub fn start_with_tls(secret: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        certificates(folder.path());
        Self::run(secret, folder, true)
    }

    fn run(secret: &str, keys: tempfile::TempDir, tls: bool) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/oidc-provider");
        INSTALLED.call_once(|| install(&folder));
        let mut node = Command::new("node");
        node.arg("server.mjs").current_dir(&folder).env("CLIENT_SECRET", secret).env("KEY_FOLDER", keys.path());
        if tls {
            node.env("TLS_FOLDER", keys.path());
        }
        let mut process =
            node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node runs: install Node 20 or newer");
        let stdin = process.stdin.take();
        let mut lines = BufReader::new(process.stdout.take().expect("piped"));
        let mut url = String::new();
        lines.read_line(&mut url).expect("the issuer says where it is");
        assert!(url.starts_with("http"), "the issuer did not start: {url}");
        Self { url: url.trim_end().to_owned(), folder: keys, process, stdin, lines }
    }

    /// A file of its folder.
    pub fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("a plain path").to_owned()
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

/// An authority, the server's certificate, a client's of the authority, and one that a client signed itself.
fn certificates(folder: &Path) {
    use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
    let write = |name: &str, text: String| super::write_private(folder.join(name), text);
    let params = |name: &str| {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        // Each its own, or it would seem to have signed itself.
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params
    };
    let authority_key = KeyPair::generate().expect("a key");
    let mut authority = params("authority.test");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    write("ca.pem", authority.self_signed(&authority_key).expect("signed").pem());
    let authority = Issuer::new(authority, authority_key);
    for (name, subject, usage) in [
        ("server", "127.0.0.1", ExtendedKeyUsagePurpose::ServerAuth),
        ("client", "client.test", ExtendedKeyUsagePurpose::ClientAuth),
        ("client-2", "client.test", ExtendedKeyUsagePurpose::ClientAuth),
        ("stranger", "stranger.test", ExtendedKeyUsagePurpose::ClientAuth),
    ] {
        let key = KeyPair::generate().expect("a key");
        let mut params = params(subject);
        params.extended_key_usages = vec![usage];
        write(&format!("{name}.pem"), params.signed_by(&key, &authority).expect("signed").pem());
        write(&format!("{name}.key"), key.serialize_pem());
    }
    let key = KeyPair::generate().expect("a key");
    write("self-signed.pem", params("alone.test").self_signed(&key).expect("signed").pem());
    write("self-signed.key", key.serialize_pem());
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
