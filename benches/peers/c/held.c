/*
 * What a call takes in memory while it is in flight: `held COUNT`, against a server that holds its answers. A line of standard input tells when the server has
 * what was sent: first a single one, so that what comes with the first call is not counted, then all.
 */
#include "kei.h"

#include <sys/resource.h>

static void wait_for_line(void)
{
    int c;
    while ((c = getchar()) != '\n' && c != EOF)
        ;
}

int main(int argc, char **argv)
{
    long count = argc == 2 ? atol(argv[1]) : 10000;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    char request[4096];
    size_t request_n = kei_bench_request(request, sizeof request);
    kei_runtime runtime = kei_bench_runtime();
    kei_client client = kei_bench_client(runtime);
    kei_queue queue;
    KEI_CHECK(kei_queue_new(runtime, NULL, 0, &queue, &kei_error));
    static const char options[] = "{\"timeout_ms\": 600000}";
    long before = 0;
    for (long i = 0; i < count; i++) {
        KEI_CHECK(kei_submit(client, "rpc.call", 8, (uint8_t *)request, request_n, options, KEI_NUL, queue, 0, NULL, &kei_error));
        if (i == 0) {
            wait_for_line();
            before = bench_memory("VmRSS:");
        }
    }
    wait_for_line();
    long after = bench_memory("VmRSS:");
    printf("{\"bytes\": %.0f}\n", (double)(after - before) * 1024 / (double)(count - 1));
    fflush(stdout);
    long good = 0;
    for (long i = 0; i < count; i++) {
        kei_event event = KEI_EVENT_INIT;
        KEI_CHECK(kei_queue_next(queue, &event, -1));
        good += event.status == KEI_OK;
        kei_buf_free(&event.body);
    }
    printf("{\"good\": %ld}\n", good);
    kei_close(queue);
    kei_close(client);
    KEI_CHECK(kei_runtime_shutdown(runtime, -1, &kei_error));
    return 0;
}
