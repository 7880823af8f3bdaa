/// @file
/// Runtimes: an I/O thread with its timers and its log.
#ifndef KEI_AGENT_RUNTIME_HPP
#define KEI_AGENT_RUNTIME_HPP

#include <kei_agent/generated/configuration.hpp>
#include <kei_agent/handle.hpp>

#include <memory>

namespace kei {

/// What every runtime is, however it tells of failures. One that is default-constructed stands for the process's own. Copies stand for the same; who makes something of
/// a runtime keeps one.
class RuntimeBase {
public:
    /// The process's own runtime, which is made from the environment (`KEI_LOG_LEVEL`, …) when it is first used.
    RuntimeBase() noexcept = default;
    /// The handle, for C functions; it stays owned by this object.
    kei_runtime handle() const noexcept { return handle_ ? handle_->get() : 0; }

protected:
    /// Owns this handle.
    explicit RuntimeBase(kei_runtime handle) : handle_(std::make_shared<const detail::Handle>(handle)) {}

private:
    std::shared_ptr<const detail::Handle> handle_;
};

/// A runtime. Most programs need none of their own: clients and queues take the process's when they are given none.
///
/// Thread-safe. Clients and queues keep what they need of it alive, so that it may be closed before them.
template <class Errors>
class BasicRuntime : public RuntimeBase {
public:
    /// What a function answers that makes a `T`.
    template <class T>
    using Of = typename Errors::template Of<T>;

    /// The process's own.
    BasicRuntime() noexcept = default;
    BasicRuntime(const BasicRuntime&) = delete;
    BasicRuntime& operator=(const BasicRuntime&) = delete;
    /// Moves it.
    BasicRuntime(BasicRuntime&&) noexcept = default;
    /// Moves it.
    BasicRuntime& operator=(BasicRuntime&&) noexcept = default;

    /// Makes one, from JSON text or from nothing for the defaults. A configuration that is wrong is an error that names the setting and says what would be right.
    static Of<BasicRuntime> create(const JsonText& configuration = {})
    {
        return Errors::tell(made(configuration.view()));
    }
    /// Makes one.
    static Of<BasicRuntime> create(const RuntimeConfig& configuration)
    {
        std::string text = json::encode(configuration);
        auto runtime = made(text);
        detail::wipe(text);
        return Errors::tell(std::move(runtime));
    }

    /// Shuts it down: refuses new work, cancels what runs, has every operation end, and joins every thread. Waits up to `timeout`, after which it answers `Code::deadline`
    /// and goes on ending meanwhile. On a thread of the library's it answers `Code::wrong_thread`.
    template <class Rep, class Period>
    Of<void> shutdown(const std::chrono::duration<Rep, Period>& timeout) const
    {
        kei_buf error{nullptr, 0, 0};
        const kei_status status = kei_runtime_shutdown(handle(), detail::milliseconds(timeout), &error);
        return Errors::tell(detail::outcome(status, error));
    }
    /// Shuts it down, however long that takes.
    Of<void> shutdown() const { return shutdown(std::chrono::duration<double>::max()); }

    /// Begins anew in a forked child, where everything else answers `Code::forked` until then. This runtime is good again; clients and queues of the parent are stale.
    Of<void> after_fork_child() const { return Errors::tell(detail::outcome(kei_runtime_after_fork_child(handle()))); }

    /// Closes it; what it is still needed for goes on, but nothing more can be made of it. A second time is an error of the code `stale`.
    Of<void> close() const { return Errors::tell(detail::outcome(kei_close(handle()))); }

private:
    explicit BasicRuntime(kei_runtime handle) : RuntimeBase(handle) {}
    static Result<BasicRuntime> made(std::string_view configuration)
    {
        if (auto fits = detail::fits(); !fits)
            return fits.error();
        kei_runtime handle = 0;
        kei_buf error{nullptr, 0, 0};
        const kei_status status = kei_runtime_new(configuration.data(), configuration.size(), &handle, &error);
        if (status != KEI_OK)
            return detail::error(status, error);
        return BasicRuntime(handle);
    }
};

/// A runtime whose functions answer `Result`s.
using Runtime = BasicRuntime<Results>;

#if KEI_AGENT_EXCEPTIONS
namespace throwing {
/// A runtime whose functions throw `kei::Exception`.
using Runtime = BasicRuntime<Exceptions>;
} // namespace throwing
#endif

} // namespace kei

#endif
