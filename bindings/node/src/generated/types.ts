// Made by bindings/generate from `kei-agent describe`; do not edit.
// Requests, answers, configuration and options, under the names that they have in JSON.

/** What came of an action. */
export interface ActAnswer {
  /** What it brought. */
  result: unknown
  /** How it ended, for example `succeeded` or `failed`. */
  status: string
}

/** What to do. */
export interface ActRequest {
  /** The name of the action. */
  action: string
  /** What it works on. */
  parameters?: unknown
}

/** A message that could not be delivered again. */
export interface Again {
  /** The error's name. */
  error: string
  /** Its id. */
  id: string
  /** What the error says. */
  message: string
}

/** Which agent to read. */
export interface AgentsGetRequest {
  /** The agent's identifier; the configuration's `agent_id` when absent. */
  agent_id?: string | null
  /** One of its versions; the newest when absent. */
  version?: string | null
}

/** A sign of life. */
export interface AgentsHeartbeatRequest {
  /** The agent's identifier; the configuration's `agent_id` when absent. */
  agent_id?: string | null
  /** How much work it does now. */
  current_concurrency?: number | null
  /** How it is, for example `healthy`. */
  health?: string | null
  /** Anything else that the platform may use. */
  hints?: unknown
  /** How much work it can do at once. */
  offered_concurrency?: number | null
  /** How much work waits. */
  queue_length?: number | null
  /** How ready it is; `ready` when absent. Default: `"ready"`. */
  readiness?: Readiness
}

/** The agents found. */
export interface AgentsListAnswer {
  /** The agents. */
  agents: Array<Record<string, unknown>>
}

/** Which agents to list. All criteria must hold. */
export interface AgentsListRequest {
  /** Capabilities that they must have. */
  capabilities?: string[]
  /** How many to list at most. */
  limit?: number | null
  /** Tags that they must have. */
  tags?: string[]
  /** Their tenant. */
  tenant_id?: string | null
}

/** An agent to register. */
export interface AgentsRegisterRequest {
  /** Its name. */
  name: string
  /** The agent's identifier; the configuration's `agent_id` when absent. */
  agent_id?: string | null
  /** What it can do: names, or objects with a `name`. */
  capabilities?: unknown[]
  /** Its category. */
  category?: string | null
  /** What it is for. */
  description?: string | null
  /** Where the platform may ask whether it is alive. */
  heartbeat_url?: string | null
  /** Its version. */
  version?: string | null
}

/** What became of a message. */
export interface AgentsSendAnswer {
  /** The correlation id. */
  correlation_id: string
  /** Its id. */
  message_id: string
  /** What became of it, for example `accepted`. */
  status: string
}

/** What to send. */
export interface AgentsSendRequest {
  /** What kind of message it is, for example `request`. */
  message_type: string
  /** The message: any JSON. */
  payload: unknown
  /** The agent that it is for. */
  to_agent: string
  /** Header fields of the message's own. */
  headers?: Record<string, string>
  /** Its id, up to 128 visible ASCII characters; the option `idempotency_key`, or else a new UUID, when absent. */
  message_id?: string | null
  /** How urgent it is. */
  priority?: number | null
  /** Whom to answer. */
  reply_to?: string | null
  /** The capability that it is meant for. */
  target_capability?: string | null
  /** That capability's version. */
  target_version?: string | null
  /** For how many seconds it is of use. */
  ttl_seconds?: number | null
}

/** The audit log: who did what, a line each, chained by hashes and signed, so that no line is changed, added or taken away unseen. */
export interface AuditConfig {
  /** After how long one is signed at the latest. Default: `60000`. */
  checkpoint_ms?: number
  /** After how many records a checkpoint is signed. Default: `1000`. */
  checkpoint_records?: number
  /** Whether there is one. Default: `false`. Environment: `KEI_AUDIT_ENABLED`. */
  enabled?: boolean
  /**
   * Its file, made with mode 0600. Beside it are `….checkpoint`, the last checkpoint, and `….pub`, the key to verify it with. Environment:
   * `KEI_AUDIT_FILE`.
   */
  file?: string | null
  /**
   * A PEM file with the Ed25519 key that signs, PKCS#8. When absent: `….key` beside the file. It is made with mode 0600 if it is not there.
   * Environment: `KEI_AUDIT_KEY_FILE`.
   */
  key_file?: string | null
  /** What happens to a call when the audit cannot be written. Default: `"continue"`. */
  on_write_failure?: AuditFailure
}

/** What happens to a call when the audit cannot be written. */
export type AuditFailure =
  /** It goes on; what is missing is counted, and the audit says how much. */
  | 'continue'
  /** It is refused before anything is sent. */
  | 'deny'

/** What was found. */
export interface AuditVerifyAnswer {
  /** How many of them are checkpoints. */
  checkpoints: number
  /** The hash of the last record. */
  head: string
  /** Whether every record up to the last checkpoint is as it was written, and none is missing. */
  intact: boolean
  /** How many records were read. */
  records: number
  /** Up to which record the audit is signed. What comes after is chained, but could be cut off unseen until the next checkpoint. */
  signed_up_to: number
  /** How many bytes follow that are no whole record: one that is being written, or was when its process was killed. */
  unfinished_bytes: number
  /** The first thing that is wrong. */
  problem?: Problem | null
}

/** Which audit. */
export interface AuditVerifyRequest {
  /** A record that was noted elsewhere and must be in it: so a whole audit that was replaced is found out. */
  expect?: Expected | null
  /** Its file; the runtime's own when absent. */
  file?: string | null
  /**
   * A PEM file with the public key that it must be signed with; the one beside the file when absent, which whoever changed the audit may have
   * changed too.
   */
  key_file?: string | null
}

/** What became of it. */
export interface AuditWriteAnswer {
  /** The number of the record. */
  seq: number
}

/** A record. */
export interface AuditWriteRequest {
  /** What happened: small letters, digits, `_`, `-` and dots, up to 64. It stands as `host.…` in the audit. */
  event: string
  /** Who brought it about; the client's agent when absent. */
  actor?: string | null
  /** Further facts by name. Those whose names are not listed (`redaction.keys`) are masked. */
  fields?: Record<string, unknown>
}

/** How requests are authorized. */
export interface AuthConfig {
  /** For `token_exchange`: the token of the party that acts. */
  actor_token?: string | null
  /** For `token_exchange`: a file that holds the token of the party that acts; read for each request. */
  actor_token_file?: string | null
  /** For `token_exchange`: what the token of the party that acts is; as for `subject_token_type` when absent. */
  actor_token_type?: string | null
  /** For `oidc` and `host`: the audience to ask for. Environment: `KEI_OIDC_AUDIENCE`. */
  audience?: string | null
  /**
   * For `oidc`: binds tokens to the client certificate of `tls` (RFC 8705 section 3). A JWT that is bound to another, or to none, is refused.
   * Default: `false`.
   */
  certificate_bound?: boolean
  /** For `chain`: credentials, the preferred first. */
  chain?: AuthConfig[]
  /**
   * For `oidc`: how the client proves itself. When absent: by what is given of `client_secret`, `private_key` and `workload_token_file`; with a
   * secret the first of `client_secret_basic`, `client_secret_post` that the issuer offers. Environment: `KEI_OIDC_CLIENT_AUTH_METHOD`.
   */
  client_auth_method?: ClientAuthMethod | null
  /** For `oidc`: the client's identifier. Environment: `KEI_OIDC_CLIENT_ID`. */
  client_id?: string | null
  /** For `oidc`: the client's secret. Environment: `KEI_OIDC_CLIENT_SECRET`. */
  client_secret?: string | null
  /** For `oidc`: a file that holds the client's secret; read again when it changes. */
  client_secret_file?: string | null
  /** For `oidc` with `device_code`: the device authorization endpoint, for an issuer without metadata. */
  device_authorization_endpoint?: string | null
  /**
   * For `oidc`: binds tokens to a key, a proof of which goes with each request (DPoP, RFC 9449). A token that is not bound is refused. Default:
   * `false`. Environment: `KEI_OIDC_DPOP`.
   */
  dpop?: boolean
  /** For `dpop`: a file that holds the key as PEM. When absent, a key on P-256 is made for the runtime, and never leaves it. */
  dpop_key_file?: string | null
  /** Allows `auth.token` to hand the access token to the host. Default: `false`. */
  expose_token?: boolean
  /** For `oidc`: how a token is asked for; `client_credentials` when absent. Environment: `KEI_OIDC_GRANT`. */
  grant?: GrantType | null
  /** For `oidc`: the issuer's identifier, exactly as its metadata spells it. Environment: `KEI_OIDC_ISSUER`. */
  issuer?: string | null
  /** For `oidc`: further parameters of the token request, for what an issuer asks beyond the standards. */
  parameters?: Record<string, string>
  /** For `private_key_jwt`: the private key as PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted). */
  private_key?: string | null
  /** For `private_key_jwt`: a file that holds the private key; read again when it changes. Environment: `KEI_OIDC_PRIVATE_KEY_FILE`. */
  private_key_file?: string | null
  /** For `private_key_jwt`: the key's identifier at the issuer, sent as `kid`. */
  private_key_id?: string | null
  /** For `refresh_token`: the refresh token. */
  refresh_token?: string | null
  /**
   * For `refresh_token` and `device_code`: the file that holds the refresh token. It is replaced, readable by its owner alone, when the issuer
   * gives another one.
   */
  refresh_token_file?: string | null
  /** For `token_exchange`: the kind of token to ask for; the issuer decides when absent. */
  requested_token_type?: string | null
  /** For `oidc` and `host`: the resources that the token is for (RFC 8707). */
  resources?: string[]
  /** For `oidc`: the revocation endpoint (RFC 7009), for an issuer without metadata. */
  revocation_endpoint?: string | null
  /** For `oidc` and `host`: the scopes to ask for. Environment: `KEI_OIDC_SCOPES`. */
  scopes?: string[]
  /** For `private_key_jwt`: the algorithm. When absent: RS256 for an RSA key, ES256 for one on P-256, EdDSA for an Ed25519 key. */
  signing_algorithm?: SigningAlgorithm | null
  /** For `token_exchange`: the token to exchange. */
  subject_token?: string | null
  /** For `token_exchange`: a file that holds the token to exchange; read for each request. */
  subject_token_file?: string | null
  /** For `token_exchange`: what the token to exchange is; `urn:ietf:params:oauth:token-type:access_token` when absent. */
  subject_token_type?: string | null
  /** For `bearer`: the token. Environment: `KEI_API_TOKEN`. */
  token?: string | null
  /** For `oidc`: the token endpoint, for an issuer without metadata. Discovery is then not used. Environment: `KEI_OIDC_TOKEN_ENDPOINT`. */
  token_endpoint?: string | null
  /** For `bearer`: a file that holds the token; read again when it changes. */
  token_file?: string | null
  /**
   * The kind of credential. When absent: `oidc` if `issuer` or `token_endpoint` is set, `chain` if `chain` is, `bearer` if a token is, else
   * `none`. Environment: `KEI_AUTH_TYPE`.
   */
  type?: AuthType | null
  /** For `workload_identity`: the file that holds the workload's token; read for each request. Environment: `KEI_OIDC_WORKLOAD_TOKEN_FILE`. */
  workload_token_file?: string | null
}

