// Coroutines.
#include "support.hpp"
#include "task.hpp"

#include <doctest/doctest.h>

#if KEI_AGENT_COROUTINES

#include <condition_variable>
#include <deque>
#include <mutex>

using kei::Code;

namespace {

/// A loop that runs what it is handed.
class Loop {
public:
    void post(std::function<void()> work)
    {
        { const std::lock_guard lock(mutex_); work_.push_back(std::move(work)); }
        more_.notify_one();
    }
    void run_one()
    {
        std::unique_lock lock(mutex_);
        more_.wait(lock, [this] { return !work_.empty(); });
        const auto work = std::move(work_.front());
        work_.pop_front();
        lock.unlock();
        work();
    }

private:
    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<std::function<void()>> work_;
};

Task<int> plans(const kei::Agent& agent)
{
    const kei::api::PlanRequest request{.objective = "compute 6 * 7"};
    const auto first = co_await agent.async(request);
    const auto second = co_await agent.async("rpc.call", R"({"method": "echo", "params": {"n": 41}})");
    co_return static_cast<int>(first.value().steps.size()) + second.value().as<Tree>()["n"].get<int>();
}

Task<int> many(const kei::Agent& agent)
{
    std::vector<kei::Awaitable<kei::Json, kei::Results>> running;
    for (int n = 0; n < 64; ++n)
        running.push_back(agent.async("rpc.call", Tree{{"method", "echo"}, {"params", {{"n", n}}}}));
    int sum = 0;
    for (auto& one : running)
        sum += (co_await one).value().as<Tree>()["n"].get<int>();
    co_return sum;
}

Task<bool> on_dispatcher(const kei::Agent& agent)
{
    auto running = agent.async("rpc.call", R"({"method": "slow"})");
    const bool ready = running.await_ready();
    (void)co_await running;
    co_return ready || agent.dispatcher()->runs_here();
}

Task<std::thread::id> on_loop(const kei::Agent& agent, Loop& loop)
{
    (void)co_await agent.async("rpc.call", R"({"method": "slow"})").resume_on([&](std::coroutine_handle<> handle) { loop.post(handle); });
    co_return std::this_thread::get_id();
}

Task<Code> ended(kei::Awaitable<kei::Json, kei::Results> running)
{
    const auto outcome = co_await running;
    co_return outcome ? Code::ok : outcome.error().code();
}

Task<int> throwing(const kei::throwing::Agent& agent)
{
    co_return static_cast<int>((co_await agent.async("plan.b")).str().size());
}

} // namespace

TEST_CASE("a coroutine awaits calls one after the other, and many at once")
{
    const auto agent = support::agent();
    CHECK(plans(agent).future.get() == 42);
    CHECK(many(agent).future.get() == 64 * 63 / 2);
}

TEST_CASE("a coroutine goes on in the dispatcher's thread, or where an executor takes it")
{
    const auto agent = support::agent();
    support::faults({{{"path", "/api/v1/rpc/slow"}, {"latency_ms", 200}, {"status", 200}, {"body", "{}"}}});
    CHECK(on_dispatcher(agent).future.get());
    Loop loop;
    auto task = on_loop(agent, loop);
    loop.run_one();
    CHECK(task.future.get() == std::this_thread::get_id());
    support::well();
}

TEST_CASE("a manual dispatcher continues coroutines in the loop that polls it")
{
    const auto dispatcher = kei::Dispatcher::manual().value();
    const auto agent = support::agent(dispatcher);
    auto task = many(agent);
    while (dispatcher->pending() > 0)
        REQUIRE(dispatcher->run(30s));
    CHECK(task.future.get() == 64 * 63 / 2);
}

TEST_CASE("what cannot be started ends the await at once")
{
    const auto agent = support::agent();
    auto running = agent.async("plan.b");
    CHECK(running.await_ready());
    CHECK(ended(std::move(running)).future.get() == Code::unknown_operation);
    CHECK_THROWS_AS(throwing(kei::throwing::Agent::create()).future.get(), kei::Exception);
}

TEST_CASE("an awaited call is cancelled by itself or by a stop token, and ended by its client's end")
{
    const std::string hanging = support::hanging();
    std::optional<kei::Agent> agent = support::agent();
    auto running = agent->async("rpc.call", hanging);
    CHECK(running.cancel());
    CHECK(ended(std::move(running)).future.get() == Code::cancelled);
#if KEI_AGENT_STOP_TOKEN
    std::stop_source stop;
    auto stopped = ended(agent->async("rpc.call", hanging, {}, stop.get_token()));
    stop.request_stop();
    CHECK(stopped.future.get() == Code::cancelled);
#endif
    auto closed = ended(agent->async("rpc.call", hanging));
    agent.reset();
    REQUIRE(closed.future.wait_for(0s) == std::future_status::ready);
    CHECK(closed.future.get() == Code::closed);
    support::well();
}

TEST_CASE("letting go of what was not awaited, and destroying a coroutine that waits, cancel the operation and continue nobody")
{
    const std::string hanging = support::hanging();
    // Nothing but cancelling ends these within the time that is waited for it.
    const auto agent = kei::Agent::create(R"({"timeouts": {"attempt_ms": 600000, "total_ms": 600000}})").value();
    { const auto running = agent.async("rpc.call", hanging); }
    auto task = ended(agent.async("rpc.call", hanging));
    CHECK(agent.dispatcher()->pending() > 0);
    task.handle.destroy();
    CHECK_THROWS_AS(task.future.get(), std::future_error);
    CHECK(support::eventually([&] { return agent.dispatcher()->pending() == 0; }));
    support::well();
}

TEST_CASE("the last client goes in a continuation, and what else is pending still ends")
{
    const std::string hanging = support::hanging();
    auto agent = std::make_shared<kei::Agent>(support::agent());
    auto other = ended(agent->async("rpc.call", hanging));
    auto last = [](std::shared_ptr<kei::Agent> client) -> Task<bool> {
        const auto answer = co_await client->async("kei.info");
        client.reset();
        co_return answer.has_value();
    }(std::move(agent));
    CHECK(last.future.get());
    CHECK(other.future.get() == Code::closed);
    support::well();
}

#endif
