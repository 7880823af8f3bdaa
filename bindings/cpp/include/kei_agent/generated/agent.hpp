/// @file
/// A client with one function for each operation.
/// Made by bindings/generate from what the library says of itself; do not edit.
#ifndef KEI_AGENT_GENERATED_AGENT_HPP
#define KEI_AGENT_GENERATED_AGENT_HPP

#include <kei_agent/client.hpp>

namespace kei {

/// A client with one function for each operation beside the general ones. `kei::Agent` answers `Result`s, `kei::throwing::Agent` throws.
///
/// What a function takes can as well be given to `submit`, `async` or `subscribe`: the type of the request tells the operation.
template <class Errors>
class BasicAgent : public BasicClient<Errors> {
public:
    /// A client as an agent.
    explicit BasicAgent(BasicClient<Errors> client) : BasicClient<Errors>(std::move(client)) {}
    /// @copydoc BasicClient::create
    template <class... Arguments>
    static typename Errors::template Of<BasicAgent> create(Arguments&&... arguments)
    {
        return Errors::tell(BasicClient<Results>::create(std::forward<Arguments>(arguments)...).transform([](BasicClient<Results>&& made) {
            return BasicAgent(BasicClient<Errors>(std::move(made)));
        }));
    }

    /// Asks the platform for the steps that lead to an objective.
    auto plan(const api::PlanRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Has the platform carry out one action.
    auto act(const api::ActRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Tells the platform of something that was seen.
    auto observe(const api::ObserveRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Asks the platform why it did what it did.
    auto explain(const api::ExplainRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Calls any method of the platform's RPC; the parameters and the answer pass through unchanged.
    auto rpc_call(const api::RpcCallRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Sends any HTTP request to the platform or an allowed origin; a status from 300 on is an error unless `error_for_status` is `false`. The methods that HTTP calls idempotent may be sent again.
    auto http_request(const api::HttpRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Registers an agent with the platform.
    auto agents_register(const api::AgentsRegisterRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Reads an agent from the registry.
    auto agents_get(const api::AgentsGetRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Lists the registry's agents, by capabilities, tags and tenant.
    auto agents_list(const api::AgentsListRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Tells the platform that an agent is alive, how it is and how much it can take.
    auto agents_heartbeat(const api::AgentsHeartbeatRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Yields what is published under a topic of the platform's stream. A connection that is lost is made again, which a STATE event tells; what was published meanwhile is missed.
    auto stream_subscribe(const api::StreamSubscribeRequest& request, const SubscribeOptions& options = {}) const { return this->subscribe(request, options); }
    /// Publishes a message under a topic of the platform's stream; it is answered when the platform has taken it.
    auto stream_publish(const api::StreamPublishRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Tells the state of the client's token, without the token.
    auto auth_status(const api::AuthStatusRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Answers an access token for the host's own use, if `auth.expose_token` allows that.
    auto auth_token(const api::AuthTokenRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Gets a new token now, and tells the token's state. The one that lives is used until the new one has come.
    auto auth_refresh(const api::AuthRefreshRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Revokes the client's tokens at their issuer (RFC 7009), as far as it lets them be, and forgets them. A call after that gets another, if it can.
    auto auth_logout(const api::AuthLogoutRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Has the host asked by REQUEST events: for each token that is needed (`auth.type` is `host`), and to show a person where to consent (`auth.grant` is `device_code`). It lasts until it is closed; the latest is asked.
    auto auth_serve(const api::AuthServeRequest& request = {}, const SubscribeOptions& options = {}) const { return this->subscribe(request, options); }
    /// Writes a record of the host's to the audit, and answers when it is written.
    auto audit_write(const api::AuditWriteRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Reads an audit from its beginning to its end, and tells whether it is as it was written; what is wrong is in the answer, not an error.
    auto audit_verify(const api::AuditVerifyRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Publishes a message on the bus. It is kept until the platform has taken it: what cannot be delivered is a dead letter, see `dlq.list`.
    auto bus_publish(const api::BusPublishRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Sends a message to another agent by way of the platform. It is kept until the platform has taken it: what cannot be delivered is a dead letter, see `dlq.list`.
    auto agents_send(const api::AgentsSendRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Answers the configuration that is in effect, the client's and its runtime's, defaults included, secrets masked.
    auto config_get(const api::ConfigGetRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Tells of each setting its value, secrets masked, who set it, and who set it, too, and was passed over.
    auto config_explain(const api::ConfigExplainRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Lays settings over all sources, as a whole or not at all; what begins from then on goes by them. Null takes an earlier update back. Settings of the runtime hold for all its clients.
    auto config_update(const api::ConfigUpdateRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Reads all sources again, and takes on what they say, as a whole or not at all; what begins from then on goes by it.
    auto config_reload(const api::ConfigReloadRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Lists the configurations that took effect, the oldest first, with what each changed, secrets masked; and the last change that was refused.
    auto config_history(const api::ConfigHistoryRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Takes on an earlier configuration again, until the next change. A file that it came from stays as it is.
    auto config_rollback(const api::ConfigRollbackRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Checks what a change would bring, without the change: the sources as they are now, an update, or the text of a file. What is wrong is in the answer, not an error.
    auto config_validate(const api::ConfigValidateRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Yields each configuration that takes effect from then on, with what it changed, secrets masked; a STATE event tells of one that was refused. It lasts until it is closed.
    auto config_watch(const api::ConfigWatchRequest& request = {}, const SubscribeOptions& options = {}) const { return this->subscribe(request, options); }
    /// Lists the client's circuit breakers that have seen requests, and what is left of its retry budget.
    auto breaker_status(const api::BreakerStatusRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Closes circuit breakers and forgets what they have counted: those of an operation, of an origin, or all.
    auto breaker_reset(const api::BreakerResetRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Tells why the client's last calls went as they did, the newest first: attempts, waits, tokens, breakers. It holds no secret.
    auto kei_explain(const api::KeiExplainRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Lists the messages that could not be delivered, and those on their way, the oldest first. What they say is masked.
    auto dlq_list(const api::DlqListRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Tells of one message that could not be delivered. What it says is masked.
    auto dlq_get(const api::DlqGetRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Sends messages again that could not be delivered, each under its id. It ends with the deadline; those that it did not come to stay as they are.
    auto dlq_retry(const api::DlqRetryRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Drops messages that could not be delivered.
    auto dlq_drop(const api::DlqDropRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Tells how many of the runtime's operations failed, by the type of the error and by operation.
    auto errors_stats(const api::ErrorsStatsRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Checks that the platform answers, that a token can be had, and what `health.checks` and the host add; a failed check is in the answer, not an error.
    auto health_check(const api::HealthCheckRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Takes what the host says of a part of its own, which `health.check` tells from then on, until it is said anew, runs out, or is removed.
    auto health_register(const api::HealthRegisterRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Tells the library's version and what it is doing: operations, handles, breakers, the retry budget, the token's state.
    auto kei_info(const api::KeiInfoRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Writes a record of the host's to the runtime's log: to its file or standard error, to the queues that get records, and to the collector.
    auto log_write(const api::LogWriteRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Sets from now on how much goes to the log's file or standard error; what is absent is as if it were absent from the configuration.
    auto log_levels(const api::LogLevelsRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Answers the runtime's numbers as text that Prometheus takes.
    auto metrics_snapshot(const api::MetricsSnapshotRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Answers an OpenRPC document of every operation, the configuration, the options of a call and the errors.
    auto kei_describe(const api::KeiDescribeRequest& request = {}, const CallOptions& options = {}) const { return this->call(request, options); }
    /// Checks a value against a named rule of form: text, a line, a name, a path, a URL, a number, JSON. What is wrong is in the answer, not an error.
    auto kei_validate(const api::KeiValidateRequest& request, const CallOptions& options = {}) const { return this->call(request, options); }
};

} // namespace kei

#endif