/** What was revoked. */
export interface AuthLogoutAnswer {
  /** Whether the issuer revoked an access token. */
  access_token: boolean
  /** Whether the issuer revoked a refresh token. */
  refresh_token: boolean
}

/** Nothing. */
export interface AuthLogoutRequest {
}

/** Nothing. */
export interface AuthRefreshRequest {
}

/** Nothing. */
export interface AuthServeRequest {
}

/** The state of a client's token. It holds no secret. */
export interface AuthStatus {
  /** The members, for `chain`; the rest then tells of the one that is used. */
  chain: AuthStatus[]
  /** How many fetches failed. */
  failures: number
  /** Which token it is, counted from 1; 0 before the first. */
  generation: number
  /** How many were fetched. */
  refreshes: number
  /** The scopes asked for, for `oidc`. */
  scopes: string[]
  /** Where the token stands in its life. */
  state: TokenState
  /** The kind of credential. */
  type: AuthType
  /** The client's identifier, for `oidc`. */
  client_id?: string | null
  /** When it runs out, in milliseconds from now; absent when not known. */
  expires_in_ms?: number | null
  /** The issuer, for `oidc`. */
  issuer?: string | null
  /** Why the last fetch failed, if it did. */
  last_error?: LastError | null
  /** When the last one came (RFC 3339, UTC). */
  last_refresh?: string | null
  /** When it is renewed, in milliseconds from now. */
  refresh_in_ms?: number | null
}

/** Nothing. */
export interface AuthStatusRequest {
}

/** An access token. It is a secret. */
export interface AuthTokenAnswer {
  /** The token. */
  access_token: string
  /** `Bearer`, or `DPoP` for one that only the library can use, since it holds the key. */
  token_type: string
  /** When it runs out, in milliseconds from now; absent when not known. */
  expires_in_ms?: number | null
}

/** Nothing. */
export interface AuthTokenRequest {
}

/** The kind of credential. */
export type AuthType =
  /** Requests carry no credential. */
  | 'none'
  /** A fixed bearer token (RFC 6750), given as `token` or in `token_file`. */
  | 'bearer'
  /** Access tokens from an OAuth 2.0 or OpenID Connect issuer, by the grant that `grant` names. */
  | 'oidc'
  /** Nothing but the client certificate of `tls`: no request goes out without one. */
  | 'mtls'
  /** Access tokens from the host, which is asked by a REQUEST event; see the subscription `auth.serve`. */
  | 'host'
  /** The first of the credentials in `chain` that works. */
  | 'chain'

/** When a failing server is left alone. One breaker stands before each operation at each origin. */
export interface BreakerConfig {
  /** Whether there are breakers at all. Default: `true`. */
  enabled?: boolean
  /** The share of failures that opens it, from 0 to 1. Default: `0.5`. */
  failure_ratio?: number
  /** How long it stays open at most. Default: `60000`. */
  max_open_ms?: number
  /** How many requests it takes before the breaker judges. Default: `20`. */
  min_samples?: number
  /** How long it stays open the first time; doubled each time after. Default: `5000`. */
  open_ms?: number
  /** How many probes must succeed, one after the other, to close it. Default: `3`. */
  successes_to_close?: number
  /** Over how many seconds failures are counted. Default: `10`. */
  window_s?: number
}

/** What was closed. */
export interface BreakerResetAnswer {
  /** How many breakers. */
  reset: number
}

/** Which breakers to close. */
export interface BreakerResetRequest {
  /** Those of this operation; of any when absent. */
  operation?: string | null
  /** Those of this origin, for example `https://kei.example.com`; of any when absent. */
  origin?: string | null
}

/** The state of a breaker. */
export type BreakerState =
  /** Requests pass. */
  | 'closed'
  /** Nothing is sent. */
  | 'open'
  /** One request at a time is let through, to see. */
  | 'half_open'

/** A breaker as it stands. */
export interface BreakerStatus {
  /** Failures among them. */
  failures: number
  /** The operation. */
  operation: string
  /** The origin. */
  origin: string
  /** Outcomes counted in the windows. */
  samples: number
  /** The state. */
  state: BreakerState
  /** When open: in how many milliseconds a probe is let through. */
  retry_in_ms?: number | null
}

/** How the client stands with its servers. */
export interface BreakerStatusAnswer {
  /** The breakers. */
  breakers: BreakerStatus[]
  /** What is left of the retry budget. */
  retry_budget_left: number
}

/** Nothing. */
export interface BreakerStatusRequest {
}

/** What the platform says of a message. */
export interface BusPublishAnswer {
  /** Its id. */
  message_id: string
  /** What became of it, for example `accepted`. */
  status: string
}

/** What to publish. */
export interface BusPublishRequest {
  /** The message: any JSON. */
  payload: unknown
  /** Whom it is for: a topic or an agent. */
  target: string
  /** What kind of message it is, for example `task.done`. */
  type: string
  /** Its id, up to 128 visible ASCII characters; the option `idempotency_key`, or else a new UUID, when absent. */
  message_id?: string | null
}

/** How an answer came about. */
export interface CallMeta {
  /** How many times the request was sent. */
  attempts: number
  /** The correlation id of the call. */
  correlation_id: string
  /** The header fields of the answer, by lower-case name; those that carry credentials are left out. */
  headers: Record<string, string>
  /** The HTTP status of the answer. */
  http_status: number
  /** How it was sent: `http`. */
  protocol: string
  /** Where the time went. */
  timings: Timings
}

/** The options of a call. All may be left out. */
export interface CallOptions {
  /** Facts that travel with the trace (W3C `baggage`), handed on to every server that the call reaches: no place for secrets. */
  baggage?: string | null
  /** For a subscription: how many items may wait until the host grants credit for them; 1024 when absent. */
  buffer?: number | null
  /**
   * The correlation id, up to 128 visible ASCII characters; a new UUID when absent. It is sent as `X-Correlation-ID`, and stands in every log
   * line of the call.
   */
  correlation_id?: string | null
  /** Further header fields of the request. */
  headers?: Record<string, string>
  /** Makes an operation that is not idempotent safe to send again: sent as `Idempotency-Key`, the same on all attempts. */
  idempotency_key?: string | null
  /** The caller's word that this request may be sent twice. */
  idempotent?: boolean | null
  /** Wraps the answer as `{"result": …, "meta": …}`. Default: `false`. */
  meta?: boolean
  /** For a subscription: what happens to items past that; `block` when absent. */
  overflow?: Overflow | null
  /** Another retry policy for this call. */
  retry?: RetryOverride | null
  /** The tenant, in place of the configuration's. */
  tenant_id?: string | null
  /** How long the call may take in all, in milliseconds; `timeouts.total_ms` when absent. */
  timeout_ms?: number | null
  /** The caller's trace context (W3C `traceparent`); one that is not valid is left out, and a new trace begun. */
  traceparent?: string | null
  /** The caller's vendor trace state (W3C `tracestate`); used only with `traceparent`. */
  tracestate?: string | null
}

