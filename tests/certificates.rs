//! Whom the client talks to: certificates made here, good and bad, for requests, for the stream and for tokens alike. A server that is refused
//! counts what it got of the application: nothing, not one byte.

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kei_agent::{Client, Runtime};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PublicKeyData, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{call, merge, runtime};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str, above: Option<&Authority>) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key = KeyPair::generate().unwrap();
    match above {
        Some(above) => CertifiedIssuer::signed_by(params, key, above).unwrap(),
        None => CertifiedIssuer::self_signed(params, key).unwrap(),
    }
}

/// What a server shows.
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

fn leaf(names: &[&str], signer: Option<&Authority>, change: impl Fn(&mut CertificateParams)) -> Shown {
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = match signer {
        Some(signer) => params.signed_by(&key, signer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Shown { chain: vec![certificate.der().clone()], key }
}

impl Shown {
    fn pin(&self) -> String {
        STANDARD.encode(Sha256::digest(self.key.subject_public_key_info()))
    }

    fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.key.serialize_der().into())
    }
}

/// A server over TLS: it answers requests, requests for tokens and for a stream, and counts what it got of them.
struct Server {
    port: u16,
    got: Arc<AtomicUsize>,
    /// The certificates that its clients have shown.
    clients: Arc<Mutex<BTreeSet<Vec<u8>>>>,
}

impl Server {
    fn start(shown: &Shown, clients_by: Option<&Authority>) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = match clients_by {
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
            None => builder.with_no_client_auth(),
        };
        let config = Arc::new(builder.with_single_cert(shown.chain.clone(), shown.private_key()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (got, clients) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<BTreeSet<_>>>::default());
        let (count, seen) = (Arc::clone(&got), Arc::clone(&clients));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, count, seen) = (Arc::clone(&config), Arc::clone(&count), Arc::clone(&seen));
                std::thread::spawn(move || {
                    serve(StreamOwned::new(ServerConnection::new(config).unwrap(), stream), &count, &seen);
                });
            }
        });
        Self { port, got, clients }
    }

    fn got(&self) -> usize {
        self.got.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: StreamOwned<ServerConnection, TcpStream>, got: &AtomicUsize, seen: &Mutex<BTreeSet<Vec<u8>>>) {
    let mut text = Vec::new();
    let mut bytes = [0; 4096];
    // An error is a client that refused, or went.
    while let Ok(count @ 1..) = stream.read(&mut bytes) {
        got.fetch_add(count, Ordering::SeqCst);
        text.extend_from_slice(&bytes[..count]);
        if let Some(certificate) = stream.conn.peer_certificates().and_then(<[_]>::first) {
            seen.lock().unwrap().insert(certificate.to_vec());
        }
        let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&text[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        if text.len() < end + 4 + length {
            continue;
        }
        let (status, body) = match head.split(' ').nth(1) {
            Some("/token") => {
                ("200 OK", r#"{"access_token":"a-token-from-here","token_type":"Bearer","expires_in":1}"#)
            }
            Some("/api/v1/stream") => ("404 Not Found", ""),
            _ => ("200 OK", "{}"),
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()).is_err() {
            return;
        }
        text.clear();
    }
}

/// A proxy that makes a tunnel to any name's port on this machine, so that names need no resolver.
fn proxy() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut head = String::new();
                let mut byte = [0];
                while !head.ends_with("\r\n\r\n") && client.read_exact(&mut byte).is_ok() {
                    head.push(char::from(byte[0]));
                }
                let port = head.split([':', ' ']).nth(2).and_then(|port| port.parse::<u16>().ok());
                let Some(Ok(server)) = port.map(|port| TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))))
                else {
                    return;
                };
                if client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").is_err() {
                    return;
                }
                let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (mut back, mut out) = (server, client);
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Write);
                });
                let _ = std::io::copy(&mut back, &mut out);
                let _ = out.shutdown(std::net::Shutdown::Write);
            });
        }
    });
    url
}

/// What speaks to a server.
#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    Http,
    WebSocket,
    Token,
}

