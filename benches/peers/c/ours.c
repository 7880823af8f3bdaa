/*
 * The timed work through the C interface of libkei_agent: `ours MODE IN_FLIGHT SECONDS`. The modes:
 *
 *     call      as many threads as are in flight, each in kei_call
 *     queue     one thread that submits, waits with kei_queue_next, and drains in batches
 *     fd        the same, but it waits by poll on the queue's descriptor
 *     callback  each outcome's callback submits the next
 *
 * BENCH_CLIENTS says over how many clients calls are spread, by queue and callback; 1 when it is absent.
 */
#include "kei.h"

#include <poll.h>
#include <pthread.h>

#define MOST 1024

static kei_client clients[MOST];
static int clients_n;
static kei_queue queue;
static char request[4096];
static size_t request_n;
static uint64_t starts[MOST];
static bool by_fd;
static int in_flight;
static _Atomic int running;

static void submit(uint64_t slot)
{
    starts[slot] = bench_now();
    static _Atomic uint64_t next;
    kei_client client = clients[clients_n > 1 ? next++ % (uint64_t)clients_n : 0];
    KEI_CHECK(kei_submit(client, "rpc.call", 8, (uint8_t *)request, request_n, NULL, 0, queue, slot, NULL, &kei_error));
}

static void ended(const kei_event *event)
{
    if (bench_done(starts[event->tag], bench_now(), event->status == KEI_OK))
        submit(event->tag);
    else
        running--;
}

static void *work_by_queue(void *unused)
{
    static _Alignas(kei_event) uint8_t room[1 << 18];
    ptrdiff_t fd = -1;
    if (by_fd)
        KEI_CHECK(kei_queue_fd(queue, &fd));
    for (int slot = 0; slot < in_flight; slot++)
        submit((uint64_t)slot);
    while (running > 0) {
        if (by_fd) {
            poll(&(struct pollfd){(int)fd, POLLIN, 0}, 1, -1);
        } else {
            kei_event event = KEI_EVENT_INIT;
            KEI_CHECK(kei_queue_next(queue, &event, -1));
            ended(&event);
            kei_buf_free(&event.body);
        }
        size_t used, n;
        do {
            KEI_CHECK(kei_queue_drain_packed(queue, room, sizeof room, &used, &n));
            for (size_t at = 0; at < used; at += ((kei_event *)(room + at))->size)
                ended((kei_event *)(room + at));
        } while (n > 0);
    }
    return unused;
}

static void called_back(void *unused, const kei_event *event)
{
    (void)unused;
    ended(event);
}

static void *work_by_call(void *unused)
{
    bool on = true;
    while (on) {
        kei_buf answer = {0};
        uint64_t start = bench_now();
        kei_status status = kei_call(clients[0], "rpc.call", 8, (uint8_t *)request, request_n, NULL, 0, &answer);
        on = bench_done(start, bench_now(), status == KEI_OK);
        kei_buf_free(&answer);
    }
    return unused;
}

int main(int argc, char **argv)
{
    if (argc != 4 || (in_flight = atoi(argv[2])) < 1 || in_flight > MOST) {
        fprintf(stderr, "usage: ours call|queue|fd|callback IN_FLIGHT SECONDS\n");
        return 2;
    }
    double seconds = atof(argv[3]);
    bool by_call = !strcmp(argv[1], "call"), by_callback = !strcmp(argv[1], "callback");
    by_fd = !strcmp(argv[1], "fd");
    kei_runtime runtime = kei_bench_runtime();
    clients_n = getenv("BENCH_CLIENTS") ? atoi(getenv("BENCH_CLIENTS")) : 1;
    for (int i = 0; i < clients_n && i < MOST; i++)
        clients[i] = kei_bench_client(runtime);
    request_n = kei_bench_request(request, sizeof request);
    KEI_CHECK(kei_queue_new(runtime, NULL, 0, &queue, &kei_error));

    pthread_t threads[MOST];
    int threads_n = by_call ? in_flight : by_callback ? 0 : 1;
    running = in_flight;
    for (int i = 0; i < threads_n; i++)
        pthread_create(&threads[i], NULL, by_call ? work_by_call : work_by_queue, NULL);
    if (by_callback) {
        KEI_CHECK(kei_queue_set_callback(queue, called_back, NULL, NULL));
        for (int slot = 0; slot < in_flight; slot++)
            submit((uint64_t)slot);
    }
    bench_time(seconds);
    for (int i = 0; i < threads_n; i++)
        pthread_join(threads[i], NULL);
    while (by_callback && running > 0)
        bench_sleep(0.001);
    bench_report();
    kei_close(queue);
    for (int i = 0; i < clients_n && i < MOST; i++)
        kei_close(clients[i]);
    KEI_CHECK(kei_runtime_shutdown(runtime, -1, &kei_error));
    return 0;
}
