/// @file
/// Queues of events: waited on, watched through a descriptor, drained in batches, or handed to a function.
#ifndef KEI_AGENT_QUEUE_HPP
#define KEI_AGENT_QUEUE_HPP

#include <kei_agent/event.hpp>
#include <kei_agent/runtime.hpp>

#include <functional>
#include <optional>
#include <vector>

namespace kei {

/// What every queue is, however it tells of failures.
class QueueBase {
public:
    /// The handle, for C functions; it stays owned by this object.
    kei_queue handle() const noexcept { return handle_.get(); }

protected:
    /// Owns this handle.
    explicit QueueBase(kei_queue handle) noexcept : handle_(handle) {}
    /// The handle.
    detail::Handle handle_;
};

namespace detail {

/// A queue of this runtime's.
inline Result<kei_queue> make_queue(const RuntimeBase& runtime)
{
    if (auto fit = fits(); !fit)
        return fit.error();
    kei_queue handle = 0;
    kei_buf error{nullptr, 0, 0};
    const kei_status status = kei_queue_new(runtime.handle(), nullptr, 0, &handle, &error);
    if (status != KEI_OK)
        return detail::error(status, error);
    return handle;
}

/// The next event, waited for so many milliseconds (for ever, if negative); none when nothing came.
inline Result<std::optional<Event>> next_event(kei_queue queue, std::int64_t timeout)
{
    kei_event event = KEI_EVENT_INIT;
    const kei_status status = kei_queue_next(queue, &event, timeout);
    if (status == KEI_OK)
        return std::optional<Event>(std::in_place, event);
    if (status == KEI_E_AGAIN)
        return std::optional<Event>();
    return Error(static_cast<Code>(status));
}

/// Calls `take(view)` for each event that is there, many at a time: their bodies lie in `room`, so that nothing is allocated or freed for one. Answers how many there were.
template <class Take>
Result<std::size_t> drain_packed(kei_queue queue, std::vector<std::uint64_t>& room, Take&& take)
{
    if (room.size() < 1024)
        room.resize(1024);
    std::size_t all = 0;
    for (;;) {
        std::size_t used = 0, count = 0;
        auto* bytes = reinterpret_cast<std::uint8_t*>(room.data());
        const kei_status status = kei_queue_drain_packed(queue, bytes, room.size() * sizeof(std::uint64_t), &used, &count);
        if (status == KEI_E_TOO_SMALL) {
            room.resize(used / sizeof(std::uint64_t) + 1);
            continue;
        }
        if (status != KEI_OK)
            return Error(static_cast<Code>(status));
        if (count == 0)
            return all;
        for (std::size_t at = 0; at < used;) {
            const auto* event = reinterpret_cast<const kei_event*>(bytes + at);
            at += event->size;
            take(EventView::of(*event));
        }
        all += count;
    }
}

} // namespace detail

/// A queue of events. Thread-safe; each event goes to one of those who wait for it.
///
/// Use one of your own where operations are started with `Client::submit_to` and outcomes are taken in a loop of yours; `Client::submit` and `Client::async` see to that
/// themselves.
template <class Errors>
class BasicQueue : public QueueBase {
public:
    /// What a function answers that makes a `T`.
    template <class T>
    using Of = typename Errors::template Of<T>;
    /// What events are handed to.
    using Callback = std::function<void(const EventView&)>;

    /// Makes a queue of the process's runtime, or of another.
    static Of<BasicQueue> create(const RuntimeBase& runtime = RuntimeBase())
    {
        return Errors::tell(detail::make_queue(runtime).transform([](kei_queue handle) { return BasicQueue(handle); }));
    }

    /// The next event, waited for up to `timeout`; none when nothing came in time or `wake` ended the wait.
    template <class Rep, class Period>
    Of<std::optional<Event>> next(const std::chrono::duration<Rep, Period>& timeout) const
    {
        return Errors::tell(detail::next_event(handle(), detail::milliseconds(timeout)));
    }
    /// The next event, however long that takes; none when `wake` ended the wait.
    Of<std::optional<Event>> next() const { return Errors::tell(detail::next_event(handle(), -1)); }

    /// Up to `most` events that are there now.
    Of<std::vector<Event>> drain(std::size_t most = 64) const
    {
        std::vector<kei_event> raw(most, kei_event KEI_EVENT_INIT);
        std::size_t count = 0;
        const kei_status status = kei_queue_drain(handle(), raw.data(), sizeof(kei_event), raw.size(), &count);
        if (status != KEI_OK)
            return Errors::tell(Result<std::vector<Event>>(Error(static_cast<Code>(status))));
        return Errors::tell(Result<std::vector<Event>>(std::vector<Event>(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(count))));
    }
    /// Calls `take(const EventView&)` for each event that is there now, and answers how many there were. The fastest way: their bodies are written into `room`, which is kept
    /// from call to call, and nothing is allocated or freed for one event. The view is good until `take` returns.
    template <class Take>
    Of<std::size_t> drain(std::vector<std::uint64_t>& room, Take&& take) const
    {
        return Errors::tell(detail::drain_packed(handle(), room, std::forward<Take>(take)));
    }

    /// A descriptor that is readable as long as there are events, for `poll`, `epoll` and the like. The queue's: do not read or close it.
    Of<int> fd() const
    {
        std::ptrdiff_t fd = -1;
        const kei_status status = kei_queue_fd(handle(), &fd);
        if (status != KEI_OK)
            return Errors::tell(Result<int>(Error(static_cast<Code>(status))));
        return Errors::tell(Result<int>(static_cast<int>(fd)));
    }
    /// Has a byte written to a descriptor of yours whenever the queue stops being empty; -1 ends that.
    Of<void> notify(int fd) const { return Errors::tell(detail::outcome(kei_queue_notify_fd(handle(), fd))); }
    /// Ends one wait, this one or the next, without an event.
    Of<void> wake() const { return Errors::tell(detail::outcome(kei_queue_wake(handle()))); }

    /// Has each event handed to `callback`, one after the other, on a thread of the library's that is made for this; an empty one ends that. It may call anything but
    /// `Runtime::shutdown`. What it throws ends the program, since nothing may be thrown through C. Its copy is destroyed when no call of it can come any more; closing the queue does not wait for that.
    Of<void> set_callback(Callback callback) const
    {
        if (!callback)
            return Errors::tell(detail::outcome(kei_queue_set_callback(handle(), nullptr, nullptr, nullptr)));
        auto* user = new Callback(std::move(callback));
        const kei_status status = kei_queue_set_callback(handle(), call, user, [](void* it) { delete static_cast<Callback*>(it); });
        if (status != KEI_OK)
            delete user;
        return Errors::tell(detail::outcome(status));
    }

    /// Closes it, and lets its events go. A second time is an error of the code `stale`.
    Of<void> close() const { return Errors::tell(handle_.close()); }

private:
    explicit BasicQueue(kei_queue handle) noexcept : QueueBase(handle) {}
    static void call(void* user, const kei_event* event) noexcept { (*static_cast<Callback*>(user))(EventView::of(*event)); }
};

/// A queue whose functions answer `Result`s.
using Queue = BasicQueue<Results>;

#if KEI_AGENT_EXCEPTIONS
namespace throwing {
/// A queue whose functions throw `kei::Exception`.
using Queue = BasicQueue<Exceptions>;
} // namespace throwing
#endif

} // namespace kei

#endif
