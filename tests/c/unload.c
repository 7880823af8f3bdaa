/*
 * The library loaded, used, shut down and let go of, again and again: no crash, no thread, no descriptor and no memory left behind. Then let
 * go of in the middle of its work. The argument is the number of rounds.
 */
#include "check.h"
#include "process.h"
#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef LIBRARY
#define LIBRARY "libkei_agent.so.1"
#endif

typedef kei_status (*runtime_new)(const char *, size_t, kei_runtime *, kei_buf *);
typedef kei_status (*client_new)(kei_runtime, const char *, size_t, kei_client *, kei_buf *);
typedef kei_status (*call)(kei_client, const char *, size_t, const uint8_t *, size_t, const char *, size_t, kei_buf *);
typedef kei_status (*shutdown_it)(kei_runtime, int64_t, kei_buf *);
typedef kei_status (*close_it)(kei_handle);
typedef void (*buf_free)(kei_buf *);

static void *symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return found;
}

/* ISO C knows no way from an object's pointer to a function's; POSIX does. */
#define GET(type, name) (*(type *)&(void *){symbol(library, name)})

static void *load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return library;
}

static void round_trip(int orderly)
{
    void *library = load();
    kei_runtime runtime = 0;
    kei_client client = 0;
    kei_buf out = {0};
    STATUS(KEI_OK, GET(runtime_new, "kei_runtime_new")("{\"log\": {\"level\": \"off\"}}", KEI_NUL, &runtime, NULL));
    STATUS(KEI_OK, GET(client_new, "kei_client_new")(runtime, "{\"base_url\": \"http://127.0.0.1:1\"}", KEI_NUL, &client, NULL));
    STATUS(KEI_OK, GET(call, "kei_call")(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &out));
    GET(buf_free, "kei_buf_free")(&out);
    if (orderly) {
        STATUS(KEI_OK, GET(shutdown_it, "kei_runtime_shutdown")(runtime, -1, NULL));
        STATUS(KEI_OK, GET(close_it, "kei_close")(client));
        STATUS(KEI_OK, GET(close_it, "kei_close")(runtime));
    }
    CHECK(dlclose(library) == 0);
}

int main(int count, char **arguments)
{
    int rounds = count > 1 ? atoi(arguments[1]) : 1000;
    int threads = entries("/proc/self/task"), files = entries("/proc/self/fd");
    long warm = 0;
    for (int round = 0; round < rounds; round++) {
        round_trip(1);
        if (round == rounds / 5)
            warm = resident_kib();
    }
    CHECK(entries("/proc/self/task") == threads);
    CHECK(entries("/proc/self/fd") == files);
    long grown = resident_kib() - warm;
    printf("resident memory grew by %ld KiB in the last %d rounds\n", grown, rounds - rounds / 5);
    CHECK(grown < 2048);
    for (int round = 0; round < 20; round++)
        round_trip(0); /* Let go of with its threads at work. */
    return done("unload");
}
