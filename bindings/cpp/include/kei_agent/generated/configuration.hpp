/// @file
/// What clients and runtimes are told when they are made.
/// Made by bindings/generate from what the library says of itself; do not edit.
#ifndef KEI_AGENT_GENERATED_CONFIGURATION_HPP
#define KEI_AGENT_GENERATED_CONFIGURATION_HPP

#include <kei_agent/generated/options.hpp>

namespace kei::api {

/// How the client proves itself at the token endpoint (OpenID Connect Core section 9, RFC 8705).
enum class ClientAuthMethod {
    /// The secret in an `Authorization: Basic` header.
    client_secret_basic,
    /// The secret in the form body.
    client_secret_post,
    /// A signed statement (RFC 7523), by `private_key` or `private_key_file`.
    private_key_jwt,
    /// The client certificate of `tls` (RFC 8705 section 2.1).
    tls_client_auth,
    /// The client certificate of `tls`, which the issuer knows by its key (RFC 8705 section 2.2).
    self_signed_tls_client_auth,
    /// Not at all: a public client.
    none,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(ClientAuthMethod value) noexcept
{
    switch (value) {
    case ClientAuthMethod::client_secret_basic: return "client_secret_basic";
    case ClientAuthMethod::client_secret_post: return "client_secret_post";
    case ClientAuthMethod::private_key_jwt: return "private_key_jwt";
    case ClientAuthMethod::tls_client_auth: return "tls_client_auth";
    case ClientAuthMethod::self_signed_tls_client_auth: return "self_signed_tls_client_auth";
    case ClientAuthMethod::none: return "none";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, ClientAuthMethod value) { to.string(to_string(value)); }

/// How a token is asked for.
enum class GrantType {
    /// The client's own rights (RFC 6749 section 4.4).
    client_credentials,
    /// A refresh token (RFC 6749 section 6), given as `refresh_token` or in `refresh_token_file`. One that the issuer replaces is written to the file.
    refresh_token,
    /// A person's consent on another device (RFC 8628); the host shows where, asked by a REQUEST event of `auth.serve`.
    device_code,
    /// Another party's token (RFC 8693), given as `subject_token` or in `subject_token_file`.
    token_exchange,
    /// The token that the platform gives this workload in `workload_token_file`, in place of a client's secret (RFC 7523 section 2.2).
    workload_identity,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(GrantType value) noexcept
{
    switch (value) {
    case GrantType::client_credentials: return "client_credentials";
    case GrantType::refresh_token: return "refresh_token";
    case GrantType::device_code: return "device_code";
    case GrantType::token_exchange: return "token_exchange";
    case GrantType::workload_identity: return "workload_identity";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, GrantType value) { to.string(to_string(value)); }

/// The algorithm that a key signs with (RFC 7518, RFC 8037).
enum class SigningAlgorithm {
    /// RSA with PKCS #1 v1.5 padding and SHA-256.
    RS256,
    /// RSA with PSS padding and SHA-256.
    PS256,
    /// ECDSA on the curve P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(SigningAlgorithm value) noexcept
{
    switch (value) {
    case SigningAlgorithm::RS256: return "RS256";
    case SigningAlgorithm::PS256: return "PS256";
    case SigningAlgorithm::ES256: return "ES256";
    case SigningAlgorithm::EdDSA: return "EdDSA";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, SigningAlgorithm value) { to.string(to_string(value)); }

/// The kind of credential.
enum class AuthType {
    /// Requests carry no credential.
    none,
    /// A fixed bearer token (RFC 6750), given as `token` or in `token_file`.
    bearer,
    /// Access tokens from an OAuth 2.0 or OpenID Connect issuer, by the grant that `grant` names.
    oidc,
    /// Nothing but the client certificate of `tls`: no request goes out without one.
    mtls,
    /// Access tokens from the host, which is asked by a REQUEST event; see the subscription `auth.serve`.
    host,
    /// The first of the credentials in `chain` that works.
    chain,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(AuthType value) noexcept
{
    switch (value) {
    case AuthType::none: return "none";
    case AuthType::bearer: return "bearer";
    case AuthType::oidc: return "oidc";
    case AuthType::mtls: return "mtls";
    case AuthType::host: return "host";
    case AuthType::chain: return "chain";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, AuthType value) { to.string(to_string(value)); }
/// Reads it.
inline void read(json::Reader& from, AuthType& to)
{
    std::string text;
    if (from.string(text))
        for (const auto value : {AuthType::none, AuthType::bearer, AuthType::oidc, AuthType::mtls, AuthType::host, AuthType::chain})
            if (text == to_string(value)) {
                to = value;
                return;
            }
    from.fail("should be one of none, bearer, oidc, mtls, host, chain");
}

/// How requests are authorized.
struct AuthConfig {
    /// For `token_exchange`: the token of the party that acts.
    std::optional<Secret> actor_token{};
    /// For `token_exchange`: a file that holds the token of the party that acts; read for each request.
    std::optional<std::string> actor_token_file{};
    /// For `token_exchange`: what the token of the party that acts is; as for `subject_token_type` when absent.
    std::optional<std::string> actor_token_type{};
    /// For `oidc` and `host`: the audience to ask for.
    std::optional<std::string> audience{};
    /// For `oidc`: binds tokens to the client certificate of `tls` (RFC 8705 section 3). A JWT that is bound to another, or to none, is refused.
    std::optional<bool> certificate_bound{};
    /// For `chain`: credentials, the preferred first.
    std::optional<std::vector<AuthConfig>> chain{};
    /// For `oidc`: how the client proves itself. When absent: by what is given of `client_secret`, `private_key` and `workload_token_file`; with a secret the first of `client_secret_basic`, `client_secret_post` that the issuer offers.
    std::optional<ClientAuthMethod> client_auth_method{};
    /// For `oidc`: the client's identifier.
    std::optional<std::string> client_id{};
    /// For `oidc`: the client's secret.
    std::optional<Secret> client_secret{};
    /// For `oidc`: a file that holds the client's secret; read again when it changes.
    std::optional<std::string> client_secret_file{};
    /// For `oidc` with `device_code`: the device authorization endpoint, for an issuer without metadata.
    std::optional<std::string> device_authorization_endpoint{};
    /// For `oidc`: binds tokens to a key, a proof of which goes with each request (DPoP, RFC 9449). A token that is not bound is refused.
    std::optional<bool> dpop{};
    /// For `dpop`: a file that holds the key as PEM. When absent, a key on P-256 is made for the runtime, and never leaves it.
    std::optional<std::string> dpop_key_file{};
    /// Allows `auth.token` to hand the access token to the host.
    std::optional<bool> expose_token{};
    /// For `oidc`: how a token is asked for; `client_credentials` when absent.
    std::optional<GrantType> grant{};
    /// For `oidc`: the issuer's identifier, exactly as its metadata spells it.
    std::optional<std::string> issuer{};
    /// For `oidc`: further parameters of the token request, for what an issuer asks beyond the standards.
    std::optional<std::map<std::string, std::string>> parameters{};
    /// For `private_key_jwt`: the private key as PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted).
    std::optional<Secret> private_key{};
    /// For `private_key_jwt`: a file that holds the private key; read again when it changes.
    std::optional<std::string> private_key_file{};
    /// For `private_key_jwt`: the key's identifier at the issuer, sent as `kid`.
    std::optional<std::string> private_key_id{};
    /// For `refresh_token`: the refresh token.
    std::optional<Secret> refresh_token{};
    /// For `refresh_token` and `device_code`: the file that holds the refresh token. It is replaced, readable by its owner alone, when the issuer gives another one.
    std::optional<std::string> refresh_token_file{};
    /// For `token_exchange`: the kind of token to ask for; the issuer decides when absent.
    std::optional<std::string> requested_token_type{};
    /// For `oidc` and `host`: the resources that the token is for (RFC 8707).
    std::optional<std::vector<std::string>> resources{};
    /// For `oidc`: the revocation endpoint (RFC 7009), for an issuer without metadata.
    std::optional<std::string> revocation_endpoint{};
    /// For `oidc` and `host`: the scopes to ask for.
    std::optional<std::vector<std::string>> scopes{};
    /// For `private_key_jwt`: the algorithm. When absent: RS256 for an RSA key, ES256 for one on P-256, EdDSA for an Ed25519 key.
    std::optional<SigningAlgorithm> signing_algorithm{};
    /// For `token_exchange`: the token to exchange.
    std::optional<Secret> subject_token{};
    /// For `token_exchange`: a file that holds the token to exchange; read for each request.
    std::optional<std::string> subject_token_file{};
    /// For `token_exchange`: what the token to exchange is; `urn:ietf:params:oauth:token-type:access_token` when absent.
    std::optional<std::string> subject_token_type{};
    /// For `bearer`: the token.
    std::optional<Secret> token{};
    /// For `oidc`: the token endpoint, for an issuer without metadata. Discovery is then not used.
    std::optional<std::string> token_endpoint{};
    /// For `bearer`: a file that holds the token; read again when it changes.
    std::optional<std::string> token_file{};
    /// The kind of credential. When absent: `oidc` if `issuer` or `token_endpoint` is set, `chain` if `chain` is, `bearer` if a token is, else `none`.
    std::optional<AuthType> type{};
    /// For `workload_identity`: the file that holds the workload's token; read for each request.
    std::optional<std::string> workload_token_file{};
};

/// Writes it.
inline void write(json::Writer& to, const AuthConfig& value)
{
    to.begin_object();
    to.field("actor_token", value.actor_token);
    to.field("actor_token_file", value.actor_token_file);
    to.field("actor_token_type", value.actor_token_type);
    to.field("audience", value.audience);
    to.field("certificate_bound", value.certificate_bound);
    to.field("chain", value.chain);
    to.field("client_auth_method", value.client_auth_method);
    to.field("client_id", value.client_id);
    to.field("client_secret", value.client_secret);
    to.field("client_secret_file", value.client_secret_file);
    to.field("device_authorization_endpoint", value.device_authorization_endpoint);
    to.field("dpop", value.dpop);
    to.field("dpop_key_file", value.dpop_key_file);
    to.field("expose_token", value.expose_token);
    to.field("grant", value.grant);
    to.field("issuer", value.issuer);
    to.field("parameters", value.parameters);
    to.field("private_key", value.private_key);
    to.field("private_key_file", value.private_key_file);
    to.field("private_key_id", value.private_key_id);
    to.field("refresh_token", value.refresh_token);
    to.field("refresh_token_file", value.refresh_token_file);
    to.field("requested_token_type", value.requested_token_type);
    to.field("resources", value.resources);
    to.field("revocation_endpoint", value.revocation_endpoint);
    to.field("scopes", value.scopes);
    to.field("signing_algorithm", value.signing_algorithm);
    to.field("subject_token", value.subject_token);
    to.field("subject_token_file", value.subject_token_file);
    to.field("subject_token_type", value.subject_token_type);
    to.field("token", value.token);
    to.field("token_endpoint", value.token_endpoint);
    to.field("token_file", value.token_file);
    to.field("type", value.type);
    to.field("workload_token_file", value.workload_token_file);
    to.end_object();
}

/// When a failing server is left alone. One breaker stands before each operation at each origin.
struct BreakerConfig {
    /// Whether there are breakers at all.
    std::optional<bool> enabled{};
    /// The share of failures that opens it, from 0 to 1.
    std::optional<double> failure_ratio{};
    /// How long it stays open at most.
    std::optional<std::chrono::milliseconds> max_open{};
    /// How many requests it takes before the breaker judges.
    std::optional<std::uint32_t> min_samples{};
    /// How long it stays open the first time; doubled each time after.
    std::optional<std::chrono::milliseconds> open{};
    /// How many probes must succeed, one after the other, to close it.
    std::optional<std::uint32_t> successes_to_close{};
    /// Over how many seconds failures are counted.
    std::optional<std::chrono::seconds> window{};
};

/// Writes it.
inline void write(json::Writer& to, const BreakerConfig& value)
{
    to.begin_object();
    to.field("enabled", value.enabled);
    to.field("failure_ratio", value.failure_ratio);
    to.field("max_open_ms", value.max_open);
    to.field("min_samples", value.min_samples);
    to.field("open_ms", value.open);
    to.field("successes_to_close", value.successes_to_close);
    to.field("window_s", value.window);
    to.end_object();
}

/// Where the rest of the configuration comes from. It is given with the handle or in environment variables, never in the file that it names.
struct SourceConfig {
    /// Allows references of the kind `exec:`, which run a program.
    std::optional<bool> allow_exec{};
    /// A file of lines `KEI_X=value`, which count as environment variables that are not set. None is looked for by itself.
    std::optional<std::string> env_file{};
    /// How many configurations are kept to go back to.
    std::optional<std::uint64_t> history{};
    /// Folders whose files may hold secrets though other users can read or own them, since a platform put them there. Only whoever is trusted may be able to write in them.
    std::optional<std::vector<std::string>> mounted_secrets{};
    /// The configuration file, JSON, TOML or YAML by its ending. When absent: `kei-agent/config.toml`, `.yaml`, `.yml` or `.json` in the user's folder for configuration, if there is one. `none` reads no file.
    std::optional<std::string> path{};
    /// How often they are looked at. A file counts as changed when it looks the same twice.
    std::optional<std::chrono::milliseconds> poll{};
    /// The profile: the part `profile.NAME` of the file that is laid over the rest of it.
    std::optional<std::string> profile{};
    /// Whether the files are looked at again while the client lives, and what changed in them takes effect.
    std::optional<bool> watch{};
};

/// Writes it.
inline void write(json::Writer& to, const SourceConfig& value)
{
    to.begin_object();
    to.field("allow_exec", value.allow_exec);
    to.field("env_file", value.env_file);
    to.field("history", value.history);
    to.field("mounted_secrets", value.mounted_secrets);
    to.field("path", value.path);
    to.field("poll_ms", value.poll);
    to.field("profile", value.profile);
    to.field("watch", value.watch);
    to.end_object();
}

/// What becomes of the oldest dead letter when there are too many.
enum class WhenFull {
    /// It is dropped, which the log says.
    drop_oldest,
    /// It stays, and no further message is taken until there is room.
    refuse,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(WhenFull value) noexcept
{
    switch (value) {
    case WhenFull::drop_oldest: return "drop_oldest";
    case WhenFull::refuse: return "refuse";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, WhenFull value) { to.string(to_string(value)); }

/// Messages that could not be delivered, kept to be sent again.
struct DeadLetterConfig {
    /// The file to keep them in, made with mode 0600. A message is written to it before it is sent, so that it outlives the process. When absent, they are kept in memory, as long as the client.
    std::optional<std::string> file{};
    /// How many bytes of messages are kept.
    std::optional<std::uint64_t> max_bytes{};
    /// How many are kept.
    std::optional<std::uint64_t> max_count{};
    /// What becomes of the oldest when there are too many.
    std::optional<WhenFull> when_full{};
};

/// Writes it.
inline void write(json::Writer& to, const DeadLetterConfig& value)
{
    to.begin_object();
    to.field("file", value.file);
    to.field("max_bytes", value.max_bytes);
    to.field("max_count", value.max_count);
    to.field("when_full", value.when_full);
    to.end_object();
}

/// Where on the platform its services are: paths below `base_url`.
struct EndpointConfig {
    /// The management of agents.
    std::optional<std::string> agents{};
    /// What is published on the bus.
    std::optional<std::string> bus{};
    /// The platform's health.
    std::optional<std::string> health{};
    /// Messages from agent to agent.
    std::optional<std::string> messages{};
    /// The registry of agents.
    std::optional<std::string> registry{};
    /// Remote procedure calls.
    std::optional<std::string> rpc{};
    /// The stream.
    std::optional<std::string> stream{};
};

/// Writes it.
inline void write(json::Writer& to, const EndpointConfig& value)
{
    to.begin_object();
    to.field("agents", value.agents);
    to.field("bus", value.bus);
    to.field("health", value.health);
    to.field("messages", value.messages);
    to.field("registry", value.registry);
    to.field("rpc", value.rpc);
    to.field("stream", value.stream);
    to.end_object();
}

/// How much is kept to explain calls by.
struct ExplainConfig {
    /// How many of the last calls `kei.explain` can tell of; 0 for none.
    std::optional<std::uint64_t> calls{};
};

/// Writes it.
inline void write(json::Writer& to, const ExplainConfig& value)
{
    to.begin_object();
    to.field("calls", value.calls);
    to.end_object();
}

/// What a check looks at.
enum class CheckKind {
    /// Free space on a disk. On Unix; elsewhere the check fails with `KEI_E_UNSUPPORTED`.
    disk,
    /// Free memory, of the machine or of the container. On Linux; elsewhere the check fails with `KEI_E_UNSUPPORTED`.
    memory,
    /// A URL.
    http,
    /// A TCP port.
    tcp,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(CheckKind value) noexcept
{
    switch (value) {
    case CheckKind::disk: return "disk";
    case CheckKind::memory: return "memory";
    case CheckKind::http: return "http";
    case CheckKind::tcp: return "tcp";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, CheckKind value) { to.string(to_string(value)); }

/// One check.
struct CheckConfig {
    /// Its name in the answer, which no other check has.
    std::string name;
    /// What is checked.
    CheckKind type{};
    /// For `tcp`: host and port that must take a connection, for example `db.example.com:5432`.
    std::optional<std::string> address{};
    /// Whether all is unhealthy when it fails; otherwise that is a warning.
    std::optional<bool> critical{};
    /// For `disk` and `memory`: how many bytes must be free.
    std::optional<std::uint64_t> min_free_bytes{};
    /// For `disk`: a folder or a file on it.
    std::optional<std::string> path{};
    /// How long the check may take, in milliseconds.
    std::optional<std::chrono::milliseconds> timeout{};
    /// For `http`: the URL that must answer with a status from 200 to 299. It is asked without a token.
    std::optional<std::string> url{};
};

/// Writes it.
inline void write(json::Writer& to, const CheckConfig& value)
{
    to.begin_object();
    to.field("name", value.name);
    to.field("type", value.type);
    to.field("address", value.address);
    to.field("critical", value.critical);
    to.field("min_free_bytes", value.min_free_bytes);
    to.field("path", value.path);
    to.field("timeout_ms", value.timeout);
    to.field("url", value.url);
    to.end_object();
}

/// Health checks.
struct HealthConfig {
    /// What is checked besides the platform and the token.
    std::optional<std::vector<CheckConfig>> checks{};
};

/// Writes it.
inline void write(json::Writer& to, const HealthConfig& value)
{
    to.begin_object();
    to.field("checks", value.checks);
    to.end_object();
}

/// When a second request is sent while the first has no answer yet, for operations that may be sent twice. The first good answer counts.
struct HedgeConfig {
    /// Whether it is done at all.
    std::optional<bool> enabled{};
    /// The share of calls that may be sent twice so, from 0 to 1.
    std::optional<double> max_share{};
    /// The shortest wait before it; it is longer when most answers (see `quantile`) of the operation take longer.
    std::optional<std::chrono::milliseconds> min_delay{};
    /// The share of answers that come in the time that is waited, from 0 to 1.
    std::optional<double> quantile{};
};

/// Writes it.
inline void write(json::Writer& to, const HedgeConfig& value)
{
    to.begin_object();
    to.field("enabled", value.enabled);
    to.field("max_share", value.max_share);
    to.field("min_delay_ms", value.min_delay);
    to.field("quantile", value.quantile);
    to.end_object();
}

/// Which version of HTTP is spoken. A stream's handshake always speaks HTTP/1.1.
enum class HttpVersion {
    /// HTTP/2 where the server offers it in the TLS handshake (ALPN), else HTTP/1.1.
    auto_,
    /// HTTP/1.1 only.
    http1,
    /// HTTP/2 only: on `https` by ALPN, on `http` by prior knowledge (h2c).
    http2,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(HttpVersion value) noexcept
{
    switch (value) {
    case HttpVersion::auto_: return "auto";
    case HttpVersion::http1: return "http1";
    case HttpVersion::http2: return "http2";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, HttpVersion value) { to.string(to_string(value)); }

/// The HTTP connections.
struct HttpConfig {
    /// Origins besides `base_url`'s that `http.request` may call with the client's token, for example `https://api.example.com`.
    std::optional<std::vector<std::string>> allowed_origins{};
    /// How long a connection that nothing uses stays open.
    std::optional<std::chrono::milliseconds> idle{};
    /// How many such connections stay open at most, per host.
    std::optional<std::uint64_t> max_idle_per_host{};
    /// How many redirects are followed in a row. Those to another origin never are.
    std::optional<std::uint32_t> max_redirects{};
    /// Where `proxy` is not used: names with all below them, addresses, ranges of addresses (`10.0.0.0/8`), each with a port or without; `*` for all.
    std::optional<std::vector<std::string>> no_proxy{};
    /// The proxy, as `http://host:port`, `https://host:port` or `socks5://host:port` (`socks5h` has it resolve names). When absent, `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` decide; `none` forbids any.
    std::optional<std::string> proxy{};
    /// The password to `proxy_username`.
    std::optional<Secret> proxy_password{};
    /// Who the client is to `proxy`.
    std::optional<std::string> proxy_username{};
    /// Which version of HTTP is spoken.
    std::optional<HttpVersion> version{};
};

/// Writes it.
inline void write(json::Writer& to, const HttpConfig& value)
{
    to.begin_object();
    to.field("allowed_origins", value.allowed_origins);
    to.field("idle_ms", value.idle);
    to.field("max_idle_per_host", value.max_idle_per_host);
    to.field("max_redirects", value.max_redirects);
    to.field("no_proxy", value.no_proxy);
    to.field("proxy", value.proxy);
    to.field("proxy_password", value.proxy_password);
    to.field("proxy_username", value.proxy_username);
    to.field("version", value.version);
    to.end_object();
}

/// How large things may be.
struct LimitConfig {
    /// Lets texts in a request hold control characters besides tabs and line ends, such as NUL and escape sequences of terminals.
    std::optional<bool> control_characters{};
    /// An answer's body after decompression, in bytes.
    std::optional<std::uint64_t> max_answer_bytes{};
    /// How deeply a request's JSON may nest.
    std::optional<std::uint64_t> max_depth{};
    /// How many operations of the client may be in flight. What is answered on the calling thread, as `log.write` is, is not counted.
    std::optional<std::uint64_t> max_in_flight{};
    /// One number in a request's JSON, in characters.
    std::optional<std::uint64_t> max_number_chars{};
    /// A request's JSON, in bytes.
    std::optional<std::uint64_t> max_request_bytes{};
    /// One text in a request's JSON, in bytes as it is written there.
    std::optional<std::uint64_t> max_text_bytes{};
};

/// Writes it.
inline void write(json::Writer& to, const LimitConfig& value)
{
    to.begin_object();
    to.field("control_characters", value.control_characters);
    to.field("max_answer_bytes", value.max_answer_bytes);
    to.field("max_depth", value.max_depth);
    to.field("max_in_flight", value.max_in_flight);
    to.field("max_number_chars", value.max_number_chars);
    to.field("max_request_bytes", value.max_request_bytes);
    to.field("max_text_bytes", value.max_text_bytes);
    to.end_object();
}

/// When and how often a request is sent again.
struct RetryConfig {
    /// The base delay.
    std::optional<std::chrono::milliseconds> base{};
    /// The size of the bucket that all retries of a client draw on.
    std::optional<std::uint32_t> budget{};
    /// How many times a request is sent at most, the first time included.
    std::optional<std::uint32_t> max_attempts{};
    /// The longest delay.
    std::optional<std::chrono::milliseconds> max_delay{};
    /// The longest `Retry-After` that is waited out.
    std::optional<std::chrono::milliseconds> max_retry_after{};
    /// Other policies for single protocols; what they leave out stays as above. All draw on the same budget.
    std::optional<std::map<std::string, RetryOverride>> protocols{};
    /// What a retry draws.
    std::optional<std::uint32_t> retry_cost{};
    /// How the delay grows.
    std::optional<RetryStrategy> strategy{};
    /// The base delay when the server asks for fewer requests.
    std::optional<std::chrono::milliseconds> throttle_base{};
    /// What a retry draws when the server asked for fewer requests.
    std::optional<std::uint32_t> throttle_cost{};
};

/// Writes it.
inline void write(json::Writer& to, const RetryConfig& value)
{
    to.begin_object();
    to.field("base_ms", value.base);
    to.field("budget", value.budget);
    to.field("max_attempts", value.max_attempts);
    to.field("max_delay_ms", value.max_delay);
    to.field("max_retry_after_ms", value.max_retry_after);
    to.field("protocols", value.protocols);
    to.field("retry_cost", value.retry_cost);
    to.field("strategy", value.strategy);
    to.field("throttle_base_ms", value.throttle_base);
    to.field("throttle_cost", value.throttle_cost);
    to.end_object();
}

/// The stream: the WebSocket on which messages of topics come and go.
struct StreamConfig {
    /// How often the platform is pinged.
    std::optional<std::chrono::milliseconds> ping{};
    /// How long it may take to answer a ping, or to take a message, before the connection counts as lost.
    std::optional<std::chrono::milliseconds> pong{};
};

/// Writes it.
inline void write(json::Writer& to, const StreamConfig& value)
{
    to.begin_object();
    to.field("ping_ms", value.ping);
    to.field("pong_ms", value.pong);
    to.end_object();
}

/// How long things may take. One deadline holds over all of a call: tokens, waits and retries included.
struct TimeoutConfig {
    /// One attempt of a call, from sending it to the last byte of its answer.
    std::optional<std::chrono::milliseconds> attempt{};
    /// Making a connection, TLS included.
    std::optional<std::chrono::milliseconds> connect{};
    /// The host's answer to a REQUEST event.
    std::optional<std::chrono::milliseconds> host{};
    /// One attempt at the token endpoint.
    std::optional<std::chrono::milliseconds> token_attempt{};
    /// Getting a token in all.
    std::optional<std::chrono::milliseconds> token_total{};
    /// A call in all, unless its options say otherwise.
    std::optional<std::chrono::milliseconds> total{};
};

/// Writes it.
inline void write(json::Writer& to, const TimeoutConfig& value)
{
    to.begin_object();
    to.field("attempt_ms", value.attempt);
    to.field("connect_ms", value.connect);
    to.field("host_ms", value.host);
    to.field("token_attempt_ms", value.token_attempt);
    to.field("token_total_ms", value.token_total);
    to.field("total_ms", value.total);
    to.end_object();
}

/// TLS. Without any of these, the platform's own verifier and roots decide, with TLS 1.2 or newer.
struct TlsConfig {
    /// A PEM file of the certificate authorities to trust, instead of the platform's; read again when it changes.
    std::optional<std::string> ca_file{};
    /// The same as PEM text.
    std::optional<std::string> ca_pem{};
    /// A PEM file with the client's certificate and those that lead to its authority; read again when it changes.
    std::optional<std::string> client_cert_file{};
    /// The same as PEM text.
    std::optional<std::string> client_cert_pem{};
    /// A PEM file with the private key of the client's certificate; read again when it changes.
    std::optional<std::string> client_key_file{};
    /// The same as PEM text.
    std::optional<Secret> client_key_pem{};
    /// Takes any server for the right one, for development alone: whoever is in between reads and changes everything. Excludes `pins`, and each client that is made so says it in the log.
    std::optional<bool> insecure_skip_verify{};
    /// The SHA-256 of public keys (SPKI), in base64, one of which the server must hold, besides being trusted.
    std::optional<std::vector<std::string>> pins{};
};

/// Writes it.
inline void write(json::Writer& to, const TlsConfig& value)
{
    to.begin_object();
    to.field("ca_file", value.ca_file);
    to.field("ca_pem", value.ca_pem);
    to.field("client_cert_file", value.client_cert_file);
    to.field("client_cert_pem", value.client_cert_pem);
    to.field("client_key_file", value.client_key_file);
    to.field("client_key_pem", value.client_key_pem);
    to.field("insecure_skip_verify", value.insecure_skip_verify);
    to.field("pins", value.pins);
    to.end_object();
}

/// How the library proves itself to Vault.
enum class VaultAuth {
    /// By `token` or `token_file`.
    token,
    /// By `role_id` and `secret_id` or `secret_id_file` (AppRole).
    approle,
    /// By `role` and the token of the service account in `jwt_file` (Kubernetes).
    kubernetes,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(VaultAuth value) noexcept
{
    switch (value) {
    case VaultAuth::token: return "token";
    case VaultAuth::approle: return "approle";
    case VaultAuth::kubernetes: return "kubernetes";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, VaultAuth value) { to.string(to_string(value)); }

/// HashiCorp Vault, or what speaks its HTTP API: where references of the kind `vault:` are looked up.
struct VaultConfig {
    /// Where it is, for example `https://vault.example.com:8200`.
    std::optional<std::string> address{};
    /// How the library proves itself.
    std::optional<VaultAuth> auth{};
    /// A PEM file of the certificate authorities that Vault's certificate may come from, instead of the platform's.
    std::optional<std::string> ca_file{};
    /// For `kubernetes`: the file with the service account's token.
    std::optional<std::string> jwt_file{};
    /// Where `auth` is mounted; `approle` or `kubernetes` when absent.
    std::optional<std::string> mount{};
    /// The namespace, where it has them.
    std::optional<std::string> namespace_{};
    /// How often secrets are read again, in case they changed there. Leases are renewed in good time in any case.
    std::optional<std::chrono::milliseconds> refresh{};
    /// For `kubernetes`: the role.
    std::optional<std::string> role{};
    /// For `approle`: the role's identifier.
    std::optional<std::string> role_id{};
    /// For `approle`: the secret that goes with it.
    std::optional<Secret> secret_id{};
    /// For `approle`: a file that holds the secret.
    std::optional<std::string> secret_id_file{};
    /// How long one request to it may take.
    std::optional<std::chrono::milliseconds> timeout{};
    /// For `token`: the token.
    std::optional<Secret> token{};
    /// For `token`: a file that holds the token.
    std::optional<std::string> token_file{};
};

/// Writes it.
inline void write(json::Writer& to, const VaultConfig& value)
{
    to.begin_object();
    to.field("address", value.address);
    to.field("auth", value.auth);
    to.field("ca_file", value.ca_file);
    to.field("jwt_file", value.jwt_file);
    to.field("mount", value.mount);
    to.field("namespace", value.namespace_);
    to.field("refresh_ms", value.refresh);
    to.field("role", value.role);
    to.field("role_id", value.role_id);
    to.field("secret_id", value.secret_id);
    to.field("secret_id_file", value.secret_id_file);
    to.field("timeout_ms", value.timeout);
    to.field("token", value.token);
    to.field("token_file", value.token_file);
    to.end_object();
}

/// The configuration of a client.
struct ClientConfig {
    /// The agent on whose behalf requests are made; sent as `X-Agent-ID`.
    std::optional<std::string> agent_id{};
    /// How requests are authorized.
    std::optional<AuthConfig> auth{};
    /// Where the platform is, for example `https://kei.example.com`. Needed.
    std::optional<std::string> base_url{};
    /// When a failing server is left alone.
    std::optional<BreakerConfig> breaker{};
    /// Where the rest of the configuration comes from.
    std::optional<SourceConfig> config{};
    /// Messages that could not be delivered.
    std::optional<DeadLetterConfig> dead_letters{};
    /// Where on the platform its services are.
    std::optional<EndpointConfig> endpoints{};
    /// What is kept to explain calls by.
    std::optional<ExplainConfig> explain{};
    /// What health checks look at.
    std::optional<HealthConfig> health{};
    /// When a second request is sent beside the first.
    std::optional<HedgeConfig> hedge{};
    /// The HTTP connections.
    std::optional<HttpConfig> http{};
    /// How large things may be.
    std::optional<LimitConfig> limits{};
    /// When and how often a request is sent again.
    std::optional<RetryConfig> retry{};
    /// The stream.
    std::optional<StreamConfig> stream{};
    /// The tenant; sent as `X-Tenant-ID`.
    std::optional<std::string> tenant_id{};
    /// How long things may take.
    std::optional<TimeoutConfig> timeouts{};
    /// TLS.
    std::optional<TlsConfig> tls{};
    /// Where secrets are looked up.
    std::optional<VaultConfig> vault{};
};

/// Writes it.
inline void write(json::Writer& to, const ClientConfig& value)
{
    to.begin_object();
    to.field("agent_id", value.agent_id);
    to.field("auth", value.auth);
    to.field("base_url", value.base_url);
    to.field("breaker", value.breaker);
    to.field("config", value.config);
    to.field("dead_letters", value.dead_letters);
    to.field("endpoints", value.endpoints);
    to.field("explain", value.explain);
    to.field("health", value.health);
    to.field("hedge", value.hedge);
    to.field("http", value.http);
    to.field("limits", value.limits);
    to.field("retry", value.retry);
    to.field("stream", value.stream);
    to.field("tenant_id", value.tenant_id);
    to.field("timeouts", value.timeouts);
    to.field("tls", value.tls);
    to.field("vault", value.vault);
    to.end_object();
}

/// What happens to a call when the audit cannot be written.
enum class AuditFailure {
    /// It goes on; what is missing is counted, and the audit says how much.
    continue_,
    /// It is refused before anything is sent.
    deny,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(AuditFailure value) noexcept
{
    switch (value) {
    case AuditFailure::continue_: return "continue";
    case AuditFailure::deny: return "deny";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, AuditFailure value) { to.string(to_string(value)); }

/// The audit log: who did what, a line each, chained by hashes and signed, so that no line is changed, added or taken away unseen.
struct AuditConfig {
    /// After how long one is signed at the latest.
    std::optional<std::chrono::milliseconds> checkpoint{};
    /// After how many records a checkpoint is signed.
    std::optional<std::uint64_t> checkpoint_records{};
    /// Whether there is one.
    std::optional<bool> enabled{};
    /// Its file, made with mode 0600. Beside it are `….checkpoint`, the last checkpoint, and `….pub`, the key to verify it with.
    std::optional<std::string> file{};
    /// A PEM file with the Ed25519 key that signs, PKCS#8. When absent: `….key` beside the file. It is made with mode 0600 if it is not there.
    std::optional<std::string> key_file{};
    /// What happens to a call when the audit cannot be written.
    std::optional<AuditFailure> on_write_failure{};
};

/// Writes it.
inline void write(json::Writer& to, const AuditConfig& value)
{
    to.begin_object();
    to.field("checkpoint_ms", value.checkpoint);
    to.field("checkpoint_records", value.checkpoint_records);
    to.field("enabled", value.enabled);
    to.field("file", value.file);
    to.field("key_file", value.key_file);
    to.field("on_write_failure", value.on_write_failure);
    to.end_object();
}

/// How much is logged.
enum class LogLevel {
    /// Nothing.
    off,
    /// What failed.
    error,
    /// What is likely to fail, or went on in a worse way.
    warn,
    /// What happens, one line for a call.
    info,
    /// Each step.
    debug,
    /// Everything.
    trace,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(LogLevel value) noexcept
{
    switch (value) {
    case LogLevel::off: return "off";
    case LogLevel::error: return "error";
    case LogLevel::warn: return "warn";
    case LogLevel::info: return "info";
    case LogLevel::debug: return "debug";
    case LogLevel::trace: return "trace";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, LogLevel value) { to.string(to_string(value)); }

/// Where log records go.
enum class LogOutput {
    /// Nowhere.
    none,
    /// The process's standard error.
    stderr,
    /// The file named by `file`.
    file,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(LogOutput value) noexcept
{
    switch (value) {
    case LogOutput::none: return "none";
    case LogOutput::stderr: return "stderr";
    case LogOutput::file: return "file";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, LogOutput value) { to.string(to_string(value)); }

/// Logging: JSON objects, one a line, with secrets masked.
struct LogConfig {
    /// The log file; made with mode 0600, appended to.
    std::optional<std::string> file{};
    /// How much is logged.
    std::optional<LogLevel> level{};
    /// How many bytes the file may have before it is renamed to `….1`, and a new one is begun.
    std::optional<std::uint64_t> max_bytes{};
    /// How many such files are kept besides the one that is written to.
    std::optional<std::uint64_t> max_files{};
    /// Where records go. When absent: `file` if a file is named, else `stderr`.
    std::optional<LogOutput> output{};
    /// Other levels for single targets, by the target's prefix, for example `{"hyper": "debug"}`.
    std::optional<std::map<std::string, LogLevel>> targets{};
};

/// Writes it.
inline void write(json::Writer& to, const LogConfig& value)
{
    to.begin_object();
    to.field("file", value.file);
    to.field("level", value.level);
    to.field("max_bytes", value.max_bytes);
    to.field("max_files", value.max_files);
    to.field("output", value.output);
    to.field("targets", value.targets);
    to.end_object();
}

/// Which log records a queue gets.
struct LogLevelsRequest {
    /// How much is logged.
    std::optional<LogLevel> level{};
    /// Other levels for single targets, by the target's prefix.
    std::optional<std::map<std::string, LogLevel>> targets{};
};

/// Writes it.
inline void write(json::Writer& to, const LogLevelsRequest& value)
{
    to.begin_object();
    to.field("level", value.level);
    to.field("targets", value.targets);
    to.end_object();
}

/// TLS to the collector. It has nothing of that to the platform, nor are the variables of that for it.
struct OtlpTlsConfig {
    /// A PEM file of the certificate authorities to trust, instead of the platform's; read again when it changes.
    std::optional<std::string> ca_file{};
    /// The same as PEM text.
    std::optional<std::string> ca_pem{};
    /// A PEM file with the client's certificate and those that lead to its authority; read again when it changes.
    std::optional<std::string> client_cert_file{};
    /// The same as PEM text.
    std::optional<std::string> client_cert_pem{};
    /// A PEM file with the private key of the client's certificate; read again when it changes.
    std::optional<std::string> client_key_file{};
    /// The same as PEM text.
    std::optional<Secret> client_key_pem{};
};

/// Writes it.
inline void write(json::Writer& to, const OtlpTlsConfig& value)
{
    to.begin_object();
    to.field("ca_file", value.ca_file);
    to.field("ca_pem", value.ca_pem);
    to.field("client_cert_file", value.client_cert_file);
    to.field("client_cert_pem", value.client_cert_pem);
    to.field("client_key_file", value.client_key_file);
    to.field("client_key_pem", value.client_key_pem);
    to.end_object();
}

/// Traces, metrics and log records for an OpenTelemetry collector, by OTLP over HTTP with protobuf. Variables that begin with `OTEL_` are the host's own, and are not read.
struct OtlpConfig {
    /// How long spans and log records wait for others to be sent with.
    std::optional<std::chrono::milliseconds> batch{};
    /// Where the collector is, for example `http://127.0.0.1:4318`; `/v1/traces`, `/v1/metrics` and `/v1/logs` are appended. When absent, nothing is exported.
    std::optional<std::string> endpoint{};
    /// Further header fields of each request, for example the collector's key. They are secrets, so that they are sent by `https`, or to this machine, alone.
    std::optional<std::map<std::string, Secret>> headers{};
    /// Which log records.
    std::optional<LogLevelsRequest> log{};
    /// Whether log records are exported.
    std::optional<bool> logs{};
    /// Whether metrics are exported.
    std::optional<bool> metrics{};
    /// How often metrics are sent.
    std::optional<std::chrono::milliseconds> metrics_interval{};
    /// Further attributes of the resource, for example `deployment.environment.name`.
    std::optional<std::map<std::string, std::string>> resource{};
    /// Of how many traces that begin here spans are exported, from 0 (none) to 1 (all). In a trace that the caller began, its own choice holds.
    std::optional<double> sample_ratio{};
    /// The name that the host has in traces: `service.name`.
    std::optional<std::string> service_name{};
    /// How long the collector may take to answer.
    std::optional<std::chrono::milliseconds> timeout{};
    /// TLS to the collector.
    std::optional<OtlpTlsConfig> tls{};
    /// Whether spans are exported.
    std::optional<bool> traces{};
};

/// Writes it.
inline void write(json::Writer& to, const OtlpConfig& value)
{
    to.begin_object();
    to.field("batch_ms", value.batch);
    to.field("endpoint", value.endpoint);
    to.field("headers", value.headers);
    to.field("log", value.log);
    to.field("logs", value.logs);
    to.field("metrics", value.metrics);
    to.field("metrics_interval_ms", value.metrics_interval);
    to.field("resource", value.resource);
    to.field("sample_ratio", value.sample_ratio);
    to.field("service_name", value.service_name);
    to.field("timeout_ms", value.timeout);
    to.field("tls", value.tls);
    to.field("traces", value.traces);
    to.end_object();
}

/// Names whose values may be shown besides those that the library lists itself, in logs, spans and the audit. What is not listed is masked: values of header fields, parameters, segments of paths, and texts and numbers in JSON. `*` lists all names but those that say that a secret follows. What the library knows to be a secret, and what looks like one, is masked in any case.
struct RedactionConfig {
    /// Header fields.
    std::optional<std::vector<std::string>> headers{};
    /// Keys of JSON objects.
    std::optional<std::vector<std::string>> keys{};
    /// Parameters of a URL's query.
    std::optional<std::vector<std::string>> query{};
    /// Segments of a URL's path.
    std::optional<std::vector<std::string>> segments{};
};

/// Writes it.
inline void write(json::Writer& to, const RedactionConfig& value)
{
    to.begin_object();
    to.field("headers", value.headers);
    to.field("keys", value.keys);
    to.field("query", value.query);
    to.field("segments", value.segments);
    to.end_object();
}

/// The operations server: what a monitor asks, on this machine alone.
struct ServerConfig {
    /// Where it listens: an address of the loopback interface and a port, for example `127.0.0.1:9464`; port 0 takes a free one, which `kei.info` tells. When absent, there is none.
    std::optional<std::string> listen{};
};

/// Writes it.
inline void write(json::Writer& to, const ServerConfig& value)
{
    to.begin_object();
    to.field("listen", value.listen);
    to.end_object();
}

/// The configuration of a runtime.
struct RuntimeConfig {
    /// The audit log.
    std::optional<AuditConfig> audit{};
    /// Where the rest of the configuration comes from.
    std::optional<SourceConfig> config{};
    /// Logging.
    std::optional<LogConfig> log{};
    /// The way to an OpenTelemetry collector.
    std::optional<OtlpConfig> otlp{};
    /// What may be shown.
    std::optional<RedactionConfig> redaction{};
    /// The operations server.
    std::optional<ServerConfig> server{};
    /// Where secrets are looked up.
    std::optional<VaultConfig> vault{};
};

/// Writes it.
inline void write(json::Writer& to, const RuntimeConfig& value)
{
    to.begin_object();
    to.field("audit", value.audit);
    to.field("config", value.config);
    to.field("log", value.log);
    to.field("otlp", value.otlp);
    to.field("redaction", value.redaction);
    to.field("server", value.server);
    to.field("vault", value.vault);
    to.end_object();
}

} // namespace kei::api

namespace kei {
using api::ClientConfig;
using api::RuntimeConfig;
} // namespace kei

#endif
