/* The same operation as the Go benchmark's, by the C interface alone: µs a call, by kei_call, by kei_submit and kei_queue_next, and with 64 in flight drained in batches. */
#include <kei_agent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *operation = "log.levels";

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(kei_status status)
{
    if (status != KEI_OK) {
        fprintf(stderr, "%s\n", kei_status_name(status));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    long calls = argc > 1 ? atol(argv[1]) : 100000;
    kei_client client = 0;
    kei_queue queue = 0;
    kei_buf out = {0};
    must(kei_client_new(0, NULL, 0, &client, &out));
    must(kei_queue_new(0, NULL, 0, &queue, &out));
    double begin = now();
    for (long i = 0; i < calls; i++) {
        must(kei_call(client, operation, KEI_NUL, NULL, 0, NULL, 0, &out));
        kei_buf_free(&out);
    }
    printf("C, kei_call one after the other: µs %.2f\n", (now() - begin) / (double)calls);
    begin = now();
    for (long i = 0; i < calls; i++) {
        kei_event event = KEI_EVENT_INIT;
        must(kei_submit(client, operation, KEI_NUL, NULL, 0, NULL, 0, queue, 1, NULL, &out));
        must(kei_queue_next(queue, &event, -1));
        kei_buf_free(&event.body);
    }
    printf("C, kei_submit and kei_queue_next one after the other: µs %.2f\n", (now() - begin) / (double)calls);
    begin = now();
    for (long sent = 0, got = 0; got < calls;) {
        for (; sent < calls && sent - got < 64; sent++)
            must(kei_submit(client, operation, KEI_NUL, NULL, 0, NULL, 0, queue, 1, NULL, &out));
        kei_event events[64] = {KEI_EVENT_INIT};
        must(kei_queue_next(queue, &events[0], -1));
        kei_buf_free(&events[0].body);
        size_t n = 0;
        must(kei_queue_drain(queue, events, sizeof *events, 63, &n));
        for (size_t i = 0; i < n; i++)
            kei_buf_free(&events[i].body);
        got += (long)n + 1;
    }
    printf("C, 64 in flight: µs %.2f\n", (now() - begin) / (double)calls);
    kei_close(client);
    kei_close(queue);
    return 0;
}
