//! Real servers and proxies between the client and the platform: nginx, haproxy, squid and microsocks, as Debian has them.

mod support;

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kei_agent::{Client, Runtime};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::{Value, json};
use support::{Platform, call, free_port, leaks, merge, runtime};

/// A server of Debian's, with a folder of its own; it ends with this.
struct Server {
    process: Child,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts `command` with a configuration made for the folder, and waits until it listens on `port`.
    fn start(port: u16, command: &[&str], files: impl FnOnce(&Path) -> Vec<(&'static str, String)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Some of them change to a user of their own.
        #[cfg(unix)]
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        for (name, text) in files(folder.path()) {
            std::fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let path = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default());
        let log = std::fs::File::create(folder.path().join("output")).unwrap();
        let mut process = Command::new("/usr/bin/env")
            .args(command)
            .current_dir(folder.path())
            .env("PATH", path)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = process.try_wait().unwrap() {
                let said = std::fs::read_to_string(folder.path().join("output")).unwrap();
                panic!("{} ended with {status} (`make test` installs it where it is missing): {said}", command[0]);
            }
        }
        Self { process, folder }
    }

    /// The lines of its log, once there are `count`.
    fn lines(&self, count: usize) -> Vec<String> {
        loop {
            let text = std::fs::read_to_string(self.folder.path().join("access")).unwrap_or_default();
            let lines: Vec<_> = text.lines().map(str::to_owned).collect();
            if lines.len() >= count && (text.is_empty() || text.ends_with('\n')) {
                return lines;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// nginx, over TLS with HTTP/2 and in the clear with it (h2c), with a place that takes five requests a second.
struct Nginx {
    server: Server,
    tls: u16,
    clear: u16,
    ca: String,
}

impl Nginx {
    fn start() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "the root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &root).unwrap();
        let (tls, clear) = (free_port(), free_port());
        let server = Server::start(tls, &["nginx", "-p", ".", "-e", "errors", "-c", "conf"], |folder| {
            let place = folder.display();
            let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .iter()
                .map(|name| format!("{name}_temp_path {place}/{name};\n"))
                .collect();
            let conf = format!(
                r#"
daemon off;
master_process off;
pid {place}/pid;
events {{ worker_connections 512; }}
http {{
    {temporary}
    log_format own '$msec $server_protocol $request_method $uri $status $ssl_protocol $http_accept_encoding';
    access_log {place}/access own;
    limit_req_zone $binary_remote_addr zone=slow:1m rate=5r/s;
    gzip on;
    gzip_types application/json;
    gzip_min_length 1;
    default_type application/json;
    root {place}/www;
    server {{
        listen 127.0.0.1:{tls} ssl http2;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate {place}/leaf.pem;
        ssl_certificate_key {place}/leaf.key;
        location /limited/ {{ limit_req zone=slow; limit_req_status 429; error_page 429 @limited; }}
        location @limited {{ add_header Retry-After 1 always; return 429 '{{"title":"Too Many Requests"}}'; }}
    }}
    server {{ listen 127.0.0.1:{clear} http2; }}
}}
"#
            );
            let text = json!({ "text": "an answer that is long enough to be worth packing. ".repeat(100) }).to_string();
            vec![
                ("conf", conf),
                ("leaf.pem", leaf.pem()),
                ("leaf.key", key.serialize_pem()),
                ("www/answer", text.clone()),
                ("www/limited/answer", text),
            ]
        });
        Self { server, tls, clear, ca: root.pem() }
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.tls)
    }

    fn client(&self, runtime: &Runtime, changes: &Value) -> Client {
        let mut config = json!({ "base_url": self.url(), "http": { "proxy": "none" }, "tls": { "ca_pem": self.ca } });
        merge(&mut config, changes);
        Client::new(runtime, &config.to_string()).unwrap()
    }
}

fn get(client: &Client, path: &str) -> Result<Value, Value> {
    call(client, "http.request", &json!({ "path": path }), &json!({}))
}

#[test]
fn nginx_speaks_http_2_over_tls_and_in_the_clear_or_http_1_1_and_packs_its_answers() {
    let nginx = Nginx::start();
    let runtime = runtime();
    let clear = json!({ "base_url": format!("http://127.0.0.1:{}", nginx.clear), "http": { "version": "http2" } });
    for (changes, protocol, tls) in [
        (json!({}), "HTTP/2.0", true),
        (json!({ "http": { "version": "http2" } }), "HTTP/2.0", true),
        (json!({ "http": { "version": "http1" } }), "HTTP/1.1", true),
        (clear, "HTTP/2.0", false),
    ] {
        let before = nginx.server.lines(0).len();
        let client = nginx.client(&runtime, &changes);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let calls: Vec<_> = (0..20).map(|_| scope.spawn(|| get(&client, "/answer"))).collect();
            calls.into_iter().map(|call| call.join().unwrap().unwrap()).collect()
        });
        for answer in answers {
            assert!(
                answer["result"]["body"]["text"].as_str().unwrap().starts_with("an answer that is long"),
                "{answer}"
            );
            assert!(answer["result"]["headers"].get("content-encoding").is_none(), "it is unpacked");
        }
        let lines = nginx.server.lines(before + 20);
        for line in &lines[before..] {
            let expected = format!(" {protocol} GET /answer 200 {}", if tls { "TLSv1.3" } else { "-" });
            assert!(line.contains(&expected) && line.contains("gzip"), "{line}, not {expected}");
        }
    }
}