/// Speaks to the server at `origin`; the name of the error, if there is one, and what it says.
fn speak(runtime: &Runtime, by: By, origin: &str, changes: &Value) -> Result<(), (String, String)> {
    let mut config = match by {
        By::Http | By::WebSocket => {
            json!({ "base_url": origin, "auth": { "type": "bearer", "token": "a-secret-to-keep" } })
        }
        // Nobody is at the platform: whoever comes that far has a token.
        By::Token => json!({ "base_url": "http://127.0.0.1:9", "auth": {
            "type": "oidc", "token_endpoint": format!("{origin}/token"), "client_id": "me", "client_secret": "a-secret-to-keep", "expose_token": true } }),
    };
    merge(&mut config, changes);
    let client = Client::new(runtime, &config.to_string()).unwrap();
    let outcome = match by {
        By::Http => {
            call(&client, "http.request", &json!({ "path": "/", "method": "POST", "text": "hello" }), &json!({}))
        }
        By::WebSocket => call(&client, "stream.publish", &json!({ "topic": "t", "data": 1 }), &json!({})),
        By::Token => call(&client, "auth.token", &json!({}), &json!({})),
    };
    match outcome {
        Ok(_) => Ok(()),
        // It came to its stream, which is not there.
        Err(error) if by == By::WebSocket && error["http_status"] == 404 => Ok(()),
        Err(error) => Err((error["name"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())),
    }
}

const ALL: [By; 3] = [By::Http, By::WebSocket, By::Token];

/// Asserts that a server is taken for the right one, or refused without a byte, by whatever speaks to it.
fn assert_judged(what: &str, origin: &str, got: &dyn Fn() -> usize, changes: &Value, refused_for: Option<&str>) {
    let runtime = runtime();
    for by in ALL {
        let before = got();
        match (speak(&runtime, by, origin, changes), refused_for) {
            (Ok(()), None) => assert!(got() > before, "{what}, {by:?}: the server got something"),
            (Err((name, message)), Some(why)) => {
                assert_eq!(name, "KEI_E_TLS", "{what}, {by:?}: {message}");
                assert!(message.contains(why), "{what}, {by:?}: {message}");
            }
            (outcome, _) => panic!("{what}, {by:?}: {outcome:?}"),
        }
        if refused_for.is_some() {
            assert_eq!(got(), 0, "{what}, {by:?}: the server got something of the application");
        }
    }
}

#[test]
fn each_certificate_is_judged_rightly_and_a_server_that_is_refused_gets_no_byte() {
    let root = authority("the root", None);
    let between = authority("an authority between", Some(&root));
    let other = authority("an unknown root", None);
    let proxy = proxy();
    let name = "a.kei.test";
    let usual = |names: &[&str]| leaf(names, Some(&root), |_| {});
    let with_between = |shown: Shown| Shown { chain: [shown.chain, vec![between.der().clone()]].concat(), ..shown };
    let good = usual(&[name]);
    let (pin, other_pin) = (good.pin(), usual(&[name]).pin());
    let unnamed = leaf(&[], Some(&root), |params| params.distinguished_name.push(DnType::CommonName, name));
    // What the server shows, where it is asked for, the pins, and why it is refused, if it is.
    #[allow(clippy::type_complexity)] // A table, whose columns are said above it.
    let rows: [(&str, Shown, &str, &[&String], Option<&str>); 17] = [
        ("good, with one of two pins", good, name, &[&other_pin, &pin], None),
        ("good", usual(&[name]), name, &[], None),
        (
            "expired",
            leaf(&[name], Some(&root), |params| params.not_after = date_time_ymd(2020, 1, 1)),
            name,
            &[],
            Some("expired"),
        ),
        (
            "not yet valid",
            leaf(&[name], Some(&root), |params| params.not_before = date_time_ymd(3000, 1, 1)),
            name,
            &[],
            Some("not valid yet"),
        ),
        ("wrong name", usual(&["b.kei.test"]), name, &[], Some("not valid for name")),
        ("a name in the subject alone", unnamed, name, &[], Some("not valid for")),
        ("self-signed", leaf(&[name], None, |_| {}), name, &[], Some("UnknownIssuer")),
        ("unknown authority", leaf(&[name], Some(&other), |_| {}), name, &[], Some("UnknownIssuer")),
        ("revoked by pin", usual(&[name]), name, &[&other_pin], Some("none of tls.pins")),
        (
            "wrong use",
            leaf(&[name], Some(&root), |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            name,
            &[],
            Some("key usage"),
        ),
        (
            "an authority between that is missing",
            leaf(&[name], Some(&between), |_| {}),
            name,
            &[],
            Some("UnknownIssuer"),
        ),
        ("an authority between", with_between(leaf(&[name], Some(&between), |_| {})), name, &[], None),
        ("an address", usual(&["127.0.0.1"]), "127.0.0.1", &[], None),
        ("another address", usual(&["127.0.0.2"]), "127.0.0.1", &[], Some("not valid for name")),
        ("a wildcard", usual(&["*.kei.test"]), name, &[], None),
        ("a wildcard, one level too deep", usual(&["*.kei.test"]), "b.a.kei.test", &[], Some("not valid for name")),
        ("a wildcard without anything before it", usual(&["*.kei.test"]), "kei.test", &[], Some("not valid for name")),
    ];
    for (what, shown, host, pins, refused_for) in rows {
        let server = Server::start(&shown, None);
        let changes = json!({ "http": { "proxy": proxy }, "tls": { "ca_pem": root.pem(), "pins": pins } });
        assert_judged(what, &format!("https://{host}:{}", server.port), &|| server.got(), &changes, refused_for);
    }
}

/// A server with a key that nobody should use any more, which is more than other servers here can do: Python's, told to lower its guard.
const WEAK: &str = r#"
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.set_ciphers("DEFAULT:@SECLEVEL=0")
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    stream, _ = listener.accept()
    try:
        got = len(context.wrap_socket(stream, server_side=True).recv(4096))
    except (ssl.SSLError, OSError):
        got = 0
    print(got, flush=True)
"#;

fn openssl(folder: &Path, arguments: &str) {
    let done =
        Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().expect("openssl is installed");
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_server_with_a_weak_key_is_refused_and_gets_no_byte() {
    let root = authority("the root", None);
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    std::fs::write(place.join("root.pem"), root.pem()).unwrap();
    std::fs::write(place.join("root.key"), root.key().serialize_pem()).unwrap();
    std::fs::write(place.join("names"), "subjectAltName=IP:127.0.0.1").unwrap();
    openssl(place, "req -newkey rsa:1024 -nodes -keyout weak.key -out weak.csr -subj /CN=weak");
    openssl(
        place,
        "x509 -req -in weak.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -extfile names -out weak.pem",
    );
    let mut server = Command::new("python3")
        .args(["-c", WEAK, "weak.pem", "weak.key"])
        .current_dir(place)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map(Result::unwrap);
    let port = lines.next().unwrap();
    let runtime = runtime();
    let changes = json!({ "http": { "proxy": "none" }, "tls": { "ca_pem": root.pem() } });
    for by in ALL {
        let (name, message) = speak(&runtime, by, &format!("https://127.0.0.1:{port}"), &changes).unwrap_err();
        assert_eq!((name.as_str(), lines.next().as_deref()), ("KEI_E_TLS", Some("0")), "{by:?}: {message}");
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn whoever_takes_any_server_says_so_and_cannot_have_pins() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let shown = leaf(&["b.kei.test"], None, |_| {});
    let server = Server::start(&shown, None);
    let origin = format!("https://127.0.0.1:{}", server.port);
    let runtime = support::runtime_logging_to(&log);
    for by in ALL {
        speak(&runtime, by, &origin, &json!({ "tls": { "insecure_skip_verify": true } })).unwrap();
    }
    let config = json!({ "base_url": origin, "tls": { "insecure_skip_verify": true, "pins": [shown.pin()] } });
    let error = Client::new(&runtime, &config.to_string()).err().unwrap();
    assert!(
        error.message.contains("exclude each other") && error.details["field"] == "tls.insecure_skip_verify",
        "{error}"
    );
    runtime.shutdown(None).unwrap();
    let said = std::fs::read_to_string(&log).unwrap().matches("insecure_skip_verify is on").count();
    assert_eq!(said, ALL.len(), "each client says it once");
}

/// A client's certificate and key in their files, replaced as a tool does it: one after the other, each at once.
fn install(folder: &Path, shown: &Shown) {
    let pem = |kind: &str, der: &[u8]| {
        let mut text = format!("-----BEGIN {kind}-----\n");
        for line in STANDARD.encode(der).as_bytes().chunks(64) {
            writeln!(text, "{}", std::str::from_utf8(line).unwrap()).unwrap();
        }
        text + &format!("-----END {kind}-----\n")
    };
    for (name, text) in [
        ("client.key", pem("PRIVATE KEY", &shown.key.serialize_der())),
        ("client.pem", pem("CERTIFICATE", &shown.chain[0])),
    ] {
        support::write_private(folder.join("new"), text);
        std::fs::rename(folder.join("new"), folder.join(name)).unwrap();
    }
}

#[test]
fn a_server_that_wants_a_certificate_gets_it_by_all_and_its_replacement_under_load_without_a_failed_call() {
    let (root, clients) = (authority("the root", None), authority("the clients' authority", None));
    let server = Server::start(&leaf(&["127.0.0.1"], Some(&root), |_| {}), Some(&clients));
    let origin = format!("https://127.0.0.1:{}", server.port);
    let client_leaf = || {
        leaf(&["a client"], Some(&clients), |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    };
    let (first, second) = (client_leaf(), client_leaf());
    let folder = tempfile::tempdir().unwrap();
    install(folder.path(), &first);
    let runtime = runtime();
    let without = json!({ "http": { "proxy": "none" }, "tls": { "ca_pem": root.pem() } });
    for by in ALL {
        assert!(speak(&runtime, by, &origin, &without).is_err(), "{by:?}: without a certificate nobody gets in");
    }
    assert_eq!(server.got(), 0);
    let mut with = without;
    merge(
        &mut with,
        &json!({ "tls": {
        "client_cert_file": folder.path().join("client.pem"), "client_key_file": folder.path().join("client.key") } }),
    );
    let shown = |one: &Shown| server.clients.lock().unwrap().contains(&one.chain[0].to_vec());
    for by in ALL {
        server.clients.lock().unwrap().clear();
        speak(&runtime, by, &origin, &with).unwrap();
        assert!(shown(&first), "{by:?}");
    }
    // One client for requests and its stream, one for tokens: both go on while the certificate changes under them.
    let mut config = json!({ "base_url": origin, "breaker": { "enabled": false }, "auth": {
        "type": "oidc", "token_endpoint": format!("{origin}/token"), "client_id": "me", "client_secret": "a-secret-to-keep", "expose_token": true } });
    merge(&mut config, &with);
    let client = Client::new(&runtime, &config.to_string()).unwrap();
    server.clients.lock().unwrap().clear();
    let (done, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for by in [By::Http, By::Http, By::WebSocket, By::Token] {
            let (client, done, calls) = (&client, &done, &calls);
            scope.spawn(move || {
                while !done.load(Ordering::SeqCst) {
                    let outcome = match by {
                        By::Http => call(client, "http.request", &json!({ "path": "/" }), &json!({})),
                        By::WebSocket => {
                            call(client, "stream.publish", &json!({ "topic": "t", "data": 1 }), &json!({}))
                        }
                        By::Token => call(client, "auth.refresh", &json!({}), &json!({})),
                    };
                    let fine = outcome
                        .as_ref()
                        .map_or_else(|error| by == By::WebSocket && error["http_status"] == 404, |_| true);
                    if !fine {
                        done.store(true, Ordering::SeqCst);
                        panic!("{by:?}: {outcome:?}");
                    }
                    calls.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let wait_for = |count: usize| {
            while !done.load(Ordering::SeqCst) && calls.load(Ordering::SeqCst) < count {
                std::hint::spin_loop();
            }
        };
        wait_for(200);
        install(folder.path(), &second);
        while !done.load(Ordering::SeqCst) && !shown(&second) {
            std::hint::spin_loop();
        }
        wait_for(calls.load(Ordering::SeqCst) + 200);
        // From now on, new connections show the new one only.
        server.clients.lock().unwrap().clear();
        wait_for(calls.load(Ordering::SeqCst) + 100);
        done.store(true, Ordering::SeqCst);
    });
    for by in ALL {
        server.clients.lock().unwrap().clear();
        // Another runtime, which has no token yet.
        speak(&support::runtime(), by, &origin, &with).unwrap();
        assert!(shown(&second) && !shown(&first), "{by:?}");
    }
}
