/*
 * Many threads that make, use and close everything in every order, callbacks and subscriptions included, against the platform in a box with its
 * faults on. Afterwards: every operation and every subscription that was taken has had exactly one last event, unless its queue was closed first; no
 * handle is left; memory, threads and descriptors are back where they were.
 *
 * storm [SECONDS [THREADS [SEED]]], with the platform's variables (KEI_API_URL, …) in the environment.
 */
#include "check.h"
#include "process.h"
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 8
#define MOST_TAGS (1u << 22)

/* What became of a tag: each operation and subscription has its own. */
enum { UNUSED, TAKEN, ENDED, TWICE };
static _Atomic unsigned char *tags;
/* Which queue a tag's events go to, and which queues were closed before they were empty. */
static uint32_t *queue_of;
static _Atomic unsigned char *closed_early;
static _Atomic uint32_t next_queue = 1;
static _Atomic uint64_t next_tag = 1, items, requests, credited, made, calls;
static _Atomic int stop;

/* A queue, kept as long as its callback may come. */
typedef struct {
    kei_queue queue;
    uint32_t number;
    _Atomic int references;
} Queue;

typedef struct {
    kei_runtime runtime;
    kei_client client;
    Queue *queue;
    kei_handle ops[SLOTS];
} Place;

typedef struct {
    unsigned int seed;
    Place places[2];
    uint64_t done;
} Worker;

static unsigned int chance(Worker *worker, unsigned int below)
{
    return (unsigned int)rand_r(&worker->seed) % below;
}

static void took(const kei_event *event)
{
    switch (event->kind) {
    case KEI_EVENT_ITEM:
        atomic_fetch_add(&items, 1);
        return;
    case KEI_EVENT_REQUEST:
        atomic_fetch_add(&requests, 1);
        kei_reply(event->source, KEI_E_TOKEN, U8("{\"message\": \"not now\"}"), KEI_NUL);
        return;
    case KEI_EVENT_STATE:
    case KEI_EVENT_LOG:
        return;
    }
    unsigned char was = TAKEN;
    if (event->tag == 0 || event->tag >= MOST_TAGS || !atomic_compare_exchange_strong(&tags[event->tag], &was, ENDED)) {
        if (event->tag < MOST_TAGS)
            atomic_store(&tags[event->tag], TWICE);
        fprintf(stderr, "tag %llu was in state %d\n", (unsigned long long)event->tag, was);
    }
}

static void let_go(void *user)
{
    Queue *queue = user;
    if (atomic_fetch_sub(&queue->references, 1) == 1)
        free(queue);
}

/* A callback that calls functions back: it submits now and then, and sometimes closes its own queue. */
static void called(void *user, const kei_event *event)
{
    Queue *queue = user;
    took(event);
    if (event->seq % 500 == 0) {
        atomic_store(&closed_early[queue->number], 1);
        kei_close(queue->queue);
    }
    if (event->seq % 50 == 0)
        kei_queue_set_callback(queue->queue, NULL, NULL, NULL);
}

static void new_queue(Worker *worker, Place *place)
{
    Queue *queue = calloc(1, sizeof *queue);
    queue->references = 1;
    queue->number = atomic_fetch_add(&next_queue, 1) % MOST_TAGS;
    if (kei_queue_new(place->runtime, NULL, 0, &queue->queue, NULL) != KEI_OK) {
        free(queue);
        return;
    }
    if (chance(worker, 3) == 0) {
        atomic_fetch_add(&queue->references, 1);
        if (kei_queue_set_callback(queue->queue, called, queue, let_go) != KEI_OK)
            atomic_fetch_sub(&queue->references, 1);
    }
    place->queue = queue;
}

static void close_queue(Place *place)
{
    if (!place->queue)
        return;
    atomic_store(&closed_early[place->queue->number], 1);
    kei_close(place->queue->queue);
    let_go(place->queue);
    place->queue = NULL;
}

static void drain(Worker *worker, Place *place)
{
    if (!place->queue)
        return;
    kei_queue queue = place->queue->queue;
    kei_event events[16];
    size_t n = 0;
    if (chance(worker, 3) == 0) {
        _Alignas(8) static _Thread_local uint8_t room[1 << 16];
        size_t used = 0, at = 0;
        if (kei_queue_drain_packed(queue, room, sizeof room, &used, &n) == KEI_OK)
            for (size_t i = 0; i < n; i++) {
                kei_event *event = (kei_event *)(room + at);
                took(event);
                at += event->size;
            }
        return;
    }
    if (kei_queue_drain(queue, events, sizeof *events, 16, &n) == KEI_OK)
        for (size_t i = 0; i < n; i++) {
            took(&events[i]);
            kei_buf_free(&events[i].body);
        }
}

static uint64_t begin_tag(void)
{
    uint64_t tag = atomic_fetch_add(&next_tag, 1);
    if (tag >= MOST_TAGS)
        return 0;
    atomic_store(&tags[tag], TAKEN);
    return tag;
}

