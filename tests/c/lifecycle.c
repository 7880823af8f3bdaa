/*
 * One DONE event for each operation, whatever happens to it: success, failure, cancelling, closing of the client, shutdown; and
 * the queue's three ways out: wait, drain, descriptor. A server that takes connections and never answers keeps operations in flight.
 */
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 200

static kei_runtime runtime;
static kei_queue queue;
static char config[128];

/* A socket that listens: the system takes connections, no one answers. */
static int listen_silently(void)
{
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, (struct sockaddr *)&address, size) || listen(server, 1024) || getsockname(server, (struct sockaddr *)&address, &size))
        abort();
    snprintf(config, sizeof config, "{\"base_url\": \"http://127.0.0.1:%d\"}", ntohs(address.sin_port));
    return server;
}

static kei_client new_client(void)
{
    kei_client client = 0;
    STATUS(KEI_OK, kei_client_new(runtime, config, KEI_NUL, &client, NULL));
    return client;
}

/* Starts an operation that the server will never answer. */
static kei_op start(kei_client client, uint64_t tag)
{
    kei_op op = 0;
    STATUS(KEI_OK, kei_submit(client, "agents.list", KEI_NUL, NULL, 0, NULL, 0, queue, tag, &op, NULL));
    return op;
}

/* Takes `count` events with tags from `first` on, each once, all with this status. */
static void expect(kei_queue from, uint64_t first, size_t count, kei_status status)
{
    unsigned char *seen = calloc(count, 1);
    for (size_t i = 0; i < count; i++) {
        kei_event event = KEI_EVENT_INIT;
        STATUS(KEI_OK, kei_queue_next(from, &event, -1));
        CHECK(event.kind == KEI_EVENT_DONE);
        STATUS(status, event.status);
        CHECK(event.tag >= first && event.tag < first + count && !seen[event.tag - first]++);
        CHECK(event.body.data != NULL);
        kei_buf_free(&event.body);
    }
    kei_event event = KEI_EVENT_INIT;
    STATUS(KEI_E_AGAIN, kei_queue_next(from, &event, 0));
    free(seen);
}

static void cancelling(void)
{
    kei_client client = new_client();
    kei_op ops[MANY];
    for (uint64_t i = 0; i < MANY; i++)
        ops[i] = start(client, i);
    for (size_t i = 0; i < MANY; i++) {
        kei_status first = kei_op_cancel(ops[i]), again = kei_op_cancel(ops[i]);
        CHECK(first == KEI_OK && (again == KEI_OK || again == KEI_E_STALE));
    }
    expect(queue, 0, MANY, KEI_E_CANCELLED);
    STATUS(KEI_E_STALE, kei_op_cancel(ops[0]));
    kei_op closed = start(client, 5);
    STATUS(KEI_OK, kei_close(closed)); /* Closing an operation is cancelling it. */
    expect(queue, 5, 1, KEI_E_CANCELLED);
    STATUS(KEI_OK, kei_close(client));
}

static void closing_the_client(void)
{
    kei_client client = new_client();
    for (uint64_t i = 0; i < MANY; i++)
        start(client, 1000 + i);
    STATUS(KEI_OK, kei_close(client));
    expect(queue, 1000, MANY, KEI_E_CLOSED);
}

static void deadlines(void)
{
    kei_client client = new_client();
    STATUS(KEI_OK, kei_submit(client, "agents.list", KEI_NUL, NULL, 0, "{\"timeout_ms\": 50}", KEI_NUL, queue, 3, NULL, NULL));
    expect(queue, 3, 1, KEI_E_DEADLINE);
    kei_buf error = {0};
    STATUS(KEI_E_DEADLINE, kei_call(client, "agents.list", KEI_NUL, NULL, 0, "{\"timeout_ms\": 50}", KEI_NUL, &error));
    ERROR(KEI_E_DEADLINE, &error, "50 ms");
    STATUS(KEI_OK, kei_close(client));
}

