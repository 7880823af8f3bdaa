/*
 * Every exported function with every misuse of each of its parameters, from tables: handles that are 0, made up, closed, or of another kind;
 * places that are NULL; texts that are NULL with a length, too long for any memory, not UTF-8, not JSON, or nested too deeply. One thing is wrong at a time.
 * `table --list` names the functions, for the check that none is missing.
 */
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { CFG, OP, REQ, OPTS, BODY, FILTER, TEXTS };      /* Texts. */
enum { OUT, ERR, EVENT, EVENTS, N, USED, ROOM, FD, OUTS }; /* Places. */

/* The arguments of a call; each function takes those that it has. */
typedef struct {
    kei_handle handle, queue;
    const char *text[TEXTS];
    size_t length[TEXTS];
    void *place[OUTS];
} Args;

/* Live handles, by kind, and closed ones. */
enum { RUNTIME, CLIENT, QUEUE, OPERATION, SUBSCRIPTION, REQUEST, KINDS, NONE = -1 };
static kei_handle live[KINDS], closed[KINDS];

static void never(void *user, const kei_event *event)
{
    (void)user, (void)event;
}

#define TEXT(which) a->text[which], a->length[which]
#define CALLS(name, expression) \
    static kei_status name##_(Args *a) { return expression; }

CALLS(runtime_new, kei_runtime_new(TEXT(CFG), a->place[OUT], a->place[ERR]))
CALLS(runtime_shutdown, kei_runtime_shutdown(a->handle, 0, a->place[ERR]))
CALLS(runtime_after_fork_child, kei_runtime_after_fork_child(a->handle))
CALLS(client_new, kei_client_new(a->handle, TEXT(CFG), a->place[OUT], a->place[ERR]))
CALLS(close, kei_close(a->handle))
CALLS(call, kei_call(a->handle, TEXT(OP), (const uint8_t *)a->text[REQ], a->length[REQ], TEXT(OPTS), a->place[OUT]))
CALLS(submit, kei_submit(a->handle, TEXT(OP), (const uint8_t *)a->text[REQ], a->length[REQ], TEXT(OPTS), a->queue, 1, a->place[OUT], a->place[ERR]))
CALLS(op_cancel, kei_op_cancel(a->handle))
CALLS(subscribe, kei_subscribe(a->handle, TEXT(OP), (const uint8_t *)a->text[REQ], a->length[REQ], TEXT(OPTS), a->queue, 1, 1, a->place[OUT], a->place[ERR]))
CALLS(sub_credit, kei_sub_credit(a->handle, 1))
CALLS(reply, kei_reply(a->handle, KEI_OK, (const uint8_t *)a->text[BODY], a->length[BODY]))
CALLS(queue_new, kei_queue_new(a->handle, TEXT(CFG), a->place[OUT], a->place[ERR]))
CALLS(queue_next, kei_queue_next(a->queue, a->place[EVENT], 0))
CALLS(queue_drain, kei_queue_drain(a->queue, a->place[EVENTS], sizeof(kei_event), 4, a->place[N]))
CALLS(queue_drain_packed, kei_queue_drain_packed(a->queue, a->place[ROOM], 4096, a->place[USED], a->place[N]))
CALLS(queue_fd, kei_queue_fd(a->queue, a->place[FD]))
CALLS(queue_notify_fd, kei_queue_notify_fd(a->queue, -1))
CALLS(queue_wake, kei_queue_wake(a->queue))
CALLS(queue_set_callback, kei_queue_set_callback(a->queue, never, NULL, NULL))
CALLS(log_attach, kei_log_attach(a->handle, a->queue, TEXT(FILTER)))

/* These take no handle, no text and no place that could be wrong; what they say to odd numbers is in misuse.c. */
static kei_status without_misuse_(Args *a)
{
    (void)a;
    kei_buf_free(NULL);
    return kei_abi_version() && kei_version() && kei_status_name(-1) && !kei_status_retryable(-1) ? KEI_OK : KEI_E_PANIC;
}

#define BIT(n) (1u << (n))

