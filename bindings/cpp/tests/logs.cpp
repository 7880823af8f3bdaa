// Log records in the host's own logging.
#include "support.hpp"

#include <kei_agent/spdlog.hpp>

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <atomic>
#include <mutex>
#include <sstream>

using kei::LogLevel;

TEST_CASE("records come to a function with their level, target, message and call, and without secrets")
{
    const auto runtime = kei::Runtime::create(R"({"log": {"output": "none", "level": "off"}})").value();
    std::mutex mutex;
    std::string all;
    std::atomic<int> marked{0};
    kei::LogFilter filter;
    filter.level = LogLevel::debug;
    const auto tap = kei::LogTap::attach([&](const kei::LogRecord& record) {
        const std::lock_guard<std::mutex> lock(mutex);
        all += record.json();
        all += '\n';
        CHECK(Tree::parse(record.json())["message"] == record.message());
        CHECK_FALSE(record.target().empty());
        if (record.message().find("marked") != std::string::npos) {
            CHECK(record.level() == LogLevel::warn);
            CHECK(record.target() == "host.part");
            ++marked;
        }
    }, filter, runtime).value();
    const auto agent = kei::Agent::create("", runtime).value();
    CHECK(agent.call("rpc.call", R"({"method": "echo"})"));
    kei::api::LogWriteRequest record;
    record.level = LogLevel::warn;
    record.message = std::string("marked, with ") + std::getenv("KEI_OIDC_CLIENT_SECRET");
    record.target = "host.part";
    CHECK(agent.log_write(record).value().wanted);
    CHECK(support::eventually([&] { return marked == 1; }));
    const std::lock_guard<std::mutex> lock(mutex);
    CHECK(all.find(std::getenv("KEI_OIDC_CLIENT_SECRET")) == std::string::npos);
    CHECK(all.find("[REDACTED:") != std::string::npos);
    CHECK(std::count(all.begin(), all.end(), '\n') > 2);
}

TEST_CASE("a filter is changed, and letting go of a tap ends it")
{
    const auto runtime = kei::Runtime::create(R"({"log": {"output": "none", "level": "off"}})").value();
    const auto agent = kei::Agent::create("", runtime).value();
    std::atomic<int> count{0};
    const auto last = std::make_shared<int>(0);
    const std::weak_ptr<int> kept = last;
    std::optional<kei::LogTap> tap = kei::LogTap::attach([&, last = last](const kei::LogRecord& record) {
        if (record.target() == "mine")
            ++count;
    }, {LogLevel::off, {}}, runtime).value();
    kei::api::LogWriteRequest record;
    record.level = LogLevel::info;
    record.message = "hello";
    record.target = "mine";
    CHECK_FALSE(agent.log_write(record).value().wanted);
    CHECK(tap->set_filter({LogLevel::off, {{"mine", LogLevel::trace}}}));
    CHECK(agent.log_write(record).value().wanted);
    CHECK(support::eventually([&] { return count == 1; }));
    tap.reset();
    CHECK_FALSE(agent.log_write(record).value().wanted);
    CHECK(kept.use_count() == 1);
    CHECK(count == 1);
}

TEST_CASE("a tap that is let go of waits for its sink, which is not called any more")
{
    const auto runtime = kei::Runtime::create(R"({"log": {"output": "none", "level": "off"}})").value();
    const auto agent = kei::Agent::create("", runtime).value();
    std::atomic<bool> within{false}, released{false}, finished{false}, gone{false};
    std::optional<kei::LogTap> tap;
    tap.emplace(kei::LogTap::attach([&](const kei::LogRecord&) {
        within = true;
        CHECK(support::eventually([&] { return released.load(); }));
        finished = true;
    }, {LogLevel::info, {}}, runtime).value());
    kei::api::LogWriteRequest record;
    record.level = LogLevel::error;
    record.message = "a long one";
    CHECK(agent.log_write(record));
    CHECK(support::eventually([&] { return within.load(); }));
    std::thread closer([&] {
        tap.reset();
        CHECK(finished);
        gone = true;
    });
    // Time for it to go too early, if it did not wait.
    for (int i = 0; i < 20 && !gone; ++i)
        std::this_thread::sleep_for(5ms);
    CHECK_FALSE(gone);
    released = true;
    closer.join();
}

TEST_CASE("a tap that is let go of by its own sink ends without waiting for itself")
{
    const auto runtime = kei::Runtime::create(R"({"log": {"output": "none", "level": "off"}})").value();
    const auto agent = kei::Agent::create("", runtime).value();
    std::optional<kei::LogTap> tap;
    std::mutex mutex;
    std::atomic<bool> ended{false};
    {
        const std::lock_guard<std::mutex> making(mutex);
        tap.emplace(kei::LogTap::attach([&](const kei::LogRecord&) {
            const std::lock_guard<std::mutex> made(mutex);
            tap.reset();
            ended = true;
        }, {LogLevel::info, {}}, runtime).value());
    }
    kei::api::LogWriteRequest record;
    record.level = LogLevel::error;
    record.message = "the last";
    CHECK(agent.log_write(record));
    CHECK(support::eventually([&] { return ended.load(); }));
    CHECK(runtime.shutdown(30s));
}

TEST_CASE("records go to a spdlog logger with their level")
{
    std::ostringstream text;
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
    const auto logger = std::make_shared<spdlog::logger>("kei", sink);
    logger->set_pattern("%l %v");
    logger->set_level(spdlog::level::trace);
    const auto runtime = kei::Runtime::create(R"({"log": {"output": "none"}})").value();
    const auto agent = kei::Agent::create("", runtime).value();
    {
        std::atomic<bool> seen{false};
        const auto spd = kei::spdlog_sink(logger);
        const auto tap = kei::LogTap::attach([&](const kei::LogRecord& record) {
            spd(record);
            seen = true;
        }, {LogLevel::info, {}}, runtime).value();
        kei::api::LogWriteRequest record;
        record.level = LogLevel::error;
        record.message = "it {} broke";
        CHECK(agent.log_write(record));
        CHECK(support::eventually([&] { return seen.load(); }));
    }
    CHECK(text.str().find("error host: it {} broke {\"") == 0);
}
