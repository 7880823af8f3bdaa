//! The configuration of `auth`: whose tokens, by which grant, proved how, bound to what.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// The kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthType {
    /// Requests carry no credential.
    #[default]
    None,
    /// A fixed bearer token (RFC 6750), given as `token` or in `token_file`.
    Bearer,
    /// Access tokens from an OAuth 2.0 or OpenID Connect issuer, by the grant that `grant` names.
    Oidc,
    /// Nothing but the client certificate of `tls`: no request goes out without one.
    Mtls,
    /// Access tokens from the host, which is asked by a REQUEST event; see the subscription `auth.serve`.
    Host,
    /// The first of the credentials in `chain` that works.
    Chain,
}

/// How a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// The client's own rights (RFC 6749 section 4.4).
    #[default]
    ClientCredentials,
    /// A refresh token (RFC 6749 section 6), given as `refresh_token` or in `refresh_token_file`. One that the issuer replaces is written to the file.
    RefreshToken,
    /// A person's consent on another device (RFC 8628); the host shows where, asked by a REQUEST event of `auth.serve`.
    DeviceCode,
    /// Another party's token (RFC 8693), given as `subject_token` or in `subject_token_file`.
    TokenExchange,
    /// The token that the platform gives this workload in `workload_token_file`, in place of a client's secret (RFC 7523 section 2.2).
    WorkloadIdentity,
}

/// How the client proves itself at the token endpoint (OpenID Connect Core section 9, RFC 8705).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// The secret in an `Authorization: Basic` header.
    #[default]
    ClientSecretBasic,
    /// The secret in the form body.
    ClientSecretPost,
    /// A signed statement (RFC 7523), by `private_key` or `private_key_file`.
    PrivateKeyJwt,
    /// The client certificate of `tls` (RFC 8705 section 2.1).
    TlsClientAuth,
    /// The client certificate of `tls`, which the issuer knows by its key (RFC 8705 section 2.2).
    SelfSignedTlsClientAuth,
    /// Not at all: a public client.
    None,
}

