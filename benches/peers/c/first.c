/*
 * How long a program that is running already waits for its first answer: from dlopen of the library on. `first kei LIBRARY` or `first curl LIBRARY`; prints
 * milliseconds as JSON.
 */
#include "../../../include/kei_agent.h"
#include "bench.h"

#include <curl/curl.h>
#include <dlfcn.h>

static void *library;

static void *symbol(const char *name)
{
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return found;
}

static void bad(const char *what, const kei_buf *why)
{
    fprintf(stderr, "%s: %s\n", what, why && why->data ? (char *)why->data : "");
    exit(1);
}

static void by_kei(void)
{
    kei_status (*client_new)(kei_runtime, const char *, size_t, kei_client *, kei_buf *);
    kei_status (*call)(kei_client, const char *, size_t, const uint8_t *, size_t, const char *, size_t, kei_buf *);
    *(void **)&client_new = symbol("kei_client_new");
    *(void **)&call = symbol("kei_call");
    char config[1024], request[4096];
    snprintf(config, sizeof config, "{\"config\": {\"path\": \"none\"}, \"base_url\": \"%s\", \"auth\": {\"token\": \"%s\"}}", bench_environment("BENCH_ORIGIN"),
             bench_environment("BENCH_BEARER"));
    int n = snprintf(request, sizeof request, "{\"method\": \"bench.echo\", \"params\": %s}", bench_environment("BENCH_BODY"));
    kei_client client;
    kei_buf answer = {0};
    if (client_new(0, config, KEI_NUL, &client, &answer) != KEI_OK)
        bad("kei_client_new", &answer);
    if (call(client, "rpc.call", KEI_NUL, (uint8_t *)request, (size_t)n, NULL, 0, &answer) != KEI_OK)
        bad("kei_call", &answer);
}

static size_t drop(char *bytes, size_t size, size_t n, void *user)
{
    (void)bytes, (void)user;
    return size * n;
}

static void by_curl(void)
{
    CURLcode (*global_init)(long);
    CURL *(*init)(void);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*perform)(CURL *);
    struct curl_slist *(*append)(struct curl_slist *, const char *);
    *(void **)&global_init = symbol("curl_global_init");
    *(void **)&init = symbol("curl_easy_init");
    *(void **)&setopt = symbol("curl_easy_setopt");
    *(void **)&perform = symbol("curl_easy_perform");
    *(void **)&append = symbol("curl_slist_append");
    char url[256], token[256];
    snprintf(url, sizeof url, "%s/api/v1/rpc/bench.echo", bench_environment("BENCH_ORIGIN"));
    snprintf(token, sizeof token, "Authorization: Bearer %s", bench_environment("BENCH_BEARER"));
    global_init(CURL_GLOBAL_DEFAULT);
    CURL *handle = init();
    (setopt)(handle, CURLOPT_URL, url);
    (setopt)(handle, CURLOPT_HTTPHEADER, append(append(NULL, "Content-Type: application/json"), token));
    (setopt)(handle, CURLOPT_POSTFIELDS, bench_environment("BENCH_BODY"));
    (setopt)(handle, CURLOPT_WRITEFUNCTION, drop);
    if (perform(handle) != CURLE_OK)
        bad("curl_easy_perform", NULL);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: first kei|curl LIBRARY\n");
        return 2;
    }
    uint64_t start = bench_now();
    library = dlopen(argv[2], RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    if (!strcmp(argv[1], "kei"))
        by_kei();
    else
        by_curl();
    printf("{\"ms\": %.3f}\n", (double)(bench_now() - start) / 1e6);
    fflush(stdout);
    _exit(0);
}