static void start(Worker *worker, Place *place)
{
    static const char *const names[] = {"agents.list", "plan", "kei.info", "auth.status", "health.check", "stream.publish"};
    static const char *const texts[] = {"", "{\"objective\": \"compute 6 * 7\"}", "", "", "", "{\"topic\": \"storm\", \"data\": 1}"};
    static const char *const options[] = {"", "{\"timeout_ms\": 5}", "{\"meta\": true}", "{\"timeout_ms\": 2000}"};
    static const char *const overflows[] = {"{\"buffer\": 4}", "{\"buffer\": 4, \"overflow\": \"drop_oldest\"}", "{\"buffer\": 2, \"overflow\": \"fail\"}"};
    uint64_t tag = begin_tag();
    if (!place->queue || !place->client || !tag) {
        if (tag)
            atomic_store(&tags[tag], UNUSED);
        return;
    }
    kei_handle handle = 0;
    kei_status status;
    queue_of[tag] = place->queue->number;
    if (chance(worker, 5) == 0) {
        const char *op = chance(worker, 6) ? "stream.subscribe" : "auth.serve";
        const char *request = op[0] == 's' ? "{\"topic\": \"storm\"}" : "";
        status = kei_subscribe(place->client, op, KEI_NUL, U8(request), KEI_NUL, overflows[chance(worker, 3)], KEI_NUL, place->queue->queue, tag,
                               chance(worker, 3), &handle, NULL);
    } else {
        unsigned int which = chance(worker, 6);
        status = kei_submit(place->client, names[which], KEI_NUL, U8(texts[which]), KEI_NUL, options[chance(worker, 4)], KEI_NUL,
                            place->queue->queue, tag, &handle, NULL);
    }
    if (status != KEI_OK) {
        unsigned char was = TAKEN; /* Nothing may come for it. */
        if (!atomic_compare_exchange_strong(&tags[tag], &was, UNUSED))
            atomic_store(&tags[tag], TWICE);
        return;
    }
    atomic_fetch_add(&made, 1);
    place->ops[chance(worker, SLOTS)] = handle;
}

static void call(Worker *worker, Place *place)
{
    kei_buf out = {0};
    const char *op = chance(worker, 4) ? "kei.info" : "agents.list";
    kei_call(place->client, op, KEI_NUL, NULL, 0, "{\"timeout_ms\": 200}", KEI_NUL, &out);
    kei_buf_free(&out);
    atomic_fetch_add(&calls, 1);
}

static void act(Worker *worker)
{
    Place *place = &worker->places[chance(worker, 2)];
    kei_handle op = place->ops[chance(worker, SLOTS)];
    unsigned int what = chance(worker, 1000);
    if (what < 500)
        start(worker, place);
    else if (what < 700)
        drain(worker, place);
    else if (what < 800)
        kei_op_cancel(op);
    else if (what < 840)
        kei_close(op);
    else if (what < 900) {
        if (kei_sub_credit(op, 1 + chance(worker, 5)) == KEI_OK)
            atomic_fetch_add(&credited, 1);
    } else if (what < 950)
        call(worker, place);
    else if (what < 965)
        close_queue(place);
    else if (what < 985) {
        if (!place->queue)
            new_queue(worker, place);
    } else if (what < 990) {
        kei_close(place->client);
        const char *config = chance(worker, 4) ? "{}" : "{\"auth\": {\"type\": \"host\"}, \"timeouts\": {\"host_ms\": 50}}";
        if (kei_client_new(place->runtime, config, KEI_NUL, &place->client, NULL) != KEI_OK)
            place->client = 0;
    } else if (what < 993) {
        if (place->queue)
            kei_log_attach(place->runtime, place->queue->queue, chance(worker, 2) ? "{\"level\": \"debug\"}" : "{\"level\": \"off\"}", KEI_NUL);
    } else if (what < 996) {
        intptr_t fd;
        if (place->queue)
            kei_queue_fd(place->queue->queue, &fd), kei_queue_wake(place->queue->queue);
    } else {
        /* The whole runtime, in one order or the other. */
        if (chance(worker, 2))
            kei_runtime_shutdown(place->runtime, chance(worker, 2) ? -1 : 0, NULL);
        kei_close(place->runtime);
        if (chance(worker, 2)) {
            kei_close(place->client);
            close_queue(place);
        } else {
            close_queue(place);
            kei_close(place->client);
        }
        place->runtime = place->client = 0;
        if (kei_runtime_new("{\"log\": {\"output\": \"none\"}}", KEI_NUL, &place->runtime, NULL) == KEI_OK)
            kei_client_new(place->runtime, "{}", KEI_NUL, &place->client, NULL);
        new_queue(worker, place);
    }
    worker->done++;
}