/** What kind of thing went wrong: the band that the number is in. */
export type Category =
  /** The caller used the library in a way that it does not allow (1 to 99). */
  | 'misuse'
  /** The end of the call, the client or the runtime (100 to 199). */
  | 'life_cycle'
  /** A configuration, a request or options that do not fit (200 to 299). */
  | 'validation'
  /** Tokens, and what they do not allow (300 to 399). */
  | 'security'
  /** The way to the server (400 to 499). */
  | 'transport'
  /** What the server answered (500 to 599). */
  | 'remote'
  /** What keeps a failing server from being asked again (600 to 699). */
  | 'resilience'

/** Why a configuration took effect. */
export type Cause =
  /** The client was made with it. */
  | 'start'
  /** `config.reload`. */
  | 'reload'
  /** A file changed. */
  | 'file'
  /** Secrets in Vault were read again. */
  | 'vault'
  /** `config.update`. */
  | 'update'
  /** `config.rollback`. */
  | 'rollback'

/** One value that changed. */
export interface Change {
  /** What it was; secrets masked. */
  from: unknown
  /** The setting. */
  path: string
  /** What it is; secrets masked. */
  to: unknown
}

/** What is in effect now. */
export interface ChangeAnswer {
  /** Whether anything changed. */
  changed: boolean
  /** What; secrets masked. */
  changes: Change[]
  /** The number of the configuration. */
  version: number
}

/** One check. */
export interface Check {
  /** How long it took, in milliseconds. */
  duration_ms: number
  /** What was checked: `platform`, `token`, or a name of the configuration's or the host's. */
  name: string
  /** How it ended. */
  status: Outcome
  /** The name of the error, for example `KEI_E_CONNECT`. */
  error?: string | null
  /** Why it did not pass. */
  message?: string | null
}

/** One check. */
export interface CheckConfig {
  /** Its name in the answer, which no other check has. */
  name: string
  /** What is checked. */
  type: CheckKind
  /** For `tcp`: host and port that must take a connection, for example `db.example.com:5432`. */
  address?: string | null
  /** Whether all is unhealthy when it fails; otherwise that is a warning. Default: `true`. */
  critical?: boolean
  /** For `disk` and `memory`: how many bytes must be free. */
  min_free_bytes?: number | null
  /** For `disk`: a folder or a file on it. */
  path?: string | null
  /** How long the check may take, in milliseconds. Default: `5000`. */
  timeout_ms?: number
  /** For `http`: the URL that must answer with a status from 200 to 299. It is asked without a token. */
  url?: string | null
}

/** What a check looks at. */
export type CheckKind =
  /** Free space on a disk. On Unix; elsewhere the check fails with `KEI_E_UNSUPPORTED`. */
  | 'disk'
  /** Free memory, of the machine or of the container. On Linux; elsewhere the check fails with `KEI_E_UNSUPPORTED`. */
  | 'memory'
  /** A URL. */
  | 'http'
  /** A TCP port. */
  | 'tcp'

/** How the client proves itself at the token endpoint (OpenID Connect Core section 9, RFC 8705). */
export type ClientAuthMethod =
  /** The secret in an `Authorization: Basic` header. */
  | 'client_secret_basic'
  /** The secret in the form body. */
  | 'client_secret_post'
  /** A signed statement (RFC 7523), by `private_key` or `private_key_file`. */
  | 'private_key_jwt'
  /** The client certificate of `tls` (RFC 8705 section 2.1). */
  | 'tls_client_auth'
  /** The client certificate of `tls`, which the issuer knows by its key (RFC 8705 section 2.2). */
  | 'self_signed_tls_client_auth'
  /** Not at all: a public client. */
  | 'none'

/** The configuration of a client. */
export interface ClientConfig {
  /** The agent on whose behalf requests are made; sent as `X-Agent-ID`. Environment: `KEI_AGENT_ID`. */
  agent_id?: string | null
  /**
   * How requests are authorized. Default: `{"actor_token": null, "actor_token_file": null, "actor_token_type": null, "audience": null,
   * "certificate_bound": false, "chain": [], "client_auth_method": null, "client_id": null, "client_secret": null, "client_secret_file": null,
   * "device_authorization_endpoint": null, "dpop": false, "dpop_key_file": null, "expose_token": false, "grant": null, "issuer": null,
   * "parameters": {}, "private_key": null, "private_key_file": null, "private_key_id": null, "refresh_token": null, "refresh_token_file": null,
   * "requested_token_type": null, "resources": [], "revocation_endpoint": null, "scopes": [], "signing_algorithm": null, "subject_token": null,
   * "subject_token_file": null, "subject_token_type": null, "token": null, "token_endpoint": null, "token_file": null, "type": null,
   * "workload_token_file": null}`.
   */
  auth?: AuthConfig
  /** Where the platform is, for example `https://kei.example.com`. Needed. Environment: `KEI_API_URL`. */
  base_url?: string | null
  /**
   * When a failing server is left alone. Default: `{"enabled": true, "failure_ratio": 0.5, "max_open_ms": 60000, "min_samples": 20, "open_ms":
   * 5000, "successes_to_close": 3, "window_s": 10}`.
   */
  breaker?: BreakerConfig
  /**
   * Where the rest of the configuration comes from. Default: `{"allow_exec": false, "env_file": null, "history": 20, "mounted_secrets":
   * ["/run/secrets", "/var/run/secrets"], "path": null, "poll_ms": 2000, "profile": null, "watch": true}`.
   */
  config?: SourceConfig
  /** Messages that could not be delivered. Default: `{"file": null, "max_bytes": 67108864, "max_count": 10000, "when_full": "drop_oldest"}`. */
  dead_letters?: DeadLetterConfig
  /**
   * Where on the platform its services are. Default: `{"agents": "/api/v1/agents-mgmt", "bus": "/api/v1/bus/publish", "health": "/api/v1/health",
   * "messages": "/api/v1/agents", "registry": "/api/v1/registry/agents", "rpc": "/api/v1/rpc", "stream": "/api/v1/stream"}`.
   */
  endpoints?: EndpointConfig
  /** What is kept to explain calls by. Default: `{"calls": 256}`. */
  explain?: ExplainConfig
  /** What health checks look at. Default: `{"checks": []}`. */
  health?: HealthConfig
  /** When a second request is sent beside the first. Default: `{"enabled": false, "max_share": 0.05, "min_delay_ms": 50, "quantile": 0.95}`. */
  hedge?: HedgeConfig
  /**
   * The HTTP connections. Default: `{"allowed_origins": [], "idle_ms": 55000, "max_idle_per_host": 256, "max_redirects": 5, "no_proxy": [],
   * "proxy": null, "proxy_password": null, "proxy_username": null, "version": "auto"}`.
   */
  http?: HttpConfig
  /**
   * How large things may be. Default: `{"control_characters": false, "max_answer_bytes": 67108864, "max_depth": 64, "max_in_flight": 100000,
   * "max_number_chars": 64, "max_request_bytes": 16777216, "max_text_bytes": 16777216}`.
   */
  limits?: LimitConfig
  /**
   * When and how often a request is sent again. Default: `{"base_ms": 50, "budget": 500, "max_attempts": 3, "max_delay_ms": 20000,
   * "max_retry_after_ms": 60000, "protocols": {}, "retry_cost": 14, "strategy": "full_jitter", "throttle_base_ms": 1000, "throttle_cost": 5}`.
   */
  retry?: RetryConfig
  /** The stream. Default: `{"ping_ms": 30000, "pong_ms": 10000}`. */
  stream?: StreamConfig
  /** The tenant; sent as `X-Tenant-ID`. Environment: `KEI_TENANT_ID`. */
  tenant_id?: string | null
  /**
   * How long things may take. Default: `{"attempt_ms": 10000, "connect_ms": 3100, "host_ms": 10000, "token_attempt_ms": 10000, "token_total_ms":
   * 30000, "total_ms": 30000}`.
   */
  timeouts?: TimeoutConfig
  /**
   * TLS. Default: `{"ca_file": null, "ca_pem": null, "client_cert_file": null, "client_cert_pem": null, "client_key_file": null,
   * "client_key_pem": null, "insecure_skip_verify": false, "pins": []}`.
   */
  tls?: TlsConfig
  /**
   * Where secrets are looked up. Default: `{"address": null, "auth": "token", "ca_file": null, "jwt_file":
   * "/var/run/secrets/kubernetes.io/serviceaccount/token", "mount": null, "namespace": null, "refresh_ms": 300000, "role": null, "role_id": null,
   * "secret_id": null, "secret_id_file": null, "timeout_ms": 5000, "token": null, "token_file": null}`.
   */
  vault?: VaultConfig
}

