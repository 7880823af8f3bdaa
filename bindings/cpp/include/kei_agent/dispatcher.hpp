/// @file
/// Who takes the outcomes of operations from their queue and continues what waits for them.
#ifndef KEI_AGENT_DISPATCHER_HPP
#define KEI_AGENT_DISPATCHER_HPP

#include <kei_agent/queue.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace kei {

class Dispatcher;

namespace detail {

/// Waits for the outcome of one operation. Shared by whoever started it and by the dispatcher, and gone when both let go of it.
class Completion {
public:
    Completion() = default;
    Completion(const Completion&) = delete;
    Completion& operator=(const Completion&) = delete;

    /// Takes the outcome, once. `body` is good until it returns.
    virtual void complete(kei_status status, std::string_view body) noexcept = 0;

    void hold() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept
    {
        if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete this;
    }

protected:
    virtual ~Completion() = default;

private:
    std::atomic<unsigned> holders_{1};
};

/// A holder of a completion of this type.
template <class T>
class Held {
public:
    explicit Held(T* first) noexcept : it_(first) {}
    Held(Held&& other) noexcept : it_(std::exchange(other.it_, nullptr)) {}
    Held& operator=(Held&& other) noexcept
    {
        std::swap(it_, other.it_);
        return *this;
    }
    ~Held()
    {
        if (it_ != nullptr)
            it_->release();
    }
    T* operator->() const noexcept { return it_; }
    T& operator*() const noexcept { return *it_; }
    explicit operator bool() const noexcept { return it_ != nullptr; }

private:
    T* it_;
};

/// What the dispatcher and the thread that calls back have in common.
struct Dispatch {
    kei_queue queue = 0;
    std::atomic<std::size_t> pending{0};
    std::mutex mutex;
    std::condition_variable idle;
    /// The dispatcher went while its own thread ran a continuation: that thread closes the queue when nothing is pending any more. Of that thread alone.
    bool abandoned = false;

    void complete(const EventView& event)
    {
        if (event.kind == EventKind::done) {
            auto* completion = reinterpret_cast<Completion*>(static_cast<std::uintptr_t>(event.tag));
            completion->complete(event.status, event.body);
            completion->release();
            end();
        }
    }
    void end()
    {
        if (pending.fetch_sub(1, std::memory_order_acq_rel) != 1)
            return;
        { const std::lock_guard<std::mutex> lock(mutex); }
        idle.notify_all();
    }
};

/// The dispatch whose completions this thread runs, if it runs any.
inline thread_local const Dispatch* running = nullptr;

/// Says that this thread runs completions, for as long as it lives.
class Running {
public:
    explicit Running(const Dispatch* dispatch) noexcept : before_(std::exchange(running, dispatch)) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { running = before_; }

private:
    const Dispatch* before_;
};

class Starter;

} // namespace detail

/// Takes the outcomes of operations that were started with `Client::submit` and `Client::async` from a queue, and continues who waits for them.
///
/// A *threaded* one does so on one thread of the library's, which is no I/O thread: a continuation may take its time, and may call anything, but others wait meanwhile. It
/// must not wait for an outcome that the same dispatcher brings. A *manual* one does so where and when the host calls `poll` or `run`: watch `fd()` in a loop of yours, and
/// everything happens on its thread.
///
/// A client has a threaded one of its own; one may be given to several clients instead. They hold it. The last to let go of it waits until every
/// operation has ended and every continuation has returned, unless that happens in a continuation.
class Dispatcher {
public:
    /// One that runs when the host says so.
    static Result<std::shared_ptr<Dispatcher>> manual(const RuntimeBase& runtime = RuntimeBase())
    {
        return detail::make_queue(runtime).transform([](kei_queue queue) { return std::shared_ptr<Dispatcher>(new Dispatcher(queue)); });
    }

    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;
    ~Dispatcher()
    {
        // In a forked child nobody comes to end anything, and another thread may hold the lock for ever.
        const kei_status status = kei_queue_wake(dispatch_->queue);
        if (status == KEI_E_FORKED || status == KEI_E_STALE)
            return;
        if (detail::running == dispatch_.get() && dispatch_->pending > 1) {
            dispatch_->abandoned = true;
            return;
        }
        if (detail::running != dispatch_.get()) {
            if (threaded_) {
                std::unique_lock<std::mutex> lock(dispatch_->mutex);
                dispatch_->idle.wait(lock, [this] { return dispatch_->pending == 0; });
            } else {
                const detail::Running running(dispatch_.get());
                finish(*dispatch_, room_);
            }
        }
        (void)kei_close(dispatch_->queue);
    }

