// Coroutines to test with.
#ifndef KEI_TESTS_TASK_HPP
#define KEI_TESTS_TASK_HPP

#include <kei_agent.hpp>

#if KEI_AGENT_COROUTINES

#include <coroutine>
#include <cstdlib>
#include <exception>
#include <future>
#include <utility>

/// A coroutine whose value a std::future gets.
template <class T>
struct Task {
    struct promise_type {
        std::promise<T> promise;
        Task get_return_object() { return {promise.get_future(), std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_value(T value) { promise.set_value(std::move(value)); }
        void unhandled_exception() { promise.set_exception(std::current_exception()); }
    };
    std::future<T> future;
    std::coroutine_handle<promise_type> handle;
};

/// A coroutine that nobody waits for.
struct Detached {
    struct promise_type {
        Detached get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::abort(); }
    };
};

#endif

#endif
