//! What is given in the configuration of `auth`, read with the checks that every such value takes, and the errors that name the field.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::watched::Watched;
use crate::config::{Mounts, is_loopback};
use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// Parameters of a token request that have fields of their own, or that are the library's to set.
const OWN_PARAMETERS: [&str; 18] = [
    "grant_type",
    "scope",
    "audience",
    "resource",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "refresh_token",
    "device_code",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
    "username",
    "password",
    "code",
];

/// Scopes, sorted, each once.
pub(super) fn scopes(given: &[String]) -> Result<Vec<String>> {
    let fits = |scope: &str| {
        !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
    };
    if !given.iter().all(|scope| fits(scope)) {
        return Err(wrong("auth.scopes", "must hold names without spaces, quotes or backslashes"));
    }
    let mut scopes = BTreeSet::new();
    scopes.extend(given.iter().cloned());
    Ok(scopes.into_iter().collect())
}

pub(super) fn parameters(given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    match given.keys().find(|name| OWN_PARAMETERS.contains(&name.as_str())) {
        Some(name) => Err(wrong(
            "auth.parameters",
            &format!("must not hold `{name}`, which is set by a field of its own, or by the library"),
        )),
        None => Ok(given.clone()),
    }
}

pub(super) fn text(given: Option<&String>) -> Option<&str> {
    given.map(String::as_str).filter(|text| !text.trim().is_empty())
}

/// A secret by value or in a file; one of them.
pub(super) fn secret(
    value: (&str, &Option<Secret>),
    file: (&'static str, &Option<String>),
    variable: &str,
    mounts: &Mounts,
) -> Result<Watched> {
    let path = file.1.clone().filter(|path| !path.is_empty());
    match (value.1.as_ref().filter(|secret| !secret.is_empty()), path) {
        (Some(_), Some(_)) => Err(wrong(value.0, &format!("and `{}` exclude each other: give one of them", file.0))),
        (None, Some(path)) => Ok(Watched::File { field: file.0, path, mounts: mounts.clone() }),
        (None, None) => {
            Err(missing(value.0, Some(variable), &format!("the secret, or `{}` the file that holds it", file.0)))
        }
        (Some(secret), None) => Ok(Watched::Value(secret.clone())),
    }
}

/// A URL that secrets may be sent to: https, or this machine itself.
pub(super) fn endpoint(field: &str, text: &str) -> Result<Url> {
    let url = Url::parse(text)
        .map_err(|_| wrong(field, "is not a URL; it should look like \"https://issuer.example.com\""))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(field, "must not hold a user name or password"));
    }
    match url.scheme() {
        "https" if url.host().is_some() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(wrong(field, "must begin with https:// (http:// is allowed for this machine itself only)")),
    }
}

pub(super) fn wrong(field: &str, why: &str) -> Error {
    Error::new(Code::Config, format!("`{field}` {why}")).with("field", field)
}

pub(super) fn no_certificate(because: &str) -> Error {
    let message = format!("`tls.client_cert_file` is missing: {because}, which takes a client certificate and its key");
    Error::new(Code::ConfigMissing, message).with("field", "tls.client_cert_file")
}

pub(super) fn missing(field: &str, variable: Option<&str>, what: &str) -> Error {
    let place = match variable {
        Some(variable) if variable.starts_with("KEI_") => format!(", in the configuration or in {variable}"),
        _ => String::new(),
    };
    let message = format!("`{field}` is missing: set it to {what}{place}");
    Error::new(Code::ConfigMissing, message).with("field", field)
}
