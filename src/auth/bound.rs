//! What a token is bound to: a token for anyone is not taken where one for this client alone was asked for.
//!
//! Only a JWT shows it (RFC 7800, RFC 8705 section 3.1, RFC 9449 section 6.1). Its signature is for the resource server to check; this is a check of what the
//! issuer did, whom the client has verified by TLS.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::secret::Secret;

/// The claim of a token that is bound to a certificate.
pub(super) const CERTIFICATE: &str = "x5t#S256";
/// The claim of a token that is bound to a key.
pub(super) const KEY: &str = "jkt";

/// Whether `token` may be used by one who holds what has this thumbprint; the error says why not.
pub(super) fn check(token: &Secret, claim: &str, thumbprint: &str) -> Result<(), String> {
    let Some(claims) = claims(token) else { return Ok(()) };
    match claims.get("cnf").and_then(|bound| bound.get(claim)).and_then(Value::as_str) {
        Some(bound) if bound == thumbprint => Ok(()),
        Some(_) => Err(format!("its token is bound to another {}", name(claim))),
        None => Err(format!("its token is bound to no {}, which would let anyone use it", name(claim))),
    }
}

fn name(claim: &str) -> &'static str {
    if claim == KEY { "key" } else { "certificate" }
}

/// The claims of a JWT; `None` for another kind of token.
fn claims(token: &Secret) -> Option<Value> {
    let mut parts = token.expose().split('.');
    let (_, body, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_bound_to_something_else_or_to_nothing_is_refused() {
        let token = |claims: &str| Secret::new(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)));
        assert_eq!(check(&token(r#"{"cnf":{"jkt":"a"}}"#), KEY, "a"), Ok(()));
        assert!(check(&token(r#"{"cnf":{"jkt":"b"}}"#), KEY, "a").unwrap_err().contains("another key"));
        assert!(check(&token(r#"{"cnf":{"x5t#S256":"a"}}"#), KEY, "a").unwrap_err().contains("no key"));
        assert!(check(&token("{}"), CERTIFICATE, "a").unwrap_err().contains("no certificate"));
        // What it is bound to, another kind of token does not show.
        assert_eq!(check(&Secret::new("opaque"), KEY, "a"), Ok(()));
    }
}
