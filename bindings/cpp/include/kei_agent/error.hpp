/// @file
/// What a failure is: a number, and what is known of it.
#ifndef KEI_AGENT_ERROR_HPP
#define KEI_AGENT_ERROR_HPP

#include <kei_agent/generated/codes.hpp>
#include <kei_agent/generated/error_object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace kei {

/// The category of `std::error_code`s that are a `kei::Code`.
inline const std::error_category& error_category() noexcept
{
    class Category final : public std::error_category {
        const char* name() const noexcept override { return "kei_agent"; }
        std::string message(int value) const override { return std::string(meaning(static_cast<Code>(value))); }
    };
    static const Category category;
    return category;
}

/// Lets a `Code` be compared with, and turned into, a `std::error_code`.
inline std::error_code make_error_code(Code code) noexcept { return {static_cast<int>(code), error_category()}; }

template <class T>
class Result;

/// What went wrong: the library's error object. It holds no secret, since the library masks what it says.
///
/// Cheap to copy. Different objects, also copies of one another, may be used from different threads at once.
class Error {
public:
    /// An error of this library's own: a number and a sentence.
    explicit Error(Code code, std::string message = {}) : code_(code)
    {
        api::ErrorObject object;
        object.code = static_cast<std::int32_t>(code);
        object.name = kei_status_name(static_cast<kei_status>(code));
        object.message = message.empty() ? std::string(meaning(code)) : std::move(message);
        object.retryable = kei_status_retryable(static_cast<kei_status>(code)) != 0;
        object_ = std::make_shared<const api::ErrorObject>(std::move(object));
    }

    /// The error that a status and an error object tell of; without an object, what the status means.
    static Error of(kei_status status, std::string_view object)
    {
        json::Reader reader(object);
        api::ErrorObject told;
        read(reader, told);
        Error error(static_cast<Code>(status));
        if (reader.ok())
            error.object_ = std::make_shared<const api::ErrorObject>(std::move(told));
        return error;
    }

    /// The number. New ones may be added to the library: treat one that you do not know by its `category()` and `retryable()`.
    Code code() const noexcept { return code_; }
    /// Its name as in C, for example `KEI_E_CONNECT`.
    const std::string& name() const noexcept { return object_->name; }
    /// One sentence for a person.
    const std::string& message() const noexcept { return object_->message; }
    /// The kind of thing that went wrong: the band of the number.
    Category category() const noexcept { return category_of(code_); }
    /// Whether the same call may succeed later without a change by the caller.
    bool retryable() const noexcept { return object_->retryable; }
    /// How long the server asked to wait.
    std::optional<std::chrono::milliseconds> retry_after() const noexcept { return object_->retry_after; }
    /// The HTTP status that caused it.
    std::optional<std::uint16_t> http_status() const noexcept { return object_->http_status; }
    /// The OAuth error code (RFC 6749).
    const std::optional<std::string>& oauth_error() const noexcept { return object_->oauth_error; }
    /// The correlation id of the call, by which it is found in logs.
    const std::optional<std::string>& correlation_id() const noexcept { return object_->correlation_id; }
    /// How many times the request was sent.
    std::uint32_t attempts() const noexcept { return object_->attempts; }
    /// Further facts, by name.
    const std::map<std::string, Json>& details() const noexcept { return object_->details; }

    /// For a log or a person: "KEI_E_CONNECT: no connection to …".
    std::string to_string() const { return name() + ": " + message(); }
    /// The number as a `std::error_code`.
    operator std::error_code() const noexcept { return make_error_code(code_); }

private:
    template <class T>
    friend class Result;

    /// None.
    Error() noexcept = default;

    Code code_ = Code::ok;
    std::shared_ptr<const api::ErrorObject> object_;
};

namespace detail {

/// The error of a status, taking its error object over.
inline Error error(kei_status status, kei_buf object)
{
    const Json text(object);
    return Error::of(status, text.view());
}

/// An error that says where a text did not fit the type it was to be read into.
inline Error unfit(std::string_view what, const json::Reader& reader) { return Error(Code::protocol, std::string(what) + ": " + reader.problem()); }

} // namespace detail

#if KEI_AGENT_EXCEPTIONS
/// What the throwing façade throws, and `Result::value`. `code()` is a `kei::Code` as a `std::error_code`, `what()` its name and message.
class Exception : public std::system_error {
public:
    /// Of this error.
    explicit Exception(Error error) : std::system_error(make_error_code(error.code()), error.name()), error_(std::move(error)), what_(std::make_shared<const std::string>(error_.to_string())) {}
    /// All that is known.
    const Error& error() const noexcept { return error_; }
    /// Name and message.
    const char* what() const noexcept override { return what_->c_str(); }

private:
    Error error_;
    std::shared_ptr<const std::string> what_;
};
#endif

} // namespace kei

#ifndef DOXYGEN
template <>
struct std::is_error_code_enum<kei::Code> : std::true_type {};
#endif

#endif
