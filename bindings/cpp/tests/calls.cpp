// Calls that wait.
#include "support.hpp"

#include <doctest/doctest.h>

using kei::Code;

TEST_CASE("a call by name takes and gives JSON in any form")
{
    const auto agent = support::agent();
    const auto answer = agent.call("rpc.call", R"({"method": "echo", "params": {"n": [1, "é"]}})");
    REQUIRE(answer);
    CHECK(answer->as<Tree>()["n"][1] == "é");
    const Tree tree{{"method", "echo"}, {"params", {{"n", 7}}}};
    CHECK(agent.call("rpc.call", tree).value().as<Tree>()["n"] == 7);
    CHECK(agent.call("rpc.call", tree.dump()).value().as<Tree>()["n"] == 7);
    CHECK(agent.call("rpc.call", kei::Json(tree)).value().as<Tree>()["n"] == 7);
    CHECK(agent.call("kei.info"));
}

TEST_CASE("a call by type gives its answer's type, by itself or through the agent's function")
{
    const auto agent = support::agent();
    kei::api::PlanRequest request;
    request.objective = "compute 6 * 7";
    const kei::Result<kei::api::PlanAnswer> plan = agent.plan(request);
    REQUIRE(plan);
    CHECK(plan->steps.at(0).action == "math.evaluate");
    CHECK(agent.call(request).value().steps.size() == plan->steps.size());
    kei::api::ActRequest act;
    act.action = "math.evaluate";
    act.parameters = kei::Json(R"({"expression": "6 * 7"})");
    kei::CallOptions options;
    options.idempotency_key = support::fresh("key");
    const auto acted = agent.act(act, options);
    REQUIRE(acted);
    CHECK(acted->status == "succeeded");
    CHECK(acted->result.as<Tree>().dump().find("42") != std::string::npos);
#if __cplusplus >= 202002L
    CHECK(agent.plan({.objective = "tell the time"}, {.timeout = 20s}));
#endif
}

TEST_CASE("with meta, the answer comes with how the call went")
{
    const auto agent = support::agent();
    kei::api::PlanRequest request;
    request.objective = "compute 6 * 7";
    kei::CallOptions options;
    options.correlation_id = support::fresh("c");
    const auto plan = agent.call_with_meta(request, options);
    REQUIRE(plan);
    CHECK(plan->meta.correlation_id == options.correlation_id);
    CHECK(plan->meta.http_status == 200);
    CHECK(plan->meta.attempts == 1);
    CHECK(plan->result.steps.size() == 1);
    options.meta = true;
    CHECK(agent.plan(request, options).value().steps.size() == 1);
    CHECK(agent.call("plan", kei::json::encode(request), options).value().as<Tree>().contains("meta"));
}

TEST_CASE("options reach the server")
{
    const auto agent = support::agent();
    kei::CallOptions options;
    options.correlation_id = support::fresh("c");
    options.headers.emplace()["X-Test"] = "here";
    options.tenant_id = "acme";
    REQUIRE(agent.call("rpc.call", R"({"method": "echo"})", options));
    bool found = false;
    for (const auto& request : support::ask("GET", "/_dev/requests")) {
        const std::string text = request.dump();
        if (text.find(*options.correlation_id) != std::string::npos)
            found = text.find("here") != std::string::npos && text.find("acme") != std::string::npos;
    }
    CHECK(found);
}

TEST_CASE("an operation that fails is an error that says all that is known")
{
    const auto agent = support::agent();
    support::faults({{{"path", "/api/v1/rpc/echo"}, {"status", 429}, {"retry_after", "600"}}});
    const auto limited = agent.call("rpc.call", R"({"method": "echo"})");
    REQUIRE_FALSE(limited);
    CHECK(limited.error().code() == Code::rate_limited);
    CHECK(limited.error().http_status() == 429);
    CHECK(limited.error().retry_after() >= 590s);
    CHECK(limited.error().retryable());
    CHECK(limited.error().attempts() == 1);
    CHECK(limited.error().correlation_id());
    support::well();
    CHECK(agent.call("plan.b").error().code() == Code::unknown_operation);
    CHECK(agent.call("plan", "{").error().code() == Code::json);
    CHECK(agent.call("plan", "{\"objective\": \"\xff\"}").error().code() == Code::utf8);
    CHECK(agent.call("plan", R"({"objectiv": "x"})").error().code() == Code::request);
    kei::CallOptions options;
    options.timeout = 0ms;
    CHECK(agent.call("plan", R"({"objective": "x"})", options).error().code() == Code::options);
}

TEST_CASE("a time limit ends a call")
{
    const auto agent = support::agent();
    kei::CallOptions options;
    options.timeout = 100ms;
    CHECK(agent.call("rpc.call", support::hanging(), options).error().code() == Code::deadline);
    support::well();
}

TEST_CASE("what fails is tried again")
{
    const auto agent = support::agent();
    support::faults({{{"path", "/api/v1/rpc/plan"}, {"status", 503}, {"times", 1}}});
    kei::api::PlanRequest request;
    request.objective = "compute 1 + 1";
    CHECK(agent.call_with_meta(request).value().meta.attempts == 2);
    support::well();
}

TEST_CASE("the throwing facade gives values, and throws what went wrong")
{
    const auto agent = kei::throwing::Agent::create();
    kei::api::PlanRequest request;
    request.objective = "compute 6 * 7";
    CHECK(agent.plan(request).steps.size() == 1);
    CHECK(agent.call("kei.info").as<Tree>().contains("version"));
    try {
        agent.call("plan.b");
        FAIL("nothing was thrown");
    } catch (const kei::Exception& exception) {
        CHECK(exception.error().code() == Code::unknown_operation);
        CHECK(exception.code() == Code::unknown_operation);
    }
}

#if KEI_AGENT_STOP_TOKEN
TEST_CASE("a call that waits is cancelled by a stop token, before or while it runs")
{
    const auto agent = support::agent();
    const std::string hanging = support::hanging();
    std::stop_source stop;
    const std::jthread stopper([&] {
        CHECK(support::eventually([&] { return agent.kei_info().value().in_flight > 1; }));
        stop.request_stop();
    });
    CHECK(agent.call("rpc.call", hanging, {}, stop.get_token()).error().code() == Code::cancelled);
    CHECK(agent.call("rpc.call", hanging, {}, stop.get_token()).error().code() == Code::cancelled);
    support::well();
    const kei::api::PlanRequest request{.objective = "compute 6 * 7"};
    CHECK(agent.call(request, {}, std::stop_token()).value().steps.size() == 1);
}
#endif
