/*
 * What it costs to have the library: from dlopen to the first answer on the loopback interface, and what an idle client, and a hundred, occupy.
 *
 *     cc -D_GNU_SOURCE -O2 -Iinclude -o start benches/start.c -ldl && ./start target/release/libkei_agent.so
 *
 * Each run is a process of its own, so that nothing is warm but the file system's cache; the numbers are the medians of 21. The server is another process.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <kei_agent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS 21
#define MANY 100

enum { LOADED, RUNTIME, CLIENT, ANSWER, EMPTY_KB, IDLE_KB, IDLE_THREADS, MANY_KB, MANY_THREADS, MEASURES };

static const char *const names[MEASURES] = {
    "dlopen, µs", "kei_runtime_new, µs", "kei_client_new, µs", "first answer, µs", "process before, KiB", "idle client, KiB", "idle client, threads",
    "100 clients, KiB", "100 clients, threads"};

static void fail(const char *what, const kei_buf *error)
{
    fprintf(stderr, "%s: %s\n", what, error && error->data ? (const char *)error->data : "failed");
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

/* A number of /proc/self/status. */
static double status(const char *name)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    double found = -1;
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, name, strlen(name)))
            found = atof(line + strlen(name) + 1);
    if (file)
        fclose(file);
    return found;
}

/* Answers every request of one connection after the other. */
static void serve(int listener)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"ok\":true}";
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        char buffer[4096];
        size_t held = 0;
        ssize_t got;
        while ((got = read(connection, buffer + held, sizeof buffer - held - 1)) > 0) {
            held += (size_t)got;
            buffer[held] = 0;
            if (!strstr(buffer, "\r\n\r\n"))
                continue;
            held = 0;
            if (write(connection, answer, sizeof answer - 1) < 0)
                break;
        }
        close(connection);
    }
}

/* One run, in a process of its own. */
static void measure(const char *library, int port, double *measured)
{
    measured[EMPTY_KB] = status("VmRSS");
    double before = now(), after;
    void *opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!opened) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    __typeof__(kei_runtime_new) *runtime_new;
    __typeof__(kei_client_new) *client_new;
    __typeof__(kei_call) *call;
    *(void **)&runtime_new = dlsym(opened, "kei_runtime_new");
    *(void **)&client_new = dlsym(opened, "kei_client_new");
    *(void **)&call = dlsym(opened, "kei_call");
    measured[LOADED] = (after = now()) - before;

    kei_buf error = {0};
    kei_runtime runtime = 0;
    before = after;
    if (runtime_new("{\"log\": {\"output\": \"none\"}}", KEI_NUL, &runtime, &error) != KEI_OK)
        fail("kei_runtime_new", &error);
    measured[RUNTIME] = (after = now()) - before;

    char config[256];
    snprintf(config, sizeof config, "{\"base_url\": \"http://127.0.0.1:%d\", \"auth\": {\"type\": \"bearer\", \"token\": \"a-token-for-the-start\"}}", port);
    kei_client client = 0;
    before = after;
    if (client_new(runtime, config, KEI_NUL, &client, &error) != KEI_OK)
        fail("kei_client_new", &error);
    measured[CLIENT] = (after = now()) - before;

    measured[IDLE_KB] = status("VmRSS");
    measured[IDLE_THREADS] = status("Threads");

    kei_buf answer = {0};
    static const char request[] = "{\"method\": \"GET\", \"path\": \"/\"}";
    before = now();
    if (call(client, "http.request", KEI_NUL, (const uint8_t *)request, KEI_NUL, NULL, 0, &answer) != KEI_OK)
        fail("kei_call", &answer);
    measured[ANSWER] = now() - before;

    for (int made = 1; made < MANY; made++)
        if (client_new(runtime, config, KEI_NUL, &client, &error) != KEI_OK)
            fail("kei_client_new", &error);
    measured[MANY_KB] = status("VmRSS");
    measured[MANY_THREADS] = status("Threads");
}

static int ascending(const void *one, const void *other)
{
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

int main(int count, char **arguments)
{
    const char *library = count > 1 ? arguments[1] : "target/release/libkei_agent.so";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 16) || getsockname(listener, (struct sockaddr *)&address, &length))
        fail("the server", NULL);
    pid_t server = fork();
    if (server == 0)
        serve(listener);
    close(listener);

    static double all[MEASURES][RUNS];
    int failed = 0;
    for (int run = 0; run < RUNS && !failed; run++) {
        int ends[2];
        double measured[MEASURES];
        if (pipe(ends))
            fail("pipe", NULL);
        pid_t child = fork();
        if (child == 0) {
            measure(library, ntohs(address.sin_port), measured);
            _exit(write(ends[1], measured, sizeof measured) != (ssize_t)sizeof measured);
        }
        close(ends[1]);
        failed = read(ends[0], measured, sizeof measured) != (ssize_t)sizeof measured;
        close(ends[0]);
        waitpid(child, NULL, 0);
        for (int which = 0; which < MEASURES; which++)
            all[which][run] = measured[which];
    }
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    if (failed)
        return 1;

    double total = 0;
    for (int which = 0; which < MEASURES; which++) {
        qsort(all[which], RUNS, sizeof(double), ascending);
        printf("%-24s %8.0f  (least %.0f)\n", names[which], all[which][RUNS / 2], all[which][0]);
        total += which <= ANSWER ? all[which][RUNS / 2] : 0;
    }
    printf("dlopen to first answer: %.2f ms\n", total / 1000);
    return 0;
}
