//! The configuration of what stands between a call and a failing server: retries, breakers, hedges, dead letters.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the delay between attempts grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetryStrategy {
    /// Drawn evenly from zero to the exponential delay.
    #[default]
    FullJitter,
    /// Always the base delay.
    Fixed,
    /// The base delay times the number of the attempt.
    Linear,
    /// The base delay, doubled with each attempt.
    Exponential,
    /// The base delay times the Fibonacci numbers.
    Fibonacci,
}

/// How an operation reaches the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Remote procedure calls: the agents' verbs and `rpc.call`.
    Rpc,
    /// Any other request: `http.request`, the registry of agents, health.
    Http,
    /// The stream: how its connection is made again.
    Stream,
    /// The bus, and messages from agent to agent.
    Bus,
}

/// Another retry policy, for one call or one protocol; what is absent stays as configured.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetryOverride {
    /// How many times the request is sent at most, the first time included.
    #[schemars(range(min = 1, max = 100))]
    pub max_attempts: Option<u32>,
    /// How the delay grows.
    pub strategy: Option<RetryStrategy>,
    /// The base delay, in milliseconds.
    #[schemars(range(min = 1, max = 600_000))]
    pub base_ms: Option<u64>,
    /// The longest delay, in milliseconds.
    #[schemars(range(min = 1, max = 600_000))]
    pub max_delay_ms: Option<u64>,
}

/// When and how often a request is sent again.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetryConfig {
    /// How many times a request is sent at most, the first time included.
    #[schemars(range(min = 1, max = 100))]
    pub max_attempts: u32,
    /// How the delay grows.
    pub strategy: RetryStrategy,
    /// The base delay.
    #[schemars(range(min = 1, max = 600_000))]
    pub base_ms: u64,
    /// The base delay when the server asks for fewer requests.
    #[schemars(range(min = 1, max = 600_000))]
    pub throttle_base_ms: u64,
    /// The longest delay.
    #[schemars(range(min = 1, max = 600_000))]
    pub max_delay_ms: u64,
    /// The longest `Retry-After` that is waited out.
    #[schemars(range(max = 600_000))]
    pub max_retry_after_ms: u64,
    /// The size of the bucket that all retries of a client draw on.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub budget: u32,
    /// What a retry draws.
    #[schemars(range(max = 1_000_000))]
    pub retry_cost: u32,
    /// What a retry draws when the server asked for fewer requests.
    #[schemars(range(max = 1_000_000))]
    pub throttle_cost: u32,
    /// Other policies for single protocols; what they leave out stays as above. All draw on the same budget.
    pub protocols: BTreeMap<Protocol, RetryOverride>,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            strategy: RetryStrategy::FullJitter,
            base_ms: 50,
            throttle_base_ms: 1_000,
            max_delay_ms: 20_000,
            max_retry_after_ms: 60_000,
            budget: 500,
            retry_cost: 14,
            throttle_cost: 5,
            protocols: BTreeMap::new(),
        }
    }
}

/// When a second request is sent while the first has no answer yet, for operations that may be sent twice. The first good answer counts.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HedgeConfig {
    /// Whether it is done at all.
    pub enabled: bool,
    /// The shortest wait before it; it is longer when most answers (see `quantile`) of the operation take longer.
    #[schemars(range(min = 1, max = 600_000))]
    pub min_delay_ms: u64,
    /// The share of answers that come in the time that is waited, from 0 to 1.
    #[schemars(range(min = 0.5, max = 0.999))]
    pub quantile: f64,
    /// The share of calls that may be sent twice so, from 0 to 1.
    #[schemars(range(min = 0.0, max = 0.5))]
    pub max_share: f64,
}

impl Default for HedgeConfig {
    fn default() -> Self {
        Self { enabled: false, min_delay_ms: 50, quantile: 0.95, max_share: 0.05 }
    }
}

/// What becomes of the oldest dead letter when there are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// It is dropped, which the log says.
    #[default]
    DropOldest,
    /// It stays, and no further message is taken until there is room.
    Refuse,
}

/// Messages that could not be delivered, kept to be sent again.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeadLetterConfig {
    /// The file to keep them in, made with mode 0600. A message is written to it before it is sent, so that it outlives the process. When absent, they
    /// are kept in memory, as long as the client.
    pub file: Option<String>,
    /// How many are kept.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_count: usize,
    /// How many bytes of messages are kept.
    #[schemars(range(min = 1, max = 1_073_741_824))]
    pub max_bytes: usize,
    /// What becomes of the oldest when there are too many.
    pub when_full: WhenFull,
}

impl Default for DeadLetterConfig {
    fn default() -> Self {
        Self { file: None, max_count: 10_000, max_bytes: 64 << 20, when_full: WhenFull::DropOldest }
    }
}

/// How much is kept to explain calls by.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExplainConfig {
    /// How many of the last calls `kei.explain` can tell of; 0 for none.
    #[schemars(range(max = 100_000))]
    pub calls: usize,
}

impl Default for ExplainConfig {
    fn default() -> Self {
        Self { calls: 256 }
    }
}

/// When a failing server is left alone. One breaker stands before each operation at each origin.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerConfig {
    /// Whether there are breakers at all.
    pub enabled: bool,
    /// Over how many seconds failures are counted.
    #[schemars(range(min = 1, max = 600))]
    pub window_s: u32,
    /// How many requests it takes before the breaker judges.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_samples: u32,
    /// The share of failures that opens it, from 0 to 1.
    #[schemars(range(min = 0.01, max = 1.0))]
    pub failure_ratio: f64,
    /// How long it stays open the first time; doubled each time after.
    #[schemars(range(min = 1, max = 3_600_000))]
    pub open_ms: u64,
    /// How long it stays open at most.
    #[schemars(range(min = 1, max = 3_600_000))]
    pub max_open_ms: u64,
    /// How many probes must succeed, one after the other, to close it.
    #[schemars(range(min = 1, max = 1_000))]
    pub successes_to_close: u32,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            window_s: 10,
            min_samples: 20,
            failure_ratio: 0.5,
            open_ms: 5_000,
            max_open_ms: 60_000,
            successes_to_close: 3,
        }
    }
}
