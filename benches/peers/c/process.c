/*
 * What the library costs a process, each printed as one line of JSON:
 *
 *     process idle             memory with a client that does nothing, before its first call and after it
 *     process noop             nanoseconds of an operation that sends nothing, over the C interface
 *     process soak COUNT       memory at a tenth, half and the end of so many calls, and the handles before and after
 */
#include "kei.h"

static kei_runtime runtime;
static kei_client client;
static char request[4096];
static size_t request_n;

static void call(const char *operation, const char *with, size_t n, kei_buf *answer)
{
    kei_status status = kei_call(client, operation, KEI_NUL, (const uint8_t *)with, n, NULL, 0, answer);
    if (status != KEI_OK) {
        fprintf(stderr, "%s: %s\n", operation, answer->data ? (char *)answer->data : "");
        exit(1);
    }
}

static void idle(void)
{
    kei_buf answer = {0};
    bench_sleep(0.2);
    long before = bench_memory("VmRSS:");
    call("rpc.call", request, request_n, &answer);
    kei_buf_free(&answer);
    bench_sleep(0.2);
    printf("{\"made_kib\": %ld, \"used_kib\": %ld, \"threads\": %ld}\n", before, bench_memory("VmRSS:"), bench_memory("Threads:"));
}

/* The best of some rounds, so that what else the machine does is not counted. */
static double best_of(const char *operation, const char *with, size_t *answer_n)
{
    double best = 1e9;
    for (int round = 0; round < 20; round++) {
        uint64_t start = bench_now();
        for (int i = 0; i < 20000; i++) {
            kei_buf answer = {0};
            call(operation, with, strlen(with), &answer);
            *answer_n = answer.len;
            kei_buf_free(&answer);
        }
        double each = (double)(bench_now() - start) / 20000;
        best = each < best ? each : best;
    }
    return best;
}

static void noop(void)
{
    /* 300 bytes in. `log.write` below the log's level is the cheapest that there is; `kei.validate` reads what it is given. */
    char text[512], write[512], validate[512];
    memset(text, 'a', sizeof text);
    int write_n = snprintf(write, sizeof write, "{\"level\": \"trace\", \"message\": \"%.*s\"}", 265, text);
    int validate_n = snprintf(validate, sizeof validate, "{\"rule\": \"text\", \"value\": \"%.*s\"}", 270, text);
    size_t write_out, validate_out;
    double write_ns = best_of("log.write", write, &write_out), validate_ns = best_of("kei.validate", validate, &validate_out);
    printf("{\"write_ns\": %.1f, \"write_in\": %d, \"write_out\": %zu, \"validate_ns\": %.1f, \"validate_in\": %d, \"validate_out\": %zu}\n", write_ns, write_n,
           write_out, validate_ns, validate_n, validate_out);
}

static void handles(const char *when)
{
    kei_buf info = {0};
    call("kei.info", "{}", 2, &info);
    const char *from = strstr((const char *)info.data, "\"handles\":");
    const char *to = from ? strchr(from, '}') : NULL;
    if (to)
        printf("\"%s\": %.*s, ", when, (int)(to + 1 - from) - 10, from + 10);
    kei_buf_free(&info);
}

static void soak(long count)
{
    static _Alignas(kei_event) uint8_t room[1 << 18];
    kei_queue queue;
    printf("{");
    handles("before");
    KEI_CHECK(kei_queue_new(runtime, NULL, 0, &queue, &kei_error));
    long started = 0, ended = 0, good = 0;
    long marks[] = {count / 10, count / 2, count}, memory[3] = {0};
    for (int mark = 0; mark < 3; mark++) {
        while (ended < marks[mark]) {
            for (; started < marks[mark] && started - ended < 64; started++)
                KEI_CHECK(kei_submit(client, "rpc.call", 8, (uint8_t *)request, request_n, NULL, 0, queue, 0, NULL, &kei_error));
            kei_event event = KEI_EVENT_INIT;
            KEI_CHECK(kei_queue_next(queue, &event, -1));
            good += event.status == KEI_OK;
            ended++;
            kei_buf_free(&event.body);
            size_t used, n;
            KEI_CHECK(kei_queue_drain_packed(queue, room, sizeof room, &used, &n));
            for (size_t at = 0; at < used; at += ((kei_event *)(room + at))->size)
                good += ((kei_event *)(room + at))->status == KEI_OK;
            ended += (long)n;
        }
        memory[mark] = bench_memory("VmRSS:");
    }
    kei_close(queue);
    handles("after");
    printf("\"good\": %ld, \"tenth_kib\": %ld, \"half_kib\": %ld, \"all_kib\": %ld}\n", good, memory[0], memory[1], memory[2]);
}

int main(int argc, char **argv)
{
    request_n = kei_bench_request(request, sizeof request);
    runtime = kei_bench_runtime();
    client = kei_bench_client(runtime);
    if (argc == 2 && !strcmp(argv[1], "idle")) {
        idle();
    } else if (argc == 2 && !strcmp(argv[1], "noop")) {
        noop();
    } else if (argc == 3 && !strcmp(argv[1], "soak")) {
        soak(atol(argv[2]));
    } else {
        fprintf(stderr, "usage: process idle|noop|soak COUNT\n");
        return 2;
    }
    kei_close(client);
    KEI_CHECK(kei_runtime_shutdown(runtime, -1, &kei_error));
    return 0;
}
