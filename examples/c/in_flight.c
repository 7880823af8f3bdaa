/*
 * Many requests at once: one thread keeps 64 in flight, and takes the outcomes from a queue as they come.
 *
 *     cc -o in_flight in_flight.c -lkei_agent
 *     ./in_flight 1000
 */
#include <kei_agent.h>
#include <stdio.h>
#include <stdlib.h>

#define IN_FLIGHT 64

static kei_client client;
static kei_queue queue;

/* Starts request number `tag`. When that fails no event comes; a request that was started always ends in one. */
static kei_status start(uint64_t tag)
{
    char request[64];
    int length = snprintf(request, sizeof request, "{\"method\": \"echo\", \"params\": {\"n\": %llu}}", (unsigned long long)tag);
    kei_buf error = {0};
    kei_status status = kei_submit(client, "rpc.call", KEI_NUL, (const uint8_t *)request, (size_t)length, "{\"idempotent\": true}",
                                   KEI_NUL, queue, tag, NULL, &error);
    if (status != KEI_OK)
        fprintf(stderr, "request %llu: %s\n", (unsigned long long)tag, error.data ? (const char *)error.data : "not started");
    kei_buf_free(&error);
    return status;
}

int main(int argc, char **argv)
{
    uint64_t total = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
    uint64_t started = 0, running = 0, good = 0, bad = 0;
    kei_buf error = {0};
    if (kei_client_new(0, NULL, 0, &client, &error) != KEI_OK || kei_queue_new(0, NULL, 0, &queue, &error) != KEI_OK) {
        fprintf(stderr, "no client: %s\n", error.data ? (const char *)error.data : "no memory");
        kei_buf_free(&error);
        return 1;
    }

    while (started < total || running > 0) {
        while (started < total && running < IN_FLIGHT) {
            if (start(++started) == KEI_OK)
                running++;
            else
                bad++;
        }
        kei_event event = KEI_EVENT_INIT;
        if (running == 0 || kei_queue_next(queue, &event, -1) != KEI_OK)
            continue;
        running--;
        if (event.status == KEI_OK) {
            good++;
        } else {
            bad++;
            fprintf(stderr, "request %llu: %s\n", (unsigned long long)event.tag, (const char *)event.body.data);
        }
        kei_buf_free(&event.body);
    }
    printf("%llu answers, %llu failures\n", (unsigned long long)good, (unsigned long long)bad);

    kei_close(queue);
    kei_close(client);
    kei_runtime_shutdown(0, 2000, NULL);
    return bad ? 1 : 0;
}
