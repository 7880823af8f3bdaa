/* A client of libkei_agent with everything on: token, breaker, budget, deadline, metrics, and an info record a call to a file. */
#include "../../../include/kei_agent.h"
#include "bench.h"

#define KEI_CHECK(call)                                                                                                  \
    do {                                                                                                                 \
        kei_status status_ = (call);                                                                                     \
        if (status_ != KEI_OK) {                                                                                         \
            fprintf(stderr, "%s: %s %s\n", #call, kei_status_name(status_), kei_error.data ? (char *)kei_error.data : ""); \
            exit(1);                                                                                                     \
        }                                                                                                                \
    } while (0)

static kei_buf kei_error;

/* A runtime that logs to the file BENCH_LOG, which is renamed after BENCH_LOG_BYTES. */
static inline kei_runtime kei_bench_runtime(void)
{
    char config[1024];
    kei_runtime runtime;
    const char *file = bench_environment("BENCH_LOG");
    snprintf(config, sizeof config, "{\"config\": {\"path\": \"none\"}, \"log\": {\"level\": \"info\", \"file\": \"%s\", \"max_bytes\": %s}}", file,
             bench_environment("BENCH_LOG_BYTES"));
    KEI_CHECK(kei_runtime_new(config, KEI_NUL, &runtime, &kei_error));
    return runtime;
}

/* A client for BENCH_ORIGIN, with tokens from BENCH_TOKEN. */
static inline kei_client kei_bench_client(kei_runtime runtime)
{
    char config[2048];
    kei_client client;
    snprintf(config, sizeof config,
             "{\"config\": {\"path\": \"none\"}, \"base_url\": \"%s\", \"http\": {\"version\": \"%s\"},"
             " \"auth\": {\"token_endpoint\": \"%s/token\", \"client_id\": \"bench\", \"client_secret\": \"a-secret-of-the-bench\"}}",
             bench_environment("BENCH_ORIGIN"), bench_environment("BENCH_HTTP"), bench_environment("BENCH_TOKEN"));
    KEI_CHECK(kei_client_new(runtime, config, KEI_NUL, &client, &kei_error));
    return client;
}

/* The request of `rpc.call`: what the others post, under its method's name. */
static inline size_t kei_bench_request(char *into, size_t room)
{
    return (size_t)snprintf(into, room, "{\"method\": \"bench.echo\", \"params\": %s}", bench_environment("BENCH_BODY"));
}
