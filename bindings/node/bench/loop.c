/*
 * What bench/loop.mjs does, by the C interface: the same operation, once after the other and with 64 in flight. Lines with the time and the
 * processors' time (of all threads) that one takes, in microseconds.
 */
#define _POSIX_C_SOURCE 200809L
#include <kei_agent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CALLS 200000
#define IN_FLIGHT 64

static const char CONFIG[] = "{\"base_url\":\"http://127.0.0.1:9\",\"auth\":{\"type\":\"none\"}}";
static const char OPERATION[] = "log.write";
static const char REQUEST[] = "{\"level\":\"trace\",\"message\":\"x\"}";

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double wall, cpu;

static void begin(void)
{
    wall = now(CLOCK_MONOTONIC);
    cpu = now(CLOCK_PROCESS_CPUTIME_ID);
}

static void end(const char *name)
{
    printf("%s_us %.3f\n%s_cpu_us %.3f\n", name, (now(CLOCK_MONOTONIC) - wall) / CALLS, name, (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / CALLS);
}

static void must(kei_status status)
{
    if (status != KEI_OK) {
        fprintf(stderr, "%s\n", kei_status_name(status));
        exit(1);
    }
}

int main(void)
{
    static uint64_t memory[8192];
    kei_client client;
    kei_queue queue;
    ptrdiff_t fd;
    kei_buf out = {0};
    must(kei_client_new(0, CONFIG, KEI_NUL, &client, NULL));
    must(kei_queue_new(0, NULL, 0, &queue, NULL));
    must(kei_queue_fd(queue, &fd));

    begin();
    for (int i = 0; i < CALLS; i++) {
        must(kei_call(client, OPERATION, sizeof OPERATION - 1, (const uint8_t *)REQUEST, sizeof REQUEST - 1, NULL, 0, &out));
        kei_buf_free(&out);
    }
    end("sync");

    begin();
    int started = 0, ended = 0;
    while (ended < CALLS) {
        size_t used, count = 0;
        while (started < CALLS && started - ended < IN_FLIGHT)
            must(kei_submit(client, OPERATION, sizeof OPERATION - 1, (const uint8_t *)REQUEST, sizeof REQUEST - 1, NULL, 0, queue, (uint64_t)++started, NULL, NULL));
        struct pollfd wait = { (int)fd, POLLIN, 0 };
        poll(&wait, 1, -1);
        must(kei_queue_drain_packed(queue, (uint8_t *)memory, sizeof memory, &used, &count));
        ended += (int)count;
    }
    end("async");
    kei_close(queue);
    kei_close(client);
    return 0;
}