static void *work(void *place)
{
    Worker *worker = place;
    for (int i = 0; i < 2; i++) {
        kei_runtime_new("{\"log\": {\"output\": \"none\"}}", KEI_NUL, &worker->places[i].runtime, NULL);
        kei_client_new(worker->places[i].runtime, "{}", KEI_NUL, &worker->places[i].client, NULL);
        new_queue(worker, &worker->places[i]);
    }
    while (!atomic_load(&stop))
        act(worker);
    for (int i = 0; i < 2; i++) {
        Place *last = &worker->places[i];
        kei_runtime_shutdown(last->runtime, -1, NULL);
        if (last->queue) {
            kei_queue_set_callback(last->queue->queue, NULL, NULL, NULL);
            kei_event event = KEI_EVENT_INIT;
            while (kei_queue_next(last->queue->queue, &event, 0) == KEI_OK) {
                took(&event);
                kei_buf_free(&event.body);
            }
        }
        kei_close(last->client);
        if (last->queue) {
            kei_close(last->queue->queue);
            let_go(last->queue);
        }
        kei_close(last->runtime);
    }
    return NULL;
}

/* How many handles of a kind kei.info counts. */
static long handles(kei_client client, const char *kind)
{
    kei_buf out = {0};
    STATUS(KEI_OK, kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &out));
    char wanted[32];
    snprintf(wanted, sizeof wanted, "\"%s\":", kind);
    const char *all = strstr((const char *)out.data, "\"handles\":{");
    const char *found = all ? strstr(all, wanted) : NULL;
    const char *end = all ? strchr(all, '}') : NULL;
    long count = found && end && found < end ? atol(found + strlen(wanted)) : 0;
    kei_buf_free(&out);
    return count;
}

int main(int count, char **arguments)
{
    int seconds = count > 1 ? atoi(arguments[1]) : 60, threads = count > 2 ? atoi(arguments[2]) : 16;
    unsigned int seed = count > 3 ? (unsigned int)strtoul(arguments[3], NULL, 10) : (unsigned int)time(NULL);
    printf("%d threads, %d s, seed %u\n", threads, seconds, seed);
    tags = calloc(MOST_TAGS, 1);
    queue_of = calloc(MOST_TAGS, sizeof *queue_of);
    closed_early = calloc(MOST_TAGS, 1);
    pthread_t *ids = calloc((size_t)threads, sizeof *ids);
    Worker *workers = calloc((size_t)threads, sizeof *workers);
    /* What is only made once is there before things are counted. */
    kei_runtime runtime;
    kei_client client;
    kei_buf out = {0};
    STATUS(KEI_OK, kei_runtime_new("{\"log\": {\"output\": \"none\"}}", KEI_NUL, &runtime, NULL));
    STATUS(KEI_OK, kei_client_new(runtime, "{}", KEI_NUL, &client, NULL));
    STATUS(KEI_OK, kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &out));
    kei_buf_free(&out);
    int files = entries("/proc/self/fd"), tasks = entries("/proc/self/task");
    for (int i = 0; i < threads; i++) {
        workers[i].seed = seed + (unsigned int)i;
        pthread_create(&ids[i], NULL, work, &workers[i]);
    }
    long half = 0;
    for (int second = 0; second < seconds; second++) {
        sleep(1);
        if (second == seconds / 2)
            half = resident_kib();
    }
    long full = resident_kib();
    atomic_store(&stop, 1);
    uint64_t done_in_all = 0;
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        done_in_all += workers[i].done;
    }
    unsigned long ended = 0, open = 0, lost = 0, twice = 0;
    uint64_t last = atomic_load(&next_tag);
    for (uint64_t tag = 1; tag < last && tag < MOST_TAGS; tag++) {
        ended += tags[tag] == ENDED;
        open += tags[tag] == TAKEN && closed_early[queue_of[tag]];
        lost += tags[tag] == TAKEN && !closed_early[queue_of[tag]];
        twice += tags[tag] == TWICE;
    }
    printf("%llu actions, %llu operations and subscriptions (%lu ended, %lu went with their queue), %llu items, %llu requests to the host, %llu calls\n",
           (unsigned long long)done_in_all, (unsigned long long)made, ended, open, (unsigned long long)items, (unsigned long long)requests,
           (unsigned long long)calls);
    CHECK(twice == 0 && lost == 0);
    CHECK(ended > 0 && made == ended + open);
    CHECK(handles(client, "runtime") == 1 && handles(client, "client") == 1 && handles(client, "queue") == 0);
    CHECK(handles(client, "sub") == 0 && handles(client, "request") == 0 && handles(client, "buf") == 0);
    /* Closed runtimes end their threads by themselves, which may still be on their way out. */
    for (int wait = 0; wait < 600 && (entries("/proc/self/task") != tasks || entries("/proc/self/fd") != files); wait++)
        usleep(100000);
    CHECK(entries("/proc/self/task") == tasks);
    CHECK(entries("/proc/self/fd") == files);
    printf("resident memory: %ld KiB at half time, %ld KiB at the end\n", half, full);
    if (seconds >= 30)
        CHECK(full < half + half / 10);
    STATUS(KEI_OK, kei_runtime_shutdown(runtime, -1, NULL));
    kei_close(client);
    kei_close(runtime);
    free(workers);
    free(ids);
    free((void *)tags);
    free(queue_of);
    free((void *)closed_early);
    return done("storm");
}
