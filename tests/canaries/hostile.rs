//! A server that says every secret that it should never have heard, in every encoding, wherever an answer has room for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use super::given::{Canaries, encoded};

/// Starts it; answers its URL. It ends with the test.
///
/// - `/issuer/<name>/…` is an issuer: it grants `access_token_granted` and the like, or refuses, or makes no sense, by its name;
/// - `/say/<status>/<kind>` answers with this status, and with the secret of this kind in all encodings, in its header fields and in its body;
/// - `/cut`, `/garbage`, `/reset` and `/redirect` answer as they are called.
pub(crate) fn start(canaries: &Canaries) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (canaries, own) = (Arc::new(canaries.clone()), url.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (canaries, own) = (Arc::clone(&canaries), own.clone());
            std::thread::spawn(move || {
                // Whoever hangs up has heard enough.
                let _ = serve(stream, &canaries, &own);
            });
        }
    });
    url
}

fn serve(stream: TcpStream, canaries: &Canaries, own: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
            head += &line;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.split('?').next().unwrap_or_default().split('/').skip(1).collect();
        let answer = match parts.as_slice() {
            ["issuer", name, rest @ ..] => issuer(name, rest, canaries, own),
            ["say", status, kind, ..] => say(status, kind, canaries),
            ["api", "v1", ..] => say("500", "bearer", canaries),
            ["cut"] => {
                let text = canaries.get("bearer");
                stream
                    .write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{{\"a\":\"{text}").as_bytes())?;
                return Ok(());
            }
            ["garbage"] => {
                let text = canaries.get("bearer");
                stream.write_all(format!("{text} is no HTTP\r\n{text}: {text}\r\n\r\n").as_bytes())?;
                return Ok(());
            }
            ["redirect"] => {
                let text: String = url::form_urlencoded::byte_serialize(canaries.get("bearer").as_bytes()).collect();
                let to = format!("http://{text}.example/{text}?token={text}");
                format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
            }
            _ => return Ok(()),
        };
        stream.write_all(answer.as_bytes())?;
    }
}

fn json(status: &str, fields: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n{fields}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn say(status: &str, kind: &str, canaries: &Canaries) -> String {
    let secret = canaries.get(kind);
    let forms = encoded(secret).join(" ");
    let visible: String = forms.chars().filter(|letter| (' '..='~').contains(letter)).collect();
    let quoted = visible.replace(['"', '\\'], "");
    let fields = format!(
        "x-request-id: {visible}\r\nx-said: {visible}\r\nset-cookie: session={visible}\r\n\
         www-authenticate: Bearer realm=\"{quoted}\", error=\"invalid_token\", error_description=\"{quoted}\"\r\n\
         server: {quoted}\r\nx-unlisted: {}\r\n",
        canaries.get("response_header"),
    );
    let body = serde_json::json!({
        "error": forms, "error_description": forms, "message": forms, "title": secret, "detail": forms, "code": secret,
        "errors": [{ "message": forms, "path": [secret], "deep": { "value": secret } }], forms.clone(): secret,
    });
    json(status, &fields, &body.to_string())
}

fn issuer(name: &str, rest: &[&str], canaries: &Canaries, own: &str) -> String {
    let base = format!("{own}/issuer/{name}");
    match (name, rest) {
        ("odd", [".well-known", ..]) => say("200", "client_secret_basic", canaries),
        (_, [".well-known", ..]) => {
            let body = serde_json::json!({
                "issuer": base, "token_endpoint": format!("{base}/token"), "revocation_endpoint": format!("{base}/revoke"),
                "device_authorization_endpoint": format!("{base}/device"), "jwks_uri": format!("{base}/jwks"),
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
            });
            json("200", "", &body.to_string())
        }
        ("grants", ["token"]) => {
            let body = serde_json::json!({
                "access_token": canaries.get("access_token_granted"), "token_type": "Bearer", "expires_in": 3600,
                "refresh_token": canaries.get("refresh_token_granted"), "id_token": canaries.get("id_token_granted"),
            });
            json("200", "", &body.to_string())
        }
        ("broken", ["token"]) => {
            let text = canaries.get("access_token_granted");
            json("200", "", &format!("{{\"access_token\": \"{text}\", \"token_type\": {text}"))
        }
        ("untyped", ["token"]) => {
            let text = canaries.get("access_token_granted");
            json(
                "200",
                "",
                &serde_json::json!({ "access_token": text, "token_type": text, "expires_in": text }).to_string(),
            )
        }
        ("fails", ["token"]) => say("500", "client_secret_basic", canaries),
        (kind, ["token" | "device" | "revoke"]) if canaries.held.contains_key(kind) => say("400", kind, canaries),
        _ => say("400", "client_secret_basic", canaries),
    }
}