/** The settings, explained. */
export interface ConfigExplainAnswer {
  /** The settings, the client's before the runtime's. */
  settings: Explained[]
  /** The number of this configuration. */
  version: number
}

/** The configuration. */
export interface ConfigGetAnswer {
  /** The settings; secrets masked. */
  config: Record<string, unknown>
  /** The number of this configuration; see `config.history`. */
  version: number
}

/** Which settings. */
export interface ConfigGetRequest {
  /** A setting, or a group of them, for example `auth` or `auth.client_id`; all when absent. */
  path?: string | null
}

/** The configurations. */
export interface ConfigHistoryAnswer {
  /** Those that are kept, the oldest first; the last is in effect. */
  versions: VersionTold[]
  /** The last change that was refused. */
  refused?: Refused | null
}

/** Nothing. */
export interface ConfigHistoryRequest {
}

/** Nothing. */
export interface ConfigReloadRequest {
}

/** Which configuration to go back to. */
export interface ConfigRollbackRequest {
  /** Its number; the one before the present one when absent. */
  version?: number | null
}

/** What to change. */
export interface ConfigUpdateRequest {
  /** Settings, as in the configuration, of the client and of its runtime. Null takes back what an earlier update gave. */
  config: Record<string, unknown>
}

/** What came of it. */
export interface ConfigValidateAnswer {
  /** What would change; secrets masked. Nothing for a `text`. */
  changes: Change[]
  /** Whether it would be taken. */
  valid: boolean
  /** Why it would not be taken. */
  problem?: Problem2 | null
}

/** What to check; the sources as they are now when all is absent. */
export interface ConfigValidateRequest {
  /** The format of `text`; `toml` when absent. */
  format?: FileFormat | null
  /** The text of a configuration file. */
  text?: string | null
  /** Settings, as `config.update` would take them. */
  update?: Record<string, unknown> | null
}

/** Nothing. */
export interface ConfigWatchRequest {
}

/** Messages that could not be delivered, kept to be sent again. */
export interface DeadLetterConfig {
  /**
   * The file to keep them in, made with mode 0600. A message is written to it before it is sent, so that it outlives the process. When absent,
   * they are kept in memory, as long as the client.
   */
  file?: string | null
  /** How many bytes of messages are kept. Default: `67108864`. */
  max_bytes?: number
  /** How many are kept. Default: `10000`. */
  max_count?: number
  /** What becomes of the oldest when there are too many. Default: `"drop_oldest"`. */
  when_full?: WhenFull
}

/** Where a person can consent. */
export interface DevicePrompt {
  /** How long it is good, in milliseconds. */
  expires_in_ms: number
  /** The code to enter there. */
  user_code: string
  /** The page to open. */
  verification_uri: string
  /** The same with the code in it, for a picture that is scanned. */
  verification_uri_complete?: string | null
}

/** What was dropped. */
export interface DlqDropAnswer {
  /** The ids of those that are gone. */
  dropped: string[]
}

/** A message, without what it says. */
export interface DlqGetAnswer {
  /** When it was taken, in RFC 3339. */
  accepted_at: string
  /** How many times it was sent. */
  attempts: number
  /** Its id. */
  id: string
  /** The operation that sends it. */
  operation: string
  /** What it says, masked. Equal texts have equal masks within the process. */
  payload: string
  /** How long what it says is, in bytes. */
  payload_bytes: number
  /** `dead` when it could not be delivered, `pending` while it is on its way. */
  state: string
  /** Whom it is for. */
  to: string
  /** The error's name, for example `KEI_E_CONNECT`. */
  error?: string | null
  /** When it was given up, in RFC 3339. */
  failed_at?: string | null
  /** What the error says. */
  message?: string | null
}

/** Which to tell of. */
export interface DlqGetRequest {
  /** Its id. */
  id: string
}

/** The messages. */
export interface DlqListAnswer {
  /** How many could not be delivered, in all. */
  dead: number
  /** How many bytes those have that could not be delivered. */
  dead_bytes: number
  /** How many were dropped since there were too many. */
  dropped: number
  /** The messages. */
  letters: DlqGetAnswer[]
  /** How many are on their way. */
  pending: number
}

/** Which to list. */
export interface DlqListRequest {
  /** Only those after the message with this id. */
  after?: string | null
  /** How many at most; 100 when absent. */
  limit?: number | null
}

/** What became of them. */
export interface DlqRetryAnswer {
  /** Those that the platform has now. */
  delivered: string[]
  /** Those that it still has not. */
  failed: Again[]
  /** Those that were not tried: the deadline was near, or something else sends them. */
  untried: string[]
}

/** What the END event of a subscription holds that ended well. */
export interface Ended {
  /** How many items were delivered. */
  delivered: number
}

/** Where on the platform its services are: paths below `base_url`. */
export interface EndpointConfig {
  /** The management of agents. Default: `"/api/v1/agents-mgmt"`. */
  agents?: string
  /** What is published on the bus. Default: `"/api/v1/bus/publish"`. */
  bus?: string
  /** The platform's health. Default: `"/api/v1/health"`. */
  health?: string
  /** Messages from agent to agent. Default: `"/api/v1/agents"`. */
  messages?: string
  /** The registry of agents. Default: `"/api/v1/registry/agents"`. */
  registry?: string
  /** Remote procedure calls. Default: `"/api/v1/rpc"`. */
  rpc?: string
  /** The stream. Default: `"/api/v1/stream"`. */
  stream?: string
}

/** The error object as it crosses the ABI. */
export interface ErrorObject {
  /** How many times the request was sent. */
  attempts: number
  /** The number of the error. */
  code: number
  /** Further facts, by name. */
  details: Record<string, unknown>
  /** One sentence for a person. */
  message: string
  /** The name of the number, for example `KEI_E_STALE`. */
  name: string
  /** Whether the same call may succeed later without a change by the caller. */
  retryable: boolean
  /** The correlation id of the call. */
  correlation_id?: string | null
  /** The HTTP status that caused the error. */
  http_status?: number | null
  /** The OAuth error code (RFC 6749 section 5.2). */
  oauth_error?: string | null
  /** How long the server asked to wait, in milliseconds. */
  retry_after_ms?: number | null
}

/** The errors of one type. */
export interface ErrorType {
  /** What kind of thing went wrong. */
  category: Category
  /** The number. */
  code: number
  /** How many there were. */
  count: number
  /** When the first was, in RFC 3339. */
  first_at: string
  /** When the last was. */
  last_at: string
  /** The name, for example `KEI_E_TIMEOUT`. */
  name: string
  /** How many there were of each operation; under an empty name what was refused before it was known which. */
  operations: Record<string, number>
  /** Whether the same call may succeed later. */
  retryable: boolean
}

/** The errors of a runtime since it began. */
export interface ErrorsStatsAnswer {
  /** How many operations ended. */
  calls: number
  /** How many ended in the last hour. */
  calls_last_hour: number
  /** How many ended in the last minute, the one that runs included. */
  calls_last_minute: number
  /** The failures by what kind of thing went wrong. */
  categories: Record<string, number>
  /** How many of them failed. */
  failures: number
  /** How many of them failed. */
  failures_last_hour: number
  /** How many of them failed. */
  failures_last_minute: number
  /** The failures by their type, the most frequent first. */
  types: ErrorType[]
}

/** Nothing. */
export interface ErrorsStatsRequest {
}

/** A record that must be there. */
export interface Expected {
  /** Its hash: 64 hexadecimal digits. */
  hash: string
  /** Its number. */
  seq: number
}

/** An explanation. */
export interface ExplainAnswer {
  /** The explanation, in plain words. */
  explanation: string
}

/** How much is kept to explain calls by. */
export interface ExplainConfig {
  /** How many of the last calls `kei.explain` can tell of; 0 for none. Default: `256`. */
  calls?: number
}

/** What to explain. */
export interface ExplainRequest {
  /** The question: the identifier of a plan, action or observation, or plain words. */
  query: string
  /** What the platform should know for it. */
  context?: unknown
}

/** One value of a configuration, explained. */
export interface Explained {
  /** Whether it can change while its client lives. */
  live: boolean
  /** Who set it, too, and was passed over, the strongest first. */
  passed_over: Origin[]
  /** The setting. */
  path: string
  /** Who set it. */
  set_by: Origin
  /** Its value; secrets masked. */
  value: unknown
  /** The environment variable that can set it. */
  variable?: string | null
}

/** The format of a file. */
export type FileFormat =
  /** JSON. */
  | 'json'
  /** TOML. */
  | 'toml'
  /** YAML. */
  | 'yaml'

