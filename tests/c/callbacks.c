/*
 * Callback mode: every event once and in order, functions called back from within, `fini` once and last whichever way it ends, and
 * no lock of the library's held meanwhile.
 */
#include "check.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define MANY 1000
#define NOWHERE "{\"base_url\": \"http://127.0.0.1:1\"}"

static kei_runtime runtime;
static kei_client client;

/* What a callback has seen, and what it is to do. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    kei_queue queue;
    uint64_t seen, last_seq, bad;
    int finished, after_fini;
    void (*_Atomic act)(void *, const kei_event *);
    int hold, held;
    kei_status status;
} Log;

static void wait_until(Log *log, uint64_t seen, int finished)
{
    pthread_mutex_lock(&log->lock);
    while (log->seen < seen || log->finished < finished)
        pthread_cond_wait(&log->changed, &log->lock);
    pthread_mutex_unlock(&log->lock);
}

/* What `field` of a log is, or is to be. */
#define GET(log, field) (lock_it(log), unlock_it(log, (uint64_t)(log)->field))
#define SET(log, field, value) (lock_it(log), (log)->field = (value), (void)unlock_it(log, 0))

static void lock_it(Log *log)
{
    pthread_mutex_lock(&log->lock);
}

static uint64_t unlock_it(Log *log, uint64_t value)
{
    pthread_cond_broadcast(&log->changed);
    pthread_mutex_unlock(&log->lock);
    return value;
}

static void called(void *user, const kei_event *event)
{
    Log *log = user;
    pthread_mutex_lock(&log->lock);
    log->after_fini += log->finished;
    if (event->size != sizeof *event || event->body.data == NULL || strlen((const char *)event->body.data) != event->body.len
        || event->body.owner != 0 || event->seq <= log->last_seq)
        log->bad++;
    kei_buf copy = event->body;
    kei_buf_free(&copy); /* Needless, and harmless. */
    log->last_seq = event->seq;
    log->seen++;
    while (log->hold) {
        log->held = 1;
        pthread_cond_broadcast(&log->changed);
        pthread_cond_wait(&log->changed, &log->lock);
    }
    pthread_cond_broadcast(&log->changed);
    pthread_mutex_unlock(&log->lock);
    void (*act)(void *, const kei_event *) = log->act;
    if (act)
        act(user, event);
}

static void finished(void *user)
{
    Log *log = user;
    pthread_mutex_lock(&log->lock);
    log->finished++;
    pthread_cond_broadcast(&log->changed);
    pthread_mutex_unlock(&log->lock);
}

static Log *new_log(void (*act)(void *, const kei_event *))
{
    Log *log = calloc(1, sizeof *log);
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->changed, NULL);
    log->act = act;
    STATUS(KEI_OK, kei_queue_new(runtime, NULL, 0, &log->queue, NULL));
    STATUS(KEI_OK, kei_queue_set_callback(log->queue, called, log, finished));
    return log;
}

/* Checks that all went well, and lets the log go. */
static void end(Log *log, uint64_t seen)
{
    wait_until(log, seen, 1);
    CHECK(GET(log, seen) == seen && GET(log, finished) == 1 && GET(log, after_fini) == 0 && GET(log, bad) == 0);
    kei_close(log->queue);
    free(log);
}

static kei_status submit(kei_queue queue, uint64_t tag)
{
    return kei_submit(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, queue, tag, NULL, NULL);
}

static void *submit_many(void *queue)
{
    for (uint64_t i = 0; i < MANY; i++)
        submit(*(kei_queue *)queue, i);
    return NULL;
}

static void every_event_is_handed_over_once_and_in_order(void)
{
    Log *log = new_log(NULL);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, submit_many, &log->queue);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    wait_until(log, 4 * MANY, 0);
    CHECK(GET(log, last_seq) == 4 * MANY);
    STATUS(KEI_OK, kei_queue_set_callback(log->queue, NULL, NULL, NULL));
    end(log, 4 * MANY);
}

