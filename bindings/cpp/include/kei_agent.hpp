/// @file
/// The C++ face of libkei_agent. Header-only, C++17 or newer; it needs no exceptions, no RTTI and no JSON library.
///
/// - `kei::Agent` is a client with one function for each operation, `kei::Client` the general one. They answer `kei::Result`s;
///   those in `kei::throwing` throw `kei::Exception`.
/// - `kei::Subscription` is a range of events, `kei::Queue` for loops of your own, `kei::Dispatcher` for who continues futures and coroutines.
/// - `kei::LogTap` hands log records to a function; `kei_agent/spdlog.hpp` is one for spdlog.
#ifndef KEI_AGENT_KEI_AGENT_HPP
#define KEI_AGENT_KEI_AGENT_HPP

#include <kei_agent/client.hpp>
#include <kei_agent/generated/agent.hpp>
#include <kei_agent/generated/version.hpp>
#include <kei_agent/log.hpp>

namespace kei {

/// An agent whose functions answer `Result`s.
using Agent = BasicAgent<Results>;

#if KEI_AGENT_EXCEPTIONS
namespace throwing {
/// An agent whose functions throw `kei::Exception`.
using Agent = BasicAgent<Exceptions>;
} // namespace throwing
#endif

} // namespace kei

#endif