static const struct {
    const char *name;
    kei_status (*call)(Args *);
    int handle;           /* The kind that it takes, or NONE. */
    int zero_is_default;  /* A handle of 0 is the process's own runtime. */
    int queue;            /* It takes a queue. */
    unsigned texts, json; /* Those it takes, and which of them are JSON. */
    unsigned places;      /* Those that must not be NULL. */
    int operation;        /* For what is submitted: `op` matters. */
} table[] = {
    {"kei_runtime_new", runtime_new_, NONE, 0, 0, BIT(CFG), BIT(CFG), BIT(OUT), 0},
    {"kei_runtime_shutdown", runtime_shutdown_, RUNTIME, 1, 0, 0, 0, 0, 0},
    {"kei_runtime_after_fork_child", runtime_after_fork_child_, RUNTIME, 1, 0, 0, 0, 0, 0},
    {"kei_client_new", client_new_, RUNTIME, 1, 0, BIT(CFG), BIT(CFG), BIT(OUT), 0},
    {"kei_close", close_, KINDS, 0, 0, 0, 0, 0, 0},
    {"kei_call", call_, CLIENT, 0, 0, BIT(OP) | BIT(REQ) | BIT(OPTS), BIT(REQ) | BIT(OPTS), BIT(OUT), 1},
    {"kei_submit", submit_, CLIENT, 0, 1, BIT(OP) | BIT(REQ) | BIT(OPTS), BIT(OPTS), 0, 1},
    {"kei_op_cancel", op_cancel_, OPERATION, 0, 0, 0, 0, 0, 0},
    {"kei_subscribe", subscribe_, CLIENT, 0, 1, BIT(OP) | BIT(REQ) | BIT(OPTS), BIT(OPTS), 0, 2},
    {"kei_sub_credit", sub_credit_, SUBSCRIPTION, 0, 0, 0, 0, 0, 0},
    {"kei_reply", reply_, REQUEST, 0, 0, BIT(BODY), BIT(BODY), 0, 0},
    {"kei_queue_new", queue_new_, RUNTIME, 1, 0, BIT(CFG), BIT(CFG), BIT(OUT), 0},
    {"kei_queue_next", queue_next_, NONE, 0, 1, 0, 0, BIT(EVENT), 0},
    {"kei_queue_drain", queue_drain_, NONE, 0, 1, 0, 0, BIT(EVENTS) | BIT(N), 0},
    {"kei_queue_drain_packed", queue_drain_packed_, NONE, 0, 1, 0, 0, BIT(ROOM) | BIT(USED) | BIT(N), 0},
    {"kei_queue_fd", queue_fd_, NONE, 0, 1, 0, 0, BIT(FD), 0},
    {"kei_queue_notify_fd", queue_notify_fd_, NONE, 0, 1, 0, 0, 0, 0},
    {"kei_queue_wake", queue_wake_, NONE, 0, 1, 0, 0, 0, 0},
    {"kei_queue_set_callback", queue_set_callback_, NONE, 0, 1, 0, 0, 0, 0},
    {"kei_log_attach", log_attach_, RUNTIME, 1, 1, BIT(FILTER), BIT(FILTER), 0, 0},
    {"kei_abi_check", without_misuse_, NONE, 0, 0, 0, 0, 0, 0},
    {"kei_abi_version", without_misuse_, NONE, 0, 0, 0, 0, 0, 0},
    {"kei_buf_free", without_misuse_, NONE, 0, 0, 0, 0, 0, 0},
    {"kei_status_name", without_misuse_, NONE, 0, 0, 0, 0, 0, 0},
    {"kei_status_retryable", without_misuse_, NONE, 0, 0, 0, 0, 0, 0},
    {"kei_version", without_misuse_, NONE, 0, 0, 0, 0, 0, 0},
};

static char deep[2001];
static kei_buf out, err;
static kei_event event, events[4];
static uint64_t room[512];
static kei_handle made;
static size_t n, used;
static intptr_t fd;

/* Arguments with nothing wrong in them. */
static Args good(size_t row)
{
    Args a = {0};
    a.handle = table[row].handle >= 0 && table[row].handle < KINDS ? live[table[row].handle] : 0;
    a.queue = live[QUEUE];
    for (int i = 0; i < TEXTS; i++)
        a.length[i] = KEI_NUL;
    a.text[CFG] = strcmp(table[row].name, "kei_client_new") ? "{}" : "{\"base_url\": \"http://127.0.0.1:1\"}";
    a.text[OP] = table[row].operation == 2 ? "auth.serve" : "kei.info";
    a.text[REQ] = a.text[OPTS] = a.text[BODY] = a.text[FILTER] = "{}";
    a.place[OUT] = table[row].operation == 1 && !table[row].queue ? (void *)&out : (void *)&made;
    a.place[ERR] = &err;
    memset(&event, 0, sizeof event);
    event.size = sizeof event;
    a.place[EVENT] = &event;
    a.place[EVENTS] = events;
    a.place[N] = &n;
    a.place[USED] = &used;
    a.place[ROOM] = room;
    a.place[FD] = &fd;
    return a;
}