#[test]
fn nginx_that_limits_its_rate_is_obeyed_by_every_call_until_all_have_their_answer() {
    let nginx = Nginx::start();
    let runtime = runtime();
    let changes = json!({ "retry": { "max_attempts": 50 }, "timeouts": { "total_ms": 600_000 } });
    let client = nginx.client(&runtime, &changes);
    let attempts: u64 = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..6).map(|_| scope.spawn(|| get(&client, "/limited/answer").unwrap())).collect();
        calls.into_iter().map(|call| call.join().unwrap()["meta"]["attempts"].as_u64().unwrap()).sum()
    });
    assert!(attempts > 6, "some were told to come later");
    let lines = nginx.server.lines(usize::try_from(attempts).unwrap());
    assert_eq!(lines.len() as u64, attempts, "what the client counts is what came");
    let refused = lines.iter().filter(|line| line.contains(" 429 ")).count();
    assert_eq!(refused as u64, attempts - 6);
    // After the last refusal of a kind nobody comes for the second that was asked for.
    let at = |line: &String| line.split(' ').next().unwrap().parse::<f64>().unwrap();
    let first = lines.iter().find(|line| line.contains(" 429 ")).map(at).unwrap();
    let next = lines.iter().map(at).find(|time| *time > first + 0.5).unwrap();
    assert!(next - first >= 0.999, "asked for a second at {first}, the next came at {next}");
    // A single attempt says what it was told.
    let once = nginx.client(&runtime, &json!({ "retry": { "max_attempts": 1 } }));
    let errors: Vec<_> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..6).map(|_| scope.spawn(|| get(&once, "/limited/answer").err())).collect();
        calls.into_iter().filter_map(|call| call.join().unwrap()).collect()
    });
    assert!(!errors.is_empty());
    for error in errors {
        assert_eq!((&error["name"], &error["retryable"]), (&json!("KEI_E_RATE_LIMITED"), &json!(true)), "{error}");
        assert!(error["retry_after_ms"].as_u64().unwrap() >= 1, "{error}");
    }
}

/// haproxy before the platform: it resets some requests, knows a server that is away, and one that hangs up.
fn haproxy(platform: &Platform) -> (Server, String) {
    let (port, gone) = (free_port(), free_port());
    let behind = platform.url.strip_prefix("http://").unwrap();
    let conf = format!(
        r#"
defaults
    mode http
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    retries 0
frontend front
    bind 127.0.0.1:{port}
    option nolinger
    http-request reject if {{ path_beg /reset }}
    http-request return status 503 content-type application/problem+json string '{{"title":"closed for today"}}' hdr Retry-After 3600 if {{ path /closed }}
    use_backend gone if {{ path_beg /gone }}
    default_backend platform
backend platform
    server platform {behind}
backend gone
    server gone 127.0.0.1:{gone}
"#
    );
    let server = Server::start(port, &["haproxy", "-db", "-f", "conf"], |_| vec![("conf", conf)]);
    (server, format!("http://127.0.0.1:{port}"))
}

#[test]
fn haproxy_that_resets_hangs_up_or_has_no_server_is_retried_as_the_rules_say() {
    let platform = Platform::start();
    let (_haproxy, url) = haproxy(&platform);
    let runtime = runtime();
    let client = platform.client_with(&runtime, &json!({ "base_url": url, "breaker": { "enabled": false } }));
    let plan = call(&client, "plan", &json!({ "objective": "compute 6 * 7" }), &json!({})).unwrap();
    assert!(plan["result"]["plan_id"].is_string());
    let keyed = json!({ "idempotency_key": "key" });
    for (method, path, options, code, attempts) in [
        ("GET", "/reset", &json!({}), "KEI_E_CONNECTION_LOST", 3),
        ("POST", "/reset", &json!({}), "KEI_E_CONNECTION_LOST", 1),
        ("POST", "/reset", &keyed, "KEI_E_CONNECTION_LOST", 3),
        ("GET", "/gone", &json!({}), "KEI_E_REMOTE", 3),
        ("POST", "/gone", &json!({}), "KEI_E_REMOTE", 1),
    ] {
        let error = call(&client, "http.request", &json!({ "method": method, "path": path }), options).unwrap_err();
        assert_eq!((&error["name"], &error["attempts"]), (&json!(code), &json!(attempts)), "{method} {path}: {error}");
    }
    // What the platform does behind it comes through as well.
    platform.fault(&json!({ "path": "/api/v1/rpc/", "reset": "before_headers", "times": 2 }));
    let answer = call(&client, "plan", &json!({ "objective": "compute 6 * 7" }), &keyed).unwrap();
    assert_eq!(answer["meta"]["attempts"], 3, "haproxy says 502 of it");
    let error = get(&client, "/closed").unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("closed for today"), "{error}");
    assert_eq!((&error["attempts"], &error["retry_after_ms"]), (&json!(1), &json!(3_600_000)), "{error}");
    assert_eq!(error["details"]["not_retried"], "retry_after");
}

