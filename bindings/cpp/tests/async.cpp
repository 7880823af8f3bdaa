// Futures, and who brings their outcomes.
#include "support.hpp"

#include <doctest/doctest.h>

#include <poll.h>

using kei::Code;

TEST_CASE("64 futures at once each get their own answer")
{
    const auto agent = support::agent();
    std::vector<kei::Future<kei::Result<kei::Json>>> futures;
    for (int n = 0; n < 64; ++n)
        futures.push_back(agent.submit("rpc.call", Tree{{"method", "echo"}, {"params", {{"n", n}}}}));
    for (int n = 0; n < 64; ++n)
        CHECK(futures[static_cast<std::size_t>(n)].get().value().as<Tree>()["n"] == n);
}

TEST_CASE("a future of a request gives its answer's type, and moves into a plain std::future")
{
    const auto agent = support::agent();
    kei::api::PlanRequest request;
    request.objective = "compute 6 * 7";
    std::future<kei::Result<kei::api::PlanAnswer>> plain = agent.submit(request);
    CHECK(plain.get().value().steps.size() == 1);
    const auto throwing = kei::throwing::Agent::create();
    std::future<kei::api::PlanAnswer> value = throwing.submit(request);
    CHECK(value.get().steps.size() == 1);
    CHECK_THROWS_AS(throwing.submit("plan.b").get(), kei::Exception);
    CHECK_THROWS_AS(throwing.submit("plan", R"({"objectiv": 1})").get(), kei::Exception);
}

TEST_CASE("what cannot be started is in the future as well")
{
    const auto agent = support::agent();
    CHECK(agent.submit("plan.b").get().error().code() == Code::unknown_operation);
    CHECK(agent.submit("plan", "{").get().error().code() == Code::json);
    CHECK(support::eventually([&] { return agent.dispatcher()->pending() == 0; }));
}

TEST_CASE("a future is cancelled, and cancelling what has ended does nothing")
{
    const auto agent = support::agent();
    auto future = agent.submit("rpc.call", support::hanging());
    CHECK(future.cancel());
    CHECK(future.get().error().code() == Code::cancelled);
    CHECK_FALSE(future.cancel());
    support::well();
}

TEST_CASE("letting go of a client ends its operations and waits for those who waited")
{
    std::vector<kei::Future<kei::Result<kei::Json>>> futures;
    const std::string hanging = support::hanging();
    {
        const auto agent = support::agent();
        for (int n = 0; n < 16; ++n)
            futures.push_back(agent.submit("rpc.call", hanging));
    }
    for (auto& future : futures) {
        REQUIRE(future.wait_for(0s) == std::future_status::ready);
        CHECK(future.get().error().code() == Code::closed);
    }
    support::well();
}

TEST_CASE("replacing a client by another ends the operations of the first")
{
    auto agent = support::agent();
    auto future = agent.submit("rpc.call", support::hanging());
    agent = support::agent();
    REQUIRE(future.wait_for(0s) == std::future_status::ready);
    CHECK(future.get().error().code() == Code::closed);
    CHECK(agent.submit("kei.info").get());
    support::well();
}

TEST_CASE("a manual dispatcher completes on the thread that polls, woken by its descriptor")
{
    const auto dispatcher = kei::Dispatcher::manual().value();
    const auto agent = support::agent(dispatcher);
    auto future = agent.submit("rpc.call", R"({"method": "echo", "params": {"n": 1}})");
    CHECK(dispatcher->pending() == 1);
    pollfd watched{dispatcher->fd().value(), POLLIN, 0};
    REQUIRE(poll(&watched, 1, 30'000) == 1);
    CHECK(future.wait_for(0s) == std::future_status::timeout);
    CHECK(dispatcher->poll().value() == 1);
    REQUIRE(future.wait_for(0s) == std::future_status::ready);
    CHECK(future.get());
    CHECK(poll(&watched, 1, 0) == 0);
    CHECK(dispatcher->poll().value() == 0);
    CHECK(dispatcher->run(0ms).value() == 0);
    auto second = agent.submit("kei.info");
    CHECK(dispatcher->run(30s).value() == 1);
    CHECK(second.get());
    CHECK(dispatcher->pending() == 0);
}

TEST_CASE("a manual dispatcher that is let go of completes what is pending")
{
    std::vector<kei::Future<kei::Result<kei::Json>>> futures;
    const std::string hanging = support::hanging();
    {
        auto dispatcher = kei::Dispatcher::manual().value();
        const auto agent = support::agent(dispatcher);
        dispatcher.reset();
        for (int n = 0; n < 16; ++n)
            futures.push_back(agent.submit("rpc.call", hanging));
    }
    for (auto& future : futures)
        CHECK(future.get().error().code() == Code::closed);
    support::well();
}

TEST_CASE("several clients share a dispatcher, and outlive one another")
{
    const auto dispatcher = kei::Dispatcher::threaded().value();
    auto first = std::make_unique<kei::Agent>(support::agent(dispatcher));
    const auto second = support::agent(dispatcher);
    CHECK(first->dispatcher() == second.dispatcher());
    auto pending = first->submit("rpc.call", support::hanging());
    first.reset();
    CHECK(pending.get().error().code() == Code::closed);
    support::well();
    CHECK(second.submit("kei.info").get());
}

TEST_CASE("nothing is left open after all of this")
{
    CHECK(support::eventually([] { return support::handles("op") == 0; }));
}

#if KEI_AGENT_STOP_TOKEN
TEST_CASE("futures are cancelled by a stop token, all at once")
{
    const auto agent = support::agent();
    const std::string hanging = support::hanging();
    std::stop_source stop;
    std::vector<kei::Future<kei::Result<kei::Json>>> futures;
    for (int n = 0; n < 16; ++n)
        futures.push_back(agent.submit("rpc.call", hanging, {}, stop.get_token()));
    CHECK(stop.request_stop());
    futures.push_back(agent.submit("rpc.call", hanging, {}, stop.get_token()));
    for (auto& future : futures)
        CHECK(future.get().error().code() == Code::cancelled);
    support::well();
}
#endif
