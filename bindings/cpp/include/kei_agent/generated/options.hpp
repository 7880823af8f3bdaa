/// @file
/// What a single call may be told.
/// Made by bindings/generate from what the library says of itself; do not edit.
#ifndef KEI_AGENT_GENERATED_OPTIONS_HPP
#define KEI_AGENT_GENERATED_OPTIONS_HPP

#include <kei_agent/json_reader.hpp>
#include <kei_agent/json_writer.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>
#include <map>
#include <chrono>
#include <cstdint>

namespace kei::api {

/// What happens to an item when as many as may wait are waiting.
enum class Overflow {
    /// Nothing more is read from the server until there is room; the subscription has a connection of its own, so that it holds up no other.
    block,
    /// The oldest item that waits is dropped; a STATE event tells how many were.
    drop_oldest,
    /// The subscription ends with `KEI_E_OVERFLOW`.
    fail,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(Overflow value) noexcept
{
    switch (value) {
    case Overflow::block: return "block";
    case Overflow::drop_oldest: return "drop_oldest";
    case Overflow::fail: return "fail";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, Overflow value) { to.string(to_string(value)); }
/// Reads it.
inline void read(json::Reader& from, Overflow& to)
{
    std::string text;
    if (from.string(text))
        for (const auto value : {Overflow::block, Overflow::drop_oldest, Overflow::fail})
            if (text == to_string(value)) {
                to = value;
                return;
            }
    from.fail("should be one of block, drop_oldest, fail");
}

/// How the delay between attempts grows.
enum class RetryStrategy {
    /// Drawn evenly from zero to the exponential delay.
    full_jitter,
    /// Always the base delay.
    fixed,
    /// The base delay times the number of the attempt.
    linear,
    /// The base delay, doubled with each attempt.
    exponential,
    /// The base delay times the Fibonacci numbers.
    fibonacci,
};

/// The value as it stands in JSON.
constexpr std::string_view to_string(RetryStrategy value) noexcept
{
    switch (value) {
    case RetryStrategy::full_jitter: return "full_jitter";
    case RetryStrategy::fixed: return "fixed";
    case RetryStrategy::linear: return "linear";
    case RetryStrategy::exponential: return "exponential";
    case RetryStrategy::fibonacci: return "fibonacci";
    }
    return {};
}
/// Writes it.
inline void write(json::Writer& to, RetryStrategy value) { to.string(to_string(value)); }
/// Reads it.
inline void read(json::Reader& from, RetryStrategy& to)
{
    std::string text;
    if (from.string(text))
        for (const auto value : {RetryStrategy::full_jitter, RetryStrategy::fixed, RetryStrategy::linear, RetryStrategy::exponential, RetryStrategy::fibonacci})
            if (text == to_string(value)) {
                to = value;
                return;
            }
    from.fail("should be one of full_jitter, fixed, linear, exponential, fibonacci");
}

/// Another retry policy, for one call or one protocol; what is absent stays as configured.
struct RetryOverride {
    /// The base delay, in milliseconds.
    std::optional<std::chrono::milliseconds> base{};
    /// How many times the request is sent at most, the first time included.
    std::optional<std::uint32_t> max_attempts{};
    /// The longest delay, in milliseconds.
    std::optional<std::chrono::milliseconds> max_delay{};
    /// How the delay grows.
    std::optional<RetryStrategy> strategy{};
};

/// Writes it.
inline void write(json::Writer& to, const RetryOverride& value)
{
    to.begin_object();
    to.field("base_ms", value.base);
    to.field("max_attempts", value.max_attempts);
    to.field("max_delay_ms", value.max_delay);
    to.field("strategy", value.strategy);
    to.end_object();
}
/// Reads it.
inline void read(json::Reader& from, RetryOverride& to)
{
    from.object([&](std::string_view name) {
        if (name == "base_ms")
            read(from, to.base);
        else if (name == "max_attempts")
            read(from, to.max_attempts);
        else if (name == "max_delay_ms")
            read(from, to.max_delay);
        else if (name == "strategy")
            read(from, to.strategy);
        else
            from.skip();
    });
}

/// The options of a call. All may be left out.
struct CallOptions {
    /// Facts that travel with the trace (W3C `baggage`), handed on to every server that the call reaches: no place for secrets.
    std::optional<std::string> baggage{};
    /// For a subscription: how many items may wait until the host grants credit for them; 1024 when absent.
    std::optional<std::uint64_t> buffer{};
    /// The correlation id, up to 128 visible ASCII characters; a new UUID when absent. It is sent as `X-Correlation-ID`, and stands in every log line of the call.
    std::optional<std::string> correlation_id{};
    /// Further header fields of the request.
    std::optional<std::map<std::string, std::string>> headers{};
    /// Makes an operation that is not idempotent safe to send again: sent as `Idempotency-Key`, the same on all attempts.
    std::optional<std::string> idempotency_key{};
    /// The caller's word that this request may be sent twice.
    std::optional<bool> idempotent{};
    /// Wraps the answer as `{"result": …, "meta": …}`.
    std::optional<bool> meta{};
    /// For a subscription: what happens to items past that; `block` when absent.
    std::optional<Overflow> overflow{};
    /// Another retry policy for this call.
    std::optional<RetryOverride> retry{};
    /// The tenant, in place of the configuration's.
    std::optional<std::string> tenant_id{};
    /// How long the call may take in all, in milliseconds; `timeouts.total_ms` when absent.
    std::optional<std::chrono::milliseconds> timeout{};
    /// The caller's trace context (W3C `traceparent`); one that is not valid is left out, and a new trace begun.
    std::optional<std::string> traceparent{};
    /// The caller's vendor trace state (W3C `tracestate`); used only with `traceparent`.
    std::optional<std::string> tracestate{};
};

/// Writes it.
inline void write(json::Writer& to, const CallOptions& value)
{
    to.begin_object();
    to.field("baggage", value.baggage);
    to.field("buffer", value.buffer);
    to.field("correlation_id", value.correlation_id);
    to.field("headers", value.headers);
    to.field("idempotency_key", value.idempotency_key);
    to.field("idempotent", value.idempotent);
    to.field("meta", value.meta);
    to.field("overflow", value.overflow);
    to.field("retry", value.retry);
    to.field("tenant_id", value.tenant_id);
    to.field("timeout_ms", value.timeout);
    to.field("traceparent", value.traceparent);
    to.field("tracestate", value.tracestate);
    to.end_object();
}
/// Reads it.
inline void read(json::Reader& from, CallOptions& to)
{
    from.object([&](std::string_view name) {
        if (name == "baggage")
            read(from, to.baggage);
        else if (name == "buffer")
            read(from, to.buffer);
        else if (name == "correlation_id")
            read(from, to.correlation_id);
        else if (name == "headers")
            read(from, to.headers);
        else if (name == "idempotency_key")
            read(from, to.idempotency_key);
        else if (name == "idempotent")
            read(from, to.idempotent);
        else if (name == "meta")
            read(from, to.meta);
        else if (name == "overflow")
            read(from, to.overflow);
        else if (name == "retry")
            read(from, to.retry);
        else if (name == "tenant_id")
            read(from, to.tenant_id);
        else if (name == "timeout_ms")
            read(from, to.timeout);
        else if (name == "traceparent")
            read(from, to.traceparent);
        else if (name == "tracestate")
            read(from, to.tracestate);
        else
            from.skip();
    });
}

/// Where the time of a call went, in milliseconds.
struct Timings {
    /// The last attempt.
    std::chrono::milliseconds attempt{};
    /// Waiting for tokens.
    std::chrono::milliseconds token{};
    /// From the call's beginning to its end.
    std::chrono::milliseconds total{};
    /// Waiting between attempts.
    std::chrono::milliseconds wait{};
};

/// Reads it.
inline void read(json::Reader& from, Timings& to)
{
    bool has_attempt = false, has_token = false, has_total = false, has_wait = false;
    from.object([&](std::string_view name) {
        if (name == "attempt_ms") {
            has_attempt = true;
            read(from, to.attempt);
        }
        else if (name == "token_ms") {
            has_token = true;
            read(from, to.token);
        }
        else if (name == "total_ms") {
            has_total = true;
            read(from, to.total);
        }
        else if (name == "wait_ms") {
            has_wait = true;
            read(from, to.wait);
        }
        else
            from.skip();
    });
    from.need(has_attempt, "attempt_ms");
    from.need(has_token, "token_ms");
    from.need(has_total, "total_ms");
    from.need(has_wait, "wait_ms");
}

/// How an answer came about.
struct CallMeta {
    /// How many times the request was sent.
    std::uint32_t attempts{};
    /// The correlation id of the call.
    std::string correlation_id;
    /// The header fields of the answer, by lower-case name; those that carry credentials are left out.
    std::map<std::string, std::string> headers;
    /// The HTTP status of the answer.
    std::uint16_t http_status{};
    /// How it was sent: `http`.
    std::string protocol;
    /// Where the time went.
    Timings timings{};
};

/// Reads it.
inline void read(json::Reader& from, CallMeta& to)
{
    bool has_attempts = false, has_correlation_id = false, has_http_status = false, has_protocol = false, has_timings = false;
    from.object([&](std::string_view name) {
        if (name == "attempts") {
            has_attempts = true;
            read(from, to.attempts);
        }
        else if (name == "correlation_id") {
            has_correlation_id = true;
            read(from, to.correlation_id);
        }
        else if (name == "headers")
            read(from, to.headers);
        else if (name == "http_status") {
            has_http_status = true;
            read(from, to.http_status);
        }
        else if (name == "protocol") {
            has_protocol = true;
            read(from, to.protocol);
        }
        else if (name == "timings") {
            has_timings = true;
            read(from, to.timings);
        }
        else
            from.skip();
    });
    from.need(has_attempts, "attempts");
    from.need(has_correlation_id, "correlation_id");
    from.need(has_http_status, "http_status");
    from.need(has_protocol, "protocol");
    from.need(has_timings, "timings");
}

} // namespace kei::api

namespace kei {
using api::CallMeta;
using api::CallOptions;
} // namespace kei

#endif
