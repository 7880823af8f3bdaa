// Subscriptions, as ranges, by hand, and with requests to the host.
#include "support.hpp"

#include <doctest/doctest.h>

#include <poll.h>

#if __cplusplus >= 202002L
#include <ranges>
static_assert(std::ranges::input_range<kei::Subscription>);
#endif

using kei::Code;
using kei::EventKind;

namespace {

/// A subscription to a topic that is live.
kei::Subscription live(const kei::Agent& agent, const std::string& topic, const kei::SubscribeOptions& options = {})
{
    kei::api::StreamSubscribeRequest request;
    request.topic = topic;
    auto subscription = agent.stream_subscribe(request, options).value();
    const auto event = subscription.next(30s).value();
    REQUIRE(event);
    REQUIRE(event->kind() == EventKind::state);
    CHECK(event->as<kei::api::StreamState>().value().state == "live");
    return subscription;
}

void publish(const std::string& topic, int count) { support::ask("POST", "/_dev/stream", {{"publish", {{"topic", topic}, {"count", count}}}}); }

} // namespace

TEST_CASE("a subscription is a range of events, with more items than its credit, that ends when it is closed")
{
    const auto agent = support::agent();
    const std::string topic = support::fresh("topic");
    kei::SubscribeOptions options;
    options.credit = 4;
    auto subscription = live(agent, topic, options);
    publish(topic, 100);
    int items = 0;
    for (const kei::Event& event : subscription) {
        if (event.kind() != EventKind::item)
            continue;
        CHECK(event.as<kei::api::Message>().value().topic == topic);
        if (++items == 100)
            CHECK(subscription.close());
    }
    CHECK(items == 100);
    CHECK(subscription.ended());
    CHECK(subscription.outcome()->error().code() == Code::cancelled);
    CHECK_FALSE(subscription.next(0ms).value());
    CHECK_FALSE(subscription.next().value());
    CHECK(subscription.close().error().code() == Code::stale);
    CHECK(subscription.begin() == subscription.end());
}

TEST_CASE("items come only as far as credit was granted")
{
    const auto agent = support::agent();
    const std::string topic = support::fresh("topic");
    kei::SubscribeOptions options;
    options.credit = 2;
    options.replenish = false;
    auto subscription = live(agent, topic, options);
    publish(topic, 5);
    for (int n = 0; n < 2; ++n)
        CHECK(subscription.next(30s).value()->kind() == EventKind::item);
    CHECK_FALSE(subscription.next(100ms).value());
    CHECK(subscription.grant(3));
    for (int n = 0; n < 3; ++n)
        CHECK(subscription.next(30s).value()->kind() == EventKind::item);
}

TEST_CASE("a descriptor tells when a subscription has something")
{
    const auto agent = support::agent();
    const std::string topic = support::fresh("topic");
    auto subscription = live(agent, topic);
    pollfd watched{subscription.fd().value(), POLLIN, 0};
    CHECK(poll(&watched, 1, 0) == 0);
    publish(topic, 1);
    CHECK(poll(&watched, 1, 30'000) == 1);
    CHECK(subscription.next(0ms).value());
}

TEST_CASE("a lost connection is a state, after which items come again")
{
    const auto agent = support::agent();
    const std::string topic = support::fresh("topic");
    auto subscription = live(agent, topic);
    support::ask("POST", "/_dev/stream", {{"drop", true}});
    std::vector<std::string> states;
    while (states.empty() || states.back() != "live") {
        const auto event = subscription.next(30s).value();
        REQUIRE(event);
        states.push_back(event->as<kei::api::StreamState>().value().state);
    }
    CHECK(states.size() > 1);
    publish(topic, 1);
    CHECK(subscription.next(30s).value()->kind() == EventKind::item);
}

TEST_CASE("a subscription ends when its client goes, and the loop with it")
{
    std::optional<kei::Agent> agent = support::agent();
    auto subscription = live(*agent, support::fresh("topic"));
    std::thread closer([&] { agent.reset(); });
    for (const kei::Event& event : subscription)
        CHECK(event.kind() == EventKind::state);
    closer.join();
    CHECK(subscription.outcome()->error().code() == Code::closed);
}

TEST_CASE("in the throwing facade a loop over a subscription that fails throws why, and one that was closed just ends")
{
    auto agent = std::make_unique<kei::throwing::Agent>(kei::throwing::Agent::create());
    kei::api::StreamSubscribeRequest request;
    request.topic = support::fresh("topic");
    auto closed = agent->stream_subscribe(request);
    closed.close();
    CHECK_NOTHROW([&] {
        for (const auto& event : closed)
            (void)event;
    }());
    auto failing = agent->stream_subscribe(request);
    agent.reset();
    CHECK_THROWS_AS([&] {
        for (const auto& event : failing)
            (void)event;
    }(), kei::Exception);
    CHECK_THROWS_AS(kei::throwing::Client::create().subscribe("plan"), kei::Exception);
}

TEST_CASE("the host is asked for a token, and what it answers goes to the platform")
{
    // A token of the platform's own issuer, which the client is to be handed by its host.
    const Tree expose{{"base_url", std::getenv("KEI_API_URL")}, {"auth", {{"expose_token", true}}}};
    const std::string token = kei::Agent::create(expose).value().auth_token().value().access_token;
    // Calls with a client of its own whose host does this when it is asked.
    const auto call = [](const std::function<void(kei::Request)>& host) {
        const auto agent = kei::Agent::create(Tree{{"base_url", std::getenv("KEI_API_URL")}, {"auth", {{"type", "host"}}}}).value();
        auto serving = agent.auth_serve().value();
        std::thread thread([&] {
            for (kei::Event& event : serving)
                if (event.kind() == EventKind::request)
                    host(event.take_request());
        });
        auto answer = agent.call("rpc.call", R"({"method": "echo", "params": {"n": 1}})");
        CHECK(serving.close());
        thread.join();
        return answer;
    };
    const auto answered = call([&](const kei::Request& request) {
        CHECK(std::holds_alternative<kei::api::HostRequestToken>(request.as<kei::api::HostRequest>().value().request));
        kei::api::TokenReply reply;
        reply.access_token = token;
        CHECK(request.reply(kei::Json("{")).error().code() == Code::json);
        CHECK(request.reply(reply));
        CHECK(request.reply(reply).error().code() == Code::stale);
    });
    CHECK(answered);
    const auto failed = call([](const kei::Request& request) { CHECK(request.fail("no token today")); });
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message().find("no token today") != std::string::npos);
    // Let go of without an answer, it is refused at once.
    const auto dropped = call([](const kei::Request&) {});
    REQUIRE_FALSE(dropped);
    CHECK(dropped.error().code() != Code::deadline);
    CHECK(dropped.error().code() != Code::host_timeout);
}

#if KEI_AGENT_STOP_TOKEN
TEST_CASE("a stop token closes a subscription")
{
    const auto agent = support::agent();
    std::stop_source stop;
    auto subscription = agent.subscribe("stream.subscribe", Tree{{"topic", support::fresh("topic")}}, {}, stop.get_token()).value();
    int events = 0;
    for (const kei::Event& event : subscription)
        if (++events == 1 && event.kind() == EventKind::state)
            stop.request_stop();
    CHECK(subscription.outcome()->error().code() == Code::cancelled);
    auto stopped = agent.subscribe(kei::api::StreamSubscribeRequest{.topic = "t"}, {}, stop.get_token()).value();
    CHECK(stopped.begin() == stopped.end());
}
#endif
