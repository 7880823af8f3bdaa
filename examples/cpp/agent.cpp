// An agent in C++17: a call, 64 at once, a subscription, cancellation, what went wrong, and the log.
//
// Where the platform is and who the agent is come from the environment (KEI_API_URL, KEI_OIDC_ISSUER, KEI_OIDC_CLIENT_ID, KEI_OIDC_CLIENT_SECRET). To try it:
//     kei-agent dev            # prints the variables to export
#include <kei_agent.hpp>

#include <iostream>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;

namespace {

/// One line at a time, from whatever thread.
void say(const std::string& line)
{
    static std::mutex mutex;
    const std::lock_guard<std::mutex> lock(mutex);
    std::cout << line << std::endl;
}

void call(const kei::Agent& agent)
{
    kei::api::PlanRequest request;
    request.objective = "compute 6 * 7 and tell the time";
    const auto plan = agent.plan(request);
    if (!plan)
        return say("plan: " + plan.error().to_string());
    for (const auto& step : plan->steps)
        say("plan: " + step.action);
}

void many_at_once(const kei::Agent& agent)
{
    std::vector<kei::Future<kei::Result<kei::Json>>> futures;
    for (int n = 0; n < 64; ++n)
        futures.push_back(agent.submit("rpc.call", R"({"method": "echo", "params": {"n": )" + std::to_string(n) + "}}"));
    int answers = 0;
    for (auto& future : futures)
        answers += future.get().has_value();
    say(std::to_string(answers) + " of 64 answers");
}

void subscribe(const kei::Agent& agent)
{
    kei::api::StreamSubscribeRequest request;
    request.topic = "weather";
    auto subscription = agent.stream_subscribe(request);
    if (!subscription)
        return say("subscribe: " + subscription.error().to_string());
    int heard = 0;
    for (const kei::Event& event : *subscription) {
        if (event.kind() == kei::EventKind::state && event.as<kei::api::StreamState>().value().state == "live") {
            kei::api::StreamPublishRequest news;
            news.topic = "weather";
            news.data = kei::Json(R"({"sky": "clear"})");
            for (int n = 0; n < 3; ++n)
                (void)agent.stream_publish(news).value();
        }
        if (event.kind() == kei::EventKind::item) {
            say("heard: " + event.as<kei::api::Message>().value().data.str());
            if (++heard == 3)
                (void)subscription->close(); // Ends the loop.
        }
    }
}

void cancel()
{
    // Nobody answers at this address (RFC 5737 keeps it free), so that this would last until its time limit.
    kei::CallOptions options;
    options.timeout = 1min;
    const auto elsewhere = kei::Agent::create(R"({"base_url": "http://192.0.2.1", "auth": {"type": "none"}, "timeouts": {"connect_ms": 60000}})").value();
    auto future = elsewhere.submit("rpc.call", R"({"method": "echo"})", options);
    future.cancel();
    say("cancelled: " + future.get().error().name());
}

void fail(const kei::Agent& agent)
{
    const auto wrong = agent.call("plan", R"({"objectiv": "a slip of the pen"})");
    if (!wrong)
        say("refused: " + wrong.error().to_string());
    // The same with exceptions, for those who prefer them.
    try {
        kei::throwing::Agent::create().call("plan", R"({"objectiv": "a slip of the pen"})");
    } catch (const kei::Exception& exception) {
        say(std::string("thrown: ") + exception.what() + (exception.error().retryable() ? ", try again" : ", do not try again"));
    }
}

} // namespace

int main()
{
    const auto log = kei::LogTap::attach([](const kei::LogRecord& record) { say("log: " + record.target() + ": " + record.message()); }, {kei::LogLevel::warn, {{"kei_agent", kei::LogLevel::debug}}});
    if (!log) {
        std::cerr << log.error().to_string() << '\n';
        return 1;
    }
    const auto agent = kei::Agent::create();
    if (!agent) {
        std::cerr << agent.error().to_string() << '\n';
        return 1;
    }
    call(*agent);
    many_at_once(*agent);
    subscribe(*agent);
    cancel();
    fail(*agent);
    return 0;
}
