/// @file
/// Subscriptions as a range of events.
#ifndef KEI_AGENT_SUBSCRIPTION_HPP
#define KEI_AGENT_SUBSCRIPTION_HPP

#include <kei_agent/outcome.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>

namespace kei {

/// What a subscription may be told when it is opened.
struct SubscribeOptions {
    /// The options of the call.
    CallOptions call{};
    /// How many items may come before they were taken.
    std::uint32_t credit = 64;
    /// Whether taking items lets as many new ones come. Otherwise `grant` does.
    bool replenish = true;
};

/// A subscription, with a queue of its own: a range of events, which ends when the subscription does.
///
///     for (kei::Event& event : *subscription)
///         if (event.kind() == kei::EventKind::item)
///             use(event.as<kei::api::Message>());
///
/// Events are taken from one thread at a time; `close` may be called from any, and ends the loop. Where a loop should not wait, watch `fd()` and call `next` with no time to
/// wait. Letting go of it closes it.
template <class Errors>
class BasicSubscription {
public:
    /// What a function answers that makes a `T`.
    template <class T>
    using Of = typename Errors::template Of<T>;

    /// The next event, waited for up to `timeout`: an item, a change of state or a request. None when nothing came in time, or the subscription has ended; see `ended`.
    template <class Rep, class Period>
    Of<std::optional<Event>> next(const std::chrono::duration<Rep, Period>& timeout)
    {
        return Errors::tell(take(detail::milliseconds(timeout)));
    }
    /// The next event, however long that takes. None when the subscription has ended.
    Of<std::optional<Event>> next() { return Errors::tell(take(-1)); }

    /// Whether its last event was taken.
    bool ended() const noexcept { return outcome_.has_value(); }
    /// How it ended, once it has: the answer, or the error, which is of the code `cancelled` when it was closed.
    const std::optional<Result<Json>>& outcome() const noexcept { return outcome_; }

    /// A descriptor that is readable when `next` would not wait.
    Of<int> fd() const
    {
        std::ptrdiff_t fd = -1;
        const kei_status status = kei_queue_fd(queue_.get(), &fd);
        if (status != KEI_OK)
            return Errors::tell(Result<int>(Error(static_cast<Code>(status))));
        return Errors::tell(Result<int>(static_cast<int>(fd)));
    }
    /// Lets so many items come besides those that may come already.
    Of<void> grant(std::uint32_t items) const { return Errors::tell(detail::outcome(kei_sub_credit(handle(), items))); }
    /// Closes it: what is under way still comes, then the end. A second time, and after it has ended, is an error of the code `stale`.
    Of<void> close() const { return Errors::tell(subscription_.close()); }
    /// The handle, for C functions; it stays owned by this object.
    kei_sub handle() const noexcept { return subscription_.get(); }

    /// Goes from event to event, waiting for each.
    class Iterator {
    public:
        /// It can be gone through once.
        using iterator_category = std::input_iterator_tag;
        /// Events.
        using value_type = Event;
        /// A number of events.
        using difference_type = std::ptrdiff_t;
        /// Of an event.
        using pointer = Event*;
        /// To an event.
        using reference = Event&;

        /// Behind the last.
        Iterator() noexcept = default;
        /// At the next event of a subscription.
        explicit Iterator(BasicSubscription& of) : of_(&of) { advance(); }
        /// The event.
        Event& operator*() const noexcept { return of_->current_; }
        /// The event.
        Event* operator->() const noexcept { return &of_->current_; }
        /// To the next one. In the throwing façade, a subscription that failed throws here why.
        Iterator& operator++()
        {
            advance();
            return *this;
        }
        /// @copydoc operator++
        void operator++(int) { advance(); }
        /// Whether both are behind the last.
        friend bool operator==(const Iterator& left, const Iterator& right) noexcept { return left.of_ == right.of_; }
        /// Whether one is not.
        friend bool operator!=(const Iterator& left, const Iterator& right) noexcept { return left.of_ != right.of_; }

    private:
        void advance()
        {
            auto event = of_->take(-1);
            if (event && *event) {
                of_->current_ = *std::move(*event);
                return;
            }
            BasicSubscription& ended = *std::exchange(of_, nullptr);
            ended.current_ = Event();
            if (!event)
                ended.outcome_ = event.error();
#if KEI_AGENT_EXCEPTIONS
            if constexpr (std::is_same_v<Errors, Exceptions>)
                if (ended.outcome_ && !*ended.outcome_ && ended.outcome_->error().code() != Code::cancelled)
                    throw Exception(ended.outcome_->error());
#endif
        }

        BasicSubscription* of_ = nullptr;
    };
    /// At the next event, waiting for it.
    Iterator begin() { return Iterator(*this); }
    /// Behind the last.
    Iterator end() const noexcept { return {}; }

    /// For `Client::subscribe`: of these handles.
    BasicSubscription(detail::Handle queue, detail::Handle subscription, const SubscribeOptions& options) noexcept
        : queue_(std::move(queue)), subscription_(std::move(subscription)), grant_every_(options.replenish ? std::max<std::uint32_t>(options.credit / 2, 1) : 0)
    {
    }
#if KEI_AGENT_STOP_TOKEN
    /// Has it closed when a stop is requested.
    void close_on(const std::stop_token& token) { stopper_ = std::make_unique<std::stop_callback<Close>>(token, Close{handle()}); }
#endif

private:
    Result<std::optional<Event>> take(std::int64_t timeout)
    {
        if (ended())
            return std::optional<Event>();
        auto event = detail::next_event(queue_.get(), timeout);
        if (!event || !*event)
            return event;
        if ((*event)->kind() == EventKind::end) {
            outcome_ = (*event)->outcome();
            return std::optional<Event>();
        }
        // Many at a time, since each is a call.
        if (grant_every_ != 0 && (*event)->kind() == EventKind::item && ++taken_ >= grant_every_)
            (void)kei_sub_credit(subscription_.get(), std::exchange(taken_, 0));
        return event;
    }

    detail::Handle queue_;
    detail::Handle subscription_;
    std::uint32_t grant_every_;
    std::uint32_t taken_ = 0;
    Event current_;
    std::optional<Result<Json>> outcome_;
#if KEI_AGENT_STOP_TOKEN
    struct Close {
        kei_sub handle;
        void operator()() const noexcept { (void)kei_close(handle); }
    };
    std::unique_ptr<std::stop_callback<Close>> stopper_;
#endif
};

/// A subscription whose functions answer `Result`s.
using Subscription = BasicSubscription<Results>;

#if KEI_AGENT_EXCEPTIONS
namespace throwing {
/// A subscription whose functions throw `kei::Exception`.
using Subscription = BasicSubscription<Exceptions>;
} // namespace throwing
#endif

} // namespace kei

#endif
