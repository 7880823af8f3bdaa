/// @file
/// The error object.
/// Made by bindings/generate from what the library says of itself; do not edit.
#ifndef KEI_AGENT_GENERATED_ERROR_OBJECT_HPP
#define KEI_AGENT_GENERATED_ERROR_OBJECT_HPP

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

/// The error object as it crosses the ABI.
struct ErrorObject {
    /// How many times the request was sent.
    std::uint32_t attempts{};
    /// The number of the error.
    std::int32_t code{};
    /// Further facts, by name.
    std::map<std::string, Json> details;
    /// One sentence for a person.
    std::string message;
    /// The name of the number, for example `KEI_E_STALE`.
    std::string name;
    /// Whether the same call may succeed later without a change by the caller.
    bool retryable{};
    /// The correlation id of the call.
    std::optional<std::string> correlation_id{};
    /// The HTTP status that caused the error.
    std::optional<std::uint16_t> http_status{};
    /// The OAuth error code (RFC 6749 section 5.2).
    std::optional<std::string> oauth_error{};
    /// How long the server asked to wait, in milliseconds.
    std::optional<std::chrono::milliseconds> retry_after{};
};

/// Reads it.
inline void read(json::Reader& from, ErrorObject& to)
{
    bool has_attempts = false, has_code = false, has_message = false, has_name = false, has_retryable = false;
    from.object([&](std::string_view name) {
        if (name == "attempts") {
            has_attempts = true;
            read(from, to.attempts);
        }
        else if (name == "code") {
            has_code = true;
            read(from, to.code);
        }
        else if (name == "details")
            read(from, to.details);
        else if (name == "message") {
            has_message = true;
            read(from, to.message);
        }
        else if (name == "name") {
            has_name = true;
            read(from, to.name);
        }
        else if (name == "retryable") {
            has_retryable = true;
            read(from, to.retryable);
        }
        else if (name == "correlation_id")
            read(from, to.correlation_id);
        else if (name == "http_status")
            read(from, to.http_status);
        else if (name == "oauth_error")
            read(from, to.oauth_error);
        else if (name == "retry_after_ms")
            read(from, to.retry_after);
        else
            from.skip();
    });
    from.need(has_attempts, "attempts");
    from.need(has_code, "code");
    from.need(has_message, "message");
    from.need(has_name, "name");
    from.need(has_retryable, "retryable");
}

} // namespace kei::api

#endif
