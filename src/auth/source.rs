//! From the configuration's `auth` to a credential's source, with every check that needs no network.

use url::Url;

use super::watched::Watched;
use crate::config::{AuthConfig, AuthType, ClientAuthMethod, is_loopback};
use crate::error::{Code, Error, Result};
use crate::secret::Secret;

/// Texts that stand where a secret should, left over from a template.
const PLACEHOLDERS: [&str; 10] = [
    "your-api-token",
    "your-token",
    "your-client-secret",
    "your-secret",
    "changeme",
    "change-me",
    "secret",
    "token",
    "xxx",
    "todo",
];

/// Where credentials come from.
pub(super) enum Source {
    None,
    Bearer(Watched),
    Oidc(Box<Client>),
    Host,
}

/// A client of an issuer.
pub(super) struct Client {
    pub(super) issuer: Option<String>,
    pub(super) token_endpoint: Option<Url>,
    pub(super) id: String,
    pub(super) secret: Watched,
    pub(super) method: Option<ClientAuthMethod>,
    pub(super) scopes: Vec<String>,
    pub(super) audience: Option<String>,
    pub(super) resources: Vec<String>,
}

impl Source {
    /// Reads and checks the configuration.
    pub(super) fn read(config: &AuthConfig) -> Result<Self> {
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        let has_token = config.token.is_some() || given(&config.token_file);
        let kind = config.kind.unwrap_or(if given(&config.issuer) || given(&config.token_endpoint) {
            AuthType::Oidc
        } else if has_token {
            AuthType::Bearer
        } else {
            AuthType::None
        });
        match kind {
            AuthType::None => Ok(Self::None),
            AuthType::Bearer => {
                let secret =
                    secret(("auth.token", &config.token), ("auth.token_file", &config.token_file), "KEI_API_TOKEN")?;
                Ok(Self::Bearer(secret))
            }
            AuthType::Host => Ok(Self::Host),
            AuthType::Oidc => Client::read(config).map(|client| Self::Oidc(Box::new(client))),
        }
    }
}

impl Client {
    fn read(config: &AuthConfig) -> Result<Self> {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let issuer = text(&config.issuer);
        let token_endpoint =
            text(&config.token_endpoint).map(|text| endpoint("auth.token_endpoint", &text)).transpose()?;
        if let Some(issuer) = &issuer {
            let url = endpoint("auth.issuer", issuer)?;
            if url.query().is_some() || url.fragment().is_some() {
                return Err(wrong("auth.issuer", "must have no query and no fragment"));
            }
        } else if token_endpoint.is_none() {
            return Err(missing("auth.issuer", "KEI_OIDC_ISSUER", "the issuer's URL"));
        }
        let Some(id) = text(&config.client_id) else {
            return Err(missing("auth.client_id", "KEI_OIDC_CLIENT_ID", "the client's identifier"));
        };
        for scope in &config.scopes {
            if scope.is_empty() || !scope.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')) {
                return Err(wrong("auth.scopes", "must hold names without spaces, quotes or backslashes"));
            }
        }
        let mut scopes = config.scopes.clone();
        scopes.sort_unstable();
        scopes.dedup();
        Ok(Self {
            issuer,
            token_endpoint,
            id,
            secret: secret(
                ("auth.client_secret", &config.client_secret),
                ("auth.client_secret_file", &config.client_secret_file),
                "KEI_OIDC_CLIENT_SECRET",
            )?,
            method: config.client_auth_method,
            scopes,
            audience: text(&config.audience),
            resources: config.resources.clone(),
        })
    }
}

/// A secret by value or in a file; one of them, and no placeholder.
fn secret(value: (&str, &Option<Secret>), file: (&'static str, &Option<String>), variable: &str) -> Result<Watched> {
    let path = file.1.clone().filter(|path| !path.is_empty());
    match (value.1.as_ref().filter(|secret| !secret.is_empty()), path) {
        (Some(_), Some(_)) => Err(wrong(value.0, &format!("and `{}` exclude each other: give one of them", file.0))),
        (None, Some(path)) => Ok(Watched::File { field: file.0, path }),
        (None, None) => Err(missing(value.0, variable, &format!("the secret, or `{}` the file that holds it", file.0))),
        (Some(secret), None) => {
            let plain = secret.expose().trim_matches(['<', '>', '{', '}', '$']).to_ascii_lowercase().replace('_', "-");
            if PLACEHOLDERS.contains(&plain.as_str()) {
                return Err(wrong(value.0, "still holds a placeholder; put the real one in its place"));
            }
            Ok(Watched::Value(secret.clone()))
        }
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

fn wrong(field: &str, why: &str) -> Error {
    Error::new(Code::Config, format!("`{field}` {why}")).with("field", field)
}

fn missing(field: &str, variable: &str, what: &str) -> Error {
    let message = format!("`{field}` is missing: set it to {what}, in the configuration or in {variable}");
    Error::new(Code::ConfigMissing, message).with("field", field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> Error {
        Source::read(&serde_json::from_str(json).unwrap()).err().unwrap()
    }

    #[test]
    fn what_is_missing_is_named_with_its_variable() {
        let error = refused(r#"{"type":"oidc"}"#);
        assert_eq!(error.code, Code::ConfigMissing);
        assert!(error.message.contains("`auth.issuer` is missing") && error.message.contains("KEI_OIDC_ISSUER"));
        assert!(refused(r#"{"issuer":"https://a.example"}"#).message.contains("KEI_OIDC_CLIENT_ID"));
        assert!(
            refused(r#"{"issuer":"https://a.example","client_id":"x"}"#).message.contains("KEI_OIDC_CLIENT_SECRET")
        );
        assert!(refused(r#"{"type":"bearer"}"#).message.contains("KEI_API_TOKEN"));
    }

    #[test]
    fn a_secret_goes_nowhere_unencrypted_but_to_this_machine() {
        let issuer = |url: &str| {
            let json = format!(r#"{{"issuer":"{url}","client_id":"x","client_secret":"kept-in-mind"}}"#);
            Source::read(&serde_json::from_str(&json).unwrap()).err().map(|error| error.message.clone())
        };
        assert_eq!(issuer("http://127.0.0.1:80/oidc"), None);
        assert!(issuer("http://issuer.example").unwrap().contains("must begin with https://"));
        assert!(issuer("https://u:p@issuer.example").unwrap().contains("user name or password"));
        assert!(issuer("https://issuer.example/?a=b").unwrap().contains("no query"));
    }

    #[test]
    fn a_placeholder_is_refused() {
        for placeholder in ["your-api-token", "<YOUR_API_TOKEN>", "changeme"] {
            let error = refused(&format!(r#"{{"token":"{placeholder}"}}"#));
            assert!(error.message.contains("placeholder"), "{}", error.message);
        }
    }
}
