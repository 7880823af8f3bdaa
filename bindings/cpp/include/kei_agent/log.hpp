/// @file
/// The library's log records, handed to a function of the host's.
#ifndef KEI_AGENT_LOG_HPP
#define KEI_AGENT_LOG_HPP

#include <kei_agent/queue.hpp>

#include <future>

namespace kei {

namespace detail {

/// The queue whose records this thread hands to a sink, if it does.
inline thread_local kei_queue sinking = 0;

/// Tells that a sink is gone.
struct SinkGone {
    std::promise<void> promise;
    SinkGone() = default;
    SinkGone(const SinkGone&) = delete;
    SinkGone& operator=(const SinkGone&) = delete;
    ~SinkGone() { promise.set_value(); }
};

/// A sink that is shared. Members go in the reverse of their order: so it is gone, with all that it holds, when that is told.
template <class Sink>
struct SharedSink {
    SinkGone gone;
    Sink sink;
    explicit SharedSink(Sink given) : sink(std::move(given)) {}
};

} // namespace detail

using api::LogLevel;

/// Which records are wanted. What is absent is as the runtime's configuration says.
struct LogFilter {
    /// How much.
    std::optional<LogLevel> level{};
    /// Other levels for single targets, by the target's prefix.
    std::map<std::string, LogLevel> targets{};
};

/// Writes a filter.
inline void write(json::Writer& to, const LogFilter& value)
{
    to.begin_object();
    to.field("level", value.level);
    if (!value.targets.empty())
        to.field("targets", value.targets);
    to.end_object();
}

/// A record of the library's log, good as long as the function that it was given to runs. Secrets in it are masked.
class LogRecord {
public:
    /// Of an event of the kind `log`.
    explicit LogRecord(const EventView& event) : level_(static_cast<LogLevel>(event.level)), json_(event.body)
    {
        json::Reader reader(event.body);
        reader.object([&](std::string_view name) {
            if (name == "target")
                read(reader, target_);
            else if (name == "message")
                read(reader, message_);
            else if (name == "correlation_id")
                read(reader, correlation_id_);
            else
                reader.skip();
        });
    }

    /// How important it is.
    LogLevel level() const noexcept { return level_; }
    /// Which part of the library says it.
    const std::string& target() const noexcept { return target_; }
    /// What happened.
    const std::string& message() const noexcept { return message_; }
    /// The call that it belongs to, if to any.
    const std::optional<std::string>& correlation_id() const noexcept { return correlation_id_; }
    /// All of it, as JSON.
    std::string_view json() const noexcept { return json_; }

private:
    LogLevel level_;
    std::string_view json_;
    std::string target_;
    std::string message_;
    std::optional<std::string> correlation_id_;
};

static_assert(static_cast<int>(LogLevel::off) == 0 && static_cast<int>(LogLevel::error) == 1 && static_cast<int>(LogLevel::trace) == 5,
              "the levels of events are those of the configuration, in their order");

/// Has a runtime's log records handed to a function, as long as it lives. Move-only. Once it is gone the function is not called any more: letting go of it waits for a call
/// that runs, unless it is that call which lets go of it.
template <class Errors>
class BasicLogTap {
public:
    /// What a function answers that makes a `T`.
    template <class T>
    using Of = typename Errors::template Of<T>;
    /// What records are handed to, one after the other, on a thread of the library's that is no I/O thread. What it throws ends the program.
    using Sink = std::function<void(const LogRecord&)>;

    /// Begins with the process's runtime, or with another. A sink that is slow makes nothing wait: the library keeps so many records, and then drops and counts them.
    static Of<BasicLogTap> attach(Sink sink, const LogFilter& filter = {}, const RuntimeBase& runtime = RuntimeBase())
    {
        return Errors::tell(made(std::move(sink), filter, runtime));
    }
    /// Moves it.
    BasicLogTap(BasicLogTap&&) noexcept = default;
    /// Moves it, after the one that was here has ended.
    BasicLogTap& operator=(BasicLogTap&& other) noexcept
    {
        { const BasicLogTap old(std::move(*this)); }
        runtime_ = std::move(other.runtime_);
        queue_ = std::move(other.queue_);
        gone_ = std::move(other.gone_);
        return *this;
    }
    ~BasicLogTap()
    {
        // In a forked child the thread that would end is not there, which the status tells.
        if (gone_.valid() && kei_close(queue_.handle()) == KEI_OK && detail::sinking != queue_.handle())
            gone_.wait();
    }
    /// Changes which records are wanted.
    Of<void> set_filter(const LogFilter& filter) const { return Errors::tell(filtered(filter)); }

private:
    BasicLogTap(BasicQueue<Results> queue, RuntimeBase runtime, std::future<void> gone) noexcept
        : runtime_(std::move(runtime)), queue_(std::move(queue)), gone_(std::move(gone))
    {
    }

    static Result<BasicLogTap> made(Sink sink, const LogFilter& filter, const RuntimeBase& runtime)
    {
        auto queue = BasicQueue<Results>::create(runtime);
        if (!queue)
            return queue.error();
        auto shared = std::make_shared<detail::SharedSink<Sink>>(std::move(sink));
        auto gone = shared->gone.promise.get_future();
        const kei_queue handle = queue->handle();
        auto called = queue->set_callback([shared = std::move(shared), handle](const EventView& event) {
            if (event.kind != EventKind::log)
                return;
            detail::sinking = handle;
            shared->sink(LogRecord(event));
            detail::sinking = 0;
        });
        if (!called)
            return called.error();
        BasicLogTap tap(*std::move(queue), runtime, std::move(gone));
        if (auto attached = tap.filtered(filter); !attached)
            return attached.error();
        return tap;
    }
    Result<void> filtered(const LogFilter& filter) const
    {
        const std::string text = json::encode(filter);
        const bool as_configured = text == "{}";
        return detail::outcome(kei_log_attach(runtime_.handle(), queue_.handle(), as_configured ? nullptr : text.data(), as_configured ? 0 : text.size()));
    }

    RuntimeBase runtime_;
    BasicQueue<Results> queue_;
    std::future<void> gone_;
};

/// A log tap whose functions answer `Result`s.
using LogTap = BasicLogTap<Results>;

#if KEI_AGENT_EXCEPTIONS
namespace throwing {
/// A log tap whose functions throw `kei::Exception`.
using LogTap = BasicLogTap<Exceptions>;
} // namespace throwing
#endif

} // namespace kei

#endif
