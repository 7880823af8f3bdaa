/*
 * What calls cost from C, to compare the .NET binding with: bench BATCHES. A line for each figure: name, microseconds a call. It is that of the best batch: what else
 * the machine does makes batches slower, never faster.
 */
#include <kei_agent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IN_FLIGHT 64
#define BATCH 1000

static const char operation[] = "auth.status";

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(kei_status status)
{
    if (status != KEI_OK) {
        fprintf(stderr, "%s\n", kei_status_name(status));
        exit(1);
    }
}

static void blocking(kei_client client, long calls)
{
    for (long n = 0; n < calls; n++) {
        kei_buf out = {0};
        must(kei_call(client, operation, sizeof operation - 1, (const uint8_t *)"{}", 2, NULL, 0, &out));
        kei_buf_free(&out);
    }
}

/* One after the other, by the queue. */
static void queued(kei_client client, kei_queue queue, long calls)
{
    for (long n = 0; n < calls; n++) {
        kei_buf error = {0};
        kei_event event = KEI_EVENT_INIT;
        must(kei_submit(client, operation, sizeof operation - 1, (const uint8_t *)"{}", 2, NULL, 0, queue, 1, NULL, &error));
        must(kei_queue_next(queue, &event, -1));
        kei_buf_free(&event.body);
    }
}

/* Always so many at once. */
static void many(kei_client client, kei_queue queue, long calls, const char *name, const char *request)
{
    long started = 0, ended = 0;
    while (ended < calls) {
        for (; started < calls && started - ended < IN_FLIGHT; started++) {
            kei_buf error = {0};
            must(kei_submit(client, name, strlen(name), (const uint8_t *)request, strlen(request), NULL, 0, queue, 1, NULL, &error));
        }
        kei_event event = KEI_EVENT_INIT;
        must(kei_queue_next(queue, &event, -1));
        must(event.status);
        kei_buf_free(&event.body);
        ended++;
    }
}

/* The ways of calling. */
enum { BLOCKING, AWAITED, LOCAL, HTTP };

static void measured(const char *name, int way, long batches, kei_client client, kei_queue queue)
{
    double best = 1e9;
    for (long n = 0; n < batches; n++) {
        double began = seconds();
        if (way == BLOCKING)
            blocking(client, BATCH);
        else if (way == AWAITED)
            queued(client, queue, BATCH);
        else
            many(client, queue, BATCH, way == HTTP ? "rpc.call" : operation, way == HTTP ? "{\"method\":\"echo\",\"params\":{\"n\":1}}" : "{}");
        double took = (seconds() - began) * 1e6 / BATCH;
        best = took < best ? took : best;
    }
    printf("%s %.3f\n", name, best);
}

int main(int count, char **arguments)
{
    long batches = count > 1 ? atol(arguments[1]) : 50;
    kei_client client;
    kei_queue queue;
    kei_buf error = {0};
    must(kei_client_new(0, NULL, 0, &client, &error));
    must(kei_queue_new(0, NULL, 0, &queue, &error));
    measured("blocking", BLOCKING, batches, client, queue);
    measured("awaited", AWAITED, batches, client, queue);
    measured("in_flight_64", LOCAL, batches, client, queue);
    measured("http_in_flight_64", HTTP, 1 + batches / 10, client, queue);
    kei_close(client);
    kei_close(queue);
    return 0;
}
