//! The secrets: what kind each is, and where it goes in.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use serde::{Deserialize, Serialize};

/// Secrets by what kind they are.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Canaries {
    /// Those that the library is handed as what they are.
    pub(crate) held: BTreeMap<String, String>,
    /// Those that it is handed under no name that would tell: parts of a path and of a query, facts in the host's log.
    pub(crate) unnamed: BTreeMap<String, String>,
}

/// What may stand in a header field, and in a form.
const IN_HEADERS: [&str; 21] = [
    "bearer",
    "bearer_file",
    "client_secret_basic",
    "client_secret_post",
    "client_secret_file",
    "refresh_token",
    "refresh_token_file",
    "subject_token",
    "actor_token",
    "workload_token",
    "access_token_granted",
    "refresh_token_granted",
    "id_token_granted",
    "host_token",
    "proxy_password",
    "proxy_password_env",
    "env_token",
    "env_client_secret",
    "header_api_key",
    "header_cookie",
    "collector_key",
];

/// What may be any text.
const IN_JSON: [&str; 18] = [
    "json_password",
    "json_ten_deep",
    "json_api_key",
    "json_in_a_list",
    "json_private_key",
    "json_passphrase",
    "json_access_token",
    "json_refresh_token",
    "json_client_secret",
    "json_credential",
    "bus_secret",
    "message_secret",
    "stream_secret",
    "act_password",
    "log_write_token",
    "audit_write_token",
    "inner",
    "outer",
];

const UNNAMED: [&str; 7] =
    ["path", "path_last", "query", "log_write_fact", "log_write_deep", "audit_write_fact", "response_header"];

impl Canaries {
    pub(crate) fn new() -> Self {
        let seed = uuid::Uuid::new_v4().simple().to_string();
        println!("the canaries' seed: {seed}");
        let mut held = BTreeMap::new();
        for (number, kind) in IN_HEADERS.iter().enumerate() {
            held.insert((*kind).to_owned(), format!("cnry+{number:02}/{}~{kind}==", &seed[number % 8..][..20]));
        }
        for (number, kind) in IN_JSON.iter().enumerate() {
            held.insert((*kind).to_owned(), format!("cn\"ry {number:02}\\{}/ä€😀&{kind}=?", &seed[number % 8..][..16]));
        }
        // One that contains another.
        let outer = format!("before-{}-behind", held["inner"]);
        held.insert("outer".to_owned(), outer);
        for kind in ["private_key", "private_key_file", "dpop_key_file", "tls_client_key"] {
            let algorithm = if kind == "dpop_key_file" { &PKCS_ECDSA_P256_SHA256 } else { &PKCS_ED25519 };
            let algorithm = if kind == "private_key" { &PKCS_ECDSA_P256_SHA256 } else { algorithm };
            held.insert(kind.to_owned(), KeyPair::generate_for(algorithm).unwrap().serialize_pem());
        }
        let unnamed = UNNAMED.iter().enumerate().map(|(number, kind)| {
            ((*kind).to_owned(), format!("cnryu{number:02}{}{}", &seed[number..][..16], kind.replace('_', "")))
        });
        Self { held, unnamed: unnamed.collect() }
    }

    pub(crate) fn get(&self, kind: &str) -> &str {
        self.held.get(kind).or_else(|| self.unnamed.get(kind)).unwrap_or_else(|| panic!("{kind}"))
    }

    /// What must be found nowhere: the secrets, of keys the lines that are secret.
    pub(crate) fn all(&self) -> Vec<(String, String)> {
        let all = self.held.iter().chain(&self.unnamed);
        all.flat_map(|(kind, secret)| {
            let lines: Vec<&str> = secret.lines().filter(|line| !line.starts_with("-----")).collect();
            let lines = if secret.contains("-----BEGIN") { lines } else { vec![secret.as_str()] };
            // The last line of a key may be a few characters that stand anywhere.
            let long = lines.into_iter().filter(|line| line.len() >= 16).map(str::to_owned);
            long.map(|line| (kind.clone(), line)).collect::<Vec<_>>()
        })
        .collect()
    }

    /// The environment of the process.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let encoded: String = url::form_urlencoded::byte_serialize(self.get("proxy_password_env").as_bytes()).collect();
        vec![
            ("KEI_API_TOKEN", self.get("env_token").to_owned()),
            ("KEI_OIDC_CLIENT_SECRET", self.get("env_client_secret").to_owned()),
            ("HTTPS_PROXY", format!("http://someone:{encoded}@127.0.0.1:1")),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ]
    }
}

/// A secret in every encoding, whole: among other text, as it would be met.
pub(crate) fn encoded(secret: &str) -> Vec<String> {
    let each = |write: fn(u8) -> String| secret.bytes().map(write).collect::<String>();
    let json = |text: &str| {
        let quoted = serde_json::to_string(text).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut all = vec![
        secret.to_owned(),
        json(secret),
        json(&json(secret)),
        form.replace('+', "%20"),
        form,
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("{byte:02X}")),
        each(|byte| format!("%{byte:02x}")),
        each(|byte| format!("%{byte:02X}")),
        format!("{secret:?}"),
    ];
    for around in ["", "a", "ab"] {
        let text = format!("{around}{secret}{around}");
        all.extend([
            STANDARD.encode(&text),
            STANDARD_NO_PAD.encode(&text),
            URL_SAFE.encode(&text),
            URL_SAFE_NO_PAD.encode(&text),
        ]);
    }
    all
}

/// Texts with credentials in them that the library never held: told by their shape alone. In parts, so that this file is a finding of nobody's.
pub(crate) fn shapes() -> Vec<String> {
    let all = [
        ["ey", "JhbGciOiJFUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJlLW9mLW5vYm9keQ"].concat(),
        ["Authorization: Bearer ", "AbCdEf0123456789"].concat(),
        ["https://user:", "pa55W0rdOfAUrl", "@host.example/"].concat(),
        ["AKIA", "Q3EGRIG4PZL7N2WX"].concat(),
        ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat(),
        ["password=", "CorrectHorse7BatteryStaple"].concat(),
    ];
    let pem = ["-----BEGIN PRIVATE ", "KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hDmqBBTxkP8ry\n-----END PRIVATE ", "KEY-----"]
        .concat();
    all.into_iter().chain([pem]).collect()
}

/// What of these texts must be found nowhere.
pub(crate) const OF_SHAPES: [&str; 7] = [
    "eyJzdWIiOiJub2JvZHkifQ",
    "AbCdEf0123456789",
    "pa55W0rdOfAUrl",
    "Q3EGRIG4PZL7N2WX",
    "16C7e42F292c6912E7710c838347Ae178B4a",
    "CorrectHorse7BatteryStaple",
    "MC4CAQAwBQYDK2VwBCIEIJ1hDmqBBTxkP8ry",
];
