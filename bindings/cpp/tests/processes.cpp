// The end of a process while everything is at work, and forked children. The argument is how often each way is tried.
#include <kei_agent.hpp>

#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using kei::Code;

namespace {

int passed = 0, failed = 0;

void check(bool good, const std::string& what)
{
    (good ? passed : failed) += 1;
    if (!good)
        std::printf("FAILED: %s\n", what.c_str());
}

/// A configuration for a server that takes connections and never answers.
std::string silent_server()
{
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(server, 1024) != 0 ||
        getsockname(server, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        std::abort();
    return R"({"base_url": "http://127.0.0.1:)" + std::to_string(ntohs(address.sin_port)) + R"(", "auth": {"type": "none"}})";
}

/// Destroyed when the process ends by `exit` or a return from `main`, while calls are in flight.
std::unique_ptr<kei::Client> kept;
std::vector<kei::Future<kei::Result<kei::Json>>> futures;
std::unique_ptr<kei::Queue> called;

/// Everything at work, then the end.
int busy(const std::string& configuration, char way)
{
    alarm(120); // Only a hang gets here.
    kept = std::make_unique<kei::Client>(kei::Client::create(configuration).value());
    called = std::make_unique<kei::Queue>(kei::Queue::create().value());
    kei::Client& client = *kept;
    for (int n = 0; n < 64; ++n)
        futures.push_back(client.submit("agents.list"));
    // By their handles, since these threads go on while the objects are destroyed.
    const kei_client handle = client.handle();
    const kei_queue queue = called->handle();
    const auto again = [handle, queue] { (void)kei_submit(handle, "kei.info", KEI_NUL, nullptr, 0, nullptr, 0, queue, 1, nullptr, nullptr); };
    std::thread([handle] {
        kei_buf out{nullptr, 0, 0};
        (void)kei_call(handle, "agents.list", KEI_NUL, nullptr, 0, nullptr, 0, &out);
    }).detach();
    called->set_callback([again, way](const kei::EventView&) {
        if (way == 'c')
            std::exit(7);
        again();
    }).value();
    client.submit("kei.info").get().value();
    static auto subscription = client.subscribe("stream.subscribe", R"({"topic": "t"})").value();
    static const auto tap = kei::LogTap::attach([](const kei::LogRecord&) {}, {kei::LogLevel::trace, {}}).value();
    // From here on the callback may end the process, and destroy what is here, at any time.
    again();
    switch (way) {
    case 'e': std::exit(7);
    case '_': _exit(7);
    case 'q': std::quick_exit(7);
    case 'c': pause(); // The callback ends the process.
    }
    return 7;
}

void leaves(const char* self, const std::string& configuration, char way, int times)
{
    for (int i = 0; i < times; ++i) {
        const char letter[2] = {way, '\0'};
        const pid_t child = fork();
        if (child == 0) {
            execl("/proc/self/exe", self, letter, configuration.c_str(), static_cast<char*>(nullptr));
            _exit(127);
        }
        int status = -1;
        const bool waited = waitpid(child, &status, 0) == child;
        check(waited && WIFEXITED(status) && WEXITSTATUS(status) == 7, std::string("leaving by ") + way + ", status " + std::to_string(status));
    }
}

/// Runs `work` in a forked child; it answers whether all went well.
template <class Work>
void forked(const char* what, Work&& work)
{
    const pid_t child = fork();
    if (child == 0) {
        alarm(120);
        _exit(work() ? 0 : 1);
    }
    int status = -1;
    check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0, what);
}

void forks(const std::string& configuration)
{
    auto runtime = kei::Runtime::create(R"({"log": {"output": "none"}})").value();
    auto client = std::make_unique<kei::Client>(kei::Client::create(configuration, runtime).value());
    auto pending = client->submit("agents.list");
    client->submit("kei.info").get().value();
    forked("a child is told that it is one, and its inherited objects go without waiting", [&] {
        const bool told = client->call("kei.info").error().code() == Code::forked && client->submit("kei.info").get().error().code() == Code::forked &&
                          client->close().error().code() == Code::forked;
        client.reset();
        return told;
    });
    forked("a child begins anew", [&] {
        if (!runtime.after_fork_child() || client->call("kei.info").error().code() != Code::stale)
            return false;
        client.reset();
        const auto own = kei::Client::create(configuration, runtime);
        return own && own->call("kei.info") && own->submit("kei.info").get();
    });
    check(client->call("kei.info").has_value(), "the parent goes on");
    check(pending.wait_for(0s) == std::future_status::timeout, "the parent's calls go on");
    check(pending.cancel() && pending.get().error().code() == Code::cancelled, "the parent's calls are still its own");
}

} // namespace

int main(int count, char** arguments)
{
    if (count == 3)
        return busy(arguments[2], arguments[1][0]); // Returns from main.
    const int times = count > 1 ? std::atoi(arguments[1]) : 20;
    const std::string configuration = silent_server();
    for (const char way : {'e', '_', 'q', 'c', 'r'})
        leaves(arguments[0], configuration, way, times);
    forks(configuration);
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
