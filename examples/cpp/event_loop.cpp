// All on one thread: an epoll loop that watches a dispatcher, a subscription and a timer. Linux; other systems have kqueue or poll.
#include <kei_agent.hpp>

#include <cstdint>
#include <iostream>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

using namespace std::chrono_literals;

int main()
{
    const auto dispatcher = kei::Dispatcher::manual().value();
    const auto agent = kei::throwing::Agent::create("", kei::RuntimeBase(), dispatcher);
    kei::api::StreamSubscribeRequest request;
    request.topic = "loop";
    auto subscription = agent.stream_subscribe(request);

    const int loop = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    const itimerspec every{{0, 5'000'000}, {0, 5'000'000}};
    timerfd_settime(timer, 0, &every, nullptr);
    const int outcomes = dispatcher->fd().value(), events = subscription.fd();
    for (const int fd : {outcomes, events, timer}) {
        epoll_event watched{};
        watched.events = EPOLLIN;
        watched.data.fd = fd;
        epoll_ctl(loop, EPOLL_CTL_ADD, fd, &watched);
    }

    std::vector<kei::Future<kei::Json>> running;
    int done = 0, items = 0;
    bool live = false;
    while (done < 20 || items == 0) {
        epoll_event ready[8];
        const int count = epoll_wait(loop, ready, 8, -1);
        for (int i = 0; i < count; ++i) {
            if (ready[i].data.fd == timer) {
                std::uint64_t ticks = 0;
                if (read(timer, &ticks, sizeof ticks) == sizeof ticks && live && running.size() < 20)
                    running.push_back(agent.submit("stream.publish", R"({"topic": "loop", "data": "tick"})"));
            } else if (ready[i].data.fd == outcomes) {
                (void)dispatcher->poll().value(); // Makes futures ready, here.
            } else if (auto event = subscription.next(0ms)) {
                live = live || event->kind() == kei::EventKind::state;
                items += event->kind() == kei::EventKind::item;
            }
        }
        done = 0;
        for (const auto& future : running)
            done += future.wait_for(0s) == std::future_status::ready;
    }
    std::cout << done << " outcomes in one loop, " << items << " items heard" << std::endl;
    close(timer);
    close(loop);
    return 0;
}
