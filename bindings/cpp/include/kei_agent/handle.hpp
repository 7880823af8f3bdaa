/// @file
/// Ownership of the library's handles, and what all classes do with statuses.
#ifndef KEI_AGENT_HANDLE_HPP
#define KEI_AGENT_HANDLE_HPP

#include <kei_agent/result.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

namespace kei {

/// The version of the library that the program runs with, for example `0.1.0`.
inline std::string_view version() noexcept { return kei_version(); }

namespace detail {

/// Success, or the error that a status stands for.
inline Result<void> outcome(kei_status status, kei_buf object = {nullptr, 0, 0})
{
    if (status == KEI_OK)
        return {};
    return error(status, object);
}

/// Whether the library is one that this header was written for; looked at once.
inline Result<void> fits()
{
    static const kei_status status = kei_abi_check(KEI_ABI_VERSION, sizeof(kei_event));
    if (status == KEI_OK)
        return {};
    return Error(Code::abi, "this program was compiled for another version of libkei_agent than " + std::string(version()) + ", which it found; compile it anew, or install the one it was compiled for");
}

/// A time span in whole milliseconds, rounded up: a wait is never shorter than asked for. One that is longer than that can say counts as for ever.
template <class Rep, class Period>
std::int64_t milliseconds(const std::chrono::duration<Rep, Period>& span)
{
    using Wide = std::chrono::duration<double, std::milli>;
    if (Wide(span).count() > 9e15)
        return -1;
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(span).count();
    return whole < 0 ? 0 : static_cast<std::int64_t>(whole);
}

/// Owns one handle. Move-only; the one that was moved from is none, which the library answers with an error.
class Handle {
public:
    Handle() noexcept = default;
    explicit Handle(kei_handle value) noexcept : value_(value) {}
    Handle(Handle&& other) noexcept : value_(std::exchange(other.value_, 0)) {}
    Handle& operator=(Handle&& other) noexcept
    {
        const Handle old(std::exchange(value_, std::exchange(other.value_, 0)));
        return *this;
    }
    ~Handle()
    {
        // One that was closed already is stale, which the library knows: numbers are not used again.
        if (value_ != 0)
            (void)kei_close(value_);
    }

    kei_handle get() const noexcept { return value_; }
    Result<void> close() const { return outcome(kei_close(value_)); }

private:
    kei_handle value_ = 0;
};

} // namespace detail
} // namespace kei

#endif
