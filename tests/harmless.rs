//! What is no secret is left as it is: of a corpus of identifiers, hashes, pictures and prose less than one token in a thousand is masked.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kei_agent::observe::redact::Redactor;
use kei_agent::secret::Secret;
use sha2::{Digest, Sha256};

/// Random bytes that are the same in each run.
fn bytes(seed: u64, count: usize) -> Vec<u8> {
    (0_u64..).flat_map(|number| Sha256::digest(format!("{seed} {number}"))).take(count).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lines of a kind, each with what stands around it in a log.
fn corpus() -> Vec<(&'static str, Vec<String>)> {
    let each = |count: u64, make: &dyn Fn(u64) -> String| (0..count).map(make).collect::<Vec<_>>();
    let picture = |seed: u64| [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), bytes(seed, 3000)].concat();
    let lines = |text: String| {
        text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>()
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = [
        "README.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "docs/tokens.md",
        "docs/token-refresh.md",
        "docs/resilience.md",
        "docs/observability.md",
        "docs/operations.md",
        "docs/c-api.md",
        "LICENSE-APACHE",
        "src/lib.rs",
        "src/auth/manager.rs",
        "src/observe/redact/shapes.rs",
    ];
    let prose = pages.iter().flat_map(|page| {
        std::fs::read_to_string(root.join(page)).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    });
    vec![
        ("UUIDs", each(3000, &|n| format!("request id={} done", uuid::Uuid::from_slice(&bytes(n, 16)).unwrap()))),
        (
            "MD5, SHA-1 and SHA-256",
            each(3000, &|n| {
                format!("sha256:{} etag \"{}\" {}", hex(&bytes(n, 32)), hex(&bytes(n + 1, 16)), hex(&bytes(n + 2, 20)))
            }),
        ),
        ("git ids", each(3000, &|n| format!("{} commit {} in main", &hex(&bytes(n, 20))[..7], hex(&bytes(n, 20))))),
        (
            "pictures",
            (0..50).flat_map(|n| lines(format!("data:image/png;base64,{}", STANDARD.encode(picture(n))))).collect(),
        ),
        ("base64url", each(1000, &|n| format!("cursor {}", URL_SAFE_NO_PAD.encode(bytes(n, 24))))),
        ("traces", each(1000, &|n| format!("traceparent 00-{}-{}-01", hex(&bytes(n, 16)), hex(&bytes(n, 8))))),
        ("prose", prose.collect()),
    ]
}

#[test]
fn of_harmless_text_less_than_one_token_in_a_thousand_is_masked() {
    let redactor = Redactor::new();
    for number in 0..1000 {
        redactor.register("token", &Secret::new(URL_SAFE_NO_PAD.encode(bytes(1 << 32 | number, 24))));
    }
    let (mut all, mut masked) = (0, 0);
    for (kind, lines) in corpus() {
        let tokens: usize = lines.iter().map(|line| line.split_whitespace().count()).sum();
        let hit: Vec<_> = lines.iter().filter(|line| !redactor.is_clean(line)).collect();
        let hits: usize = hit
            .iter()
            .map(|line| redactor.scrub(line).matches("[REDACTED:").count() - line.matches("[REDACTED:").count())
            .sum();
        println!("{kind}: {hits} of {tokens} tokens masked {:?}", hit.first());
        assert!(tokens > 1000, "{kind}");
        assert!(hits * 1000 < tokens, "{kind}: {hits} of {tokens} tokens are masked, for example in {:?}", hit.first());
        (all, masked) = (all + tokens, masked + hits);
    }
    assert!(masked * 1000 < all);
    // And it does mask.
    assert!(!redactor.is_clean(&format!("the token {}", URL_SAFE_NO_PAD.encode(bytes(1 << 32, 24)))));
}
