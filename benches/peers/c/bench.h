/*
 * What the C clients of this bench share: the clock, the latencies, and what is said at the end, one line of JSON. The main thread keeps the time, others do
 * the work and call `bench_done` for each request. The programs in Rust, Go and JavaScript do the same.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Latencies are counted in steps of 100 ns, up to 100 ms. */
#define BENCH_STEP 100
#define BENCH_STEPS 1000000
#define BENCH_WARM_UP 0.3

static _Atomic uint32_t bench_steps[BENCH_STEPS];
static _Atomic uint64_t bench_all, bench_errors;
static _Atomic int bench_phase; /* 0 warming up, 1 timed, 2 over */

static inline uint64_t bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A request that began at `start` has its answer, good or not, at `now`. Answers whether to send another. */
static inline bool bench_done(uint64_t start, uint64_t now, bool good)
{
    atomic_fetch_add_explicit(good ? &bench_all : &bench_errors, 1, memory_order_relaxed);
    int phase = atomic_load_explicit(&bench_phase, memory_order_relaxed);
    if (phase == 1 && good) {
        uint64_t step = (now - start) / BENCH_STEP;
        atomic_fetch_add_explicit(&bench_steps[step < BENCH_STEPS ? step : BENCH_STEPS - 1], 1, memory_order_relaxed);
    }
    return phase < 2;
}

static inline double bench_cpu(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static inline void bench_sleep(double seconds)
{
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&time, &time))
        ;
}

/* A number of /proc/self/status, for example "VmHWM:", in KiB. */
static inline long bench_memory(const char *name)
{
    char line[256];
    long number = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (!strncmp(line, name, strlen(name)))
            number = strtol(line + strlen(name), NULL, 10);
    }
    if (file)
        fclose(file);
    return number;
}

static inline double bench_quantile(uint64_t count, double quantile)
{
    uint64_t seen = 0, wanted = (uint64_t)((double)count * quantile);
    for (size_t step = 0; step < BENCH_STEPS; step++) {
        seen += bench_steps[step];
        if (seen > wanted)
            return ((double)step + 0.5) * BENCH_STEP / 1000;
    }
    return 0;
}

/* Lets the workers run: warms up, times `seconds`, tells them to end. What is measured is said by `bench_report`, once they have. */
static double bench_seconds, bench_used;
static uint64_t bench_count;

static inline void bench_time(double seconds)
{
    bench_sleep(BENCH_WARM_UP);
    uint64_t start = bench_now(), before = bench_all;
    double cpu = bench_cpu();
    bench_phase = 1;
    bench_sleep(seconds);
    bench_phase = 2;
    bench_count = bench_all - before;
    bench_used = bench_cpu() - cpu;
    bench_seconds = (double)(bench_now() - start) / 1e9;
}

static inline void bench_report(void)
{
    printf("{\"requests\": %llu, \"all\": %llu, \"errors\": %llu, \"seconds\": %.6f, \"cpu_s\": %.6f, \"p50_us\": %.2f, \"p99_us\": %.2f, \"peak_rss_kib\": %ld, \"threads\": %ld}\n",
           (unsigned long long)bench_count, (unsigned long long)bench_all, (unsigned long long)bench_errors, bench_seconds, bench_used,
           bench_quantile(bench_count, 0.5), bench_quantile(bench_count, 0.99), bench_memory("VmHWM:"), bench_memory("Threads:"));
    fflush(stdout);
}

/* What every request carries. */
static inline const char *bench_environment(const char *name)
{
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "%s must be set; see run.py\n", name);
        exit(2);
    }
    return value;
}
