//! The redactor: a secret that it knows is in nothing that it lets through, in none of its encodings.
#![no_main]

use kei_agent::observe::redact::Redactor;
use kei_agent::secret::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((secret, text)) = text.split_once('\n') else { return };
    // One that is shorter says too little to be looked for.
    if secret.len() < 8 {
        return;
    }
    let redactor = Redactor::new();
    redactor.register("secret", &Secret::new(secret));
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let json = serde_json::to_string(secret).expect("it can be written");
    for form in [secret, &hex, &json[1..json.len() - 1]] {
        let whole = format!("{text}{form}{text}");
        let clean = redactor.scrub(&whole);
        // What is around it may by itself complete another occurrence; after scrubbing, none is left.
        assert!(!clean.contains(form) || "[REDACTED:secret:]0123456789abcdef".contains(form), "{form} in {clean}");
    }
});