static void draining_and_watching(void)
{
    kei_client client = new_client();
    intptr_t fd = -1;
    STATUS(KEI_OK, kei_queue_fd(queue, &fd));
    struct pollfd watch = {.fd = (int)fd, .events = POLLIN};
    CHECK(poll(&watch, 1, 0) == 0);
    for (uint64_t i = 0; i < 10; i++)
        STATUS(KEI_OK, kei_submit(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, queue, i, NULL, NULL));
    size_t taken = 0;
    uint64_t seq = 0;
    while (taken < 10) {
        CHECK(poll(&watch, 1, -1) == 1);
        struct {
            kei_event event;
            uint64_t mine;
        } events[4];
        memset(events, 0xab, sizeof events);
        size_t n = 0;
        STATUS(KEI_OK, kei_queue_drain(queue, &events[0].event, sizeof *events, 4, &n));
        CHECK(n >= 1 && n <= 4);
        for (size_t i = 0; i < n; i++) {
            CHECK(events[i].event.status == KEI_OK && events[i].event.size == sizeof(kei_event));
            CHECK(seq == 0 || events[i].event.seq == seq + 1);
            CHECK(events[i].mine == UINT64_C(0xabababababababab));
            seq = events[i].event.seq;
            kei_buf_free(&events[i].event.body);
        }
        taken += n;
    }
    CHECK(poll(&watch, 1, 0) == 0); /* Level-triggered: empty again, quiet again. */
    STATUS(KEI_OK, kei_close(client));
}

/* Submits `count` operations, and comes back when their events are queued. */
static void fill(kei_client client, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        kei_buf out = {0};
        STATUS(KEI_OK, kei_submit(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, queue, first + i, NULL, NULL));
        /* The I/O thread takes one after the other: when this call is answered, the event above is queued. */
        STATUS(KEI_OK, kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &out));
        kei_buf_free(&out);
    }
}

static void draining_packed(void)
{
    kei_client client = new_client();
    enum { ROOM = 1 << 16 };
    uint8_t *room = aligned_alloc(8, ROOM);
    size_t used = 0, n = 0;
    fill(client, 100, 5);
    STATUS(KEI_E_TOO_SMALL, kei_queue_drain_packed(queue, room, 64, &used, &n));
    CHECK(used > 64 && used % 8 == 0 && n == 0);
    size_t one = used;
    STATUS(KEI_OK, kei_queue_drain_packed(queue, room, one, &used, &n)); /* Exactly one fits. */
    CHECK(used == one && n == 1 && ((kei_event *)room)->tag == 100);
    memset(room, 0xab, ROOM);
    STATUS(KEI_OK, kei_queue_drain_packed(queue, room, ROOM, &used, &n));
    CHECK(n == 4);
    size_t at = 0;
    for (uint64_t i = 0; i < n; i++) {
        kei_event *event = (kei_event *)(room + at);
        CHECK(event->tag == 101 + i && event->status == KEI_OK && event->kind == KEI_EVENT_DONE);
        CHECK(event->body.data == room + at + sizeof *event && event->body.owner == 0);
        CHECK(strlen((const char *)event->body.data) == event->body.len && event->body.data[0] == '{');
        kei_buf_free(&event->body); /* Needless, and harmless. */
        at += event->size;
    }
    CHECK(at == used && room[used] == 0xab);
    STATUS(KEI_OK, kei_queue_drain_packed(queue, room, ROOM, &used, &n));
    CHECK(used == 0 && n == 0);
    free(room);
    STATUS(KEI_OK, kei_close(client));
}

static void notifying(void)
{
    kei_client client = new_client();
    kei_event event = KEI_EVENT_INIT;
    int ends[2];
    char bytes[16];
    CHECK(pipe(ends) == 0);
    STATUS(KEI_OK, kei_queue_notify_fd(queue, ends[1]));
    fill(client, 0, 3);
    CHECK(read(ends[0], bytes, sizeof bytes) == 1); /* One byte for three: the queue stopped being empty once. */
    expect(queue, 0, 3, KEI_OK);
    fill(client, 0, 1);
    close(ends[1]); /* The library has its own. */
    CHECK(read(ends[0], bytes, sizeof bytes) == 1);
    expect(queue, 0, 1, KEI_OK);
    close(ends[0]); /* A reader that has gone: no signal ends this process. */
    fill(client, 0, 1);
    expect(queue, 0, 1, KEI_OK);
    STATUS(KEI_OK, kei_queue_notify_fd(queue, -1));

    CHECK(pipe(ends) == 0);
    fill(client, 0, 1);
    STATUS(KEI_OK, kei_queue_notify_fd(queue, ends[1])); /* Not empty now: told at once. */
    CHECK(read(ends[0], bytes, sizeof bytes) == 1);
    STATUS(KEI_OK, kei_queue_notify_fd(queue, -1));
    STATUS(KEI_OK, kei_queue_next(queue, &event, 0));
    kei_buf_free(&event.body);
    fill(client, 0, 1);
    expect(queue, 0, 1, KEI_OK);
    close(ends[1]);
    CHECK(read(ends[0], bytes, sizeof bytes) == 0); /* No more bytes, and no duplicate left open. */
    close(ends[0]);
    STATUS(KEI_OK, kei_close(client));
}

