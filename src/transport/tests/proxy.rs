//! Proxies: from the configuration, and from the environment of a process of its own.

use super::*;
use std::process::Command;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A proxy that answers everything itself, and the first line of each request to it.
async fn proxy() -> (Server, UnboundedReceiver<String>) {
    let (say, said) = unbounded_channel();
    let server = Server::start(move |mut stream, _| {
        let say = say.clone();
        async move {
            let head = head(&mut stream).await;
            say.send(head.lines().next().unwrap_or_default().to_owned()).unwrap();
            // No tunnel is ever opened: that it was asked for is all that counts here.
            let answer = if head.starts_with("CONNECT") {
                &b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"[..]
            } else {
                OK
            };
            let _ = stream.write_all(answer).await;
        }
    })
    .await;
    (server, said)
}

fn with_proxy(proxy: &str) -> crate::error::Result<HttpClient> {
    let http = HttpConfig { proxy: Some(proxy.to_owned()), ..HttpConfig::default() };
    HttpClient::new(&http, &TlsConfig::default(), None, &TimeoutConfig::default())
}

#[tokio::test]
async fn a_configured_proxy_carries_every_request() {
    let (proxy, mut said) = proxy().await;
    let client = with_proxy(&proxy.origin()).unwrap();
    assert_eq!(&get(&client, "http://service.invalid/path").await.unwrap().body[..], b"ok");
    assert_eq!(said.recv().await.unwrap(), "GET http://service.invalid/path HTTP/1.1");
    let error = failure(&client, "https://service.invalid/path").await;
    assert_eq!(said.recv().await.unwrap(), "CONNECT service.invalid:443 HTTP/1.1");
    assert_eq!(error.progress(), Progress::NotSent);
    assert!(error.to_string().contains("https://service.invalid"), "{error}");
    // It was asked for by name, so it stands before this machine too.
    let server = Server::answering(OK).await;
    get(&client, &server.url()).await.unwrap();
    assert_eq!(said.recv().await.unwrap(), format!("GET {} HTTP/1.1", server.url()));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_proxy_that_makes_no_sense_is_an_error_that_names_its_field() {
    for wrong in ["proxy", "socks4://127.0.0.1:1", "http://", "file:///etc", "http://me:hunter2@proxy:3128"] {
        let error = with_proxy(wrong).err().unwrap();
        assert!(error.message.contains("`http.proxy`") && !error.message.contains("hunter2"), "{error}");
    }
}

const CHILD: &str = "KEI_TEST_URLS";

/// What becomes of requests in a process with these variables: a line for each URL, and what the proxy was asked for.
async fn surrounded(
    test: &str,
    urls: &[&str],
    variables: impl Fn(&str) -> Vec<(&'static str, String)>,
) -> (Vec<String>, Vec<String>) {
    let (proxy, mut said) = proxy().await;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("transport::tests::proxy::{test}"), "--nocapture", "--test-threads=1"]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    command.env(CHILD, urls.join(" ")).envs(variables(&proxy.origin()));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let lines = text.lines().filter_map(|line| Some(line.split_once("@@ ")?.1.to_owned())).collect();
    let mut asked = Vec::new();
    while let Ok(line) = said.try_recv() {
        asked.push(line);
    }
    (lines, asked)
}

/// In the process that `surrounded` starts: asks for each URL and says what came of it. False in any other.
async fn is_child() -> bool {
    let Ok(urls) = std::env::var(CHILD) else { return false };
    let client = |proxy| {
        HttpClient::new(
            &HttpConfig { proxy, ..HttpConfig::default() },
            &TlsConfig::default(),
            None,
            &TimeoutConfig::default(),
        )
    };
    let (usual, none) = (client(None).unwrap(), client(Some("none".to_owned())).unwrap());
    for url in urls.split(' ') {
        let (client, plain_url) = url.strip_prefix("none+").map_or((&usual, url), |url| (&none, url));
        let mut request = request(plain_url);
        request.timeout = Duration::from_secs(5);
        let outcome = match client.send(request).await {
            Ok(response) => response.status.as_u16().to_string(),
            Err(error) => format!("{:?}", error.code()),
        };
        println!("@@ {url} {outcome}");
    }
    true
}

#[tokio::test]
async fn the_environments_proxy_carries_requests_but_for_this_machine_and_where_it_is_not_to() {
    if is_child().await {
        return;
    }
    let local = Server::answering(OK).await;
    let urls = [
        "http://service.invalid/a",
        "https://service.invalid/b",
        "http://suffix.invalid/c",
        "http://deep.below.suffix.invalid/d",
        "http://notsuffix.invalid/e",
        "http://198.51.100.1:9/f",
        &local.url(),
        "none+http://service.invalid/g",
    ];
    let (lines, asked) = surrounded(
        "the_environments_proxy_carries_requests_but_for_this_machine_and_where_it_is_not_to",
        &urls,
        |proxy| {
            let exceptions = ".suffix.invalid, 192.0.2.0/24".to_owned();
            vec![("HTTP_PROXY", proxy.to_owned()), ("HTTPS_PROXY", proxy.to_owned()), ("NO_PROXY", exceptions)]
        },
    )
    .await;
    let outcomes: Vec<_> = lines.iter().map(|line| line.rsplit_once(' ').unwrap().1).collect();
    assert_eq!(outcomes, ["200", "Connect", "Dns", "Dns", "200", "200", "200", "Dns"], "{lines:?}");
    assert_eq!(
        asked,
        [
            "GET http://service.invalid/a HTTP/1.1",
            "CONNECT service.invalid:443 HTTP/1.1",
            "GET http://notsuffix.invalid/e HTTP/1.1",
            "GET http://198.51.100.1:9/f HTTP/1.1",
        ]
    );
    assert_eq!(local.connections(), 1);
}

#[tokio::test]
async fn addresses_in_an_excepted_range_do_not_go_through_the_proxy() {
    if is_child().await {
        return;
    }
    // An address that no network may route: whatever comes of it, the proxy does not hear of it.
    let (lines, asked) = surrounded(
        "addresses_in_an_excepted_range_do_not_go_through_the_proxy",
        &["http://192.0.2.7:9/in", "http://192.0.3.7:9/out"],
        |proxy| vec![("HTTP_PROXY", proxy.to_owned()), ("NO_PROXY", "192.0.2.0/24".to_owned())],
    )
    .await;
    assert!(!lines[0].ends_with(" 200") && lines[1].ends_with(" 200"), "{lines:?}");
    assert_eq!(asked, ["GET http://192.0.3.7:9/out HTTP/1.1"]);
}

#[tokio::test]
async fn https_never_goes_through_the_proxy_for_http() {
    if is_child().await {
        return;
    }
    let (lines, asked) = surrounded(
        "https_never_goes_through_the_proxy_for_http",
        &["https://service.invalid/a", "http://service.invalid/b"],
        |proxy| vec![("HTTP_PROXY", proxy.to_owned())],
    )
    .await;
    assert_eq!(lines, ["https://service.invalid/a Dns", "http://service.invalid/b 200"]);
    assert_eq!(asked, ["GET http://service.invalid/b HTTP/1.1"]);
}