/// The algorithm that a key signs with (RFC 7518, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
pub enum SigningAlgorithm {
    /// RSA with PKCS #1 v1.5 padding and SHA-256.
    RS256,
    /// RSA with PSS padding and SHA-256.
    PS256,
    /// ECDSA on the curve P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

/// How requests are authorized.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// The kind of credential. When absent: `oidc` if `issuer` or `token_endpoint` is set, `chain` if `chain` is, `bearer` if a token is, else `none`.
    #[serde(rename = "type")]
    #[schemars(extend("x-env" = "KEI_AUTH_TYPE"))]
    pub kind: Option<AuthType>,
    /// For `bearer`: the token.
    #[schemars(extend("x-env" = "KEI_API_TOKEN"))]
    pub token: Option<Secret>,
    /// For `bearer`: a file that holds the token; read again when it changes.
    pub token_file: Option<String>,
    /// For `oidc`: the issuer's identifier, exactly as its metadata spells it.
    #[schemars(extend("x-env" = "KEI_OIDC_ISSUER", "format" = "uri"))]
    pub issuer: Option<String>,
    /// For `oidc`: the token endpoint, for an issuer without metadata. Discovery is then not used.
    #[schemars(extend("x-env" = "KEI_OIDC_TOKEN_ENDPOINT", "format" = "uri"))]
    pub token_endpoint: Option<String>,
    /// For `oidc` with `device_code`: the device authorization endpoint, for an issuer without metadata.
    #[schemars(extend("format" = "uri"))]
    pub device_authorization_endpoint: Option<String>,
    /// For `oidc`: the revocation endpoint (RFC 7009), for an issuer without metadata.
    #[schemars(extend("format" = "uri"))]
    pub revocation_endpoint: Option<String>,
    /// For `oidc`: how a token is asked for; `client_credentials` when absent.
    #[schemars(extend("x-env" = "KEI_OIDC_GRANT"))]
    pub grant: Option<GrantType>,
    /// For `oidc`: the client's identifier.
    #[schemars(extend("x-env" = "KEI_OIDC_CLIENT_ID"))]
    pub client_id: Option<String>,
    /// For `oidc`: how the client proves itself. When absent: by what is given of `client_secret`, `private_key` and `workload_token_file`; with a
    /// secret the first of `client_secret_basic`, `client_secret_post` that the issuer offers.
    #[schemars(extend("x-env" = "KEI_OIDC_CLIENT_AUTH_METHOD"))]
    pub client_auth_method: Option<ClientAuthMethod>,
    /// For `oidc`: the client's secret.
    #[schemars(extend("x-env" = "KEI_OIDC_CLIENT_SECRET"))]
    pub client_secret: Option<Secret>,
    /// For `oidc`: a file that holds the client's secret; read again when it changes.
    pub client_secret_file: Option<String>,
    /// For `private_key_jwt`: the private key as PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted).
    pub private_key: Option<Secret>,
    /// For `private_key_jwt`: a file that holds the private key; read again when it changes.
    #[schemars(extend("x-env" = "KEI_OIDC_PRIVATE_KEY_FILE"))]
    pub private_key_file: Option<String>,
    /// For `private_key_jwt`: the key's identifier at the issuer, sent as `kid`.
    pub private_key_id: Option<String>,
    /// For `private_key_jwt`: the algorithm. When absent: RS256 for an RSA key, ES256 for one on P-256, EdDSA for an Ed25519 key.
    pub signing_algorithm: Option<SigningAlgorithm>,
    /// For `workload_identity`: the file that holds the workload's token; read for each request.
    #[schemars(extend("x-env" = "KEI_OIDC_WORKLOAD_TOKEN_FILE"))]
    pub workload_token_file: Option<String>,
    /// For `refresh_token`: the refresh token.
    pub refresh_token: Option<Secret>,
    /// For `refresh_token` and `device_code`: the file that holds the refresh token. It is replaced, readable by its owner alone, when the issuer gives
    /// another one.
    pub refresh_token_file: Option<String>,
    /// For `token_exchange`: the token to exchange.
    pub subject_token: Option<Secret>,
    /// For `token_exchange`: a file that holds the token to exchange; read for each request.
    pub subject_token_file: Option<String>,
    /// For `token_exchange`: what the token to exchange is; `urn:ietf:params:oauth:token-type:access_token` when absent.
    pub subject_token_type: Option<String>,
    /// For `token_exchange`: the token of the party that acts.
    pub actor_token: Option<Secret>,
    /// For `token_exchange`: a file that holds the token of the party that acts; read for each request.
    pub actor_token_file: Option<String>,
    /// For `token_exchange`: what the token of the party that acts is; as for `subject_token_type` when absent.
    pub actor_token_type: Option<String>,
    /// For `token_exchange`: the kind of token to ask for; the issuer decides when absent.
    pub requested_token_type: Option<String>,
    /// For `oidc` and `host`: the scopes to ask for.
    #[schemars(extend("x-env" = "KEI_OIDC_SCOPES"))]
    pub scopes: Vec<String>,
    /// For `oidc` and `host`: the audience to ask for.
    #[schemars(extend("x-env" = "KEI_OIDC_AUDIENCE"))]
    pub audience: Option<String>,
    /// For `oidc` and `host`: the resources that the token is for (RFC 8707).
    pub resources: Vec<String>,
    /// For `oidc`: further parameters of the token request, for what an issuer asks beyond the standards.
    pub parameters: BTreeMap<String, String>,
    /// For `oidc`: binds tokens to a key, a proof of which goes with each request (DPoP, RFC 9449). A token that is not bound is refused.
    #[schemars(extend("x-env" = "KEI_OIDC_DPOP"))]
    pub dpop: bool,
    /// For `dpop`: a file that holds the key as PEM. When absent, a key on P-256 is made for the runtime, and never leaves it.
    pub dpop_key_file: Option<String>,
    /// For `oidc`: binds tokens to the client certificate of `tls` (RFC 8705 section 3). A JWT that is bound to another, or to none, is refused.
    pub certificate_bound: bool,
    /// Allows `auth.token` to hand the access token to the host.
    pub expose_token: bool,
    /// For `chain`: credentials, the preferred first.
    pub chain: Vec<AuthConfig>,
}

impl AuthConfig {
    /// The kind of credential: the one that is named, or the one that what is given is for.
    pub fn kind(&self) -> AuthType {
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        self.kind.unwrap_or(if given(&self.issuer) || given(&self.token_endpoint) {
            AuthType::Oidc
        } else if !self.chain.is_empty() {
            AuthType::Chain
        } else if self.token.is_some() || given(&self.token_file) {
            AuthType::Bearer
        } else {
            AuthType::None
        })
    }
}
