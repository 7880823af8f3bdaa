/// @file
/// The requests and answers of all operations.
/// Made by bindings/generate from what the library says of itself; do not edit.
#ifndef KEI_AGENT_GENERATED_TYPES_HPP
#define KEI_AGENT_GENERATED_TYPES_HPP

#include <kei_agent/generated/configuration.hpp>
#include <kei_agent/generated/error_object.hpp>

namespace kei::api {

/// What to plan.
struct PlanRequest {
    /// What is to be reached, in plain words.
    std::string objective;
    /// What the platform should know for it.
    std::optional<Json> context{};
};

/// Writes it.
inline void write(json::Writer& to, const PlanRequest& value)
{
    to.begin_object();
    to.field("objective", value.objective);
    to.field("context", value.context);
    to.end_object();
}

/// A step of a plan; it can be handed to `act` as `action` and `parameters`.
struct PlanStep {
    /// The action to carry out.
    std::string action;
    /// What it works on.
    std::optional<std::map<std::string, Json>> parameters{};
};

/// Reads it.
inline void read(json::Reader& from, PlanStep& to)
{
    bool has_action = false;
    from.object([&](std::string_view name) {
        if (name == "action") {
            has_action = true;
            read(from, to.action);
        }
        else if (name == "parameters")
            read(from, to.parameters);
        else
            from.skip();
    });
    from.need(has_action, "action");
}

/// A plan.
struct PlanAnswer {
    /// The plan's identifier.
    std::string plan_id;
    /// The steps, in order.
    std::vector<PlanStep> steps;
};

/// Reads it.
inline void read(json::Reader& from, PlanAnswer& to)
{
    bool has_plan_id = false;
    from.object([&](std::string_view name) {
        if (name == "plan_id") {
            has_plan_id = true;
            read(from, to.plan_id);
        }
        else if (name == "steps")
            read(from, to.steps);
        else
            from.skip();
    });
    from.need(has_plan_id, "plan_id");
}

/// What to do.
struct ActRequest {
    /// The name of the action.
    std::string action;
    /// What it works on.
    std::optional<Json> parameters{};
};

/// Writes it.
inline void write(json::Writer& to, const ActRequest& value)
{
    to.begin_object();
    to.field("action", value.action);
    to.field("parameters", value.parameters);
    to.end_object();
}

/// What came of an action.
struct ActAnswer {
    /// What it brought.
    Json result;
    /// How it ended, for example `succeeded` or `failed`.
    std::string status;
};

/// Reads it.
inline void read(json::Reader& from, ActAnswer& to)
{
    bool has_result = false, has_status = false;
    from.object([&](std::string_view name) {
        if (name == "result") {
            has_result = true;
            read(from, to.result);
        }
        else if (name == "status") {
            has_status = true;
            read(from, to.status);
        }
        else
            from.skip();
    });
    from.need(has_result, "result");
    from.need(has_status, "status");
}

/// What was seen.
struct ObserveRequest {
    /// The kind of observation.
    std::string type;
    /// The observation.
    std::optional<Json> data{};
};

/// Writes it.
inline void write(json::Writer& to, const ObserveRequest& value)
{
    to.begin_object();
    to.field("type", value.type);
    to.field("data", value.data);
    to.end_object();
}

/// The platform's receipt.
struct ObserveAnswer {
    /// The observation's identifier.
    std::string observation_id;
};

/// Reads it.
inline void read(json::Reader& from, ObserveAnswer& to)
{
    bool has_observation_id = false;
    from.object([&](std::string_view name) {
        if (name == "observation_id") {
            has_observation_id = true;
            read(from, to.observation_id);
        }
        else
            from.skip();
    });
    from.need(has_observation_id, "observation_id");
}

/// What to explain.
struct ExplainRequest {
    /// The question: the identifier of a plan, action or observation, or plain words.
    std::string query;
    /// What the platform should know for it.
    std::optional<Json> context{};
};

/// Writes it.
inline void write(json::Writer& to, const ExplainRequest& value)
{
    to.begin_object();
    to.field("query", value.query);
    to.field("context", value.context);
    to.end_object();
}

/// An explanation.
struct ExplainAnswer {
    /// The explanation, in plain words.
    std::string explanation;
};

/// Reads it.
inline void read(json::Reader& from, ExplainAnswer& to)
{
    bool has_explanation = false;
    from.object([&](std::string_view name) {
        if (name == "explanation") {
            has_explanation = true;
            read(from, to.explanation);
        }
        else
            from.skip();
    });
    from.need(has_explanation, "explanation");
}

/// A method with its parameters.
struct RpcCallRequest {
    /// The method's name.
    std::string method;
    /// Its parameters; an empty object when absent.
    std::optional<Json> params{};
};

/// Writes it.
inline void write(json::Writer& to, const RpcCallRequest& value)
{
    to.begin_object();
    to.field("method", value.method);
    to.field("params", value.params);
    to.end_object();
}

/// A request. At most one of `body`, `text`, `form` and `body_base64` may be given.
struct HttpRequest {
    /// A JSON body.
    std::optional<Json> body{};
    /// A body of any bytes, in base64.
    std::optional<std::string> body_base64{};
    /// Whether a status from 300 on is an error; `true` when absent. With `false` the answer is what the server said in the end, header fields and body, once nothing more is to be tried: tokens, retries and breakers work as ever.
    std::optional<bool> error_for_status{};
    /// A form body, encoded by the library.
    std::optional<std::map<std::string, std::string>> form{};
    /// Header fields.
    std::optional<std::map<std::string, std::string>> headers{};
    /// The method; `GET` when absent.
    std::optional<std::string> method{};
    /// The path below `base_url`, beginning with a slash; it may hold a query.
    std::optional<std::string> path{};
    /// Query parameters to add, encoded by the library.
    std::optional<std::map<std::string, std::string>> query{};
    /// A text body.
    std::optional<std::string> text{};
    /// The whole URL, in place of `path`: on the platform or an origin in `http.allowed_origins`.
    std::optional<std::string> url{};
};

/// Writes it.
inline void write(json::Writer& to, const HttpRequest& value)
{
    to.begin_object();
    to.field("body", value.body);
    to.field("body_base64", value.body_base64);
    to.field("error_for_status", value.error_for_status);
    to.field("form", value.form);
    to.field("headers", value.headers);
    to.field("method", value.method);
    to.field("path", value.path);
    to.field("query", value.query);
    to.field("text", value.text);
    to.field("url", value.url);
    to.end_object();
}

/// The answer. Its body is in `body` if it is JSON, else in `text` if it is UTF-8, else in `body_base64`.
struct HttpAnswer {
    /// The header fields, by lower-case name.
    std::map<std::string, std::string> headers;
    /// The status.
    std::uint16_t status{};
    /// The body, if it is JSON.
    std::optional<Json> body{};
    /// The body otherwise, in base64.
    std::optional<std::string> body_base64{};
    /// The body, if it is text.
    std::optional<std::string> text{};
};

/// Reads it.
inline void read(json::Reader& from, HttpAnswer& to)
{
    bool has_status = false;
    from.object([&](std::string_view name) {
        if (name == "headers")
            read(from, to.headers);
        else if (name == "status") {
            has_status = true;
            read(from, to.status);
        }
        else if (name == "body")
            read(from, to.body);
        else if (name == "body_base64")
            read(from, to.body_base64);
        else if (name == "text")
            read(from, to.text);
        else
            from.skip();
    });
    from.need(has_status, "status");
}

/// An agent to register.
struct AgentsRegisterRequest {
    /// Its name.
    std::string name;
    /// The agent's identifier; the configuration's `agent_id` when absent.
    std::optional<std::string> agent_id{};
    /// What it can do: names, or objects with a `name`.
    std::optional<std::vector<Json>> capabilities{};
    /// Its category.
    std::optional<std::string> category{};
    /// What it is for.
    std::optional<std::string> description{};
    /// Where the platform may ask whether it is alive.
    std::optional<std::string> heartbeat_url{};
    /// Its version.
    std::optional<std::string> version{};
};

/// Writes it.
inline void write(json::Writer& to, const AgentsRegisterRequest& value)
{
    to.begin_object();
    to.field("name", value.name);
    to.field("agent_id", value.agent_id);
    to.field("capabilities", value.capabilities);
    to.field("category", value.category);
    to.field("description", value.description);
    to.field("heartbeat_url", value.heartbeat_url);
    to.field("version", value.version);
    to.end_object();
}

/// Which agent to read.
struct AgentsGetRequest {
    /// The agent's identifier; the configuration's `agent_id` when absent.
    std::optional<std::string> agent_id{};
    /// One of its versions; the newest when absent.
    std::optional<std::string> version{};
};

/// Writes it.
inline void write(json::Writer& to, const AgentsGetRequest& value)
{
    to.begin_object();
    to.field("agent_id", value.agent_id);
    to.field("version", value.version);
    to.end_object();
}

/// Which agents to list. All criteria must hold.
struct AgentsListRequest {
    /// Capabilities that they must have.
    std::optional<std::vector<std::string>> capabilities{};
    /// How many to list at most.
    std::optional<std::uint32_t> limit{};
    /// Tags that they must have.
    std::optional<std::vector<std::string>> tags{};
    /// Their tenant.
    std::optional<std::string> tenant_id{};
};

/// Writes it.
inline void write(json::Writer& to, const AgentsListRequest& value)
{
    to.begin_object();
    to.field("capabilities", value.capabilities);
    to.field("limit", value.limit);
    to.field("tags", value.tags);
    to.field("tenant_id", value.tenant_id);
    to.end_object();
}

/// The agents found.
struct AgentsListAnswer {
    /// The agents.
    std::vector<std::map<std::string, Json>> agents;
};

/// Reads it.
inline void read(json::Reader& from, AgentsListAnswer& to)
{
    from.object([&](std::string_view name) {
        if (name == "agents")
            read(from, to.agents);
        else
            from.skip();
    });
}

/// How ready an agent is for work.
enum class Readiness {
    /// Not yet.
    starting,
    /// Ready.
    ready,
    /// It finishes what it has and takes no more.
    draining,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(Readiness value) noexcept
{
    switch (value) {
    case Readiness::starting: return "starting";
    case Readiness::ready: return "ready";
    case Readiness::draining: return "draining";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, Readiness value) { to.string(to_string(value)); }

/// A sign of life.
struct AgentsHeartbeatRequest {
    /// The agent's identifier; the configuration's `agent_id` when absent.
    std::optional<Secret> agent_id{};
    /// How much work it does now.
    std::optional<std::uint64_t> current_concurrency{};
    /// How it is, for example `healthy`.
    std::optional<std::string> health{};
    /// Anything else that the platform may use.
    std::optional<Json> hints{};
    /// How much work it can do at once.
    std::optional<std::uint64_t> offered_concurrency{};
    /// How much work waits.
    std::optional<std::uint64_t> queue_length{};
    /// How ready it is; `ready` when absent.
    std::optional<Readiness> readiness{};
};

/// Writes it.
inline void write(json::Writer& to, const AgentsHeartbeatRequest& value)
{
    to.begin_object();
    to.field("agent_id", value.agent_id);
    to.field("current_concurrency", value.current_concurrency);
    to.field("health", value.health);
    to.field("hints", value.hints);
    to.field("offered_concurrency", value.offered_concurrency);
    to.field("queue_length", value.queue_length);
    to.field("readiness", value.readiness);
    to.end_object();
}

/// What to subscribe to.
struct StreamSubscribeRequest {
    /// The topic.
    std::string topic;
};

/// Writes it.
inline void write(json::Writer& to, const StreamSubscribeRequest& value)
{
    to.begin_object();
    to.field("topic", value.topic);
    to.end_object();
}

/// What the END event of a subscription holds that ended well.
struct Ended {
    /// How many items were delivered.
    std::uint64_t delivered{};
};

/// Reads it.
inline void read(json::Reader& from, Ended& to)
{
    bool has_delivered = false;
    from.object([&](std::string_view name) {
        if (name == "delivered") {
            has_delivered = true;
            read(from, to.delivered);
        }
        else
            from.skip();
    });
    from.need(has_delivered, "delivered");
}

/// A message of a topic, as the platform sent it.
struct Message {
    /// The message: any JSON.
    Json data;
    /// The topic.
    std::string topic;
    /// Always `message`.
    std::string type;
    /// Its id, where the platform gives it one; none comes twice when connections change.
    std::optional<std::string> id{};
};

/// Reads it.
inline void read(json::Reader& from, Message& to)
{
    bool has_data = false, has_topic = false, has_type = false;
    from.object([&](std::string_view name) {
        if (name == "data") {
            has_data = true;
            read(from, to.data);
        }
        else if (name == "topic") {
            has_topic = true;
            read(from, to.topic);
        }
        else if (name == "type") {
            has_type = true;
            read(from, to.type);
        }
        else if (name == "id")
            read(from, to.id);
        else
            from.skip();
    });
    from.need(has_data, "data");
    from.need(has_topic, "topic");
    from.need(has_type, "type");
}

/// What a STATE event says.
struct StreamState {
    /// `live`: messages come from now on. `reconnecting`: the connection was lost and is made again; what is published meanwhile is missed. `renewed`: another connection, with a newer token, has taken over without a gap. `dropped`: items were dropped, see `dropped` and `dropped_total`.
    std::string state;
    /// Which connection it is about, counted from 1.
    std::optional<std::uint64_t> connection{};
    /// When it is tried next, in milliseconds.
    std::optional<std::chrono::milliseconds> delay{};
    /// Why: an error object.
    std::optional<ErrorObject> error{};
    /// How many times in a row it has failed.
    std::optional<std::uint32_t> failures{};
};

/// Reads it.
inline void read(json::Reader& from, StreamState& to)
{
    bool has_state = false;
    from.object([&](std::string_view name) {
        if (name == "state") {
            has_state = true;
            read(from, to.state);
        }
        else if (name == "connection")
            read(from, to.connection);
        else if (name == "delay_ms")
            read(from, to.delay);
        else if (name == "error")
            read(from, to.error);
        else if (name == "failures")
            read(from, to.failures);
        else
            from.skip();
    });
    from.need(has_state, "state");
}

/// What to publish.
struct StreamPublishRequest {
    /// The message: any JSON.
    Json data;
    /// The topic.
    std::string topic;
    /// The message's id, up to 128 visible ASCII characters; the option `idempotency_key`, or else a new UUID, when absent.
    std::optional<std::string> id{};
};

/// Writes it.
inline void write(json::Writer& to, const StreamPublishRequest& value)
{
    to.begin_object();
    to.field("data", value.data);
    to.field("topic", value.topic);
    to.field("id", value.id);
    to.end_object();
}

/// The message as it was published.
struct StreamPublishAnswer {
    /// Its id.
    std::string id;
};

/// Reads it.
inline void read(json::Reader& from, StreamPublishAnswer& to)
{
    bool has_id = false;
    from.object([&](std::string_view name) {
        if (name == "id") {
            has_id = true;
            read(from, to.id);
        }
        else
            from.skip();
    });
    from.need(has_id, "id");
}

/// Nothing.
struct AuthStatusRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const AuthStatusRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// Where a token stands in its life.
enum class TokenState {
    /// There is none yet.
    none,
    /// It is good.
    valid,
    /// It is good, and is being renewed in the background.
    soft,
    /// It is about to run out: callers wait for the next one.
    mandatory,
    /// It has run out.
    expired,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(TokenState value) noexcept
{
    switch (value) {
    case TokenState::none: return "none";
    case TokenState::valid: return "valid";
    case TokenState::soft: return "soft";
    case TokenState::mandatory: return "mandatory";
    case TokenState::expired: return "expired";
    }
    return {};
}
/// Reads it.
inline void read(json::Reader& from, TokenState& to)
{
    std::string text;
    if (from.string(text))
        for (const auto value : {TokenState::none, TokenState::valid, TokenState::soft, TokenState::mandatory, TokenState::expired})
            if (text == to_string(value)) {
                to = value;
                return;
            }
    from.fail("should be one of none, valid, soft, mandatory, expired");
}

/// The last failure.
struct LastError {
    /// What happened.
    std::string message;
    /// The error's name, for example `KEI_E_TOKEN`.
    std::string name;
};

/// Reads it.
inline void read(json::Reader& from, LastError& to)
{
    bool has_message = false, has_name = false;
    from.object([&](std::string_view name) {
        if (name == "message") {
            has_message = true;
            read(from, to.message);
        }
        else if (name == "name") {
            has_name = true;
            read(from, to.name);
        }
        else
            from.skip();
    });
    from.need(has_message, "message");
    from.need(has_name, "name");
}

/// The state of a client's token. It holds no secret.
struct AuthStatus {
    /// The members, for `chain`; the rest then tells of the one that is used.
    std::vector<AuthStatus> chain;
    /// How many fetches failed.
    std::uint64_t failures{};
    /// Which token it is, counted from 1; 0 before the first.
    std::uint64_t generation{};
    /// How many were fetched.
    std::uint64_t refreshes{};
    /// The scopes asked for, for `oidc`.
    std::vector<std::string> scopes;
    /// Where the token stands in its life.
    TokenState state{};
    /// The kind of credential.
    AuthType type{};
    /// The client's identifier, for `oidc`.
    std::optional<std::string> client_id{};
    /// When it runs out, in milliseconds from now; absent when not known.
    std::optional<std::chrono::milliseconds> expires_in{};
    /// The issuer, for `oidc`.
    std::optional<std::string> issuer{};
    /// Why the last fetch failed, if it did.
    std::optional<LastError> last_error{};
    /// When the last one came (RFC 3339, UTC).
    std::optional<std::string> last_refresh{};
    /// When it is renewed, in milliseconds from now.
    std::optional<std::chrono::milliseconds> refresh_in{};
};

/// Reads it.
inline void read(json::Reader& from, AuthStatus& to)
{
    bool has_failures = false, has_generation = false, has_refreshes = false, has_state = false, has_type = false;
    from.object([&](std::string_view name) {
        if (name == "chain")
            read(from, to.chain);
        else if (name == "failures") {
            has_failures = true;
            read(from, to.failures);
        }
        else if (name == "generation") {
            has_generation = true;
            read(from, to.generation);
        }
        else if (name == "refreshes") {
            has_refreshes = true;
            read(from, to.refreshes);
        }
        else if (name == "scopes")
            read(from, to.scopes);
        else if (name == "state") {
            has_state = true;
            read(from, to.state);
        }
        else if (name == "type") {
            has_type = true;
            read(from, to.type);
        }
        else if (name == "client_id")
            read(from, to.client_id);
        else if (name == "expires_in_ms")
            read(from, to.expires_in);
        else if (name == "issuer")
            read(from, to.issuer);
        else if (name == "last_error")
            read(from, to.last_error);
        else if (name == "last_refresh")
            read(from, to.last_refresh);
        else if (name == "refresh_in_ms")
            read(from, to.refresh_in);
        else
            from.skip();
    });
    from.need(has_failures, "failures");
    from.need(has_generation, "generation");
    from.need(has_refreshes, "refreshes");
    from.need(has_state, "state");
    from.need(has_type, "type");
}

/// Nothing.
struct AuthTokenRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const AuthTokenRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// An access token. It is a secret.
struct AuthTokenAnswer {
    /// The token.
    std::string access_token;
    /// `Bearer`, or `DPoP` for one that only the library can use, since it holds the key.
    std::string token_type;
    /// When it runs out, in milliseconds from now; absent when not known.
    std::optional<std::chrono::milliseconds> expires_in{};
};

/// Reads it.
inline void read(json::Reader& from, AuthTokenAnswer& to)
{
    bool has_access_token = false, has_token_type = false;
    from.object([&](std::string_view name) {
        if (name == "access_token") {
            has_access_token = true;
            read(from, to.access_token);
        }
        else if (name == "token_type") {
            has_token_type = true;
            read(from, to.token_type);
        }
        else if (name == "expires_in_ms")
            read(from, to.expires_in);
        else
            from.skip();
    });
    from.need(has_access_token, "access_token");
    from.need(has_token_type, "token_type");
}

/// Nothing.
struct AuthRefreshRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const AuthRefreshRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// Nothing.
struct AuthLogoutRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const AuthLogoutRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// What was revoked.
struct AuthLogoutAnswer {
    /// Whether the issuer revoked an access token.
    bool access_token{};
    /// Whether the issuer revoked a refresh token.
    bool refresh_token{};
};

/// Reads it.
inline void read(json::Reader& from, AuthLogoutAnswer& to)
{
    bool has_access_token = false, has_refresh_token = false;
    from.object([&](std::string_view name) {
        if (name == "access_token") {
            has_access_token = true;
            read(from, to.access_token);
        }
        else if (name == "refresh_token") {
            has_refresh_token = true;
            read(from, to.refresh_token);
        }
        else
            from.skip();
    });
    from.need(has_access_token, "access_token");
    from.need(has_refresh_token, "refresh_token");
}

/// Nothing.
struct AuthServeRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const AuthServeRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// What the STATE event says.
struct Serving {
    /// `live`: from now on the host is asked.
    std::string state;
};

/// Reads it.
inline void read(json::Reader& from, Serving& to)
{
    bool has_state = false;
    from.object([&](std::string_view name) {
        if (name == "state") {
            has_state = true;
            read(from, to.state);
        }
        else
            from.skip();
    });
    from.need(has_state, "state");
}

/// A token.
struct HostRequestToken {
    /// Whether the server did not accept the last one: the same again would be of no use.
    bool rejected{};
    /// The resources that it is for (RFC 8707), as configured.
    std::vector<std::string> resources;
    /// The scopes that the token is to have, as configured.
    std::vector<std::string> scopes;
    /// How long the host has to answer, in milliseconds.
    std::chrono::milliseconds timeout{};
    /// The audience that it is for, as configured.
    std::optional<std::string> audience{};
};

/// Reads it.
inline void read(json::Reader& from, HostRequestToken& to)
{
    bool has_rejected = false, has_timeout = false;
    from.object([&](std::string_view name) {
        if (name == "rejected") {
            has_rejected = true;
            read(from, to.rejected);
        }
        else if (name == "resources")
            read(from, to.resources);
        else if (name == "scopes")
            read(from, to.scopes);
        else if (name == "timeout_ms") {
            has_timeout = true;
            read(from, to.timeout);
        }
        else if (name == "audience")
            read(from, to.audience);
        else
            from.skip();
    });
    from.need(has_rejected, "rejected");
    from.need(has_timeout, "timeout_ms");
}

/// To show a person where to consent (RFC 8628); the answer's content does not matter.
struct HostRequestDeviceCode {
    /// How long it is good, in milliseconds.
    std::chrono::milliseconds expires_in{};
    /// The code to enter there.
    std::string user_code;
    /// The page to open.
    std::string verification_uri;
    /// The same with the code in it, for a picture that is scanned.
    std::optional<std::string> verification_uri_complete{};
};

/// Reads it.
inline void read(json::Reader& from, HostRequestDeviceCode& to)
{
    bool has_expires_in = false, has_user_code = false, has_verification_uri = false;
    from.object([&](std::string_view name) {
        if (name == "expires_in_ms") {
            has_expires_in = true;
            read(from, to.expires_in);
        }
        else if (name == "user_code") {
            has_user_code = true;
            read(from, to.user_code);
        }
        else if (name == "verification_uri") {
            has_verification_uri = true;
            read(from, to.verification_uri);
        }
        else if (name == "verification_uri_complete")
            read(from, to.verification_uri_complete);
        else
            from.skip();
    });
    from.need(has_expires_in, "expires_in_ms");
    from.need(has_user_code, "user_code");
    from.need(has_verification_uri, "verification_uri");
}

/// What the host is asked for.
struct HostRequest {
    /// What it is.
    std::variant<HostRequestToken, HostRequestDeviceCode> request;
};

/// Reads it.
inline void read(json::Reader& from, HostRequest& to)
{
    const std::string_view whole = from.raw();
    std::string tag;
    json::Reader look(whole);
    look.object([&](std::string_view name) {
        if (name == "request")
            read(look, tag);
        else
            look.skip();
    });
    json::Reader inner(whole);
    if (tag == "token")
        read(inner, to.request.emplace<HostRequestToken>());
    else     if (tag == "device_code")
        read(inner, to.request.emplace<HostRequestDeviceCode>());
    else 
        inner.fail("should have a `request` that is one of token, device_code");
    if (!inner.ok())
        return from.fail_as(inner);
}

/// What the host answers for a token: the fields of RFC 6749 section 5.1.
struct TokenReply {
    /// The access token.
    std::string access_token;
    /// How many seconds it lives from now; not known when absent.
    std::optional<std::uint64_t> expires_in{};
    /// `Bearer`; the same when absent.
    std::optional<std::string> token_type{};
};

/// Writes it.
inline void write(json::Writer& to, const TokenReply& value)
{
    to.begin_object();
    to.field("access_token", value.access_token);
    to.field("expires_in", value.expires_in);
    to.field("token_type", value.token_type);
    to.end_object();
}

/// A record.
struct AuditWriteRequest {
    /// What happened: small letters, digits, `_`, `-` and dots, up to 64. It stands as `host.…` in the audit.
    std::string event;
    /// Who brought it about; the client's agent when absent.
    std::optional<std::string> actor{};
    /// Further facts by name. Those whose names are not listed (`redaction.keys`) are masked.
    std::optional<std::map<std::string, Json>> fields{};
};

/// Writes it.
inline void write(json::Writer& to, const AuditWriteRequest& value)
{
    to.begin_object();
    to.field("event", value.event);
    to.field("actor", value.actor);
    to.field("fields", value.fields);
    to.end_object();
}

/// What became of it.
struct AuditWriteAnswer {
    /// The number of the record.
    std::uint64_t seq{};
};

/// Reads it.
inline void read(json::Reader& from, AuditWriteAnswer& to)
{
    bool has_seq = false;
    from.object([&](std::string_view name) {
        if (name == "seq") {
            has_seq = true;
            read(from, to.seq);
        }
        else
            from.skip();
    });
    from.need(has_seq, "seq");
}

/// A record that must be there.
struct Expected {
    /// Its hash: 64 hexadecimal digits.
    std::string hash;
    /// Its number.
    std::uint64_t seq{};
};

/// Writes it.
inline void write(json::Writer& to, const Expected& value)
{
    to.begin_object();
    to.field("hash", value.hash);
    to.field("seq", value.seq);
    to.end_object();
}

/// Which audit.
struct AuditVerifyRequest {
    /// A record that was noted elsewhere and must be in it: so a whole audit that was replaced is found out.
    std::optional<Expected> expect{};
    /// Its file; the runtime's own when absent.
    std::optional<std::string> file{};
    /// A PEM file with the public key that it must be signed with; the one beside the file when absent, which whoever changed the audit may have changed too.
    std::optional<std::string> key_file{};
};

/// Writes it.
inline void write(json::Writer& to, const AuditVerifyRequest& value)
{
    to.begin_object();
    to.field("expect", value.expect);
    to.field("file", value.file);
    to.field("key_file", value.key_file);
    to.end_object();
}

/// What is wrong with an audit.
struct Problem {
    /// The line, from 1; 0 when it is not one line.
    std::uint64_t line{};
    /// What is wrong.
    std::string why;
};

/// Reads it.
inline void read(json::Reader& from, Problem& to)
{
    bool has_line = false, has_why = false;
    from.object([&](std::string_view name) {
        if (name == "line") {
            has_line = true;
            read(from, to.line);
        }
        else if (name == "why") {
            has_why = true;
            read(from, to.why);
        }
        else
            from.skip();
    });
    from.need(has_line, "line");
    from.need(has_why, "why");
}

/// What was found.
struct AuditVerifyAnswer {
    /// How many of them are checkpoints.
    std::uint64_t checkpoints{};
    /// The hash of the last record.
    std::string head;
    /// Whether every record up to the last checkpoint is as it was written, and none is missing.
    bool intact{};
    /// How many records were read.
    std::uint64_t records{};
    /// Up to which record the audit is signed. What comes after is chained, but could be cut off unseen until the next checkpoint.
    std::uint64_t signed_up_to{};
    /// How many bytes follow that are no whole record: one that is being written, or was when its process was killed.
    std::uint64_t unfinished_bytes{};
    /// The first thing that is wrong.
    std::optional<Problem> problem{};
};

/// Reads it.
inline void read(json::Reader& from, AuditVerifyAnswer& to)
{
    bool has_checkpoints = false, has_head = false, has_intact = false, has_records = false, has_signed_up_to = false, has_unfinished_bytes = false;
    from.object([&](std::string_view name) {
        if (name == "checkpoints") {
            has_checkpoints = true;
            read(from, to.checkpoints);
        }
        else if (name == "head") {
            has_head = true;
            read(from, to.head);
        }
        else if (name == "intact") {
            has_intact = true;
            read(from, to.intact);
        }
        else if (name == "records") {
            has_records = true;
            read(from, to.records);
        }
        else if (name == "signed_up_to") {
            has_signed_up_to = true;
            read(from, to.signed_up_to);
        }
        else if (name == "unfinished_bytes") {
            has_unfinished_bytes = true;
            read(from, to.unfinished_bytes);
        }
        else if (name == "problem")
            read(from, to.problem);
        else
            from.skip();
    });
    from.need(has_checkpoints, "checkpoints");
    from.need(has_head, "head");
    from.need(has_intact, "intact");
    from.need(has_records, "records");
    from.need(has_signed_up_to, "signed_up_to");
    from.need(has_unfinished_bytes, "unfinished_bytes");
}

/// What to publish.
struct BusPublishRequest {
    /// The message: any JSON.
    Json payload;
    /// Whom it is for: a topic or an agent.
    std::string target;
    /// What kind of message it is, for example `task.done`.
    std::string type;
    /// Its id, up to 128 visible ASCII characters; the option `idempotency_key`, or else a new UUID, when absent.
    std::optional<std::string> message_id{};
};

/// Writes it.
inline void write(json::Writer& to, const BusPublishRequest& value)
{
    to.begin_object();
    to.field("payload", value.payload);
    to.field("target", value.target);
    to.field("type", value.type);
    to.field("message_id", value.message_id);
    to.end_object();
}

/// What the platform says of a message.
struct BusPublishAnswer {
    /// Its id.
    std::string message_id;
    /// What became of it, for example `accepted`.
    std::string status;
};

/// Reads it.
inline void read(json::Reader& from, BusPublishAnswer& to)
{
    bool has_message_id = false, has_status = false;
    from.object([&](std::string_view name) {
        if (name == "message_id") {
            has_message_id = true;
            read(from, to.message_id);
        }
        else if (name == "status") {
            has_status = true;
            read(from, to.status);
        }
        else
            from.skip();
    });
    from.need(has_message_id, "message_id");
    from.need(has_status, "status");
}

/// What to send.
struct AgentsSendRequest {
    /// What kind of message it is, for example `request`.
    std::string message_type;
    /// The message: any JSON.
    Json payload;
    /// The agent that it is for.
    std::string to_agent;
    /// Header fields of the message's own.
    std::optional<std::map<std::string, std::string>> headers{};
    /// Its id, up to 128 visible ASCII characters; the option `idempotency_key`, or else a new UUID, when absent.
    std::optional<Secret> message_id{};
    /// How urgent it is.
    std::optional<std::int32_t> priority{};
    /// Whom to answer.
    std::optional<std::string> reply_to{};
    /// The capability that it is meant for.
    std::optional<std::string> target_capability{};
    /// That capability's version.
    std::optional<std::string> target_version{};
    /// For how many seconds it is of use.
    std::optional<std::chrono::seconds> ttl{};
};

/// Writes it.
inline void write(json::Writer& to, const AgentsSendRequest& value)
{
    to.begin_object();
    to.field("message_type", value.message_type);
    to.field("payload", value.payload);
    to.field("to_agent", value.to_agent);
    to.field("headers", value.headers);
    to.field("message_id", value.message_id);
    to.field("priority", value.priority);
    to.field("reply_to", value.reply_to);
    to.field("target_capability", value.target_capability);
    to.field("target_version", value.target_version);
    to.field("ttl_seconds", value.ttl);
    to.end_object();
}

/// What became of a message.
struct AgentsSendAnswer {
    /// The correlation id.
    std::string correlation_id;
    /// Its id.
    std::string message_id;
    /// What became of it, for example `accepted`.
    std::string status;
};

/// Reads it.
inline void read(json::Reader& from, AgentsSendAnswer& to)
{
    bool has_correlation_id = false, has_message_id = false, has_status = false;
    from.object([&](std::string_view name) {
        if (name == "correlation_id") {
            has_correlation_id = true;
            read(from, to.correlation_id);
        }
        else if (name == "message_id") {
            has_message_id = true;
            read(from, to.message_id);
        }
        else if (name == "status") {
            has_status = true;
            read(from, to.status);
        }
        else
            from.skip();
    });
    from.need(has_correlation_id, "correlation_id");
    from.need(has_message_id, "message_id");
    from.need(has_status, "status");
}

/// Which settings.
struct ConfigGetRequest {
    /// A setting, or a group of them, for example `auth` or `auth.client_id`; all when absent.
    std::optional<std::string> path{};
};

/// Writes it.
inline void write(json::Writer& to, const ConfigGetRequest& value)
{
    to.begin_object();
    to.field("path", value.path);
    to.end_object();
}

/// The configuration.
struct ConfigGetAnswer {
    /// The settings; secrets masked.
    std::map<std::string, Json> config;
    /// The number of this configuration; see `config.history`.
    std::uint64_t version{};
};

/// Reads it.
inline void read(json::Reader& from, ConfigGetAnswer& to)
{
    bool has_version = false;
    from.object([&](std::string_view name) {
        if (name == "config")
            read(from, to.config);
        else if (name == "version") {
            has_version = true;
            read(from, to.version);
        }
        else
            from.skip();
    });
    from.need(has_version, "version");
}

/// Where a value comes from, the strongest first.
enum class Source {
    /// `config.update`.
    update,
    /// The JSON that the handle was made with.
    handle,
    /// An environment variable.
    environment,
    /// The file that an environment variable with `_FILE` at its end names.
    environment_file,
    /// The file that `config.env_file` names.
    env_file,
    /// The configuration file.
    file,
    /// Nothing set it.
    default_,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(Source value) noexcept
{
    switch (value) {
    case Source::update: return "update";
    case Source::handle: return "handle";
    case Source::environment: return "environment";
    case Source::environment_file: return "environment_file";
    case Source::env_file: return "env_file";
    case Source::file: return "file";
    case Source::default_: return "default";
    }
    return {};
}
/// Reads it.
inline void read(json::Reader& from, Source& to)
{
    std::string text;
    if (from.string(text))
        for (const auto value : {Source::update, Source::handle, Source::environment, Source::environment_file, Source::env_file, Source::file, Source::default_})
            if (text == to_string(value)) {
                to = value;
                return;
            }
    from.fail("should be one of update, handle, environment, environment_file, env_file, file, default");
}

/// Who set a value.
struct Origin {
    /// The kind of source.
    Source source{};
    /// Which variable, which file, and its profile.
    std::optional<std::string> place{};
    /// What stands there in the value's place, for example `vault:secret/kei#client_secret`.
    std::optional<std::string> reference{};
};

/// Reads it.
inline void read(json::Reader& from, Origin& to)
{
    bool has_source = false;
    from.object([&](std::string_view name) {
        if (name == "source") {
            has_source = true;
            read(from, to.source);
        }
        else if (name == "place")
            read(from, to.place);
        else if (name == "reference")
            read(from, to.reference);
        else
            from.skip();
    });
    from.need(has_source, "source");
}

/// One value of a configuration, explained.
struct Explained {
    /// Whether it can change while its client lives.
    bool live{};
    /// Who set it, too, and was passed over, the strongest first.
    std::vector<Origin> passed_over;
    /// The setting.
    std::string path;
    /// Who set it.
    Origin set_by{};
    /// Its value; secrets masked.
    Json value;
    /// The environment variable that can set it.
    std::optional<std::string> variable{};
};

/// Reads it.
inline void read(json::Reader& from, Explained& to)
{
    bool has_live = false, has_path = false, has_set_by = false, has_value = false;
    from.object([&](std::string_view name) {
        if (name == "live") {
            has_live = true;
            read(from, to.live);
        }
        else if (name == "passed_over")
            read(from, to.passed_over);
        else if (name == "path") {
            has_path = true;
            read(from, to.path);
        }
        else if (name == "set_by") {
            has_set_by = true;
            read(from, to.set_by);
        }
        else if (name == "value") {
            has_value = true;
            read(from, to.value);
        }
        else if (name == "variable")
            read(from, to.variable);
        else
            from.skip();
    });
    from.need(has_live, "live");
    from.need(has_path, "path");
    from.need(has_set_by, "set_by");
    from.need(has_value, "value");
}

/// The settings, explained.
struct ConfigExplainAnswer {
    /// The settings, the client's before the runtime's.
    std::vector<Explained> settings;
    /// The number of this configuration.
    std::uint64_t version{};
};

/// Reads it.
inline void read(json::Reader& from, ConfigExplainAnswer& to)
{
    bool has_version = false;
    from.object([&](std::string_view name) {
        if (name == "settings")
            read(from, to.settings);
        else if (name == "version") {
            has_version = true;
            read(from, to.version);
        }
        else
            from.skip();
    });
    from.need(has_version, "version");
}

/// What to change.
struct ConfigUpdateRequest {
    /// Settings, as in the configuration, of the client and of its runtime. Null takes back what an earlier update gave.
    std::map<std::string, Json> config;
};

/// Writes it.
inline void write(json::Writer& to, const ConfigUpdateRequest& value)
{
    to.begin_object();
    to.field("config", value.config);
    to.end_object();
}

/// One value that changed.
struct Change {
    /// What it was; secrets masked.
    Json from;
    /// The setting.
    std::string path;
    /// What it is; secrets masked.
    Json to;
};

/// Reads it.
inline void read(json::Reader& from, Change& to)
{
    bool has_from = false, has_path = false, has_to = false;
    from.object([&](std::string_view name) {
        if (name == "from") {
            has_from = true;
            read(from, to.from);
        }
        else if (name == "path") {
            has_path = true;
            read(from, to.path);
        }
        else if (name == "to") {
            has_to = true;
            read(from, to.to);
        }
        else
            from.skip();
    });
    from.need(has_from, "from");
    from.need(has_path, "path");
    from.need(has_to, "to");
}

/// What is in effect now.
struct ChangeAnswer {
    /// Whether anything changed.
    bool changed{};
    /// What; secrets masked.
    std::vector<Change> changes;
    /// The number of the configuration.
    std::uint64_t version{};
};

/// Reads it.
inline void read(json::Reader& from, ChangeAnswer& to)
{
    bool has_changed = false, has_version = false;
    from.object([&](std::string_view name) {
        if (name == "changed") {
            has_changed = true;
            read(from, to.changed);
        }
        else if (name == "changes")
            read(from, to.changes);
        else if (name == "version") {
            has_version = true;
            read(from, to.version);
        }
        else
            from.skip();
    });
    from.need(has_changed, "changed");
    from.need(has_version, "version");
}

/// Nothing.
struct ConfigReloadRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const ConfigReloadRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// Nothing.
struct ConfigHistoryRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const ConfigHistoryRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// Why a configuration took effect.
enum class Cause {
    /// The client was made with it.
    start,
    /// `config.reload`.
    reload,
    /// A file changed.
    file,
    /// Secrets in Vault were read again.
    vault,
    /// `config.update`.
    update,
    /// `config.rollback`.
    rollback,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(Cause value) noexcept
{
    switch (value) {
    case Cause::start: return "start";
    case Cause::reload: return "reload";
    case Cause::file: return "file";
    case Cause::vault: return "vault";
    case Cause::update: return "update";
    case Cause::rollback: return "rollback";
    }
    return {};
}
/// Reads it.
inline void read(json::Reader& from, Cause& to)
{
    std::string text;
    if (from.string(text))
        for (const auto value : {Cause::start, Cause::reload, Cause::file, Cause::vault, Cause::update, Cause::rollback})
            if (text == to_string(value)) {
                to = value;
                return;
            }
    from.fail("should be one of start, reload, file, vault, update, rollback");
}

/// A configuration that took effect.
struct VersionTold {
    /// When, in RFC 3339.
    std::string at;
    /// Why.
    Cause cause{};
    /// What it changed; secrets masked.
    std::vector<Change> changes;
    /// Its number, from 1.
    std::uint64_t version{};
};

/// Reads it.
inline void read(json::Reader& from, VersionTold& to)
{
    bool has_at = false, has_cause = false, has_version = false;
    from.object([&](std::string_view name) {
        if (name == "at") {
            has_at = true;
            read(from, to.at);
        }
        else if (name == "cause") {
            has_cause = true;
            read(from, to.cause);
        }
        else if (name == "changes")
            read(from, to.changes);
        else if (name == "version") {
            has_version = true;
            read(from, to.version);
        }
        else
            from.skip();
    });
    from.need(has_at, "at");
    from.need(has_cause, "cause");
    from.need(has_version, "version");
}

/// A change that was refused.
struct Refused {
    /// When, in RFC 3339.
    std::string at;
    /// What was tried.
    Cause cause{};
    /// The error's name, for example `KEI_E_CONFIG`.
    std::string error;
    /// What is wrong, and where.
    std::string message;
};

/// Reads it.
inline void read(json::Reader& from, Refused& to)
{
    bool has_at = false, has_cause = false, has_error = false, has_message = false;
    from.object([&](std::string_view name) {
        if (name == "at") {
            has_at = true;
            read(from, to.at);
        }
        else if (name == "cause") {
            has_cause = true;
            read(from, to.cause);
        }
        else if (name == "error") {
            has_error = true;
            read(from, to.error);
        }
        else if (name == "message") {
            has_message = true;
            read(from, to.message);
        }
        else
            from.skip();
    });
    from.need(has_at, "at");
    from.need(has_cause, "cause");
    from.need(has_error, "error");
    from.need(has_message, "message");
}

/// The configurations.
struct ConfigHistoryAnswer {
    /// Those that are kept, the oldest first; the last is in effect.
    std::vector<VersionTold> versions;
    /// The last change that was refused.
    std::optional<Refused> refused{};
};

/// Reads it.
inline void read(json::Reader& from, ConfigHistoryAnswer& to)
{
    from.object([&](std::string_view name) {
        if (name == "versions")
            read(from, to.versions);
        else if (name == "refused")
            read(from, to.refused);
        else
            from.skip();
    });
}

/// Which configuration to go back to.
struct ConfigRollbackRequest {
    /// Its number; the one before the present one when absent.
    std::optional<std::uint64_t> version{};
};

/// Writes it.
inline void write(json::Writer& to, const ConfigRollbackRequest& value)
{
    to.begin_object();
    to.field("version", value.version);
    to.end_object();
}

/// The format of a file.
enum class FileFormat {
    /// JSON.
    json,
    /// TOML.
    toml,
    /// YAML.
    yaml,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(FileFormat value) noexcept
{
    switch (value) {
    case FileFormat::json: return "json";
    case FileFormat::toml: return "toml";
    case FileFormat::yaml: return "yaml";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, FileFormat value) { to.string(to_string(value)); }

/// What to check; the sources as they are now when all is absent.
struct ConfigValidateRequest {
    /// The format of `text`; `toml` when absent.
    std::optional<FileFormat> format{};
    /// The text of a configuration file.
    std::optional<std::string> text{};
    /// Settings, as `config.update` would take them.
    std::optional<std::map<std::string, Json>> update{};
};

/// Writes it.
inline void write(json::Writer& to, const ConfigValidateRequest& value)
{
    to.begin_object();
    to.field("format", value.format);
    to.field("text", value.text);
    to.field("update", value.update);
    to.end_object();
}

/// What is wrong.
struct Problem2 {
    /// The error's name, for example `KEI_E_CONFIG_UNKNOWN_KEY`.
    std::string error;
    /// What is wrong where, and what would be right.
    std::string message;
};

/// Reads it.
inline void read(json::Reader& from, Problem2& to)
{
    bool has_error = false, has_message = false;
    from.object([&](std::string_view name) {
        if (name == "error") {
            has_error = true;
            read(from, to.error);
        }
        else if (name == "message") {
            has_message = true;
            read(from, to.message);
        }
        else
            from.skip();
    });
    from.need(has_error, "error");
    from.need(has_message, "message");
}

/// What came of it.
struct ConfigValidateAnswer {
    /// What would change; secrets masked. Nothing for a `text`.
    std::vector<Change> changes;
    /// Whether it would be taken.
    bool valid{};
    /// Why it would not be taken.
    std::optional<Problem2> problem{};
};

/// Reads it.
inline void read(json::Reader& from, ConfigValidateAnswer& to)
{
    bool has_valid = false;
    from.object([&](std::string_view name) {
        if (name == "changes")
            read(from, to.changes);
        else if (name == "valid") {
            has_valid = true;
            read(from, to.valid);
        }
        else if (name == "problem")
            read(from, to.problem);
        else
            from.skip();
    });
    from.need(has_valid, "valid");
}

/// Nothing.
struct ConfigWatchRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const ConfigWatchRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// What became of a change, or of the subscription.
struct WatchState {
    /// `live`: what takes effect from now on is told. `refused`: a change was, and the configuration stays as it is. `missed`: changes came faster than they were taken; see `config.history`.
    std::string state;
    /// The change.
    std::optional<Refused> refused{};
};

/// Reads it.
inline void read(json::Reader& from, WatchState& to)
{
    bool has_state = false;
    from.object([&](std::string_view name) {
        if (name == "state") {
            has_state = true;
            read(from, to.state);
        }
        else if (name == "refused")
            read(from, to.refused);
        else
            from.skip();
    });
    from.need(has_state, "state");
}

/// Nothing.
struct BreakerStatusRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const BreakerStatusRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// The state of a breaker.
enum class BreakerState {
    /// Requests pass.
    closed,
    /// Nothing is sent.
    open,
    /// One request at a time is let through, to see.
    half_open,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(BreakerState value) noexcept
{
    switch (value) {
    case BreakerState::closed: return "closed";
    case BreakerState::open: return "open";
    case BreakerState::half_open: return "half_open";
    }
    return {};
}
/// Reads it.
inline void read(json::Reader& from, BreakerState& to)
{
    std::string text;
    if (from.string(text))
        for (const auto value : {BreakerState::closed, BreakerState::open, BreakerState::half_open})
            if (text == to_string(value)) {
                to = value;
                return;
            }
    from.fail("should be one of closed, open, half_open");
}

/// A breaker as it stands.
struct BreakerStatus {
    /// Failures among them.
    std::uint32_t failures{};
    /// The operation.
    std::string operation;
    /// The origin.
    std::string origin;
    /// Outcomes counted in the windows.
    std::uint32_t samples{};
    /// The state.
    BreakerState state{};
    /// When open: in how many milliseconds a probe is let through.
    std::optional<std::chrono::milliseconds> retry_in{};
};

/// Reads it.
inline void read(json::Reader& from, BreakerStatus& to)
{
    bool has_failures = false, has_operation = false, has_origin = false, has_samples = false, has_state = false;
    from.object([&](std::string_view name) {
        if (name == "failures") {
            has_failures = true;
            read(from, to.failures);
        }
        else if (name == "operation") {
            has_operation = true;
            read(from, to.operation);
        }
        else if (name == "origin") {
            has_origin = true;
            read(from, to.origin);
        }
        else if (name == "samples") {
            has_samples = true;
            read(from, to.samples);
        }
        else if (name == "state") {
            has_state = true;
            read(from, to.state);
        }
        else if (name == "retry_in_ms")
            read(from, to.retry_in);
        else
            from.skip();
    });
    from.need(has_failures, "failures");
    from.need(has_operation, "operation");
    from.need(has_origin, "origin");
    from.need(has_samples, "samples");
    from.need(has_state, "state");
}

/// How the client stands with its servers.
struct BreakerStatusAnswer {
    /// The breakers.
    std::vector<BreakerStatus> breakers;
    /// What is left of the retry budget.
    std::uint32_t retry_budget_left{};
};

/// Reads it.
inline void read(json::Reader& from, BreakerStatusAnswer& to)
{
    bool has_retry_budget_left = false;
    from.object([&](std::string_view name) {
        if (name == "breakers")
            read(from, to.breakers);
        else if (name == "retry_budget_left") {
            has_retry_budget_left = true;
            read(from, to.retry_budget_left);
        }
        else
            from.skip();
    });
    from.need(has_retry_budget_left, "retry_budget_left");
}

/// Which breakers to close.
struct BreakerResetRequest {
    /// Those of this operation; of any when absent.
    std::optional<std::string> operation{};
    /// Those of this origin, for example `https://kei.example.com`; of any when absent.
    std::optional<std::string> origin{};
};

/// Writes it.
inline void write(json::Writer& to, const BreakerResetRequest& value)
{
    to.begin_object();
    to.field("operation", value.operation);
    to.field("origin", value.origin);
    to.end_object();
}

/// What was closed.
struct BreakerResetAnswer {
    /// How many breakers.
    std::uint64_t reset{};
};

/// Reads it.
inline void read(json::Reader& from, BreakerResetAnswer& to)
{
    bool has_reset = false;
    from.object([&](std::string_view name) {
        if (name == "reset") {
            has_reset = true;
            read(from, to.reset);
        }
        else
            from.skip();
    });
    from.need(has_reset, "reset");
}

/// Which calls to tell of.
struct KeiExplainRequest {
    /// Those with this correlation id; any when absent.
    std::optional<std::string> correlation_id{};
    /// Those that failed only.
    std::optional<bool> failed{};
    /// How many at most; 10 when absent.
    std::optional<std::uint64_t> limit{};
    /// Those of this operation; of any when absent.
    std::optional<std::string> operation{};
};

/// Writes it.
inline void write(json::Writer& to, const KeiExplainRequest& value)
{
    to.begin_object();
    to.field("correlation_id", value.correlation_id);
    to.field("failed", value.failed);
    to.field("limit", value.limit);
    to.field("operation", value.operation);
    to.end_object();
}

/// It waited since the server had asked for a pause.
struct StepHeld {
    /// How long, in milliseconds.
    std::chrono::milliseconds wait{};
};

/// Reads it.
inline void read(json::Reader& from, StepHeld& to)
{
    bool has_wait = false;
    from.object([&](std::string_view name) {
        if (name == "wait_ms") {
            has_wait = true;
            read(from, to.wait);
        }
        else
            from.skip();
    });
    from.need(has_wait, "wait_ms");
}

/// The circuit breaker let it pass as a probe, or did not let it pass.
struct StepBreaker {
    /// Whether it passed.
    bool passed{};
};

/// Reads it.
inline void read(json::Reader& from, StepBreaker& to)
{
    bool has_passed = false;
    from.object([&](std::string_view name) {
        if (name == "passed") {
            has_passed = true;
            read(from, to.passed);
        }
        else
            from.skip();
    });
    from.need(has_passed, "passed");
}

/// It got the credential that the next attempt carries.
struct StepToken {
    /// Which of the client's tokens in a row it was.
    std::uint64_t generation{};
    /// How long it waited for it, in milliseconds.
    std::chrono::milliseconds wait{};
};

/// Reads it.
inline void read(json::Reader& from, StepToken& to)
{
    bool has_generation = false, has_wait = false;
    from.object([&](std::string_view name) {
        if (name == "generation") {
            has_generation = true;
            read(from, to.generation);
        }
        else if (name == "wait_ms") {
            has_wait = true;
            read(from, to.wait);
        }
        else
            from.skip();
    });
    from.need(has_generation, "generation");
    from.need(has_wait, "wait_ms");
}

/// The request was sent.
struct StepAttempt {
    /// How long it took, in milliseconds.
    std::chrono::milliseconds duration{};
    /// Whether it was sent once more beside itself, since its answer took long.
    bool hedged{};
    /// The attempt's number, from 1.
    std::uint32_t number{};
    /// The error's name, where it failed.
    std::optional<std::string> error{};
    /// The status of the answer, where one came.
    std::optional<std::uint16_t> http_status{};
    /// What the error says.
    std::optional<std::string> message{};
};

/// Reads it.
inline void read(json::Reader& from, StepAttempt& to)
{
    bool has_duration = false, has_hedged = false, has_number = false;
    from.object([&](std::string_view name) {
        if (name == "duration_ms") {
            has_duration = true;
            read(from, to.duration);
        }
        else if (name == "hedged") {
            has_hedged = true;
            read(from, to.hedged);
        }
        else if (name == "number") {
            has_number = true;
            read(from, to.number);
        }
        else if (name == "error")
            read(from, to.error);
        else if (name == "http_status")
            read(from, to.http_status);
        else if (name == "message")
            read(from, to.message);
        else
            from.skip();
    });
    from.need(has_duration, "duration_ms");
    from.need(has_hedged, "hedged");
    from.need(has_number, "number");
}

/// It is sent again for the sake of its credential, without counting as a retry.
struct StepReplay {
};

/// Reads it.
inline void read(json::Reader& from, [[maybe_unused]] StepReplay& to)
{
    from.object([&](std::string_view name) {
        (void)name;
        from.skip();
    });
}

/// It is tried again after a pause.
struct StepRetry {
    /// Why: `not sent`, `no usable answer` or `throttled`.
    std::string reason;
    /// How long it waits before, in milliseconds.
    std::chrono::milliseconds wait{};
};

/// Reads it.
inline void read(json::Reader& from, StepRetry& to)
{
    bool has_reason = false, has_wait = false;
    from.object([&](std::string_view name) {
        if (name == "reason") {
            has_reason = true;
            read(from, to.reason);
        }
        else if (name == "wait_ms") {
            has_wait = true;
            read(from, to.wait);
        }
        else
            from.skip();
    });
    from.need(has_reason, "reason");
    from.need(has_wait, "wait_ms");
}

/// It is not tried again.
struct StepStop {
    /// Why: `final`, `unsafe`, `attempts`, `retry_after`, `deadline` or `budget`.
    std::string why;
};

/// Reads it.
inline void read(json::Reader& from, StepStop& to)
{
    bool has_why = false;
    from.object([&](std::string_view name) {
        if (name == "why") {
            has_why = true;
            read(from, to.why);
        }
        else
            from.skip();
    });
    from.need(has_why, "why");
}

/// One thing that happened to a call.
struct Step {
    /// When, in milliseconds since the call's beginning.
    std::chrono::milliseconds at{};
    /// What it is.
    std::variant<StepHeld, StepBreaker, StepToken, StepAttempt, StepReplay, StepRetry, StepStop> step;
};

/// Reads it.
inline void read(json::Reader& from, Step& to)
{
    const std::string_view whole = from.raw();
    std::string tag;
    json::Reader look(whole);
    look.object([&](std::string_view name) {
        if (name == "step")
            read(look, tag);
        else
            look.skip();
    });
    json::Reader inner(whole);
    if (tag == "held")
        read(inner, to.step.emplace<StepHeld>());
    else     if (tag == "breaker")
        read(inner, to.step.emplace<StepBreaker>());
    else     if (tag == "token")
        read(inner, to.step.emplace<StepToken>());
    else     if (tag == "attempt")
        read(inner, to.step.emplace<StepAttempt>());
    else     if (tag == "replay")
        read(inner, to.step.emplace<StepReplay>());
    else     if (tag == "retry")
        read(inner, to.step.emplace<StepRetry>());
    else     if (tag == "stop")
        read(inner, to.step.emplace<StepStop>());
    else 
        inner.fail("should have a `step` that is one of held, breaker, token, attempt, replay, retry, stop");
    if (!inner.ok())
        return from.fail_as(inner);
    json::Reader common(whole);
    const auto read_common = [&](json::Reader& from) {
        bool has_at = false;
        from.object([&](std::string_view name) {
            if (name == "at_ms") {
                has_at = true;
                read(from, to.at);
            }
            else
                from.skip();
        });
        from.need(has_at, "at_ms");
    };
    read_common(common);
    if (!common.ok())
        from.fail_as(common);
}

/// What became of a call.
struct Story {
    /// How many times the request was sent.
    std::uint32_t attempts{};
    /// When it began, in RFC 3339.
    std::string began_at;
    /// The correlation id.
    std::string correlation_id;
    /// How long it took, in milliseconds.
    std::chrono::milliseconds duration{};
    /// The HTTP method.
    std::string method;
    /// The operation.
    std::string operation;
    /// Where it went: scheme, host and port.
    std::string origin;
    /// What was left of the client's retry budget at its end.
    std::uint32_t retry_budget_left{};
    /// What happened, in order.
    std::vector<Step> steps;
    /// The error's name, where it failed, for example `KEI_E_TIMEOUT`.
    std::optional<std::string> error{};
    /// The status of the answer, where one came.
    std::optional<std::uint16_t> http_status{};
    /// What the error says.
    std::optional<std::string> message{};
};

/// Reads it.
inline void read(json::Reader& from, Story& to)
{
    bool has_attempts = false, has_began_at = false, has_correlation_id = false, has_duration = false, has_method = false, has_operation = false, has_origin = false, has_retry_budget_left = false;
    from.object([&](std::string_view name) {
        if (name == "attempts") {
            has_attempts = true;
            read(from, to.attempts);
        }
        else if (name == "began_at") {
            has_began_at = true;
            read(from, to.began_at);
        }
        else if (name == "correlation_id") {
            has_correlation_id = true;
            read(from, to.correlation_id);
        }
        else if (name == "duration_ms") {
            has_duration = true;
            read(from, to.duration);
        }
        else if (name == "method") {
            has_method = true;
            read(from, to.method);
        }
        else if (name == "operation") {
            has_operation = true;
            read(from, to.operation);
        }
        else if (name == "origin") {
            has_origin = true;
            read(from, to.origin);
        }
        else if (name == "retry_budget_left") {
            has_retry_budget_left = true;
            read(from, to.retry_budget_left);
        }
        else if (name == "steps")
            read(from, to.steps);
        else if (name == "error")
            read(from, to.error);
        else if (name == "http_status")
            read(from, to.http_status);
        else if (name == "message")
            read(from, to.message);
        else
            from.skip();
    });
    from.need(has_attempts, "attempts");
    from.need(has_began_at, "began_at");
    from.need(has_correlation_id, "correlation_id");
    from.need(has_duration, "duration_ms");
    from.need(has_method, "method");
    from.need(has_operation, "operation");
    from.need(has_origin, "origin");
    from.need(has_retry_budget_left, "retry_budget_left");
}

/// The calls.
struct KeiExplainAnswer {
    /// The calls, the newest first.
    std::vector<Story> calls;
};

/// Reads it.
inline void read(json::Reader& from, KeiExplainAnswer& to)
{
    from.object([&](std::string_view name) {
        if (name == "calls")
            read(from, to.calls);
        else
            from.skip();
    });
}

/// Which to list.
struct DlqListRequest {
    /// Only those after the message with this id.
    std::optional<std::string> after{};
    /// How many at most; 100 when absent.
    std::optional<std::uint64_t> limit{};
};

/// Writes it.
inline void write(json::Writer& to, const DlqListRequest& value)
{
    to.begin_object();
    to.field("after", value.after);
    to.field("limit", value.limit);
    to.end_object();
}

/// A message, without what it says.
struct DlqGetAnswer {
    /// When it was taken, in RFC 3339.
    std::string accepted_at;
    /// How many times it was sent.
    std::uint32_t attempts{};
    /// Its id.
    std::string id;
    /// The operation that sends it.
    std::string operation;
    /// What it says, masked. Equal texts have equal masks within the process.
    std::string payload;
    /// How long what it says is, in bytes.
    std::uint64_t payload_bytes{};
    /// `dead` when it could not be delivered, `pending` while it is on its way.
    std::string state;
    /// Whom it is for.
    std::string to;
    /// The error's name, for example `KEI_E_CONNECT`.
    std::optional<std::string> error{};
    /// When it was given up, in RFC 3339.
    std::optional<std::string> failed_at{};
    /// What the error says.
    std::optional<std::string> message{};
};

/// Reads it.
inline void read(json::Reader& from, DlqGetAnswer& to)
{
    bool has_accepted_at = false, has_attempts = false, has_id = false, has_operation = false, has_payload = false, has_payload_bytes = false, has_state = false, has_to = false;
    from.object([&](std::string_view name) {
        if (name == "accepted_at") {
            has_accepted_at = true;
            read(from, to.accepted_at);
        }
        else if (name == "attempts") {
            has_attempts = true;
            read(from, to.attempts);
        }
        else if (name == "id") {
            has_id = true;
            read(from, to.id);
        }
        else if (name == "operation") {
            has_operation = true;
            read(from, to.operation);
        }
        else if (name == "payload") {
            has_payload = true;
            read(from, to.payload);
        }
        else if (name == "payload_bytes") {
            has_payload_bytes = true;
            read(from, to.payload_bytes);
        }
        else if (name == "state") {
            has_state = true;
            read(from, to.state);
        }
        else if (name == "to") {
            has_to = true;
            read(from, to.to);
        }
        else if (name == "error")
            read(from, to.error);
        else if (name == "failed_at")
            read(from, to.failed_at);
        else if (name == "message")
            read(from, to.message);
        else
            from.skip();
    });
    from.need(has_accepted_at, "accepted_at");
    from.need(has_attempts, "attempts");
    from.need(has_id, "id");
    from.need(has_operation, "operation");
    from.need(has_payload, "payload");
    from.need(has_payload_bytes, "payload_bytes");
    from.need(has_state, "state");
    from.need(has_to, "to");
}

/// The messages.
struct DlqListAnswer {
    /// How many could not be delivered, in all.
    std::uint64_t dead{};
    /// How many bytes those have that could not be delivered.
    std::uint64_t dead_bytes{};
    /// How many were dropped since there were too many.
    std::uint64_t dropped{};
    /// The messages.
    std::vector<DlqGetAnswer> letters;
    /// How many are on their way.
    std::uint64_t pending{};
};

/// Reads it.
inline void read(json::Reader& from, DlqListAnswer& to)
{
    bool has_dead = false, has_dead_bytes = false, has_dropped = false, has_pending = false;
    from.object([&](std::string_view name) {
        if (name == "dead") {
            has_dead = true;
            read(from, to.dead);
        }
        else if (name == "dead_bytes") {
            has_dead_bytes = true;
            read(from, to.dead_bytes);
        }
        else if (name == "dropped") {
            has_dropped = true;
            read(from, to.dropped);
        }
        else if (name == "letters")
            read(from, to.letters);
        else if (name == "pending") {
            has_pending = true;
            read(from, to.pending);
        }
        else
            from.skip();
    });
    from.need(has_dead, "dead");
    from.need(has_dead_bytes, "dead_bytes");
    from.need(has_dropped, "dropped");
    from.need(has_pending, "pending");
}

/// Which to tell of.
struct DlqGetRequest {
    /// Its id.
    std::string id;
};

/// Writes it.
inline void write(json::Writer& to, const DlqGetRequest& value)
{
    to.begin_object();
    to.field("id", value.id);
    to.end_object();
}

/// A message that could not be delivered again.
struct Again {
    /// The error's name.
    std::string error;
    /// Its id.
    std::string id;
    /// What the error says.
    std::string message;
};

/// Reads it.
inline void read(json::Reader& from, Again& to)
{
    bool has_error = false, has_id = false, has_message = false;
    from.object([&](std::string_view name) {
        if (name == "error") {
            has_error = true;
            read(from, to.error);
        }
        else if (name == "id") {
            has_id = true;
            read(from, to.id);
        }
        else if (name == "message") {
            has_message = true;
            read(from, to.message);
        }
        else
            from.skip();
    });
    from.need(has_error, "error");
    from.need(has_id, "id");
    from.need(has_message, "message");
}

/// What became of them.
struct DlqRetryAnswer {
    /// Those that the platform has now.
    std::vector<std::string> delivered;
    /// Those that it still has not.
    std::vector<Again> failed;
    /// Those that were not tried: the deadline was near, or something else sends them.
    std::vector<std::string> untried;
};

/// Reads it.
inline void read(json::Reader& from, DlqRetryAnswer& to)
{
    from.object([&](std::string_view name) {
        if (name == "delivered")
            read(from, to.delivered);
        else if (name == "failed")
            read(from, to.failed);
        else if (name == "untried")
            read(from, to.untried);
        else
            from.skip();
    });
}

/// What was dropped.
struct DlqDropAnswer {
    /// The ids of those that are gone.
    std::vector<std::string> dropped;
};

/// Reads it.
inline void read(json::Reader& from, DlqDropAnswer& to)
{
    from.object([&](std::string_view name) {
        if (name == "dropped")
            read(from, to.dropped);
        else
            from.skip();
    });
}

/// Nothing.
struct ErrorsStatsRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const ErrorsStatsRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// What kind of thing went wrong: the band that the number is in.
enum class Category {
    /// The caller used the library in a way that it does not allow (1 to 99).
    misuse,
    /// The end of the call, the client or the runtime (100 to 199).
    life_cycle,
    /// A configuration, a request or options that do not fit (200 to 299).
    validation,
    /// Tokens, and what they do not allow (300 to 399).
    security,
    /// The way to the server (400 to 499).
    transport,
    /// What the server answered (500 to 599).
    remote,
    /// What keeps a failing server from being asked again (600 to 699).
    resilience,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(Category value) noexcept
{
    switch (value) {
    case Category::misuse: return "misuse";
    case Category::life_cycle: return "life_cycle";
    case Category::validation: return "validation";
    case Category::security: return "security";
    case Category::transport: return "transport";
    case Category::remote: return "remote";
    case Category::resilience: return "resilience";
    }
    return {};
}
/// Reads it.
inline void read(json::Reader& from, Category& to)
{
    std::string text;
    if (from.string(text))
        for (const auto value : {Category::misuse, Category::life_cycle, Category::validation, Category::security, Category::transport, Category::remote, Category::resilience})
            if (text == to_string(value)) {
                to = value;
                return;
            }
    from.fail("should be one of misuse, life_cycle, validation, security, transport, remote, resilience");
}

/// The errors of one type.
struct ErrorType {
    /// What kind of thing went wrong.
    Category category{};
    /// The number.
    std::int32_t code{};
    /// How many there were.
    std::uint64_t count{};
    /// When the first was, in RFC 3339.
    std::string first_at;
    /// When the last was.
    std::string last_at;
    /// The name, for example `KEI_E_TIMEOUT`.
    std::string name;
    /// How many there were of each operation; under an empty name what was refused before it was known which.
    std::map<std::string, std::uint64_t> operations;
    /// Whether the same call may succeed later.
    bool retryable{};
};

/// Reads it.
inline void read(json::Reader& from, ErrorType& to)
{
    bool has_category = false, has_code = false, has_count = false, has_first_at = false, has_last_at = false, has_name = false, has_retryable = false;
    from.object([&](std::string_view name) {
        if (name == "category") {
            has_category = true;
            read(from, to.category);
        }
        else if (name == "code") {
            has_code = true;
            read(from, to.code);
        }
        else if (name == "count") {
            has_count = true;
            read(from, to.count);
        }
        else if (name == "first_at") {
            has_first_at = true;
            read(from, to.first_at);
        }
        else if (name == "last_at") {
            has_last_at = true;
            read(from, to.last_at);
        }
        else if (name == "name") {
            has_name = true;
            read(from, to.name);
        }
        else if (name == "operations")
            read(from, to.operations);
        else if (name == "retryable") {
            has_retryable = true;
            read(from, to.retryable);
        }
        else
            from.skip();
    });
    from.need(has_category, "category");
    from.need(has_code, "code");
    from.need(has_count, "count");
    from.need(has_first_at, "first_at");
    from.need(has_last_at, "last_at");
    from.need(has_name, "name");
    from.need(has_retryable, "retryable");
}

/// The errors of a runtime since it began.
struct ErrorsStatsAnswer {
    /// How many operations ended.
    std::uint64_t calls{};
    /// How many ended in the last hour.
    std::uint64_t calls_last_hour{};
    /// How many ended in the last minute, the one that runs included.
    std::uint64_t calls_last_minute{};
    /// The failures by what kind of thing went wrong.
    std::map<std::string, std::uint64_t> categories;
    /// How many of them failed.
    std::uint64_t failures{};
    /// How many of them failed.
    std::uint64_t failures_last_hour{};
    /// How many of them failed.
    std::uint64_t failures_last_minute{};
    /// The failures by their type, the most frequent first.
    std::vector<ErrorType> types;
};

/// Reads it.
inline void read(json::Reader& from, ErrorsStatsAnswer& to)
{
    bool has_calls = false, has_calls_last_hour = false, has_calls_last_minute = false, has_failures = false, has_failures_last_hour = false, has_failures_last_minute = false;
    from.object([&](std::string_view name) {
        if (name == "calls") {
            has_calls = true;
            read(from, to.calls);
        }
        else if (name == "calls_last_hour") {
            has_calls_last_hour = true;
            read(from, to.calls_last_hour);
        }
        else if (name == "calls_last_minute") {
            has_calls_last_minute = true;
            read(from, to.calls_last_minute);
        }
        else if (name == "categories")
            read(from, to.categories);
        else if (name == "failures") {
            has_failures = true;
            read(from, to.failures);
        }
        else if (name == "failures_last_hour") {
            has_failures_last_hour = true;
            read(from, to.failures_last_hour);
        }
        else if (name == "failures_last_minute") {
            has_failures_last_minute = true;
            read(from, to.failures_last_minute);
        }
        else if (name == "types")
            read(from, to.types);
        else
            from.skip();
    });
    from.need(has_calls, "calls");
    from.need(has_calls_last_hour, "calls_last_hour");
    from.need(has_calls_last_minute, "calls_last_minute");
    from.need(has_failures, "failures");
    from.need(has_failures_last_hour, "failures_last_hour");
    from.need(has_failures_last_minute, "failures_last_minute");
}

/// Nothing.
struct HealthCheckRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const HealthCheckRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// How a check ended.
enum class Outcome {
    /// All is well.
    pass,
    /// It works, but someone should look.
    warn,
    /// It does not work.
    fail,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(Outcome value) noexcept
{
    switch (value) {
    case Outcome::pass: return "pass";
    case Outcome::warn: return "warn";
    case Outcome::fail: return "fail";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, Outcome value) { to.string(to_string(value)); }
/// Reads it.
inline void read(json::Reader& from, Outcome& to)
{
    std::string text;
    if (from.string(text))
        for (const auto value : {Outcome::pass, Outcome::warn, Outcome::fail})
            if (text == to_string(value)) {
                to = value;
                return;
            }
    from.fail("should be one of pass, warn, fail");
}

/// One check.
struct Check {
    /// How long it took, in milliseconds.
    std::chrono::milliseconds duration{};
    /// What was checked: `platform`, `token`, or a name of the configuration's or the host's.
    std::string name;
    /// How it ended.
    Outcome status{};
    /// The name of the error, for example `KEI_E_CONNECT`.
    std::optional<std::string> error{};
    /// Why it did not pass.
    std::optional<std::string> message{};
};

/// Reads it.
inline void read(json::Reader& from, Check& to)
{
    bool has_duration = false, has_name = false, has_status = false;
    from.object([&](std::string_view name) {
        if (name == "duration_ms") {
            has_duration = true;
            read(from, to.duration);
        }
        else if (name == "name") {
            has_name = true;
            read(from, to.name);
        }
        else if (name == "status") {
            has_status = true;
            read(from, to.status);
        }
        else if (name == "error")
            read(from, to.error);
        else if (name == "message")
            read(from, to.message);
        else
            from.skip();
    });
    from.need(has_duration, "duration_ms");
    from.need(has_name, "name");
    from.need(has_status, "status");
}

/// The checks, and the worst of them.
struct HealthCheckAnswer {
    /// The checks.
    std::vector<Check> checks;
    /// The worst outcome of all checks.
    Outcome status{};
};

/// Reads it.
inline void read(json::Reader& from, HealthCheckAnswer& to)
{
    bool has_status = false;
    from.object([&](std::string_view name) {
        if (name == "checks")
            read(from, to.checks);
        else if (name == "status") {
            has_status = true;
            read(from, to.status);
        }
        else
            from.skip();
    });
    from.need(has_status, "status");
}

/// What the host says of a part of its own.
struct HealthRegisterRequest {
    /// The part's name: one that no check of the configuration has, up to 128 characters.
    std::string name;
    /// Why it does not pass.
    std::optional<std::string> message{};
    /// How it is; absent to remove it.
    std::optional<Outcome> status{};
    /// For how long this holds, in milliseconds: a part that was not told of anew by then has failed. Absent: until it is said anew.
    std::optional<std::chrono::milliseconds> ttl{};
};

/// Writes it.
inline void write(json::Writer& to, const HealthRegisterRequest& value)
{
    to.begin_object();
    to.field("name", value.name);
    to.field("message", value.message);
    to.field("status", value.status);
    to.field("ttl_ms", value.ttl);
    to.end_object();
}

/// How many parts the host tells of.
struct HealthRegisterAnswer {
    /// This one included.
    std::uint64_t registered{};
};

/// Reads it.
inline void read(json::Reader& from, HealthRegisterAnswer& to)
{
    bool has_registered = false;
    from.object([&](std::string_view name) {
        if (name == "registered") {
            has_registered = true;
            read(from, to.registered);
        }
        else
            from.skip();
    });
    from.need(has_registered, "registered");
}

/// Nothing.
struct KeiInfoRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const KeiInfoRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// The library as it runs.
struct KeiInfoAnswer {
    /// The state of the client's token.
    AuthStatus auth{};
    /// The client's circuit breakers that have seen requests.
    std::vector<BreakerStatus> breakers;
    /// How many messages could not be delivered and are kept; see `dlq.list`.
    std::uint64_t dead_letters{};
    /// How many handles of each kind the process has open.
    std::map<std::string, std::uint64_t> handles;
    /// How many operations of the runtime are in flight, this one included.
    std::uint64_t in_flight{};
    /// How many log records were dropped because their sink was too slow.
    std::uint64_t log_records_dropped{};
    /// What is left of the client's retry budget.
    std::uint32_t retry_budget_left{};
    /// The machine that it was built for: architecture and system.
    std::string target;
    /// The library's version.
    std::string version;
    /// Where the runtime's operations server listens.
    std::optional<std::string> server{};
};

/// Reads it.
inline void read(json::Reader& from, KeiInfoAnswer& to)
{
    bool has_auth = false, has_dead_letters = false, has_in_flight = false, has_log_records_dropped = false, has_retry_budget_left = false, has_target = false, has_version = false;
    from.object([&](std::string_view name) {
        if (name == "auth") {
            has_auth = true;
            read(from, to.auth);
        }
        else if (name == "breakers")
            read(from, to.breakers);
        else if (name == "dead_letters") {
            has_dead_letters = true;
            read(from, to.dead_letters);
        }
        else if (name == "handles")
            read(from, to.handles);
        else if (name == "in_flight") {
            has_in_flight = true;
            read(from, to.in_flight);
        }
        else if (name == "log_records_dropped") {
            has_log_records_dropped = true;
            read(from, to.log_records_dropped);
        }
        else if (name == "retry_budget_left") {
            has_retry_budget_left = true;
            read(from, to.retry_budget_left);
        }
        else if (name == "target") {
            has_target = true;
            read(from, to.target);
        }
        else if (name == "version") {
            has_version = true;
            read(from, to.version);
        }
        else if (name == "server")
            read(from, to.server);
        else
            from.skip();
    });
    from.need(has_auth, "auth");
    from.need(has_dead_letters, "dead_letters");
    from.need(has_in_flight, "in_flight");
    from.need(has_log_records_dropped, "log_records_dropped");
    from.need(has_retry_budget_left, "retry_budget_left");
    from.need(has_target, "target");
    from.need(has_version, "version");
}

/// A record.
struct LogWriteRequest {
    /// How important it is; `off` is none.
    LogLevel level{};
    /// What happened, for a person. Secrets in it are masked.
    std::string message;
    /// Further facts by name. Those whose names are not listed (`redaction.keys`) are masked.
    std::optional<std::map<std::string, Json>> fields{};
    /// Which part of the host says it, up to 128 visible characters; `host` when absent. Levels go by its beginning.
    std::optional<std::string> target{};
};

/// Writes it.
inline void write(json::Writer& to, const LogWriteRequest& value)
{
    to.begin_object();
    to.field("level", value.level);
    to.field("message", value.message);
    to.field("fields", value.fields);
    to.field("target", value.target);
    to.end_object();
}

/// What became of it.
struct LogWriteAnswer {
    /// Whether any sink takes records of this level and target.
    bool wanted{};
};

/// Reads it.
inline void read(json::Reader& from, LogWriteAnswer& to)
{
    bool has_wanted = false;
    from.object([&](std::string_view name) {
        if (name == "wanted") {
            has_wanted = true;
            read(from, to.wanted);
        }
        else
            from.skip();
    });
    from.need(has_wanted, "wanted");
}

/// How much is logged from now on.
struct LogLevelsAnswer {
    /// Whether the log has a file, or the standard error, that the levels hold for.
    bool has_sink{};
};

/// Reads it.
inline void read(json::Reader& from, LogLevelsAnswer& to)
{
    bool has_has_sink = false;
    from.object([&](std::string_view name) {
        if (name == "has_sink") {
            has_has_sink = true;
            read(from, to.has_sink);
        }
        else
            from.skip();
    });
    from.need(has_has_sink, "has_sink");
}

/// Nothing.
struct MetricsSnapshotRequest {
};

/// Writes it.
inline void write(json::Writer& to, [[maybe_unused]] const MetricsSnapshotRequest& value)
{
    to.begin_object();
    to.end_object();
}

/// The numbers.
struct MetricsSnapshotAnswer {
    /// All of them, in Prometheus's text format 0.0.4.
    std::string text;
};

/// Reads it.
inline void read(json::Reader& from, MetricsSnapshotAnswer& to)
{
    bool has_text = false;
    from.object([&](std::string_view name) {
        if (name == "text") {
            has_text = true;
            read(from, to.text);
        }
        else
            from.skip();
    });
    from.need(has_text, "text");
}

/// What to describe.
struct KeiDescribeRequest {
    /// One operation's name; all when absent.
    std::optional<std::string> operation{};
};

/// Writes it.
inline void write(json::Writer& to, const KeiDescribeRequest& value)
{
    to.begin_object();
    to.field("operation", value.operation);
    to.end_object();
}

/// A rule.
enum class Rule {
    /// A text without control characters besides tabs and line ends.
    text,
    /// A text without any control character: one line.
    line,
    /// A plain name, of 1 to 256 bytes: no slash, no control character, not `.` or `..`.
    name,
    /// A relative path that stays below where it begins: no `..`, encoded or not, no drive, no root.
    path,
    /// An absolute URL of an allowed scheme, without user name or password.
    url,
    /// A number.
    number,
    /// A whole number.
    integer,
    /// Any JSON.
    json,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(Rule value) noexcept
{
    switch (value) {
    case Rule::text: return "text";
    case Rule::line: return "line";
    case Rule::name: return "name";
    case Rule::path: return "path";
    case Rule::url: return "url";
    case Rule::number: return "number";
    case Rule::integer: return "integer";
    case Rule::json: return "json";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, Rule value) { to.string(to_string(value)); }

/// A value, and what it should be.
struct KeiValidateRequest {
    /// The rule.
    Rule rule{};
    /// The value.
    Json value;
    /// How many bytes a text, or the JSON, may have.
    std::optional<std::uint64_t> max_bytes{};
    /// How many it may have.
    std::optional<std::uint64_t> max_chars{};
    /// How deeply JSON may nest; `limits.max_depth` when absent.
    std::optional<std::uint64_t> max_depth{};
    /// How large it may be.
    std::optional<double> maximum{};
    /// How many characters (Unicode scalar values) a text must have.
    std::optional<std::uint64_t> min_chars{};
    /// How small a number may be.
    std::optional<double> minimum{};
    /// The schemes that a URL may have; `https` and `http` when absent.
    std::optional<std::vector<std::string>> schemes{};
};

/// Writes it.
inline void write(json::Writer& to, const KeiValidateRequest& value)
{
    to.begin_object();
    to.field("rule", value.rule);
    to.field("value", value.value);
    to.field("max_bytes", value.max_bytes);
    to.field("max_chars", value.max_chars);
    to.field("max_depth", value.max_depth);
    to.field("maximum", value.maximum);
    to.field("min_chars", value.min_chars);
    to.field("minimum", value.minimum);
    to.field("schemes", value.schemes);
    to.end_object();
}

/// What came of it.
struct KeiValidateAnswer {
    /// What is wrong with it, each in a sentence.
    std::vector<std::string> problems;
    /// Whether the value keeps to the rule.
    bool valid{};
};

/// Reads it.
inline void read(json::Reader& from, KeiValidateAnswer& to)
{
    bool has_valid = false;
    from.object([&](std::string_view name) {
        if (name == "problems")
            read(from, to.problems);
        else if (name == "valid") {
            has_valid = true;
            read(from, to.valid);
        }
        else
            from.skip();
    });
    from.need(has_valid, "valid");
}

/// Which settings.
struct ConfigExplainRequest {
    /// A setting, or a group of them, for example `auth` or `auth.client_id`; all when absent.
    std::optional<std::string> path{};
};

/// Writes it.
inline void write(json::Writer& to, const ConfigExplainRequest& value)
{
    to.begin_object();
    to.field("path", value.path);
    to.end_object();
}

/// Which of those that could not be delivered.
struct DlqRetryRequest {
    /// All of them.
    std::optional<bool> all{};
    /// Those with these ids.
    std::optional<std::vector<std::string>> ids{};
};

/// Writes it.
inline void write(json::Writer& to, const DlqRetryRequest& value)
{
    to.begin_object();
    to.field("all", value.all);
    to.field("ids", value.ids);
    to.end_object();
}

/// Which of those that could not be delivered.
struct DlqDropRequest {
    /// All of them.
    std::optional<bool> all{};
    /// Those with these ids.
    std::optional<std::vector<std::string>> ids{};
};

/// Writes it.
inline void write(json::Writer& to, const DlqDropRequest& value)
{
    to.begin_object();
    to.field("all", value.all);
    to.field("ids", value.ids);
    to.end_object();
}

} // namespace kei::api

namespace kei {

/// What belongs to an operation, by the type of its request: its `name`, its `Answer`, and for a subscription what its events hold.
template <class Request>
struct OperationOf;

/// `plan`.
template <>
struct OperationOf<api::PlanRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "plan";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::PlanAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `act`.
template <>
struct OperationOf<api::ActRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "act";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ActAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `observe`.
template <>
struct OperationOf<api::ObserveRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "observe";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ObserveAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `explain`.
template <>
struct OperationOf<api::ExplainRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "explain";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ExplainAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `rpc.call`.
template <>
struct OperationOf<api::RpcCallRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "rpc.call";
    /// What it answers; for a subscription, when it ends.
    using Answer = Json;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `http.request`.
template <>
struct OperationOf<api::HttpRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "http.request";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::HttpAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `agents.register`.
template <>
struct OperationOf<api::AgentsRegisterRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "agents.register";
    /// What it answers; for a subscription, when it ends.
    using Answer = Json;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `agents.get`.
template <>
struct OperationOf<api::AgentsGetRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "agents.get";
    /// What it answers; for a subscription, when it ends.
    using Answer = Json;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `agents.list`.
template <>
struct OperationOf<api::AgentsListRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "agents.list";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::AgentsListAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `agents.heartbeat`.
template <>
struct OperationOf<api::AgentsHeartbeatRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "agents.heartbeat";
    /// What it answers; for a subscription, when it ends.
    using Answer = Json;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `stream.subscribe`.
template <>
struct OperationOf<api::StreamSubscribeRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "stream.subscribe";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::Ended;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = true;
    /// What an item is.
    using Item = api::Message;
    /// What a change of state tells.
    using State = api::StreamState;
};

/// `stream.publish`.
template <>
struct OperationOf<api::StreamPublishRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "stream.publish";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::StreamPublishAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `auth.status`.
template <>
struct OperationOf<api::AuthStatusRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "auth.status";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::AuthStatus;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `auth.token`.
template <>
struct OperationOf<api::AuthTokenRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "auth.token";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::AuthTokenAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `auth.refresh`.
template <>
struct OperationOf<api::AuthRefreshRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "auth.refresh";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::AuthStatus;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `auth.logout`.
template <>
struct OperationOf<api::AuthLogoutRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "auth.logout";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::AuthLogoutAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `auth.serve`.
template <>
struct OperationOf<api::AuthServeRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "auth.serve";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::Ended;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = true;
    /// What an item is.
    using Item = Json;
    /// What a change of state tells.
    using State = api::Serving;
    /// What the host is asked.
    using Request = api::HostRequest;
    /// What the host answers.
    using Reply = api::TokenReply;
};

/// `audit.write`.
template <>
struct OperationOf<api::AuditWriteRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "audit.write";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::AuditWriteAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `audit.verify`.
template <>
struct OperationOf<api::AuditVerifyRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "audit.verify";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::AuditVerifyAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `bus.publish`.
template <>
struct OperationOf<api::BusPublishRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "bus.publish";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::BusPublishAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `agents.send`.
template <>
struct OperationOf<api::AgentsSendRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "agents.send";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::AgentsSendAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `config.get`.
template <>
struct OperationOf<api::ConfigGetRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "config.get";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ConfigGetAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `config.explain`.
template <>
struct OperationOf<api::ConfigExplainRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "config.explain";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ConfigExplainAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `config.update`.
template <>
struct OperationOf<api::ConfigUpdateRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "config.update";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ChangeAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `config.reload`.
template <>
struct OperationOf<api::ConfigReloadRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "config.reload";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ChangeAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `config.history`.
template <>
struct OperationOf<api::ConfigHistoryRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "config.history";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ConfigHistoryAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `config.rollback`.
template <>
struct OperationOf<api::ConfigRollbackRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "config.rollback";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ChangeAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `config.validate`.
template <>
struct OperationOf<api::ConfigValidateRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "config.validate";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ConfigValidateAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `config.watch`.
template <>
struct OperationOf<api::ConfigWatchRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "config.watch";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::Ended;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = true;
    /// What an item is.
    using Item = api::VersionTold;
    /// What a change of state tells.
    using State = api::WatchState;
};

/// `breaker.status`.
template <>
struct OperationOf<api::BreakerStatusRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "breaker.status";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::BreakerStatusAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `breaker.reset`.
template <>
struct OperationOf<api::BreakerResetRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "breaker.reset";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::BreakerResetAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `kei.explain`.
template <>
struct OperationOf<api::KeiExplainRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "kei.explain";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::KeiExplainAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `dlq.list`.
template <>
struct OperationOf<api::DlqListRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "dlq.list";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::DlqListAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `dlq.get`.
template <>
struct OperationOf<api::DlqGetRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "dlq.get";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::DlqGetAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `dlq.retry`.
template <>
struct OperationOf<api::DlqRetryRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "dlq.retry";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::DlqRetryAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `dlq.drop`.
template <>
struct OperationOf<api::DlqDropRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "dlq.drop";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::DlqDropAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `errors.stats`.
template <>
struct OperationOf<api::ErrorsStatsRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "errors.stats";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::ErrorsStatsAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `health.check`.
template <>
struct OperationOf<api::HealthCheckRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "health.check";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::HealthCheckAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `health.register`.
template <>
struct OperationOf<api::HealthRegisterRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "health.register";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::HealthRegisterAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `kei.info`.
template <>
struct OperationOf<api::KeiInfoRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "kei.info";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::KeiInfoAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `log.write`.
template <>
struct OperationOf<api::LogWriteRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "log.write";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::LogWriteAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `log.levels`.
template <>
struct OperationOf<api::LogLevelsRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "log.levels";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::LogLevelsAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `metrics.snapshot`.
template <>
struct OperationOf<api::MetricsSnapshotRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "metrics.snapshot";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::MetricsSnapshotAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `kei.describe`.
template <>
struct OperationOf<api::KeiDescribeRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "kei.describe";
    /// What it answers; for a subscription, when it ends.
    using Answer = std::map<std::string, Json>;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};

/// `kei.validate`.
template <>
struct OperationOf<api::KeiValidateRequest> {
    /// The operation's name.
    static constexpr std::string_view name = "kei.validate";
    /// What it answers; for a subscription, when it ends.
    using Answer = api::KeiValidateAnswer;
    /// Whether it is subscribed to rather than called.
    static constexpr bool is_subscription = false;
};


} // namespace kei

#endif