static void a_queue_is_drained_by_its_callback_or_by_hand(void)
{
    Log *log = new_log(NULL);
    kei_event event = KEI_EVENT_INIT;
    uint8_t room[8];
    size_t n, used;
    intptr_t fd;
    STATUS(KEI_E_WRONG_MODE, kei_queue_next(log->queue, &event, -1));
    STATUS(KEI_E_WRONG_MODE, kei_queue_drain(log->queue, &event, sizeof event, 1, &n));
    STATUS(KEI_E_WRONG_MODE, kei_queue_drain_packed(log->queue, room, 0, &used, &n));
    STATUS(KEI_E_WRONG_MODE, kei_queue_fd(log->queue, &fd));
    STATUS(KEI_E_WRONG_MODE, kei_queue_notify_fd(log->queue, -1));
    STATUS(KEI_E_WRONG_MODE, kei_queue_wake(log->queue));
    STATUS(KEI_OK, kei_queue_set_callback(log->queue, NULL, NULL, NULL));
    wait_until(log, 0, 1);
    STATUS(KEI_OK, submit(log->queue, 7)); /* By hand again. */
    STATUS(KEI_OK, kei_queue_next(log->queue, &event, -1));
    CHECK(event.tag == 7);
    kei_buf_free(&event.body);
    end(log, 0);
}

static void *next(void *queue)
{
    kei_event event = KEI_EVENT_INIT;
    return (void *)(intptr_t)kei_queue_next(*(kei_queue *)queue, &event, -1);
}

static void setting_a_callback_ends_a_wait(void)
{
    Log *log = new_log(NULL);
    STATUS(KEI_OK, kei_queue_set_callback(log->queue, NULL, NULL, NULL));
    wait_until(log, 0, 1);
    SET(log, finished, 0);
    pthread_t thread;
    void *status;
    pthread_create(&thread, NULL, next, &log->queue);
    STATUS(KEI_OK, kei_queue_set_callback(log->queue, called, log, finished));
    pthread_join(thread, &status);
    CHECK((intptr_t)status == KEI_E_WRONG_MODE);
    STATUS(KEI_OK, kei_queue_set_callback(log->queue, NULL, NULL, NULL));
    end(log, 0);
}

/* From within the callback. */
static void submit_again(void *user, const kei_event *event)
{
    if (event->tag > 0)
        STATUS(KEI_OK, submit(((Log *)user)->queue, event->tag - 1));
}

static void call_within(void *user, const kei_event *event)
{
    (void)user, (void)event;
    kei_buf out = {0};
    STATUS(KEI_OK, kei_call(client, "kei.info", KEI_NUL, NULL, 0, NULL, 0, &out));
    kei_buf_free(&out);
    STATUS(KEI_E_WRONG_THREAD, kei_runtime_shutdown(runtime, -1, NULL));
}

static void close_within(void *user, const kei_event *event)
{
    (void)event;
    STATUS(KEI_OK, kei_close(((Log *)user)->queue));
}

static void end_within(void *user, const kei_event *event)
{
    (void)event;
    STATUS(KEI_OK, kei_queue_set_callback(((Log *)user)->queue, NULL, NULL, NULL));
}

static void replace_within(void *user, const kei_event *event)
{
    (void)event;
    STATUS(KEI_OK, kei_queue_set_callback(((Log *)user)->queue, called, user, finished));
    ((Log *)user)->act = NULL;
}

static void a_callback_may_call_any_function_back(void)
{
    Log *log = new_log(submit_again);
    STATUS(KEI_OK, submit(log->queue, 99));
    wait_until(log, 100, 0);
    log->act = call_within;
    STATUS(KEI_OK, submit(log->queue, 0));
    wait_until(log, 101, 0);
    STATUS(KEI_OK, kei_queue_set_callback(log->queue, NULL, NULL, NULL));
    end(log, 101);

    /* Events behind the one whose callback closes the queue go with it. */
    log = new_log(close_within);
    SET(log, hold, 1);
    for (uint64_t i = 0; i < 10; i++)
        STATUS(KEI_OK, submit(log->queue, i));
    SET(log, hold, 0);
    end(log, 1);

    /* They stay when it only takes itself away. */
    log = new_log(end_within);
    SET(log, hold, 1);
    for (uint64_t i = 0; i < 10; i++)
        STATUS(KEI_OK, submit(log->queue, i));
    SET(log, hold, 0);
    wait_until(log, 1, 1);
    for (uint64_t i = 1; i < 10; i++) {
        kei_event event = KEI_EVENT_INIT;
        STATUS(KEI_OK, kei_queue_next(log->queue, &event, -1));
        CHECK(event.tag == i);
        kei_buf_free(&event.body);
    }
    end(log, 1);

    /* They go to the next one. `fini` comes for each. */
    log = new_log(replace_within);
    for (uint64_t i = 0; i < 10; i++)
        STATUS(KEI_OK, submit(log->queue, i));
    wait_until(log, 10, 1);
    CHECK(GET(log, seen) == 10 && GET(log, finished) == 1 && GET(log, bad) == 0);
    SET(log, after_fini, 0);
    STATUS(KEI_OK, kei_queue_set_callback(log->queue, NULL, NULL, NULL));
    wait_until(log, 10, 2);
    CHECK(GET(log, seen) == 10 && GET(log, finished) == 2);
    kei_close(log->queue);
    free(log);
}

