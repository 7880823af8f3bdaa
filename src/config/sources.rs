//! The configuration of the configuration: which files are read, what they may do, and where secrets are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// Where the rest of the configuration comes from. It is given with the handle or in environment variables, never in the file that it names.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SourceConfig {
    /// The configuration file, JSON, TOML or YAML by its ending. When absent: `kei-agent/config.toml`, `.yaml`, `.yml` or `.json` in the user's folder for
    /// configuration, if there is one. `none` reads no file.
    #[schemars(extend("x-env" = "KEI_CONFIG"))]
    pub path: Option<String>,
    /// The profile: the part `profile.NAME` of the file that is laid over the rest of it.
    #[schemars(extend("x-env" = "KEI_PROFILE"))]
    pub profile: Option<String>,
    /// A file of lines `KEI_X=value`, which count as environment variables that are not set. None is looked for by itself.
    #[schemars(extend("x-env" = "KEI_ENV_FILE"))]
    pub env_file: Option<String>,
    /// Whether the files are looked at again while the client lives, and what changed in them takes effect.
    #[schemars(extend("x-env" = "KEI_CONFIG_WATCH"))]
    pub watch: bool,
    /// How often they are looked at. A file counts as changed when it looks the same twice.
    #[schemars(range(min = 10, max = 3_600_000))]
    pub poll_ms: u64,
    /// How many configurations are kept to go back to.
    #[schemars(range(min = 1, max = 1_000))]
    pub history: usize,
    /// Allows references of the kind `exec:`, which run a program.
    #[schemars(extend("x-env" = "KEI_ALLOW_EXEC"))]
    pub allow_exec: bool,
    /// Folders whose files may hold secrets though other users can read or own them, since a platform put them there. Only whoever is trusted may be able to
    /// write in them.
    #[schemars(extend("x-env" = "KEI_MOUNTED_SECRETS"))]
    pub mounted_secrets: Vec<String>,
}

impl Default for SourceConfig {
    fn default() -> Self {
        Self {
            path: None,
            profile: None,
            env_file: None,
            watch: true,
            poll_ms: 2_000,
            history: 20,
            allow_exec: false,
            mounted_secrets: vec!["/run/secrets".into(), "/var/run/secrets".into()],
        }
    }
}

/// How the library proves itself to Vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VaultAuth {
    /// By `token` or `token_file`.
    #[default]
    Token,
    /// By `role_id` and `secret_id` or `secret_id_file` (AppRole).
    Approle,
    /// By `role` and the token of the service account in `jwt_file` (Kubernetes).
    Kubernetes,
}

/// HashiCorp Vault, or what speaks its HTTP API: where references of the kind `vault:` are looked up.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VaultConfig {
    /// Where it is, for example `https://vault.example.com:8200`.
    #[schemars(extend("x-env" = "KEI_VAULT_ADDRESS", "format" = "uri"))]
    pub address: Option<String>,
    /// The namespace, where it has them.
    #[schemars(extend("x-env" = "KEI_VAULT_NAMESPACE"))]
    pub namespace: Option<String>,
    /// How the library proves itself.
    #[schemars(extend("x-env" = "KEI_VAULT_AUTH"))]
    pub auth: VaultAuth,
    /// Where `auth` is mounted; `approle` or `kubernetes` when absent.
    pub mount: Option<String>,
    /// For `token`: the token.
    #[schemars(extend("x-env" = "KEI_VAULT_TOKEN"))]
    pub token: Option<Secret>,
    /// For `token`: a file that holds the token.
    pub token_file: Option<String>,
    /// For `approle`: the role's identifier.
    #[schemars(extend("x-env" = "KEI_VAULT_ROLE_ID"))]
    pub role_id: Option<String>,
    /// For `approle`: the secret that goes with it.
    #[schemars(extend("x-env" = "KEI_VAULT_SECRET_ID"))]
    pub secret_id: Option<Secret>,
    /// For `approle`: a file that holds the secret.
    pub secret_id_file: Option<String>,
    /// For `kubernetes`: the role.
    #[schemars(extend("x-env" = "KEI_VAULT_ROLE"))]
    pub role: Option<String>,
    /// For `kubernetes`: the file with the service account's token.
    pub jwt_file: String,
    /// A PEM file of the certificate authorities that Vault's certificate may come from, instead of the platform's.
    #[schemars(extend("x-env" = "KEI_VAULT_CA_FILE"))]
    pub ca_file: Option<String>,
    /// How long one request to it may take.
    #[schemars(range(min = 1, max = 600_000))]
    pub timeout_ms: u64,
    /// How often secrets are read again, in case they changed there. Leases are renewed in good time in any case.
    #[schemars(range(min = 100, max = 86_400_000))]
    pub refresh_ms: u64,
}

impl Default for VaultConfig {
    fn default() -> Self {
        Self {
            address: None,
            namespace: None,
            auth: VaultAuth::default(),
            mount: None,
            token: None,
            token_file: None,
            role_id: None,
            secret_id: None,
            secret_id_file: None,
            role: None,
            jwt_file: "/var/run/secrets/kubernetes.io/serviceaccount/token".into(),
            ca_file: None,
            timeout_ms: 5_000,
            refresh_ms: 300_000,
        }
    }
}
