/*
 * fork while requests are in flight: the child is refused until it begins anew, then works; the parent goes on. Nothing of the parent's is
 * touched by the child. A server in this program answers every request after a while; with KEI_API_URL, the platform in a box is asked, too.
 */
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUSY 4

static char config[128];
static kei_runtime runtime;
static kei_client client;
static kei_queue queue;
static volatile int stop;

/* Answers each connection's requests, one after the other. */
static void *serve_one(void *place)
{
    int peer = (int)(intptr_t)place;
    char request[8192];
    const char *answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
    size_t have = 0;
    for (;;) {
        ssize_t n = read(peer, request + have, sizeof request - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        request[have] = 0;
        if (strstr(request, "\r\n\r\n")) {
            have = 0;
            if (write(peer, answer, strlen(answer)) < 0)
                break;
        }
    }
    close(peer);
    return NULL;
}

static void *serve(void *place)
{
    int server = (int)(intptr_t)place;
    for (;;) {
        int peer = accept(server, NULL, NULL);
        pthread_t thread;
        if (peer < 0)
            return NULL;
        pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)peer);
        pthread_detach(thread);
    }
}

static void start_server(void)
{
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    pthread_t thread;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, (struct sockaddr *)&address, size) || listen(server, 1024) || getsockname(server, (struct sockaddr *)&address, &size))
        abort();
    snprintf(config, sizeof config, "{\"base_url\": \"http://127.0.0.1:%d\"}", ntohs(address.sin_port));
    pthread_create(&thread, NULL, serve, (void *)(intptr_t)server);
    pthread_detach(thread);
}

static kei_status call(kei_client with)
{
    kei_buf out = {0};
    kei_status status = kei_call(with, "agents.list", KEI_NUL, NULL, 0, NULL, 0, &out);
    kei_buf_free(&out);
    return status;
}

/* Threads of the parent that are always in a function of the library's. */
static void *call_on(void *place)
{
    intptr_t failures = 0;
    (void)place;
    while (!stop)
        failures += call(client) != KEI_OK;
    return (void *)failures;
}

/* Every function in a child that was not told to begin anew. */
static void every_function_is_refused(void)
{
    kei_buf buf = {0};
    kei_event event = KEI_EVENT_INIT;
    kei_handle handle = 1;
    uint8_t room[128];
    size_t n, used;
    intptr_t fd;
    STATUS(KEI_E_FORKED, kei_runtime_new(NULL, 0, &handle, &buf));
    ERROR(KEI_E_FORKED, &buf, "kei_runtime_after_fork_child");
    STATUS(KEI_E_FORKED, kei_client_new(0, config, KEI_NUL, &handle, NULL));
    STATUS(KEI_E_FORKED, kei_close(client));
    STATUS(KEI_E_FORKED, kei_runtime_shutdown(runtime, -1, NULL));
    STATUS(KEI_E_FORKED, kei_runtime_shutdown(0, -1, NULL));
    STATUS(KEI_E_FORKED, kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &buf));
    kei_buf_free(&buf);
    STATUS(KEI_E_FORKED, kei_submit(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, queue, 1, NULL, NULL));
    STATUS(KEI_E_FORKED, kei_op_cancel(handle));
    STATUS(KEI_E_FORKED, kei_subscribe(client, "stream.subscribe", KEI_NUL, NULL, 0, NULL, 0, queue, 1, 1, NULL, NULL));
    STATUS(KEI_E_FORKED, kei_sub_credit(handle, 1));
    STATUS(KEI_E_FORKED, kei_reply(handle, KEI_OK, NULL, 0));
    STATUS(KEI_E_FORKED, kei_queue_new(runtime, NULL, 0, &handle, NULL));
    STATUS(KEI_E_FORKED, kei_queue_next(queue, &event, -1));
    STATUS(KEI_E_FORKED, kei_queue_drain(queue, &event, sizeof event, 1, &n));
    STATUS(KEI_E_FORKED, kei_queue_drain_packed(queue, room, sizeof room, &used, &n));
    STATUS(KEI_E_FORKED, kei_queue_fd(queue, &fd));
    STATUS(KEI_E_FORKED, kei_queue_notify_fd(queue, -1));
    STATUS(KEI_E_FORKED, kei_queue_wake(queue));
    STATUS(KEI_E_FORKED, kei_queue_set_callback(queue, NULL, NULL, NULL));
    STATUS(KEI_E_FORKED, kei_log_attach(runtime, queue, NULL, 0));
    CHECK(kei_abi_version() == KEI_ABI_VERSION && kei_version()[0] != 0);
}

