// Many calls from eight threads, in every form, with random cancellation; then what is left: no handle, and no memory. `stress CALLS [SEED]`.
#include "task.hpp"

#include <kei_agent.hpp>

#include <nlohmann/json.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <random>
#include <thread>
#include <unistd.h>
#include <vector>

using Tree = nlohmann::json;
using namespace std::chrono_literals;
using kei::Code;

namespace {

constexpr int THREADS = 8;
constexpr std::size_t IN_FLIGHT = 16;

// AddressSanitizer keeps what was freed, so that the memory says nothing there; it looks for leaks itself.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEI_MEMORY_TELLS 0
#endif
#endif
#ifndef KEI_MEMORY_TELLS
#define KEI_MEMORY_TELLS 1
#endif

int passed = 0, failed = 0;

void check(bool good, const std::string& what)
{
    (good ? passed : failed) += 1;
    if (!good)
        std::printf("FAILED: %s\n", what.c_str());
}

long resident_kib()
{
    long all = 0, pages = 0;
    std::ifstream("/proc/self/statm") >> all >> pages;
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

struct Counts {
    std::atomic<std::uint64_t> done{0}, good{0}, cancelled{0}, other{0}, wrong{0};

    /// Counts an outcome: an answer that belongs to another call is wrong.
    void count(const kei::Result<kei::Json>& outcome, std::uint64_t expected)
    {
        ++done;
        if (!outcome)
            ++(outcome.error().code() == Code::cancelled || outcome.error().code() == Code::deadline || outcome.error().code() == Code::closed ? cancelled : other);
        else if (expected != 0 && outcome->as<Tree>()["n"] != expected)
            ++wrong;
        else
            ++good;
    }
};

struct Running {
    std::uint64_t number;
    kei::Future<kei::Result<kei::Json>> future;
};

#if KEI_AGENT_COROUTINES
/// Counts the outcome.
Detached awaits(kei::Awaitable<kei::Json, kei::Results> running, std::uint64_t number, Counts& counts, std::atomic<std::size_t>& awaiting)
{
    const auto outcome = co_await running;
    counts.count(outcome, number);
    --awaiting;
}
#endif

void worker(const kei::Agent& shared, std::uint64_t calls, std::uint64_t seed, Counts& counts)
{
    std::mt19937_64 random(seed);
    const auto chance = [&](unsigned of) { return random() % of == 0; };
    std::deque<Running> running;
    std::atomic<std::size_t> awaiting{0};
    std::optional<kei::Agent> own;
    for (std::uint64_t n = 1; n <= calls; ++n) {
        if (chance(500))
            own = chance(3) ? std::nullopt : std::optional<kei::Agent>(kei::Agent::create().value());
        const kei::Agent& agent = own && chance(2) ? *own : shared;
        const bool local = chance(2);
        const std::string operation = local ? "kei.info" : "rpc.call";
        const std::string request = local ? "{}" : R"({"method": "echo", "params": {"n": )" + std::to_string(n) + "}}";
        const std::uint64_t expected = local ? 0 : n;
        kei::CallOptions options;
        if (chance(50))
            options.timeout = 1ms;
        switch (random() % 4) {
        case 0: counts.count(agent.call(operation, request, options), expected); break;
#if KEI_AGENT_STOP_TOKEN
        case 1: {
            std::stop_source stop;
            auto future = agent.submit(operation, request, options, stop.get_token());
            if (chance(2))
                stop.request_stop();
            running.push_back({expected, std::move(future)});
            break;
        }
#endif
#if KEI_AGENT_COROUTINES
        case 2: {
            auto awaitable = agent.async(operation, request, options);
            if (chance(4))
                awaitable.cancel();
            if (chance(10)) {
                ++counts.done; // Let go of without being awaited.
                ++counts.cancelled;
                break;
            }
            ++awaiting;
            awaits(std::move(awaitable), expected, counts, awaiting);
            break;
        }
#endif
        default:
            running.push_back({expected, agent.submit(operation, request, options)});
            if (chance(3))
                running[random() % running.size()].future.cancel();
        }
        if (chance(1000)) {
            const auto subscription = agent.subscribe("stream.subscribe", R"({"topic": "stress"})");
            if (subscription && chance(2))
                (void)subscription->close();
        }
        while (running.size() > IN_FLIGHT) {
            counts.count(running.front().future.get(), running.front().number);
            running.pop_front();
        }
        while (awaiting > IN_FLIGHT)
            std::this_thread::yield();
    }
    for (auto& last : running)
        counts.count(last.future.get(), last.number);
    own.reset();
    while (awaiting > 0)
        std::this_thread::yield();
}

void round(const kei::Agent& agent, std::uint64_t calls, std::uint64_t seed, Counts& counts)
{
    std::vector<std::thread> threads;
    for (int i = 0; i < THREADS; ++i)
        threads.emplace_back([&, i] { worker(agent, calls / THREADS, seed * THREADS + static_cast<std::uint64_t>(i), counts); });
    for (auto& thread : threads)
        thread.join();
}

/// Whether no handle is left but the client's, its dispatcher's queue's and that of a runtime.
bool nothing_left(const kei::Agent& agent, std::string& found)
{
    const auto end = std::chrono::steady_clock::now() + 30s;
    for (;;) {
        const auto info = agent.kei_info().value();
        found = Tree(info.handles).dump();
        std::uint64_t others = info.in_flight - 1;
        for (const auto& [kind, count] : info.handles)
            others += count - std::min<std::uint64_t>(count, kind == "client" || kind == "queue" || kind == "runtime");
        if (others == 0)
            return true;
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(10ms);
    }
}

} // namespace

int main(int count, char** arguments)
{
    const std::uint64_t calls = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 10'000;
    const std::uint64_t seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : std::random_device{}();
    const auto agent = kei::Agent::create().value();
    Counts counts;
    std::string left;
    // The first quarter fills pools and caches.
    round(agent, calls / 4, seed, counts);
    check(nothing_left(agent, left), "handles after the first quarter: " + left);
    const long before = resident_kib();
    round(agent, calls - calls / 4, seed + 1, counts);
    check(nothing_left(agent, left), "handles after the rest: " + left);
    const long after = resident_kib();
    std::printf("%llu calls (%llu answered, %llu cancelled or late, %llu others), seed %llu; resident memory %ld KiB, then %ld KiB\n",
                static_cast<unsigned long long>(counts.done), static_cast<unsigned long long>(counts.good), static_cast<unsigned long long>(counts.cancelled),
                static_cast<unsigned long long>(counts.other), static_cast<unsigned long long>(seed), before, after);
    check(counts.done == calls / 4 / THREADS * THREADS + (calls - calls / 4) / THREADS * THREADS, "every call has exactly one outcome");
    check(counts.wrong == 0, "no answer went to another call");
    check(counts.good > calls / 4 && counts.cancelled > 0, "most calls were answered, some cancelled");
    check(counts.other == 0, "no call failed in another way");
    if (KEI_MEMORY_TELLS)
        check(after - before < 16 * 1024, "memory stays as it was");
    // And out, with calls in flight.
    for (int n = 0; n < 64; ++n)
        (void)agent.submit("rpc.call", R"({"method": "echo"})");
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