/* Calls with one thing wrong: the status, and where there is a place for it, the error object that says the same. */
static void wrong(size_t row, Args a, kei_status expected, const char *what)
{
    made = 7;
    kei_status found = table[row].call(&a);
    passed += found == expected;
    if (found != expected) {
        failed++;
        fprintf(stderr, "FAILED: %s, %s: expected %s, found %s\n", table[row].name, what, kei_status_name(expected), kei_status_name(found));
    }
    CHECK(made == 7); /* Nothing is written but on success. */
    kei_buf *said = a.place[OUT] == (void *)&out ? &out : &err;
    if (said->data)
        ERROR(expected, said, "");
}

static void handles(size_t row)
{
    static const kei_handle made_up[] = {1, 42, UINT64_C(1) << 52, (UINT64_C(1) << 53) - 1, UINT64_C(1) << 53, UINT64_MAX};
    for (int second = 0; second < 2; second++) {
        int kind = second ? (table[row].queue ? QUEUE : NONE) : table[row].handle;
        if (kind == NONE)
            continue;
        Args a = good(row);
        kei_handle *place = second ? &a.queue : &a.handle;
        for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++) {
            *place = made_up[i];
            wrong(row, a, KEI_E_STALE, "made up");
        }
        if (second || !table[row].zero_is_default) {
            *place = 0;
            wrong(row, a, KEI_E_STALE, "0");
        }
        for (int other = 0; other < KINDS; other++) {
            *place = closed[other];
            wrong(row, a, KEI_E_STALE, "closed");
            if (other == kind || kind == KINDS)
                continue;
            *place = live[other];
            /* What is no runtime is none of the parent's either. */
            wrong(row, a, strcmp(table[row].name, "kei_runtime_after_fork_child") ? KEI_E_WRONG_KIND : KEI_E_STALE, "another kind");
        }
    }
}

static void texts(size_t row)
{
    for (int which = 0; which < TEXTS; which++) {
        if (!(table[row].texts & BIT(which)))
            continue;
        Args a = good(row);
        a.text[which] = NULL;
        a.length[which] = 5;
        wrong(row, a, KEI_E_NULL, "NULL with a length");
        a.text[which] = "{}";
        a.length[which] = KEI_NUL - 1;
        wrong(row, a, KEI_E_ARGUMENT, "a length beyond any memory");
        a.text[which] = "\xff\xfe";
        a.length[which] = 2;
        wrong(row, a, KEI_E_UTF8, "not UTF-8");
        a.text[which] = "{\"cut off\": \"\xc3";
        a.length[which] = KEI_NUL;
        wrong(row, a, KEI_E_UTF8, "UTF-8 that is cut off");
        a.text[which] = "no such thing";
        if (table[row].json & BIT(which)) {
            wrong(row, a, KEI_E_JSON, "not JSON");
            a.text[which] = "{\"a\": ";
            wrong(row, a, KEI_E_JSON, "JSON that is cut off");
        }
        if ((table[row].json | BIT(REQ)) & BIT(which)) {
            a.text[which] = deep;
            wrong(row, a, KEI_E_JSON, "nested too deeply");
        }
        if (which == OP)
            a.text[which] = "no such thing", wrong(row, a, KEI_E_UNKNOWN_OPERATION, "no operation");
        if (which == OP && table[row].operation)
            a.text[which] = table[row].operation == 2 ? "kei.info" : "auth.serve", wrong(row, a, KEI_E_ARGUMENT, "the other sort of operation");
    }
}

static void places(size_t row)
{
    for (int which = 0; which < OUTS; which++)
        if (table[row].places & BIT(which)) {
            Args a = good(row);
            a.place[which] = NULL;
            wrong(row, a, KEI_E_NULL, "a place that is NULL");
        }
}

/* A socket that takes connections and never answers. */
static void listen_silently(char *config, size_t size)
{
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, (struct sockaddr *)&address, length) || listen(server, 16) || getsockname(server, (struct sockaddr *)&address, &length))
        abort();
    snprintf(config, size, "{\"base_url\": \"http://127.0.0.1:%d\", \"auth\": {\"type\": \"host\"}, \"timeouts\": {\"host_ms\": 600000, \"total_ms\": 600000, \"token_total_ms\": 600000}}",
             ntohs(address.sin_port));
}

