/// @file
/// What can go wrong, by number.
/// Made by bindings/generate from what the library says of itself; do not edit.
#ifndef KEI_AGENT_GENERATED_CODES_HPP
#define KEI_AGENT_GENERATED_CODES_HPP

#include <cstdint>
#include <string_view>

namespace kei {

/// What went wrong, as a stable number: the same as C's `KEI_E_` names. Numbers are never reused, new ones may be added.
enum class Code : std::int32_t {
    /// Success.
    ok = 0,
    /// A pointer that must not be NULL is NULL.
    null = 1,
    /// A text is not valid UTF-8.
    utf8 = 2,
    /// A text is not valid JSON, or nests too deeply.
    json = 3,
    /// The handle was closed, or was never given out.
    stale = 4,
    /// The handle is of another kind than the function takes.
    wrong_kind = 5,
    /// The function would wait for the thread that it was called on.
    wrong_thread = 6,
    /// The process is a forked child: the threads of the library stayed with its parent.
    forked = 7,
    /// A fault in the library was caught at the boundary. Please report it.
    panic = 8,
    /// The caller was built against another major version of the ABI.
    abi = 9,
    /// An argument is out of its range.
    argument = 10,
    /// This platform, or this build, does not offer the function.
    unsupported = 11,
    /// The room that the caller gave is too small; how much is needed is answered with it.
    too_small = 12,
    /// A callback drains the queue, so that it cannot be waited on or drained by hand.
    wrong_mode = 13,
    /// The object was closed, or its runtime is shutting down.
    closed = 100,
    /// The operation was cancelled by its caller.
    cancelled = 101,
    /// The deadline of the call passed.
    deadline = 102,
    /// Nothing came within the time given, or the wait was woken.
    again = 103,
    /// The host did not answer a REQUEST event in time.
    host_timeout = 104,
    /// A configuration value is wrong.
    config = 200,
    /// A configuration key is not known.
    config_unknown_key = 201,
    /// A configuration value that is needed is missing.
    config_missing = 202,
    /// A file that the configuration names cannot be used.
    config_file = 203,
    /// No operation has this name.
    unknown_operation = 210,
    /// The request does not fit the operation's schema.
    request = 211,
    /// The options of the call do not fit their schema.
    options = 212,
    /// The request is larger than `limits.max_request_bytes`.
    request_too_large = 213,
    /// No token could be had: the issuer refused, or its answer made no sense.
    token = 350,
    /// No token could be had in time: the issuer did not answer.
    token_timeout = 351,
    /// The issuer's metadata could not be had, or is not to be trusted.
    discovery = 352,
    /// The server does not accept the credential (HTTP 401).
    unauthorized = 353,
    /// The credential does not allow this (HTTP 403).
    forbidden = 354,
    /// A security rule of the configuration forbids the request; nothing was sent.
    refused = 355,
    /// No connection to the server could be made.
    connect = 450,
    /// The server's name could not be resolved.
    dns = 451,
    /// The TLS peer could not be verified, or the handshake failed.
    tls = 452,
    /// The connection was lost before the whole answer had come.
    connection_lost = 453,
    /// The server did not answer in the time of one attempt.
    timeout = 454,
    /// The answer is larger than `limits.max_answer_bytes`.
    answer_too_large = 455,
    /// The server failed (HTTP 5xx) in a way that may pass.
    remote = 550,
    /// The server cannot do this at all (HTTP 501, 505).
    not_implemented = 551,
    /// The server rejected the request (HTTP 4xx).
    rejected = 552,
    /// The server does not have the thing asked for (HTTP 404, 410).
    not_found = 553,
    /// The request conflicts with the state of the thing (HTTP 409, 412).
    conflict = 554,
    /// The server asks for fewer requests (HTTP 429).
    rate_limited = 555,
    /// The answer is not what the protocol says it should be.
    protocol = 556,
    /// The circuit breaker is open: the server has failed too often of late, nothing was sent.
    breaker_open = 650,
    /// Too many operations are in flight.
    overloaded = 651,
    /// More items came than the host took, and the subscription's `overflow` is `fail`.
    overflow = 652,
};

/// What a number means, in one sentence.
constexpr std::string_view meaning(Code code) noexcept
{
    switch (code) {
    case Code::ok: return "Success.";
    case Code::null: return "A pointer that must not be NULL is NULL.";
    case Code::utf8: return "A text is not valid UTF-8.";
    case Code::json: return "A text is not valid JSON, or nests too deeply.";
    case Code::stale: return "The handle was closed, or was never given out.";
    case Code::wrong_kind: return "The handle is of another kind than the function takes.";
    case Code::wrong_thread: return "The function would wait for the thread that it was called on.";
    case Code::forked: return "The process is a forked child: the threads of the library stayed with its parent.";
    case Code::panic: return "A fault in the library was caught at the boundary. Please report it.";
    case Code::abi: return "The caller was built against another major version of the ABI.";
    case Code::argument: return "An argument is out of its range.";
    case Code::unsupported: return "This platform, or this build, does not offer the function.";
    case Code::too_small: return "The room that the caller gave is too small; how much is needed is answered with it.";
    case Code::wrong_mode: return "A callback drains the queue, so that it cannot be waited on or drained by hand.";
    case Code::closed: return "The object was closed, or its runtime is shutting down.";
    case Code::cancelled: return "The operation was cancelled by its caller.";
    case Code::deadline: return "The deadline of the call passed.";
    case Code::again: return "Nothing came within the time given, or the wait was woken.";
    case Code::host_timeout: return "The host did not answer a REQUEST event in time.";
    case Code::config: return "A configuration value is wrong.";
    case Code::config_unknown_key: return "A configuration key is not known.";
    case Code::config_missing: return "A configuration value that is needed is missing.";
    case Code::config_file: return "A file that the configuration names cannot be used.";
    case Code::unknown_operation: return "No operation has this name.";
    case Code::request: return "The request does not fit the operation's schema.";
    case Code::options: return "The options of the call do not fit their schema.";
    case Code::request_too_large: return "The request is larger than `limits.max_request_bytes`.";
    case Code::token: return "No token could be had: the issuer refused, or its answer made no sense.";
    case Code::token_timeout: return "No token could be had in time: the issuer did not answer.";
    case Code::discovery: return "The issuer's metadata could not be had, or is not to be trusted.";
    case Code::unauthorized: return "The server does not accept the credential (HTTP 401).";
    case Code::forbidden: return "The credential does not allow this (HTTP 403).";
    case Code::refused: return "A security rule of the configuration forbids the request; nothing was sent.";
    case Code::connect: return "No connection to the server could be made.";
    case Code::dns: return "The server's name could not be resolved.";
    case Code::tls: return "The TLS peer could not be verified, or the handshake failed.";
    case Code::connection_lost: return "The connection was lost before the whole answer had come.";
    case Code::timeout: return "The server did not answer in the time of one attempt.";
    case Code::answer_too_large: return "The answer is larger than `limits.max_answer_bytes`.";
    case Code::remote: return "The server failed (HTTP 5xx) in a way that may pass.";
    case Code::not_implemented: return "The server cannot do this at all (HTTP 501, 505).";
    case Code::rejected: return "The server rejected the request (HTTP 4xx).";
    case Code::not_found: return "The server does not have the thing asked for (HTTP 404, 410).";
    case Code::conflict: return "The request conflicts with the state of the thing (HTTP 409, 412).";
    case Code::rate_limited: return "The server asks for fewer requests (HTTP 429).";
    case Code::protocol: return "The answer is not what the protocol says it should be.";
    case Code::breaker_open: return "The circuit breaker is open: the server has failed too often of late, nothing was sent.";
    case Code::overloaded: return "Too many operations are in flight.";
    case Code::overflow: return "More items came than the host took, and the subscription's `overflow` is `fail`.";
    }
    return "An error that this version does not know.";
}

/// The kinds of things that go wrong: the bands of the numbers.
enum class Category {
    /// Numbers from 1.
    misuse,
    /// Numbers from 100.
    lifecycle,
    /// Numbers from 200.
    configuration,
    /// Numbers from 300.
    auth,
    /// Numbers from 400.
    transport,
    /// Numbers from 500.
    protocol,
    /// Numbers from 600.
    resilience,
};

/// The kind that a number belongs to.
constexpr Category category_of(Code code) noexcept
{
    const auto number = static_cast<std::int32_t>(code);
    if (number >= 600)
        return Category::resilience;
    if (number >= 500)
        return Category::protocol;
    if (number >= 400)
        return Category::transport;
    if (number >= 300)
        return Category::auth;
    if (number >= 200)
        return Category::configuration;
    if (number >= 100)
        return Category::lifecycle;
    return Category::misuse;
}

} // namespace kei

#endif
