/*
 * Peers that are gone, in a process that leaves SIGPIPE at its default, which ends it: the log's standard error is a pipe that nobody reads any more, a server
 * breaks connections off while requests are being written, and a collector does so, too. Calls go on, what is not logged is counted, and the process lives.
 */
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int server;
static atomic_int accepted;

/* Takes a connection, reads a little, and resets it. */
static void *reset(void *unused)
{
    for (;;) {
        int peer = accept(server, NULL, NULL);
        if (peer < 0)
            return unused;
        char some[64];
        ssize_t got = recv(peer, some, sizeof some, 0);
        (void)got;
        struct linger now = {1, 0};
        setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(peer);
        accepted++;
    }
}

static int listening(void)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    server = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, (struct sockaddr *)&address, size) || listen(server, 1024) || getsockname(server, (struct sockaddr *)&address, &size))
        abort();
    return ntohs(address.sin_port);
}

/* A standard error whose reader has gone; answers a stream to the one of before. */
static FILE *close_the_pipe(void)
{
    int ends[2];
    FILE *before = fdopen(dup(STDERR_FILENO), "w");
    if (!before || pipe(ends) || dup2(ends[1], STDERR_FILENO) < 0)
        abort();
    close(ends[0]);
    close(ends[1]);
    return before;
}

int main(void)
{
    enum { CALLS = 200, SIZE = 1 << 20 };
    signal(SIGPIPE, SIG_DFL);
    alarm(600); /* Only a hang gets here. */
    int port = listening();
    pthread_t thread;
    pthread_create(&thread, NULL, reset, NULL);
    FILE *before = close_the_pipe();

    char config[512];
    snprintf(config, sizeof config,
             "{\"log\": {\"level\": \"trace\", \"output\": \"stderr\"}, \"otlp\": {\"endpoint\": \"http://127.0.0.1:%d\", \"batch_ms\": 10}}", port);
    kei_runtime runtime = 0;
    STATUS(KEI_OK, kei_runtime_new(config, KEI_NUL, &runtime, NULL));
    kei_client client = 0;
    snprintf(config, sizeof config,
             "{\"base_url\": \"http://127.0.0.1:%d\", \"retry\": {\"max_attempts\": 1}, \"breaker\": {\"enabled\": false}, \"http\": {\"version\": \"http1\"}}", port);
    STATUS(KEI_OK, kei_client_new(runtime, config, KEI_NUL, &client, NULL));

    char *request = malloc(SIZE + 64);
    int length = snprintf(request, SIZE + 64, "{\"objective\": \"%0*d\"}", SIZE, 0);
    int lost = 0;
    for (int number = 0; number < CALLS; number++) {
        kei_buf out = {0};
        kei_status status = kei_call(client, "plan", KEI_NUL, U8(request), (size_t)length, NULL, 0, &out);
        lost += status == KEI_E_CONNECTION_LOST || status == KEI_E_CONNECT;
        kei_buf_free(&out);
    }
    free(request);
    CHECK(lost == CALLS);
    CHECK(accepted >= CALLS);

    /* What the log lost is told by the numbers. */
    kei_buf out = {0};
    STATUS(KEI_OK, kei_call(client, "metrics.snapshot", KEI_NUL, NULL, 0, NULL, 0, &out));
    const char *dropped = out.data ? strstr((const char *)out.data, "\\nkei_log_dropped_total ") : NULL;
    CHECK(dropped && atoi(dropped + strlen("\\nkei_log_dropped_total ")) > CALLS);
    kei_buf_free(&out);
    STATUS(KEI_OK, kei_runtime_shutdown(runtime, -1, NULL));

    dup2(fileno(before), STDERR_FILENO);
    return done("pipes");
}