/* One handle of each kind, by way of `queue`. */
static void make_all(kei_handle *all, const char *config, kei_queue *queue)
{
    kei_event got = KEI_EVENT_INIT;
    STATUS(KEI_OK, kei_runtime_new("{\"log\": {\"level\": \"off\"}}", KEI_NUL, &all[RUNTIME], NULL));
    STATUS(KEI_OK, kei_client_new(all[RUNTIME], config, KEI_NUL, &all[CLIENT], NULL));
    STATUS(KEI_OK, kei_queue_new(all[RUNTIME], NULL, 0, &all[QUEUE], NULL));
    STATUS(KEI_OK, kei_queue_new(all[RUNTIME], NULL, 0, queue, NULL));
    STATUS(KEI_OK, kei_subscribe(all[CLIENT], "auth.serve", KEI_NUL, NULL, 0, NULL, 0, *queue, 1, 0, &all[SUBSCRIPTION], NULL));
    STATUS(KEI_OK, kei_queue_next(*queue, &got, -1));
    CHECK(got.kind == KEI_EVENT_STATE && strcmp((const char *)got.body.data, "{\"state\":\"live\"}") == 0);
    kei_buf_free(&got.body);
    STATUS(KEI_OK, kei_submit(all[CLIENT], "agents.list", KEI_NUL, NULL, 0, NULL, 0, *queue, 2, &all[OPERATION], NULL));
    STATUS(KEI_OK, kei_queue_next(*queue, &got, -1));
    CHECK(got.kind == KEI_EVENT_REQUEST && got.tag == 1 && strstr((const char *)got.body.data, "\"request\":\"token\"") != NULL);
    kei_buf_free(&got.body);
    all[REQUEST] = got.source;
}

int main(int count, char **arguments)
{
    const size_t rows = sizeof table / sizeof *table;
    if (count > 1 && strcmp(arguments[1], "--list") == 0) {
        for (size_t row = 0; row < rows; row++)
            puts(table[row].name);
        return 0;
    }
    char config[512];
    kei_queue queue, closed_queue;
    memset(deep, '[', sizeof deep - 1);
    listen_silently(config, sizeof config);
    make_all(live, config, &queue);
    make_all(closed, config, &closed_queue);
    STATUS(KEI_OK, kei_reply(closed[REQUEST], KEI_E_TOKEN, NULL, 0));
    for (int kind = 0; kind < KINDS; kind++)
        if (kind != REQUEST)
            /* The operation may have ended by the refused token, and the subscription with its client. */
            CHECK(kei_close(closed[kind]) == KEI_OK || kind == OPERATION || kind == SUBSCRIPTION);
    for (int ends = 0; ends < 2;) { /* A handle is stale once its last event is there. */
        kei_event got = KEI_EVENT_INIT;
        STATUS(KEI_OK, kei_queue_next(closed_queue, &got, -1));
        ends += got.kind == KEI_EVENT_DONE || got.kind == KEI_EVENT_END;
        kei_buf_free(&got.body);
    }
    STATUS(KEI_OK, kei_close(closed_queue));
    for (size_t row = 0; row < rows; row++) {
        if (table[row].call == without_misuse_)
            STATUS(KEI_OK, table[row].call(NULL));
        handles(row);
        texts(row);
        places(row);
    }
    /* An answer that says it cannot be given: what may stand there. */
    STATUS(KEI_E_ARGUMENT, kei_reply(live[REQUEST], 99999, NULL, 0));
    STATUS(KEI_E_JSON, kei_reply(live[REQUEST], KEI_E_TOKEN, U8("{\"message\": 5}"), KEI_NUL));
    STATUS(KEI_OK, kei_reply(live[REQUEST], KEI_E_TOKEN, U8("{\"message\": \"not for you\", \"retryable\": false}"), KEI_NUL));
    STATUS(KEI_E_STALE, kei_reply(live[REQUEST], KEI_OK, U8("{}"), KEI_NUL));
    kei_event got = KEI_EVENT_INIT;
    STATUS(KEI_OK, kei_queue_next(queue, &got, -1));
    CHECK(got.kind == KEI_EVENT_DONE && got.status == KEI_E_TOKEN && strstr((const char *)got.body.data, "not for you") != NULL);
    kei_buf_free(&got.body);
    STATUS(KEI_OK, kei_close(live[SUBSCRIPTION]));
    STATUS(KEI_E_STALE, kei_close(live[SUBSCRIPTION]));
    STATUS(KEI_OK, kei_queue_next(queue, &got, -1));
    CHECK(got.kind == KEI_EVENT_END && got.status == KEI_E_CANCELLED);
    kei_buf_free(&got.body);
    STATUS(KEI_OK, kei_close(queue));
    STATUS(KEI_OK, kei_close(live[QUEUE]));
    STATUS(KEI_OK, kei_close(live[CLIENT]));
    STATUS(KEI_OK, kei_runtime_shutdown(live[RUNTIME], -1, NULL));
    STATUS(KEI_OK, kei_close(live[RUNTIME]));
    return done("table");
}
