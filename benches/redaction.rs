//! How fast clean records pass the redactor, with a thousand secrets known; beside it, an automaton (Aho–Corasick) over the raw secrets alone.
//!
//! `cargo bench --bench redaction`

use std::hint::black_box;
use std::time::Instant;

use aho_corasick::AhoCorasick;
use kei_agent::observe::redact::Redactor;
use kei_agent::secret::Secret;

const SECRETS: usize = 1000;
const ROUNDS: usize = 200_000;

/// A secret of 40 characters, drawn from a fixed seed.
fn secret(random: &mut fastrand::Rng) -> String {
    (0..40).map(|_| random.alphanumeric()).collect()
}

/// A record of 1 KiB as the library writes them.
fn record(random: &mut fastrand::Rng) -> String {
    let mut record = r#"{"timestamp":"2026-11-24T12:00:00.000000Z","level":"INFO","target":"kei_agent::call","message":"call succeeded","correlation_id":"0192f0c1-2b3c-7def-8abc-0123456789ab","operation":"agents.get","origin":"https://kei.example.com""#.to_owned();
    while record.len() < 1000 {
        let word = (0..random.usize(3..10)).map(|_| random.lowercase());
        record.extend([",\"".to_owned(), word.collect(), "\":".to_owned(), random.u32(..).to_string()]);
    }
    record.truncate(1023);
    record + "}"
}

fn rate(what: &str, records: &[String], mut work: impl FnMut(&str)) -> f64 {
    let bytes: usize = (0..ROUNDS).map(|round| records[round % records.len()].len()).sum();
    let best = (0..5)
        .map(|_| {
            let start = Instant::now();
            (0..ROUNDS).for_each(|round| work(black_box(&records[round % records.len()])));
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    #[allow(clippy::cast_precision_loss)]
    let rate = bytes as f64 / best / 1e6;
    println!("{what}: {rate:.0} MB/s");
    rate
}

fn main() {
    let mut random = fastrand::Rng::with_seed(7);
    let secrets: Vec<String> = (0..SECRETS).map(|_| secret(&mut random)).collect();
    let records: Vec<String> = (0..64).map(|_| record(&mut random)).collect();
    let redactor = Redactor::new();
    let start = Instant::now();
    let held: Vec<Secret> = secrets.iter().map(|text| Secret::new(text.as_str())).collect();
    for secret in &held {
        redactor.register("token", secret);
    }
    println!("{SECRETS} secrets made known one by one: {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    assert!(redactor.scrub(&secrets[500]).starts_with("[REDACTED:"), "it works");
    let ours = rate("the redactor, all forms of the secrets, and shapes", &records, |record| {
        black_box(redactor.scrub(record));
    });
    let automaton = AhoCorasick::new(&secrets).expect("the automaton is built");
    let theirs = rate("Aho-Corasick, the secrets in the clear alone", &records, |record| {
        black_box(automaton.is_match(record));
    });
    println!("ratio: {:.2}", ours / theirs);
}
