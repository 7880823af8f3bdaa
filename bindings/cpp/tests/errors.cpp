// Errors, results and exceptions.
#include "support.hpp"

#include <doctest/doctest.h>

using kei::Code;
using kei::Error;
using kei::Result;

namespace {

const char* const OBJECT = R"({"code": 555, "name": "KEI_E_RATE_LIMITED", "message": "slower", "retryable": true, "retry_after_ms": 1500, "http_status": 429,
    "oauth_error": "slow_down", "correlation_id": "c-1", "attempts": 3, "details": {"path": "/x"}})";

} // namespace

TEST_CASE("an error tells all that the library's error object holds")
{
    const Error error = Error::of(555, OBJECT);
    CHECK(error.code() == Code::rate_limited);
    CHECK(error.name() == "KEI_E_RATE_LIMITED");
    CHECK(error.message() == "slower");
    CHECK(error.category() == kei::Category::protocol);
    CHECK(error.retryable());
    CHECK(error.retry_after() == 1500ms);
    CHECK(error.http_status() == 429);
    CHECK(error.oauth_error() == "slow_down");
    CHECK(error.correlation_id() == "c-1");
    CHECK(error.attempts() == 3);
    CHECK(error.details().at("path").view() == "\"/x\"");
    CHECK(error.to_string() == "KEI_E_RATE_LIMITED: slower");
}

TEST_CASE("a status without an error object says what it means")
{
    for (const char* text : {"", "{", "[]", "{\"code\": \"x\"}"}) {
        const Error error = Error::of(KEI_E_STALE, text);
        CHECK(error.code() == Code::stale);
        CHECK(error.name() == "KEI_E_STALE");
        CHECK(error.message() == "The handle was closed, or was never given out.");
        CHECK_FALSE(error.retryable());
    }
    CHECK(Error::of(9999, "").message() == "An error that this version does not know.");
    CHECK(Error(Code::connect).retryable());
}

TEST_CASE("every number belongs to the category of its band, and bears the library's name")
{
    CHECK(Error(Code::null).category() == kei::Category::misuse);
    CHECK(Error(Code::cancelled).category() == kei::Category::lifecycle);
    CHECK(Error(Code::request).category() == kei::Category::configuration);
    CHECK(Error(Code::token).category() == kei::Category::auth);
    CHECK(Error(Code::connect).category() == kei::Category::transport);
    CHECK(Error(Code::remote).category() == kei::Category::protocol);
    CHECK(Error(Code::breaker_open).category() == kei::Category::resilience);
    for (const auto& entry : kei::throwing::Agent::create(R"({"base_url": "http://127.0.0.1:9"})").kei_describe()["x-errors"].as<Tree>()) {
        const Error error(static_cast<Code>(entry["code"].get<int>()));
        CHECK(error.name() == entry["name"].get<std::string>());
        CHECK(error.message() == entry["message"].get<std::string>());
        CHECK(error.retryable() == entry["retryable"].get<bool>());
    }
}

TEST_CASE("an error is a std::error_code")
{
    const std::error_code code = Error(Code::deadline);
    CHECK(code == Code::deadline);
    CHECK(code != Code::closed);
    CHECK(std::string(code.category().name()) == "kei_agent");
    CHECK(code.message() == "The deadline of the call passed.");
}

TEST_CASE("an exception carries the error, and is a std::system_error")
{
    try {
        (void)Result<int>(Error::of(555, OBJECT)).value();
        FAIL("nothing was thrown");
    } catch (const std::system_error& thrown) {
        CHECK(thrown.code() == Code::rate_limited);
        CHECK(std::string(thrown.what()) == "KEI_E_RATE_LIMITED: slower");
        const auto* exception = dynamic_cast<const kei::Exception*>(&thrown);
        REQUIRE(exception != nullptr);
        CHECK(exception->error().retry_after() == 1500ms);
    }
    CHECK_THROWS_AS(Result<void>(Error(Code::closed)).value(), kei::Exception);
    CHECK_NOTHROW(Result<void>().value());
}

TEST_CASE("a result is a value or an error, and is built upon like std::expected")
{
    Result<std::string> good("four");
    const Result<std::string> bad{Error(Code::not_found)};
    REQUIRE(good);
    CHECK(*good == "four");
    CHECK(good->size() == 4);
    CHECK(good.value() == "four");
    CHECK_FALSE(bad.has_value());
    CHECK(bad.error().code() == Code::not_found);
    CHECK(bad.value_or("none") == "none");
    const auto half = [](std::string&& text) -> Result<std::size_t> {
        if (text.size() % 2 != 0)
            return Error(Code::argument, "odd");
        return text.size() / 2;
    };
    CHECK(Result<std::string>("four").and_then(half).value() == 2);
    CHECK(Result<std::string>("odd").and_then(half).error().message() == "odd");
    CHECK(Result<std::string>(bad).and_then(half).error().code() == Code::not_found);
    CHECK(Result<std::string>("four").transform([](std::string&& text) { return text.size(); }).value() == 4);
    CHECK(Result<std::string>(bad).transform([](std::string&& text) { return text.size(); }).error().code() == Code::not_found);
    CHECK(Result<std::string>(bad).or_else([](const Error&) { return Result<std::string>("mended"); }).value() == "mended");
    CHECK(std::move(good).value() == "four");
#if KEI_AGENT_STD_EXPECTED
    const std::expected<std::string, Error> standard = Result<std::string>(bad);
    CHECK(standard.error().code() == Code::not_found);
    const std::expected<void, Error> nothing = Result<void>();
    CHECK(nothing.has_value());
#endif
}
