/// @file
/// `Result<T>`: a value or an `Error`, without exceptions. And the two ways in which the classes of this library tell of failures.
#ifndef KEI_AGENT_RESULT_HPP
#define KEI_AGENT_RESULT_HPP

#include <kei_agent/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <type_traits>
#include <utility>

#if KEI_AGENT_STD_EXPECTED
#include <expected>
#endif

namespace kei {

namespace detail {

template <class T>
struct IsResult : std::false_type {};
template <class T>
struct IsResult<Result<T>> : std::true_type {};

/// Where a value was asked for that is not there.
[[noreturn]] inline void no_value(const Error& error)
{
#if KEI_AGENT_EXCEPTIONS
    throw Exception(error);
#else
    std::fprintf(stderr, "kei::Result::value: %s\n", error.to_string().c_str());
    std::abort();
#endif
}

} // namespace detail

/// A value, or why there is none. Modelled on C++23's `std::expected<T, kei::Error>`, into which it turns where that is there.
///
/// `*result` and `result->` may be used only when it holds a value. `value()` throws `kei::Exception` when it does not, or, where exceptions are off, prints the error
/// and aborts.
template <class T>
class [[nodiscard]] Result {
public:
    /// The value's type.
    using value_type = T;
    /// The error's type.
    using error_type = Error;

    /// A value.
    template <class U = T, std::enable_if_t<std::is_constructible_v<T, U&&> && !detail::IsResult<std::decay_t<U>>::value && !std::is_same_v<std::decay_t<U>, Error>, int> = 0>
    Result(U&& value) : value_(std::in_place, std::forward<U>(value))
    {
    }
    /// An error.
    Result(Error error) noexcept : error_(std::move(error)) {}

    /// Whether there is a value.
    bool has_value() const noexcept { return value_.has_value(); }
    /// Whether there is a value.
    explicit operator bool() const noexcept { return has_value(); }

    /// The value, which must be there.
    T& operator*() & noexcept { return *value_; }
    /// @copydoc operator*()
    const T& operator*() const& noexcept { return *value_; }
    /// @copydoc operator*()
    T&& operator*() && noexcept { return std::move(*value_); }
    /// @copydoc operator*()
    T* operator->() noexcept { return &*value_; }
    /// @copydoc operator*()
    const T* operator->() const noexcept { return &*value_; }

    /// The value, or an exception.
    T& value() & { return check(), **this; }
    /// @copydoc value()
    const T& value() const& { return check(), **this; }
    /// @copydoc value()
    T&& value() && { return check(), *std::move(*this); }

    /// The value, or another.
    template <class U>
    T value_or(U&& other) const&
    {
        return has_value() ? **this : static_cast<T>(std::forward<U>(other));
    }
    /// @copydoc value_or
    template <class U>
    T value_or(U&& other) &&
    {
        return has_value() ? *std::move(*this) : static_cast<T>(std::forward<U>(other));
    }

    /// The error, which must be there.
    const Error& error() const noexcept { return error_; }

    /// What `f` makes of the value, which is a `Result` as well; or the error.
    template <class F>
    auto and_then(F&& f) && -> std::invoke_result_t<F, T&&>
    {
        if (has_value())
            return std::forward<F>(f)(*std::move(*this));
        return error();
    }
    /// A `Result` of what `f` makes of the value; or the error.
    template <class F>
    auto transform(F&& f) &&
    {
        using Made = std::invoke_result_t<F, T&&>;
        if (!has_value())
            return Result<Made>(error());
        if constexpr (std::is_void_v<Made>) {
            std::forward<F>(f)(*std::move(*this));
            return Result<Made>();
        } else {
            return Result<Made>(std::forward<F>(f)(*std::move(*this)));
        }
    }
    /// The value; or the `Result` that `f` makes of the error.
    template <class F>
    Result or_else(F&& f) &&
    {
        if (has_value())
            return std::move(*this);
        return std::forward<F>(f)(error());
    }

#if KEI_AGENT_STD_EXPECTED
    /// The same as the standard's own type.
    operator std::expected<T, Error>() &&
    {
        if (has_value())
            return std::expected<T, Error>(*std::move(*this));
        return std::unexpected(error());
    }
#endif

private:
    void check() const
    {
        if (!has_value())
            detail::no_value(error());
    }

    // Not a std::variant, for which compilers warn of an Error that is not there.
    std::optional<T> value_;
    Error error_;
};

/// Success without a value, or why not.
template <>
class [[nodiscard]] Result<void> {
public:
    /// No value.
    using value_type = void;
    /// The error's type.
    using error_type = Error;

    /// Success.
    Result() noexcept = default;
    /// An error.
    Result(Error error) noexcept : error_(std::move(error)) {}

    /// Whether it went well.
    bool has_value() const noexcept { return error_.code() == Code::ok; }
    /// Whether it went well.
    explicit operator bool() const noexcept { return has_value(); }
    /// Nothing, or an exception.
    void value() const
    {
        if (!has_value())
            detail::no_value(error_);
    }
    /// The error, which must be there.
    const Error& error() const noexcept { return error_; }

#if KEI_AGENT_STD_EXPECTED
    /// The same as the standard's own type.
    operator std::expected<void, Error>() const
    {
        if (has_value())
            return {};
        return std::unexpected(error_);
    }
#endif

private:
    Error error_;
};

/// Failures as `Result`s: what `kei::Client` and the classes beside it do.
struct Results {
    /// What a function answers that makes a `T`.
    template <class T>
    using Of = Result<T>;
    /// Hands an outcome on.
    template <class T>
    static Result<T> tell(Result<T> outcome)
    {
        return outcome;
    }
};

#if KEI_AGENT_EXCEPTIONS
/// Failures as exceptions: what the classes in `kei::throwing` do.
struct Exceptions {
    /// What a function answers that makes a `T`.
    template <class T>
    using Of = T;
    /// The value, or an exception.
    template <class T>
    static T tell(Result<T> outcome)
    {
        return std::move(outcome).value();
    }
    /// Nothing, or an exception.
    static void tell(Result<void> outcome) { outcome.value(); }
};
#endif

/// Reads a JSON text into a value of a generated type, for example an event's body: `kei::decode<kei::api::Message>(event.body())`.
///
/// Answers an error of the code `protocol` that names the field when the text does not fit.
template <class T>
Result<T> decode(std::string_view text, std::string_view what = "the text")
{
    if constexpr (std::is_same_v<T, Json>) {
        (void)what;
        return Json(text);
    } else {
        json::Reader reader(text);
        T value{};
        read(reader, value);
        reader.finish();
        if (!reader.ok())
            return detail::unfit(what, reader);
        return value;
    }
}

} // namespace kei

#endif
