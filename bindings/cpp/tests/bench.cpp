// What the wrapper costs over C: microseconds a call, and how often its own code allocates. The operation is one that sends nothing, so that little else is measured.
#include "task.hpp"

#include <kei_agent.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <vector>

namespace {

std::atomic<std::size_t> allocations{0};

} // namespace

// Not inlined, or else a compiler sees memory of `malloc` given to `delete`, and warns.
#define KEI_NOINLINE __attribute__((noinline))

KEI_NOINLINE void* operator new(std::size_t size)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(size))
        return memory;
    throw std::bad_alloc();
}
KEI_NOINLINE void operator delete(void* memory) noexcept { std::free(memory); }
KEI_NOINLINE void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

constexpr int CALLS = 20'000;
constexpr int ROUNDS = 9;

struct Way {
    const char* name;
    std::function<void()> once;
    std::vector<double> micros{};
    std::size_t allocations = 0;
};

/// The ways in turn, round after round, so that whatever else the machine does befalls all alike; the median of the rounds.
void measure(std::vector<Way>& ways)
{
    for (int round = 0; round < ROUNDS; ++round)
        for (auto& way : ways) {
            const auto before = allocations.load();
            const auto begin = std::chrono::steady_clock::now();
            for (int n = 0; n < CALLS; ++n)
                way.once();
            way.micros.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() / CALLS);
            way.allocations = (allocations.load() - before) / CALLS;
        }
    for (auto& way : ways)
        std::sort(way.micros.begin(), way.micros.end());
}

void tell(const char* key, const Way& way, const Way& c)
{
    const double median = way.micros[ROUNDS / 2], base = c.micros[ROUNDS / 2];
    std::printf("%s: %.2f us a call, %+.2f us over C, %zu allocations  [%s]\n", way.name, median, median - base, way.allocations, key);
}

constexpr char OPERATION[] = "breaker.reset";

void must(bool good)
{
    if (!good)
        std::abort();
}

#if KEI_AGENT_COROUTINES
Detached awaits(const kei::Client& client, bool& done)
{
    const auto answer = co_await client.async(OPERATION);
    must(answer.has_value());
    done = true;
}
#endif

} // namespace

int main()
{
    const auto agent = kei::Agent::create(R"({"base_url": "http://127.0.0.1:9", "auth": {"type": "none"}})").value();
    const auto queue = kei::Queue::create().value();
    const auto manual = kei::Dispatcher::manual().value();
    const auto looped = kei::Agent::create(R"({"base_url": "http://127.0.0.1:9", "auth": {"type": "none"}})", kei::RuntimeBase(), manual).value();
    std::vector<std::uint64_t> room;

    std::vector<Way> calls{
        {"kei_call, in C", [&] {
             kei_buf out{nullptr, 0, 0};
             must(kei_call(agent.handle(), OPERATION, sizeof OPERATION - 1, nullptr, 0, nullptr, 0, &out) == KEI_OK);
             kei_buf_free(&out);
         }},
        {"call by name", [&] { must(agent.call(OPERATION).has_value()); }},
        {"call by type", [&] { must(agent.breaker_reset().has_value()); }},
    };
    std::vector<Way> submits{
        {"kei_submit and kei_queue_next, in C", [&] {
             kei_event event = KEI_EVENT_INIT;
             must(kei_submit(agent.handle(), OPERATION, sizeof OPERATION - 1, nullptr, 0, nullptr, 0, queue.handle(), 1, nullptr, nullptr) == KEI_OK);
             must(kei_queue_next(queue.handle(), &event, -1) == KEI_OK);
             kei_buf_free(&event.body);
         }},
        {"submit_to and next", [&] {
             must(agent.submit_to(queue, 1, OPERATION).has_value());
             must(queue.next()->has_value());
         }},
        {"submit, on a dispatcher of one's own loop", [&] {
             auto future = looped.submit(OPERATION);
             must(manual->run(std::chrono::seconds(30)).has_value());
             must(future.get().has_value());
         }},
#if KEI_AGENT_COROUTINES
        {"co_await async, on a dispatcher of one's own loop", [&] {
             bool done = false;
             awaits(looped, done);
             while (!done)
                 must(manual->run(std::chrono::seconds(30)).has_value());
         }},
#endif
        {"submit, future waited for", [&] { must(agent.submit(OPERATION).get().has_value()); }},
    };
    measure(calls);
    measure(submits);
    const char* const keys[] = {"call_c", "call_by_name", "call_by_type"};
    for (std::size_t i = 0; i < calls.size(); ++i)
        tell(keys[i], calls[i], calls[0]);
#if KEI_AGENT_COROUTINES
    const char* const more[] = {"submit_c", "submit_to", "submit_loop", "async_loop", "submit_future"};
#else
    const char* const more[] = {"submit_c", "submit_to", "submit_loop", "submit_future"};
#endif
    for (std::size_t i = 0; i < submits.size(); ++i)
        tell(more[i], submits[i], submits[0]);
}