/** How a token is asked for. */
export type GrantType =
  /** The client's own rights (RFC 6749 section 4.4). */
  | 'client_credentials'
  /**
   * A refresh token (RFC 6749 section 6), given as `refresh_token` or in `refresh_token_file`. One that the issuer replaces is written to the
   * file.
   */
  | 'refresh_token'
  /** A person's consent on another device (RFC 8628); the host shows where, asked by a REQUEST event of `auth.serve`. */
  | 'device_code'
  /** Another party's token (RFC 8693), given as `subject_token` or in `subject_token_file`. */
  | 'token_exchange'
  /** The token that the platform gives this workload in `workload_token_file`, in place of a client's secret (RFC 7523 section 2.2). */
  | 'workload_identity'

/** The checks, and the worst of them. */
export interface HealthCheckAnswer {
  /** The checks. */
  checks: Check[]
  /** The worst outcome of all checks. */
  status: Outcome
}

/** Nothing. */
export interface HealthCheckRequest {
}

/** Health checks. */
export interface HealthConfig {
  /** What is checked besides the platform and the token. */
  checks?: CheckConfig[]
}

/** How many parts the host tells of. */
export interface HealthRegisterAnswer {
  /** This one included. */
  registered: number
}

/** What the host says of a part of its own. */
export interface HealthRegisterRequest {
  /** The part's name: one that no check of the configuration has, up to 128 characters. */
  name: string
  /** Why it does not pass. */
  message?: string | null
  /** How it is; absent to remove it. */
  status?: Outcome | null
  /** For how long this holds, in milliseconds: a part that was not told of anew by then has failed. Absent: until it is said anew. */
  ttl_ms?: number | null
}

/** When a second request is sent while the first has no answer yet, for operations that may be sent twice. The first good answer counts. */
export interface HedgeConfig {
  /** Whether it is done at all. Default: `false`. */
  enabled?: boolean
  /** The share of calls that may be sent twice so, from 0 to 1. Default: `0.05`. */
  max_share?: number
  /** The shortest wait before it; it is longer when most answers (see `quantile`) of the operation take longer. Default: `50`. */
  min_delay_ms?: number
  /** The share of answers that come in the time that is waited, from 0 to 1. Default: `0.95`. */
  quantile?: number
}

/** What the host is asked for. */
export type HostRequest =
  /** A token. */
  | {
      request: 'token'
      /** Whether the server did not accept the last one: the same again would be of no use. */
      rejected: boolean
      /** The resources that it is for (RFC 8707), as configured. */
      resources: string[]
      /** The scopes that the token is to have, as configured. */
      scopes: string[]
      /** How long the host has to answer, in milliseconds. */
      timeout_ms: number
      /** The audience that it is for, as configured. */
      audience?: string | null
    }
  /** To show a person where to consent (RFC 8628); the answer's content does not matter. */
  | {
      request: 'device_code'
      /** How long it is good, in milliseconds. */
      expires_in_ms: number
      /** The code to enter there. */
      user_code: string
      /** The page to open. */
      verification_uri: string
      /** The same with the code in it, for a picture that is scanned. */
      verification_uri_complete?: string | null
    }

/** The answer. Its body is in `body` if it is JSON, else in `text` if it is UTF-8, else in `body_base64`. */
export interface HttpAnswer {
  /** The header fields, by lower-case name. */
  headers: Record<string, string>
  /** The status. */
  status: number
  /** The body, if it is JSON. */
  body?: unknown
  /** The body otherwise, in base64. */
  body_base64?: string | null
  /** The body, if it is text. */
  text?: string | null
}

/** The HTTP connections. */
export interface HttpConfig {
  /** Origins besides `base_url`'s that `http.request` may call with the client's token, for example `https://api.example.com`. */
  allowed_origins?: string[]
  /** How long a connection that nothing uses stays open. Default: `55000`. */
  idle_ms?: number
  /** How many such connections stay open at most, per host. Default: `256`. */
  max_idle_per_host?: number
  /** How many redirects are followed in a row. Those to another origin never are. Default: `5`. */
  max_redirects?: number
  /**
   * Where `proxy` is not used: names with all below them, addresses, ranges of addresses (`10.0.0.0/8`), each with a port or without; `*` for
   * all.
   */
  no_proxy?: string[]
  /**
   * The proxy, as `http://host:port`, `https://host:port` or `socks5://host:port` (`socks5h` has it resolve names). When absent, `HTTPS_PROXY`,
   * `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` decide; `none` forbids any.
   */
  proxy?: string | null
  /** The password to `proxy_username`. */
  proxy_password?: string | null
  /** Who the client is to `proxy`. */
  proxy_username?: string | null
  /** Which version of HTTP is spoken. Default: `"auto"`. */
  version?: HttpVersion
}

/** A request. At most one of `body`, `text`, `form` and `body_base64` may be given. */
export interface HttpRequest {
  /** A JSON body. */
  body?: unknown
  /** A body of any bytes, in base64. */
  body_base64?: string | null
  /**
   * Whether a status from 300 on is an error; `true` when absent. With `false` the answer is what the server said in the end, header fields and
   * body, once nothing more is to be tried: tokens, retries and breakers work as ever. Default: `true`.
   */
  error_for_status?: boolean
  /** A form body, encoded by the library. */
  form?: Record<string, string> | null
  /** Header fields. */
  headers?: Record<string, string>
  /** The method; `GET` when absent. */
  method?: string | null
  /** The path below `base_url`, beginning with a slash; it may hold a query. */
  path?: string | null
  /** Query parameters to add, encoded by the library. */
  query?: Record<string, string>
  /** A text body. */
  text?: string | null
  /** The whole URL, in place of `path`: on the platform or an origin in `http.allowed_origins`. */
  url?: string | null
}

/** Which version of HTTP is spoken. A stream's handshake always speaks HTTP/1.1. */
export type HttpVersion =
  /** HTTP/2 where the server offers it in the TLS handshake (ALPN), else HTTP/1.1. */
  | 'auto'
  /** HTTP/1.1 only. */
  | 'http1'
  /** HTTP/2 only: on `https` by ALPN, on `http` by prior knowledge (h2c). */
  | 'http2'

/** What to describe. */
export interface KeiDescribeRequest {
  /** One operation's name; all when absent. */
  operation?: string | null
}

/** The calls. */
export interface KeiExplainAnswer {
  /** The calls, the newest first. */
  calls: Story[]
}

/** Which calls to tell of. */
export interface KeiExplainRequest {
  /** Those with this correlation id; any when absent. */
  correlation_id?: string | null
  /** Those that failed only. Default: `false`. */
  failed?: boolean
  /** How many at most; 10 when absent. */
  limit?: number | null
  /** Those of this operation; of any when absent. */
  operation?: string | null
}

/** The library as it runs. */
export interface KeiInfoAnswer {
  /** The state of the client's token. */
  auth: AuthStatus
  /** The client's circuit breakers that have seen requests. */
  breakers: BreakerStatus[]
  /** How many messages could not be delivered and are kept; see `dlq.list`. */
  dead_letters: number
  /** How many handles of each kind the process has open. */
  handles: Record<string, number>
  /** How many operations of the runtime are in flight, this one included. */
  in_flight: number
  /** How many log records were dropped because their sink was too slow. */
  log_records_dropped: number
  /** What is left of the client's retry budget. */
  retry_budget_left: number
  /** The machine that it was built for: architecture and system. */
  target: string
  /** The library's version. */
  version: string
  /** Where the runtime's operations server listens. */
  server?: string | null
}

/** Nothing. */
export interface KeiInfoRequest {
}

/** What came of it. */
export interface KeiValidateAnswer {
  /** What is wrong with it, each in a sentence. */
  problems: string[]
  /** Whether the value keeps to the rule. */
  valid: boolean
}

/** A value, and what it should be. */
export interface KeiValidateRequest {
  /** The rule. */
  rule: Rule
  /** The value. */
  value: unknown
  /** How many bytes a text, or the JSON, may have. */
  max_bytes?: number | null
  /** How many it may have. */
  max_chars?: number | null
  /** How deeply JSON may nest; `limits.max_depth` when absent. */
  max_depth?: number | null
  /** How large it may be. */
  maximum?: number | null
  /** How many characters (Unicode scalar values) a text must have. */
  min_chars?: number | null
  /** How small a number may be. */
  minimum?: number | null
  /** The schemes that a URL may have; `https` and `http` when absent. */
  schemes?: string[] | null
}

/** The last failure. */
export interface LastError {
  /** What happened. */
  message: string
  /** The error's name, for example `KEI_E_TOKEN`. */
  name: string
}

/** How large things may be. */
export interface LimitConfig {
  /** Lets texts in a request hold control characters besides tabs and line ends, such as NUL and escape sequences of terminals. Default: `false`. */
  control_characters?: boolean
  /** An answer's body after decompression, in bytes. Default: `67108864`. */
  max_answer_bytes?: number
  /** How deeply a request's JSON may nest. Default: `64`. */
  max_depth?: number
  /**
   * How many operations of the client may be in flight. What is answered on the calling thread, as `log.write` is, is not counted. Default:
   * `100000`.
   */
  max_in_flight?: number
  /** One number in a request's JSON, in characters. Default: `64`. */
  max_number_chars?: number
  /** A request's JSON, in bytes. Default: `16777216`. */
  max_request_bytes?: number
  /** One text in a request's JSON, in bytes as it is written there. Default: `16777216`. */
  max_text_bytes?: number
}

