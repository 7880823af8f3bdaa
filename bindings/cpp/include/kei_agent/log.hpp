/// @file
/// The library's log records, handed to a function of the host's.
#ifndef KEI_AGENT_LOG_HPP
#define KEI_AGENT_LOG_HPP

#include <kei_agent/queue.hpp>

namespace kei {

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

/// Has a runtime's log records handed to a function, as long as it lives. Move-only.
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
    /// Changes which records are wanted.
    Of<void> set_filter(const LogFilter& filter) const { return Errors::tell(filtered(filter)); }

private:
    BasicLogTap(BasicQueue<Results> queue, RuntimeBase runtime) noexcept : runtime_(std::move(runtime)), queue_(std::move(queue)) {}

    static Result<BasicLogTap> made(Sink sink, const LogFilter& filter, const RuntimeBase& runtime)
    {
        auto queue = BasicQueue<Results>::create(runtime);
        if (!queue)
            return queue.error();
        auto called = queue->set_callback([sink = std::move(sink)](const EventView& event) {
            if (event.kind == EventKind::log)
                sink(LogRecord(event));
        });
        if (!called)
            return called.error();
        BasicLogTap tap(*std::move(queue), runtime);
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
