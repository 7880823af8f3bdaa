/* What calls cost from C, to compare the .NET binding with: bench CALLS. A line for each figure: name, microseconds a call. */
#include <kei_agent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IN_FLIGHT 64

static const char operation[] = "auth.status";
static const char large[] = "rpc.call";

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

static void told(const char *name, double began, long calls)
{
    printf("%s %.3f\n", name, (seconds() - began) * 1e6 / (double)calls);
}

int main(int count, char **arguments)
{
    long calls = count > 1 ? atol(arguments[1]) : 100000;
    kei_client client;
    kei_queue queue;
    kei_buf error = {0};
    must(kei_client_new(0, NULL, 0, &client, &error));
    must(kei_queue_new(0, NULL, 0, &queue, &error));
    many(client, queue, 200, large, "{\"method\":\"echo\",\"params\":{\"n\":1}}");
    blocking(client, calls / 10);

    double began = seconds();
    blocking(client, calls);
    told("blocking", began, calls);
    began = seconds();
    queued(client, queue, calls);
    told("awaited", began, calls);
    began = seconds();
    many(client, queue, calls, operation, "{}");
    told("in_flight_64", began, calls);
    began = seconds();
    many(client, queue, calls / 10, large, "{\"method\":\"echo\",\"params\":{\"n\":1}}");
    told("http_in_flight_64", began, calls / 10);
    kei_close(client);
    kei_close(queue);
    return 0;
}