/** Logging: JSON objects, one a line, with secrets masked. */
export interface LogConfig {
  /** The log file; made with mode 0600, appended to. Environment: `KEI_LOG_FILE`. */
  file?: string | null
  /** How much is logged. Default: `"warn"`. Environment: `KEI_LOG_LEVEL`. */
  level?: LogLevel
  /** How many bytes the file may have before it is renamed to `….1`, and a new one is begun. Default: `104857600`. */
  max_bytes?: number
  /** How many such files are kept besides the one that is written to. Default: `5`. */
  max_files?: number
  /** Where records go. When absent: `file` if a file is named, else `stderr`. Environment: `KEI_LOG_OUTPUT`. */
  output?: LogOutput | null
  /** Other levels for single targets, by the target's prefix, for example `{"hyper": "debug"}`. */
  targets?: Record<string, LogLevel>
}

/** How much is logged. */
export type LogLevel =
  /** Nothing. */
  | 'off'
  /** What failed. */
  | 'error'
  /** What is likely to fail, or went on in a worse way. */
  | 'warn'
  /** What happens, one line for a call. */
  | 'info'
  /** Each step. */
  | 'debug'
  /** Everything. */
  | 'trace'

/** How much is logged from now on. */
export interface LogLevelsAnswer {
  /** Whether the log has a file, or the standard error, that the levels hold for. */
  has_sink: boolean
}

/** Which log records a queue gets. */
export interface LogLevelsRequest {
  /** How much is logged. Default: `"warn"`. */
  level?: LogLevel
  /** Other levels for single targets, by the target's prefix. */
  targets?: Record<string, LogLevel>
}

/** Where log records go. */
export type LogOutput =
  /** Nowhere. */
  | 'none'
  /** The process's standard error. */
  | 'stderr'
  /** The file named by `file`. */
  | 'file'

/** What became of it. */
export interface LogWriteAnswer {
  /** Whether any sink takes records of this level and target. */
  wanted: boolean
}

/** A record. */
export interface LogWriteRequest {
  /** How important it is; `off` is none. */
  level: LogLevel
  /** What happened, for a person. Secrets in it are masked. */
  message: string
  /** Further facts by name. Those whose names are not listed (`redaction.keys`) are masked. */
  fields?: Record<string, unknown>
  /** Which part of the host says it, up to 128 visible characters; `host` when absent. Levels go by its beginning. */
  target?: string | null
}

/** A message of a topic, as the platform sent it. */
export interface Message {
  /** The message: any JSON. */
  data: unknown
  /** The topic. */
  topic: string
  /** Always `message`. */
  type: string
  /** Its id, where the platform gives it one; none comes twice when connections change. */
  id?: string | null
}

/** The numbers. */
export interface MetricsSnapshotAnswer {
  /** All of them, in Prometheus's text format 0.0.4. */
  text: string
}

/** Nothing. */
export interface MetricsSnapshotRequest {
}

/** The platform's receipt. */
export interface ObserveAnswer {
  /** The observation's identifier. */
  observation_id: string
}

/** What was seen. */
export interface ObserveRequest {
  /** The kind of observation. */
  type: string
  /** The observation. */
  data?: unknown
}

/** Who set a value. */
export interface Origin {
  /** The kind of source. */
  source: Source
  /** Which variable, which file, and its profile. */
  place?: string | null
  /** What stands there in the value's place, for example `vault:secret/kei#client_secret`. */
  reference?: string | null
}

/**
 * Traces, metrics and log records for an OpenTelemetry collector, by OTLP over HTTP with protobuf. Variables that begin with `OTEL_` are the
 * host's own, and are not read.
 */
export interface OtlpConfig {
  /** How long spans and log records wait for others to be sent with. Default: `1000`. */
  batch_ms?: number
  /**
   * Where the collector is, for example `http://127.0.0.1:4318`; `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended. When absent, nothing is
   * exported. Environment: `KEI_OTLP_ENDPOINT`.
   */
  endpoint?: string | null
  /**
   * Further header fields of each request, for example the collector's key. They are secrets, so that they are sent by `https`, or to this
   * machine, alone.
   */
  headers?: Record<string, string>
  /** Which log records. Default: `{"level": "info", "targets": {}}`. */
  log?: LogLevelsRequest
  /** Whether log records are exported. Default: `true`. */
  logs?: boolean
  /** Whether metrics are exported. Default: `true`. */
  metrics?: boolean
  /** How often metrics are sent. Default: `60000`. */
  metrics_interval_ms?: number
  /** Further attributes of the resource, for example `deployment.environment.name`. */
  resource?: Record<string, string>
  /**
   * Of how many traces that begin here spans are exported, from 0 (none) to 1 (all). In a trace that the caller began, its own choice holds.
   * Default: `1.0`.
   */
  sample_ratio?: number
  /** The name that the host has in traces: `service.name`. Default: `"kei-agent"`. Environment: `KEI_OTLP_SERVICE_NAME`. */
  service_name?: string
  /** How long the collector may take to answer. Default: `10000`. */
  timeout_ms?: number
  /**
   * TLS to the collector. Default: `{"ca_file": null, "ca_pem": null, "client_cert_file": null, "client_cert_pem": null, "client_key_file": null,
   * "client_key_pem": null}`.
   */
  tls?: OtlpTlsConfig
  /** Whether spans are exported. Default: `true`. */
  traces?: boolean
}

/** TLS to the collector. It has nothing of that to the platform, nor are the variables of that for it. */
export interface OtlpTlsConfig {
  /** A PEM file of the certificate authorities to trust, instead of the platform's; read again when it changes. */
  ca_file?: string | null
  /** The same as PEM text. */
  ca_pem?: string | null
  /** A PEM file with the client's certificate and those that lead to its authority; read again when it changes. */
  client_cert_file?: string | null
  /** The same as PEM text. */
  client_cert_pem?: string | null
  /** A PEM file with the private key of the client's certificate; read again when it changes. */
  client_key_file?: string | null
  /** The same as PEM text. */
  client_key_pem?: string | null
}

/** How a check ended. */
export type Outcome =
  /** All is well. */
  | 'pass'
  /** It works, but someone should look. */
  | 'warn'
  /** It does not work. */
  | 'fail'

/** What happens to an item when as many as may wait are waiting. */
export type Overflow =
  /** Nothing more is read from the server until there is room; the subscription has a connection of its own, so that it holds up no other. */
  | 'block'
  /** The oldest item that waits is dropped; a STATE event tells how many were. */
  | 'drop_oldest'
  /** The subscription ends with `KEI_E_OVERFLOW`. */
  | 'fail'

/** A plan. */
export interface PlanAnswer {
  /** The plan's identifier. */
  plan_id: string
  /** The steps, in order. */
  steps: PlanStep[]
}

/** What to plan. */
export interface PlanRequest {
  /** What is to be reached, in plain words. */
  objective: string
  /** What the platform should know for it. */
  context?: unknown
}

/** A step of a plan; it can be handed to `act` as `action` and `parameters`. */
export interface PlanStep {
  /** The action to carry out. */
  action: string
  /** What it works on. */
  parameters?: Record<string, unknown>
}

/** What is wrong with an audit. */
export interface Problem {
  /** The line, from 1; 0 when it is not one line. */
  line: number
  /** What is wrong. */
  why: string
}

/** What is wrong. */
export interface Problem2 {
  /** The error's name, for example `KEI_E_CONFIG_UNKNOWN_KEY`. */
  error: string
  /** What is wrong where, and what would be right. */
  message: string
}

/** How ready an agent is for work. */
export type Readiness =
  /** Not yet. */
  | 'starting'
  /** Ready. */
  | 'ready'
  /** It finishes what it has and takes no more. */
  | 'draining'

/**
 * Names whose values may be shown besides those that the library lists itself, in logs, spans and the audit. What is not listed is masked: values
 * of header fields, parameters, segments of paths, and texts and numbers in JSON. `*` lists all names but those that say that a secret follows.
 * What the library knows to be a secret, and what looks like one, is masked in any case.
 */
export interface RedactionConfig {
  /** Header fields. */
  headers?: string[]
  /** Keys of JSON objects. */
  keys?: string[]
  /** Parameters of a URL's query. */
  query?: string[]
  /** Segments of a URL's path. */
  segments?: string[]
}

/** A change that was refused. */
export interface Refused {
  /** When, in RFC 3339. */
  at: string
  /** What was tried. */
  cause: Cause
  /** The error's name, for example `KEI_E_CONFIG`. */
  error: string
  /** What is wrong, and where. */
  message: string
}

