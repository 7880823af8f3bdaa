/// @file
/// The ways in which the outcome of an operation reaches who waits for it: a future, or a coroutine.
#ifndef KEI_AGENT_OUTCOME_HPP
#define KEI_AGENT_OUTCOME_HPP

#include <kei_agent/dispatcher.hpp>

#include <functional>
#include <future>

#if KEI_AGENT_COROUTINES
#include <coroutine>
#endif
#if KEI_AGENT_STOP_TOKEN
#include <stop_token>
#endif

namespace kei {

/// An operation in flight, as far as it can be cancelled. A copyable number; it owns nothing, and needs no closing.
class Operation {
public:
    /// None.
    Operation() noexcept = default;
    /// The operation of this handle.
    explicit Operation(kei_op handle) noexcept : handle_(handle) {}
    /// Cancels it: its outcome is `Code::cancelled` then, unless it had ended already. Does not wait. From any thread, as often as you like. Answers whether it was in flight.
    bool cancel() const noexcept { return kei_op_cancel(handle_) == KEI_OK; }
    /// The handle, for C functions.
    kei_op handle() const noexcept { return handle_; }

private:
    kei_op handle_ = 0;
};

namespace detail {

/// The answer in a body, or the error.
template <class T>
Result<T> outcome_as(kei_status status, std::string_view body)
{
    if (status != KEI_OK)
        return Error::of(status, body);
    return decode<T>(body, "the answer");
}

#if KEI_AGENT_STOP_TOKEN
/// Cancels an operation when a stop is requested.
class Stopper {
public:
    void watch(const std::stop_token& token, Operation operation)
    {
        if (token.stop_possible())
            callback_.emplace(token, Cancel{operation});
    }

private:
    struct Cancel {
        Operation operation;
        void operator()() const noexcept { operation.cancel(); }
    };
    std::optional<std::stop_callback<Cancel>> callback_;
};
#endif

/// A completion that also knows how it is cancelled.
class Cancellable : public Completion {
public:
    /// It was started as this operation. By the one who started it, before it lets go of the completion.
    void started(Operation operation) noexcept { operation_ = operation; }
    Operation operation() const noexcept { return operation_; }
#if KEI_AGENT_STOP_TOKEN
    Stopper stopper;
#endif

private:
    Operation operation_;
};

/// Makes a future ready.
template <class T, class Errors>
class FutureCompletion final : public Cancellable {
public:
    using Told = typename Errors::template Of<T>;

    void complete(kei_status status, std::string_view body) noexcept override { set(outcome_as<T>(status, body)); }
    void set(Result<T> outcome) noexcept
    {
        if constexpr (std::is_same_v<Told, Result<T>>) {
            promise.set_value(std::move(outcome));
        }
#if KEI_AGENT_EXCEPTIONS
        else if (outcome) {
            promise.set_value(*std::move(outcome));
        } else {
            promise.set_exception(std::make_exception_ptr(Exception(outcome.error())));
        }
#endif
    }

    std::promise<Told> promise;
};

} // namespace detail

/// A `std::future` of an operation's outcome, with the means to cancel it. It can be moved into a plain `std::future`. Letting go of it neither waits nor cancels.
template <class T>
class Future : public std::future<T> {
public:
    /// None.
    Future() noexcept = default;
    /// This future, of this operation.
    Future(std::future<T> future, Operation operation) noexcept : std::future<T>(std::move(future)), operation_(operation) {}
    /// Cancels the operation: its outcome is `Code::cancelled` then, unless it had ended already. Does not wait.
    bool cancel() const noexcept { return operation_.cancel(); }

private:
    Operation operation_;
};

#if KEI_AGENT_COROUTINES

namespace detail {

/// Continues a coroutine. The outcome and the coroutine may come in either order: who comes second goes on.
template <class T>
class AwaitCompletion final : public Cancellable {
public:
    void complete(kei_status status, std::string_view body) noexcept override { set(outcome_as<T>(status, body)); }
    void set(Result<T> value) noexcept
    {
        outcome.emplace(std::move(value));
        void* const waiting = state_.exchange(ready(), std::memory_order_acq_rel);
        if (waiting == nullptr || waiting == ready())
            return;
        const auto coroutine = std::coroutine_handle<>::from_address(waiting);
        if (executor)
            executor(coroutine);
        else
            coroutine.resume();
    }
    bool has_outcome() const noexcept { return state_.load(std::memory_order_acquire) == ready(); }
    /// False when the outcome came first.
    bool wait(std::coroutine_handle<> coroutine) noexcept
    {
        void* nobody = nullptr;
        return state_.compare_exchange_strong(nobody, coroutine.address(), std::memory_order_acq_rel);
    }
    /// The coroutine is destroyed: nobody is to be continued.
    void forget() noexcept { state_.exchange(ready(), std::memory_order_acq_rel); }

    std::optional<Result<T>> outcome;
    std::function<void(std::coroutine_handle<>)> executor;

private:
    /// An address that no coroutine has.
    void* ready() const noexcept { return const_cast<AwaitCompletion*>(this); }

    std::atomic<void*> state_{nullptr};
};

} // namespace detail

/// An operation that runs already, to be awaited once: `auto plan = co_await client.async("plan", request);`.
///
/// The coroutine goes on in the thread of the client's dispatcher, the one that learns of the outcome first: that costs no change of threads, holds up no I/O, and keeps
/// the order in which outcomes came. Where it should go on elsewhere (a loop of yours, a pool, because it computes for long or is bound to a thread), say so with
/// `resume_on`. An outcome that is there before it is awaited is taken at once, without leaving the thread.
///
/// Letting go of it before its outcome came cancels the operation, as does destroying a coroutine that waits for it.
template <class T, class Errors>
class [[nodiscard]] Awaitable {
public:
    /// What awaiting it gives.
    using value_type = typename Errors::template Of<T>;

    /// For `Client::async`.
    explicit Awaitable(detail::Held<detail::AwaitCompletion<T>> completion) noexcept : completion_(std::move(completion)) {}
    /// Moves it.
    Awaitable(Awaitable&&) noexcept = default;
    Awaitable& operator=(Awaitable&&) = delete;
    ~Awaitable()
    {
        if (completion_ && !completion_->has_outcome()) {
            completion_->forget();
            cancel();
        }
    }

    /// Has the coroutine continued by `executor(handle)`, to be called on the dispatcher's thread, where `handle` is a `std::coroutine_handle<>`: a function without arguments
    /// that it is to run once, where it likes. For example `[&](auto h) { asio::post(pool, h); }`. Before it is awaited.
    template <class Executor>
    Awaitable resume_on(Executor&& executor) &&
    {
        completion_->executor = std::forward<Executor>(executor);
        return std::move(*this);
    }
    /// Cancels the operation: its outcome is `Code::cancelled` then, unless it had ended already. Does not wait. From any thread, while this object is there.
    bool cancel() const noexcept { return completion_->operation().cancel(); }

    /// Whether the outcome is there.
    bool await_ready() const noexcept { return completion_->has_outcome(); }
    /// Waits for the outcome.
    bool await_suspend(std::coroutine_handle<> coroutine) noexcept { return completion_->wait(coroutine); }
    /// The outcome.
    value_type await_resume() { return Errors::tell(*std::move(completion_->outcome)); }

private:
    detail::Held<detail::AwaitCompletion<T>> completion_;
};

#endif

} // namespace kei

#endif