static void *wait_for_ever(void *place)
{
    kei_event event = KEI_EVENT_INIT;
    *(kei_status *)place = kei_queue_next(queue, &event, -1);
    return NULL;
}

static void waking_and_closing_the_queue(void)
{
    pthread_t threads[4];
    kei_status woken[4] = {-1, -1, -1, -1};
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, wait_for_ever, &woken[i]);
    STATUS(KEI_OK, kei_queue_wake(queue)); /* One of the four. */
    kei_client client = new_client();
    start(client, 1);
    STATUS(KEI_OK, kei_close(queue)); /* The other three, and the operation's event goes with the queue. */
    int again = 0, closed = 0;
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        again += woken[i] == KEI_E_AGAIN;
        closed += woken[i] == KEI_E_CLOSED || woken[i] == KEI_E_STALE;
    }
    CHECK(again <= 1 && again + closed == 4);
    STATUS(KEI_OK, kei_close(client));
    STATUS(KEI_OK, kei_queue_new(runtime, NULL, 0, &queue, NULL));
}

/* Threads that call while others close: every call answers, with an answer or with an error. */
static kei_client shared;

static void *call_until_closed(void *unused)
{
    (void)unused;
    kei_status status;
    do {
        kei_buf out = {0};
        status = kei_call(shared, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &out);
        kei_buf_free(&out);
    } while (status == KEI_OK);
    return (void *)(intptr_t)(status == KEI_E_STALE || status == KEI_E_CLOSED);
}

static void closing_under_load(void)
{
    for (int round = 0; round < 20; round++) {
        pthread_t threads[4];
        shared = new_client();
        for (int i = 0; i < 4; i++)
            pthread_create(&threads[i], NULL, call_until_closed, NULL);
        STATUS(KEI_OK, kei_close(shared));
        for (int i = 0; i < 4; i++) {
            void *good = NULL;
            pthread_join(threads[i], &good);
            CHECK(good != NULL);
        }
    }
}

static void shutting_down(void)
{
    kei_client client = new_client();
    for (uint64_t i = 0; i < MANY; i++)
        start(client, 2000 + i);
    STATUS(KEI_OK, kei_close(runtime)); /* Its children keep it. */
    kei_buf out = {0};
    STATUS(KEI_OK, kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &out));
    kei_buf_free(&out);
    STATUS(KEI_OK, kei_close(client));
    expect(queue, 2000, MANY, KEI_E_CLOSED);

    STATUS(KEI_OK, kei_runtime_new("{\"log\": {\"level\": \"off\"}}", KEI_NUL, &runtime, NULL));
    client = new_client();
    for (uint64_t i = 0; i < MANY; i++)
        start(client, 3000 + i);
    STATUS(KEI_OK, kei_runtime_shutdown(runtime, -1, NULL));
    /* All events are there when it returns. */
    kei_event *events = calloc(MANY + 1, sizeof *events);
    size_t n = 0;
    STATUS(KEI_OK, kei_queue_drain(queue, events, sizeof *events, MANY + 1, &n));
    CHECK(n == MANY);
    for (size_t i = 0; i < n; i++) {
        STATUS(KEI_E_CLOSED, events[i].status);
        kei_buf_free(&events[i].body);
    }
    free(events);
    kei_buf error = {0};
    STATUS(KEI_E_CLOSED, kei_submit(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, queue, 1, NULL, &error));
    ERROR(KEI_E_CLOSED, &error, "shutting down");
    STATUS(KEI_OK, kei_close(client));
    STATUS(KEI_OK, kei_close(queue));
    STATUS(KEI_OK, kei_close(runtime));
}

int main(void)
{
    int server = listen_silently();
    STATUS(KEI_OK, kei_runtime_new("{\"log\": {\"level\": \"off\"}}", KEI_NUL, &runtime, NULL));
    STATUS(KEI_OK, kei_queue_new(runtime, NULL, 0, &queue, NULL));
    cancelling();
    closing_the_client();
    deadlines();
    draining_and_watching();
    draining_packed();
    notifying();
    waking_and_closing_the_queue();
    closing_under_load();
    shutting_down();
    close(server);
    return done("lifecycle");
}