/** When and how often a request is sent again. */
export interface RetryConfig {
  /** The base delay. Default: `50`. */
  base_ms?: number
  /** The size of the bucket that all retries of a client draw on. Default: `500`. */
  budget?: number
  /** How many times a request is sent at most, the first time included. Default: `3`. */
  max_attempts?: number
  /** The longest delay. Default: `20000`. */
  max_delay_ms?: number
  /** The longest `Retry-After` that is waited out. Default: `60000`. */
  max_retry_after_ms?: number
  /** Other policies for single protocols; what they leave out stays as above. All draw on the same budget. */
  protocols?: Record<string, RetryOverride>
  /** What a retry draws. Default: `14`. */
  retry_cost?: number
  /** How the delay grows. Default: `"full_jitter"`. */
  strategy?: RetryStrategy
  /** The base delay when the server asks for fewer requests. Default: `1000`. */
  throttle_base_ms?: number
  /** What a retry draws when the server asked for fewer requests. Default: `5`. */
  throttle_cost?: number
}

/** Another retry policy, for one call or one protocol; what is absent stays as configured. */
export interface RetryOverride {
  /** The base delay, in milliseconds. */
  base_ms?: number | null
  /** How many times the request is sent at most, the first time included. */
  max_attempts?: number | null
  /** The longest delay, in milliseconds. */
  max_delay_ms?: number | null
  /** How the delay grows. */
  strategy?: RetryStrategy | null
}

/** How the delay between attempts grows. */
export type RetryStrategy =
  /** Drawn evenly from zero to the exponential delay. */
  | 'full_jitter'
  /** Always the base delay. */
  | 'fixed'
  /** The base delay times the number of the attempt. */
  | 'linear'
  /** The base delay, doubled with each attempt. */
  | 'exponential'
  /** The base delay times the Fibonacci numbers. */
  | 'fibonacci'

/** A method with its parameters. */
export interface RpcCallRequest {
  /** The method's name. */
  method: string
  /** Its parameters; an empty object when absent. */
  params?: unknown
}

/** A rule. */
export type Rule =
  /** A text without control characters besides tabs and line ends. */
  | 'text'
  /** A text without any control character: one line. */
  | 'line'
  /** A plain name, of 1 to 256 bytes: no slash, no control character, not `.` or `..`. */
  | 'name'
  /** A relative path that stays below where it begins: no `..`, encoded or not, no drive, no root. */
  | 'path'
  /** An absolute URL of an allowed scheme, without user name or password. */
  | 'url'
  /** A number. */
  | 'number'
  /** A whole number. */
  | 'integer'
  /** Any JSON. */
  | 'json'

/** The configuration of a runtime. */
export interface RuntimeConfig {
  /**
   * The audit log. Default: `{"checkpoint_ms": 60000, "checkpoint_records": 1000, "enabled": false, "file": null, "key_file": null,
   * "on_write_failure": "continue"}`.
   */
  audit?: AuditConfig
  /**
   * Where the rest of the configuration comes from. Default: `{"allow_exec": false, "env_file": null, "history": 20, "mounted_secrets":
   * ["/run/secrets", "/var/run/secrets"], "path": null, "poll_ms": 2000, "profile": null, "watch": true}`.
   */
  config?: SourceConfig
  /** Logging. Default: `{"file": null, "level": "warn", "max_bytes": 104857600, "max_files": 5, "output": null, "targets": {}}`. */
  log?: LogConfig
  /**
   * The way to an OpenTelemetry collector. Default: `{"batch_ms": 1000, "endpoint": null, "headers": {}, "log": {"level": "info", "targets": {}},
   * "logs": true, "metrics": true, "metrics_interval_ms": 60000, "resource": {}, "sample_ratio": 1.0, "service_name": "kei-agent", "timeout_ms":
   * 10000, "tls": {"ca_file": null, "ca_pem": null, "client_cert_file": null, "client_cert_pem": null, "client_key_file": null, "client_key_pem":
   * null}, "traces": true}`.
   */
  otlp?: OtlpConfig
  /** What may be shown. Default: `{"headers": [], "keys": [], "query": [], "segments": []}`. */
  redaction?: RedactionConfig
  /** The operations server. Default: `{"listen": null}`. */
  server?: ServerConfig
  /**
   * Where secrets are looked up. Default: `{"address": null, "auth": "token", "ca_file": null, "jwt_file":
   * "/var/run/secrets/kubernetes.io/serviceaccount/token", "mount": null, "namespace": null, "refresh_ms": 300000, "role": null, "role_id": null,
   * "secret_id": null, "secret_id_file": null, "timeout_ms": 5000, "token": null, "token_file": null}`.
   */
  vault?: VaultConfig
}

/** Which of those that could not be delivered. */
export interface SelectRequest {
  /** All of them. Default: `false`. */
  all?: boolean
  /** Those with these ids. */
  ids?: string[] | null
}

/** The operations server: what a monitor asks, on this machine alone. */
export interface ServerConfig {
  /**
   * Where it listens: an address of the loopback interface and a port, for example `127.0.0.1:9464`; port 0 takes a free one, which `kei.info`
   * tells. When absent, there is none. Environment: `KEI_SERVER_LISTEN`.
   */
  listen?: string | null
}

/** What the STATE event says. */
export interface Serving {
  /** `live`: from now on the host is asked. */
  state: string
}

/** The algorithm that a key signs with (RFC 7518, RFC 8037). */
export type SigningAlgorithm =
  /** RSA with PKCS #1 v1.5 padding and SHA-256. */
  | 'RS256'
  /** RSA with PSS padding and SHA-256. */
  | 'PS256'
  /** ECDSA on the curve P-256 with SHA-256. */
  | 'ES256'
  /** Ed25519. */
  | 'EdDSA'

/** Where a value comes from, the strongest first. */
export type Source =
  /** `config.update`. */
  | 'update'
  /** The JSON that the handle was made with. */
  | 'handle'
  /** An environment variable. */
  | 'environment'
  /** The file that an environment variable with `_FILE` at its end names. */
  | 'environment_file'
  /** The file that `config.env_file` names. */
  | 'env_file'
  /** The configuration file. */
  | 'file'
  /** Nothing set it. */
  | 'default'

/** Where the rest of the configuration comes from. It is given with the handle or in environment variables, never in the file that it names. */
export interface SourceConfig {
  /** Allows references of the kind `exec:`, which run a program. Default: `false`. Environment: `KEI_ALLOW_EXEC`. */
  allow_exec?: boolean
  /**
   * A file of lines `KEI_X=value`, which count as environment variables that are not set. None is looked for by itself. Environment:
   * `KEI_ENV_FILE`.
   */
  env_file?: string | null
  /** How many configurations are kept to go back to. Default: `20`. */
  history?: number
  /**
   * Folders whose files may hold secrets though other users can read or own them, since a platform put them there. Only whoever is trusted may be
   * able to write in them. Default: `["/run/secrets", "/var/run/secrets"]`. Environment: `KEI_MOUNTED_SECRETS`.
   */
  mounted_secrets?: string[]
  /**
   * The configuration file, JSON, TOML or YAML by its ending. When absent: `kei-agent/config.toml`, `.yaml`, `.yml` or `.json` in the user's
   * folder for configuration, if there is one. `none` reads no file. Environment: `KEI_CONFIG`.
   */
  path?: string | null
  /** How often they are looked at. A file counts as changed when it looks the same twice. Default: `2000`. */
  poll_ms?: number
  /** The profile: the part `profile.NAME` of the file that is laid over the rest of it. Environment: `KEI_PROFILE`. */
  profile?: string | null
  /**
   * Whether the files are looked at again while the client lives, and what changed in them takes effect. Default: `true`. Environment:
   * `KEI_CONFIG_WATCH`.
   */
  watch?: boolean
}

/** One thing that happened to a call. */
export type Step =
  /** It waited since the server had asked for a pause. */
  | {
      step: 'held'
      /** When, in milliseconds since the call's beginning. */
      at_ms: number
      /** How long, in milliseconds. */
      wait_ms: number
    }
  /** The circuit breaker let it pass as a probe, or did not let it pass. */
  | {
      step: 'breaker'
      /** When, in milliseconds since the call's beginning. */
      at_ms: number
      /** Whether it passed. */
      passed: boolean
    }
  /** It got the credential that the next attempt carries. */
  | {
      step: 'token'
      /** When, in milliseconds since the call's beginning. */
      at_ms: number
      /** Which of the client's tokens in a row it was. */
      generation: number
      /** How long it waited for it, in milliseconds. */
      wait_ms: number
    }
  /** The request was sent. */
  | {
      step: 'attempt'
      /** When, in milliseconds since the call's beginning. */
      at_ms: number
      /** How long it took, in milliseconds. */
      duration_ms: number
      /** Whether it was sent once more beside itself, since its answer took long. */
      hedged: boolean
      /** The attempt's number, from 1. */
      number: number
      /** The error's name, where it failed. */
      error?: string | null
      /** The status of the answer, where one came. */
      http_status?: number | null
      /** What the error says. */
      message?: string | null
    }
  /** It is sent again for the sake of its credential, without counting as a retry. */
  | {
      step: 'replay'
      /** When, in milliseconds since the call's beginning. */
      at_ms: number
    }
  /** It is tried again after a pause. */
  | {
      step: 'retry'
      /** When, in milliseconds since the call's beginning. */
      at_ms: number
      /** Why: `not sent`, `no usable answer` or `throttled`. */
      reason: string
      /** How long it waits before, in milliseconds. */
      wait_ms: number
    }
  /** It is not tried again. */
  | {
      step: 'stop'
      /** When, in milliseconds since the call's beginning. */
      at_ms: number
      /** Why: `final`, `unsafe`, `attempts`, `retry_after`, `deadline` or `budget`. */
      why: string
    }

