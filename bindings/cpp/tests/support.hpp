// What the tests share: the platform in a box, of which the environment tells, and what this process holds.
#ifndef KEI_TESTS_SUPPORT_HPP
#define KEI_TESTS_SUPPORT_HPP

#include <kei_agent.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

using Tree = nlohmann::json;
using namespace std::chrono_literals;

namespace support {

/// Asks the platform something without a token, as an operator would: for example POST /_dev/faults.
Tree ask(const std::string& method, const std::string& path, const Tree& body = nullptr);
/// Has the platform behave badly from now on.
void faults(const Tree& list);
/// Whatever the platform was told to do badly, it does well again.
void well();
/// A client of the environment's platform.
kei::Agent agent(const std::shared_ptr<kei::Dispatcher>& dispatcher = nullptr);
/// A request of `rpc.call` that is never answered: the platform is told to leave it hanging, until `well`.
std::string hanging();
/// How many handles of a kind the process has open.
std::uint64_t handles(const std::string& kind);
/// Looks again and again until it is so, for up to half a minute. Whether it was.
bool eventually(const std::function<bool()>& so);
/// A text unlike any other.
std::string fresh(const std::string& stem);

} // namespace support

#endif