/* A host that holds a lock which its callback wants: setting and closing do not wait for the callback, so nobody waits for ever. */
static pthread_mutex_t theirs = PTHREAD_MUTEX_INITIALIZER;

static void wants_the_lock(void *user, const kei_event *event)
{
    (void)user, (void)event;
    pthread_mutex_lock(&theirs);
    pthread_mutex_unlock(&theirs);
}

static void nothing_waits_under_the_hosts_lock(void)
{
    for (int closing = 0; closing < 2; closing++) {
        Log *log = new_log(wants_the_lock);
        pthread_mutex_lock(&theirs);
        STATUS(KEI_OK, submit(log->queue, 1));
        wait_until(log, 1, 0);
        STATUS(KEI_OK, closing ? kei_close(log->queue) : kei_queue_set_callback(log->queue, NULL, NULL, NULL));
        CHECK(GET(log, finished) == 0);
        pthread_mutex_unlock(&theirs);
        end(log, 1);
    }
}

static void shutting_down_hands_everything_over_first(void)
{
    kei_runtime before = runtime, other;
    kei_client kept = client;
    STATUS(KEI_OK, kei_runtime_new("{\"log\": {\"level\": \"off\"}}", KEI_NUL, &other, NULL));
    runtime = other;
    STATUS(KEI_OK, kei_client_new(other, NOWHERE, KEI_NUL, &client, NULL));
    Log *log = new_log(NULL);
    SET(log, hold, 1);
    for (uint64_t i = 0; i < MANY; i++)
        STATUS(KEI_OK, submit(log->queue, i));
    pthread_mutex_lock(&log->lock);
    while (!log->held)
        pthread_cond_wait(&log->changed, &log->lock);
    pthread_mutex_unlock(&log->lock);
    kei_buf error = {0};
    STATUS(KEI_E_DEADLINE, kei_runtime_shutdown(other, 10, &error)); /* The callback is at work. */
    ERROR(KEI_E_DEADLINE, &error, "when the time for the shutdown was over");
    SET(log, hold, 0);
    STATUS(KEI_OK, kei_runtime_shutdown(other, -1, NULL));
    CHECK(GET(log, seen) == MANY && GET(log, finished) == 1 && GET(log, after_fini) == 0 && GET(log, bad) == 0);
    STATUS(KEI_E_CLOSED, kei_queue_set_callback(log->queue, called, log, finished));
    STATUS(KEI_OK, kei_close(client));
    STATUS(KEI_OK, kei_close(other));
    end(log, MANY);
    runtime = before;
    client = kept;
}