/** What became of a call. */
export interface Story {
  /** How many times the request was sent. */
  attempts: number
  /** When it began, in RFC 3339. */
  began_at: string
  /** The correlation id. */
  correlation_id: string
  /** How long it took, in milliseconds. */
  duration_ms: number
  /** The HTTP method. */
  method: string
  /** The operation. */
  operation: string
  /** Where it went: scheme, host and port. */
  origin: string
  /** What was left of the client's retry budget at its end. */
  retry_budget_left: number
  /** What happened, in order. */
  steps: Step[]
  /** The error's name, where it failed, for example `KEI_E_TIMEOUT`. */
  error?: string | null
  /** The status of the answer, where one came. */
  http_status?: number | null
  /** What the error says. */
  message?: string | null
}

/** The stream: the WebSocket on which messages of topics come and go. */
export interface StreamConfig {
  /** How often the platform is pinged. Default: `30000`. */
  ping_ms?: number
  /** How long it may take to answer a ping, or to take a message, before the connection counts as lost. Default: `10000`. */
  pong_ms?: number
}

/** The message as it was published. */
export interface StreamPublishAnswer {
  /** Its id. */
  id: string
}

/** What to publish. */
export interface StreamPublishRequest {
  /** The message: any JSON. */
  data: unknown
  /** The topic. */
  topic: string
  /** The message's id, up to 128 visible ASCII characters; the option `idempotency_key`, or else a new UUID, when absent. */
  id?: string | null
}

/** What a STATE event says. */
export interface StreamState {
  /**
   * `live`: messages come from now on. `reconnecting`: the connection was lost and is made again; what is published meanwhile is missed.
   * `renewed`: another connection, with a newer token, has taken over without a gap. `dropped`: items were dropped, see `dropped` and
   * `dropped_total`.
   */
  state: string
  /** Which connection it is about, counted from 1. */
  connection?: number | null
  /** When it is tried next, in milliseconds. */
  delay_ms?: number | null
  /** Why: an error object. */
  error?: ErrorObject | null
  /** How many times in a row it has failed. */
  failures?: number | null
}

/** What to subscribe to. */
export interface StreamSubscribeRequest {
  /** The topic. */
  topic: string
}

/** How long things may take. One deadline holds over all of a call: tokens, waits and retries included. */
export interface TimeoutConfig {
  /** One attempt of a call, from sending it to the last byte of its answer. Default: `10000`. */
  attempt_ms?: number
  /** Making a connection, TLS included. Default: `3100`. */
  connect_ms?: number
  /** The host's answer to a REQUEST event. Default: `10000`. */
  host_ms?: number
  /** One attempt at the token endpoint. Default: `10000`. */
  token_attempt_ms?: number
  /** Getting a token in all. Default: `30000`. */
  token_total_ms?: number
  /** A call in all, unless its options say otherwise. Default: `30000`. */
  total_ms?: number
}

/** Where the time of a call went, in milliseconds. */
export interface Timings {
  /** The last attempt. */
  attempt_ms: number
  /** Waiting for tokens. */
  token_ms: number
  /** From the call's beginning to its end. */
  total_ms: number
  /** Waiting between attempts. */
  wait_ms: number
}

/** TLS. Without any of these, the platform's own verifier and roots decide, with TLS 1.2 or newer. */
export interface TlsConfig {
  /** A PEM file of the certificate authorities to trust, instead of the platform's; read again when it changes. Environment: `KEI_MTLS_CA_PATH`. */
  ca_file?: string | null
  /** The same as PEM text. */
  ca_pem?: string | null
  /** A PEM file with the client's certificate and those that lead to its authority; read again when it changes. Environment: `KEI_MTLS_CERT_PATH`. */
  client_cert_file?: string | null
  /** The same as PEM text. */
  client_cert_pem?: string | null
  /** A PEM file with the private key of the client's certificate; read again when it changes. Environment: `KEI_MTLS_KEY_PATH`. */
  client_key_file?: string | null
  /** The same as PEM text. */
  client_key_pem?: string | null
  /**
   * Takes any server for the right one, for development alone: whoever is in between reads and changes everything. Excludes `pins`, and each
   * client that is made so says it in the log. Default: `false`.
   */
  insecure_skip_verify?: boolean
  /** The SHA-256 of public keys (SPKI), in base64, one of which the server must hold, besides being trusted. */
  pins?: string[]
}

/** What the host answers for a token: the fields of RFC 6749 section 5.1. */
export interface TokenReply {
  /** The access token. */
  access_token: string
  /** How many seconds it lives from now; not known when absent. */
  expires_in?: number | null
  /** `Bearer`; the same when absent. */
  token_type?: string | null
}

/** A token that the host is asked for. */
export interface TokenRequest {
  /** Whether the server did not accept the last one: the same again would be of no use. */
  rejected: boolean
  /** The resources that it is for (RFC 8707), as configured. */
  resources: string[]
  /** The scopes that the token is to have, as configured. */
  scopes: string[]
  /** How long the host has to answer, in milliseconds. */
  timeout_ms: number
  /** The audience that it is for, as configured. */
  audience?: string | null
}

/** Where a token stands in its life. */
export type TokenState =
  /** There is none yet. */
  | 'none'
  /** It is good. */
  | 'valid'
  /** It is good, and is being renewed in the background. */
  | 'soft'
  /** It is about to run out: callers wait for the next one. */
  | 'mandatory'
  /** It has run out. */
  | 'expired'

/** How the library proves itself to Vault. */
export type VaultAuth =
  /** By `token` or `token_file`. */
  | 'token'
  /** By `role_id` and `secret_id` or `secret_id_file` (AppRole). */
  | 'approle'
  /** By `role` and the token of the service account in `jwt_file` (Kubernetes). */
  | 'kubernetes'

/** HashiCorp Vault, or what speaks its HTTP API: where references of the kind `vault:` are looked up. */
export interface VaultConfig {
  /** Where it is, for example `https://vault.example.com:8200`. Environment: `KEI_VAULT_ADDRESS`. */
  address?: string | null
  /** How the library proves itself. Default: `"token"`. Environment: `KEI_VAULT_AUTH`. */
  auth?: VaultAuth
  /**
   * A PEM file of the certificate authorities that Vault's certificate may come from, instead of the platform's. Environment:
   * `KEI_VAULT_CA_FILE`.
   */
  ca_file?: string | null
  /** For `kubernetes`: the file with the service account's token. Default: `"/var/run/secrets/kubernetes.io/serviceaccount/token"`. */
  jwt_file?: string
  /** Where `auth` is mounted; `approle` or `kubernetes` when absent. */
  mount?: string | null
  /** The namespace, where it has them. Environment: `KEI_VAULT_NAMESPACE`. */
  namespace?: string | null
  /** How often secrets are read again, in case they changed there. Leases are renewed in good time in any case. Default: `300000`. */
  refresh_ms?: number
  /** For `kubernetes`: the role. Environment: `KEI_VAULT_ROLE`. */
  role?: string | null
  /** For `approle`: the role's identifier. Environment: `KEI_VAULT_ROLE_ID`. */
  role_id?: string | null
  /** For `approle`: the secret that goes with it. Environment: `KEI_VAULT_SECRET_ID`. */
  secret_id?: string | null
  /** For `approle`: a file that holds the secret. */
  secret_id_file?: string | null
  /** How long one request to it may take. Default: `5000`. */
  timeout_ms?: number
  /** For `token`: the token. Environment: `KEI_VAULT_TOKEN`. */
  token?: string | null
  /** For `token`: a file that holds the token. */
  token_file?: string | null
}

/** A configuration that took effect. */
export interface VersionTold {
  /** When, in RFC 3339. */
  at: string
  /** Why. */
  cause: Cause
  /** What it changed; secrets masked. */
  changes: Change[]
  /** Its number, from 1. */
  version: number
}

/** What became of a change, or of the subscription. */
export interface WatchState {
  /**
   * `live`: what takes effect from now on is told. `refused`: a change was, and the configuration stays as it is. `missed`: changes came faster
   * than they were taken; see `config.history`.
   */
  state: string
  /** The change. */
  refused?: Refused | null
}

/** What becomes of the oldest dead letter when there are too many. */
export type WhenFull =
  /** It is dropped, which the log says. */
  | 'drop_oldest'
  /** It stays, and no further message is taken until there is room. */
  | 'refuse'