/* A client of its own, on the runtime that the child has now. */
static void works(kei_runtime on)
{
    kei_client own = 0;
    kei_queue events = 0;
    kei_event event = KEI_EVENT_INIT;
    STATUS(KEI_OK, kei_client_new(on, config, KEI_NUL, &own, NULL));
    STATUS(KEI_OK, call(own));
    STATUS(KEI_OK, kei_queue_new(on, NULL, 0, &events, NULL));
    STATUS(KEI_OK, kei_submit(own, "agents.list", KEI_NUL, NULL, 0, NULL, 0, events, 5, NULL, NULL));
    STATUS(KEI_OK, kei_queue_next(events, &event, -1));
    CHECK(event.tag == 5 && event.status == KEI_OK);
    kei_buf_free(&event.body);
    CHECK(own != client && events != queue);
    STATUS(KEI_OK, kei_close(events));
    STATUS(KEI_OK, kei_close(own));
    if (getenv("KEI_API_URL")) {
        STATUS(KEI_OK, kei_client_new(on, NULL, 0, &own, NULL));
        STATUS(KEI_OK, call(own));
        STATUS(KEI_OK, kei_close(own));
    }
}

static void a_child(int round, kei_buf inherited)
{
    alarm(120); /* Only a hang gets here. */
    passed = failed = 0;
    every_function_is_refused();
    kei_buf_free(&inherited);
    CHECK(inherited.data == NULL);
    STATUS(KEI_E_STALE, kei_runtime_after_fork_child(client)); /* No runtime. */
    STATUS(KEI_OK, kei_runtime_after_fork_child(round % 2 ? runtime : 0));
    STATUS(KEI_OK, kei_runtime_after_fork_child(round % 2 ? runtime : 0)); /* Nothing more to do. */
    STATUS(KEI_E_STALE, kei_close(client)); /* What was inherited is left behind. */
    STATUS(KEI_E_STALE, kei_queue_wake(queue));
    works(round % 2 ? runtime : 0);
    if (round % 2 == 0) {
        STATUS(KEI_OK, kei_runtime_after_fork_child(runtime)); /* The other runtime, later. */
        works(runtime);
    }
    if (round % 10 == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) {
            alarm(120);
            STATUS(KEI_E_FORKED, kei_close(1));
            STATUS(KEI_OK, kei_runtime_after_fork_child(runtime));
            works(runtime);
            _exit(failed != 0);
        }
        int status = -1;
        CHECK(waitpid(grandchild, &status, 0) == grandchild && status == 0);
        works(runtime);
    }
    if (round % 3)
        STATUS(KEI_OK, kei_runtime_shutdown(round % 2 ? runtime : 0, -1, NULL));
}

static void fork_here(int round)
{
    kei_buf inherited = {0};
    STATUS(KEI_OK, kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &inherited));
    for (uint64_t i = 0; i < 16; i++)
        STATUS(KEI_OK, kei_submit(client, "agents.list", KEI_NUL, NULL, 0, NULL, 0, queue, i, NULL, NULL));
    pid_t child = fork();
    if (child == 0) {
        a_child(round, inherited);
        if (round % 4 == 0)
            exit(failed != 0);
        _exit(failed != 0);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    kei_buf_free(&inherited);
    for (int i = 0; i < 16; i++) { /* The parent has its events. */
        kei_event event = KEI_EVENT_INIT;
        STATUS(KEI_OK, kei_queue_next(queue, &event, -1));
        STATUS(KEI_OK, event.status);
        kei_buf_free(&event.body);
    }
}

/* A child of a callback's thread. */
static void fork_within(void *user, const kei_event *event)
{
    (void)event;
    pid_t child = fork();
    if (child == 0) {
        alarm(120);
        passed = failed = 0;
        STATUS(KEI_OK, kei_runtime_after_fork_child(runtime));
        works(runtime);
        STATUS(KEI_OK, kei_runtime_shutdown(runtime, -1, NULL)); /* It is no thread of the library's any more. */
        _exit(failed != 0);
    }
    waitpid(child, user, 0);
}

