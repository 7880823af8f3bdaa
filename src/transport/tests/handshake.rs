//! TLS: whom the client talks to, and that nobody else gets a byte of a request.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PublicKeyData, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion, version};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_rustls::TlsAcceptor;

/// An authority, and one certificate that it signed.
pub(super) struct Identity {
    ca_pem: String,
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

static AUTHORITIES: AtomicUsize = AtomicUsize::new(0);

fn identity(names: &[&str], change: impl Fn(&mut CertificateParams)) -> Identity {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    // Its own name, or a certificate of another authority of the same name would seem forged and not unknown.
    let name = format!("authority {}", AUTHORITIES.fetch_add(1, Ordering::SeqCst));
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    Identity { ca_pem: authority.pem(), chain: vec![certificate.der().clone()], key }
}

pub(super) fn this_machine() -> Identity {
    identity(&["127.0.0.1"], |_| {})
}

impl Identity {
    fn pin(&self) -> String {
        STANDARD.encode(Sha256::digest(self.key.subject_public_key_info()))
    }

    pub(super) fn acceptor(&self, versions: &[&'static SupportedProtocolVersion], protocols: &[&[u8]]) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), PrivateKeyDer::Pkcs8(self.key.serialize_der().into()))
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

const BOTH: [&[&SupportedProtocolVersion]; 2] = [&[&version::TLS12], &[&version::TLS13]];

/// What a server saw of one connection: why the handshake failed, or the request that came.
type Seen = Result<String, String>;

/// A server with this identity, and what it sees.
async fn server(
    identity: &Identity,
    versions: &[&'static SupportedProtocolVersion],
) -> (Server, UnboundedReceiver<Seen>) {
    let acceptor = identity.acceptor(versions, &[b"http/1.1"]);
    let (say, seen) = unbounded_channel();
    let server = Server::start(move |stream, _| {
        let (acceptor, say) = (acceptor.clone(), say.clone());
        async move {
            match acceptor.accept(stream).await {
                Err(error) => say.send(Err(error.to_string())).unwrap(),
                Ok(mut stream) => {
                    let head = head(&mut stream).await;
                    let _ = stream.write_all(OK).await;
                    say.send(Ok(head)).unwrap();
                }
            }
        }
    })
    .await;
    (server, seen)
}

pub(super) fn trusting(identity: &Identity) -> TlsConfig {
    TlsConfig { ca_pem: Some(identity.ca_pem.clone()), ..TlsConfig::default() }
}

/// Asserts that a client with this configuration refuses this server, and that the server gets nothing of the request.
async fn assert_refused(config: &TlsConfig, identity: &Identity, why: &str) {
    for versions in BOTH {
        let (server, mut seen) = server(identity, versions).await;
        let origin = format!("https://{}", server.address);
        let mut request = request(&format!("{origin}/path?query=1"));
        request.headers.insert("authorization", "Bearer never-to-be-seen".parse().unwrap());
        let error = client(config).send(request).await.map(|response| response.status).unwrap_err();
        assert!(matches!(&error, TransportError::Tls { why: told, .. } if told.contains(why)), "{error:?}");
        assert_eq!(error.progress(), Progress::NotSent);
        assert!(error.to_string().contains(&origin), "{error}");
        // Not even an empty record after the handshake: there was no end of the handshake.
        let seen = seen.recv().await.unwrap();
        assert!(seen.is_err(), "the server was sent {seen:?}");
        assert_eq!(server.connections(), 1, "a server that cannot be trusted is not tried again");
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_and_nothing_is_sent() {
    assert_refused(&trusting(&this_machine()), &this_machine(), "UnknownIssuer").await;
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_and_nothing_is_sent() {
    for name in ["other.example", "127.0.0.2", "localhost"] {
        let other = identity(&[name], |_| {});
        assert_refused(&trusting(&other), &other, "not valid for name").await;
    }
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_refused_and_nothing_is_sent() {
    let expired = identity(&["127.0.0.1"], |params| params.not_after = date_time_ymd(2020, 1, 1));
    assert_refused(&trusting(&expired), &expired, "expired").await;
    let early = identity(&["127.0.0.1"], |params| params.not_before = date_time_ymd(3000, 1, 1));
    assert_refused(&trusting(&early), &early, "not valid yet").await;
}

#[tokio::test]
async fn a_key_that_is_not_pinned_is_refused_and_nothing_is_sent() {
    let identity = this_machine();
    let config = TlsConfig { pins: vec![this_machine().pin(), this_machine().pin()], ..trusting(&identity) };
    assert_refused(&config, &identity, "none of tls.pins").await;
}

#[tokio::test]
async fn a_pin_does_not_replace_trust() {
    let identity = this_machine();
    let config = TlsConfig { pins: vec![identity.pin()], ..trusting(&this_machine()) };
    assert_refused(&config, &identity, "UnknownIssuer").await;
    assert_refused(&TlsConfig { pins: vec![identity.pin()], ..TlsConfig::default() }, &identity, "").await;
}

#[tokio::test]
async fn the_right_authority_and_the_right_pin_let_the_request_through() {
    for versions in BOTH {
        let identity = this_machine();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        // Among others, as in a real bundle and while a key is being replaced.
        std::fs::write(&file, this_machine().ca_pem + &identity.ca_pem).unwrap();
        let pins = vec![this_machine().pin(), format!("sha256/{}", identity.pin())];
        let config = TlsConfig { ca_file: Some(file.to_str().unwrap().to_owned()), pins, ..TlsConfig::default() };
        let (server, mut seen) = server(&identity, versions).await;
        let response = get(&client(&config), &format!("https://{}/path", server.address)).await.unwrap();
        assert_eq!(&response.body[..], b"ok");
        assert!(seen.recv().await.unwrap().unwrap().starts_with("GET /path HTTP/1.1\r\n"));
    }
}

#[test]
fn an_authority_file_that_cannot_be_used_is_an_error_that_names_it_and_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let make = |path: &std::path::Path| {
        let config = TlsConfig { ca_file: Some(path.to_str().unwrap().to_owned()), ..TlsConfig::default() };
        HttpClient::new(&HttpConfig::default(), &config, None, &TimeoutConfig::default()).err().unwrap()
    };
    let missing = folder.path().join("missing.pem");
    let error = make(&missing);
    assert!(error.message.contains("`tls.ca_file`") && error.message.contains(missing.to_str().unwrap()), "{error}");
    // A folder cannot be read as a file, whoever asks.
    assert!(make(folder.path()).message.contains("cannot be read"));
    let file = folder.path().join("broken.pem");
    for content in [
        "",
        "no PEM",
        "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    ] {
        std::fs::write(&file, content).unwrap();
        let error = make(&file);
        assert!(error.message.contains("`tls.ca_file`") && error.message.contains(file.to_str().unwrap()), "{error}");
        assert_eq!(error.details["field"], "tls.ca_file");
    }
}

/// The versions that a client's first message offers in its extension `supported_versions`.
async fn offered_versions(stream: &mut TcpStream) -> Vec<u16> {
    let mut start = [0; 5];
    stream.read_exact(&mut start).await.unwrap();
    let mut hello = vec![0; usize::from(u16::from_be_bytes([start[3], start[4]]))];
    stream.read_exact(&mut hello).await.unwrap();
    // Past the handshake's header, the version and the random number; then three lists with their lengths.
    let mut at = 4 + 2 + 32;
    at += 1 + usize::from(hello[at]);
    at += 2 + usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
    at += 1 + usize::from(hello[at]);
    let mut extensions = &hello[at + 2..];
    while let [kind_high, kind_low, high, low, rest @ ..] = extensions {
        let (body, after) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        if (*kind_high, *kind_low) == (0, 43) {
            return body[1..].chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        }
        extensions = after;
    }
    Vec::new()
}

#[tokio::test]
async fn nothing_older_than_tls_1_2_is_offered_or_accepted() {
    let (say, mut offered) = unbounded_channel();
    let server = Server::start(move |mut stream, _| {
        let say = say.clone();
        async move {
            say.send(offered_versions(&mut stream).await).unwrap();
            // A server that answers with TLS 1.1 all the same.
            let mut hello = vec![0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
            hello.extend([7; 32]);
            hello.extend([0, 0xc0, 0x2f, 0]);
            stream.write_all(&hello).await.unwrap();
            closed(&mut stream).await;
        }
    })
    .await;
    let error = failure(&client(&trusting(&this_machine())), &format!("https://{}", server.address)).await;
    assert!(matches!(error, TransportError::Tls { .. }), "{error:?}");
    let mut versions = offered.recv().await.unwrap();
    versions.sort_unstable();
    assert_eq!(versions, [0x0303, 0x0304]);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_no_secure_connection() {
    let server = Server::start(|mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        closed(&mut stream).await;
    })
    .await;
    let error = failure(&client(&trusting(&this_machine())), &format!("https://{}", server.address)).await;
    assert!(matches!(error, TransportError::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn a_fault_of_tls_after_the_request_was_sent_is_not_told_as_nothing_sent() {
    for versions in BOTH {
        let identity = this_machine();
        let acceptor = identity.acceptor(versions, &[b"http/1.1"]);
        let server = Server::start(move |stream, _| {
            let acceptor = acceptor.clone();
            async move {
                let mut stream = acceptor.accept(stream).await.unwrap();
                assert!(head(&mut stream).await.starts_with("GET "));
                // Straight onto the wire: a record that no key decrypts.
                let (wire, _) = stream.get_mut();
                wire.write_all(&[0x17, 3, 3, 0, 32]).await.unwrap();
                wire.write_all(&[9; 32]).await.unwrap();
                closed(wire).await;
            }
        })
        .await;
        let error = failure(&client(&trusting(&identity)), &format!("https://{}", server.address)).await;
        assert!(matches!(error, TransportError::Lost { progress: Progress::NoAnswer, .. }), "{error:?}");
    }
}

/// HTTP/2: a request that is given up ends its stream, and the connection goes on.
#[tokio::test]
async fn giving_up_a_request_over_http_2_resets_its_stream_and_keeps_the_connection() {
    let identity = this_machine();
    let acceptor = identity.acceptor(&[&version::TLS13], &[b"h2"]);
    let (say, mut said) = unbounded_channel();
    let server = Server::start(move |stream, _| {
        let (acceptor, say) = (acceptor.clone(), say.clone());
        async move {
            let mut connection = h2::server::handshake(acceptor.accept(stream).await.unwrap()).await.unwrap();
            while let Some(Ok((request, mut answer))) = connection.accept().await {
                let say = say.clone();
                tokio::spawn(async move {
                    say.send(request.uri().path().to_owned()).unwrap();
                    if request.uri().path() == "/given-up" {
                        let reason = std::future::poll_fn(|context| answer.poll_reset(context)).await.unwrap();
                        say.send(format!("reset: {reason:?}")).unwrap();
                    } else {
                        answer.send_response(axum::http::Response::new(()), true).unwrap();
                    }
                });
            }
        }
    })
    .await;
    let client = client(&trusting(&identity));
    let url = |path: &str| format!("https://{}{path}", server.address);
    let exchange = tokio::spawn(client.send(request(&url("/given-up"))));
    assert_eq!(said.recv().await.unwrap(), "/given-up");
    exchange.abort();
    assert_eq!(said.recv().await.unwrap(), "reset: CANCEL");
    assert_eq!(get(&client, &url("/next")).await.unwrap().status, 200);
    assert_eq!(said.recv().await.unwrap(), "/next");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn authorities_that_are_replaced_in_their_file_are_trusted_from_then_on_and_a_broken_file_changes_nothing() {
    let (old, new) = (this_machine(), this_machine());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &old.ca_pem).unwrap();
    let client = client(&TlsConfig { ca_file: Some(file.to_str().unwrap().to_owned()), ..TlsConfig::default() });
    let (first, _seen) = server(&old, BOTH[1]).await;
    let (second, _seen) = server(&new, BOTH[1]).await;
    let (first, second) = (format!("https://{}/", first.address), format!("https://{}/", second.address));
    get(&client, &first).await.unwrap();
    assert!(get(&client, &second).await.is_err());
    let waits_for = async |url: &str, wanted: bool| {
        // The file is looked at once a second.
        let mut tries = 0;
        while get(&client, url).await.is_ok() != wanted {
            tries += 1;
            assert!(tries < 100_000, "{url} never is {wanted}");
            tokio::task::yield_now().await;
        }
    };
    std::fs::write(&file, old.ca_pem.clone() + &new.ca_pem).unwrap();
    waits_for(&second, true).await;
    get(&client, &first).await.unwrap();
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nnonsense").unwrap();
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_millis(1500) {
        get(&client, &second).await.unwrap();
    }
    std::fs::write(&file, &new.ca_pem).unwrap();
    waits_for(&first, false).await;
    get(&client, &second).await.unwrap();
}
