/// @file
/// The library's log records in a spdlog logger. Optional: include it where spdlog is there.
#ifndef KEI_AGENT_SPDLOG_HPP
#define KEI_AGENT_SPDLOG_HPP

#include <kei_agent/log.hpp>

#include <spdlog/spdlog.h>

#include <memory>

namespace kei {

/// The level that spdlog calls so.
inline spdlog::level::level_enum spdlog_level(LogLevel level) noexcept
{
    switch (level) {
    case LogLevel::off: return spdlog::level::off;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::trace: return spdlog::level::trace;
    }
    return spdlog::level::info;
}

/// A sink for `LogTap::attach` that hands records to a logger, as "target: message {record}".
inline auto spdlog_sink(std::shared_ptr<spdlog::logger> logger)
{
    return [logger = std::move(logger)](const LogRecord& record) {
        const std::string_view json = record.json();
        logger->log(spdlog_level(record.level()), "{}: {} {}", record.target(), record.message(), spdlog::string_view_t(json.data(), json.size()));
    };
}

} // namespace kei

#endif
