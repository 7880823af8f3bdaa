//! The key that signs checkpoints: Ed25519, in a PEM file of its own, made where it is missing.

use std::io::{Read, Write};
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use sha2::{Digest, Sha256};

use super::{chain, wrong};
use crate::error::Result;
use crate::observe::redact::Redactor;
use crate::private;
use crate::secret::Secret;

/// What stands before the 32 bytes of a public key on Ed25519 (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A key that signs.
pub(super) struct Signer {
    pair: Ed25519KeyPair,
    /// What tells it from others.
    pub(super) id: String,
}

/// A key that verifies.
pub(super) struct Verifier {
    key: Vec<u8>,
    pub(super) id: String,
}

fn id(key: &[u8]) -> String {
    chain::hex(&Sha256::digest(key)[..8])
}

impl Signer {
    /// The key in a file, which is made with a new one if it is not there.
    pub(super) fn open(path: &Path, redactor: &Redactor) -> Result<Self> {
        let field = "audit.key_file";
        let failed = |what: &str, error: &std::io::Error| wrong(field, path, &format!("cannot be {what} ({error})"));
        let mut file = private::options().open(path).map_err(|error| failed("opened", &error))?;
        if let Some(mode) = private::open_to_others(&file) {
            return Err(wrong(field, path, &format!("can be read by others (mode {mode:04o}): make it 0600")));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|error| failed("read", &error))?;
        if text.is_empty() {
            let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
            let made = made.map_err(|_| wrong(field, path, "cannot be made: there is no randomness"))?;
            text = pem("PRIVATE KEY", made.as_ref());
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(|error| failed("written", &error))?;
        }
        let text = Secret::new(text);
        redactor.register("audit_key", &text);
        let pair = PrivatePkcs8KeyDer::from_pem_slice(text.expose().as_bytes())
            .ok()
            .and_then(|der| Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der()).ok());
        let Some(pair) = pair else {
            let why = "holds no key that can be used: it should be an Ed25519 key in a block `BEGIN PRIVATE KEY` (PKCS#8), without a pass phrase";
            return Err(wrong(field, path, why));
        };
        let id = id(pair.public_key().as_ref());
        Ok(Self { pair, id })
    }

    pub(super) fn sign(&self, text: &str) -> Vec<u8> {
        self.pair.sign(text.as_bytes()).as_ref().to_vec()
    }

    /// The public half, as PEM.
    pub(super) fn public(&self) -> String {
        pem("PUBLIC KEY", &[&SPKI, self.pair.public_key().as_ref()].concat())
    }
}

impl Verifier {
    /// The key in a PEM text, if it is one on Ed25519.
    pub(super) fn read(pem: &str) -> Option<Self> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).ok()?;
        let key = der.as_ref().strip_prefix(&SPKI).filter(|key| key.len() == 32)?.to_vec();
        Some(Self { id: id(&key), key })
    }

    pub(super) fn verify(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.key).verify(text.as_bytes(), signature).is_ok()
    }
}

fn pem(what: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..(at + 64).min(text.len())]).collect();
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", lines.join("\n"))
}
