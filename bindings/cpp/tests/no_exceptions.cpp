// The whole of it without exceptions and without RTTI: compiled with -fno-exceptions -fno-rtti.
#include <kei_agent.hpp>

#include <cstdio>
#include <cstdlib>

#if KEI_AGENT_EXCEPTIONS
#error "this is to be compiled without exceptions"
#endif

namespace {

int passed = 0, failed = 0;

void check(bool good, const char* what)
{
    (good ? passed : failed) += 1;
    if (!good)
        std::printf("FAILED: %s\n", what);
}

#define CHECK(condition) check((condition), #condition)

} // namespace

int main()
{
    CHECK(kei::Client::create(R"({"base_ur": "x"})").error().code() == kei::Code::config_unknown_key);
    auto made = kei::Agent::create();
    CHECK(made.has_value());
    if (!made)
        return EXIT_FAILURE;
    const kei::Agent agent = *std::move(made);
    kei::api::PlanRequest request;
    request.objective = "compute 6 * 7";
    const auto plan = agent.plan(request);
    CHECK(plan && plan->steps.size() == 1);
    CHECK(agent.call("plan.b").error().code() == kei::Code::unknown_operation);
    auto future = agent.submit(request);
    const auto outcome = future.get();
    CHECK(outcome && outcome->steps.size() == 1);
    CHECK(agent.submit("plan", "{").get().error().code() == kei::Code::json);
    kei::api::StreamSubscribeRequest topic;
    topic.topic = "no-exceptions";
    auto subscription = agent.stream_subscribe(topic);
    CHECK(subscription.has_value());
    int states = 0;
    if (subscription)
        for (const kei::Event& event : *subscription) {
            states += event.kind() == kei::EventKind::state;
            CHECK(subscription->close().has_value());
        }
    CHECK(states == 1);
    CHECK(subscription && subscription->outcome()->error().code() == kei::Code::cancelled);
    CHECK(kei::decode<kei::api::PlanAnswer>("[").error().code() == kei::Code::protocol);
    const auto queue = kei::Queue::create();
    CHECK(queue && agent.submit_to(*queue, 9, "kei.info").has_value());
    if (queue) {
        const auto event = queue->next(std::chrono::seconds(30));
        CHECK(event && *event && (*event)->tag() == 9);
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