static void forking_from_a_callback(void)
{
    kei_queue called;
    int status = -1;
    STATUS(KEI_OK, kei_queue_new(runtime, NULL, 0, &called, NULL));
    STATUS(KEI_OK, kei_queue_set_callback(called, fork_within, &status, NULL));
    STATUS(KEI_OK, kei_submit(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, called, 1, NULL, NULL));
    STATUS(KEI_OK, kei_runtime_shutdown(runtime, -1, NULL)); /* When it returns, the callback has returned. */
    CHECK(status == 0);
    STATUS(KEI_OK, kei_close(called));
}

/* The file of an audit is the parent's alone, and nobody's once the parent's runtime has ended, though a child still has it open. */
static void what_one_alone_may_have(void)
{
    static const char *const beside[] = {"", ".checkpoint", ".key", ".lock", ".pub"};
    const char *temporary = getenv("TMPDIR");
    char folder[512], audited[1024], file[1024];
    kei_runtime one;
    char end;
    int refused[2], released[2], status = -1; /* Each is closed when it is so far. */
    snprintf(folder, sizeof folder, "%s/kei-forks-XXXXXX", temporary ? temporary : "/tmp");
    CHECK(mkdtemp(folder) != NULL && pipe(refused) == 0 && pipe(released) == 0);
    snprintf(audited, sizeof audited, "{\"log\": {\"level\": \"off\"}, \"audit\": {\"enabled\": true, \"file\": \"%s/audit\"}}", folder);
    STATUS(KEI_OK, kei_runtime_new(audited, KEI_NUL, &one, NULL));
    pid_t child = fork();
    if (child == 0) {
        alarm(120);
        passed = failed = 0;
        STATUS(KEI_E_CONFIG_FILE, kei_runtime_after_fork_child(one));
        close(refused[1]);
        STATUS(KEI_OK, kei_runtime_after_fork_child(runtime));
        works(runtime);
        close(released[1]);
        CHECK(read(released[0], &end, 1) == 0);
        _exit(failed != 0);
    }
    close(refused[1]);
    close(released[0]);
    CHECK(read(refused[0], &end, 1) == 0);
    for (int time = 0; time < 2; time++) {
        STATUS(KEI_OK, kei_runtime_shutdown(one, -1, NULL));
        STATUS(KEI_OK, kei_close(one));
        if (time == 0)
            STATUS(KEI_OK, kei_runtime_new(audited, KEI_NUL, &one, NULL));
    }
    close(released[1]);
    close(refused[0]);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        snprintf(file, sizeof file, "%s/audit%s", folder, beside[i]);
        unlink(file);
    }
    CHECK(rmdir(folder) == 0);
}

int main(int count, char **arguments)
{
    int rounds = count > 1 ? atoi(arguments[1]) : 50;
    alarm(600);
    STATUS(KEI_OK, kei_runtime_after_fork_child(0)); /* Nothing was inherited. */
    start_server();
    STATUS(KEI_OK, kei_runtime_new("{\"log\": {\"level\": \"off\"}}", KEI_NUL, &runtime, NULL));
    STATUS(KEI_OK, kei_client_new(runtime, config, KEI_NUL, &client, NULL));
    STATUS(KEI_OK, kei_queue_new(runtime, NULL, 0, &queue, NULL));
    STATUS(KEI_OK, kei_runtime_after_fork_child(runtime));
    pthread_t threads[BUSY];
    for (int i = 0; i < BUSY; i++)
        pthread_create(&threads[i], NULL, call_on, NULL);
    for (int round = 0; round < rounds; round++)
        fork_here(round);
    stop = 1;
    for (int i = 0; i < BUSY; i++) {
        void *failures = NULL;
        pthread_join(threads[i], &failures);
        CHECK(failures == NULL); /* The parent's calls all went well. */
    }
    what_one_alone_may_have();
    forking_from_a_callback();
    STATUS(KEI_OK, kei_close(client));
    STATUS(KEI_OK, kei_close(queue));
    STATUS(KEI_OK, kei_close(runtime));
    return done("forks");
}
