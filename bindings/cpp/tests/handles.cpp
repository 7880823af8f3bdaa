// Who owns what: closing, moving, using what is closed, in any order and from any thread.
#include "support.hpp"

#include <doctest/doctest.h>

#include <atomic>

using kei::Code;

namespace {

const char* const NOWHERE = R"({"base_url": "http://127.0.0.1:9"})";

static_assert(!std::is_copy_constructible_v<kei::Client> && std::is_nothrow_move_constructible_v<kei::Client>);
static_assert(!std::is_copy_constructible_v<kei::Agent> && std::is_nothrow_move_constructible_v<kei::Agent>);
static_assert(!std::is_copy_constructible_v<kei::Queue> && std::is_nothrow_move_constructible_v<kei::Queue>);
static_assert(!std::is_copy_constructible_v<kei::Runtime> && std::is_nothrow_move_constructible_v<kei::Runtime>);
static_assert(!std::is_copy_constructible_v<kei::Event> && std::is_nothrow_move_constructible_v<kei::Event>);
static_assert(!std::is_copy_constructible_v<kei::Request> && std::is_nothrow_move_constructible_v<kei::Request>);
static_assert(!std::is_copy_constructible_v<kei::Subscription> && std::is_nothrow_move_constructible_v<kei::Subscription>);
static_assert(!std::is_copy_constructible_v<kei::LogTap> && std::is_nothrow_move_constructible_v<kei::LogTap>);

} // namespace

TEST_CASE("closing twice and using what is closed are clear errors")
{
    const auto client = kei::Client::create(NOWHERE).value();
    CHECK(client.close());
    CHECK(client.close().error().code() == Code::stale);
    CHECK(client.call("kei.info").error().code() == Code::stale);
    CHECK(client.submit("kei.info").get().error().code() == Code::stale);
    CHECK(client.subscribe("stream.subscribe", R"({"topic": "t"})").error().code() == Code::stale);
    const auto queue = kei::Queue::create().value();
    CHECK(queue.close());
    CHECK(queue.close().error().code() == Code::stale);
    CHECK(queue.next(0ms).error().code() == Code::stale);
    CHECK(queue.fd().error().code() == Code::stale);
    CHECK(queue.drain().error().code() == Code::stale);
    const auto runtime = kei::Runtime::create(R"({"log": {"level": "error"}})").value();
    CHECK(runtime.close());
    CHECK(runtime.close().error().code() == Code::stale);
    CHECK(kei::Client::create(NOWHERE, runtime).error().code() == Code::stale);
}

TEST_CASE("what was moved from answers errors, and what it became works")
{
    auto first = kei::Client::create(NOWHERE).value();
    auto second = std::move(first);
    CHECK_FALSE(first.call("kei.info")); // NOLINT: using what was moved from is the test.
    CHECK_FALSE(first.submit("kei.info").get());
    CHECK_FALSE(first.subscribe("stream.subscribe", R"({"topic": "t"})"));
    CHECK(second.call("kei.info"));
    second = kei::Client::create(NOWHERE).value();
    CHECK(second.call("kei.info"));
    CHECK(second.submit("kei.info").get());
    auto agent = kei::Agent(std::move(second));
    CHECK(agent.kei_info());
}

TEST_CASE("runtimes, clients and queues close in any order")
{
    for (int order = 0; order < 6; ++order) {
        std::optional<kei::Runtime> runtime = kei::Runtime::create().value();
        std::optional<kei::Client> client = kei::Client::create(NOWHERE, *runtime).value();
        std::optional<kei::Queue> queue = kei::Queue::create(*runtime).value();
        REQUIRE(client->submit_to(*queue, 1, "kei.info"));
        const std::function<void()> closings[] = {[&] { runtime.reset(); }, [&] { client.reset(); }, [&] { queue.reset(); }};
        closings[order % 3]();
        closings[(order % 3 + (order < 3 ? 1 : 2)) % 3]();
        closings[(order % 3 + (order < 3 ? 2 : 1)) % 3]();
    }
}

TEST_CASE("a client outlives the object of its runtime")
{
    auto client = [] {
        const auto runtime = kei::Runtime::create().value();
        return kei::Client::create(NOWHERE, runtime).value();
    }();
    CHECK(client.call("kei.info"));
    CHECK(client.submit("kei.info").get());
    CHECK(client.subscribe("stream.subscribe", R"({"topic": "t"})"));
}

TEST_CASE("a runtime that shut down refuses work, with everything that was submitted ended before")
{
    const auto runtime = kei::Runtime::create().value();
    const auto client = kei::Client::create(Tree{{"base_url", std::getenv("KEI_API_URL")}}, runtime).value();
    auto pending = client.submit("rpc.call", support::hanging());
    CHECK(runtime.shutdown(30s));
    REQUIRE(pending.wait_for(30s) == std::future_status::ready);
    CHECK_FALSE(pending.get());
    CHECK(client.call("kei.info").error().code() == Code::closed);
    CHECK(client.submit("kei.info").get().error().code() == Code::closed);
    support::well();
}

TEST_CASE("closing while other threads call is safe, and ends in errors")
{
    for (int round = 0; round < 20; ++round) {
        const auto client = kei::Client::create(NOWHERE).value();
        std::atomic<int> answered{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&, i] {
                for (;;) {
                    const auto answer = i % 2 == 0 ? client.call("kei.info") : client.submit("kei.info").get();
                    if (!answer)
                        return;
                    ++answered;
                }
            });
        CHECK(support::eventually([&] { return answered > 20; }));
        CHECK(client.close());
        for (auto& thread : threads)
            thread.join();
    }
}

TEST_CASE("a configuration that is wrong is raised when the client is made, with the library's message")
{
    const auto unknown = kei::Client::create(R"({"base_ur": "http://127.0.0.1:9"})");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code() == Code::config_unknown_key);
    CHECK(unknown.error().message().find("base_url") != std::string::npos);
    CHECK(kei::Client::create("{").error().code() == Code::json);
    CHECK(kei::Runtime::create(R"({"log": {"level": "loud"}})").error().category() == kei::Category::configuration);
    CHECK_THROWS_AS(kei::throwing::Client::create(R"({"base_ur": 1})"), kei::Exception);
    CHECK_THROWS_AS(kei::throwing::Agent::create(R"({"base_ur": 1})"), kei::Exception);
}