/// squid, which lets those through who know the password.
fn squid() -> (Server, String) {
    let port = free_port();
    let helper = ["/usr/lib/squid/basic_ncsa_auth", "/usr/libexec/squid/basic_ncsa_auth"].map(PathBuf::from);
    let helper = helper.into_iter().find(|path| path.exists()).expect("squid is installed (`make test` installs it)");
    let hash = Command::new("openssl").args(["passwd", "-apr1", "open sesame"]).output().expect("openssl is installed");
    let hash = String::from_utf8(hash.stdout).unwrap();
    let server = Server::start(port, &["squid", "-N", "-f", "conf"], |folder| {
        let place = folder.display();
        let conf = format!(
            r"
http_port 127.0.0.1:{port}
auth_param basic program {} {place}/passwords
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
access_log stdio:{place}/access
cache_log {place}/cache
pid_filename {place}/pid
coredump_dir {place}
pinger_enable off
visible_hostname localhost
shutdown_lifetime 0 seconds
",
            helper.display()
        );
        vec![("conf", conf), ("passwords", format!("me:{hash}"))]
    });
    (server, format!("http://127.0.0.1:{port}"))
}

#[test]
fn squid_lets_through_who_knows_the_password_for_http_and_https_and_nobody_else() {
    let (platform, nginx) = (Platform::start(), Nginx::start());
    let (squid, proxy) = squid();
    let runtime = runtime();
    let with = |user: &str, password: &str| json!({ "http": { "proxy": proxy, "proxy_username": user, "proxy_password": password } });
    let known = with("me", "open sesame");
    let client = platform.client_with(&runtime, &known);
    let plan = call(&client, "plan", &json!({ "objective": "compute 6 * 7" }), &json!({})).unwrap();
    assert!(plan["result"]["plan_id"].is_string(), "the request and its token went through it");
    assert!(get(&nginx.client(&runtime, &known), "/answer").is_ok());
    // A tunnel is told of when it ends; the first line is that of the question whether squid is there.
    let lines = squid.lines(5).split_off(1);
    assert!(lines.iter().all(|line| line.contains(" me ")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("CONNECT 127.0.0.1:")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("POST") && line.contains("/oidc/token")), "{lines:?}");
    let (came, arrived) = (nginx.server.lines(1).len(), platform.stats()["requests_by_path"].clone());
    for who in [with("me", "open barley"), with("nobody", "open sesame"), json!({ "http": { "proxy": proxy } })] {
        let over_tls = get(&nginx.client(&runtime, &who), "/answer").unwrap_err();
        assert_eq!(over_tls["name"], "KEI_E_CONNECT", "{over_tls}");
        let plain = json!({ "base_url": platform.url, "http": who["http"] });
        let plain = get(&Client::new(&runtime, &plain.to_string()).unwrap(), "/api/v1/health").unwrap_err();
        assert_eq!((&plain["name"], &plain["attempts"]), (&json!("KEI_E_CONNECT"), &json!(1)), "{plain}");
        assert!(plain["message"].as_str().unwrap().contains("`http.proxy_username`"), "{plain}");
        leaks::assert_none(
            &["open barley".to_owned(), "open sesame".to_owned()],
            &format!("{over_tls}{plain}"),
            "an error",
        );
    }
    assert_eq!(
        (nginx.server.lines(1).len(), platform.stats()["requests_by_path"].clone()),
        (came, arrived),
        "nothing got through"
    );
    // What is excepted goes straight there.
    let mut except = with("me", "wrong all the same");
    merge(&mut except, &json!({ "http": { "no_proxy": [format!("127.0.0.1:{}", nginx.tls)] } }));
    assert!(get(&nginx.client(&runtime, &except), "/answer").is_ok());
}

#[test]
fn microsocks_lets_through_who_knows_the_password() {
    let nginx = Nginx::start();
    let port = free_port();
    let command = ["microsocks", "-i", "127.0.0.1", "-p", &port.to_string(), "-u", "me", "-P", "open-sesame"];
    let _socks = Server::start(port, &command, |_| Vec::new());
    let runtime = runtime();
    for scheme in ["socks5", "socks5h"] {
        let proxy = format!("{scheme}://127.0.0.1:{port}");
        let with = |password: &str| {
            let http = json!({ "proxy": proxy, "proxy_username": "me", "proxy_password": password });
            get(&nginx.client(&runtime, &json!({ "http": http })), "/answer")
        };
        assert!(with("open-sesame").is_ok(), "{scheme}");
        let error = with("open-barley").unwrap_err();
        assert_eq!(error["name"], "KEI_E_CONNECT", "{error}");
        leaks::assert_none(&["open-barley".to_owned()], &error.to_string(), "an error");
    }
}
