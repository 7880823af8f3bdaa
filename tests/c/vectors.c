/*
 * Runs the cases of bindings/vectors, whose README says what they mean: vectors sync|async FILE. In the way `sync` a step `call` is a kei_call, else a
 * kei_submit whose event is waited for. It is one long file: a step's meaning and the state that it works on are read together.
 */
#include "pattern.h"
#include <kei_agent.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#define U8(text) ((const uint8_t *)(text))
#define MOST_LABELS 32
#define ENOUGH 1000000

/* An operation or a subscription with a label, and what came of it that no step took yet. */
typedef struct {
    const char *label;
    kei_handle handle;
    json_t *items, *states, *requests;
    int ended;
    kei_status status;
    kei_buf outcome;
} Work;

/* One case. */
typedef struct {
    int sync;
    kei_runtime runtime;
    kei_client client;
    kei_queue queue;
    Work works[MOST_LABELS];
    size_t count;
} Case;

/* Asks the platform without being part of any case. */
static kei_client asker;
static char why[4096];

static int fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    return 0;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static const char *text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static json_t *parsed(const kei_buf *buffer)
{
    return buffer->data ? json_loadb((const char *)buffer->data, buffer->len, LENIENT, NULL) : NULL;
}

/* A request's bytes; the caller frees them. */
static uint8_t *request(const json_t *step, size_t *length)
{
    json_t *given;
    uint8_t *bytes;
    if ((given = json_object_get(step, "request_text"))) {
        *length = json_string_length(given);
        bytes = malloc(*length + 1);
        memcpy(bytes, json_string_value(given), *length);
    } else if ((given = json_object_get(step, "request_base64"))) {
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        unsigned bits = 0, have = 0;
        *length = 0;
        bytes = malloc(json_string_length(given) + 1);
        for (const char *at = json_string_value(given); *at && *at != '='; at++) {
            bits = bits << 6 | (unsigned)(strchr(digits, *at) - digits);
            if ((have += 6) >= 8)
                bytes[(*length)++] = (uint8_t)(bits >> (have -= 8));
        }
    } else {
        given = json_object_get(step, "request");
        bytes = (uint8_t *)(given ? json_dumps(given, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("{}"));
        *length = strlen((char *)bytes);
    }
    return bytes;
}

/* Checks an outcome against a step; the buffer is freed. */
static int expected(const json_t *step, kei_status status, kei_buf *outcome)
{
    json_t *error = json_object_get(step, "error"), *answer = json_object_get(step, "answer"), *exactly = json_object_get(step, "answer_text");
    const char *shown = outcome->data ? (const char *)outcome->data : "nothing";
    int good = 1;
    if (error && status == KEI_OK)
        good = fail("it succeeded, but should fail: %.1000s", shown);
    else if (!error && status != KEI_OK)
        good = fail("it failed: %.1000s", shown);
    else if (exactly && (outcome->len != json_string_length(exactly) || memcmp(outcome->data, json_string_value(exactly), outcome->len) != 0))
        good = fail("the answer should be exactly %.1000s; found %.1000s", json_string_value(exactly), shown);
    else if (error || answer) {
        json_t *value = parsed(outcome);
        if (!value)
            good = fail("not JSON: %.1000s", shown);
        else if (!matches(error ? error : answer, value, ""))
            good = fail("%s", mismatch);
        else if (error && json_integer_value(json_object_get(value, "code")) != status)
            good = fail("the status is %d, but the error says %.1000s", status, shown);
        json_decref(value);
    }
    kei_buf_free(outcome);
    return good;
}

/* Asks the platform, through the library's own HTTP. Answers the JSON that came. */
static json_t *ask(const json_t *what)
{
    json_t *asked = json_pack("{s:O, s:O}", "method", json_object_get(what, "method"), "path", json_object_get(what, "path"));
    if (json_object_get(what, "body"))
        json_object_set(asked, "body", json_object_get(what, "body"));
    char *body = json_dumps(asked, JSON_COMPACT);
    kei_buf out = {0};
    kei_status status = kei_call(asker, "http.request", KEI_NUL, U8(body), KEI_NUL, "{\"retry\":{\"max_attempts\":1}}", KEI_NUL, &out);
    json_t *answer = parsed(&out), *came = status == KEI_OK ? json_incref(json_object_get(answer, "body")) : NULL;
    if (!came)
        fail("the platform was asked %s and answered %.1000s", body, out.data ? (const char *)out.data : "nothing");
    json_decref(answer);
    json_decref(asked);
    kei_buf_free(&out);
    free(body);
    return came;
}

static int do_ask(const json_t *step)
{
    json_t *is = json_object_get(step, "is"), *until = json_object_get(step, "until");
    double end = seconds() + 30;
    for (;;) {
        json_t *came = ask(json_object_get(step, "ask"));
        if (!came)
            return 0;
        int good = !(is || until) || matches(is ? is : until, came, "");
        json_decref(came);
        if (good || is || seconds() > end)
            return good ? 1 : fail("%s", mismatch);
        struct timespec pause = {0, 20000000};
        nanosleep(&pause, NULL);
    }
}

static Work *work(Case *this, const char *label)
{
    for (size_t at = 0; at < this->count; at++)
        if (strcmp(this->works[at].label, label) == 0)
            return &this->works[at];
    fprintf(stderr, "there is no %s\n", label);
    exit(2);
}

static Work *new_work(Case *this, const char *label)
{
    if (this->count == MOST_LABELS)
        abort();
    Work *made = &this->works[this->count++];
    *made = (Work){.label = label, .items = json_array(), .states = json_array(), .requests = json_array()};
    return made;
}

/* Takes one event from the queue to the work that it is of. Answers 0 when none came in time. */
static int pump(Case *this, double end)
{
    kei_event event = KEI_EVENT_INIT;
    double left = end - seconds();
    if (left <= 0 || kei_queue_next(this->queue, &event, (int64_t)(left * 1000) + 1) != KEI_OK)
        return fail("nothing came in time");
    Work *of = &this->works[event.tag];
    switch (event.kind) {
    case KEI_EVENT_ITEM:
        json_array_append_new(of->items, parsed(&event.body));
        break;
    case KEI_EVENT_STATE:
        json_array_append_new(of->states, parsed(&event.body));
        break;
    case KEI_EVENT_REQUEST:
        json_array_append_new(of->requests, json_pack("[I, o]", (json_int_t)event.source, parsed(&event.body)));
        break;
    default:
        if (of->ended++)
            return fail("%s ended twice", of->label);
        of->status = event.status;
        of->outcome = event.body;
        return 1;
    }
    kei_buf_free(&event.body);
    return 1;
}

/* Takes the first of what came, or waits for it; NULL if it does not come. */
static json_t *next(Case *this, json_t *from)
{
    double end = seconds() + 30;
    while (json_array_size(from) == 0)
        if (!pump(this, end))
            return NULL;
    json_t *first = json_incref(json_array_get(from, 0));
    json_array_remove(from, 0);
    return first;
}

static int do_finish(Case *this, const json_t *step, Work *of)
{
    double end = seconds() + 30;
    while (!of->ended)
        if (!pump(this, end))
            return 0;
    if (json_array_size(of->items) > 0)
        return fail("%zu items were left that no step took", json_array_size(of->items));
    return expected(step, of->status, &of->outcome);
}

/* Starts or subscribes; what is refused at once has ended. */
static Work *begin(Case *this, const json_t *step, const char *label, const char *operation)
{
    size_t length;
    uint8_t *body = request(step, &length);
    json_t *given = json_object_get(step, "options"), *credit = json_object_get(step, "credit");
    char *options = given ? json_dumps(given, JSON_COMPACT) : NULL;
    size_t options_length = options ? strlen(options) : 0;
    Work *of = new_work(this, label);
    uint64_t tag = (uint64_t)(of - this->works);
    if (json_object_get(step, "subscribe"))
        of->status = kei_subscribe(this->client, operation, KEI_NUL, body, length, options, options_length, this->queue, tag,
                                   credit ? (uint32_t)json_integer_value(credit) : ENOUGH, &of->handle, &of->outcome);
    else
        of->status = kei_submit(this->client, operation, KEI_NUL, body, length, options, options_length, this->queue, tag, &of->handle, &of->outcome);
    of->ended = of->status != KEI_OK;
    free(body);
    free(options);
    return of;
}

static int do_call(Case *this, const json_t *step)
{
    const char *operation = text(step, "call");
    if (!this->sync)
        return do_finish(this, step, begin(this, step, "", operation));
    size_t length;
    uint8_t *body = request(step, &length);
    json_t *given = json_object_get(step, "options");
    char *options = given ? json_dumps(given, JSON_COMPACT) : NULL;
    kei_buf out = {0};
    kei_status status = kei_call(this->client, operation, KEI_NUL, body, length, options, options ? strlen(options) : 0, &out);
    free(body);
    free(options);
    return expected(step, status, &out);
}

static int do_state(Case *this, const json_t *step)
{
    Work *of = work(this, text(step, "state"));
    for (;;) {
        json_t *came = next(this, of->states);
        if (!came)
            return 0;
        int good = matches(json_object_get(step, "body"), came, "");
        json_decref(came);
        if (good)
            return 1;
    }
}

static int do_item(Case *this, const json_t *step)
{
    json_t *came = next(this, work(this, text(step, "item"))->items);
    int good = came && (matches(json_object_get(step, "body"), came, "") || fail("%s", mismatch));
    json_decref(came);
    return good;
}

static int do_asked(Case *this, const json_t *step)
{
    json_t *came = next(this, work(this, text(step, "asked"))->requests), *refuse = json_object_get(step, "refuse");
    if (!came)
        return 0;
    int good = matches(json_object_get(step, "body"), json_array_get(came, 1), "") || fail("%s", mismatch);
    char *reply = json_dumps(refuse ? json_object_get(refuse, "error") : json_object_get(step, "reply"), JSON_ENCODE_ANY);
    kei_status status = refuse ? (kei_status)json_integer_value(json_object_get(refuse, "status")) : KEI_OK;
    kei_status taken = kei_reply((kei_handle)json_integer_value(json_array_get(came, 0)), status, U8(reply), KEI_NUL);
    free(reply);
    json_decref(came);
    return good && (taken == KEI_OK || fail("the reply was answered %s", kei_status_name(taken)));
}

static int good_status(kei_status status)
{
    return status == KEI_OK || fail("%s", kei_status_name(status));
}

static int step_is_good(Case *this, const json_t *step)
{
    const char *label;
    if (json_object_get(step, "ask"))
        return do_ask(step);
    if ((label = text(step, "start")))
        return begin(this, step, label, text(step, "call")) != NULL;
    if (json_object_get(step, "call"))
        return do_call(this, step);
    if ((label = text(step, "subscribe")))
        return begin(this, step, label, text(step, "to")) != NULL;
    if ((label = text(step, "cancel")))
        return good_status(kei_op_cancel(work(this, label)->handle));
    if ((label = text(step, "finish")) || (label = text(step, "end")))
        return do_finish(this, step, work(this, label));
    if (json_object_get(step, "item"))
        return do_item(this, step);
    if (json_object_get(step, "state"))
        return do_state(this, step);
    if (json_object_get(step, "asked"))
        return do_asked(this, step);
    if ((label = text(step, "credit")))
        return good_status(kei_sub_credit(work(this, label)->handle, (uint32_t)json_integer_value(json_object_get(step, "more"))));
    if ((label = text(step, "close")))
        return good_status(kei_close(work(this, label)->handle));
    if (json_object_get(step, "close_client"))
        return good_status(kei_close(this->client));
    char *shown = json_dumps(step, JSON_COMPACT);
    fprintf(stderr, "a step that is not known: %s\n", shown);
    exit(2);
}

static int all_steps(Case *this, const json_t *steps)
{
    for (size_t at = 0; at < json_array_size(steps); at++)
        if (!step_is_good(this, json_array_get(steps, at))) {
            char reason[sizeof why];
            memcpy(reason, why, sizeof why);
            return fail("step %zu: %.4000s", at + 1, reason);
        }
    return 1;
}

/* Makes a runtime or a client, where that is what the case is about. Answers 1 to go on, -1 when the case has ended well, 0 when it failed. */
static int make(const json_t *expectation, kei_status status, kei_buf *error)
{
    if (!expectation)
        return status == KEI_OK || fail("it could not be made: %.1000s", error->data ? (const char *)error->data : kei_status_name(status));
    json_t *step = json_pack("{s:O}", "error", expectation);
    int good = expected(step, status, error);
    json_decref(step);
    return good ? -1 : 0;
}

static int case_is_good(const json_t *file, const json_t *given, int sync)
{
    Case this = {.sync = sync};
    json_t *reset = json_object_get(file, "reset"), *defaults = json_object_get(file, "defaults");
    for (size_t at = 0; at < json_array_size(reset); at++) {
        json_t *came = ask(json_array_get(reset, at));
        if (!came)
            return 0;
        json_decref(came);
    }
    json_t *runtime = json_object_get(given, "runtime"), *client = json_object_get(given, "client");
    char *runtime_config = json_dumps(runtime ? runtime : json_object_get(defaults, "runtime"), 0);
    char *client_config = json_dumps(client ? client : json_object_get(defaults, "client"), 0);
    kei_buf error = {0};
    int good = make(json_object_get(given, "runtime_error"), kei_runtime_new(runtime_config, KEI_NUL, &this.runtime, &error), &error);
    if (good == 1)
        good = make(json_object_get(given, "client_error"), kei_client_new(this.runtime, client_config, KEI_NUL, &this.client, &error), &error);
    if (good == 1 && (good = good_status(kei_queue_new(this.runtime, NULL, 0, &this.queue, NULL)))) {
        good = all_steps(&this, json_object_get(given, "steps"));
        kei_status closed = kei_close(this.client);
        if (good && closed != KEI_OK && closed != KEI_E_STALE)
            good = fail("closing the client was answered %s", kei_status_name(closed));
    }
    if (this.runtime && kei_runtime_shutdown(this.runtime, 10000, NULL) != KEI_OK)
        good = fail("the runtime was not shut down within 10 s");
    kei_close(this.queue);
    for (size_t at = 0; at < this.count; at++) {
        kei_buf_free(&this.works[at].outcome);
        json_decref(this.works[at].items);
        json_decref(this.works[at].states);
        json_decref(this.works[at].requests);
    }
    free(runtime_config);
    free(client_config);
    return good != 0;
}

int main(int count, char **arguments)
{
    if (count < 3 || (strcmp(arguments[1], "sync") != 0 && strcmp(arguments[1], "async") != 0)) {
        fprintf(stderr, "vectors sync|async FILE [CASE]\n");
        return 2;
    }
    json_error_t wrong;
    json_t *file = json_load_file(arguments[2], JSON_ALLOW_NUL, &wrong);
    if (!file) {
        fprintf(stderr, "%s:%d: %s\n", arguments[2], wrong.line, wrong.text);
        return 2;
    }
    char config[512];
    kei_runtime runtime = 0;
    kei_buf error = {0};
    snprintf(config, sizeof config, "{\"base_url\": \"%s\", \"auth\": {\"type\": \"none\"}, \"breaker\": {\"enabled\": false}}", text(file, "platform"));
    if (kei_runtime_new(NULL, 0, &runtime, &error) != KEI_OK || kei_client_new(runtime, config, KEI_NUL, &asker, &error) != KEI_OK) {
        fprintf(stderr, "%s\n", error.data ? (const char *)error.data : "no memory");
        return 2;
    }
    size_t passed = 0, failed = 0;
    json_t *cases = json_object_get(file, "cases");
    for (size_t at = 0; at < json_array_size(cases); at++) {
        json_t *given = json_array_get(cases, at);
        if (count > 3 && strcmp(arguments[3], text(given, "name")) != 0)
            continue;
        if (case_is_good(file, given, strcmp(arguments[1], "sync") == 0)) {
            passed++;
        } else {
            failed++;
            printf("FAILED %s (%s): %s\n", text(given, "name"), text(given, "promise"), why);
        }
    }
    kei_close(asker);
    kei_runtime_shutdown(runtime, 10000, NULL);
    json_decref(file);
    printf("vectors: %zu passed, %zu failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
