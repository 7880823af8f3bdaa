// Queues: waited on, watched, drained, and called back.
#include "support.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

using kei::Code;
using kei::EventKind;

namespace {

/// Starts so many operations with the tags from 1.
void start(const kei::Agent& agent, const kei::Queue& queue, std::uint64_t count)
{
    for (std::uint64_t tag = 1; tag <= count; ++tag)
        REQUIRE(agent.submit_to(queue, tag, "kei.info"));
}

} // namespace

TEST_CASE("each operation ends in exactly one event with its tag")
{
    const auto agent = support::agent();
    const auto queue = kei::Queue::create().value();
    start(agent, queue, 100);
    std::set<std::uint64_t> tags;
    for (std::uint64_t seq = 1; seq <= 100; ++seq) {
        const auto event = queue.next(30s).value();
        REQUIRE(event);
        CHECK(event->kind() == EventKind::done);
        CHECK(event->seq() == seq);
        CHECK(event->outcome());
        CHECK(event->as<kei::api::KeiInfoAnswer>().value().version == kei::version());
        tags.insert(event->tag());
    }
    CHECK(tags.size() == 100);
    CHECK_FALSE(queue.next(0ms).value());
}

TEST_CASE("an epoll loop takes events as the descriptor says")
{
    const auto agent = support::agent();
    const auto queue = kei::Queue::create().value();
    const int loop = epoll_create1(EPOLL_CLOEXEC);
    epoll_event watched{};
    watched.events = EPOLLIN;
    REQUIRE(epoll_ctl(loop, EPOLL_CTL_ADD, queue.fd().value(), &watched) == 0);
    CHECK(epoll_wait(loop, &watched, 1, 0) == 0);
    start(agent, queue, 200);
    std::vector<std::uint64_t> room;
    std::set<std::uint64_t> tags;
    while (tags.size() < 200) {
        REQUIRE(epoll_wait(loop, &watched, 1, 30'000) == 1);
        REQUIRE(queue.drain(room, [&](const kei::EventView& event) { tags.insert(event.tag); }));
    }
    CHECK(epoll_wait(loop, &watched, 1, 0) == 0);
    close(loop);
}

TEST_CASE("events are drained in batches of any size, also ones larger than the room")
{
    const auto agent = support::agent();
    const auto queue = kei::Queue::create().value();
    const std::string large(100'000, 'x');
    REQUIRE(agent.submit_to(queue, 7, "rpc.call", Tree{{"method", "echo"}, {"params", {{"large", large}}}}));
    start(agent, queue, 5);
    std::size_t count = 0;
    std::vector<std::uint64_t> room;
    CHECK(support::eventually([&] {
        count += queue.drain(room, [&](const kei::EventView& event) {
            if (event.tag == 7)
                CHECK(Tree::parse(event.body)["large"] == large);
        }).value();
        return count == 6;
    }));
    start(agent, queue, 5);
    count = 0;
    CHECK(support::eventually([&] {
        const auto events = queue.drain(2).value();
        CHECK(events.size() <= 2);
        count += events.size();
        return count == 5;
    }));
}

TEST_CASE("a byte is written to a pipe when the queue stops being empty")
{
    const auto agent = support::agent();
    const auto queue = kei::Queue::create().value();
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    REQUIRE(queue.notify(ends[1]));
    start(agent, queue, 1);
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1);
    CHECK(queue.next(0ms).value());
    CHECK(queue.notify(-1));
    CHECK(queue.notify(1'000'000).error().code() == Code::argument);
    close(ends[0]);
    close(ends[1]);
}

TEST_CASE("a wait is woken, and ended by closing")
{
    const auto queue = kei::Queue::create().value();
    REQUIRE(queue.wake());
    CHECK_FALSE(queue.next().value());
    std::thread waiter([&] { CHECK_FALSE(queue.next()); });
    REQUIRE(queue.close());
    waiter.join();
}

TEST_CASE("a callback gets every event on a thread of the library's, and is destroyed once it is done with")
{
    const auto agent = support::agent();
    std::atomic<int> count{0};
    std::weak_ptr<int> kept;
    {
        const auto queue = kei::Queue::create().value();
        const auto held = std::make_shared<int>(0);
        kept = held;
        const auto here = std::this_thread::get_id();
        REQUIRE(queue.set_callback([&, held](const kei::EventView& event) {
            CHECK(event.kind == EventKind::done);
            CHECK(std::this_thread::get_id() != here);
            ++count;
        }));
        start(agent, queue, 50);
        CHECK(support::eventually([&] { return count == 50; }));
        CHECK(queue.next(0ms).error().code() == Code::wrong_mode);
        REQUIRE(queue.set_callback(nullptr));
        start(agent, queue, 1);
        CHECK(queue.next(30s).value());
        REQUIRE(queue.set_callback([&, held](const kei::EventView&) { ++count; }));
    }
    CHECK(support::eventually([&] { return kept.expired(); }));
    CHECK(count == 50);
}
