// Coroutines in C++20: calls that read as if they waited, continued on a loop of the program's own.
#include <kei_agent.hpp>

#include <condition_variable>
#include <deque>
#include <exception>
#include <iostream>
#include <mutex>

using namespace std::chrono_literals;

namespace {

/// Stands for the executor that a program has: Asio's `io_context`, a pool, the loop of a user interface.
class Loop {
public:
    void post(std::coroutine_handle<> work)
    {
        { const std::lock_guard lock(mutex_); work_.push_back(work); }
        more_.notify_one();
    }
    void run_until(const bool& done)
    {
        while (!done) {
            std::unique_lock lock(mutex_);
            more_.wait(lock, [this] { return !work_.empty(); });
            const auto next = work_.front();
            work_.pop_front();
            lock.unlock();
            next.resume();
        }
    }

private:
    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<std::coroutine_handle<>> work_;
};

/// The simplest coroutine there is. Any library's will do that lets `co_await` take what it does not know.
struct Fire {
    struct promise_type {
        Fire get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() { std::terminate(); }
    };
};

Fire work(const kei::Agent& agent, Loop& loop, bool& done)
{
    const auto here = [&](std::coroutine_handle<> handle) { loop.post(handle); };
    const kei::api::PlanRequest question{.objective = "compute 6 * 7"};
    const auto plan = co_await agent.async(question, {.timeout = 20s}).resume_on(here);
    if (plan) {
        // Begun at once, awaited one after the other.
        std::vector<kei::Awaitable<kei::api::ActAnswer, kei::Results>> steps;
        for (const auto& step : plan->steps)
            steps.push_back(agent.async(kei::api::ActRequest{.action = step.action, .parameters = kei::Json(R"({"expression": "6 * 7"})")}).resume_on(here));
        for (auto& step : steps)
            if (const auto answer = co_await step)
                std::cout << "answer: " << answer->result.str() << std::endl;
    } else {
        std::cout << plan.error().to_string() << std::endl;
    }
    done = true;
}

} // namespace

int main()
{
    const auto agent = kei::Agent::create().value();
    Loop loop;
    bool done = false;
    work(agent, loop, done);
    loop.run_until(done);
    return 0;
}
