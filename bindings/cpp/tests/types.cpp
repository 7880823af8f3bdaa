// The generated types, against the library itself.
#include "support.hpp"

#include <doctest/doctest.h>

TEST_CASE("a configuration of types is the one that the library takes, and one that is wrong is an error that names the setting")
{
    kei::ClientConfig configuration;
    configuration.base_url = "http://127.0.0.1:9";
    configuration.auth.emplace().token = kei::Secret("0123456789abcdef-token");
    configuration.timeouts.emplace().total = 1234ms;
    configuration.breaker.emplace().window = 7s;
    configuration.retry.emplace().strategy = kei::api::RetryStrategy::fixed;
    configuration.retry->protocols.emplace()["mcp"].max_attempts = 2;
    CHECK(Tree::parse(kei::json::encode(configuration)) ==
          Tree{{"auth", {{"token", "0123456789abcdef-token"}}},
               {"base_url", "http://127.0.0.1:9"},
               {"breaker", {{"window_s", 7}}},
               {"retry", {{"protocols", {{"mcp", {{"max_attempts", 2}}}}}, {"strategy", "fixed"}}},
               {"timeouts", {{"total_ms", 1234}}}});
    configuration.retry->protocols.reset();
    CHECK(kei::Client::create(configuration));
    configuration.timeouts->total = 0ms;
    const auto refused = kei::Client::create(configuration);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().category() == kei::Category::configuration);
    CHECK(refused.error().message().find("timeouts.total_ms") != std::string::npos);
    CHECK(refused.error().message().find("0123456789abcdef-token") == std::string::npos);
}

TEST_CASE("options of types say what JSON says, and can be read back")
{
    kei::CallOptions options;
    CHECK(kei::detail::options_text(options).empty());
    options.timeout = 2s;
    options.idempotency_key = "key";
    options.headers.emplace()["X-One"] = "1";
    options.overflow = kei::api::Overflow::drop_oldest;
    options.retry.emplace().max_attempts = 1;
    const std::string text = kei::detail::options_text(options);
    CHECK(Tree::parse(text) == Tree{{"headers", {{"X-One", "1"}}}, {"idempotency_key", "key"}, {"overflow", "drop_oldest"}, {"retry", {{"max_attempts", 1}}}, {"timeout_ms", 2000}});
    const auto read = kei::decode<kei::CallOptions>(text);
    REQUIRE(read);
    CHECK(kei::detail::options_text(*read) == text);
}

TEST_CASE("a form of several is told by its tag, wherever that stands")
{
    const auto first = kei::decode<kei::api::HostRequest>(R"({"request": "token", "rejected": false, "resources": [], "scopes": ["a"], "timeout_ms": 5})");
    REQUIRE(first);
    const auto* token = std::get_if<kei::api::HostRequestToken>(&first->request);
    REQUIRE(token != nullptr);
    CHECK(token->scopes == std::vector<std::string>{"a"});
    CHECK(token->timeout == 5ms);
    CHECK(kei::decode<kei::api::HostRequest>(R"({"rejected": false, "resources": [], "scopes": [], "timeout_ms": 5, "request": "token"})"));
    CHECK(kei::decode<kei::api::HostRequest>(R"({"request": "money"})").error().message() == "the text: the value should have a `request` that is one of token, device_code");
    CHECK(kei::decode<kei::api::HostRequest>(R"({"request": "token"})").error().message() == "the text: the value should have the field `rejected`");
}

TEST_CASE("operations without a network answer in their types")
{
    const auto agent = kei::Agent::create(R"({"base_url": "http://127.0.0.1:9", "auth": {"type": "none"}})").value();
    CHECK(agent.kei_info().value().version == kei::version());
    CHECK(agent.auth_status().value().state == kei::api::TokenState::none);
    CHECK(agent.breaker_status().value().breakers.empty());
    CHECK(agent.metrics_snapshot().value().text.find("kei_") != std::string::npos);
    CHECK(agent.dlq_list().value().letters.empty());
    CHECK(agent.kei_describe().value().at("openrpc").view() == "\"1.3.2\"");
    kei::api::KeiDescribeRequest one;
    one.operation = "plan";
    CHECK(agent.kei_describe(one).value().at("methods").as<Tree>().size() == 1);
}

TEST_CASE("the headers are of the library's version")
{
    CHECK(kei::version() == KEI_AGENT_CPP_VERSION);
}
