#include "support.hpp"

#include <atomic>
#include <cstdlib>

namespace support {

Tree ask(const std::string& method, const std::string& path, const Tree& body)
{
    static const kei::throwing::Client client = [] {
        const Tree configuration{{"base_url", std::getenv("KEI_API_URL")}, {"auth", {{"type", "none"}}}, {"breaker", {{"enabled", false}}}};
        return kei::throwing::Client::create(configuration);
    }();
    Tree request{{"method", method}, {"path", path}};
    if (!body.is_null())
        request["body"] = body;
    return client.call("http.request", request).as<Tree>()["body"];
}

void faults(const Tree& list) { ask("POST", "/_dev/faults", list); }

void well() { ask("DELETE", "/_dev/faults"); }

kei::Agent agent(const std::shared_ptr<kei::Dispatcher>& dispatcher) { return kei::Agent::create("", kei::RuntimeBase(), dispatcher).value(); }

std::string hanging()
{
    faults({{{"path", "/api/v1/rpc/hang"}, {"hang", true}}});
    return R"({"method": "hang"})";
}

std::uint64_t handles(const std::string& kind)
{
    const auto info = agent().kei_info().value();
    const auto found = info.handles.find(kind);
    // Its own client, dispatcher's queue and runtime are not what was asked for.
    const std::uint64_t own = kind == "client" || kind == "queue" ? 1 : 0;
    return found == info.handles.end() ? 0 : found->second - own;
}

bool eventually(const std::function<bool()>& so)
{
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!so()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

std::string fresh(const std::string& stem)
{
    static std::atomic<int> number{0};
    return stem + "-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) + "-" + std::to_string(++number);
}

} // namespace support