static void log_records_come_as_events(void)
{
    kei_queue queue;
    kei_event event = KEI_EVENT_INIT;
    STATUS(KEI_OK, kei_queue_new(runtime, NULL, 0, &queue, NULL));
    STATUS(KEI_OK, kei_log_attach(runtime, queue, "{\"level\": \"info\"}", KEI_NUL));
    kei_client secretive;
    const char *config = "{\"base_url\": \"http://127.0.0.1:1\", \"auth\": {\"token\": \"hunter2-hunter2\"}, \"retry\": {\"max_attempts\": 1}}";
    STATUS(KEI_OK, kei_client_new(runtime, config, KEI_NUL, &secretive, NULL));
    kei_buf out = {0};
    /* A correlation id that holds the secret comes into each line of the call. */
    const char *opts = "{\"correlation_id\": \"hunter2-hunter2\"}";
    STATUS(KEI_E_CONNECT, kei_call(secretive, "agents.list", KEI_NUL, NULL, 0, opts, KEI_NUL, &out));
    kei_buf_free(&out);
    STATUS(KEI_OK, kei_queue_next(queue, &event, -1));
    const char *text = (const char *)event.body.data;
    CHECK(event.kind == KEI_EVENT_LOG && event.source == runtime && event.flags == 3 && event.tag == 0 && event.status == KEI_OK);
    CHECK(text[0] == '{' && text[event.body.len - 1] == '}' && strstr(text, "\"level\":\"INFO\"") && strstr(text, "\"operation\":\"agents.list\""));
    CHECK(strstr(text, "hunter2") == NULL && strstr(text, "[REDACTED:token:") != NULL);
    kei_buf_free(&event.body);
    STATUS(KEI_OK, kei_log_attach(runtime, queue, "{\"level\": \"off\"}", KEI_NUL));
    STATUS(KEI_E_CONNECT, kei_call(secretive, "agents.list", KEI_NUL, NULL, 0, NULL, 0, &out));
    kei_buf_free(&out);
    STATUS(KEI_E_AGAIN, kei_queue_next(queue, &event, 0));
    STATUS(KEI_OK, kei_log_attach(runtime, queue, NULL, 0)); /* As configured: off. */
    STATUS(KEI_E_CONNECT, kei_call(secretive, "agents.list", KEI_NUL, NULL, 0, NULL, 0, &out));
    kei_buf_free(&out);
    STATUS(KEI_E_AGAIN, kei_queue_next(queue, &event, 0));
    STATUS(KEI_OK, kei_log_attach(runtime, queue, "{\"level\": \"off\", \"targets\": {\"kei_agent::wire\": \"trace\"}}", KEI_NUL));
    STATUS(KEI_E_CONNECT, kei_call(secretive, "agents.list", KEI_NUL, NULL, 0, NULL, 0, &out));
    kei_buf_free(&out);
    STATUS(KEI_OK, kei_queue_next(queue, &event, -1)); /* What goes over the wire, named and masked. */
    text = (const char *)event.body.data;
    CHECK(event.flags == 5 && strstr(text, "\"target\":\"kei_agent::wire\"") && strstr(text, "\"message\":\"request\"") && strstr(text, "\"bytes\":0"));
    CHECK(strstr(text, "authorization") && strstr(text, "hunter2") == NULL);
    kei_buf_free(&event.body);
    STATUS(KEI_E_AGAIN, kei_queue_next(queue, &event, 0));
    STATUS(KEI_OK, kei_log_attach(runtime, queue, "{\"level\": \"off\", \"targets\": {\"kei_agent::call\": \"info\"}}", KEI_NUL));
    enum { RECORDS = 8200 };
    for (int i = 0; i < RECORDS; i++)
        kei_call(secretive, "agents.list", KEI_NUL, NULL, 0, NULL, 0, &out), kei_buf_free(&out);
    size_t n = 0;
    kei_event *events = calloc(RECORDS, sizeof *events);
    STATUS(KEI_OK, kei_queue_drain(queue, events, sizeof *events, RECORDS, &n));
    CHECK(n == 8192); /* What is not taken is dropped, and counted. */
    for (size_t i = 0; i < n; i++)
        kei_buf_free(&events[i].body);
    free(events);
    kei_call(secretive, "agents.list", KEI_NUL, NULL, 0, NULL, 0, &out), kei_buf_free(&out);
    STATUS(KEI_OK, kei_queue_next(queue, &event, -1));
    CHECK(strstr((const char *)event.body.data, "\"dropped\":8}") != NULL && event.flags == 2);
    kei_buf_free(&event.body);
    STATUS(KEI_OK, kei_close(queue));
    kei_call(secretive, "agents.list", KEI_NUL, NULL, 0, NULL, 0, &out), kei_buf_free(&out);
    STATUS(KEI_OK, kei_close(secretive));
}

int main(void)
{
    STATUS(KEI_OK, kei_runtime_new("{\"log\": {\"level\": \"off\"}}", KEI_NUL, &runtime, NULL));
    STATUS(KEI_OK, kei_client_new(runtime, NOWHERE, KEI_NUL, &client, NULL));
    every_event_is_handed_over_once_and_in_order();
    a_queue_is_drained_by_its_callback_or_by_hand();
    setting_a_callback_ends_a_wait();
    a_callback_may_call_any_function_back();
    nothing_waits_under_the_hosts_lock();
    shutting_down_hands_everything_over_first();
    log_records_come_as_events();
    STATUS(KEI_OK, kei_runtime_shutdown(runtime, -1, NULL));
    STATUS(KEI_OK, kei_close(client));
    STATUS(KEI_OK, kei_close(runtime));
    return done("callbacks");
}
