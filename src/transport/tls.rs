//! TLS: who the peer must be before a byte of a request is sent.
//!
//! The peer's certificate is verified by the platform, or by the authorities that the configuration names, and its key
//! must then be one of the pins, if there are any. All of it happens in the handshake.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier as PlatformVerifier;
use sha2::{Digest, Sha256};

use super::ClientCertificate;
use crate::config::TlsConfig;
use crate::error::{Code, Error, Result};

type Pin = [u8; 32];

/// The TLS settings of a client.
pub(super) fn client_config(config: &TlsConfig, certificate: Option<&Arc<ClientCertificate>>) -> Result<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    if config.insecure_skip_verify && !config.pins.is_empty() {
        let message = "`tls.insecure_skip_verify` and `tls.pins` exclude each other: a pin is a verification";
        return Err(Error::new(Code::Config, message).with("field", "tls.insecure_skip_verify"));
    }
    let trust = match roots(config)? {
        _ if config.insecure_skip_verify => Trust::Anyone,
        Some(roots) => Trust::Given(
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().map_err(
                |error| Error::new(Code::Config, format!("`tls.ca_file` or `tls.ca_pem` cannot be used: {error}")),
            )?,
        ),
        None => Trust::Platform(OnceLock::new()),
    };
    let verifier = Verifier { trust, pins: pins(&config.pins)?, provider: Arc::clone(&provider) };
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Code::Unsupported, format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    if let Some(certificate) = certificate {
        tls.client_auth_cert_resolver = Arc::clone(certificate) as Arc<dyn ResolvesClientCert>;
        // A resumed session would go on with the certificate that it began with.
        tls.resumption = Resumption::disabled();
    }
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// The authorities that the configuration names, if it names any.
fn roots(config: &TlsConfig) -> Result<Option<RootCertStore>> {
    let (field, pem) = match (&config.ca_file, &config.ca_pem) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(Error::new(
                Code::Config,
                "`tls.ca_file` and `tls.ca_pem` exclude each other: give one of them",
            ));
        }
        (None, Some(pem)) => ("tls.ca_pem", pem.clone().into_bytes()),
        (Some(path), None) => {
            let read = std::fs::read(path);
            let unreadable = |error| {
                let message =
                    format!("`tls.ca_file`: {path} cannot be read ({error}); it should be a PEM file of certificates");
                Error::new(Code::ConfigFile, message).with("field", "tls.ca_file")
            };
            ("tls.ca_file", read.map_err(unreadable)?)
        }
    };
    let place = config.ca_file.as_ref().map_or_else(|| format!("`{field}`"), |path| format!("`{field}`: {path}"));
    let wrong = |why: &str| Error::new(Code::Config, format!("{place} {why}")).with("field", field);
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| wrong(&format!("is not valid PEM: {error}")))?;
        roots
            .add(certificate)
            .map_err(|error| wrong(&format!("holds a certificate that cannot be trusted: {error}")))?;
    }
    if roots.is_empty() {
        return Err(wrong("holds no certificate; it should hold at least one `BEGIN CERTIFICATE` block"));
    }
    Ok(Some(roots))
}

fn pins(texts: &[String]) -> Result<Vec<Pin>> {
    let parse = |(index, text): (usize, &String)| {
        let bytes = STANDARD.decode(text.strip_prefix("sha256/").unwrap_or(text)).ok();
        bytes.and_then(|bytes| Pin::try_from(bytes).ok()).ok_or_else(|| {
            let message = format!("`tls.pins[{index}]` must be the SHA-256 of a public key in base64: 44 characters");
            Error::new(Code::Config, message).with("field", "tls.pins")
        })
    };
    texts.iter().enumerate().map(parse).collect()
}

/// What went wrong in a handshake, in words.
pub(super) fn why(error: &rustls::Error) -> String {
    match error {
        // Its own text would be the name of a type.
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(own))) => own.to_string(),
        error => error.to_string(),
    }
}

/// Who decides whether a certificate is to be trusted.
#[derive(Debug)]
enum Trust {
    /// The platform; asked for its roots at the first handshake, so that a machine without any can do without TLS.
    Platform(OnceLock<Result<PlatformVerifier, rustls::Error>>),
    /// The authorities of the configuration.
    Given(Arc<WebPkiServerVerifier>),
    /// Nobody decides: `tls.insecure_skip_verify`.
    Anyone,
}

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    pins: Vec<Pin>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// Who decides; nobody when any server is taken.
    fn trust(&self) -> Result<Option<&dyn ServerCertVerifier>, rustls::Error> {
        match &self.trust {
            Trust::Anyone => Ok(None),
            Trust::Given(verifier) => Ok(Some(&**verifier)),
            Trust::Platform(cell) => match cell.get_or_init(|| PlatformVerifier::new(Arc::clone(&self.provider))) {
                Ok(verifier) => Ok(Some(verifier)),
                Err(error) => Err(rustls::Error::General(format!(
                    "the platform's certificate authorities cannot be used ({error}); name yours in tls.ca_file"
                ))),
            },
        }
    }

    fn check_pin(&self, certificate: &CertificateDer<'_>) -> Result<(), rustls::Error> {
        if self.pins.is_empty() {
            return Ok(());
        }
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        let pin: Pin = Sha256::digest(&*key).into();
        if self.pins.contains(&pin) {
            Ok(())
        } else {
            Err(CertificateError::Other(OtherError(Arc::new(NotPinned))).into())
        }
    }
}

/// The peer's key is none of the pins.
#[derive(Debug, thiserror::Error)]
#[error("the server's public key is none of tls.pins")]
struct NotPinned;

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(verifier) = self.trust()? else { return Ok(ServerCertVerified::assertion()) };
        let verified = verifier.verify_server_cert(certificate, intermediates, name, ocsp, now)?;
        self.check_pin(certificate)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(config: &TlsConfig) -> Error {
        client_config(config, None).err().unwrap()
    }

    #[test]
    fn authorities_that_cannot_be_read_are_an_error_never_the_platforms() {
        let missing = refused(&TlsConfig { ca_file: Some("no/such/file".into()), ..TlsConfig::default() });
        assert_eq!(missing.code, Code::ConfigFile);
        assert!(missing.message.contains("`tls.ca_file`: no/such/file cannot be read"), "{}", missing.message);
        let empty = refused(&TlsConfig { ca_pem: Some("nothing".into()), ..TlsConfig::default() });
        assert!(empty.message.contains("`tls.ca_pem` holds no certificate"), "{}", empty.message);
        let both = TlsConfig { ca_pem: Some(String::new()), ca_file: Some(String::new()), ..TlsConfig::default() };
        assert!(refused(&both).message.contains("exclude each other"));
    }

    #[test]
    fn a_pin_that_is_none_is_named_by_its_place() {
        let config = TlsConfig { pins: vec![STANDARD.encode([0; 32]), "short".into()], ..TlsConfig::default() };
        assert!(refused(&config).message.contains("`tls.pins[1]` must be the SHA-256"));
    }
}
