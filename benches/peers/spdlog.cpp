// What spdlog takes to write a million records of about 200 bytes as JSON lines to a file, at once on the thread that logs.
// Prints the seconds. spdlog escapes nothing and masks nothing.
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

int main(int, char **argv) {
    const long records = std::atol(argv[2]);
    auto log = spdlog::basic_logger_mt("bench", argv[1], true);
    log->set_pattern(R"({"timestamp":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","target":"%n","message":%v})",
                     spdlog::pattern_time_type::utc);
    const auto start = std::chrono::steady_clock::now();
    for (long record = 0; record < records; ++record) {
        log->info(R"("call succeeded","operation":"{}","method":"{}","status":{},"attempts":{},"duration_ms":{})",
                  "agents.get", "GET", 200, 1, record);
    }
    log->flush();
    std::printf("%f\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    spdlog::shutdown();
}
