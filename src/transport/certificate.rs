//! The client's certificate (mutual TLS): read again when its files change, so that new connections show the new one while those in use go on.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};

use crate::config::{Mounts, Opened, TlsConfig};
use crate::error::{Code, Error, Result};
use crate::observe::redact::Redactor;
use crate::private::{Mark, mark};
use crate::secret::Secret;

/// How long what was read of the files is taken as it is.
pub(super) const FRESH: Duration = Duration::from_secs(1);

/// The client's certificate and key.
#[derive(Debug)]
pub struct ClientCertificate {
    certificate: Place,
    key: Place,
    current: ArcSwap<Loaded>,
    redactor: Arc<Redactor>,
}

/// Where one of the two comes from.
#[derive(Debug)]
enum Place {
    File { field: &'static str, path: PathBuf, secret: Option<Mounts> },
    Text { field: &'static str, pem: Secret },
}

#[derive(Debug)]
struct Loaded {
    certified: Arc<CertifiedKey>,
    /// SHA-256 of the certificate, in base64url.
    thumbprint: String,
    marks: [Option<Mark>; 2],
    checked: Instant,
}

impl Place {
    /// A place; for a secret with the folders whose files may hold one though others can read them.
    fn of(
        file: (&'static str, Option<&String>),
        text: (&'static str, Option<Secret>),
        secret: Option<&Mounts>,
    ) -> Result<Option<Self>> {
        match (file.1.filter(|path| !path.is_empty()), text.1.filter(|pem| !pem.is_empty())) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                let message = format!("`{}` and `{}` exclude each other: give one of them", file.0, text.0);
                Err(Error::new(Code::Config, message).with("field", file.0))
            }
            (Some(path), None) => Ok(Some(Self::File { field: file.0, path: path.into(), secret: secret.cloned() })),
            (None, Some(pem)) => Ok(Some(Self::Text { field: text.0, pem })),
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::File { field, .. } | Self::Text { field, .. } => field,
        }
    }

    fn read(&self) -> Result<Secret> {
        match self {
            Self::Text { pem, .. } => Ok(pem.clone()),
            Self::File { field, path, secret: Some(mounts) } => {
                let opened = Opened::open(path, &format!("`{field}`"), mounts)?;
                opened.check_private()?;
                opened.read()
            }
            Self::File { field, path, .. } => std::fs::read_to_string(path).map(Secret::new).map_err(|error| {
                let message =
                    format!("`{field}`: {} cannot be read ({error}); it should be a PEM file", path.display());
                Error::new(Code::ConfigFile, message).with("field", *field)
            }),
        }
    }

    fn mark(&self) -> Option<Mark> {
        let Self::File { path, .. } = self else { return None };
        mark(path)
    }

    fn wrong(&self, why: &str) -> Error {
        let place = match self {
            Self::File { field, path, .. } => format!("`{field}`: {}", path.display()),
            Self::Text { field, .. } => format!("`{field}`"),
        };
        Error::new(Code::Config, format!("{place} {why}")).with("field", self.field())
    }
}

impl ClientCertificate {
    /// The certificate that the configuration names, if it names one; its key is made known to the redactor.
    pub fn of(config: &TlsConfig, redactor: &Arc<Redactor>, mounts: &Mounts) -> Result<Option<Self>> {
        let certificate = Place::of(
            ("tls.client_cert_file", config.client_cert_file.as_ref()),
            ("tls.client_cert_pem", config.client_cert_pem.clone().map(Secret::new)),
            None,
        )?;
        let key = Place::of(
            ("tls.client_key_file", config.client_key_file.as_ref()),
            ("tls.client_key_pem", config.client_key_pem.clone()),
            Some(mounts),
        )?;
        let (certificate, key) = match (certificate, key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(given), None) => return Err(half(&given, "tls.client_key_file")),
            (None, Some(given)) => return Err(half(&given, "tls.client_cert_file")),
        };
        let current = ArcSwap::from_pointee(load(&certificate, &key, redactor)?);
        Ok(Some(Self { certificate, key, current, redactor: Arc::clone(redactor) }))
    }

    /// SHA-256 of the certificate as it is now, in base64url, as RFC 8705 has it.
    pub fn thumbprint(&self) -> String {
        self.current().thumbprint.clone()
    }

    /// What tells it from others: its files, or the certificate itself.
    pub fn identity(&self) -> String {
        match &self.certificate {
            Place::File { path, .. } => path.display().to_string(),
            Place::Text { .. } => self.thumbprint(),
        }
    }

    fn current(&self) -> Arc<Loaded> {
        let now = self.current.load_full();
        if now.checked.elapsed() < FRESH {
            return now;
        }
        let marks = [self.certificate.mark(), self.key.mark()];
        let next = if marks == now.marks {
            Loaded {
                checked: Instant::now(),
                marks,
                thumbprint: now.thumbprint.clone(),
                certified: Arc::clone(&now.certified),
            }
        } else {
            match load(&self.certificate, &self.key, &self.redactor) {
                Ok(loaded) => {
                    if loaded.thumbprint != now.thumbprint {
                        tracing::info!(target: "kei_agent::tls", "the client's certificate changed; new connections show the new one");
                    }
                    loaded
                }
                // One of the two files may not have been replaced yet.
                Err(error) => {
                    tracing::warn!(target: "kei_agent::tls", "the client's certificate is used as it was: {}", error.message);
                    Loaded {
                        checked: Instant::now(),
                        marks: now.marks,
                        thumbprint: now.thumbprint.clone(),
                        certified: Arc::clone(&now.certified),
                    }
                }
            }
        };
        let next = Arc::new(next);
        self.current.store(Arc::clone(&next));
        next
    }
}

impl ResolvesClientCert for ClientCertificate {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current().certified))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn half(given: &Place, other: &'static str) -> Error {
    let message =
        format!("`{other}` is missing: `{}` is given, and a certificate is of no use without its key", given.field());
    Error::new(Code::ConfigMissing, message).with("field", other)
}

fn load(certificate: &Place, key: &Place, redactor: &Redactor) -> Result<Loaded> {
    let marks = [certificate.mark(), key.mark()];
    let pem = certificate.read()?;
    let chain = CertificateDer::pem_slice_iter(pem.expose().as_bytes())
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| certificate.wrong(&format!("is not valid PEM: {error}")))?;
    let Some(leaf) = chain.first() else {
        return Err(certificate
            .wrong("holds no certificate; it should hold the client's certificate first, then those above it"));
    };
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(leaf));
    let pem = key.read()?;
    redactor.register("private_key", &pem);
    if pem.expose().contains("ENCRYPTED") {
        return Err(key.wrong("is encrypted; give the key without a pass phrase, readable by its owner alone"));
    }
    let der = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes())
        .map_err(|_| key.wrong("holds no private key; it should hold a block `BEGIN PRIVATE KEY`"))?;
    let signing = any_supported_type(&der)
        .map_err(|_| key.wrong("holds a key that cannot be used: it should be an RSA, ECDSA or Ed25519 key"))?;
    let certified = CertifiedKey::new(chain, signing);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
        Err(_) => return Err(key.wrong(&format!("is not the key of the certificate in `{}`", certificate.field()))),
    }
    Ok(Loaded { certified: Arc::new(certified), thumbprint, marks, checked: Instant::now() })
}