    /// For a manual one: a descriptor that is readable when `poll` has something to do.
    Result<int> fd() const
    {
        std::ptrdiff_t fd = -1;
        const kei_status status = kei_queue_fd(dispatch_->queue, &fd);
        if (status != KEI_OK)
            return Error(static_cast<Code>(status));
        return static_cast<int>(fd);
    }
    /// For a manual one: continues whatever has its outcome by now, and answers how many that were. From one thread at a time, and not from a continuation.
    Result<std::size_t> poll() { return drive(0); }
    /// For a manual one: waits up to `timeout` for an outcome, then does what `poll` does.
    template <class Rep, class Period>
    Result<std::size_t> run(const std::chrono::duration<Rep, Period>& timeout)
    {
        return drive(detail::milliseconds(timeout));
    }

    /// How many operations have not ended yet.
    std::size_t pending() const noexcept { return dispatch_->pending; }
    /// Whether this thread runs a continuation of this dispatcher's.
    bool runs_here() const noexcept { return detail::running == dispatch_.get(); }

    /// One with a thread of the library's, which is made when it is first needed.
    static Result<std::shared_ptr<Dispatcher>> threaded(const RuntimeBase& runtime = RuntimeBase())
    {
        auto made = manual(runtime);
        if (made)
            (*made)->threaded_ = true;
        return made;
    }

private:
    friend class detail::Starter;

    explicit Dispatcher(kei_queue queue) : dispatch_(std::make_shared<detail::Dispatch>()) { dispatch_->queue = queue; }

    /// Sees to it that somebody takes the outcomes.
    Result<void> start()
    {
        if (!threaded_ || started_.load(std::memory_order_acquire))
            return {};
        const std::lock_guard<std::mutex> lock(dispatch_->mutex);
        if (started_.load(std::memory_order_relaxed))
            return {};
        using User = std::shared_ptr<detail::Dispatch>;
        auto* user = new User(dispatch_);
        const kei_status status = kei_queue_set_callback(dispatch_->queue, called, user, [](void* it) { delete static_cast<User*>(it); });
        if (status != KEI_OK) {
            delete user;
            return Error(static_cast<Code>(status));
        }
        started_.store(true, std::memory_order_release);
        return {};
    }
    static void called(void* user, const kei_event* event) noexcept
    {
        // Closing the queue has this shared pointer destroyed, after this function has returned.
        detail::Dispatch& dispatch = **static_cast<std::shared_ptr<detail::Dispatch>*>(user);
        const detail::Running running(&dispatch);
        dispatch.complete(EventView::of(*event));
        if (dispatch.abandoned && dispatch.pending == 0)
            (void)kei_close(dispatch.queue);
    }
    Result<std::size_t> drive(std::int64_t timeout)
    {
        // What runs may let go of this object.
        const std::shared_ptr<detail::Dispatch> dispatch = dispatch_;
        if (detail::running == dispatch.get())
            return Error(Code::wrong_thread, "a continuation of this dispatcher must not poll or run it");
        const detail::Running running(dispatch.get());
        std::vector<std::uint64_t> room = std::exchange(room_, {});
        auto count = take(*dispatch, timeout, room);
        if (!dispatch->abandoned) {
            room_ = std::move(room);
        } else {
            finish(*dispatch, room);
            (void)kei_close(dispatch->queue);
        }
        return count;
    }
    /// Waits for an event, if there is time for that, and runs whatever is there then.
    static Result<std::size_t> take(detail::Dispatch& dispatch, std::int64_t timeout, std::vector<std::uint64_t>& room)
    {
        std::size_t count = 0;
        if (timeout != 0) {
            const auto first = detail::next_event(dispatch.queue, timeout);
            if (!first)
                return first.error();
            if (!*first)
                return count;
            dispatch.complete((*first)->view());
            ++count;
        }
        return detail::drain_packed(dispatch.queue, room, [&](const EventView& event) { dispatch.complete(event); }).transform([&](std::size_t more) { return count + more; });
    }
    /// Runs everything that is pending, here.
    static void finish(detail::Dispatch& dispatch, std::vector<std::uint64_t>& room)
    {
        while (dispatch.pending > 0 && take(dispatch, -1, room)) {
        }
    }

    std::shared_ptr<detail::Dispatch> dispatch_;
    std::vector<std::uint64_t> room_;
    bool threaded_ = false;
    std::atomic<bool> started_{false};
};

} // namespace kei

#endif
