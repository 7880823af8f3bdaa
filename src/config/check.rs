//! What no single value shows: values that contradict each other, and those that a template left behind.

use super::{AuthType, ClientConfig, base_url, is_loopback};
use crate::error::{Code, Error, Result};

/// Texts that stand where a secret should, left over from a template.
const PLACEHOLDERS: [&str; 16] = [
    "your-api-token",
    "your-token",
    "your-client-secret",
    "your-secret",
    "changeme",
    "change-me",
    "change-it",
    "replace-me",
    "placeholder",
    "example",
    "dummy",
    "secret",
    "password",
    "token",
    "xxx",
    "todo",
];

/// Refuses a text that a template left behind. Of what is no secret only that is known for one which says so by its form.
pub(super) fn placeholder(path: &str, secret: bool, text: &str) -> Result<()> {
    let text = text.trim();
    let inside =
        |begin: &str, end: &str| text.len() > begin.len() + end.len() && text.starts_with(begin) && text.ends_with(end);
    let form = inside("<", ">") || inside("${", "}") || inside("{{", "}}");
    let plain = text.trim_matches(['<', '>', '{', '}', '$']).to_ascii_lowercase().replace('_', "-");
    let words = secret
        && (PLACEHOLDERS.contains(&plain.as_str()) || plain.chars().all(|letter| letter == 'x') && plain.len() > 2);
    if form || words || plain.starts_with("your-") {
        let message = format!("`{path}` still holds a placeholder; put the real one in its place");
        return Err(Error::new(Code::Config, message).with("field", path));
    }
    Ok(())
}

/// Refuses values of a client that contradict each other. What belongs to one part alone is checked where that part is made.
pub(super) fn client(config: &ClientConfig) -> Result<()> {
    let wrong = |field: &str, why: &str| Err(Error::new(Code::Config, format!("`{field}` {why}")).with("field", field));
    let kind = config.auth.kind();
    let given = config.base_url.as_deref().is_some_and(|text| !text.trim().is_empty());
    if given {
        let base = base_url(config)?;
        if base.scheme() == "http" && !is_loopback(&base) && kind != AuthType::None {
            return wrong(
                "base_url",
                "begins with http://, and a token must not travel unencrypted: use https:// (or this machine itself)",
            );
        }
        if base.scheme() == "http" && kind == AuthType::Mtls {
            return wrong(
                "base_url",
                "begins with http://, but `auth.type` is `mtls`: without TLS there is no certificate",
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_template_left_behind_is_refused_and_what_looks_like_it_is_not() {
        for text in [
            "your-api-token",
            "<YOUR_API_TOKEN>",
            "changeme",
            "${KEI_TOKEN}",
            "{{ token }}",
            "XXXX",
            "YOUR_SECRET_HERE",
        ] {
            let error = placeholder("auth.token", true, text).unwrap_err();
            assert!(error.message.starts_with("`auth.token` still holds a placeholder"), "{error}");
        }
        for text in ["<base-url>", "${BASE}", "your-agent-id"] {
            assert!(placeholder("agent_id", false, text).is_err(), "{text}");
        }
        for text in ["secret", "token", "xxx", "a<b>c", "<>", "agent-7"] {
            assert!(placeholder("agent_id", false, text).is_ok(), "{text}");
        }
        assert!(placeholder("auth.token", true, "tokens-are-not-placeholders").is_ok());
    }

    #[test]
    fn values_that_contradict_each_other_are_refused_with_their_names() {
        for (config, field) in [
            (json!({ "base_url": "http://kei.internal", "auth": { "token": "a-token" } }), "base_url"),
            (json!({ "base_url": "http://127.0.0.1", "auth": { "type": "mtls" } }), "base_url"),
        ] {
            let error = client(&serde_json::from_value(config.clone()).unwrap()).unwrap_err();
            assert_eq!(error.details["field"], field, "{config}");
        }
        for config in [
            json!({ "base_url": "http://kei.internal" }),
            json!({ "base_url": "http://localhost:1", "auth": { "token": "a-token" } }),
            json!({ "base_url": "https://kei.internal", "auth": { "token": "a-token" } }),
        ] {
            client(&serde_json::from_value(config).unwrap()).unwrap();
        }
    }
}
